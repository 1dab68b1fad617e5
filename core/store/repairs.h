/* SPDX-License-Identifier: MIT
 *
 * repairs.h - which messages were not sent as they came (model/repair.h): before they are sent, and for the report.
 *
 * A record belongs to a row that is in doubt or copied. While it is there, the row's fingerprint (ledger.h: ident and
 * body) is that of the repaired text, so that resolve and verify look for what was sent. When the row becomes
 * PENDING, FAILED, SKIPPED or VANISHED the record and the fingerprint go, in the same transaction.
 */
#ifndef MAILVAN_STORE_REPAIRS_H
#define MAILVAN_STORE_REPAIRS_H

#include "core/model/repair.h"
#include "core/store/ledger.h"
#include "core/store/mailboxes.h"

struct repair_record {
	uint32_t uid;
	enum repair_rung rung;
	uint64_t ident; /* of the repaired text */
	struct hash body;
	uint64_t source_ident; /* of what the source has */
	struct hash source_body;
	const char *subject, *from, *date; /* to name it; never NULL */
};
/* Before the first byte of the repaired text, which must be the only one of this row that can be anywhere: what was
 * sent before was refused by the server. The row must be an INTENT. Replaces a record of another rung. FULL. */
bool ledger_repair(struct store *s, const struct lease *l, int64_t folder, const struct repair_record *r,
		   struct err *e);
/* Rows of the folder whose copy, sent or found, has this fingerprint. Reads all of its rows. */
bool ledger_copies_like(struct store *s, int64_t folder, uint64_t ident, const struct hash *body, uint64_t *n,
			struct err *e);

/* A message that is at the target, repaired. */
struct repaired_row {
	char folder[1024];
	uint32_t uid;
	char uidl[256]; /* POP3 */
	enum repair_rung rung;
	char subject[200], from[200], date[64]; /* "" when unknown */
	uint64_t size;				/* at the target */
	uint64_t source_ident;
	struct hash source_body;
};
typedef bool repaired_row_fn(void *arg, const struct repaired_row *row); /* false stops quietly */
bool mailbox_repairs(struct store *s, int64_t mailbox, repaired_row_fn *fn, void *arg, struct err *e);
bool repairs_totals(struct store *s, const struct mailbox_filter *f, struct repair_totals *out, struct err *e);

#endif
