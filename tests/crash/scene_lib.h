/* SPDX-License-Identifier: MIT
 *
 * scene_lib.h - one fault in one scenario: two quirk servers, a project, engines, and the judgement afterwards.
 *
 *	open -> prepare -> (the fault) -> heal -> judge -> close
 *
 * Every function that returns false says in scene.why what went wrong.
 */
#ifndef MAILVAN_TESTS_CRASH_SCENE_LIB_H
#define MAILVAN_TESTS_CRASH_SCENE_LIB_H

#include "tests/crash/engine_lib.h"
#include "tests/servers/quirk_imap_lib.h"

struct scene;

enum fault_kind {
	FAULT_EXIT,   /* the process ends at once */
	FAULT_SERVED, /* the servers get and do all that was sent, then it is killed */
	FAULT_HERE,   /* it is stopped; the next worker on this host ends it and takes its lease */
	FAULT_AWAY,   /* it is stopped, as if on another host; the next worker waits for its lease to run out; it
			 wakes up */
	FAULT_KINDS
};

struct scenario {
	const char *name;
	unsigned kinds; /* bit per fault_kind; 0 = the first two */
	struct quirks source, target;
	void (*fill)(struct scene *s);	 /* what both servers hold in the beginning */
	void (*change)(struct scene *s); /* NULL, or what happens after a first run without a fault */
	void (*meddle)(struct scene *s); /* NULL, or what happens after the fault, before the next engine */
	unsigned same;			 /* QUIRK_SAME_... */
	unsigned share_rows, list_rows;	 /* as in engine_config */
	unsigned settle_ms;		 /* 0 = the servers are waited for instead */
	unsigned commit_ms;		 /* the disk of the project is slow */
};

struct scene {
	struct nursery *nursery;
	const struct scenario *scenario;
	char dir[120], project[160];
	struct quirk_server *source, *target;
	uint16_t source_port, target_port; /* as the project knows them */
	unsigned idle_ms;		   /* of its connections, 0 = the usual */
	int64_t mailbox;
	size_t lost, twice;
	char why[600];
};

/* Servers that hold nothing yet. scene_close also after a failure. */
bool scene_open(struct scene *s, const struct scenario *sc, struct nursery *n);
void scene_close(struct scene *s);
/* The project, what the servers hold, the first run if the scenario has one; and the mailbox is Queued. */
bool scene_prepare(struct scene *s);
bool scene_queue(struct scene *s);
struct engine_order scene_order(const struct scene *s);
/* An engine from its start to its end. */
bool scene_run(struct scene *s);
/* Nothing sent is unread at the servers. */
void scene_quiet(struct scene *s);
/* After the fault: meddle, wait for the servers, another engine to the end. */
bool scene_heal(struct scene *s);
/* Synced, counts hold, both sides are the same; and another run fetches no body and appends nothing. */
bool scene_judge(struct scene *s);
bool scene_fail(struct scene *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Is the mailbox Synced? */
bool scene_synced(struct scene *s);
/* Does a worker have the mailbox? One that was stopped before that is in nobody's way. */
bool scene_has_lease(struct scene *s);
/* The worker of the project was last heard of so long ago; here false: on another host. locked: it was stopped inside a
 * transaction, and its row cannot be changed. */
bool scene_age_worker(struct scene *s, unsigned ms, bool here, bool *locked);

extern const struct scenario scenarios[];
extern const size_t scenario_count;

#endif
