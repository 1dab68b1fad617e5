/* SPDX-License-Identifier: MIT
 *
 * visit.c - places, waits and bytes of a mailbox that is looked at.
 */
#include "core/work/visit.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/work/governor.h"
#include "core/work/logins.h"
#include "core/work/tuning.h"

#define TRIES_MAX 3 /* after the first */
#define LOOK_MS 250
#define WAIT_MAX_MS (15u * 60 * 1000)
#define IMPATIENT_MS 30000

bool visits_open(struct visits *v, struct store *s, struct log *log, unsigned jobs, struct err *e) {
	struct governor_config config = { .store = s, .log = log };
	struct tuning t;
	*v = (struct visits){ .store = s, .governor = governor_new(&config, e) };
	v->logins = v->governor ? logins_new(NULL, e) : NULL;
	if (!v->logins)
		return false;
	tuning_start(&t, s, jobs, 0);
	governor_wish(v->governor, t.jobs, t.rate);
	return true;
}

void visits_close(struct visits *v) {
	logins_free(v->logins);
	governor_free(v->governor);
	*v = (struct visits){ 0 };
}

static bool nap(const struct visit *v, unsigned ms, struct err *e) {
	mono_ms_t until = mono_ms() + ms;
	for (;;) {
		struct pollfd fd = { .fd = stop_fd(v->stop), .events = POLLIN };
		mono_ms_t left = until - mono_ms();
		if (stop_requested(v->stop))
			return err_set(e, ERR_CANCELLED, "Stopped before the end");
		if (left <= 0)
			return true;
		poll(&fd, 1, left > LOOK_MS ? LOOK_MS : (int)left);
		governor_tick(v->all->governor);
	}
}

static void say(const struct visit *v, wall_ms_t until, const char *why) {
	char sentence[ERR_TEXT_MAX + PLACE_MAX], at[16];
	if (!v->all->waits)
		return;
	text_time_of_day(at, sizeof at, until);
	if (until)
		snprintf(sentence, sizeof sentence, "%s waits until %s: %s", v->lease.key, at, why);
	else
		snprintf(sentence, sizeof sentence, "%s waits: %s", v->lease.key, why);
	v->all->waits(v->all->arg, sentence);
}

/* Until there is room. */
static bool enter(struct visit *v, struct err *e) {
	mono_ms_t began = mono_ms();
	bool said = false;
	for (;;) {
		wall_ms_t until = 0;
		struct err why;
		if (governor_try_visit(v->all->governor, &v->lease, &until, &why)) {
			v->inside = true;
			return true;
		}
		if (why.cat == ERR_DAILY_BUDGET ||
		    (v->all->impatient &&
		     (until - wall_ms() > IMPATIENT_MS || mono_ms() - began > IMPATIENT_MS || why.cat == ERR_NET))) {
			*e = why;
			return err_prefix(e, "Not tried");
		}
		/* What is over in a moment was said before. */
		if (!said && (until == 0 || until - wall_ms() > 1000)) {
			say(v, until, why.text);
			said = true;
		}
		if (!nap(v, LOOK_MS, e))
			return false;
	}
}

static void leave(struct visit *v) {
	if (v->inside)
		governor_leave(v->all->governor, &v->lease);
	v->inside = false;
}

bool visit_begin(struct visit *v, const struct visits *all, int64_t mailbox, const struct stop *stop, struct err *e) {
	*v = (struct visit){ .all = all, .stop = stop, .lease.mailbox = mailbox };
	return !all || (mailbox_accounts(all->store, mailbox, &v->lease, e) && enter(v, e));
}

bool visit_again(struct visit *v, struct err *e) {
	struct err why = *e;
	if (!v->all)
		return false;
	leave(v);
	governor_refused(v->all->governor, &v->lease, &why);
	if (why.retry == ERR_RETRY_NEVER || why.cat == ERR_CANCELLED || why.cat == ERR_DAILY_BUDGET ||
	    why.scope == ERR_SCOPE_PROGRAM || (v->all->impatient && why.reach != ERR_REACHED) ||
	    v->tries++ >= TRIES_MAX)
		return false;
	unsigned ms = why.wait_ms ? why.wait_ms : why.retry == ERR_RETRY_NOW ? 100u : 1000u << v->tries;
	if (v->all->impatient && ms > IMPATIENT_MS)
		return false;
	if (ms > WAIT_MAX_MS)
		ms = WAIT_MAX_MS;
	if (ms >= 1000)
		say(v, wall_ms() + ms, why.text);
	return nap(v, ms, e) && enter(v, e);
}

void visit_end(struct visit *v) {
	if (v->all)
		leave(v);
}

void visit_connected(struct visit *v) {
	v->source_seen = v->target_seen = 0;
}

static uint64_t since(uint64_t now, uint64_t *before) {
	uint64_t n = now > *before ? now - *before : 0;
	*before = now;
	return n;
}

bool visit_read(struct visit *v, const struct source *src, const struct target *dst, struct err *e) {
	uint64_t source = 0, target = 0, out;
	if (!v->all)
		return true;
	if (src) {
		src->ops->bytes(src, &source, &out);
		source = since(source, &v->source_seen);
	}
	if (dst) {
		dst->ops->bytes(dst, &target, &out);
		target = since(target, &v->target_seen);
	}
	if (!governor_looked(v->all->governor, &v->lease, source, target, e))
		return false;
	for (unsigned ms; (ms = governor_read_pause_ms(v->all->governor)) > 0;)
		if (!nap(v, ms, e))
			return false;
	return true;
}
