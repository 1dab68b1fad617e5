/* SPDX-License-Identifier: MIT
 *
 * ledger_int.h - what the files of the ledger share.
 */
#ifndef MAILVAN_STORE_LEDGER_INT_H
#define MAILVAN_STORE_LEDGER_INT_H

#include "core/store/leases_int.h"
#include "core/store/ledger.h"
#include "core/store/tally.h"

/* msg.fp: ident, little endian, then the body's hash. */
#define FP_LEN (8 + HASH_LEN)

/* Items, changes, uids per call. */
#define LEDGER_CALL_MAX 5000000

/* LEASE_LOST unless the lease holds and the folder is one of its mailbox. Inside a write operation. */
bool ledger_guard(struct db *db, const struct lease *l, int64_t folder, struct err *e);
/* One row changes, inside a write operation. No text may be NULL. */
bool ledger_change_now(struct db *db, int64_t folder, const struct ledger_change *c, struct err *e);
/* FAILED rows of a mailbox become PENDING again; counts and failures follow. all: as asked. Else those that are to be
 * tried again by themselves (ledger_change.again), and they have one try less. */
bool ledger_retry_mailbox(struct db *db, int64_t mailbox, bool all, struct err *e);
/* ledger_folder_unmap, inside a write operation. */
bool ledger_unmap_now(struct db *db, int64_t folder, uint32_t dst_uidvalidity, struct err *e);
/* The mailbox goes to another target than its copies were sent to (or to none that is known): all of them are in doubt,
 * so that the next run looks for them there before it sends anything, its folders find their places anew, and what the
 * old target refused is tried again. *had: there were copies. INPUT while a worker has the mailbox. */
bool ledger_retarget(struct db *db, int64_t mailbox, bool *had, struct err *e);
/* All of a folder's rows and what hangs on them; the counts are the caller's. */
bool ledger_drop_rows(struct db *db, int64_t folder, struct err *e);

/* The row's record of a repair goes (repairs.h). *had: there was one. */
bool repair_forget(struct db *db, int64_t folder, uint32_t uid, bool *had, struct err *e);

/* Ordinals of equal UIDLs over the calls of one enumeration (see ordinals.c). Writer thread only. */
struct ordinals;
/* item number `number` (0 = unknown: every call stands alone) of a call that begins with first. */
bool ordinals_begin(struct store *s, uint64_t generation, int64_t folder, uint32_t first_number, struct ordinals **out,
		    struct err *e);
bool ordinals_next(struct ordinals *o, const char *uidl, uint32_t number, uint32_t *ordinal, struct err *e);
void ordinals_end(struct store *s, uint64_t generation, int64_t folder); /* folder 0: all of the lease */
void ordinals_free_all(struct store *s);

#endif
