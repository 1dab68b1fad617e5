/* SPDX-License-Identifier: MIT
 *
 * ident.c - fingerprints of headers and bodies that survive what servers do to messages.
 *
 * Header values are compared after dropping what servers change: Dovecot serves NUL as 0x80,
 * Zimbra and Yahoo serve '?' for every 8-bit byte, Zimbra strips blanks at line ends, and
 * everybody folds differently; Cyrus stores X for every 8-bit byte (munge8bit), and Domino a
 * Message-ID without its domain. So runs of control bytes, 8-bit bytes, X and '?' are one '?',
 * blanks, folds and domains of Message-IDs are nothing, and a missing field equals an empty one.
 */
#include "core/mail/mime/ident.h"

#include <limits.h>
#include <string.h>

#include "core/mail/mime/header.h"

/* What counts of one field. A bound, so that what is kept of a streaming message and the full
 * field that IMAP fetches later agree also on an absurd Subject. */
#define FIELD_COUNTED 4096

static const char *const ident_fields[] = { "message-id", "date", "from", "subject", "received" };
#define IDENT_FIELDS (sizeof ident_fields / sizeof ident_fields[0])

/* True when p stands on a line end (CR* LF), whose length goes to *len. */
static bool at_line_end(const char *p, const char *end, size_t *len) {
	const char *q = p;
	while (q < end && *q == '\r')
		q++;
	if (q == end || *q != '\n')
		return false;
	*len = (size_t)(q - p) + 1;
	return true;
}

static size_t normalise_value(char dst[FIELD_COUNTED], const char *p, size_t n) {
	size_t len = 0, skip;
	for (const char *end = p + n; p < end && len < FIELD_COUNTED; p++) {
		unsigned char c = (unsigned char)*p;
		if (c == ' ' || c == '\t')
			continue;
		if ((c == '\r' || c == '\n') && at_line_end(p, end, &skip)) {
			p += skip - 1;
			continue;
		}
		if (c < ' ' || c >= 127 || c == 'X')
			c = '?';
		if (c != '?' || len == 0 || dst[len - 1] != '?')
			dst[len++] = (char)c;
	}
	return len;
}

/* "<name@domain>" without "@domain>". */
static size_t without_domain(const char *id, size_t n) {
	const char *at = n ? memrchr(id, '@', n) : NULL;
	if (at)
		return (size_t)(at - id);
	return n && id[n - 1] == '>' ? n - 1 : n;
}

void ident_header(const char *text, size_t n, struct header_ident *out) {
	struct header_field found[IDENT_FIELDS] = { 0 }, f;
	size_t missing = IDENT_FIELDS, seen = 0; /* bytes of such fields, as HEADER.FIELDS lays them end to end */
	struct header_scan s;
	header_scan_begin(&s, text, n);
	while (missing && seen < HEADER_KEEP_MAX && header_scan_next(&s, &f)) {
		for (size_t i = 0; i < IDENT_FIELDS; i++) {
			if (!header_field_named(&f, ident_fields[i]))
				continue;
			seen += f.name_len + 1 + f.value_len + 2;
			if (!found[i].name) {
				found[i] = f;
				missing--;
			}
			break;
		}
	}
	struct hasher h;
	struct hash hash;
	char value[FIELD_COUNTED];
	hash_begin(&h);
	for (size_t i = 0; i < IDENT_FIELDS; i++) {
		size_t len = found[i].name ? normalise_value(value, found[i].value, found[i].value_len) : 0;
		if (i == 0) {
			out->has_message_id = len > 0;
			len = without_domain(value, len);
		}
		hash_add(&h, value, len);
		hash_add(&h, "\n", 1); /* no normalised value holds one */
	}
	hash_end(&h, &hash);
	out->hash = hash_u64(&hash);
}

/* Normalised bytes on their way to the hash, gathered so that it is called by the block. */
struct gather {
	struct digest *d;
	size_t len;
	char bytes[4096];
};

static void gather_flush(struct gather *g) {
	digest_add(g->d, g->bytes, g->len);
	g->len = 0;
}

static void gather_newlines(struct gather *g, size_t n) {
	for (; n; n--) {
		if (g->len + 2 > sizeof g->bytes)
			gather_flush(g);
		g->bytes[g->len++] = '\r';
		g->bytes[g->len++] = '\n';
	}
}

/* A run without line ends. NUL becomes 0x80 on the way. */
static void gather_text(struct gather *g, const char *p, size_t n) {
	while (n) {
		if (g->len == sizeof g->bytes)
			gather_flush(g);
		size_t k = sizeof g->bytes - g->len;
		if (k > n)
			k = n;
		char *to = g->bytes + g->len;
		memcpy(to, p, k);
		for (char *nul = memchr(to, '\0', k); nul; nul = memchr(nul, '\0', (size_t)(to + k - nul)))
			*nul = (char)0x80;
		g->len += k;
		p += k;
		n -= k;
	}
}

void ident_body_begin(struct body_hasher *b, const struct digest_key *key) {
	digest_begin(&b->d, key);
	b->newlines = 0;
	b->cr = false;
}

static void count_newline(struct body_hasher *b) {
	if (b->newlines < UINT_MAX)
		b->newlines++;
}

static void add_any(struct body_hasher *b, const char *p, size_t n) {
	struct gather g;
	g.d = &b->d;
	g.len = 0;
	const char *end = p + n;
	const char *lf = NULL; /* the next LF at or after p, found once per line: lone CRs must not make it quadratic */
	while (p < end) {
		if (!lf || lf < p) {
			lf = memchr(p, '\n', (size_t)(end - p));
			if (!lf)
				lf = end;
		}
		if (p == lf) {
			if (!b->cr)
				count_newline(b);
			b->cr = false;
			p++;
			continue;
		}
		const char *stop = memchr(p, '\r', (size_t)(lf - p));
		if (!stop)
			stop = lf;
		if (stop > p) {
			gather_newlines(&g, b->newlines);
			b->newlines = 0;
			gather_text(&g, p, (size_t)(stop - p));
			b->cr = false;
		}
		p = stop;
		if (p < lf) { /* a CR: counted now, a LF right behind it belongs to it */
			count_newline(b);
			b->cr = true;
			p++;
		}
	}
	gather_flush(&g);
}

typedef unsigned char lane __attribute__((vector_size(16)));

/* Is every CR before a LF, every LF behind a CR, and no byte NUL? Looks at p[n] too. Ten to twenty times as fast as
 * add_any: sixteen bytes at a time, in what gcc and clang make of any processor's vector instructions. */
static bool is_canonical(const char *p, size_t n) {
	lane bad = { 0 };
	lane cr = bad + '\r', lf = bad + '\n';
	unsigned char found = 0;
	for (; n >= sizeof bad; p += sizeof bad, n -= sizeof bad) {
		lane here, next;
		memcpy(&here, p, sizeof here);
		memcpy(&next, p + 1, sizeof next);
		bad |= (lane)((here == cr) ^ (next == lf)) | (lane)(here == 0);
	}
	for (size_t i = 0; i < sizeof bad; i++)
		found |= bad[i];
	for (size_t i = 0; i < n; i++)
		found |= (unsigned char)(((p[i] == '\r') ^ (p[i + 1] == '\n')) | (p[i] == '\0'));
	return found == 0;
}

/* The part at p that can go to the digest as it is: canonical, and not ending in line ends, which may be the last. */
static size_t canonical_part(const char *p, size_t n) {
	enum { BLOCK = 16384, WORTH_IT = 256 };
	size_t len = n - 1 < BLOCK ? n - 1 : BLOCK;
	if (n <= WORTH_IT || *p == '\n' || *p == '\r' || !is_canonical(p, len))
		return 0;
	while (len && (p[len - 1] == '\r' || p[len - 1] == '\n'))
		len--;
	return len;
}

void ident_body_add(struct body_hasher *b, const char *p, size_t n) {
	while (n) {
		size_t part = canonical_part(p, n);
		if (part) {
			struct gather g;
			g.d = &b->d;
			g.len = 0;
			gather_newlines(&g, b->newlines);
			gather_flush(&g);
			digest_add(&b->d, p, part);
			b->newlines = 0;
			b->cr = false;
		} else {
			part = n < 256 ? n : 256;
			add_any(b, p, part);
		}
		p += part;
		n -= part;
	}
}

void ident_body_end(struct body_hasher *b, struct hash *out) { digest_end(&b->d, out); }

void ident_body_drop(struct body_hasher *b) { digest_drop(&b->d); }
