/* SPDX-License-Identifier: MIT
 *
 * test_repair.h - messages with faults, for the engine's tests of what becomes of refused content.
 */
#ifndef TESTS_ENGINE_TEST_REPAIR_H
#define TESTS_ENGINE_TEST_REPAIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/servers/quirk_world_lib.h"

#define UNUSED __attribute__((unused))

#define NAME "Message-ID: <special@quirk.example>\r\n"
#define DATE "Date: Thu, 12 Mar 2020 10:00:00 +0000\r\n"
#define FROM "From: a@b.example\r\n"
#define MADE_DATE "Date: 12 Mar 2020 10:00:00 +0000\r\n"
#define MADE_FROM "From: Unknown sender <unknown@unknown.invalid>\r\n"

UNUSED static const struct quirks good = { 0 };

/* One message with a defect, what becomes of it, and by which rung. */
struct defect {
	const char *label, *text;
	size_t size; /* 0 = up to its NUL */
	const char *repaired;
	enum repair_rung rung;
	unsigned refusals; /* streamed, alone, and after each rung that did not help */
	unsigned refused;  /* enum quirk_defect */
};

/* A test's initial_state, of which the world knows only the first member. */
struct repair_case {
	struct quirks profile;
	const struct defect *defect;
};
UNUSED static const struct defect *defect_of(const struct quirk_world *w) {
	return ((const struct repair_case *)w->profile)->defect;
}

UNUSED static const struct defect bare_lf = { .label = "bare LF",
				       .text = NAME FROM DATE "\r\none\ntwo\r\n",
				       .repaired = NAME FROM DATE "\r\none\r\ntwo\r\n",
				       .rung = REPAIR_LINES,
				       .refusals = 2,
				       .refused = DEFECT_BARE_LINE };
UNUSED static const struct defect no_date = { .label = "no Date",
				       .text = NAME FROM "\r\nspecial\r\n",
				       .repaired = MADE_DATE NAME FROM "\r\nspecial\r\n",
				       .rung = REPAIR_FIELDS,
				       .refusals = 2,
				       .refused = DEFECT_NO_DATE };
UNUSED static void fill(struct quirk_world *w, const struct defect *d, unsigned times) {
	quirk_fill(w->source, "INBOX", 1, 19);
	for (unsigned i = 0; i < times; i++)
		quirk_add(
			w->source, "INBOX",
			&(struct quirk_message){
				.text = d->text, .size = d->size, .repaired = d->repaired, .flags = "\\Seen $Label" });
	quirk_fill(w->source, "INBOX", 21, 40);
}

UNUSED static struct repair_totals totals(struct quirk_world *w) {
	struct repair_totals t;
	struct err e;
	if (!repairs_totals(w->store, NULL, &t, &e))
		fail_msg("%s", e.text);
	return t;
}

UNUSED static void set_repair(struct quirk_world *w, const char *mode) {
	struct err e;
	assert_true(setting_set(w->store, "repair", mode, &e));
}

#endif
