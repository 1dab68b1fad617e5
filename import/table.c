/* SPDX-License-Identifier: MIT
 *
 * table.c - a list whose columns are the caller's: the header by its rules, each value checked, the good rows kept.
 */
#include "import/table.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import/sheet.h"
#include "import/values.h"
#include "import/wiped.h"

struct table_row {
	unsigned line;
	bool bad;
};

struct import_table {
	const struct table_rule *rules;
	size_t n;
	struct table_row *list;
	const char **cells; /* n per row, in the arena */
	size_t count, cap;
	struct arena arena;
	struct problems problems;
	int at[TABLE_COLUMNS_MAX]; /* index of the field, -1 = the file has no such column */
};

struct run {
	struct import_table *t;
	struct import_table_result *out;
	size_t fields, named;
	bool have_header, fatal, no_memory;
	bool all; /* rows with a wrong cell are kept */
};

static bool name_is(const struct table_rule *rule, const char *typed) {
	char want[SHEET_NAME_MAX], name[SHEET_NAME_MAX], also[SHEET_NAME_MAX];
	sheet_name(name, typed);
	sheet_name(want, rule->name);
	if (strcmp(name, want) == 0)
		return true;
	for (const char *a = rule->also; a && *a; a += strcspn(a, "|"), a += *a == '|') {
		snprintf(also, sizeof also, "%.*s", (int)strcspn(a, "|"), a);
		sheet_name(want, also);
		if (strcmp(name, want) == 0)
			return true;
	}
	return false;
}

static int find(const struct import_table *t, const struct field *f) {
	for (size_t i = 0; f->len && strlen(f->text) == f->len && i < t->n; i++)
		if (name_is(&t->rules[i], f->text))
			return (int)i;
	return -1;
}

static size_t known_columns(void *arg, const struct field *fields, size_t n) {
	struct import_table *t = arg;
	size_t known = 0;
	for (size_t i = 0; i < t->n; i++)
		t->at[i] = -1;
	for (size_t i = 0; i < n; i++) {
		int rule = find(t, &fields[i]);
		if (rule >= 0 && t->at[rule] < 0) {
			t->at[rule] = (int)i;
			known++;
		}
	}
	return known;
}

static void fatal(struct run *run, unsigned line, const char *column, const char *fix, const char *text) {
	run->fatal = true;
	problem_add(&run->t->problems, PROBLEM_FATAL, line, column, fix, "%s", text);
}

static void note_unknown(struct run *run, unsigned line, const struct field *f, size_t i) {
	struct import_table *t = run->t;
	char text[120], fix[200] = "";
	unsigned best = SHEET_FAR;
	int rule = find(t, f);
	if (rule >= 0 && t->at[rule] == (int)i)
		return;
	if (rule >= 0) {
		snprintf(text, sizeof text, "The header names this column twice (columns %d and %zu)", t->at[rule] + 1,
			 i + 1);
		fatal(run, line, t->rules[rule].name, "Keep one of them", text);
		return;
	}
	if (!f->len) {
		problem_add(&t->problems, PROBLEM_NOTE, line, NULL, NULL, "Column %zu has no name and is ignored",
			    i + 1);
		return;
	}
	for (size_t r = 0; r < t->n; r++)
		if (sheet_nearer(f->text, t->rules[r].name, &best))
			snprintf(fix, sizeof fix, "Did you mean %s? Then correct the header", t->rules[r].name);
	problem_add(&t->problems, PROBLEM_NOTE, line, f->text, fix, "This column is not known and is ignored");
}

/* "A, B": the columns that must be there. */
static void list_required(const struct import_table *t, char *dst, size_t size) {
	size_t len = 0;
	dst[0] = '\0';
	for (size_t i = 0; i < t->n && len < size; i++)
		if (t->rules[i].required)
			len += (size_t)snprintf(dst + len, size - len, "%s%s", len ? ", " : "", t->rules[i].name);
}

static bool take_header(struct run *run, unsigned line, const struct field *fields, size_t n, size_t total) {
	struct import_table *t = run->t;
	char required[200], text[260];
	run->have_header = true;
	run->fields = n;
	size_t known = known_columns(t, fields, n);
	list_required(t, required, sizeof required);
	if (!known) {
		/* Nothing of it is shown: without a header this may be the first row, with its password. */
		snprintf(text, sizeof text, "Start the file with a header: %s", required);
		fatal(run, line, NULL, text, "This is not a header: it names no known column");
		run->out->delimiter = 0;
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (fields[i].len)
			run->named = i + 1;
		note_unknown(run, line, &fields[i], i);
	}
	if (total > n)
		fatal(run, line, NULL, "Remove columns", "The header has more columns than can be read");
	for (size_t i = 0; i < t->n; i++)
		if (t->rules[i].required && t->at[i] < 0)
			fatal(run, line, t->rules[i].name, "Add the column", "The column is missing");
	return true;
}

/* False: the row cannot be used, and why has been said. */
static bool check_cell(struct run *run, unsigned line, const struct table_rule *rule, char *value, size_t size) {
	struct problems *p = &run->t->problems;
	char text[300] = "", fix[200] = "";
	if (!value[0] && rule->required) {
		problem_add(p, PROBLEM_ERROR, line, rule->name, "Fill it in", "The value is missing");
		return false;
	}
	if (!value[0] || !rule->check || rule->check(value, size, text, fix))
		return true;
	problem_add(p, PROBLEM_ERROR, line, rule->name, fix, "%s", text);
	return false;
}

/* Room for one row more; its cells, or NULL. */
static const char **next_cells(struct import_table *t) {
	if (t->count == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 256;
		struct table_row *list = realloc(t->list, cap * sizeof *list);
		if (!list)
			return NULL;
		t->list = list;
		const char **cells = realloc(t->cells, cap * t->n * sizeof *cells);
		if (!cells)
			return NULL;
		t->cells = cells;
		t->cap = cap;
	}
	return t->cells + t->count * t->n;
}

static bool check_cells(struct run *run, unsigned line, const struct field *fields, const char **cells) {
	struct import_table *t = run->t;
	bool good = true;
	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = t->at[i] < 0 ? NULL : &fields[t->at[i]];
		cells[i] = "";
		if (!f)
			continue;
		/* What is wrong with the bytes is said before a check sees them as a C string. */
		struct column_info info = { t->rules[i].name, t->rules[i].max, t->rules[i].keep };
		if (!value_check(&t->problems, line, &info, f)) {
			good = false;
			continue;
		}
		char *value = arena_put(&t->arena, f->text, f->len);
		if (!value) {
			run->no_memory = true;
			return false;
		}
		cells[i] = value;
		if (!check_cell(run, line, &t->rules[i], value, f->len + 1)) {
			good = false;
			cells[i] = "";
		}
	}
	return good;
}

static bool take_row(void *arg, unsigned line, const struct field *fields, size_t n, size_t total) {
	struct run *run = arg;
	struct import_table *t = run->t;
	if (sheet_row_empty(fields, n) && total == n)
		return true;
	if (!run->have_header)
		return take_header(run, line, fields, n, total);
	run->out->seen++;
	/* A row may leave out nameless columns at its end, so what it lacks is never one that is read. */
	if (!sheet_row_width(&t->problems, line, fields, n, total, run->fields, run->named, run->out->delimiter))
		return true;
	if (t->count == IMPORT_ROWS_MAX) {
		fatal(run, line, NULL, "Split the list", "The file has too many rows");
		return false;
	}
	const char **cells = next_cells(t);
	run->no_memory = !cells;
	bool good = cells && check_cells(run, line, fields, cells);
	if (good || (run->all && !run->no_memory))
		t->list[t->count++] = (struct table_row){ .line = line, .bad = !good };
	return !run->no_memory;
}

static bool take_fault(void *arg, unsigned line, size_t field, enum row_fault why) {
	struct run *run = arg;
	const char *column = NULL;
	for (size_t i = 0; run->have_header && i < run->t->n; i++)
		if (run->t->at[i] == (int)field)
			column = run->t->rules[i].name;
	run->out->seen += run->have_header;
	run->fatal |= !run->have_header;
	sheet_fault(&run->t->problems, line, column, why, !run->have_header);
	return run->have_header;
}

static bool parse(struct run *run, const struct decoded *d, struct err *e) {
	struct rows_sink sink = { run, take_row, take_fault };
	size_t skip = 0;
	char delimiter;
	bool told = sheet_separator(d->text, d->len, &delimiter, &skip);
	if (!told && !sheet_delimiter(d->text, d->len, known_columns, run->t, &delimiter, e))
		return false;
	run->out->delimiter = delimiter;
	if (!rows_parse(d->text + skip, d->len - skip, told ? 2 : 1, delimiter, &sink, e))
		return false;
	return !run->no_memory || err_nomem(e);
}

static void publish(struct import_table_result *out) {
	const struct problems *p = &out->rows->problems;
	out->problems = p->list;
	out->problem_count = p->count;
	out->notes = p->notes;
	out->errors = p->errors;
}

static void count_up(struct run *run) {
	struct import_table_result *out = run->out;
	if (!run->have_header && !run->fatal) {
		out->delimiter = 0;
		fatal(run, 0, NULL, "Give a list with a header line", "The file is empty");
	} else if (!out->seen && !run->fatal) {
		fatal(run, 0, NULL, "Add a line for each", "The file has a header, but no rows");
	}
	out->count = run->fatal ? 0 : run->t->count;
	import_table_sort(out);
}

static bool read_table(int fd, const char *name, const struct table_rule *rules, size_t n, bool all,
		       struct import_table_result *out, struct err *e) {
	struct decoded d;
	unsigned char *bytes;
	size_t size;
	*out = (struct import_table_result){ 0 };
	if (n > TABLE_COLUMNS_MAX)
		return err_set(e, ERR_INPUT, "A list of more than %d columns cannot be read", TABLE_COLUMNS_MAX);
	if (!input_read(fd, name, &bytes, &size, e) || !decode_text(bytes, size, &d, e))
		return false;
	out->rows = calloc(1, sizeof *out->rows);
	if (!out->rows) {
		decode_free(&d);
		return err_nomem(e);
	}
	out->rows->rules = rules;
	out->rows->n = n;
	struct run run = { .t = out->rows, .out = out, .fatal = d.unsupported, .all = all };
	sheet_encoding(&out->rows->problems, &d, out->encoding);
	bool ok = parse(&run, &d, e);
	decode_free(&d);
	count_up(&run);
	if (ok && out->rows->problems.no_memory)
		ok = err_nomem(e);
	return ok;
}

bool import_table_fd(int fd, const char *name, const struct table_rule *rules, size_t n,
		     struct import_table_result *out, struct err *e) {
	return read_table(fd, name, rules, n, false, out, e);
}

bool import_table_all_fd(int fd, const char *name, const struct table_rule *rules, size_t n,
			 struct import_table_result *out, struct err *e) {
	return read_table(fd, name, rules, n, true, out, e);
}

int import_table_open(const char *path, char shown[200], struct err *e) {
	text_sanitise(shown, 200, path, strlen(path));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err_errno(e, ERR_INPUT, "Cannot open %s", shown);
	return fd;
}

bool import_table(const char *path, const struct table_rule *rules, size_t n, struct import_table_result *out,
		  struct err *e) {
	char shown[200];
	*out = (struct import_table_result){ 0 };
	int fd = import_table_open(path, shown, e);
	if (fd < 0)
		return false;
	bool ok = import_table_fd(fd, shown, rules, n, out, e);
	close(fd);
	return ok;
}

void import_table_free(struct import_table_result *r) {
	if (r->rows) {
		arena_free(&r->rows->arena);
		free(r->rows->list);
		free(r->rows->cells);
		free(r->rows->problems.list);
		free(r->rows);
	}
	*r = (struct import_table_result){ 0 };
}

const char *import_table_cell(const struct import_table_result *r, size_t row, size_t rule) {
	return r->rows->cells[row * r->rows->n + rule];
}

unsigned import_table_line(const struct import_table_result *r, size_t row) {
	return r->rows->list[row].line;
}

bool import_table_bad(const struct import_table_result *r, size_t row) {
	return r->rows->list[row].bad;
}

void import_table_problem(struct import_table_result *r, size_t row, enum problem_level level, size_t rule,
			  const char *fix, const char *fmt, ...) {
	struct import_table *t = r->rows;
	char text[300];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	t->list[row].bad |= level != PROBLEM_NOTE;
	problem_add(&t->problems, level, t->list[row].line, rule < t->n ? t->rules[rule].name : NULL, fix, "%s", text);
	publish(r);
}

void import_table_sort(struct import_table_result *r) {
	problems_finish(&r->rows->problems);
	publish(r);
}
