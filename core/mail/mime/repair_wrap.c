/* SPDX-License-Identifier: MIT
 *
 * repair_wrap.c - the original as an attachment of a small message that says why.
 *
 * As message/rfc822 when it is what that may hold, else as data in base64 that any mail program opens (.eml).
 */
#include <sodium/utils.h>
#include <string.h>

#include "core/mail/mime/ident.h"
#include "core/mail/mime/repair_int.h"
#include "core/mail/mime/transfer.h"

#define SHOWN_MAX 1000 /* of Subject and From: the original holds the rest */

struct wrap {
	struct repair *r;
	struct buf header, out;
	char id[2 * HASH_LEN + 1];
	struct hasher hasher;
};

static bool hash_piece(void *arg, const char *p, size_t n, struct err *e) {
	(void)e;
	hash_add(arg, p, n);
	return true;
}

/* The original's hash: equal messages are wrapped equally, and others never share a Message-ID. */
static bool make_id(struct wrap *w, struct err *e) {
	struct hash h;
	hash_begin(&w->hasher);
	if (!message_text_each(w->r->in, 0, w->r->in->size, hash_piece, &w->hasher, e))
		return false;
	hash_end(&w->hasher, &h);
	sodium_bin2hex(w->id, sizeof w->id, h.bytes, sizeof h.bytes);
	return true;
}

/* A field of the original, unfolded, as text that may stand in a header; false when it is not there. */
static bool take_field(struct wrap *w, const char *name, struct buf *out) {
	struct header_scan s;
	struct header_field f;
	header_scan_begin(&s, w->header.data ? w->header.data : "", w->header.len);
	while (header_scan_next(&s, &f)) {
		if (!header_field_named(&f, name))
			continue;
		size_t n = f.value_len < SHOWN_MAX ? f.value_len : SHOWN_MAX;
		for (size_t i = 0; i < n; i++)
			if (f.value[i] != '\r' && f.value[i] != '\n' && f.value[i] != '\0')
				buf_putc(out, out->len == 0 && f.value[i] != ' ' ? ' ' : f.value[i]);
		return out->len > 0;
	}
	return false;
}

static void put_from(struct wrap *w) {
	struct buf raw, from;
	buf_init(&raw, SHOWN_MAX + 1);
	buf_init(&from, 8 * SHOWN_MAX);
	bool good = take_field(w, "from", &raw) && !raw.failed && memchr(raw.data, '@', raw.len) &&
		    raw.len < SHOWN_MAX;
	if (good) {
		encode_structured(&from, "unknown-8bit", raw.data, raw.len, false);
		good = !from.failed && from.len && !needs_encoding(from.data, from.len);
	}
	buf_puts(&w->out, "From:");
	if (good)
		fold_lines(&w->out, from.data, from.len);
	else
		buf_puts(&w->out, " " UNKNOWN_SENDER);
	buf_puts(&w->out, "\r\n");
	buf_free(&raw);
	buf_free(&from);
}

static void put_subject(struct wrap *w) {
	struct buf raw, subject;
	buf_init(&raw, SHOWN_MAX + 1);
	buf_init(&subject, 8 * SHOWN_MAX);
	if (take_field(w, "subject", &raw) && !raw.failed) {
		if (needs_encoding(raw.data, raw.len))
			encode_unstructured(&subject, "unknown-8bit", raw.data, raw.len);
		else
			buf_put(&subject, raw.data, raw.len);
		if (!subject.failed && subject.len) {
			buf_puts(&w->out, "Subject:");
			fold_lines(&w->out, subject.data, subject.len);
			buf_puts(&w->out, "\r\n");
		}
	}
	buf_free(&raw);
	buf_free(&subject);
}

static void put_date(struct wrap *w) {
	struct mail_date date = w->r->arrived, written;
	struct header_scan s;
	struct header_field f;
	bool found = false;
	header_scan_begin(&s, w->header.data ? w->header.data : "", w->header.len);
	while (!found && header_scan_next(&s, &f))
		found = header_field_named(&f, "date") && date_parse_rfc5322(f.value, f.value_len, &written);
	buf_puts(&w->out, "Date: ");
	date_field(&w->out, found ? &written : &date);
	buf_puts(&w->out, "\r\n");
}

/* May it stand in a message/rfc822 part of a 7-bit message? It needs a header there. */
static bool is_plain(const struct parts *p) {
	bool clean = !p->nuls && !p->eight_bit && !p->bare_cr && !p->bare_lf && !p->ends_open;
	return clean && p->at[0].body > 2 && p->longest <= PART_LINE_MAX;
}

static void put_head(struct wrap *w, bool plain) {
	put_date(w);
	put_from(w);
	put_subject(w);
	buf_printf(&w->out,
		   "Message-ID: <%s@wrapped.mailvan.invalid>\r\nMIME-Version: 1.0\r\n"
		   "Content-Type: multipart/mixed; boundary=\"=_mailvan_%s\"\r\n\r\n"
		   "--=_mailvan_%s\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
		   "This message was moved from another mail server. The server that holds it now\r\n"
		   "did not take it as it was. It is attached as it was, unchanged.\r\n\r\n"
		   "--=_mailvan_%s\r\n",
		   w->id, w->id, w->id, w->id);
	buf_puts(&w->out, plain ? "Content-Type: message/rfc822\r\nContent-Disposition: attachment; "
				  "filename=\"original.eml\"\r\n\r\n"
				: "Content-Type: application/octet-stream; name=\"original.eml\"\r\n"
				  "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; "
				  "filename=\"original.eml\"\r\n\r\n");
}

static bool add_piece(void *arg, const char *p, size_t n, struct err *e) { return transfer_add(arg, p, n, e); }

static bool put_original(struct wrap *w, bool plain, struct err *e) {
	struct repair *r = w->r;
	struct transfer t;
	if (plain)
		return repair_copy(r, 0, r->in->size, e);
	transfer_begin(&t, TRANSFER_BASE64, r->out);
	return message_text_each(r->in, 0, r->in->size, add_piece, &t, e) && transfer_end(&t, e);
}

bool repair_wrap(struct repair *r, struct err *e) {
	struct wrap w = { .r = r };
	bool known, plain = is_plain(&r->parts);
	*r->changed = true;
	buf_init(&w.header, PART_HEADER_MAX);
	buf_init(&w.out, 32 * SHOWN_MAX);
	bool ok = repair_header(r, &w.header, &known, e) && make_id(&w, e);
	if (ok) {
		put_head(&w, plain);
		ok = repair_put(r, &w.out, e) && put_original(&w, plain, e);
	}
	if (ok) {
		buf_reset(&w.out);
		buf_printf(&w.out, "\r\n--=_mailvan_%s--\r\n", w.id);
		ok = repair_put(r, &w.out, e);
	}
	buf_free(&w.header);
	buf_free(&w.out);
	return ok;
}
