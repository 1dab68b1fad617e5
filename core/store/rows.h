/* SPDX-License-Identifier: MIT
 *
 * rows.h - columns that several queries read in the same way.
 */
#ifndef MAILVAN_STORE_ROWS_H
#define MAILVAN_STORE_ROWS_H

#include "core/model/mailbox.h"
#include "core/store/db.h"

/* The eight counts and two sums of bytes, as columns of a table named m, and read back from column `at` on. */
#define COUNT_COLUMNS                                                                                                  \
	" m.n_source, m.n_copied, m.n_adopted, m.n_merged, m.n_skipped, m.n_failed, m.n_vanished, m.n_pending,"        \
	" m.bytes_source, m.bytes_copied "

static inline void row_counts(sqlite3_stmt *st, int at, struct counts *c, uint64_t *bytes_source,
			      uint64_t *bytes_copied) {
	*c = (struct counts){ .source = db_u64(st, at),
			      .copied = db_u64(st, at + 1),
			      .adopted = db_u64(st, at + 2),
			      .merged = db_u64(st, at + 3),
			      .skipped = db_u64(st, at + 4),
			      .failed = db_u64(st, at + 5),
			      .vanished = db_u64(st, at + 6),
			      .pending = db_u64(st, at + 7) };
	*bytes_source = db_u64(st, at + 8);
	*bytes_copied = db_u64(st, at + 9);
}

#endif
