/* SPDX-License-Identifier: MIT
 *
 * faults.h - the harness behind `tests/faults/run.sh`: what its files share.
 *
 * faults.c plans and counts, faults_run.c starts mailvan with inject.so and its orders, faults_world.c holds two
 * servers and a project, faults_scenarios.c says what is done with them and what must be true afterwards.
 */
#ifndef MAILVAN_TESTS_FAULTS_FAULTS_H
#define MAILVAN_TESTS_FAULTS_FAULTS_H

#include <limits.h>

#include "core/mailvan.h"
#include "tests/faults/inject.h"
#include "tests/servers/quirk_imap_lib.h"

#define OUTPUT_MAX 16384
#define RUN_LIMIT_MS 20000 /* with a sanitizer, on a machine that has other work: 10 s on one that has not */
#define ARGS_MAX 8

/* ---- faults_run.c ---- */

struct paths { /* of one worker of the harness */
	char dir[100];	   /* everything; absolute */
	char root[128];	   /* whose files count */
	char project[160]; /* below root */
	char image[128], report[128], list[128], output[128], file[160];
};

struct orders {
	enum inject_kind kind;
	uint64_t at;
	int mode;
	uint64_t seed;
};

struct outcome {
	int code;   /* exit status, -1: ended by a signal */
	int signal;
	bool hung;  /* it took longer than RUN_LIMIT_MS and was killed */
	struct inject_report report;
	char text[OUTPUT_MAX]; /* the end of what it said */
};

/* Runs `mailvan --project P ARGS` to its end; the word LIST stands for paths.list, FILE for a file below the root.
 * orders NULL: without inject.so. After a power cut the root holds what the
 * disk has kept. */
void program_run(const struct paths *p, const char *const *args, const struct orders *orders, struct outcome *out);
bool remove_tree(const char *path);

/* ---- faults_world.c ---- */

struct world {
	struct paths paths;
	struct quirk_server *source, *target;
	bool pop3;  /* the source speaks it */
	bool ready; /* is prepared and untouched */
	int64_t mailbox;
	size_t lost, more; /* messages, by the last check */
	char why[1024]; /* what a check found wrong */
};

enum verdict { FINE, LOST, DUPLICATED, WRONG };

/* Stops and forgets what was there before; an empty root, servers as told (NULL: none). */
bool world_begin(struct world *w, const struct quirks *source, const struct quirks *target);
void world_end(struct world *w);
/* Fills the source (several folders, drafts that differ in their bodies only, one message that goes through a file;
 * POP3: only an INBOX) and makes a project with one mailbox from source to target. */
bool world_project(struct world *w);
/* The target holds the same as the source but for so many that it refuses; the counts hold and say so. */
enum verdict world_check(struct world *w, unsigned refused);
/* Messages that may have been sent without an answer; -1: cannot be read. */
int world_open_intents(struct world *w);
enum verdict world_wrong(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- faults_scenarios.c ---- */

struct scenario {
	const char *name;
	bool (*prepare)(struct world *w); /* false: w->why */
	const char *args[ARGS_MAX];	  /* runs under the fault */
	/* After the fault; out is what the run said. Goes on as an operator would. */
	enum verdict (*recover)(struct world *w, const struct scenario *s, const struct outcome *out);
	bool looks; /* changes nothing, so that what was prepared serves again */
	int code;   /* of an undisturbed run */
};

extern const struct scenario scenarios[]; /* ends with a NULL name */

#endif
