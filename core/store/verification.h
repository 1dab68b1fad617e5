/* SPDX-License-Identifier: MIT
 *
 * verification.h - what the last complete look at a mailbox has found (work/verify.h), kept for the report.
 *
 * Levels as in reference/correctness.md 8.7. A look that was broken off is not kept: the one before it stands.
 */
#ifndef MAILVAN_STORE_VERIFICATION_H
#define MAILVAN_STORE_VERIFICATION_H

#include "core/store/mailboxes.h"

enum verify_level {
	VERIFY_COUNTS = 0,  /* messages per folder */
	VERIFY_EXISTS = 1,  /* every copy is there */
	VERIFY_HEADERS = 2, /* header, date and flags of every copy were read back */
	VERIFY_SAMPLE = 3,  /* and the bodies of some */
	VERIFY_BODIES = 4,  /* and the bodies of all */
};
#define VERIFY_LEVEL_MAX 4
/* "header, date and flags of every copy read back", ... */
const char *verify_level_text(int level);

/* Differences that are kept for the report; the counts are always complete. */
#define DIFFERENCES_KEPT 500

struct verification {
	int level;
	wall_ms_t at; /* when it began */
	uint64_t seed;
	uint64_t checked; /* copies that were looked at one by one (level 0: none) */
	uint64_t bodies;  /* copies whose body was read back and compared */
	uint64_t gaps, notes;
	uint64_t missing;    /* copies that are not there; level 0: as far as numbers tell */
	uint64_t duplicates; /* of the gaps */
	uint64_t not_copied;	      /* of the gaps: what the ledger itself calls failed or pending */
	uint64_t others;	      /* messages at the target that are nobody's copy */
};

/* One difference; those that are only not copied are in the ledger, not here. Texts as they were: not sanitised before
 * they are read back. */
struct difference_row {
	char kind[24]; /* verify_kind_name */
	char folder[1024];
	uint32_t uid, dst_uid;
	char date[64], from[200], subject[200], message_id[200]; /* "" when unknown */
	uint64_t size;						 /* UINT64_MAX when unknown */
	char text[ERR_TEXT_MAX];
};

/* Replaces what was kept. Quietly nothing when the mailbox is gone meanwhile. */
bool verification_save(struct store *s, int64_t mailbox, const struct verification *v,
		       const struct difference_row *rows, size_t n, struct err *e);
bool verification_get(struct store *s, int64_t mailbox, struct verification *out, bool *found, struct err *e);
/* Copies of these mailboxes that a look which still stands has missed: they are called copied, and are not there. */
bool verification_missing_total(struct store *s, const struct mailbox_filter *f, uint64_t *n, struct err *e);
typedef bool difference_row_fn(void *arg, const struct difference_row *row); /* false stops quietly */
bool verification_differences(struct store *s, int64_t mailbox, difference_row_fn *fn, void *arg, struct err *e);

/* The copies of these rows are missing at the target: they are in doubt from now on, so that the next run matches the
 * whole folder, takes what it finds after all, and copies the rest. Nothing is sent before that look. Refused (INPUT)
 * while a worker has the mailbox. *queued: how many rows; those that are not copied by the ledger are left alone. FULL.
 */
bool ledger_refill(struct store *s, int64_t mailbox, int64_t folder, const uint32_t *uids, size_t n, uint64_t *queued,
		   struct err *e);

#endif
