/* SPDX-License-Identifier: MIT
 *
 * handlers_permission_import.c - permissions granted and revoked by a CSV.
 */
#include <stdio.h>

#include "core/base/text.h"
#include "import/permissions.h"
#include "tui/model/handlers.h"
#include "tui/model/permission_plan.h"
#include "tui/model/csv_import.h"

enum { GRANTS, REVOKES };

static void count_rights(struct csv_import *t, size_t i) {
	struct permission_wishes w;
	if (!import_permission(&t->rows, i, &w))
		return;
	for (size_t r = 0; r < 3; r++) {
		t->wishes[GRANTS] += w.right[r] == PERMISSION_GRANT;
		t->wishes[REVOKES] += w.right[r] == PERMISSION_REVOKE;
	}
}

static void permissions_summary(const struct csv_import *t, char *dst, size_t size) {
	char grants[32], revokes[32];
	text_count(grants, sizeof grants, t->wishes[GRANTS]);
	text_count(revokes, sizeof revokes, t->wishes[REVOKES]);
	snprintf(dst, size, "%s to grant · %s to revoke; what is so already stays", grants, revokes);
}

static void permissions_label(const struct csv_import *t, char *dst, size_t size) {
	char grants[48] = "", revokes[48] = "", n[32];
	text_count(n, sizeof n, t->wishes[GRANTS]);
	if (t->wishes[GRANTS])
		snprintf(grants, sizeof grants, ": %s to grant", n);
	text_count(n, sizeof n, t->wishes[REVOKES]);
	if (t->wishes[REVOKES])
		snprintf(revokes, sizeof revokes, "%s %s to revoke", *grants ? "," : ":", n);
	snprintf(dst, size, "Import permissions%s%s", grants, revokes);
}

static bool add_rights(struct task_plan *p, const struct import_table_result *rows, size_t i, struct err *e) {
	struct permission_wishes w;
	if (!import_permission(rows, i, &w))
		return true;
	for (size_t r = 0; r < 3; r++)
		if (w.right[r] != PERMISSION_LEAVE &&
		    !permission_plan_add(p, r, w.right[r] == PERMISSION_GRANT, w.mailbox, w.trustee, w.auto_mapping, e))
			return false;
	return true;
}

void do_permission_import(struct console *c, const char *arg) {
	static const struct csv_kind permissions = {
		.title = "Import permissions",
		.columns = "Mailbox, Trustee, FullAccess, SendAs, SendOnBehalf (yes, no, -), AutoMapping.",
		.reading = "Reading the list of permissions",
		.read = import_permissions,
		.count = count_rights,
		.summary = permissions_summary,
		.label = permissions_label,
		.add = add_rights
	};
	csv_import_open(c, &permissions, arg);
}
