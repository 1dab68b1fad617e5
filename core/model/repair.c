/* SPDX-License-Identifier: MIT
 *
 * repair.c - names of rungs and modes.
 */
#include "core/model/repair.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/text.h"

static const struct {
	const char *name, *label;
} rungs[REPAIR_RUNG_COUNT] = {
	[REPAIR_NONE] = { "none", "none" },
	[REPAIR_LINES] = { "line-endings", "line endings" },
	[REPAIR_NUL] = { "nul", "NUL bytes" },
	[REPAIR_HEADERS] = { "headers", "headers" },
	[REPAIR_FIELDS] = { "fields", "Date or From" },
	[REPAIR_BODY] = { "body", "body encoding" },
	[REPAIR_WRAP] = { "wrapped", "wrapped" },
};

const char *repair_name(enum repair_rung r) {
	return (unsigned)r < REPAIR_RUNG_COUNT ? rungs[r].name : rungs[REPAIR_NONE].name;
}

const char *repair_label(enum repair_rung r) {
	return (unsigned)r < REPAIR_RUNG_COUNT ? rungs[r].label : rungs[REPAIR_NONE].label;
}

enum repair_rung repair_parse(const char *name) {
	for (int i = 0; i < REPAIR_RUNG_COUNT; i++)
		if (strcmp(rungs[i].name, name) == 0)
			return (enum repair_rung)i;
	return REPAIR_NONE;
}

bool repair_mode_parse(const char *name, enum repair_mode *out) {
	static const char *const modes[] = { [REPAIR_OFF] = "off", [REPAIR_SAFE] = "safe", [REPAIR_ALL] = "all" };
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		if (strcmp(modes[i], name) == 0) {
			*out = (enum repair_mode)i;
			return true;
		}
	}
	return false;
}

bool repair_allowed(enum repair_mode mode, enum repair_rung r) {
	return mode == REPAIR_ALL || (mode == REPAIR_SAFE && r != REPAIR_WRAP);
}

void repair_totals_text(char *dst, size_t size, const struct repair_totals *t) {
	struct buf text;
	char n[24];
	const char *between = ":";
	buf_init(&text, 512);
	text_count(n, sizeof n, t->all);
	if (t->all)
		buf_printf(&text, "%s message%s arrived repaired", n, t->all == 1 ? "" : "s");
	for (int i = 0; i < REPAIR_RUNG_COUNT; i++) {
		if (!t->by_rung[i])
			continue;
		text_count(n, sizeof n, t->by_rung[i]);
		buf_printf(&text, "%s %s %s", between, rungs[i].label, n);
		between = ",";
	}
	text_copy(dst, size, text.data ? text.data : "");
	buf_free(&text);
}
