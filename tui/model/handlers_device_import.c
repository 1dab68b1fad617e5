/* SPDX-License-Identifier: MIT
 *
 * handlers_device_import.c - devices allowed and blocked by a CSV.
 */
#include <stdio.h>

#include "import/devices.h"
#include "tui/model/handlers.h"
#include "tui/model/csv_import.h"

static void count_device(struct csv_import *t, size_t i) {
	struct device_wishes w;
	if (import_device(&t->rows, i, &w))
		t->wishes[w.access]++;
}

static void devices_summary(const struct csv_import *t, char *dst, size_t size) {
	snprintf(dst, size, "%llu to allow · %llu to block · %llu left to the rules",
		 (unsigned long long)t->wishes[DEVICE_WISH_ALLOW], (unsigned long long)t->wishes[DEVICE_WISH_BLOCK],
		 (unsigned long long)t->wishes[DEVICE_WISH_DEFAULT]);
}

static void devices_label(const struct csv_import *t, char *dst, size_t size) {
	uint64_t n = t->wishes[DEVICE_WISH_ALLOW] + t->wishes[DEVICE_WISH_BLOCK] + t->wishes[DEVICE_WISH_DEFAULT];
	snprintf(dst, size, "Import %llu device%s", (unsigned long long)n, n == 1 ? "" : "s");
}

static bool add_device(struct task_plan *p, const struct import_table_result *rows, size_t i, struct err *e) {
	static const enum change_verb verbs[] = { [DEVICE_WISH_ALLOW] = CHANGE_DEVICE_ALLOW,
						  [DEVICE_WISH_BLOCK] = CHANGE_DEVICE_BLOCK,
						  [DEVICE_WISH_DEFAULT] = CHANGE_DEVICE_DEFAULT };
	struct device_wishes w;
	struct args a;
	if (!import_device(rows, i, &w))
		return true;
	args_begin(&a);
	args_text(&a, "mailbox", w.mailbox);
	args_text(&a, "deviceId", w.device_id);
	const char *text = args_end(&a);
	bool ok = text ? task_plan_add(p, verbs[w.access], w.device_id, text, NULL, e) : err_nomem(e);
	args_free(&a);
	return ok;
}

void do_device_import(struct console *c, const char *arg) {
	static const struct csv_kind devices = { .title = "Import devices",
						 .columns = "Mailbox, DeviceId, Access (allow, block, default).",
						 .reading = "Reading the list of devices",
						 .read = import_devices,
						 .count = count_device,
						 .summary = devices_summary,
						 .label = devices_label,
						 .add = add_device };
	csv_import_open(c, &devices, arg);
}
