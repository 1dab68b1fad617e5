/* SPDX-License-Identifier: MIT
 *
 * clock.c - see clock.h.
 */
#include "core/base/clock.h"

#include <time.h>

static int64_t read_ms(clockid_t id) {
	struct timespec t;
	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

mono_ms_t mono_ms(void) { return read_ms(CLOCK_BOOTTIME); }

wall_ms_t wall_ms(void) { return read_ms(CLOCK_REALTIME); }

struct timespec clock_in_ms(unsigned ms) {
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}
