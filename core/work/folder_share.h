/* SPDX-License-Identifier: MIT
 *
 * folder_share.h - internal to core/work: one large folder copied by several lanes (lanes.h).
 *
 * The lane that has the folder owns the share: it lists, it resolves what is in doubt, and it alone sends one by one
 * what the stream could not settle. Helpers only stream: each takes the next rows that nobody has, with an intent of
 * its own, over its own pair of connections. A row is in the hands of one lane at a time. The owner offers the folder
 * when nothing in it is in doubt, and goes on after the last helper has left it.
 *
 * Rows are taken in ascending order of UIDs, a batch at a time: at the target they stand in that order but for
 * batches that arrived side by side.
 */
#ifndef MAILVAN_WORK_FOLDER_SHARE_H
#define MAILVAN_WORK_FOLDER_SHARE_H

#include "core/work/run.h"

#define SHARE_ROWS 512 /* other lanes wait for a folder with twice as many new messages to begin */
#define PACE_SEEN_MS 300 /* after that it is seen how fast it goes */
#define LONG_REST_MS 1000 /* what remains takes so long: worth two logins */

/* What helpers leave to the owner. */
struct share_result {
	uint64_t left_over; /* rows that are pending again */
	bool group_refused; /* of some refused group it is not certain that nothing was stored */
	bool some_failed;
	bool broken; /* one went with trouble: rows may be in doubt, others are pending again */
};

struct folder_share {
	pthread_mutex_t lock;
	pthread_cond_t news; /* a helper has left */
	const struct folder_job *owner;
	unsigned step;	 /* engine_config.share_rows */
	uint32_t cursor; /* rows up to here are taken, or settled */
	uint64_t rows;	 /* about so many are not taken */
	mono_ms_t begun;
	_Atomic uint64_t settled;  /* by all lanes */
	_Atomic uint64_t taken;	   /* by the target */
	bool growing;		   /* the owner has not listed all yet */
	bool closed;		   /* no row is taken any more */
	atomic_bool abandoned;	   /* the owner has failed: helpers end now */
	_Atomic unsigned listings; /* how often more rows were listed */
	unsigned helpers;
	struct share_result result;
	struct suspect *suspects; /* of this folder, by helpers */
	size_t suspect_count;
};

/* rows: about so many are to be copied. */
void folder_share_begin(struct folder_share *fs, const struct folder_job *owner, uint64_t rows);
/* Nobody takes rows any more, and no helper is left when it returns; r, the owner's, knows what they learnt of
 * messages. Not well: they do not finish what they have. */
void folder_share_end(struct folder_share *fs, struct run *r, bool well);

/* Rows are taken between these two, by one lane at a time, from behind *cursor on. How many a lane should take, so that
 * all end together: most at most, 0 when none is taken any more. */
size_t folder_share_lock(struct folder_share *fs, uint32_t *cursor, size_t most);
void folder_share_unlock(struct folder_share *fs, uint32_t cursor, uint64_t taken);
/* The owner has listed more; growing: and goes on later. */
void folder_share_listed(struct folder_share *fs, bool growing);

/* How many rows a lane takes next, that has held ones in hand and has settled so many since begun: as many as it
 * settles in a moment, so that a slow target leaves rows to the other lanes, and a batch's worth (0: not now). r->hand
 * keeps what was learnt for the next folder. */
size_t folder_share_room(struct folder_share *fs, struct run *r, size_t held, uint64_t settled, mono_ms_t begun);

/* About so many rows are not taken. */
uint64_t folder_share_left(struct folder_share *fs);

/* Would a further lane make it faster? Where both servers are near and quick it costs more than it gives: so that is
 * known only after a while. */
enum share_wish { WISH_NONE, WISH_UNKNOWN, WISH_HELPER };
enum share_wish folder_share_wish(struct folder_share *fs);
/* True: it wished for a helper, and the caller is one: folder_help must follow. */
bool folder_share_join(struct folder_share *fs);
/* folder_help.c: a helper's part, from selecting the folder at both ends until no rows are left; leaves the share.
 * False: the connections of this lane cannot be used any more. */
bool folder_help(struct run *r, struct folder_share *fs, struct err *e);
void folder_share_leave(struct folder_share *fs, const struct run *r, const struct share_result *result);

#endif
