/* SPDX-License-Identifier: MIT
 *
 * cut_lib.h - a wire on 127.0.0.1, in a thread, that is cut once after a certain byte.
 */
#ifndef MAILVAN_TESTS_CRASH_CUT_LIB_H
#define MAILVAN_TESTS_CRASH_CUT_LIB_H

#include <stdbool.h>
#include <stdint.h>

enum cut_how {
	CUT_RESET, /* both ends see a reset */
	CUT_CLOSE, /* both ends see an orderly end */
	CUT_STALL, /* nothing arrives any more, nothing is closed */
	CUT_HOWS
};
enum cut_direction { CUT_TO_SERVER, CUT_TO_CLIENT, CUT_DIRECTIONS };

struct cut_plan {
	enum cut_how how;
	enum cut_direction direction;
	uint64_t after; /* this many bytes of the direction arrive, over all connections; then the one at hand is cut */
};

struct wire;

/* NULL when it cannot listen. */
struct wire *wire_start(uint16_t server_port);
void wire_stop(struct wire *w);
uint16_t wire_port(const struct wire *w);
/* Counting starts anew. plan NULL: it is only counted. */
void wire_arm(struct wire *w, const struct cut_plan *plan);
bool wire_was_cut(struct wire *w);
/* Bytes that have passed since wire_arm. */
uint64_t wire_passed(struct wire *w, enum cut_direction d);

#endif
