/* SPDX-License-Identifier: MIT
 *
 * engine.h - runs migrations: leases mailboxes, moves them with one thread each, and reports
 * by callbacks only. The worker and `mailvan migrate --wait` are thin shells around it.
 */
#ifndef MAILVAN_WORK_ENGINE_H
#define MAILVAN_WORK_ENGINE_H

#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/mail/source.h"
#include "core/store/ledger.h"
#include "core/work/visit.h"

/* Callbacks come from several threads, one call at a time for one mailbox; per mailbox the
 * order is: state(CONNECTING), [folder..., progress..., message..., state(...)]..., finished. */
struct engine_callbacks {
	void *arg;
	void (*state)(void *arg, int64_t mailbox, enum mailbox_state state,
		      const struct err *why); /* why may be NULL */
	/* at most 4 times a second per mailbox, and once at the end */
	void (*progress)(void *arg, int64_t mailbox, const struct counts *counts, uint64_t bytes_copied,
			 double rate_bytes);
	void (*folder)(void *arg, int64_t mailbox, const char *source, const char *target, bool renamed);
	/* a message that did not simply arrive: FAILED, SKIPPED, VANISHED */
	void (*message)(void *arg, int64_t mailbox, const char *folder, uint32_t uid, enum msg_state state,
			const struct err *why);
	void (*finished)(void *arg, int64_t mailbox, enum mailbox_state state);
};

/* Reasons for stop_request on engine_config.stop: what becomes of the mailboxes in hand. */
enum stop_reason {
	STOP_SHUTDOWN = 1, /* back to Queued: the next worker goes on (SIGTERM) */
	STOP_STOPPED,	   /* Stopped (Ctrl-C of migrate --wait, command stop) */
	STOP_PAUSED,
	STOP_LEASE_LOST, /* nothing is written any more */
};

struct engine_config {
	unsigned jobs;			   /* mailboxes at once; 0 = the project's setting (8); see tuning.h */
	uint64_t rate;			   /* bytes per second read from sources; 0 = the project's setting (no cap) */
	unsigned settle_ms;		   /* 0 = the project's setting (2000) */
	/* 0 = several lanes copy a folder, or several connections to the target take its messages, where that pays;
	 * else they do it at once, each with so many messages at a time: for tests with small folders. */
	unsigned share_rows;
	unsigned list_rows; /* large new folders are listed so many messages at once to begin with; 0 = 500 */
	struct channel_timeouts timeouts;  /* 0 = the usual */
	bool drain;			   /* return when nothing is left to do; else run until stopped */
	const struct mailbox_filter *only; /* NULL = any */
	struct log *log;
	struct net *net;
	struct stop *stop;
	struct engine_callbacks callbacks; /* unset members are skipped; the store is written in any case */
};

/* Blocks. true: drained or stopped in order; false: e says why it cannot go on (e.g. LocalDisk). */
bool engine_run(struct store *s, const struct engine_config *c, struct err *e);

/* One login attempt on each side, under the limits of visits (NULL: none); another one where a server is throttling.
 * The result is stored by the caller if wanted. */
bool engine_test(struct store *s, int64_t mailbox, const struct mail_context *ctx, const struct visits *visits,
		 struct err *e);

/* Patterns of --skip-folder: shell globs on display names, without case. */
bool folder_skipped_by(const char *patterns, const char *display, char *which, size_t size);

#endif
