/* SPDX-License-Identifier: MIT
 *
 * figures.h - numbers and states as an operator reads them. Never says more than is known.
 */
#ifndef MAILVAN_TUI_FIGURES_H
#define MAILVAN_TUI_FIGURES_H

#include "core/store/mailboxes.h"
#include "tui/term/grid.h"

/* Per mille of what is to be copied that is at the target. Rounded down; 1000 only when complete:
 * nothing pending, nothing failed, and `settled` says that every folder was looked at. */
unsigned figure_permille(const struct counts *c, bool settled);
void figure_percent(char *dst, size_t size, unsigned permille); /* "85.8%" */
void figure_messages(char *dst, size_t size, const struct counts *c); /* "8,112/9,450" */
void figure_rate(char *dst, size_t size, double bytes_per_s);	       /* "41.2 MB/s", "" for nothing */
void figure_time(char *dst, size_t size, wall_ms_t t);		       /* local "2026-11-22 20:47:57", "never" */

/* "► Copying": a sign and a word, so that no state is told by colour alone. */
const char *state_text(enum mailbox_state s);
enum style state_style(enum mailbox_state s);
bool state_settled(enum mailbox_state s); /* Synced or SyncedWithGaps */

#endif
