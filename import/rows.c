/* SPDX-License-Identifier: MIT
 *
 * rows.c - libcsv, fed line by line: it neither counts lines nor shows empty ones, and after
 * an error it has no way to go on.
 */
#include "import/rows.h"

#include <string.h>
#include <csv.h>

#include "core/base/text.h"
#include "import/import.h"
#include "import/wiped.h"

#define FEED_MAX ((size_t)64 << 10) /* a line may be the whole file: look at the field's size in between */

struct reader {
	const char *text;
	size_t len, at; /* at: start of the next physical line */
	unsigned line;	/* its number */
	char line_end;
	const struct rows_sink *sink;
	struct csv_parser csv;
	char delimiter;
	/* The row that is being read */
	bool open;	      /* it goes on in the next line */
	unsigned row_line;    /* where it began */
	size_t row_next;      /* start of the line after that one */
	char *bytes;	      /* its fields, each with a NUL */
	size_t used;
	size_t offset[ROW_FIELDS_MAX], length[ROW_FIELDS_MAX];
	size_t fields, too_large_at;
	bool too_large, no_memory, ended; /* ended: the sink wants no more */
};

/* The default trims blanks, also those of passwords. */
static int no_space(unsigned char c) {
	(void)c;
	return 0;
}

/* A CR that is not part of a line's end is data, and a problem of its field. */
static int only_lf(unsigned char c) { return c == '\n'; }

static void on_field(void *data, size_t len, void *arg) {
	struct reader *r = arg;
	size_t i = r->fields++;
	if (r->too_large || r->no_memory)
		return;
	if (len > IMPORT_FIELD_MAX || r->used + len + 1 > ROW_BYTES_MAX) {
		r->too_large = true;
		r->too_large_at = i;
		return;
	}
	if (i >= ROW_FIELDS_MAX)
		return;
	char *bytes = wiped_realloc(r->bytes, r->used + len + 1);
	if (!bytes) {
		r->no_memory = true;
		return;
	}
	r->bytes = bytes;
	if (len)
		memcpy(bytes + r->used, data, len);
	bytes[r->used + len] = '\0';
	r->offset[i] = r->used;
	r->length[i] = len;
	r->used += len + 1;
}

static void row_reset(struct reader *r) {
	r->open = r->too_large = false;
	r->used = r->fields = 0;
}

static void on_row(int end, void *arg) {
	struct reader *r = arg;
	struct field fields[ROW_FIELDS_MAX];
	size_t n = r->fields < ROW_FIELDS_MAX ? r->fields : ROW_FIELDS_MAX;
	(void)end;
	r->open = false;
	if (r->too_large || r->no_memory)
		return; /* the caller of csv_parse sees to it */
	for (size_t i = 0; i < n; i++)
		fields[i] = (struct field){ r->bytes + r->offset[i], r->length[i] };
	if (!r->sink->row(r->sink->arg, r->row_line, fields, n, r->fields))
		r->ended = true;
	row_reset(r);
}

static bool parser_start(struct reader *r) {
	if (csv_init(&r->csv, CSV_STRICT) != 0)
		return false;
	csv_set_delim(&r->csv, (unsigned char)r->delimiter);
	csv_set_space_func(&r->csv, no_space);
	csv_set_term_func(&r->csv, only_lf);
	csv_set_realloc_func(&r->csv, wiped_realloc);
	csv_set_free_func(&r->csv, wiped_free);
	return true;
}

/* Report the row that failed and stand at the line after its first: what it swallowed
 * is read again. (Linear all the same: a line that opens a quote swallows only up to the
 * next line with an odd number of quotes, and those in between end on their own.) */
static void restart(struct reader *r, enum row_fault why) {
	size_t field = r->too_large ? r->too_large_at : r->fields;
	if (!r->sink->fault(r->sink->arg, r->row_line, field, why))
		r->ended = true;
	csv_free(&r->csv);
	if (!parser_start(r))
		r->no_memory = true;
	r->at = r->row_next;
	r->line = r->row_line + 1;
	row_reset(r);
}

/* False when the row failed and the reader was set back. */
static bool feed(struct reader *r, const char *p, size_t n) {
	while (n && !r->ended) {
		size_t piece = n < FEED_MAX ? n : FEED_MAX;
		size_t done = csv_parse(&r->csv, p, piece, on_field, on_row, r);
		int error = csv_error(&r->csv);
		if (r->no_memory || (done < piece && error != CSV_EPARSE)) {
			r->no_memory = true;
			return false;
		}
		if (done < piece) {
			restart(r, r->csv.quoted ? ROW_QUOTE_AFTER : ROW_QUOTE_INSIDE);
			return false;
		}
		if (r->too_large || r->csv.entry_pos > IMPORT_FIELD_MAX) {
			restart(r, ROW_TOO_LARGE);
			return false;
		}
		p += piece;
		n -= piece;
	}
	return true;
}

static void read_line(struct reader *r) {
	const char *start = r->text + r->at;
	const char *end = memchr(start, r->line_end, r->len - r->at);
	size_t n = end ? (size_t)(end - start) : r->len - r->at;
	r->at += n + (end != NULL);
	r->line++;
	if (!r->open) {
		r->row_line = r->line - 1;
		r->row_next = r->at;
	}
	while (n && start[n - 1] == '\r')
		n--;
	bool was_open = r->open;
	r->open = was_open || n > 0; /* on_row closes it */
	if (feed(r, start, n))
		feed(r, "\n", 1);
}

bool rows_parse(const char *text, size_t len, unsigned first_line, char delimiter, const struct rows_sink *sink,
		struct err *e) {
	struct reader r = { .text = text, .len = len, .line = first_line, .sink = sink, .delimiter = delimiter };
	r.line_end = len && !memchr(text, '\n', len) ? '\r' : '\n';
	if (!parser_start(&r))
		return err_nomem(e);
	while (!r.ended && !r.no_memory) {
		if (r.at < r.len)
			read_line(&r);
		else if (r.open)
			restart(&r, ROW_QUOTE_OPEN);
		else
			break;
	}
	csv_free(&r.csv);
	wiped_free(r.bytes);
	return r.no_memory ? err_nomem(e) : true;
}
