/* SPDX-License-Identifier: MIT
 *
 * delta.h - what a later pass must remember of a folder: how much the source showed, up to where flags were
 * followed, which messages are missing at the source, and which copies were removed on request.
 *
 * Calls that take a lease are conditional on it, as in ledger.h.
 */
#ifndef MAILVAN_STORE_DELTA_H
#define MAILVAN_STORE_DELTA_H

#include "core/base/clock.h"
#include "core/store/ledger.h"

#define SYNC_WHO_MAX 200

enum sync_deletes {
	SYNC_DELETES_OFF,
	SYNC_DELETES_PREVIEW, /* only says what it would do */
	SYNC_DELETES_TRASH,   /* moves the copies to the target's Trash */
	SYNC_DELETES_EXPUNGE, /* removes them for good */
	SYNC_DELETES_COUNT
};
extern const char *const sync_deletes_names[]; /* "off", "preview", "trash", "expunge", NULL */

/* Settings of the project; both are off until somebody asks. */
struct sync_settings {
	bool flags;
	enum sync_deletes deletes;
	char deletes_who[SYNC_WHO_MAX]; /* who asked for it, "" while off */
	unsigned wait_s;		/* between the two looks before a copy is removed; never set: 60 */
};
bool sync_settings_get(struct store *s, struct sync_settings *out, struct err *e);
/* FULL. Written, and recorded in the audit table with who; wait_s is not. An empty deletes_who means who. */
bool sync_settings_set(struct store *s, const struct sync_settings *in, const char *who, struct err *e);

/* What the source showed when the folder was enumerated last. */
struct delta_listing {
	uint32_t exists;	   /* EXISTS or the size of the maildrop */
	uint32_t listed;	   /* messages it listed; only what was new unless whole */
	uint32_t uidnext, max_uid; /* 0 = not said, not seen */
	bool whole;
	bool status_known; /* what STATUS had said, shortly before */
	uint32_t status_messages, status_uidnext;
};
struct delta {
	bool known; /* exists and partial were noted; else zero */
	uint32_t exists;
	unsigned partial;		   /* enumerations since the last whole one */
	uint64_t flags_modseq;		   /* flags are followed up to here; 0 = never to the end */
	uint64_t absent_open, absent_kept; /* see delta_absent */
};
bool delta_get(struct store *s, int64_t folder, struct delta *out, struct err *e);
/* Lazy: losing it costs a listing of the whole folder. */
bool delta_enumerated(struct store *s, const struct lease *l, int64_t folder, const struct delta_listing *d,
		      struct err *e);
/* After all changes up to this HIGHESTMODSEQ (0 = the source has none) are at the target. */
bool delta_flags_done(struct store *s, const struct lease *l, int64_t folder, uint64_t modseq, struct err *e);

/* The source's flags as they are now: the base of the next comparison. */
struct flags_now {
	uint32_t uid, flags;
	const char *keywords;
};
bool delta_flags(struct store *s, const struct lease *l, int64_t folder, const struct flags_now *at, size_t n,
		 struct err *e);

/* All copied messages that a complete listing of the folder did not have. A message that is back is forgotten; the
 * others keep the time at which they were missed first. *open: how many of them nothing was decided about yet. */
bool delta_absent(struct store *s, const struct lease *l, int64_t folder, const uint32_t *uids, size_t n, wall_ms_t now,
		  uint64_t *open, struct err *e);
/* The listing is not to be trusted: what is open is forgotten, so that two good ones must follow. */
bool delta_absent_forget(struct store *s, const struct lease *l, int64_t folder, struct err *e);
/* Their copies stay, for a reason that does not go away: they are not open any more. */
bool delta_absent_keep(struct store *s, const struct lease *l, int64_t folder, const uint32_t *uids, size_t n,
		       struct err *e);
/* Open ones missed first at or before `before`, and in an earlier lease: ascending, uid > after, at most cap. */
bool delta_ripe(struct store *s, const struct lease *l, int64_t folder, wall_ms_t before, uint32_t after, uint32_t *out,
		size_t cap, size_t *n, struct err *e);

/* How the reason of a row begins whose copy was removed. */
#define REMOVED_REASON "Deleted at the source after it was copied"
struct removal {
	uint32_t uid, dst_uid;
	/* Only for removals_intend, to name the message later: borrowed, never NULL there. */
	const char *subject, *from, *date, *message_id;
};
/* FULL, before the target hears of it. how: "trash" or "expunge". */
bool removals_intend(struct store *s, const struct lease *l, int64_t folder, const struct removal *at, size_t n,
		     const char *how, const char *who, struct err *e);
/* Intended and not known to have happened: ascending, uid > after, at most cap. */
bool removals_open(struct store *s, int64_t folder, uint32_t after, struct removal *out, size_t cap, size_t *n,
		   struct err *e);
/* Has the mailbox any such? */
bool removals_any(struct store *s, int64_t mailbox, bool *any, struct err *e);
/* done: the copies are gone, so the rows become VANISHED with the reason, in one transaction. Else the
 * intent is taken back and the rows stay as they are. FULL. */
bool removals_close(struct store *s, const struct lease *l, int64_t folder, const struct removal *at, size_t n,
		    bool done, struct err *e);
/* Was the row's copy removed, and has its message not come back since? */
bool removal_done(struct store *s, int64_t folder, uint32_t uid, bool *done, struct err *e);
/* How many such rows the mailbox has: a part of its vanished ones. */
bool removals_count(struct store *s, int64_t mailbox, uint64_t *n, struct err *e);
/* The same of many. */
bool removals_total(struct store *s, const struct mailbox_filter *f, uint64_t *n, struct err *e);
/* shared[i]: another row of this target account counts on the same copy. at is in ascending order of dst_uid. */
bool removals_shared(struct store *s, int64_t folder, const struct removal *at, size_t n, bool *shared, struct err *e);

#endif
