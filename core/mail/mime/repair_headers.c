/* SPDX-License-Identifier: MIT
 *
 * repair_headers.c - a header that consists of header fields, in ASCII, with an empty line behind it.
 *
 * Nothing is thrown away but mbox "From " lines and folds without text: what is no field is kept as one.
 */
#include <string.h>
#include <strings.h>

#include "core/base/text.h"
#include "core/mail/mime/repair_int.h"

#define OUT_MAX (4 * PART_HEADER_MAX)
#define CHARSET_MAX 30

struct edit {
	struct buf in, out;
	char charset[CHARSET_MAX + 1];
	bool in_subject; /* the field written last */
};

static bool is_token(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* The charset that the message names for its text is the best guess for its header; else RFC 1428's word for "nobody
 * knows". */
static void guess_charset(struct edit *ed) {
	struct header_scan s;
	struct header_field f;
	const char *at = NULL;
	size_t n = 0;
	text_copy(ed->charset, sizeof ed->charset, "unknown-8bit");
	header_scan_begin(&s, ed->in.data ? ed->in.data : "", ed->in.len);
	while (!at && header_scan_next(&s, &f))
		if (header_field_named(&f, "content-type"))
			at = memmem(f.value, f.value_len, "charset=", 8);
	if (!at)
		return;
	const char *end = f.value + f.value_len;
	at += 8;
	at += at < end && *at == '"';
	while (at + n < end && n <= CHARSET_MAX && is_token(at[n]))
		n++;
	bool ascii = n >= 3 && (strncasecmp(at, "utf", 3) == 0 || strncasecmp(at, "us-", 3) == 0);
	if (n > 0 && n <= CHARSET_MAX && !ascii) {
		memcpy(ed->charset, at, n);
		ed->charset[n] = '\0';
	}
}

/* Fields whose values have a grammar. */
static bool is_structured(const struct header_line *l) {
	static const char *const names[] = {
		"from",	       "to",	     "cc",	  "bcc",	   "sender",	   "reply-to",
		"resent-from", "resent-to",  "resent-cc", "resent-sender", "date",	   "message-id",
		"in-reply-to", "references", "received",  "return-path",   "delivered-to", "mime-version"
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (header_line_named(l, names[i]))
			return true;
	return false;
}

static bool is_mime(const struct header_line *l) {
	return l->name_len > 8 && strncasecmp(l->text, "content-", 8) == 0;
}

static void write_value(struct edit *ed, const struct header_line *l, const char *v, size_t n) {
	struct buf ready;
	buf_init(&ready, OUT_MAX);
	if (!needs_encoding(v, n))
		buf_put(&ready, v, n);
	else if (l && (is_structured(l) || is_mime(l)))
		encode_structured(&ready, ed->charset, v, n, is_mime(l));
	else
		encode_unstructured(&ready, ed->charset, v, n);
	if (ready.failed)
		ed->out.failed = true;
	else if (ready.len)
		fold_lines(&ed->out, ready.data, ready.len);
	buf_puts(&ed->out, "\r\n");
	buf_free(&ready);
}

static bool only_blanks(const struct header_line *l) {
	for (size_t i = 0; i < l->len; i++)
		if (l->text[i] != ' ' && l->text[i] != '\t')
			return false;
	return true;
}

/* The field that begins with l, and the folded lines at *p. */
static void write_field(struct edit *ed, const struct header_line *l, const char **p, const char *end) {
	struct header_line more;
	struct buf value;
	buf_init(&value, OUT_MAX);
	buf_put(&value, l->value, l->value_len);
	for (const char *next = *p; header_line_next(&next, end, &more) && more.fold; *p = next) {
		if (only_blanks(&more))
			continue; /* some servers take it for the end of the header */
		buf_puts(&value, "\r\n");
		buf_put(&value, more.text, more.len);
	}
	buf_put(&ed->out, l->text, l->name_len);
	buf_putc(&ed->out, ':');
	if (value.failed)
		ed->out.failed = true;
	else
		write_value(ed, l, value.data ? value.data : "", value.len);
	ed->in_subject = header_line_named(l, "subject");
	buf_free(&value);
}

/* Is it the kind of field that a mail program or server writes? A line of text may hold a colon too. */
static bool is_familiar(const struct header_line *l) {
	return is_structured(l) || is_mime(l) || header_line_named(l, "subject") || header_line_named(l, "status") ||
	       header_line_named(l, "list-id") || header_line_named(l, "dkim-signature") ||
	       (l->name_len > 2 && strncasecmp(l->text, "x-", 2) == 0);
}

static bool fields_follow(const char *p, const char *end) {
	struct header_line l;
	while (header_line_next(&p, end, &l) && l.len)
		if (l.name_len && is_familiar(&l))
			return true;
	return false;
}

static bool is_mbox_line(const struct header_line *l) {
	const char *t = l->text;
	size_t n = l->len;
	if (n && *t == '>')
		t++, n--;
	return n >= 5 && memcmp(t, "From ", 5) == 0 && l->name_len == 0;
}

/* A line that is no field, among fields. */
static void write_junk(struct edit *ed, const struct header_line *l) {
	size_t skip = 0;
	while (skip < l->len && (l->text[skip] == ' ' || l->text[skip] == '\t'))
		skip++;
	if (skip == l->len)
		return;
	/* What is lost of a long Subject most often is the blank in front of its second line. */
	bool continues = ed->in_subject && !memchr(l->text, ':', l->len);
	buf_puts(&ed->out, continues ? " " : "X-Invalid-Header: ");
	write_value(ed, NULL, l->text + skip, l->len - skip);
	if (!continues)
		ed->in_subject = false;
}

/* Writes the header anew. Returns where the body begins in ed->in: at its end when the empty line was found. */
static const char *write_header(struct edit *ed) {
	const char *p = ed->in.data ? ed->in.data : "", *end = p + ed->in.len;
	struct header_line l;
	for (const char *line = p; header_line_next(&p, end, &l); line = p) {
		if (l.len == 0)
			return end;
		if (is_mbox_line(&l))
			continue;
		if (l.name_len)
			write_field(ed, &l, &p, end);
		else if (fields_follow(p, end))
			write_junk(ed, &l);
		else if (!only_blanks(&l))
			return line;
	}
	return end;
}

bool repair_headers(struct repair *r, struct err *e) {
	struct edit ed = { 0 };
	bool known;
	buf_init(&ed.in, PART_HEADER_MAX);
	buf_init(&ed.out, OUT_MAX);
	bool ok = repair_header(r, &ed.in, &known, e);
	if (ok && known) {
		guess_charset(&ed);
		const char *body = write_header(&ed), *end = (ed.in.data ? ed.in.data : "") + ed.in.len;
		buf_puts(&ed.out, "\r\n");
		buf_put(&ed.out, body, (size_t)(end - body));
		*r->changed = !ed.in.data || ed.out.len != ed.in.len || !ed.out.data ||
			      memcmp(ed.out.data, ed.in.data, ed.in.len) != 0;
		/* What cannot be held is left for another rung. */
		if (ed.out.failed)
			*r->changed = false;
		if (*r->changed)
			ok = repair_put(r, &ed.out, e) && repair_copy(r, r->parts.at[0].body, r->in->size, e);
	}
	buf_free(&ed.in);
	buf_free(&ed.out);
	return ok;
}

/* A date that can be read, an address that can be answered: strict servers want both. */
static bool is_usable(const struct header_line *l, bool date) {
	struct mail_date d;
	return date ? date_parse_rfc5322(l->value, l->value_len, &d) : memchr(l->value, '@', l->value_len) != NULL;
}

static bool has_address(const struct header_line *l, const char *next, const char *end) {
	struct header_line more;
	if (is_usable(l, false))
		return true;
	while (header_line_next(&next, end, &more) && more.fold)
		if (memchr(more.text, '@', more.len))
			return true;
	return false;
}

/* The header with useless fields renamed; says what is there. */
static void keep_fields(struct edit *ed, bool *date, bool *from) {
	const char *p = ed->in.data ? ed->in.data : "", *end = p + ed->in.len;
	struct header_line l;
	for (const char *line = p; header_line_next(&p, end, &l); line = p) {
		bool is_date = header_line_named(&l, "date"), is_from = header_line_named(&l, "from");
		bool good = is_date ? is_usable(&l, true) : !is_from || has_address(&l, p, end);
		*date |= is_date && good;
		*from |= is_from && good;
		if (!good)
			buf_puts(&ed->out, "X-Invalid-");
		buf_put(&ed->out, line, (size_t)(p - line));
	}
}

bool repair_fields(struct repair *r, struct err *e) {
	struct edit ed = { 0 };
	struct buf head;
	bool known, date = false, from = false;
	buf_init(&ed.in, PART_HEADER_MAX);
	buf_init(&ed.out, OUT_MAX);
	buf_init(&head, 256);
	bool ok = repair_header(r, &ed.in, &known, e);
	if (ok && known) {
		keep_fields(&ed, &date, &from);
		*r->changed = (!date || !from) && !ed.out.failed;
	}
	if (ok && *r->changed && !date) {
		buf_puts(&head, "Date: ");
		date_field(&head, &r->arrived);
		buf_puts(&head, "\r\n");
	}
	if (ok && *r->changed && !from)
		buf_puts(&head, "From: " UNKNOWN_SENDER "\r\n");
	if (ok && *r->changed)
		ok = repair_put(r, &head, e) && repair_put(r, &ed.out, e) &&
		     repair_copy(r, r->parts.at[0].body, r->in->size, e);
	buf_free(&ed.in);
	buf_free(&ed.out);
	buf_free(&head);
	return ok;
}
