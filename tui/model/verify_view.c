/* SPDX-License-Identifier: MIT
 *
 * verify_view.c - see verify_view.h.
 */
#include "tui/model/verify_view.h"

#include <stdio.h>

static void count_of(char *dst, size_t size, uint64_t n, uint64_t of, const char *between) {
	char a[24], b[24];
	text_count(a, sizeof a, n);
	text_count(b, sizeof b, of);
	snprintf(dst, size, "%s%s%s", a, between, b);
}

/* Messages tell more than mailboxes; never all of them before the end. */
static void percent_of(char *dst, size_t size, const struct verify_run *r) {
	unsigned long long done = r->rows ? r->rows_done * 100 / r->rows : 0;
	dst[0] = '\0';
	if (r->rows)
		snprintf(dst, size, " %llu%%", done > 99 ? 99 : done);
}

void verify_title_text(char *dst, size_t size, const struct verify_run *r) {
	char count[56], percent[16];
	dst[0] = '\0';
	if (!verify_run_open(r))
		return;
	count_of(count, sizeof count, r->done, r->mailboxes, "/");
	percent_of(percent, sizeof percent, r);
	snprintf(dst, size, "Verify %s%s", count, percent);
}

static void ended_text(char *dst, size_t size, const struct verify_run *r) {
	char clean[56], gaps[24], unread[80] = "", n[24];
	count_of(clean, sizeof clean, r->clean, r->mailboxes, " of ");
	text_count(gaps, sizeof gaps, r->gaps);
	text_count(n, sizeof n, r->unread);
	if (r->unread)
		snprintf(unread, sizeof unread, ", %s not looked through to the end", n);
	snprintf(dst, size, "%s mailbox%s without a gap at level %d, %s gap%s%s", clean, r->mailboxes == 1 ? "" : "es",
		 r->level, gaps, r->gaps == 1 ? "" : "s", unread);
}

void verify_result_text(char *dst, size_t size, const struct verify_run *r, bool *bad) {
	char count[56];
	*bad = false;
	dst[0] = '\0';
	if (!r->id)
		return;
	count_of(count, sizeof count, r->done, r->mailboxes, " of ");
	*bad = r->gaps || r->unread || r->lost || r->state == VERIFY_RUN_FAILED;
	if (verify_run_open(r))
		snprintf(dst, size, "%s mailboxes looked through%s", count,
			 r->wants_stop ? "; it was told to stop" : "; v stops it");
	else if (r->state == VERIFY_RUN_FAILED)
		snprintf(dst, size, "broken off after %s mailboxes (v goes on): %s", count, r->error);
	else if (r->lost)
		snprintf(dst, size, "its process is gone after %s mailboxes: v goes on", count);
	else if (r->state == VERIFY_RUN_STOPPED)
		snprintf(dst, size, "stopped after %s mailboxes: v goes on", count);
	else
		ended_text(dst, size, r);
}
