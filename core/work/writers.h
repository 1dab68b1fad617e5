/* SPDX-License-Identifier: MIT
 *
 * writers.h - internal to core/work: several connections to the target for one stream of messages.
 *
 * A target that stores slowly, or answers each literal before it takes the next, keeps one connection busy while the
 * source and the line have time. A writer is a further connection to the target alone: half the price of a lane
 * (lanes.h), and the only help where the source lets in no second one, as a POP3 maildrop does. A group of messages
 * goes over one of them; which one, its intent need not know. When a further one breaks, the run does without in its
 * next attempt.
 */
#ifndef MAILVAN_WORK_WRITERS_H
#define MAILVAN_WORK_WRITERS_H

#include "core/work/run.h"
#include "core/work/tuning.h"

struct writer { /* a further one */
	pthread_t thread;
	struct run *run;
	const char *wire; /* the folder */
	struct stop stop;
	struct mail_context ctx;
	struct target *dst; /* NULL: it could not be opened */
	struct folder_status st;
	struct err err;
	atomic_bool ready;
};

struct writers {
	struct target *own;		/* the run's; borrowed */
	struct writer *more[LANES_MAX]; /* those that have the folder selected */
	unsigned count;			/* of them */
	struct target *now;		/* messages go to this one */
	struct writer *coming;		/* is being opened; NULL: none */
	uint64_t seen_out;		/* bytes to the further ones that the governor knows of */
	/* Since there are so many: how long the target was waited for, and how many messages went. */
	mono_ms_t since, waited, looked;
	uint64_t settled;
	double before; /* messages a second with one fewer */
};

void writers_begin(struct writers *w, struct target *own);
/* The further ones go; polite: nothing of theirs is on its way. Also waits for one that is being opened. */
void writers_end(struct writers *w, struct run *r, bool polite);

/* The next group goes to the one that has least to do: w->now. */
void writers_next(struct writers *w);
/* Messages that are not answered, over all of them. */
size_t writers_unacked(const struct writers *w);
/* One step of each. False: one of them cannot go on; r->one_writer says that it was a further one. */
bool writers_step(struct writers *w, struct run *r, const struct target_sink *sink, bool *moved, struct err *e);
/* Poll all of them, and src (may be NULL). waited: it is the target that is waited for. */
void writers_poll(struct writers *w, const struct run *r, const struct source *src, bool with_stop, int timeout_ms,
		  bool waited);
void writers_count_bytes(struct writers *w, struct run *r);

/* From time to time while f is streamed: takes in the one that was opened, and opens one more when the target is what
 * is waited for and what is left (rows; settled so far) takes long enough. */
void writers_look(struct writers *w, const struct folder_job *f, uint64_t rows, uint64_t settled);
/* Is the target what is waited for, and for long enough? rate: messages a second, 0: none has come back yet; elapsed:
 * since there are so many. */
bool writers_worth_one(const struct writers *w, uint64_t rows, double rate, mono_ms_t elapsed);

#endif
