/* SPDX-License-Identifier: MIT
 *
 * mailbox.c - the table of mailbox states and the accounting identity.
 */
#include "core/model/mailbox.h"

static const struct {
	const char *name;
	bool active, finished;
} states[MBOX_STATE_COUNT] = {
#define STATE(sym, name, active, finished) [MBOX_##sym] = { name, active, finished },
	MAILBOX_STATES(STATE)
#undef STATE
};

const char *mailbox_state_name(enum mailbox_state s) {
	return (unsigned)s < MBOX_STATE_COUNT ? states[s].name : "Unknown";
}

bool mailbox_state_active(enum mailbox_state s) {
	return (unsigned)s < MBOX_STATE_COUNT && states[s].active;
}

bool mailbox_state_finished(enum mailbox_state s) {
	return (unsigned)s < MBOX_STATE_COUNT && states[s].finished;
}

uint64_t counts_settled(const struct counts *c) {
	return c->copied + c->adopted + c->merged + c->skipped + c->vanished;
}

bool counts_hold(const struct counts *c) {
	return c->source == counts_settled(c) + c->failed + c->pending;
}

void counts_add(struct counts *sum, const struct counts *c) {
	sum->source += c->source;
	sum->copied += c->copied;
	sum->adopted += c->adopted;
	sum->merged += c->merged;
	sum->skipped += c->skipped;
	sum->failed += c->failed;
	sum->vanished += c->vanished;
	sum->pending += c->pending;
}

unsigned counts_permille(const struct counts *c) {
	if (c->pending + c->failed == 0)
		return 1000;
	uint64_t settled = counts_settled(c);
	unsigned p = c->source ? (unsigned)(settled * 1000 / c->source) : 0;
	return p > 999 ? 999 : p;
}
