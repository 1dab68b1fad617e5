/* SPDX-License-Identifier: MIT
 *
 * sync.h - internal to core/work: the delta options, for what the copying of new messages leaves undone.
 *
 * sync_flags.c takes flags that changed at the source to copies of ours; sync_deletes.c decides which copies may go
 * because the source has deleted the message, and sync_remove.c removes them. Both are off until somebody asks
 * (store/delta.h), go in one direction only, and run when all folders are copied, so that a message that was moved
 * at the source is at its new place before its old copy goes. reference/correctness.md 8.6. renames.c comes before, and
 * always: it keeps the copies of a folder that the source has renamed.
 */
#ifndef MAILVAN_WORK_SYNC_H
#define MAILVAN_WORK_SYNC_H

#include "core/base/buf.h"
#include "core/store/alarms.h"
#include "core/work/run.h"

/* Flags that are followed. \Deleted never is: deleting has its own option, with its own limits. */
#define SYNC_FLAGS ((uint32_t)(FLAG_SEEN | FLAG_ANSWERED | FLAG_FLAGGED | FLAG_DRAFT))
/* So many rows are compared, changed or removed at once. */
#define SYNC_AT_ONCE 64

struct sync_item {
	uint32_t uid, flags;
	uint32_t keywords; /* offset in pool; 0 = none */
	uint32_t order;	   /* of arrival */
};

/* One folder of both sides. */
struct sync_folder {
	struct run *run;
	struct plan *plan;
	const struct folder_info *info;
	struct ledger_folder lf;
	struct delta delta;
	struct folder_status src, dst;
	bool dst_open;
	/* What the source says now, ascending and each UID once; whole: that is every message it counts. */
	struct sync_item *items;
	size_t count, cap;
	struct buf pool;
	bool whole;
};

static inline const char *sync_keywords(const struct sync_folder *f, const struct sync_item *it) {
	return it->keywords ? f->pool.data + it->keywords : "";
}

/* sync.c */
/* Before the copying: folders that were renamed; then what a worker that died in the middle had begun to remove, find
 * out whether it is gone. */
bool sync_before(struct run *r, struct plan *p, struct err *e);
/* After it; subscriptions always. Folder-wide trouble becomes an alarm; false only for what reaches further. */
bool sync_after(struct run *r, struct plan *p, struct err *e);
/* Connect if need be and select the copy's folder. False with a FOLDER-wide error when it is not the one that
 * the ledger knows. */
bool sync_open_target(struct sync_folder *f, struct err *e);
/* An alarm of this run, from any lane. */
bool sync_note(struct run *r, int64_t folder, const char *name, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* renames.c: folders that the source calls by another name than in an earlier run keep their copies, also when names
 * have gone round. One that is gone with copies, or made anew, is noted. */
bool renames_follow(struct run *r, struct plan *p, struct err *e);

/* target_moves.c: folders with copies of ours that the target's owner has renamed, moved or deleted. p->dst is listed,
 * map not made yet. What is found again is mapped there; what is not is noted (TARGET_FOLDER_GONE). */
#define TARGET_FOLDER_GONE "target-folder-gone"
bool target_moves_follow(struct run *r, const struct plan *p, struct err *e);

/* subscriptions.c: those that have changed at the source since the target was told last. No command while none has. */
bool subscriptions_follow(struct run *r, struct plan *p, struct err *e);

/* sync_flags.c: f holds the listing (all, or what has changed). */
bool sync_flags(struct sync_folder *f, struct err *e);

/* sync_deletes.c */
/* Does the option apply to this mailbox now at all? Says why not. */
bool sync_deletes_possible(struct run *r, bool *possible, struct err *e);
/* So many may be missing at once: 50, or 5 % of what was copied. */
uint64_t sync_deletes_limit(uint64_t copied);
/* Write down what is missing. *ripe: how many copies may go now. */
bool sync_deletes_look(struct sync_folder *f, uint64_t *ripe, struct err *e);

/* sync_remove.c */
/* *removed counts up. */
bool sync_remove(struct sync_folder *f, uint64_t *removed, struct err *e);
bool sync_remove_settle(struct sync_folder *f, struct err *e);

/* sync_copies.c: what the target holds now under the UIDs that the ledger claims. */
struct sync_copy {
	struct ledger_row row; /* filled by the caller */
	bool found;	       /* the UID is there */
	bool ours;	       /* and holds the message that was sent, by its header */
	bool body_equal;       /* only after sync_copies_bodies */
	uint32_t flags;
	char keywords[KEYWORDS_MAX];
	char subject[200], from[200], date[64], message_id[200];
};
/* Sorts by row.dst_uid, which is not 0 and stands once. */
bool sync_copies_headers(struct run *r, struct sync_copy *at, size_t n, struct err *e);
/* Reads back those that are ours. */
bool sync_copies_bodies(struct run *r, struct sync_copy *at, size_t n, struct err *e);

/* alarms.c: judge what the source showed, and store it with the notes of this run. */
bool alarms_judge(struct run *r, struct err *e);
/* EXISTS looks like a limit and not like a mailbox. */
bool alarms_round(uint32_t exists);
/* Servers of Yahoo, AOL and AT&T that show the newest 10,000 of a folder. */
bool alarms_yahoo(const struct endpoint *ep);
#define YAHOO_SHOWS 9900

#endif
