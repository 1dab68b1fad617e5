/* SPDX-License-Identifier: MIT
 *
 * import.c - the way of a file through the room: read, decode, find the header, check each row, then
 * look at the rows together.
 */
#include "import/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import/decode.h"
#include "import/duplicates.h"
#include "import/sheet.h"
#include "import/spec.h"
#include "import/values.h"

struct run {
	const struct import_options *options;
	struct import_result *out;
	struct problems problems;
	struct import_rows *rows;
	struct checker checker;
	struct column_map map;
	bool have_header, no_memory;
};

static bool take_header(struct run *run, unsigned line, const struct field *fields, size_t n, size_t total) {
	run->have_header = true;
	size_t known = columns_match(fields, n, &run->map);
	run->map.line = line;
	columns_check(&run->map, fields, n, total, run->options, &run->problems);
	if (known > 1)
		return true;
	run->out->delimiter = 0; /* it is no header, and what follows means nothing */
	return false;
}

static bool take_row(void *arg, unsigned line, const struct field *fields, size_t n, size_t total) {
	struct run *run = arg;
	struct checked_row row;
	if (sheet_row_empty(fields, n) && total == n)
		return true;
	if (!run->have_header)
		return take_header(run, line, fields, n, total);
	run->out->rows++;
	if (!sheet_row_width(&run->problems, line, fields, n, total, run->map.fields, run->map.named,
			     run->out->delimiter))
		return true;
	switch (check_row(&run->checker, line, fields, &row)) {
	case CHECK_BAD:
		return true;
	case CHECK_NO_MEMORY:
		run->no_memory = true;
		return false;
	case CHECK_GOOD:
		break;
	}
	if (run->rows->count == IMPORT_ROWS_MAX) {
		problem_add(&run->problems, PROBLEM_FATAL, line, NULL, "Split the list",
			    "The file has more than %u rows", IMPORT_ROWS_MAX);
		return false;
	}
	run->no_memory = !rows_add(run->rows, &row);
	return !run->no_memory;
}

static bool take_fault(void *arg, unsigned line, size_t field, enum row_fault why) {
	struct run *run = arg;
	const char *column = NULL;
	for (int c = 0; run->have_header && c < COL_COUNT; c++)
		if (run->map.at[c] == (int)field)
			column = column_table[c].name;
	run->out->rows += run->have_header;
	sheet_fault(&run->problems, line, column, why, !run->have_header);
	return run->have_header;
}

/* A list of addresses in which one lacks its '@' has a mistake; a list of plain names has none: its
 * target server knows its users that way. */
static bool plain_names_are_wrong(struct run *run) {
	size_t plain = 0, count = run->rows->count;
	unsigned first = 0;
	for (size_t i = count; i-- > 0;) {
		if (!strchr(run->rows->list[i].target.identity, '@')) {
			plain++;
			first = run->rows->list[i].line;
		}
	}
	if (plain && plain * 2 > count)
		problem_add(&run->problems, PROBLEM_NOTE, first, column_table[COL_TARGET_IDENTITY].name,
			    "Leave it if the target server knows its users by such names",
			    "In %zu %s the target is a plain name, not a mail address", plain,
			    plain == 1 ? "row" : "rows");
	return plain * 2 <= count;
}

static bool differs(const struct checked_row *a, const struct checked_row *b) {
	return strcmp(a->source.password, b->source.password) != 0 || a->source.security != b->source.security ||
	       a->source.insecure != b->source.insecure || a->source.tenant != b->source.tenant ||
	       a->target.tenant != b->target.tenant || strcmp(a->target.password, b->target.password) != 0 ||
	       strcmp(a->target.login, b->target.login) != 0 || !text_ieq(a->target.host, b->target.host) ||
	       a->target.port != b->target.port || a->target.security != b->target.security ||
	       strcmp(a->root, b->root) != 0 || strcmp(a->batch, b->batch) != 0;
}

/* What the store knows a row by (mailboxes_add), and the mailbox it goes to. */
static size_t row_key(char *dst, size_t size, const struct checked_row *row, bool target_only) {
	const struct checked_side *s = &row->source, *t = &row->target;
	char host[HOST_MAX], source[IDENTITY_MAX], target[IDENTITY_MAX];
	text_copy(host, sizeof host, target_only ? t->host : s->host);
	text_copy(source, sizeof source, s->identity);
	text_copy(target, sizeof target, t->identity);
	text_lower(host);
	text_lower(source);
	text_lower(target);
	int n = target_only ? snprintf(dst, size, "%s\n%u\n%s", host, t->port, target)
			    : snprintf(dst, size, "%d\n%s\n%u\n%s\n%s\n%s", (int)s->proto, host,
				       s->port ? s->port : endpoint_default_port(s->proto, s->security), s->login,
				       source, target);
	return n > 0 && (size_t)n < size ? (size_t)n : size - 1;
}

struct seen {
	struct duplicates rows, targets;
};

/* The row stands at `at` of the list if it is kept. *keep false: an earlier row says it. */
static bool look_twice(struct run *run, struct seen *seen, const struct checked_row *row, size_t at, bool *keep) {
	char key[HOST_MAX + LOGIN_MAX + 2 * IDENTITY_MAX + 64];
	size_t first;
	*keep = true;
	if (!duplicates_first(&seen->rows, key, row_key(key, sizeof key, row, false), at, &first))
		return false;
	if (first != at) {
		const struct checked_row *earlier = &run->rows->list[first];
		problem_add(&run->problems, PROBLEM_NOTE, row->line, NULL,
			    differs(earlier, row) ? "Remove the one that is wrong" : NULL,
			    differs(earlier, row)
				    ? "The same mailbox as in line %u, with other settings: line %u is used"
				    : "The same mailbox as in line %u (line %u is used)",
			    earlier->line, earlier->line);
		run->out->duplicates++;
		*keep = false;
		return true;
	}
	if (!duplicates_first(&seen->targets, key, row_key(key, sizeof key, row, true), at, &first))
		return false;
	if (first != at)
		problem_add(&run->problems, PROBLEM_NOTE, row->line, column_table[COL_TARGET_IDENTITY].name,
			    "Leave it if both are to go into one mailbox",
			    "Line %u has the same target mailbox, from another source", run->rows->list[first].line);
	return true;
}

static bool look_at_all(struct run *run) {
	struct import_rows *rows = run->rows;
	struct seen seen = { 0 };
	bool wrong = plain_names_are_wrong(run), ok = true;
	size_t kept = 0;
	for (size_t i = 0; ok && i < rows->count; i++) {
		struct checked_row row = rows->list[i];
		bool keep = false;
		if (wrong && !strchr(row.target.identity, '@'))
			problem_add(&run->problems, PROBLEM_ERROR, row.line, column_table[COL_TARGET_IDENTITY].name,
				    "Write it as name@domain", "This is not a mail address, as the other targets are");
		else
			ok = look_twice(run, &seen, &row, kept, &keep);
		if (keep)
			rows->list[kept++] = row;
	}
	rows->count = kept;
	duplicates_free(&seen.rows);
	duplicates_free(&seen.targets);
	return ok;
}

static size_t known_columns(void *arg, const struct field *fields, size_t n) {
	struct column_map map;
	(void)arg;
	return columns_match(fields, n, &map);
}

static bool parse(struct run *run, const struct decoded *d, struct err *e) {
	struct rows_sink sink = { run, take_row, take_fault };
	size_t skip = 0;
	char delimiter;
	bool told = sheet_separator(d->text, d->len, &delimiter, &skip);
	if (!told && !sheet_delimiter(d->text, d->len, known_columns, NULL, &delimiter, e))
		return false;
	run->out->delimiter = delimiter;
	if (!rows_parse(d->text + skip, d->len - skip, told ? 2 : 1, delimiter, &sink, e))
		return false;
	if (run->no_memory || !look_at_all(run))
		return err_nomem(e);
	check_remarks(&run->checker);
	return true;
}

static void count_up(struct run *run) {
	struct import_result *out = run->out;
	struct problems *p = &run->problems;
	bool fatal = false;
	if (!run->have_header)
		out->delimiter = 0;
	if (!run->have_header && !p->errors)
		problem_add(p, PROBLEM_FATAL, 0, NULL, "Give a list with a header line and one line for each mailbox",
			    "The file is empty");
	else if (!out->rows && !p->errors)
		problem_add(p, PROBLEM_FATAL, 0, NULL, "Add one line for each mailbox",
			    "The file has a header, but no rows");
	problems_finish(p);
	for (size_t i = 0; i < p->count && !fatal; i++)
		fatal = p->list[i].level == PROBLEM_FATAL;
	out->problems = p->list;
	out->problem_count = p->count;
	out->notes = p->notes;
	out->errors = p->errors;
	out->lacks_target = p->no_target;
	out->checked = run->rows;
	out->spec_count = fatal ? 0 : run->rows->count;
}

bool import_csv_fd(int fd, const char *name, const struct import_options *o, struct import_result *out, struct err *e) {
	struct run run = { .options = o, .out = out };
	struct decoded d;
	unsigned char *bytes;
	size_t n;
	*out = (struct import_result){ 0 };
	if (!input_read(fd, name, &bytes, &n, e) || !decode_text(bytes, n, &d, e))
		return false;
	run.rows = rows_new(o);
	if (!run.rows) {
		decode_free(&d);
		return err_nomem(e);
	}
	run.checker = (struct checker){ .map = &run.map, .options = o, .problems = &run.problems,
					.arena = &run.rows->arena, .tenants = &run.rows->tenants };
	sheet_encoding(&run.problems, &d, out->encoding);
	bool ok = parse(&run, &d, e);
	decode_free(&d);
	count_up(&run);
	if (ok && run.problems.no_memory)
		ok = err_nomem(e);
	return ok;
}

bool import_csv(const char *path, const struct import_options *o, struct import_result *out, struct err *e) {
	char shown[200];
	*out = (struct import_result){ 0 };
	text_sanitise(shown, sizeof shown, path, strlen(path));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, ERR_INPUT, "Cannot open %s", shown);
	bool ok = import_csv_fd(fd, shown, o, out, e);
	close(fd);
	return ok;
}

void import_free(struct import_result *r) {
	rows_free(r->checked);
	free(r->problems);
	*r = (struct import_result){ 0 };
}
