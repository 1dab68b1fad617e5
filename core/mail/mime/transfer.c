/* SPDX-License-Identifier: MIT
 *
 * transfer.c - base64 and quoted-printable, gathered so that the sink is called by the block.
 */
#include "core/mail/mime/transfer.h"

#include <string.h>

#define COLUMNS 76 /* RFC 2045 6.7, 6.8 */

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char hex[] = "0123456789ABCDEF";

void transfer_begin(struct transfer *t, enum transfer_kind kind, const struct message_sink *to) {
	*t = (struct transfer){ .to = to, .kind = kind };
}

static bool flush(struct transfer *t, struct err *e) {
	size_t n = t->used;
	t->used = 0;
	return n == 0 || t->to->put(t->to->arg, t->out, n, e);
}

static bool emit(struct transfer *t, const char *p, size_t n, struct err *e) {
	if (t->used + n > sizeof t->out && !flush(t, e))
		return false;
	memcpy(t->out + t->used, p, n);
	t->used += n;
	t->column += (unsigned)n;
	return true;
}

static bool line_end(struct transfer *t, struct err *e) {
	bool ok = emit(t, "\r\n", 2, e);
	t->column = 0;
	return ok;
}

/* A group of base64 of the held bytes. */
static bool group(struct transfer *t, struct err *e) {
	const unsigned char *h = t->held;
	unsigned n = t->held_count;
	char out[4] = { base64[h[0] >> 2], base64[(h[0] & 3) << 4 | (n > 1 ? h[1] >> 4 : 0)], '=', '=' };
	if (n > 1)
		out[2] = base64[(h[1] & 15) << 2 | (n > 2 ? h[2] >> 6 : 0)];
	if (n > 2)
		out[3] = base64[h[2] & 63];
	t->held_count = 0;
	if (t->column == COLUMNS && !line_end(t, e))
		return false;
	return emit(t, out, sizeof out, e);
}

static bool base64_byte(struct transfer *t, unsigned char c, struct err *e) {
	t->held[t->held_count++] = c;
	return t->held_count < 3 || group(t, e);
}

static bool refold_base64_byte(struct transfer *t, unsigned char c, struct err *e) {
	char at = (char)c;
	/* Decoders skip whatever is not of the alphabet (RFC 2045 6.8): so does this. */
	if (c == 0 || (!strchr(base64, at) && c != '='))
		return true;
	return (t->column < COLUMNS || line_end(t, e)) && emit(t, &at, 1, e);
}

/* One byte of text, or its escape; a soft line break first when it would not fit together with another "=". */
static bool qp_write(struct transfer *t, unsigned char c, bool escaped, struct err *e) {
	char text[3] = { '=', hex[c >> 4], hex[c & 15] };
	unsigned n = escaped ? 3 : 1;
	if (t->column + n > COLUMNS - 1 && (!emit(t, "=", 1, e) || !line_end(t, e)))
		return false;
	return escaped ? emit(t, text, 3, e) : emit(t, (const char *)&c, 1, e);
}

/* The held byte when something other than a line end follows it. */
static bool qp_release(struct transfer *t, struct err *e) {
	if (t->held_count == 0)
		return true;
	t->held_count = 0;
	return qp_write(t, t->held[0], t->held[0] == '\r', e);
}

static bool qp_byte(struct transfer *t, unsigned char c, struct err *e) {
	bool cr = t->held_count && t->held[0] == '\r';
	if (c == '\n' && cr) {
		t->held_count = 0;
		return line_end(t, e);
	}
	/* A blank before a line end would be lost on the way: whether there is one is known with the next byte. */
	if (c == '\r' && t->held_count && !cr) {
		t->held_count = 0;
		if (!qp_write(t, t->held[0], true, e))
			return false;
	}
	if (!qp_release(t, e))
		return false;
	if (c == '\r' || c == ' ' || c == '\t') {
		t->held[0] = c;
		t->held_count = 1;
		return true;
	}
	return qp_write(t, c, c < ' ' || c >= 127 || c == '=', e);
}

/* Held is "=" and what came of its two digits. What turns out to be no escape is text, as decoders take it. */
static bool refold_release(struct transfer *t, struct err *e) {
	unsigned n = t->held_count;
	t->held_count = 0;
	for (unsigned i = 0; i < n; i++)
		if (!qp_write(t, t->held[i], t->held[i] == '=', e))
			return false;
	return true;
}

static bool is_hex(unsigned char c) {
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

static bool refold_line_end(struct transfer *t, struct err *e) {
	bool soft = t->held_count == 1 || (t->held_count == 2 && !is_hex(t->held[1]));
	if (!soft)
		return refold_release(t, e) && line_end(t, e);
	t->held_count = 0;
	return emit(t, "=", 1, e) && line_end(t, e);
}

/* Escapes stay in one piece. Line ends are CRLF here or they are none (REPAIR_LINES comes first). */
static bool refold_qp_byte(struct transfer *t, unsigned char c, struct err *e) {
	bool blank = c == ' ' || c == '\t';
	if (c == 0 || c == '\r')
		return true;
	if (c == '\n')
		return refold_line_end(t, e);
	if (t->held_count && (is_hex(c) || (blank && t->held_count == 1))) {
		t->held[t->held_count++] = c;
		if (t->held_count < 3)
			return true;
		if (!is_hex(t->held[1]))
			return refold_release(t, e);
		t->held_count = 0;
		if (t->column + 3 > COLUMNS - 1 && (!emit(t, "=", 1, e) || !line_end(t, e)))
			return false;
		return emit(t, (const char *)t->held, 3, e);
	}
	if (!refold_release(t, e))
		return false;
	if (c == '=') {
		t->held[t->held_count++] = c;
		return true;
	}
	return qp_write(t, c, (c < ' ' && !blank) || c >= 127, e);
}

bool transfer_add(struct transfer *t, const char *p, size_t n, struct err *e) {
	static bool (*const byte[])(struct transfer *, unsigned char, struct err *) = {
		[TRANSFER_BASE64] = base64_byte,
		[TRANSFER_QP] = qp_byte,
		[TRANSFER_REFOLD_BASE64] = refold_base64_byte,
		[TRANSFER_REFOLD_QP] = refold_qp_byte,
	};
	for (size_t i = 0; i < n; i++)
		if (!byte[t->kind](t, (unsigned char)p[i], e))
			return false;
	return true;
}

bool transfer_end(struct transfer *t, struct err *e) {
	bool ok = true;
	if (t->kind == TRANSFER_BASE64 && t->held_count)
		ok = group(t, e);
	else if (t->kind == TRANSFER_QP && t->held_count)
		ok = qp_write(t, t->held[0], true, e);
	else if (t->kind == TRANSFER_REFOLD_QP)
		ok = refold_release(t, e);
	t->held_count = 0;
	return ok && flush(t, e);
}
