/* SPDX-License-Identifier: MIT
 *
 * held_hosts.h - what a queued mailbox waits for when one of its hosts starts nothing for a while.
 *
 * That is known once, of the host (limits.h, place_limit); a thousand rows that wait for it need not be written.
 */
#ifndef MAILVAN_STORE_HELD_HOSTS_H
#define MAILVAN_STORE_HELD_HOSTS_H

#include "core/store/db.h"
#include "core/store/limits.h"

#define HELD_HOSTS_MAX 4096 /* of more the rows say nothing */

struct held_hosts {
	bool read; /* when the first row wants to know */
	size_t count;
	struct held_host *at; /* ascending host */
};

/* Sets throttled_until and error of a Queued row that could start but for one of these hosts ("name:port", each may be
 * NULL); the one that is held longer counts. The zero struct before the first call, held_hosts_free after the last. */
bool held_hosts_tell(struct held_hosts *h, struct db *db, const char *source, const char *target,
		     struct mailbox_row *row, struct err *e);
void held_hosts_free(struct held_hosts *h);

#endif
