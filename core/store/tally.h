/* SPDX-License-Identifier: MIT
 *
 * tally.h - what a write does to the counts: gathered row by row, applied to folder and mailbox at once.
 */
#ifndef MAILVAN_STORE_TALLY_H
#define MAILVAN_STORE_TALLY_H

#include "core/model/mailbox.h"
#include "core/store/db.h"

/* Sizes are hints that a server names: one alone must not overflow the sum of all. */
#define SIZE_HINT_MAX ((uint64_t)1 << 36)

struct tally {
	int64_t rows; /* more or fewer messages */
	int64_t by_state[MSG_STATE_COUNT];
	int64_t bytes_source, bytes_copied, bytes_pending;
	int64_t dropped_keywords;
	bool uncopied; /* a row that was at the target is not known to be there any more */
};

/* n rows of a state with a sum of sizes come (n > 0) or go (n < 0, size < 0) */
void tally_rows(struct tally *t, enum msg_state state, int64_t n, int64_t size);
/* one row becomes another state and size */
void tally_move(struct tally *t, enum msg_state from, uint64_t from_size, enum msg_state to, uint64_t to_size);
/* Adds it to the folder and its mailbox. */
bool tally_apply(struct db *db, int64_t folder, const struct tally *t, struct err *e);

#endif
