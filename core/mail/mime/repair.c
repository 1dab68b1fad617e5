/* SPDX-License-Identifier: MIT
 *
 * repair.c - which rung does what.
 */
#include "core/mail/mime/repair_int.h"

bool repair_header(struct repair *r, struct buf *b, bool *known, struct err *e) {
	const struct part *top = &r->parts.at[0];
	uint64_t n = top->body - top->header;
	*known = n <= PART_HEADER_MAX;
	if (!*known || n == 0)
		return true;
	char *to = buf_room(b, (size_t)n);
	if (!to)
		return err_nomem(e);
	if (!message_text_read(r->in, top->header, to, (size_t)n, e))
		return false;
	buf_added(b, (size_t)n);
	return true;
}

bool repair_put(struct repair *r, const struct buf *b, struct err *e) {
	if (b->failed)
		return err_nomem(e);
	return b->len == 0 || r->out->put(r->out->arg, b->data, b->len, e);
}

bool repair_copy(struct repair *r, uint64_t from, uint64_t to, struct err *e) {
	return message_text_each(r->in, from, to, r->out->put, r->out->arg, e);
}

static bool climb(struct repair *r, enum repair_rung rung, struct err *e) {
	switch (rung) {
	case REPAIR_LINES:
		return repair_lines(r, e);
	case REPAIR_HEADERS:
		return repair_headers(r, e);
	case REPAIR_FIELDS:
		return repair_fields(r, e);
	case REPAIR_NUL:
	case REPAIR_BODY:
		return repair_bodies(r, rung, e);
	case REPAIR_WRAP:
		return repair_wrap(r, e);
	default:
		return true;
	}
}

bool repair_apply(enum repair_rung rung, const struct message_text *in, const struct mail_date *arrived,
		  const struct message_sink *out, bool *changed, struct err *e) {
	struct repair r = { .in = in, .arrived = *arrived, .out = out, .changed = changed };
	*changed = false;
	if (in->size == 0)
		return true;
	if (!parts_map(in, &r.parts, e))
		return false;
	bool ok = climb(&r, rung, e);
	parts_free(&r.parts);
	return ok;
}
