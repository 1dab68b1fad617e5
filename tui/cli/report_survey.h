/* SPDX-License-Identifier: MIT
 *
 * report_survey.h - what the report says at its top: sums over the mailboxes, and the sentences made of them.
 */
#ifndef MAILVAN_CLI_REPORT_SURVEY_H
#define MAILVAN_CLI_REPORT_SURVEY_H

#include "tui/cli/selection.h"

#define SURVEY_SERVERS 6 /* named; the others are counted */

struct server_pair {
	char source[300], target[300];
	uint64_t mailboxes;
};

struct report_survey {
	struct mailbox_totals totals;
	uint64_t weak, renamed_folders, dropped_keywords;
	wall_ms_t first, last; /* the runs lie between; 0 = none */
	uint64_t run_ms, throttled_ms;
	struct server_pair servers[SURVEY_SERVERS];
	uint64_t other_servers; /* mailboxes of pairs that are not named */

	uint64_t failed_by_category[ERR_CAT_COUNT];    /* messages */
	uint64_t mailboxes_by_category[ERR_CAT_COUNT]; /* mailboxes that ended with an error */

	/* Of verify. A look from before copies were put in doubt counts as stale, and only as that. */
	uint64_t looked[VERIFY_LEVEL_MAX + 1]; /* mailboxes by level */
	uint64_t never_looked, stale;
	uint64_t read_back, bodies;	      /* copies, from level 2 on */
	uint64_t removed; /* copies, on request */
	uint64_t differences, missing, duplicates;
	wall_ms_t looked_last;
};

/* Does the look still say something? Not when a message has ceased to be known as copied since. */
bool verification_stands(const struct mailbox_row *row, const struct verification *v);

bool survey_take(struct store *s, const struct selection *sel, struct report_survey *out, struct err *e);

enum report_grade { GRADE_NOTHING, GRADE_UNFINISHED, GRADE_GAPS, GRADE_COMPLETE, GRADE_VERIFIED };
enum report_grade survey_grade(const struct report_survey *v);
const char *grade_text(enum report_grade g); /* "Complete, not verified" */

/* "Read back: 48,211 of 48,211 copies (header, date, flags) and 300 bodies. 0 differences ..." or that nothing was. */
void survey_verified(char *dst, size_t size, const struct report_survey *v);
/* "99.9 %" of all that is known of, and was not removed on request, is at the target; 100.0 only when all of it is. ""
 * when nothing is. */
void at_target_percent(char *dst, size_t size, const struct counts *c, uint64_t missing, uint64_t removed);
/* "41.2 MB in 2h 05m (5.6 kB/s), 3m 10s of it throttled"; "" before the first run. */
void survey_throughput(char *dst, size_t size, const struct report_survey *v);
/* One mailbox: "verified 2026-11-22 23:10 (header, ...)", "not verified", "verified before the last run". */
void mailbox_verified(char *dst, size_t size, const struct mailbox_row *row, const struct verification *v, bool found);
/* Local date and time; "" for 0. */
void moment_text(char *dst, size_t size, wall_ms_t t);

#endif
