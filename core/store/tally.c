/* SPDX-License-Identifier: MIT
 *
 * tally.c - the sums behind the identity of model/mailbox.h.
 */
#include "core/store/tally.h"

#include <string.h>

#include "core/base/clock.h"

static bool copied(enum msg_state s) {
	return s == MSG_DONE || s == MSG_ACKED;
}

static bool pending(enum msg_state s) {
	return s == MSG_PENDING || s == MSG_INTENT;
}

static bool at_target(enum msg_state s) {
	return copied(s) || s == MSG_ADOPTED || s == MSG_MERGED;
}

static void add_rows(struct tally *t, enum msg_state state, int64_t n, int64_t size) {
	t->rows += n;
	t->by_state[state] += n;
	t->bytes_source += size;
	if (copied(state))
		t->bytes_copied += size;
	if (pending(state))
		t->bytes_pending += size;
}

void tally_rows(struct tally *t, enum msg_state state, int64_t n, int64_t size) {
	add_rows(t, state, n, size);
	t->uncopied |= n < 0 && at_target(state);
}

void tally_move(struct tally *t, enum msg_state from, uint64_t from_size, enum msg_state to, uint64_t to_size) {
	add_rows(t, from, -1, -(int64_t)from_size);
	add_rows(t, to, 1, (int64_t)to_size);
	t->uncopied |= at_target(from) && !at_target(to);
}

#define ADD_SQL(table, key)                                                                                            \
	"UPDATE " table " SET n_source = n_source + ?, n_copied = n_copied + ?, n_adopted = n_adopted + ?,"            \
	" n_merged = n_merged + ?, n_skipped = n_skipped + ?, n_failed = n_failed + ?, n_vanished = n_vanished + ?,"   \
	" n_pending = n_pending + ?, bytes_source = bytes_source + ?, bytes_copied = bytes_copied + ?,"                \
	" bytes_pending = bytes_pending + ?, dropped_keywords = max(0, dropped_keywords + ?) WHERE id = " key
#define ADD_BINDS(t)                                                                                                   \
	INT((t)->rows), INT((t)->by_state[MSG_DONE] + (t)->by_state[MSG_ACKED]), INT((t)->by_state[MSG_ADOPTED]),      \
		INT((t)->by_state[MSG_MERGED]), INT((t)->by_state[MSG_SKIPPED]), INT((t)->by_state[MSG_FAILED]),       \
		INT((t)->by_state[MSG_VANISHED]), INT((t)->by_state[MSG_PENDING] + (t)->by_state[MSG_INTENT]),         \
		INT((t)->bytes_source), INT((t)->bytes_copied), INT((t)->bytes_pending), INT((t)->dropped_keywords)

bool tally_apply(struct db *db, int64_t folder, const struct tally *t, struct err *e) {
	static const struct tally nothing;
	if (memcmp(t, &nothing, sizeof nothing) == 0)
		return true;
	return db_run(db, e, ADD_SQL("folder", "?"), ADD_BINDS(t), INT(folder)) &&
	       db_run(db, e, ADD_SQL("mailbox", "(SELECT mailbox FROM folder WHERE id = ?)"), ADD_BINDS(t),
		      INT(folder)) &&
	       (!t->uncopied ||
		db_run(db, e, "UPDATE mailbox SET uncopied = ? WHERE id = (SELECT mailbox FROM folder WHERE id = ?)",
		       INT(wall_ms()), INT(folder)));
}
