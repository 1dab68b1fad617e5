/* SPDX-License-Identifier: MIT
 *
 * report.h - the reconciliation certificate: what became of every message, as text, JSON, CSV or HTML.
 *
 * Wording: "at the target" is what the target's server acknowledged or what was found there. "Verified" is only
 * what verify has read back since.
 */
#ifndef MAILVAN_CLI_REPORT_H
#define MAILVAN_CLI_REPORT_H

#include "tui/cli/selection.h"

enum report_format { REPORT_TEXT, REPORT_JSON, REPORT_CSV, REPORT_HTML };

/* sel is frozen (selection_freeze). Written as it is read: memory does not depend on the number of mailboxes. */
bool report_write(struct store *s, const struct selection *sel, enum report_format format, FILE *to, bool colour,
		  struct err *e);

/* Into a file that only the operator can read; replace false: one that is there is refused (INPUT). */
bool report_write_file(struct store *s, const struct selection *sel, enum report_format format, const char *path,
		       bool replace, struct err *e);

/* "48,211 of 48,214 messages are at the target. 3 are not there: 2 failed, 1 vanished." removed: those of the
 * vanished that were copied, and their copies removed on request. unfinished: mailboxes that
 * are not Synced or SyncedWithGaps, whose messages may not all be known; the verdict says so. missing: those that the
 * ledger counts as copied, and verify has missed. */
void report_verdict(char *dst, size_t size, const struct counts *counts, uint64_t missing, uint64_t removed,
		    uint64_t unfinished);

#endif
