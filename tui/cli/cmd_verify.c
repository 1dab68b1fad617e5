/* SPDX-License-Identifier: MIT
 *
 * cmd_verify.c - `mailvan verify`: what was copied is read back and compared.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cli/commands.h"
#include "tui/cli/pool.h"
#include "tui/cli/rows.h"
#include "tui/cli/signals.h"

/* Named one by one up to here; the counts are always complete. */
#define DIFFERENCES_MAX 100000

/* One mailbox, collected in its thread. */
struct finding {
	json_t *folders, *differences;
	uint64_t left_out;
	struct verify_result result;
	bool ok, no_memory;
	struct err e;
};

struct verification {
	struct cli *c;
	json_t *array; /* NULL without --json */
	bool colour, no_memory;
	uint64_t checked, gaps, mailboxes, clean, unread;
};

static void on_difference(void *arg, const struct verify_difference *d) {
	struct finding *f = arg;
	if (json_array_size(f->differences) >= DIFFERENCES_MAX) {
		f->left_out++;
		return;
	}
	json_t *o = json_pack("{s:s, s:b, s:o, s:I, s:I, s:o, s:o}", "kind", verify_kind_name(d->kind), "gap",
			      verify_kind_is_gap(d->kind), "folder", json_text(d->folder), "uid", (json_int_t)d->uid,
			      "target_uid", (json_int_t)d->dst_uid, "subject", json_text_or_null(d->subject), "text",
			      json_text(d->text));
	if (json_array_append_new(f->differences, o) != 0)
		f->no_memory = true;
}

static void on_folder(void *arg, const struct verify_folder *v) {
	struct finding *f = arg;
	json_t *o = json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:I}", "source", json_text(v->source), "target",
			      json_text_or_null(v->target), "source_messages", (json_int_t)v->source_messages, "copied",
			      (json_int_t)v->ledger_copied, "target_messages", (json_int_t)v->target_messages,
			      "checked", (json_int_t)v->checked, "gaps", (json_int_t)v->gaps);
	if (json_array_append_new(f->folders, o) != 0)
		f->no_memory = true;
}

static void *verify_one(void *arg, const struct pool_item *item) {
	struct finding *f = calloc(1, sizeof *f);
	struct verify_sink sink = { .arg = f, .difference = on_difference, .folder = on_folder };
	(void)arg;
	if (!f)
		return NULL;
	f->folders = json_array();
	f->differences = json_array();
	f->ok = verify_mailbox(item->store, item->row->id, item->ctx, &sink, &f->result, &f->e);
	return f;
}

static const char *text_of(const json_t *o, const char *key) {
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

static uint64_t number_of(const json_t *o, const char *key) {
	return (uint64_t)json_integer_value(json_object_get(o, key));
}

static const struct table_column folder_columns[] = {
	{ "  Folder", false }, { "Target folder", false }, { "Source", true }, { "Copied", true },
	{ "At target", true }, { "Checked", true },	   { "Gaps", true },   { NULL, false },
};

static void print_folders(FILE *to, const json_t *folders, bool colour) {
	static const char *const numbers[] = { "source_messages", "copied", "target_messages", "checked", "gaps" };
	struct table *t = table_new(folder_columns);
	json_t *folder;
	size_t i;
	if (!t || !json_array_size(folders)) {
		table_free(t);
		return;
	}
	json_array_foreach(folders, i, folder) {
		char name[1100], n[5][24];
		snprintf(name, sizeof name, "  %s", text_of(folder, "source"));
		for (size_t k = 0; k < 5; k++)
			text_count(n[k], sizeof n[k], number_of(folder, numbers[k]));
		const struct table_cell cells[] = {
			{ name, TONE_PLAIN },
			{ text_of(folder, "target"), TONE_PLAIN },
			{ n[0], TONE_PLAIN },
			{ n[1], TONE_PLAIN },
			{ n[2], TONE_PLAIN },
			{ n[3], TONE_PLAIN },
			{ n[4], number_of(folder, "gaps") ? TONE_BAD : TONE_PLAIN },
		};
		if (!table_add(t, cells))
			break;
	}
	table_print(t, to, colour);
	table_free(t);
}

static void print_differences(FILE *to, const struct finding *f, bool colour) {
	json_t *d;
	size_t i;
	json_array_foreach(f->differences, i, d) {
		enum tone tone = json_is_true(json_object_get(d, "gap")) ? TONE_BAD : TONE_DIM;
		fprintf(to, "  %s%s%s  %s", tone_on(tone, colour), text_of(d, "kind"), tone_off(tone, colour),
			text_of(d, "folder"));
		if (number_of(d, "uid"))
			fprintf(to, " uid %" PRIu64, number_of(d, "uid"));
		if (*text_of(d, "subject"))
			fprintf(to, " \"%s\"", text_of(d, "subject"));
		fprintf(to, ": %s\n", text_of(d, "text"));
	}
	if (f->left_out)
		fprintf(to, "  ... and %" PRIu64 " more\n", f->left_out);
}

static void print_finding(struct verification *v, const struct mailbox_row *row, const struct finding *f) {
	char source[IDENTITY_MAX * 2], target[IDENTITY_MAX * 2], checked[24], gaps[24];
	FILE *to = v->c->out;
	text_sanitise(source, sizeof source, row->source, strlen(row->source));
	text_sanitise(target, sizeof target, row->target, strlen(row->target));
	text_count(checked, sizeof checked, f->result.checked);
	text_count(gaps, sizeof gaps, f->result.gaps);
	fprintf(to, "%s -> %s: ", source, target);
	if (!f->ok)
		fprintf(to, "%snot verified%s: %s\n", tone_on(TONE_BAD, v->colour), tone_off(TONE_BAD, v->colour),
			f->e.text);
	else if (f->result.gaps)
		fprintf(to, "%s%s gap%s%s, %s messages checked\n", tone_on(TONE_BAD, v->colour), gaps,
			f->result.gaps == 1 ? "" : "s", tone_off(TONE_BAD, v->colour), checked);
	else
		fprintf(to, "%sno gaps%s, %s messages checked\n", tone_on(TONE_GOOD, v->colour),
			tone_off(TONE_GOOD, v->colour), checked);
	print_folders(to, f->folders, v->colour);
	print_differences(to, f, v->colour);
	fflush(to);
}

static json_t *finding_json(const struct mailbox_row *row, const struct finding *f) {
	return json_pack("{s:I, s:o, s:o, s:b, s:o, s:o, s:I, s:I, s:I, s:O, s:O, s:I}", "id", (json_int_t)row->id,
			 "source", json_text(row->source), "target", json_text(row->target), "verified",
			 f->ok && f->result.gaps == 0, "error", f->ok ? json_null() : json_text(f->e.text),
			 "error_category", f->ok ? json_null() : json_string(err_cat_name(f->e.cat)), "checked",
			 (json_int_t)f->result.checked, "gaps", (json_int_t)f->result.gaps, "notes",
			 (json_int_t)f->result.notes, "folders", f->folders, "differences", f->differences,
			 "differences_left_out", (json_int_t)f->left_out);
}

static void verify_done(void *arg, const struct mailbox_row *row, void *outcome) {
	struct verification *v = arg;
	struct finding *f = outcome;
	if (!f) {
		v->no_memory = true;
		return;
	}
	if (f->ok || f->e.cat != ERR_CANCELLED) {
		v->mailboxes++;
		v->unread += !f->ok;
		v->clean += f->ok && f->result.gaps == 0;
		v->checked += f->result.checked;
		v->gaps += f->result.gaps;
		v->no_memory |= f->no_memory;
		if (!v->array)
			print_finding(v, row, f);
		else if (json_array_append_new(v->array, finding_json(row, f)) != 0)
			v->no_memory = true;
	}
	json_decref(f->folders);
	json_decref(f->differences);
	free(f);
}

static int verify_all(struct cli *c, struct store *s, struct selection *sel) {
	struct verification v = { .c = c, .array = c->json ? json_array() : NULL, .colour = colour_wanted(c, c->out) };
	struct pool_job job = { .arg = &v, .work = verify_one, .done = verify_done };
	char clean[24], all[24], checked[24], gaps[24];
	struct err e;
	uint64_t jobs;
	bool stopped;
	err_clear(&e);
	if (!cli_number(c, "jobs", 1, 256, 0, &jobs, &e) || !pool_run(c, s, sel, (unsigned)jobs, &job, &stopped, &e) ||
	    (v.no_memory && !err_nomem(&e))) {
		json_decref(v.array);
		return cli_fail(c, &e);
	}
	int code = stopped ? CLI_STOPPED : v.gaps || v.unread ? CLI_GAPS : CLI_OK;
	if (v.array)
		return cli_print_json(c,
				      json_pack("{s:o, s:I, s:I, s:I, s:I}", "mailboxes", v.array, "verified",
						(json_int_t)v.clean, "unreadable", (json_int_t)v.unread, "checked",
						(json_int_t)v.checked, "gaps", (json_int_t)v.gaps),
				      code);
	text_count(clean, sizeof clean, v.clean);
	text_count(all, sizeof all, v.mailboxes);
	text_count(checked, sizeof checked, v.checked);
	text_count(gaps, sizeof gaps, v.gaps);
	fprintf(c->out, "%s of %s mailboxes verified: %s messages read back (header, date, flags), %s gap%s.\n", clean,
		all, checked, gaps, v.gaps == 1 ? "" : "s");
	return code;
}

static int verify_selected(struct cli *c) {
	return with_selection(c, SELECTION_DEFAULT_ALL, verify_all);
}

static int run_verify(struct cli *c) {
	return with_signals(c, STOP_SHUTDOWN, verify_selected);
}

const struct cli_command cmd_verify = {
	.name = "verify",
	.args = "[MAILBOX...]",
	.summary = "read the copies back and name every difference",
	.details = "Compares a fresh look at the source, what is known of the copies, and a fresh look at the target, "
		   "folder "
		   "by folder: header fingerprint, date and flags of every copied message. Nothing is changed.\n\n"
		   "Exit code: 0 without a gap, 1 with gaps or where a mailbox could not be read, 3 when stopped.",
	.options = (const struct cli_option[]){ CLI_SELECTION_OPTIONS,
						{ 'j', "jobs", "N", "mailboxes at once (project's setting: 8)" },
						CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.max_args = 1000,
	.run = run_verify,
};
