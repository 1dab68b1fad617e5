/* SPDX-License-Identifier: MIT
 *
 * verify_runs.h - verifications that were asked for: of which mailboxes, how deep, whose process, how far.
 *
 * A front end adds a run with its mailboxes; a process claims it and takes a mailbox off its list when that is looked
 * through. So a run that was stopped, or whose process died, goes on with the rest. What is found is in verification.h;
 * of runs only the last ones are kept: a new one takes the place of all that have ended.
 */
#ifndef MAILVAN_STORE_VERIFY_RUNS_H
#define MAILVAN_STORE_VERIFY_RUNS_H

#include "core/store/mailboxes.h"

/* Stored: never renumber. */
enum verify_run_state {
	VERIFY_RUN_QUEUED = 0,
	VERIFY_RUN_RUNNING = 1,
	VERIFY_RUN_DONE = 2,
	VERIFY_RUN_STOPPED = 3,
	VERIFY_RUN_FAILED = 4
};

/* Nobody has claimed a run within this time: nobody will. */
#define VERIFY_RUN_START_MS 10000

struct verify_run {
	int64_t id;
	enum verify_run_state state;
	int level; /* enum verify_level */
	uint64_t bodies, seed;
	bool refill;
	uint64_t mailboxes, done, clean, unread; /* clean: without a gap; unread: not looked through to the end */
	uint64_t rows, rows_done;		 /* messages that the ledger has, and those looked at */
	uint64_t gaps, refilled;
	wall_ms_t added, finished;
	bool wants_stop;
	bool lost; /* open, but its process is gone or never came */
	char who[200], error[ERR_TEXT_MAX];
};

/* Queued or running, and not lost; false for id 0. */
bool verify_run_open(const struct verify_run *r);
/* level, bodies, seed and refill of how count. *id: the new run; its list may be empty. FULL. */
bool verify_run_add(struct store *s, const struct verify_run *how, const struct mailbox_filter *f, const char *who,
		    int64_t *id, struct err *e);
/* The run becomes this process's. only 0: the newest that is lost, stopped or failed with mailboxes left, or queued.
 * *id = 0: there is none, or somebody has it. FULL. */
bool verify_run_claim(struct store *s, int64_t only, int64_t *id, struct err *e);
bool verify_run_get(struct store *s, int64_t id, struct verify_run *out, struct err *e); /* INPUT when there is none */
/* The newest; *found false: none was ever asked for. */
bool verify_run_last(struct store *s, struct verify_run *out, bool *found, struct err *e);
/* What is left, ascending: malloc'ed, the caller frees. */
bool verify_run_left(struct store *s, int64_t id, int64_t **ids, size_t *n, struct err *e);

/* ---- for its process ---- */
/* *stop: somebody wants it to end. NORMAL. */
bool verify_run_progress(struct store *s, int64_t id, uint64_t rows_done, bool *stop, struct err *e);
struct verify_outcome {
	bool clean, unread;
	uint64_t gaps, refilled;
};
/* The mailbox is looked through: off the list, into the sums. NORMAL. */
bool verify_run_mailbox(struct store *s, int64_t id, int64_t mailbox, const struct verify_outcome *o, struct err *e);
/* DONE, STOPPED, or FAILED with the error. FULL. */
bool verify_run_end(struct store *s, int64_t id, enum verify_run_state state, const char *error, struct err *e);
/* A running one is told to end, one that nobody runs has ended. FULL. */
bool verify_run_stop(struct store *s, int64_t id, struct err *e);
/* One that was left before its end is queued again, with what is left. INPUT for another. FULL. */
bool verify_run_go_on(struct store *s, int64_t id, struct err *e);
/* Stopped, failed or lost, with mailboxes left. */
bool verify_run_rest(const struct verify_run *r);

#endif
