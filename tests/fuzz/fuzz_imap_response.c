/* SPDX-License-Identifier: MIT
 *
 * fuzz_imap_response.c - what responses and their codes are taken to mean: FETCH items, flags, capabilities,
 * APPENDUID sets, and the category of a refusal. What is read from a source can be written to a target.
 */
#include "core/mail/imap/caps.h"
#include "core/mail/imap/fetch_item.h"
#include "core/mail/imap/seqset.h"
#include "core/mail/target.h"
#include "core/net/classify.h"
#include "tests/fuzz/fuzz.h"

static void check_flags(const struct flag_list *flags) {
	struct buf b;
	FUZZ_HOLDS(strnlen(flags->keywords, sizeof flags->keywords) < sizeof flags->keywords);
	buf_init(&b, 2 * sizeof flags->keywords);
	FUZZ_HOLDS(flags_write(&b, flags->system, flags->keywords));
	FUZZ_HOLDS(b.len >= 3 && !memchr(b.data, '\r', b.len) && !memchr(b.data, '\n', b.len));
	FUZZ_HOLDS(strchr(b.data, ')') == b.data + b.len - 1 && b.data[1] == '(');
	buf_free(&b);
}

static void check_fetch(const struct line *l) {
	struct fetch_item item;
	struct scan_item scan;
	fetch_item_read(&item, l);
	fetch_item_as_scan(&item, &scan);
	uint32_t uid = fetch_uid(l);
	FUZZ_HOLDS(!uid == !item.uid);
	FUZZ_HOLDS(!item.header || (item.header >= l->tok && item.header < l->tok + l->count));
	FUZZ_HOLDS(!item.body || (item.body >= l->tok && item.body < l->tok + l->count));
	check_flags(&item.flags);
	at_body(l);
}

static void check_code(const struct line *l) {
	uint32_t uids[64];
	struct caps caps;
	struct flag_list flags;
	const struct token *set = line_at(l, l->code_at + 2);
	caps_read(&caps, l, l->code_at + 1, l->code_end);
	flags_read(&flags, l, l->code_at + 1);
	check_flags(&flags);
	for (size_t n = 1; set && n <= 64; n *= 4) {
		char text[SEQSET_MAX];
		memset(uids, 0, sizeof uids);
		if (!seqset_read(token_text(l, set), set->len, uids, n))
			continue;
		for (size_t i = 0; i < n; i++)
			FUZZ_HOLDS(uids[i] > (i ? uids[i - 1] : 0));
		FUZZ_HOLDS(seqset_write(text, sizeof text, uids, n) == n);
	}
}

static void check_refusal(const struct line *l) {
	struct err e = { 0 };
	char said[300];
	line_describe(l, said, sizeof said);
	err_set(&e, ERR_SERVER_BUG, "%s", said[0] ? said : "nothing");
	net_classify_text(said, &e);
	fuzz_is_error(&e);
	/* Only what we ourselves know of Gmail's day is longer than a server may name. */
	FUZZ_HOLDS(e.wait_ms <= NET_WAIT_MAX_MS || (e.cat == ERR_DAILY_BUDGET && e.wait_ms == 60 * 60 * 1000));
}

static bool collect(void *arg, const struct lex_event *ev, struct err *e) {
	struct line *l = arg;
	if (!line_add(l, ev, false, e))
		return false;
	if (!l->complete)
		return true;
	if (is_fetch(l))
		check_fetch(l);
	check_code(l);
	check_refusal(l);
	line_reset(l);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct line l;
	struct lex x;
	struct err e = { 0 };
	lex_init(&x);
	line_init(&l);
	char *copy = fuzz_copy(data, size);
	if (!lex_feed(&x, copy, size, collect, &l, &e))
		fuzz_is_error(&e);
	free(copy);
	line_free(&l);
	lex_free(&x);
	return 0;
}
