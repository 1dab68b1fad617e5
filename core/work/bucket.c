/* SPDX-License-Identifier: MIT
 *
 * bucket.c - see bucket.h.
 */
#include "core/work/bucket.h"

#define FULL_MS 250

static void fill(struct bucket *b, mono_ms_t now) {
	double full = (double)b->rate * FULL_MS / 1000;
	if (now > b->filled)
		b->tokens += (double)b->rate * (double)(now - b->filled) / 1000;
	if (b->tokens > full)
		b->tokens = full;
	b->filled = now;
}

void bucket_set(struct bucket *b, uint64_t rate, mono_ms_t now) {
	if (rate == b->rate)
		return;
	if (b->rate) {
		fill(b, now);
	} else {
		b->tokens = 0;
		b->filled = now;
	}
	b->rate = rate;
}

void bucket_take(struct bucket *b, uint64_t bytes, mono_ms_t now) {
	if (!b->rate)
		return;
	fill(b, now);
	b->tokens -= (double)bytes;
}

unsigned bucket_pause_ms(struct bucket *b, mono_ms_t now) {
	if (!b->rate)
		return 0;
	fill(b, now);
	if (b->tokens >= 0)
		return 0;
	double ms = -b->tokens * 1000 / (double)b->rate + 1;
	return ms > 60000 ? 60000 : (unsigned)ms;
}
