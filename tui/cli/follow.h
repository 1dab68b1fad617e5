/* SPDX-License-Identifier: MIT
 *
 * follow.h - shows how a set of mailboxes gets on, by looking at the store.
 *
 * It does not matter which process moves them. On a terminal: one line that is redrawn at most 4 times a
 * second, and a line for every change of state. Elsewhere: a line for every change, and
 * a summary at most each 5 s. What waited for a time before is told once, as such. All of it goes to c->err.
 */
#ifndef MAILVAN_CLI_FOLLOW_H
#define MAILVAN_CLI_FOLLOW_H

#include "tui/cli/cli.h"

struct follow;

/* filter outlives it. NULL: no memory, or the store cannot be read (e). */
struct follow *follow_open(struct cli *c, struct store *s, const struct mailbox_filter *filter, struct err *e);
/* One look, cheap when nothing was committed. t: the sums as of now. */
bool follow_step(struct follow *f, struct mailbox_totals *t, struct err *e);
/* A sentence of its own line; f may be NULL (nothing is said). */
void follow_say(struct follow *f, const char *sentence);
/* Takes the progress line away and prints the changes that were not shown yet. NULL is fine. */
void follow_close(struct follow *f);

/* "3 running, 212 done, 2 failed, 4 waiting   48,211/50,000 messages 96.4 %   41.2 MB/s   ETA 5m 10s" */
void follow_line(char *dst, size_t size, const struct mailbox_totals *t);

#endif
