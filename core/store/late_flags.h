/* SPDX-License-Identifier: MIT
 *
 * late_flags.h - copies that are still to get \Flagged by a STORE.
 *
 * Exchange keeps a \Flagged of APPEND for IMAP alone; Outlook shows the flag only when it was set later
 * (reference/exchange-wire.md B.1). So the message goes without it, and what is owed is written down before its first
 * byte leaves: whoever goes on after a crash sets it.
 */
#ifndef MAILVAN_STORE_LATE_FLAGS_H
#define MAILVAN_STORE_LATE_FLAGS_H

#include "core/store/ledger.h"

/* Lazy: queued before the intent of these rows, and so durable with it. Those that are noted already stay so. */
bool late_flags_owe(struct store *s, const struct lease *l, int64_t folder, const uint32_t *uids, size_t n,
		    struct err *e);
/* Is a copy of the folder owed its flag? Copies only, not rows that were not sent or are in doubt. */
bool late_flags_any(struct store *s, int64_t folder, bool *any, struct err *e);
/* Rows of such copies: ascending, uid > after, at most cap. Sees lazy writes of this process. */
bool late_flags_rows(struct store *s, int64_t folder, uint32_t after, struct ledger_row *out, size_t cap, size_t *n,
		     struct err *e);
/* They have it, or there is nobody to give it to. Lazy: done twice it does no harm. */
bool late_flags_paid(struct store *s, const struct lease *l, int64_t folder, const uint32_t *uids, size_t n,
		     struct err *e);

#endif
