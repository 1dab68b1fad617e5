/* SPDX-License-Identifier: MIT
 *
 * verify_view.h - the last verification in words: in the title, on the overview, and when it has ended.
 */
#ifndef MAILVAN_TUI_VERIFY_VIEW_H
#define MAILVAN_TUI_VERIFY_VIEW_H

#include "core/mailvan.h"

/* "Verify 812/2,000 41%"; "" when none goes on. */
void verify_title_text(char *dst, size_t size, const struct verify_run *r);
/* "1,998 of 2,000 mailboxes without a gap, 12 gaps", "stopped after 812 of 2,000 mailboxes: v goes on"; "" when none
 * was asked for. *bad: something is wrong. */
void verify_result_text(char *dst, size_t size, const struct verify_run *r, bool *bad);

#endif
