/* SPDX-License-Identifier: MIT
 *
 * mailbox.h - the states of a mailbox and of a message, and the accounting identity.
 */
#ifndef MAILVAN_MODEL_MAILBOX_H
#define MAILVAN_MODEL_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

/* STATE(symbol, "Name", active, finished). A mailbox that was added and never
 * asked to migrate is Stopped (see mailbox_row.ever_run). */
#define MAILBOX_STATES(STATE) \
	STATE(QUEUED, "Queued", false, false) \
	STATE(CONNECTING, "Connecting", true, false) \
	STATE(COPYING, "Copying", true, false) \
	STATE(THROTTLED, "Throttled", true, false) \
	STATE(PAUSED, "Paused", false, false) \
	STATE(STOPPED, "Stopped", false, true) \
	STATE(SYNCED, "Synced", false, true) \
	STATE(SYNCED_WITH_GAPS, "SyncedWithGaps", false, true) \
	STATE(FAILED, "Failed", false, true)

enum mailbox_state {
#define STATE(sym, name, active, finished) MBOX_##sym,
	MAILBOX_STATES(STATE)
#undef STATE
	MBOX_STATE_COUNT
};

const char *mailbox_state_name(enum mailbox_state s);
bool mailbox_state_active(enum mailbox_state s);   /* a worker has it in hand */
bool mailbox_state_finished(enum mailbox_state s); /* nothing is left to do until someone asks */

/* Message states as stored in the ledger: numbers are part of the schema. */
enum msg_state {
	MSG_PENDING = 0,  /* may be sent */
	MSG_INTENT = 1,	  /* its APPEND may have left; never sent again before resolve */
	MSG_ACKED = 2,	  /* tagged OK without a usable APPENDUID: counts as copied, dst_uid 0 */
	MSG_DONE = 3,	  /* tagged OK, dst_uid known */
	MSG_ADOPTED = 4,  /* was at the target already, found by fingerprint */
	MSG_MERGED = 5,	  /* the server merged it with an equal one (Gmail) */
	MSG_SKIPPED = 6,  /* by a rule that the report names */
	MSG_FAILED = 7,	  /* named failure */
	/* Gone from the source and not at the target: before it was copied, or its copy was removed on request
	 * (--sync-deletes; the reason says so). Listed again, it may be copied again. */
	MSG_VANISHED = 8,
	MSG_STATE_COUNT
};

/* source = copied + adopted + merged + skipped + failed + vanished + pending, always: every message ever listed counts,
 * also after the source has deleted it.
 * copied = DONE + ACKED; pending = PENDING + INTENT. */
struct counts {
	uint64_t source, copied, adopted, merged, skipped, failed, vanished, pending;
};

bool counts_hold(const struct counts *c); /* the identity */
void counts_add(struct counts *sum, const struct counts *c);
/* Messages with which nothing is left to do: all but those that wait or were refused. */
uint64_t counts_settled(const struct counts *c);
/* Per mille of settled/source, 1000 only when nothing is pending or failed; source 0 counts as 1000. */
unsigned counts_permille(const struct counts *c);

#endif
