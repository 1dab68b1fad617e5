/* SPDX-License-Identifier: MIT
 *
 * parts.c - one pass over the lines of a message; a line may be of any length, only its first bytes are kept.
 */
#include "core/mail/mime/parts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/buf.h"
#include "core/mail/mime/header.h"

#define BOUNDARY_MAX 200 /* RFC 2046 says 70 */
#define HEAD_MAX (BOUNDARY_MAX + 56)
#define NO_PART SIZE_MAX
#define OPEN_END UINT64_MAX

struct level {
	char boundary[BOUNDARY_MAX + 1];
	size_t len;
	bool sealed, digest;
};

struct scan {
	struct parts *out;
	struct level level[PARTS_DEPTH_MAX];
	unsigned depth;
	struct buf header; /* raw, of the part at hand; failed: too long */
	bool in_header;
	size_t part;   /* to which lines belong; NO_PART between the parts of a multipart */
	uint64_t line; /* where the line at hand begins */
	uint64_t len;
	char head[HEAD_MAX];
	size_t head_len;
	size_t crs;    /* at its end so far */
	uint64_t previous_end; /* bytes of the line end before it */
	uint64_t nuls, eight_bit, bare_cr, bare_lf; /* in it */
};

bool part_is_data(const struct part *p) {
	return p->kind == PART_LEAF && p->understood && p->coding == CODING_BINARY && !p->text;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* A parameter of a Content-Type value, unquoted, into dst; false when it is not there or too long. */
static bool parameter(const char *v, size_t n, const char *name, char *dst, size_t size, size_t *len) {
	const char *end = v + n;
	size_t k = strlen(name);
	bool quoted = false;
	for (const char *p = v; p < end; p++) {
		if (quoted) {
			p += *p == '\\';
			quoted = p >= end || *p != '"';
			continue;
		}
		quoted = *p == '"';
		if (*p != ';')
			continue;
		for (p++; p < end && is_blank(*p); p++)
			;
		if ((size_t)(end - p) <= k || strncasecmp(p, name, k) != 0) {
			p--;
			continue;
		}
		for (p += k; p < end && is_blank(*p); p++)
			;
		if (p == end || *p != '=')
			return false;
		for (p++; p < end && is_blank(*p); p++)
			;
		bool in_quotes = p < end && *p == '"';
		p += in_quotes;
		for (*len = 0; p < end && (in_quotes ? *p != '"' : *p != ';' && !is_blank(*p)); p++) {
			if (in_quotes && *p == '\\' && p + 1 < end)
				p++;
			if (*len + 1 >= size)
				return false;
			dst[(*len)++] = *p;
		}
		dst[*len] = '\0';
		return *len > 0;
	}
	return false;
}

static enum part_coding read_coding(const struct header_field *f) {
	static const struct {
		const char *name;
		enum part_coding coding;
	} names[] = { { "7bit", CODING_NONE },
		      { "8bit", CODING_NONE },
		      { "binary", CODING_BINARY },
		      { "quoted-printable", CODING_QP },
		      { "base64", CODING_BASE64 } };
	const char *v = f->value, *end = v + f->value_len;
	while (v < end && is_blank(*v))
		v++;
	size_t n = 0;
	while (v + n < end && !is_blank(v[n]) && v[n] != ';')
		n++;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i].name) == n && strncasecmp(v, names[i].name, n) == 0)
			return names[i].coding;
	return n == 0 ? CODING_NONE : CODING_OTHER;
}

static bool starts(const char *v, const char *end, const char *word) {
	size_t n = strlen(word);
	return (size_t)(end - v) >= n && strncasecmp(v, word, n) == 0;
}

/* What the Content-Type makes of the part. next: the level that a multipart opens. */
static void read_type(struct part *p, const struct header_field *f, struct level *next) {
	const char *v = f->value, *end = v + f->value_len;
	while (v < end && is_blank(*v))
		v++;
	p->text = starts(v, end, "text/") || v == end;
	if (starts(v, end, "multipart/")) {
		*next = (struct level){ .digest = starts(v, end, "multipart/digest") };
		p->sealed |= starts(v, end, "multipart/signed") || starts(v, end, "multipart/encrypted");
		p->kind = PART_MULTIPART;
		p->understood &= parameter(v, (size_t)(end - v), "boundary", next->boundary, sizeof next->boundary,
					   &next->len);
	} else if (starts(v, end, "message/rfc822") || starts(v, end, "message/global")) {
		p->kind = PART_MESSAGE;
	} else if (starts(v, end, "message/")) {
		p->understood = false; /* partial, external-body, delivery-status: not to be encoded (RFC 2046 5.2) */
	}
}

static void begin_part(struct scan *s, uint64_t at) {
	struct parts *o = s->out;
	buf_reset(&s->header);
	s->part = NO_PART;
	s->in_header = false;
	if (o->count == PARTS_MAX) {
		o->complete = false;
		return;
	}
	s->part = o->count++;
	s->in_header = true;
	const struct level *in = s->depth ? &s->level[s->depth - 1] : NULL;
	o->at[s->part] = (struct part){ .header = at,
					.body = OPEN_END,
					.end = OPEN_END,
					.depth = s->depth,
					.text = !in || !in->digest,
					.sealed = in && in->sealed,
					.understood = !in || !in->digest };
}

/* The empty line was found, or the part's end without one. at: where its body begins. */
static void end_header(struct scan *s, uint64_t at) {
	struct part *p = &s->out->at[s->part];
	struct header_scan hs;
	struct header_field f;
	struct level next = { 0 };
	bool typed = false, coded = false;
	s->in_header = false;
	p->body = at > p->header ? at : p->header; /* a boundary right behind a boundary: the line end is not its own */
	if (s->header.failed) {
		p->understood = false;
		s->out->complete = false;
		return;
	}
	header_scan_begin(&hs, s->header.data ? s->header.data : "", s->header.len);
	while (header_scan_next(&hs, &f)) {
		if (!typed && header_field_named(&f, "content-type")) {
			typed = true;
			read_type(p, &f, &next);
		} else if (!coded && header_field_named(&f, "content-transfer-encoding")) {
			coded = true;
			p->coding = read_coding(&f);
		}
	}
	p->understood &= p->coding != CODING_OTHER;
	if (p->kind == PART_MULTIPART && p->understood) {
		if (s->depth == PARTS_DEPTH_MAX) {
			s->out->complete = false;
			return;
		}
		next.sealed = p->sealed;
		s->level[s->depth++] = next;
		s->part = NO_PART;
	} else if (p->kind == PART_MESSAGE && (p->coding == CODING_NONE || p->coding == CODING_BINARY)) {
		bool sealed = p->sealed;
		begin_part(s, at);
		if (s->part != NO_PART)
			s->out->at[s->part].sealed = sealed;
	} else if (p->kind != PART_LEAF) {
		p->understood = false;
	}
}

/* Everything that is open inside of `depth` multiparts or more ends here. */
static void close_parts(struct scan *s, unsigned depth, uint64_t at) {
	struct parts *o = s->out;
	if (s->in_header)
		end_header(s, at);
	for (size_t i = o->count; i-- > 0;) {
		struct part *p = &o->at[i];
		if (p->depth < depth)
			return;
		if (p->end != OPEN_END)
			continue;
		if (p->body == OPEN_END)
			p->body = at > p->header ? at : p->header;
		p->end = at > p->body ? at : p->body;
	}
}

/* Is the line a delimiter of an open multipart? *level: which; *closing: "--boundary--". */
static bool is_boundary(const struct scan *s, unsigned *level, bool *closing) {
	if (s->head_len < 3 || s->head[0] != '-' || s->head[1] != '-' || s->len > HEAD_MAX)
		return false;
	size_t n = s->head_len;
	while (n > 2 && is_blank(s->head[n - 1]))
		n--;
	for (unsigned i = s->depth; i-- > 0;) {
		const struct level *l = &s->level[i];
		if (n < l->len + 2 || memcmp(s->head + 2, l->boundary, l->len) != 0)
			continue;
		*closing = n == l->len + 4 && s->head[n - 1] == '-' && s->head[n - 2] == '-';
		*level = i;
		if (*closing || n == l->len + 2)
			return true;
	}
	return false;
}

static void count_line(struct scan *s, uint64_t content) {
	struct parts *o = s->out;
	struct part *p = s->part != NO_PART && !s->in_header ? &o->at[s->part] : NULL;
	o->nuls += s->nuls;
	o->eight_bit += s->eight_bit;
	if (content > o->longest)
		o->longest = content;
	if (p) {
		p->nuls += s->nuls;
		p->eight_bit += s->eight_bit;
		if (content > p->longest)
			p->longest = content;
	}
	if (!p || !part_is_data(p)) {
		o->bare_cr += s->bare_cr;
		o->bare_lf += s->bare_lf;
	}
}

/* A line is complete; ends: it has a line end. */
static void on_line(struct scan *s, bool ends) {
	uint64_t end = ends ? s->crs + 1 : 0, content = s->len - end, next = s->line + s->len;
	unsigned level;
	bool closing;
	if (is_boundary(s, &level, &closing)) {
		close_parts(s, level + 1, s->line - s->previous_end);
		s->depth = level + !closing;
		s->part = NO_PART;
		s->in_header = false;
		count_line(s, 0);
		if (!closing)
			begin_part(s, next);
	} else {
		count_line(s, content);
		if (s->in_header && content == 0 && ends)
			end_header(s, next);
	}
	s->previous_end = end;
	s->line = next;
	s->len = s->head_len = s->crs = 0;
	s->nuls = s->eight_bit = s->bare_cr = s->bare_lf = 0;
	s->out->lines += ends;
}

static bool on_piece(void *arg, const char *p, size_t n, struct err *e) {
	struct scan *s = arg;
	(void)e;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		s->len++;
		if (s->head_len < HEAD_MAX)
			s->head[s->head_len++] = p[i];
		if (s->in_header)
			buf_putc(&s->header, p[i]);
		if (c == '\n') {
			s->bare_lf += s->crs == 0;
			s->bare_cr += s->crs > 1;
			on_line(s, true);
			continue;
		}
		if (c == '\r') {
			s->crs++;
			continue;
		}
		s->bare_cr += s->crs;
		s->crs = 0;
		s->nuls += c == 0;
		s->eight_bit += c >= 0x80;
	}
	return true;
}

bool parts_map(const struct message_text *m, struct parts *out, struct err *e) {
	struct scan *s = calloc(1, sizeof *s);
	*out = (struct parts){ .complete = true };
	out->at = calloc(PARTS_MAX, sizeof *out->at);
	bool ok = (s && out->at) || err_nomem(e);
	if (ok) {
		s->out = out;
		buf_init(&s->header, PART_HEADER_MAX);
		begin_part(s, 0);
		ok = message_text_each(m, 0, m->size, on_piece, s, e);
	}
	if (ok) {
		out->ends_open = s->len > 0;
		s->bare_cr += s->crs;
		if (s->len > 0)
			on_line(s, false);
		close_parts(s, 0, m->size);
	}
	if (s)
		buf_free(&s->header);
	free(s);
	if (!ok)
		parts_free(out);
	return ok;
}

void parts_free(struct parts *p) {
	free(p->at);
	*p = (struct parts){ 0 };
}
