/* SPDX-License-Identifier: MIT
 *
 * governor_fixture.h - a governor whose clocks are ours, and leases of invented accounts.
 */
#ifndef MAILVAN_TESTS_GOVERNOR_FIXTURE_H
#define MAILVAN_TESTS_GOVERNOR_FIXTURE_H

#include "tests/unit/store/fixture.h"

#include "core/work/governor.h"

#define MINUTE 60000
#define HOUR (60LL * MINUTE)
#define CUT_WAIT 10000

static char dir[64];
static struct store *s;
static struct governor *g;
static mono_ms_t now;
static wall_ms_t today;

static inline mono_ms_t clock_now(void) {
	return now;
}
static inline wall_ms_t calendar_now(void) {
	return today;
}

static inline void pass(int64_t ms) {
	now += ms;
	today += ms;
	governor_tick(g);
}

static inline void start(unsigned jobs) {
	struct governor_config c = { .store = s, .clock = clock_now, .calendar = calendar_now };
	struct err e;
	g = governor_new(&c, &e);
	assert_non_null(g);
	governor_wish(g, jobs, 0);
}

static inline void restart(unsigned jobs) {
	struct err e;
	governor_free(g);
	MUST(store_flush(s, &e));
	start(jobs);
}

static inline int setup(void **state) {
	(void)state;
	dir_make(dir);
	s = open_store(dir, STORE_CREATE);
	now = 5000;
	today = 1790000000000LL;
	start(8);
	return 0;
}

static inline int teardown(void **state) {
	(void)state;
	governor_free(g);
	store_close(s);
	dir_remove(dir);
	return 0;
}

static inline struct lease lease_of(const char *source, const char *target) {
	struct lease l = { .mailbox = 1 };
	text_copy(l.source_key, sizeof l.source_key, source);
	text_copy(l.key, sizeof l.key, target);
	return l;
}

/* The number-th of many accounts between two hosts. */
static inline struct lease numbered(const char *source, const char *target, unsigned number) {
	char a[300], b[300];
	snprintf(a, sizeof a, "%s:993/user%u", source, number);
	snprintf(b, sizeof b, "%s:993/user%u", target, number);
	return lease_of(a, b);
}

static inline enum lease_verdict asked(const struct lease *l, wall_ms_t *until, struct err *why) {
	char source[300], target[300];
	snprintf(source, sizeof source, "%.*s", (int)strcspn(l->source_key, "/"), l->source_key);
	snprintf(target, sizeof target, "%.*s", (int)strcspn(l->key, "/"), l->key);
	struct lease_asked q = { source, target, l->source_key, l->key };
	return governor_ask(g, &q, until, why);
}

/* How many mailboxes of different accounts may start now between two hosts; they leave again. */
static inline unsigned room(const char *source, const char *target) {
	unsigned n = 0;
	wall_ms_t until;
	struct err why;
	for (; n < 100; n++) {
		struct lease l = numbered(source, target, 1000 + n);
		if (asked(&l, &until, &why) != LEASE_YES)
			break;
		governor_enter(g, &l);
	}
	for (unsigned i = 0; i < n; i++) {
		struct lease l = numbered(source, target, 1000 + i);
		governor_leave(g, &l);
	}
	return n;
}

static inline void enter(const char *source, const char *target, unsigned from, unsigned to) {
	for (unsigned i = from; i <= to; i++) {
		struct lease l = numbered(source, target, i);
		governor_enter(g, &l);
	}
}

static inline void leave(const char *source, const char *target, unsigned from, unsigned to) {
	for (unsigned i = from; i <= to; i++) {
		struct lease l = numbered(source, target, i);
		governor_leave(g, &l);
	}
}

static inline void refuse(const struct lease *l, enum err_cat cat, enum err_scope scope, enum err_side side,
			  unsigned wait_ms) {
	struct err e;
	err_set(&e, cat, "the server said so");
	e.scope = scope;
	e.side = side;
	e.wait_ms = wait_ms;
	governor_refused(g, l, &e);
}

#endif
