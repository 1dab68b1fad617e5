/* SPDX-License-Identifier: MIT
 *
 * fetch.h - streams message bodies: a queue of UIDs, a window of UID FETCH commands in flight.
 */
#ifndef MAILVAN_MAIL_IMAP_FETCH_H
#define MAILVAN_MAIL_IMAP_FETCH_H

#include "core/mail/imap/session.h"

#define FETCH_UIDS 64	 /* per command: one bit each below */
#define FETCH_COMMANDS 8 /* in flight: 512 messages, so that 30 ms of distance cost nothing */

struct fetch_command {
	uint32_t seq;
	unsigned n;
	uint64_t got, nil; /* bit per uid: delivered; the server said NIL */
	uint32_t uid[FETCH_UIDS];
};

struct uid_queue {
	uint32_t *uids;
	size_t head, count, cap;
};

struct fetcher {
	struct imap_session *s;
	struct uid_queue waiting;
	struct uid_queue single; /* of refused commands: each alone, so that one does not fail the others */
	struct fetch_command flight[FETCH_COMMANDS];
	unsigned flying;
	size_t in_flight; /* asked for, neither ended nor missing */
	const struct source_sink *sink; /* during fetch_step */
	/* The message whose response is being read. */
	bool body, discard; /* a BODY[] literal was begun; it is not wanted */
	uint32_t body_uid;  /* as given to begin() */
	uint64_t discarded;
	mono_ms_t hold_until; /* the server asked for a pause */
};

void fetch_init(struct fetcher *f, struct imap_session *s);
void fetch_free(struct fetcher *f);
bool fetch_queue(struct fetcher *f, const uint32_t *uids, size_t n, struct err *e);
/* Messages asked for and not settled; 1 while only the answer to a command is outstanding, so that 0 means
 * that other commands may be sent. */
size_t fetch_pending(const struct fetcher *f);
bool fetch_step(struct fetcher *f, const struct source_sink *sink, bool *progress, struct err *e);

#endif
