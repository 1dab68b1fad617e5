/* SPDX-License-Identifier: MIT
 *
 * lanes_int.h - internal to the lanes: what lanes.c (folders and helpers) and lanes_room.c (how many) share.
 */
#ifndef MAILVAN_WORK_LANES_INT_H
#define MAILVAN_WORK_LANES_INT_H

#include "core/work/lanes.h"

#define HELPERS_MAX (LANES_MAX - 1)

enum folder_turn { TURN_NONE, TURN_WAITING, TURN_RETURNED };

struct lane {
	pthread_t thread;
	struct share *share;
	struct run run;
	bool started, ended;
};

struct share {
	pthread_mutex_t lock;
	pthread_cond_t news; /* a helper has ended; the folders can be had; closing */
	struct run *main;
	struct plan *plan;
	unsigned char *turn; /* enum folder_turn by source folder */
	bool together;	     /* more than one lane to begin with: helpers take folders too */
	bool ready;	     /* the plan is mapped and its target folders are made: they can */
	unsigned starting;   /* large folders that may soon be offered */
	struct folder_share *offered[LANES_MAX];
	unsigned waiting; /* helpers without work */
	unsigned writers; /* further connections to the target, of all lanes */
	bool narrow;	  /* a helper was given up: no more of them */
	bool closing;
	unsigned opened; /* helpers, to begin with */
	mono_ms_t begun, looked;
	uint64_t taken_before; /* by the target, in this run */
	struct lane lane[HELPERS_MAX];
};

/* lanes.c: one more, if there is a place for it at both servers. */
bool lanes_start_helper(struct share *sh);

/* lanes_room.c, with the lock held: does any folder that is offered want another lane? */
enum share_wish lanes_wish(const struct share *sh);
/* So many of `most` lanes now, by what is known of the servers' distance. */
unsigned lanes_at_first(const struct run *r, unsigned most);

#endif
