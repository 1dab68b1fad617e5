/* SPDX-License-Identifier: MIT
 *
 * fuzz_repair.c - the repair ladder: parts lie inside the message, every rung gives the same twice, what it writes is
 * bounded, and encoded leaves are what it promises.
 */
#include "core/mail/mime/parts.h"
#include "core/mail/mime/repair.h"
#include "tests/fuzz/fuzz.h"

#define TEXT_MAX (16u << 20)

static bool into_buf(void *arg, const char *p, size_t n, struct err *e) {
	(void)e;
	return buf_put(arg, p, n);
}

static bool apply(enum repair_rung rung, const char *p, size_t n, struct buf *out) {
	static const struct mail_date arrived = { 1584007200, 60, true };
	const struct message_text in = { .data = p, .fd = -1, .size = n };
	struct message_sink sink = { into_buf, out };
	struct err e;
	bool changed;
	buf_init(out, TEXT_MAX);
	FUZZ_HOLDS(repair_apply(rung, &in, &arrived, &sink, &changed, &e));
	FUZZ_HOLDS(changed == (out->len > 0));
	return changed;
}

static void check_map(const char *p, size_t n, enum repair_rung done) {
	const struct message_text in = { .data = p, .fd = -1, .size = n };
	struct parts parts;
	struct err e;
	FUZZ_HOLDS(parts_map(&in, &parts, &e));
	FUZZ_HOLDS(parts.count > 0 && parts.count <= PARTS_MAX);
	for (size_t i = 0; i < parts.count; i++) {
		const struct part *part = &parts.at[i];
		FUZZ_HOLDS(part->header <= part->body && part->body <= part->end && part->end <= n);
		FUZZ_HOLDS(i == 0 || part->header >= parts.at[i - 1].header);
		bool encoded = done == REPAIR_BODY && parts.complete && part->kind == PART_LEAF;
		if (encoded && part->understood && !part->sealed)
			FUZZ_HOLDS(!part->eight_bit && part->longest <= PART_LINE_MAX);
	}
	parts_free(&parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	char *text = fuzz_copy(data, size);
	struct buf now, next, again;
	if (size)
		check_map(text, size, REPAIR_NONE);
	buf_init(&now, TEXT_MAX);
	FUZZ_HOLDS(buf_put(&now, text, size));
	for (int r = REPAIR_LINES; size && r <= REPAIR_WRAP; r++) {
		const char *in = r == REPAIR_WRAP ? text : now.data;
		size_t n = r == REPAIR_WRAP ? size : now.len;
		bool changed = apply((enum repair_rung)r, in, n, &next);
		FUZZ_HOLDS(apply((enum repair_rung)r, in, n, &again) == changed);
		FUZZ_HOLDS(next.len == again.len && (!changed || memcmp(next.data, again.data, next.len) == 0));
		buf_free(&again);
		if (!changed)
			continue;
		FUZZ_HOLDS(next.len <= n * 8 + 8192);
		check_map(next.data, next.len, (enum repair_rung)r);
		buf_free(&now);
		now = next;
	}
	buf_free(&now);
	free(text);
	return 0;
}
