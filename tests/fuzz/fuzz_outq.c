/* SPDX-License-Identifier: MIT
 *
 * fuzz_outq.c - the queue to the server, driven by bytes: names, literals, "+" and refusals in any order. What
 * is sent is whole commands of ours and nothing else, no literal goes before its "+", and
 * a refused one never goes.
 */
#include "core/mail/imap/outq.h"
#include "tests/fuzz/fuzz.h"

#define COMMANDS_MAX 64
#define SECRET_BYTE 'S' /* literals are made of it; nothing else holds it */

struct driver {
	struct outq q;
	struct buf wire; /* what the server got */
	uint32_t last;
	unsigned commands;
};

static void put_name(struct driver *d, const uint8_t **data, size_t *size) {
	struct err e = { 0 };
	size_t n = fuzz_choice(data, size) % 24;
	n = n < *size ? n : *size;
	char *name = fuzz_copy(*data, n);
	for (size_t i = 0; i < n; i++)
		if (name[i] == SECRET_BYTE)
			name[i] = 's';
	size_t before = d->q.bytes.len;
	if (!outq_astring(&d->q, name, n, &e)) {
		fuzz_is_error(&e);
		/* Only this may be why; then nothing was put. */
		FUZZ_HOLDS(memchr(name, '\0', n) ? d->q.bytes.len == before : d->q.barriers == OUTQ_BARRIERS);
	}
	free(name);
	*data += n;
	*size -= n;
}

static void put_command(struct driver *d, const uint8_t **data, size_t *size) {
	static const char bytes[64] = "SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS";
	struct err e = { 0 };
	unsigned what = fuzz_choice(data, size);
	if (d->q.barriers + 3 > OUTQ_BARRIERS || d->commands++ >= COMMANDS_MAX)
		return;
	d->q.literals = (enum literal_kind)(what % 3);
	FUZZ_HOLDS(outq_command(&d->q, "APPEND", &d->last, &e));
	if (what & 8)
		put_name(d, data, size);
	if (what & 16) {
		FUZZ_HOLDS(outq_arg(&d->q, " ", &e));
		FUZZ_HOLDS(outq_literal(&d->q, what % 63, (what & 32) != 0, NULL, &e));
		FUZZ_HOLDS(outq_data(&d->q, bytes, what % 63, &e));
	}
	FUZZ_HOLDS(outq_end(&d->q, &e));
}

static void send_some(struct driver *d, size_t most) {
	const char *p;
	size_t n = outq_sendable(&d->q, &p);
	FUZZ_HOLDS(n <= d->q.bytes.len - d->q.sent);
	n = n < most ? n : most;
	FUZZ_HOLDS(buf_put(&d->wire, p, n));
	outq_sent(&d->q, n);
}

static void refuse(struct driver *d, uint32_t seq) {
	uint64_t from = 0, to = 0, end = outq_position(&d->q);
	bool owed = outq_owes(&d->q, seq) && outq_waits(&d->q);
	FUZZ_HOLDS(outq_refused(&d->q, seq, &from, &to) == owed);
	if (!owed)
		return;
	FUZZ_HOLDS(from <= to && to <= end && outq_position(&d->q) == end - (to - from));
	FUZZ_HOLDS(!outq_owes(&d->q, seq));
	/* Over there the command ended with its refusal; here its head stays behind. */
	FUZZ_HOLDS(d->wire.len >= 3 && memcmp(d->wire.data + d->wire.len - 3, "}\r\n", 3) == 0);
}

static bool at_tag(const struct driver *d, const char *p, const char *end) {
	return (size_t)(end - p) > OUTQ_TAG_PREFIX && memcmp(p, d->q.prefix, OUTQ_TAG_PREFIX) == 0;
}

/* Every line that is no part of a literal begins with a tag of ours. */
static void check_wire(const struct driver *d) {
	const char *p = d->wire.data, *end = p + d->wire.len;
	while (p && p < end) {
		FUZZ_HOLDS(at_tag(d, p, end));
		for (;;) { /* one command with its literals */
			const char *lf = memchr(p, '\n', (size_t)(end - p));
			FUZZ_HOLDS(lf && lf > p && lf[-1] == '\r');
			const char *open = lf[-2] == '}' ? memrchr(p, '{', (size_t)(lf - p)) : NULL;
			p = lf + 1;
			if (!open)
				break;
			size_t n = strtoul(open + 1, NULL, 10);
			bool waits = lf[-3] != '+';
			if (waits && (p == end || at_tag(d, p, end)))
				break; /* refused */
			FUZZ_HOLDS((size_t)(end - p) >= n);
			p += n;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct driver d = { 0 };
	struct err e = { 0 };
	FUZZ_HOLDS(outq_init(&d.q, false, &e));
	buf_init(&d.wire, 16u << 20);
	while (size) {
		unsigned what = fuzz_choice(&data, &size);
		switch (what % 5) {
		case 0: put_command(&d, &data, &size); break;
		case 1: send_some(&d, what / 5); break;
		case 2: send_some(&d, SIZE_MAX); break;
		case 3: outq_continue(&d.q); break;
		case 4: refuse(&d, d.last > what / 5 ? d.last - what / 5 : d.last); break;
		}
	}
	do /* everything goes out in the end */
		send_some(&d, SIZE_MAX);
	while (outq_continue(&d.q));
	FUZZ_HOLDS(d.q.sent == d.q.bytes.len && !d.q.barriers);
	check_wire(&d);
	outq_free(&d.q);
	buf_free(&d.wire);
	return 0;
}
