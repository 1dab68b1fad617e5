/* SPDX-License-Identifier: MIT
 *
 * bucket.c - see bucket.h.
 */
#include "core/work/bucket.h"

#define SLICE_MS 250
#define ASK_MS 5 /* somebody else is asking the store at this moment */
#define PAUSE_MAX_MS 60000

void bucket_set(struct bucket *b, uint64_t rate) {
	if (rate == b->rate)
		return;
	if (b->tokens > 0 || !b->rate)
		b->tokens = 0;
	if (!rate)
		*b = (struct bucket){ 0 };
	b->rate = rate;
}

void bucket_take(struct bucket *b, uint64_t bytes) {
	if (b->rate && bytes < INT64_MAX / 4 && b->tokens > INT64_MIN / 4)
		b->tokens -= (int64_t)bytes;
}

uint64_t bucket_wants(const struct bucket *b) {
	if (!b->rate || b->tokens >= 0)
		return 0;
	uint64_t slice = b->rate / (1000 / SLICE_MS);
	return (uint64_t)-b->tokens + (slice ? slice : 1);
}

/* A slice may be read while it is the last on the line. */
void bucket_got(struct bucket *b, uint64_t bytes, int64_t line_ms, mono_ms_t now) {
	b->tokens += (int64_t)bytes;
	b->wait_until = line_ms > SLICE_MS ? now + line_ms - SLICE_MS : now;
}

unsigned bucket_pause_ms(const struct bucket *b, mono_ms_t now) {
	if (!b->rate)
		return 0;
	mono_ms_t left = b->wait_until - now;
	if (left <= 0)
		return b->tokens < 0 ? ASK_MS : 0;
	return left > PAUSE_MAX_MS ? PAUSE_MAX_MS : (unsigned)left;
}
