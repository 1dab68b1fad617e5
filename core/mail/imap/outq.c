/* SPDX-License-Identifier: MIT
 *
 * outq.c - encodes commands into a bounded queue with barriers.
 */
#include "core/mail/imap/outq.h"

#include <sodium.h>
#include <string.h>

static const char *const source_verbs[] = {
	"CAPABILITY", "ID",	 "AUTHENTICATE PLAIN", "AUTHENTICATE XOAUTH2", "AUTHENTICATE OAUTHBEARER",
	"LOGIN",      "ENABLE",	 "NAMESPACE",	       "LIST",		       "LSUB",
	"STATUS",     "SELECT",	 "EXAMINE",	       "UID FETCH",	       "UID SEARCH",
	"NOOP",	      "UNSELECT", "LOGOUT",	       "COMPRESS",
};

static bool source_may(const char *verb) {
	for (size_t i = 0; i < sizeof source_verbs / sizeof *source_verbs; i++)
		if (strcmp(verb, source_verbs[i]) == 0)
			return true;
	return false;
}

bool outq_init(struct outq *q, bool source, struct err *e) {
	static const char digits[] = "abcdefghijkmnpqrstuvwxyz23456789"; /* 32: one byte's low bits are unbiased */
	unsigned char random[OUTQ_TAG_PREFIX];
	*q = (struct outq){ .source = source, .next_seq = 1 };
	/* What is sent stays in front until it is half of all: then moving the rest up costs each byte one copy at
	 * most. */
	buf_init(&q->bytes, 2 * (OUTQ_DATA_MAX + OUTQ_SLACK));
	if (sodium_init() < 0)
		return err_set(e, ERR_MEMORY, "The system gives no random numbers (libsodium)");
	randombytes_buf(random, sizeof random);
	for (size_t i = 0; i < OUTQ_TAG_PREFIX; i++)
		q->prefix[i] = digits[random[i] & 31];
	return true;
}

static void wipe(struct outq *q) {
	if (q->wipe && q->bytes.data)
		sodium_memzero(q->bytes.data, q->bytes.cap);
	q->wipe = false;
}

void outq_free(struct outq *q) {
	wipe(q);
	buf_free(&q->bytes);
}

static bool put(struct outq *q, const char *p, size_t n, struct err *e) {
	if (buf_put(&q->bytes, p, n))
		return true;
	q->bytes.failed = false;
	return err_set(e, ERR_MEMORY, "No room for %zu bytes in the output queue", n);
}

bool outq_command(struct outq *q, const char *verb, uint32_t *seq, struct err *e) {
	if (q->source && !source_may(verb))
		return err_set(e, ERR_INPUT, "%s was kept from a source: sources are only read", verb);
	*seq = q->next_seq++;
	return buf_printf(&q->bytes, "%s%u %s", q->prefix, *seq, verb) || err_nomem(e);
}

bool outq_arg(struct outq *q, const char *text, struct err *e) {
	if (strpbrk(text, "\r\n"))
		return err_set(e, ERR_INPUT, "A command argument with a line end was refused");
	return put(q, text, strlen(text), e);
}

static bool is_quotable(const char *s, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (s[i] < 0x20 || s[i] > 0x7E || s[i] == '"' || s[i] == '\\')
			return false;
	return n <= 1024;
}

bool outq_astring(struct outq *q, const char *s, size_t n, struct err *e) {
	if (is_quotable(s, n))
		return put(q, " \"", 2, e) && put(q, s, n, e) && put(q, "\"", 1, e);
	if (memchr(s, '\0', n))
		return err_set(e, ERR_INPUT, "A name with a NUL byte cannot be sent to an IMAP server");
	return put(q, " ", 1, e) && outq_literal(q, n, false, NULL, e) && put(q, s, n, e);
}

bool outq_literal(struct outq *q, uint64_t n, bool force, bool *synchronised, struct err *e) {
	bool sync = force || q->literals == LITERAL_SYNC || (q->literals == LITERAL_MINUS && n > LITERAL_MINUS_MAX);
	if (synchronised)
		*synchronised = sync;
	if (!buf_printf(&q->bytes, "{%llu%s}\r\n", (unsigned long long)n, sync ? "" : "+"))
		return err_nomem(e);
	if (!sync)
		return true;
	if (q->barriers == OUTQ_BARRIERS)
		return err_set(e, ERR_MEMORY, "Too many literals wait for the server");
	q->barrier[q->barriers++] = (struct barrier){ outq_position(q), OUTQ_OPEN, q->next_seq - 1 };
	return true;
}

bool outq_data(struct outq *q, const char *p, size_t n, struct err *e) { return put(q, p, n, e); }

bool outq_end(struct outq *q, struct err *e) {
	if (!put(q, "\r\n", 2, e))
		return false;
	for (unsigned i = q->barriers; i-- > 0 && q->barrier[i].end == OUTQ_OPEN;)
		q->barrier[i].end = outq_position(q);
	return true;
}

bool outq_expect_secret(struct outq *q, size_t n, struct err *e) {
	if (!buf_room(&q->bytes, n)) {
		q->bytes.failed = false;
		return err_nomem(e);
	}
	q->wipe = true;
	return true;
}

bool outq_secret_line(struct outq *q, const char *base64, size_t n, struct err *e) {
	return outq_expect_secret(q, n + 2, e) && put(q, base64, n, e) && put(q, "\r\n", 2, e);
}

size_t outq_room(const struct outq *q) {
	size_t held = q->bytes.len - q->sent;
	/* Two barriers are kept free: one for a folder name, one for the next message. */
	return held >= OUTQ_DATA_MAX || q->barriers + 2 >= OUTQ_BARRIERS ? 0 : OUTQ_DATA_MAX - held;
}

uint64_t outq_position(const struct outq *q) { return q->base + q->bytes.len; }

size_t outq_sendable(const struct outq *q, const char **p) {
	size_t end = q->barriers ? (size_t)(q->barrier[0].at - q->base) : q->bytes.len;
	*p = q->bytes.data ? q->bytes.data + q->sent : "";
	return end - q->sent;
}

void outq_sent(struct outq *q, size_t n) {
	q->sent += n;
	if (q->sent == q->bytes.len) {
		q->base += q->sent;
		q->sent = 0;
		wipe(q);
		buf_reset(&q->bytes);
	} else if (q->sent >= OUTQ_SLACK / 2 && q->sent >= q->bytes.len - q->sent) {
		q->base += q->sent;
		buf_drop(&q->bytes, q->sent);
		q->sent = 0;
	}
}

bool outq_waits(const struct outq *q) { return q->barriers && q->barrier[0].at == q->base + q->sent; }

bool outq_continue(struct outq *q) {
	if (!outq_waits(q))
		return false;
	memmove(q->barrier, q->barrier + 1, --q->barriers * sizeof *q->barrier);
	return true;
}

bool outq_owes(const struct outq *q, uint32_t seq) { return q->barriers && q->barrier[0].seq == seq; }

bool outq_refused(struct outq *q, uint32_t seq, uint64_t *from, uint64_t *to) {
	if (!outq_owes(q, seq) || !outq_waits(q))
		return false;
	uint64_t last = outq_position(q);
	*from = q->barrier[0].at;
	*to = q->barrier[0].end == OUTQ_OPEN ? last : q->barrier[0].end;
	unsigned kept = 0;
	for (unsigned i = 0; i < q->barriers; i++) {
		struct barrier b = q->barrier[i];
		if (b.seq == seq)
			continue;
		b.at -= *to - *from;
		if (b.end != OUTQ_OPEN)
			b.end -= *to - *from;
		q->barrier[kept++] = b;
	}
	q->barriers = kept;
	char *at = q->bytes.data + (*from - q->base);
	memmove(at, at + (*to - *from), (size_t)(last - *to));
	q->bytes.len -= (size_t)(*to - *from);
	outq_sent(q, 0);
	return true;
}

bool outq_seq(const struct outq *q, const char *tag, size_t n, uint32_t *seq) {
	uint32_t v = 0;
	if (n <= OUTQ_TAG_PREFIX || n > OUTQ_TAG_PREFIX + 9 || memcmp(tag, q->prefix, OUTQ_TAG_PREFIX) != 0)
		return false;
	for (size_t i = OUTQ_TAG_PREFIX; i < n; i++) {
		if (tag[i] < '0' || tag[i] > '9')
			return false;
		v = v * 10 + (uint32_t)(tag[i] - '0');
	}
	*seq = v;
	return v != 0 && v < q->next_seq;
}
