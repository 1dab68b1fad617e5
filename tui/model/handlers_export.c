/* SPDX-License-Identifier: MIT
 *
 * handlers_export.c - the list, as filtered and sorted, into a file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/csv.h"
#include "tui/cli/permission_csv.h"
#include "tui/cli/record_write.h"
#include "tui/cli/rows.h"
#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/view/dialogs.h"

enum { EXPORT_FORMAT, EXPORT_FILE };
enum export_format { AS_CSV, AS_JSON, AS_IMPORT };
static const char *const formats[] = { "CSV", "JSON", NULL };
static const char *const permission_formats[] = { "CSV", "JSON", "CSV that Import reads: what is granted", NULL };
#define FIELDS(name, kinds)                                                                                            \
	static const struct field name[] = {                                                                           \
		[EXPORT_FORMAT] = { "Format", "CSV is safe to open in a spreadsheet; JSON has every figure.",          \
				    FIELD_CHOICE, kinds },                                                             \
		[EXPORT_FILE] = { "File", "A new file; an existing one is not overwritten.", FIELD_PATH, NULL },       \
	}
FIELDS(fields, formats);
FIELDS(permission_fields, permission_formats);

struct export {
	struct store *store;
	struct mailbox_query query;
	struct record_query records; /* list NULL: mailboxes */
	char text[LIST_TEXT_MAX], who[LIST_TEXT_MAX], path[EDIT_MAX * 2];
	enum export_format as;
	struct json_out out;
	FILE *to;
	uint64_t rows;
	bool ok;
	struct err e;
};

static bool json_row(void *arg, const struct mailbox_row *row) {
	struct export *x = arg;
	x->rows++;
	buf_putc(&x->out.text, '\n');
	json_out_open(&x->out, NULL, '{');
	mailbox_members(&x->out, row);
	json_out_close(&x->out, '}');
	return json_out_write(&x->out, x->to);
}

static bool csv_row(void *arg, const struct mailbox_row *row) {
	struct export *x = arg;
	const char *texts[] = { row->source,	    row->target,	row->batch,
				row->source_server, row->target_server, mailbox_state_name(row->state) };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		csv_text(x->to, texts[i]);
		csv_comma(x->to);
	}
	for (size_t i = 0; counts_names[i]; i++) {
		csv_number(x->to, counts_member(&row->counts, i));
		csv_comma(x->to);
	}
	csv_number(x->to, row->bytes_source);
	csv_comma(x->to);
	csv_number(x->to, row->bytes_copied);
	csv_comma(x->to);
	csv_text(x->to, row->error);
	csv_end(x->to);
	x->rows++;
	return true;
}

static bool record_row(void *arg, const struct record *r) {
	struct export *x = arg;
	bool ok = true;
	if (x->as == AS_JSON) {
		fputs(x->rows ? ",\n" : "\n", x->to);
		ok = record_write_json(x->to, x->records.list, r);
	} else if (x->as == AS_IMPORT) {
		x->rows += permission_csv_row(x->to, r);
		return !ferror(x->to);
	} else {
		record_write_csv(x->to, x->records.list, r);
	}
	x->rows += ok;
	return ok && !ferror(x->to);
}

static bool write_records(struct export *x) {
	if (x->as == AS_JSON)
		fprintf(x->to, "{\"list\":\"%s\",\"rows\":[", x->records.list->name);
	else if (x->as == AS_IMPORT)
		permission_csv_header(x->to);
	else
		record_write_csv_header(x->to, x->records.list);
	bool ok = records_each(x->store, &x->records, record_row, x, &x->e);
	if (x->as == AS_JSON)
		fputs("\n]}\n", x->to);
	return ok;
}

static bool write_rows(struct export *x) {
	static const char *const header[] = { "Source",	     "Target",	 "Batch",    "SourceServer", "TargetServer",
					      "State",	     "Messages", "Copied",   "Adopted",	     "Merged",
					      "Skipped",     "Failed",	 "Vanished", "Pending",	     "Bytes",
					      "BytesCopied", "Error",	 NULL };
	if (x->as != AS_JSON) {
		csv_header(x->to, header);
		return mailboxes_list(x->store, &x->query, csv_row, x, &x->e);
	}
	json_out_open(&x->out, NULL, '{');
	json_out_open(&x->out, "mailboxes", '[');
	bool ok = mailboxes_list(x->store, &x->query, json_row, x, &x->e);
	buf_puts(&x->out.text, "\n]}\n");
	ok = ok && (json_out_write(&x->out, x->to) || err_nomem(&x->e));
	json_out_free(&x->out);
	return ok;
}

/* In the job's thread. */
static void export_work(void *data) {
	struct export *x = data;
	int fd = open(x->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	x->to = fd < 0 ? NULL : fdopen(fd, "w");
	if (!x->to) {
		if (fd >= 0)
			close(fd);
		err_errno(&x->e, ERR_LOCAL_DISK, "%s can't be written", x->path);
		return;
	}
	x->ok = x->records.list ? write_records(x) : write_rows(x);
	bool bad = ferror(x->to) != 0;
	if ((fclose(x->to) != 0 || bad) && x->ok)
		x->ok = err_errno(&x->e, ERR_LOCAL_DISK, "%s is not complete", x->path);
}

static void export_finish(struct console *c, void *data) {
	struct export *x = data;
	char count[32];
	text_count(count, sizeof count, x->rows);
	if (c && x->ok)
		console_note(c, "%s %s written to %s", count, x->records.list ? "rows" : "mailboxes", x->path);
	else if (c)
		console_complain(c, &x->e);
	free(x);
}

static bool start(struct console *c, const char *path, enum export_format as, struct err *e) {
	char full[EDIT_MAX * 2];
	if (!*path)
		return err_set(e, ERR_INPUT, "Name a file");
	edit_path(full, sizeof full, path);
	if (access(full, F_OK) == 0)
		return err_set(e, ERR_INPUT, "%s is there already: name another file", full);
	struct export *x = calloc(1, sizeof *x);
	if (!x)
		return err_nomem(e);
	x->store = c->store;
	x->as = as;
	x->out = (struct json_out)JSON_OUT_INIT;
	text_copy(x->path, sizeof x->path, full);
	text_copy(x->text, sizeof x->text, c->list.text);
	if (c->list.kind == LIST_RECORDS) {
		x->records = list_record_query(&c->list);
		x->records.text = x->text;
		text_copy(x->who, sizeof x->who, c->list.who);
		x->records.about = x->who;
	}
	x->query = list_query(&c->list);
	x->query.filter.text = x->text;
	x->query.limit = c->list.total;
	job_start(c, "Writing the list", export_work, export_finish, x);
	return true;
}

static bool accept(struct console *c, struct form *f, struct err *e) {
	return start(c, form_text(f, EXPORT_FILE), (enum export_format)form_choice(f, EXPORT_FORMAT), e);
}

/* "json FILE", "FILE", "json", "". */
static enum export_format format_of(const char **arg, bool permissions) {
	static const char *const words[] = { [AS_CSV] = "csv", [AS_JSON] = "json", [AS_IMPORT] = "import" };
	enum export_format as = AS_CSV;
	size_t len = strcspn(*arg, " ");
	for (size_t i = 0; i < (permissions ? 3u : 2u); i++) {
		if (strlen(words[i]) != len || strncmp(words[i], *arg, len) != 0)
			continue;
		as = (enum export_format)i;
		*arg += len;
		break;
	}
	*arg += strspn(*arg, " ");
	return as;
}

void do_export(struct console *c, const char *arg) {
#define SPEC(kinds)                                                                                                    \
	{                                                                                                              \
		.title = "Export list", .intro = "The rows of this list, as filtered and sorted, with every figure.",  \
		.ok = "Write", .fields = kinds, .count = sizeof kinds / sizeof *kinds, .accept = accept                \
	}
	static const struct form_spec any = SPEC(fields), grid = SPEC(permission_fields);
	bool permissions = c->list.records == &record_permissions;
	enum export_format as = format_of(&arg, permissions);
	char file[60];
	struct err e;
	if (*arg) {
		if (!start(c, arg, as, &e))
			console_complain(c, &e);
		return;
	}
	struct form *f = dialog_form(c, permissions ? &grid : &any, NULL);
	if (!f)
		return;
	form_choose(f, EXPORT_FORMAT, as);
	snprintf(file, sizeof file, "%s.%s", c->list.records ? c->list.records->name : "mailboxes",
		 as == AS_JSON ? "json" : "csv");
	form_set(f, EXPORT_FILE, file);
}
