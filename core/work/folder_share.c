/* SPDX-License-Identifier: MIT
 *
 * folder_share.c - which lane copies which rows of a folder, and who waits for whom.
 */
#include "core/work/pump.h"

#include <stdlib.h>

#include "core/base/clock.h"

#define REPORT_MS 200
#define ROWS_AT_LEAST 16      /* in a batch: each has an intent that goes to the disk */
#define HAND_MS 1500	      /* a lane has in hand what it settles in that time */
#define HAND_FIRST BATCH_ROWS /* until it is known how fast the lane is */
#define HAND_LEAST 32
#define HAND_MOST (BATCHES * BATCH_ROWS)
#define PACE_MS 100  /* after that it is known how fast a lane is */

void folder_share_begin(struct folder_share *fs, const struct folder_job *owner, uint64_t rows) {
	*fs = (struct folder_share){ .owner = owner,
				     .step = owner->run->cfg->share_rows,
				     .rows = rows,
				     .begun = mono_ms(),
				     .growing = owner->unlisted != 0 };
	pthread_mutex_init(&fs->lock, NULL);
	pthread_cond_init(&fs->news, NULL);
}

void folder_share_end(struct folder_share *fs, struct run *r, bool well) {
	atomic_store(&fs->abandoned, !well);
	pthread_mutex_lock(&fs->lock);
	fs->closed = true;
	while (fs->helpers) {
		struct timespec until = clock_in_ms(REPORT_MS);
		pthread_cond_timedwait(&fs->news, &fs->lock, &until);
		run_report(r, false);
	}
	pthread_mutex_unlock(&fs->lock);
	pthread_cond_destroy(&fs->news);
	pthread_mutex_destroy(&fs->lock);
	for (size_t i = 0; i < fs->suspect_count; i++) {
		struct suspect *s = &fs->suspects[i];
		s->refused |= s->refused_before && atomic_load(&fs->taken) >= s->refused_before;
		run_suspect_copy(r, s);
	}
	free(fs->suspects);
}

size_t folder_share_lock(struct folder_share *fs, uint32_t *cursor, size_t most) {
	pthread_mutex_lock(&fs->lock);
	*cursor = fs->cursor;
	if (fs->closed)
		return 0;
	if (fs->step)
		return most < fs->step ? most : fs->step;
	uint64_t part = fs->rows / (2 * (fs->helpers + 1));
	if (!fs->helpers || part >= most || most < ROWS_AT_LEAST)
		return most;
	return part > ROWS_AT_LEAST ? (size_t)part : ROWS_AT_LEAST;
}

size_t folder_share_room(struct folder_share *fs, struct run *r, size_t held, uint64_t settled, mono_ms_t begun) {
	mono_ms_t elapsed = mono_ms() - begun;
	if (fs->step)
		return held < 2 * (size_t)fs->step ? fs->step : 0;
	if (settled && elapsed >= PACE_MS) {
		uint64_t hand = settled * HAND_MS / (uint64_t)elapsed;
		r->hand = hand < HAND_LEAST ? HAND_LEAST : hand > HAND_MOST ? HAND_MOST : (unsigned)hand;
	}
	size_t hand = r->hand ? r->hand : HAND_FIRST;
	size_t least = hand / 4 > ROWS_AT_LEAST ? hand / 4 : ROWS_AT_LEAST;
	return held + least <= hand ? hand - held : 0;
}

void folder_share_unlock(struct folder_share *fs, uint32_t cursor, uint64_t taken) {
	fs->cursor = cursor;
	fs->rows -= taken < fs->rows ? taken : fs->rows;
	pthread_mutex_unlock(&fs->lock);
}

uint64_t folder_share_left(struct folder_share *fs) {
	pthread_mutex_lock(&fs->lock);
	uint64_t rows = fs->rows;
	pthread_mutex_unlock(&fs->lock);
	return rows;
}

void folder_share_listed(struct folder_share *fs, bool growing) {
	pthread_mutex_lock(&fs->lock);
	fs->growing = growing;
	pthread_mutex_unlock(&fs->lock);
	atomic_fetch_add(&fs->listings, 1);
}

/* The lock is held. */
static enum share_wish wish(const struct folder_share *fs) {
	uint64_t elapsed = (uint64_t)(mono_ms() - fs->begun), settled = atomic_load(&fs->settled);
	unsigned least = fs->step ? 1 : ROWS_AT_LEAST * (fs->helpers + 2);
	if (fs->closed || fs->result.broken || fs->rows < least)
		return WISH_NONE;
	if (fs->step)
		return WISH_HELPER;
	if (elapsed < PACE_SEEN_MS)
		return WISH_UNKNOWN;
	return settled == 0 || fs->rows * elapsed / settled > LONG_REST_MS ? WISH_HELPER : WISH_NONE;
}

enum share_wish folder_share_wish(struct folder_share *fs) {
	pthread_mutex_lock(&fs->lock);
	enum share_wish w = wish(fs);
	pthread_mutex_unlock(&fs->lock);
	return w;
}

bool folder_share_join(struct folder_share *fs) {
	pthread_mutex_lock(&fs->lock);
	bool joins = wish(fs) == WISH_HELPER;
	fs->helpers += joins;
	pthread_mutex_unlock(&fs->lock);
	return joins;
}

/* The lock is held. One that is forgotten costs time only. */
static void add_suspects(struct folder_share *fs, const struct run *r) {
	struct suspect *more = realloc(fs->suspects, (fs->suspect_count + r->suspect_count + 1) * sizeof *more);
	if (!more)
		return;
	fs->suspects = more;
	for (size_t i = 0; i < r->suspect_count; i++)
		if (r->suspects[i].folder == fs->owner->lf.id)
			more[fs->suspect_count++] = r->suspects[i];
}

void folder_share_leave(struct folder_share *fs, const struct run *r, const struct share_result *result) {
	pthread_mutex_lock(&fs->lock);
	add_suspects(fs, r);
	fs->result.left_over += result->left_over;
	fs->result.group_refused |= result->group_refused;
	fs->result.some_failed |= result->some_failed;
	fs->result.broken |= result->broken;
	fs->helpers--;
	pthread_cond_signal(&fs->news);
	pthread_mutex_unlock(&fs->lock);
}
