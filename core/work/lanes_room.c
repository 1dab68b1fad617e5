/* SPDX-License-Identifier: MIT
 *
 * lanes_room.c - how many connections a mailbox may have: at first, and when one more is opened because a large folder,
 * or the folders that nobody has yet, take long.
 */
#include "core/work/governor.h"
#include "core/work/lanes_int.h"

#define LOOK_MS 250 /* how often lane 0 looks whether more lanes help */
#define FAR_MS 10   /* a round trip */
#define LANES_NEAR 2

enum share_wish lanes_wish(const struct share *sh) {
	enum share_wish most = WISH_NONE;
	for (size_t i = 0; i < LANES_MAX; i++) {
		enum share_wish one = sh->offered[i] ? folder_share_wish(sh->offered[i]) : WISH_NONE;
		most = one > most ? one : most;
	}
	return most;
}

/* Connections to the target. */
static unsigned allowed(const struct run *r) {
	unsigned busy = r->busy ? atomic_load(r->busy) : 1;
	unsigned most = busy ? r->jobs / busy : 1;
	/* Who looks for the message that a server dies of goes slowly. */
	if (r->careful)
		return 1;
	if (most > r->lanes)
		most = r->lanes;
	return most ? most : 1;
}

unsigned lanes_allowed(const struct run *r) {
	/* \All needs to know what the other folders had. A maildrop of POP3 is one connection's. */
	return r->gmail || !(r->src->ops->caps(r->src) & SOURCE_FOLDERS) ? 1 : allowed(r);
}

/* Round trips pass side by side, so a far server gets all lanes at once. Near by, two keep both servers busy, and the
 * logins of more would take longer than they save, unless there is much to do: that is seen later. */
unsigned lanes_at_first(const struct run *r, unsigned most) {
	if (most <= LANES_NEAR || r->src->ops->round_trip(r->src) >= FAR_MS ||
	    (r->dst && r->dst->ops->round_trip(r->dst) >= FAR_MS))
		return most;
	return LANES_NEAR;
}

/* The lock is held. */
static unsigned in_use(const struct share *sh) {
	unsigned n = 1 + sh->writers;
	for (unsigned i = 0; i < HELPERS_MAX; i++)
		n += sh->lane[i].started && !sh->lane[i].ended;
	return n;
}

/* Do the folders that nobody has yet take long? The lock is held. */
static bool folders_wait(const struct share *sh) {
	uint64_t elapsed = (uint64_t)(mono_ms() - sh->begun), rows = 0;
	uint64_t taken = atomic_load(&sh->main->progress.messages) - sh->taken_before;
	if (!sh->together || !sh->ready || elapsed < PACE_SEEN_MS)
		return false;
	for (size_t i = 0; i < sh->plan->src_count; i++)
		rows += sh->turn[i] == TURN_WAITING ? sh->plan->rows[i] : 0;
	return rows && (taken == 0 || rows * elapsed / taken > LONG_REST_MS);
}

/* Is there a large folder that goes slowly, or are there many, and no helper that could take part, but room for one? */
static bool helper_is_missed(struct share *sh) {
	pthread_mutex_lock(&sh->lock);
	unsigned lanes = in_use(sh);
	bool missed = !sh->closing && !sh->narrow && !sh->waiting &&
		      (lanes_wish(sh) == WISH_HELPER || folders_wait(sh));
	pthread_mutex_unlock(&sh->lock);
	return missed && lanes < lanes_allowed(sh->main);
}

bool lanes_writer_enter(struct run *r) {
	struct share *sh = r->share;
	pthread_mutex_lock(&sh->lock);
	bool room = !sh->closing && in_use(sh) < allowed(sh->main) && governor_try_widen(r->governor, &r->lease);
	sh->writers += room;
	pthread_mutex_unlock(&sh->lock);
	return room;
}

void lanes_writer_leave(struct run *r) {
	struct share *sh = r->share;
	pthread_mutex_lock(&sh->lock);
	sh->writers--;
	pthread_mutex_unlock(&sh->lock);
	governor_narrow(r->governor, &r->lease);
}

void lanes_look(struct run *r) {
	struct share *sh = r->share;
	mono_ms_t now = mono_ms();
	if (now - sh->looked < LOOK_MS && !r->cfg->share_rows)
		return;
	sh->looked = now;
	if (helper_is_missed(sh))
		lanes_start_helper(sh);
}

