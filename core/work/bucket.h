/* SPDX-License-Identifier: MIT
 *
 * bucket.h - a bandwidth cap: what this process may read of it, in slices of a quarter of a second that the project's
 * store grants (store/rate.h).
 *
 * Readers take after they have read, which may leave a debt; while there is one nobody reads, and the next slice
 * pays it. So the mean is exact, over all processes.
 */
#ifndef MAILVAN_WORK_BUCKET_H
#define MAILVAN_WORK_BUCKET_H

#include <stdint.h>

#include "core/base/clock.h"

struct bucket {
	uint64_t rate; /* bytes per second; 0 = no cap */
	int64_t tokens;
	mono_ms_t wait_until;
};

/* Another rate from now on; what is owed stays owed. */
void bucket_set(struct bucket *b, uint64_t rate);
void bucket_take(struct bucket *b, uint64_t bytes);
/* How much to ask the store for now: what is owed, and a slice. 0: there is enough. */
uint64_t bucket_wants(const struct bucket *b);
/* The store has granted them, and the line is taken for line_ms then. */
void bucket_got(struct bucket *b, uint64_t bytes, int64_t line_ms, mono_ms_t now);
/* How long to wait before the next read: 0 = read. */
unsigned bucket_pause_ms(const struct bucket *b, mono_ms_t now);

#endif
