/* SPDX-License-Identifier: MIT
 *
 * bucket.h - a bandwidth cap: one token bucket for all that read through it.
 *
 * Readers take after they have read, which may leave a debt; while there is one nobody reads. So the mean is
 * exact, and what may be read at once without waiting is a quarter of a second's worth.
 */
#ifndef MAILVAN_WORK_BUCKET_H
#define MAILVAN_WORK_BUCKET_H

#include <stdint.h>

#include "core/base/clock.h"

struct bucket {
	uint64_t rate; /* bytes per second; 0 = no cap */
	double tokens;
	mono_ms_t filled;
};

/* Another rate from now on; what is owed stays owed. */
void bucket_set(struct bucket *b, uint64_t rate, mono_ms_t now);
void bucket_take(struct bucket *b, uint64_t bytes, mono_ms_t now);
/* How long to wait before the next read: 0 = read. */
unsigned bucket_pause_ms(struct bucket *b, mono_ms_t now);

#endif
