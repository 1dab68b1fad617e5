/* SPDX-License-Identifier: MIT
 *
 * repair_body.c - leaves of a message get a transfer encoding that any server takes. What they hold stays the same to
 * the byte; what is signed or encrypted is not touched, and a message that is not understood neither.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mail/mime/repair_int.h"
#include "core/mail/mime/transfer.h"

struct encode {
	struct repair *r;
	enum repair_rung which;
	uint64_t at; /* written up to here */
};

static bool can_encode(const struct part *p) {
	return p->kind == PART_LEAF && p->understood && !p->sealed && p->end > p->body;
}

static bool is_encoded(const struct part *p) {
	return p->coding == CODING_QP || p->coding == CODING_BASE64;
}

static bool wants(const struct part *p, enum repair_rung which) {
	if (!can_encode(p))
		return false;
	if (which == REPAIR_NUL)
		return p->nuls && !is_encoded(p);
	return p->eight_bit || p->longest > PART_LINE_MAX || (p->nuls && !is_encoded(p));
}

static enum transfer_kind choose(const struct part *p) {
	if (p->coding == CODING_QP)
		return TRANSFER_REFOLD_QP;
	if (p->coding == CODING_BASE64)
		return TRANSFER_REFOLD_BASE64;
	/* Beyond a quarter base64 is the shorter one, and nobody can read it as it is anyway. */
	return p->text && (p->eight_bit + p->nuls) * 4 <= p->end - p->body ? TRANSFER_QP : TRANSFER_BASE64;
}

/* NUL outside of what is encoded means nothing to anyone. */
static bool drop_nuls(void *arg, const char *p, size_t n, struct err *e) {
	const struct message_sink *to = arg;
	for (const char *end = p + n; p < end;) {
		const char *nul = memchr(p, '\0', (size_t)(end - p)), *stop = nul ? nul : end;
		if (stop > p && !to->put(to->arg, p, (size_t)(stop - p), e))
			return false;
		p = nul ? nul + 1 : end;
	}
	return true;
}

static bool copy_to(struct encode *en, uint64_t to, bool verbatim, struct err *e) {
	struct repair *r = en->r;
	struct message_sink out = *r->out;
	bool ok = en->which == REPAIR_BODY || verbatim ? repair_copy(r, en->at, to, e)
						       : message_text_each(r->in, en->at, to, drop_nuls, &out, e);
	en->at = to;
	return ok;
}

/* The part's header with this transfer encoding. top: it is the message's own, which must say that it is MIME. */
static void write_header(struct buf *out, const struct buf *in, const char *coding, bool top) {
	const char *p = in->data ? in->data : "", *end = p + in->len;
	struct header_line l;
	bool mime = false, skipping = false;
	for (const char *line = p; header_line_next(&p, end, &l) && l.len; line = p) {
		if (l.name_len)
			skipping = header_line_named(&l, "content-transfer-encoding");
		mime |= header_line_named(&l, "mime-version");
		if (skipping)
			continue;
		for (; line < p; line++)
			if (*line)
				buf_putc(out, *line);
		if (out->len && out->data[out->len - 1] != '\n')
			buf_puts(out, "\r\n");
	}
	if (top && !mime)
		buf_puts(out, "MIME-Version: 1.0\r\n");
	buf_printf(out, "Content-Transfer-Encoding: %s\r\n\r\n", coding);
}

static bool encode_header(struct encode *en, const struct part *p, enum transfer_kind kind, struct err *e) {
	struct buf in, out;
	size_t n = (size_t)(p->body - p->header);
	if (kind == TRANSFER_REFOLD_QP || kind == TRANSFER_REFOLD_BASE64)
		return copy_to(en, p->body, false, e);
	buf_init(&in, PART_HEADER_MAX);
	buf_init(&out, PART_HEADER_MAX + 128);
	char *to = buf_room(&in, n);
	bool ok = (to || err_nomem(e)) && message_text_read(en->r->in, p->header, to, n, e);
	if (ok) {
		buf_added(&in, n);
		write_header(&out, &in, kind == TRANSFER_QP ? "quoted-printable" : "base64", p == en->r->parts.at);
		ok = repair_put(en->r, &out, e);
	}
	buf_free(&in);
	buf_free(&out);
	return ok;
}

static bool add_piece(void *arg, const char *p, size_t n, struct err *e) { return transfer_add(arg, p, n, e); }

static bool encode_part(struct encode *en, const struct part *p, struct err *e) {
	enum transfer_kind kind = choose(p);
	struct transfer t;
	if (!copy_to(en, p->header, false, e) || !encode_header(en, p, kind, e))
		return false;
	transfer_begin(&t, kind, en->r->out);
	if (!message_text_each(en->r->in, p->body, p->end, add_piece, &t, e) || !transfer_end(&t, e))
		return false;
	en->at = p->end;
	bool base64 = kind == TRANSFER_BASE64 || kind == TRANSFER_REFOLD_BASE64;
	return !base64 || p->end < en->r->in->size || message_sink_puts(en->r->out, "\r\n", e);
}

static bool has_work(const struct repair *r, enum repair_rung which) {
	uint64_t sealed = 0;
	if (!r->parts.complete)
		return false;
	for (size_t i = 0; i < r->parts.count; i++) {
		if (wants(&r->parts.at[i], which))
			return true;
		if (r->parts.at[i].sealed)
			sealed += r->parts.at[i].nuls;
	}
	return which == REPAIR_NUL && r->parts.nuls > sealed;
}

bool repair_bodies(struct repair *r, enum repair_rung which, struct err *e) {
	struct encode en = { .r = r, .which = which };
	if (!has_work(r, which))
		return true;
	*r->changed = true;
	for (size_t i = 0; i < r->parts.count; i++) {
		const struct part *p = &r->parts.at[i];
		if (wants(p, which)) {
			if (!encode_part(&en, p, e))
				return false;
		} else if (p->sealed && p->nuls) {
			if (!copy_to(&en, p->body, false, e) || !copy_to(&en, p->end, true, e))
				return false;
		}
	}
	return copy_to(&en, r->in->size, false, e);
}
