/* SPDX-License-Identifier: MIT
 *
 * match.h - which target message is the copy of which ledger row: a multiset match. Pure.
 *
 * Both sides are sets of fingerprints. Where a header fingerprint with a Message-ID stands once
 * on each side and the sizes agree, that settles it. In every other group of equal headers (drafts!) only
 * equal body hashes count, and k rows against m copies leave k - m unmatched. Rows that are known
 * to be stored take their copies first, so that the shortfall falls on rows in doubt.
 */
#ifndef MAILVAN_WORK_MATCH_H
#define MAILVAN_WORK_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/mail/mime/ident.h"

enum match_rank { MATCH_STORED, MATCH_INTENT, MATCH_PENDING };

/* The fingerprint as it is stored: its lowest bit says whether there was a Message-ID. */
static inline uint64_t ident_value(const struct header_ident *h) {
	return (h->hash & ~(uint64_t)1) | h->has_message_id;
}
static inline bool ident_has_message_id(uint64_t ident) {
	return ident & 1;
}

struct match_item {
	uint32_t uid;
	uint32_t claimed; /* ledger side: the dst_uid that an APPENDUID claimed, 0 = none */
	uint32_t partner; /* uid on the other side, 0 = unmatched */
	uint32_t key;	  /* the caller's own: by which the body is fetched */
	uint64_t ident;
	uint64_t size; /* UINT64_MAX = unknown */
	struct hash body;
	enum match_rank rank; /* ledger side */
	bool body_known, needs_body, stranger;
};

/* Sorts both arrays, pairs what headers and sizes settle, and marks the rest of the groups that have
 * members on both sides with needs_body. in_doubt: the target side is a narrow window of new messages, so
 * one intent against one message with the same Message-ID is a pair whatever its size (servers
 * that rewrite). Returns how many items (both sides) need their body hash. */
size_t match_headers(struct match_item *ledger, size_t ledgers, struct match_item *target, size_t targets,
		     bool in_doubt);
/* After match_headers: is there a group of equal headers in which a row in doubt stands beside a stored one whose copy
 * may lie outside of the window (no UID known, or one that no copy in the window has)? Both could be the owner of a
 * copy in the window: only the whole folder tells. */
bool match_is_ambiguous(struct match_item *ledger, size_t ledgers, struct match_item *target, size_t targets);
/* Pairs what is left by body hash; items whose body is still unknown stay unmatched. */
void match_bodies(struct match_item *ledger, size_t ledgers, struct match_item *target, size_t targets);
/* After those: a row in doubt that no copy's header fits, beside a copy that no row's header fits, both of one size. A
 * server that changes or cuts what it says of headers, but not the message, makes such pairs (Oracle, Zimbra). Marks
 * them, with stored rows that are left over and could be the owners as well, and returns how many items need their body
 * hash; *any: is there anything for match_strangers_bodies? Sorts both arrays. */
size_t match_strangers(struct match_item *ledger, size_t ledgers, struct match_item *target, size_t targets, bool *any);
void match_strangers_bodies(struct match_item *ledger, size_t ledgers, struct match_item *target, size_t targets);

#endif
