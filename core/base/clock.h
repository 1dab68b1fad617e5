/* SPDX-License-Identifier: MIT
 *
 * clock.h - two clocks that must not be mixed up.
 *
 * mono_ms is CLOCK_BOOTTIME: it goes on during suspend, so that a worker that
 * slept knows its lease is over. wall_ms is for people and for the store.
 */
#ifndef MAILVAN_BASE_CLOCK_H
#define MAILVAN_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

typedef int64_t mono_ms_t;
typedef int64_t wall_ms_t;

mono_ms_t mono_ms(void);
wall_ms_t wall_ms(void);
/* For pthread_cond_timedwait: that long from now. */
struct timespec clock_in_ms(unsigned ms);

#endif
