/* SPDX-License-Identifier: MIT
 *
 * repair_lines.c - every line ends in CRLF, the last one too. Data in "binary" transfer encoding is left alone.
 */
#include <stddef.h>

#include "core/mail/mime/repair_int.h"

struct ends {
	const struct message_sink *to;
	size_t crs;	/* held back: what they are is known with the next byte */
	bool in_header; /* a lone CR is a blank there: a line end would make a new field of what follows */
	bool lone_ends; /* there is no LF at all: CR is this message's line end */
	char last;
	char out[4096];
	size_t used;
};

static bool flush(struct ends *s, struct err *e) {
	size_t n = s->used;
	s->used = 0;
	return n == 0 || s->to->put(s->to->arg, s->out, n, e);
}

static bool emit(struct ends *s, char c, struct err *e) {
	if (s->used == sizeof s->out && !flush(s, e))
		return false;
	s->out[s->used++] = c;
	s->last = c;
	return true;
}

static bool line_end(struct ends *s, struct err *e) { return emit(s, '\r', e) && emit(s, '\n', e); }

static bool release(struct ends *s, struct err *e) {
	for (; s->crs > 0; s->crs--)
		if (!(s->in_header && !s->lone_ends ? emit(s, ' ', e) : line_end(s, e)))
			return false;
	return true;
}

static bool on_piece(void *arg, const char *p, size_t n, struct err *e) {
	struct ends *s = arg;
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\r') {
			s->crs++;
			continue;
		}
		/* CR CR LF is what a text that was converted twice has. */
		if (p[i] == '\n')
			s->crs = 0;
		if (!(p[i] == '\n' ? line_end(s, e) : release(s, e) && emit(s, p[i], e)))
			return false;
	}
	return true;
}

static bool text_range(struct repair *r, struct ends *s, uint64_t from, uint64_t to, struct err *e) {
	return message_text_each(r->in, from, to, on_piece, s, e);
}

static bool body_ranges(struct repair *r, struct ends *s, uint64_t at, struct err *e) {
	for (size_t i = 0; i < r->parts.count; i++) {
		const struct part *p = &r->parts.at[i];
		if (!part_is_data(p) || p->body < at)
			continue;
		if (!text_range(r, s, at, p->body, e) || !release(s, e) || !flush(s, e) ||
		    !repair_copy(r, p->body, p->end, e))
			return false;
		at = p->end;
		s->last = '\n'; /* data ends as it ends */
	}
	return text_range(r, s, at, r->in->size, e);
}

bool repair_lines(struct repair *r, struct err *e) {
	const struct parts *parts = &r->parts;
	const struct part *top = &parts->at[0];
	bool data_last = parts->ends_open && part_is_data(&parts->at[parts->count - 1]) &&
			 parts->at[parts->count - 1].end == r->in->size;
	if (!parts->bare_cr && !parts->bare_lf && (!parts->ends_open || data_last))
		return true;
	*r->changed = true;
	struct ends s = { .to = r->out, .in_header = true, .lone_ends = parts->lines == 0 };
	if (!text_range(r, &s, top->header, top->body, e))
		return false;
	/* The header's last CR LF are its own; CRs before a body are not the body's. */
	if (!release(&s, e))
		return false;
	s.in_header = false;
	if (!body_ranges(r, &s, top->body, e) || !release(&s, e))
		return false;
	return (s.last == '\n' || line_end(&s, e)) && flush(&s, e);
}
