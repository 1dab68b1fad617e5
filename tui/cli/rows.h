/* SPDX-License-Identifier: MIT
 *
 * rows.h - mailboxes, totals and counts as JSON and as table cells: one shape for every command.
 */
#ifndef MAILVAN_CLI_ROWS_H
#define MAILVAN_CLI_ROWS_H

#include "tui/cli/json_out.h"
#include "tui/cli/table.h"

/* All return a new reference, NULL when memory runs out. Texts are sanitised. */
json_t *json_text(const char *s);	   /* "" stays "" */
json_t *json_text_or_null(const char *s); /* "" becomes null */
json_t *json_time(wall_ms_t t);	   /* time_text, null for 0 */
json_t *json_counts(const struct counts *c);
/* mailboxes, states{}, messages{}, identity_holds, bytes{}, rate, eta_seconds */
json_t *json_totals(const struct mailbox_totals *t);
json_t *json_folder(const struct folder_row *row);
json_t *json_failure(const struct failure_row *row);

/* Into an object that is open: id, source, target, batch, state, messages{}, identity_holds, bytes{}, error,
 * doing, error_category, rate, eta_seconds, throttled_until, weak, ... */
void mailbox_members(struct json_out *o, const struct mailbox_row *row);

/* "Stopped" also for a row that was never asked to move; the note says so. */
enum tone state_tone(enum mailbox_state state);
/* "85.8 %", never 100.0 % while anything is pending or failed; "" when nothing is known. */
void percent_text(char *dst, size_t size, const struct counts *c);
/* "1h 05m", "42s"; "" for -1. */
void eta_text(char *dst, size_t size, int64_t seconds);
/* "14:05:10", with the date when it is not today. */
void clock_text(char *dst, size_t size, wall_ms_t t);
/* What a running mailbox is busy with that moves no message, as "Folders: 320 of 10,000 done"; "" = nothing. */
const char *row_doing(const struct mailbox_row *row);
/* "AuthBad: ...": the category, if it is an error, and the sentence. */
void row_error(char *dst, size_t size, const struct mailbox_row *row);
/* The error, what it does, a throttle's end, or "not started yet"; "" when there is nothing to say. */
void row_note(char *dst, size_t size, const struct mailbox_row *row);
/* Synced or SyncedWithGaps: all that its source holds is known. */
bool mailbox_through(enum mailbox_state s);
uint64_t totals_unfinished(const struct mailbox_totals *t);
/* Messages that are at the target: copied, adopted, merged. */
uint64_t counts_at_target(const struct counts *c);

extern const char *const counts_names[]; /* "source", "copied", ...: the members of the identity in order, then NULL */
uint64_t counts_member(const struct counts *c, size_t index);

#endif
