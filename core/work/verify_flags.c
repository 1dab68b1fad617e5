/* SPDX-License-Identifier: MIT
 *
 * verify_flags.c - the flags of a copy against those with which it was stored.
 *
 * The ledger keeps what the target was given, not what the source has: what the target cannot keep is not in it. So a
 * flag of the ledger that a copy lacks was there and was taken away, and one that only the copy has was set at the
 * target: its owner works with it, and neither is a gap. A gap is what was never stored: a flag that is still owed
 * (store/late_flags.h), and one that nearly all copies of a folder lack. That no owner does; a server does that says
 * OK to APPEND with a flag and drops it.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/store/late_flags.h"
#include "core/work/keep.h"
#include "core/work/verify_int.h"

/* So many copies of a folder must have been sent with a flag before their lack of it says anything about the server. */
#define TELLING_COPIES 20
#define TELLING_PERCENT 95

static const struct {
	uint32_t flag; /* 0: any keyword */
	const char *name;
} names[VERIFY_FLAG_NAMES] = { { FLAG_SEEN, "\\Seen" },	      { FLAG_ANSWERED, "\\Answered" },
			       { FLAG_FLAGGED, "\\Flagged" }, { FLAG_DELETED, "\\Deleted" },
			       { FLAG_DRAFT, "\\Draft" },     { 0, "a keyword" } };

static void flag_words(struct buf *to, const char *what, uint32_t flags, bool keyword) {
	bool first = true;
	for (size_t i = 0; i < VERIFY_FLAG_NAMES; i++) {
		if (names[i].flag ? !(flags & names[i].flag) : !keyword)
			continue;
		if (first)
			buf_printf(to, "%s%s %s", to->len ? "; " : "", what, names[i].name);
		else
			buf_printf(to, ", %s", names[i].name);
		first = false;
	}
}

/* Of the keywords that the target can store. */
static void look_at_keywords(const struct look *lk, const struct ledger_row *row, const struct copy *c, bool *sent,
			     bool *gone) {
	char kept[KEYWORDS_MAX];
	keep_keywords(&lk->dst_status, row->keywords, kept, sizeof kept);
	*sent = kept[0] != '\0';
	*gone = false;
	for (const char *w = kept, *there = *w ? copy_keywords(lk, c) : w; *w;) {
		size_t n = strcspn(w, " ");
		*gone |= !keyword_listed(there, w, n);
		w += n + (w[n] == ' ');
	}
}

static void count(struct look *lk, uint32_t sent, uint32_t gone, bool keyword_sent, bool keyword_gone) {
	for (size_t i = 0; i < VERIFY_FLAG_NAMES; i++) {
		lk->flags[i].sent += names[i].flag ? (sent & names[i].flag) != 0 : keyword_sent;
		lk->flags[i].gone += names[i].flag ? (gone & names[i].flag) != 0 : keyword_gone;
	}
}

static bool is_owed(struct look *lk, uint32_t uid, bool *owed, struct err *e) {
	struct ledger_row row;
	size_t n;
	bool ok = late_flags_rows(lk->store, lk->lf.id, uid - 1, &row, 1, &n, e);
	*owed = ok && n && row.uid == uid;
	return ok;
}

bool verify_flags(struct look *lk, const struct ledger_row *row, uint32_t number, const struct copy *c, struct err *e) {
	uint32_t sent = row->flags & lk->dst_status.permanent_flags;
	uint32_t gone = sent & ~c->flags, own = c->flags & ~row->flags;
	bool keyword_sent, keyword_gone, owed = false;
	look_at_keywords(lk, row, c, &keyword_sent, &keyword_gone);
	/* Rows that the server has merged share one copy, which has the flags of one of them. */
	if (row->state != MSG_MERGED)
		count(lk, sent, gone, keyword_sent, keyword_gone);
	if (!gone && !own && !keyword_gone)
		return true;
	if ((gone & FLAG_FLAGGED) && !is_owed(lk, row->uid, &owed, e))
		return false;
	struct named d = named_row(owed ? VERIFY_FLAGS : VERIFY_FLAGS_CHANGED, row, number, c->uid);
	struct buf text;
	buf_init(&text, sizeof d.text - 1);
	flag_words(&text, "missing at the target:", gone, keyword_gone);
	flag_words(&text, "only at the target:", own, false);
	snprintf(d.text, sizeof d.text, "%s (%s)",
		 owed ? "A flag is still to be set" : "The flags are not those that were stored",
		 text.data ? text.data : "");
	buf_free(&text);
	return verify_differ(lk, &d, e);
}

bool verify_flags_end(struct look *lk, struct err *e) {
	for (size_t i = 0; i < VERIFY_FLAG_NAMES; i++) {
		uint64_t sent = lk->flags[i].sent, gone = lk->flags[i].gone;
		char text[200], n[24], of[24];
		if (sent < TELLING_COPIES || gone * 100 < sent * TELLING_PERCENT)
			continue;
		text_count(n, sizeof n, gone);
		text_count(of, sizeof of, sent);
		snprintf(text, sizeof text, "%s of the %s copies that were sent with %s do not have it", n, of,
			 names[i].name);
		if (!verify_folder_differs(lk, VERIFY_FLAGS, text, e))
			return false;
	}
	return true;
}
