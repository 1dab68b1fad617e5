/* SPDX-License-Identifier: MIT
 *
 * record_looks.c - columns of records for the console: made from their table, with what stands out.
 */
#include "tui/tables/record_looks.h"

#include <string.h>

#include "tui/tables/columns.h"

/* A text that begins so. */
static const struct {
	const struct record_list *list;
	const char *column, *text;
	enum style style;
} looks[] = {
	{ &record_users, "accountEnabled", "no", ST_WARN },
	{ &record_subscriptions, "free", "0", ST_WARN },
	{ &record_subscriptions, "status", "Enabled", ST_GOOD },
	{ &record_subscriptions, "status", "", ST_WARN },
	{ &record_permissions, "orphan", "yes", ST_BAD },
	{ &record_permissions, "fullAccess", "Deny", ST_BAD },
	{ &record_permissions, "fullAccess", "Inherited", ST_DIM },
	{ &record_permissions, "sendAs", "Deny", ST_BAD },
	{ &record_permissions, "sendAs", "Inherited", ST_DIM },
	{ &record_permissions, "sendOnBehalf", "Inherited", ST_DIM },
	{ &record_devices, "accessState", "Allowed", ST_GOOD },
	{ &record_devices, "accessState", "Quarantined", ST_WARN },
	{ &record_devices, "accessState", "Blocked", ST_BAD },
	{ &record_devices, "status", "DeviceWipe", ST_BAD },
	{ &record_devices, "status", "AccountOnly", ST_WARN },
	{ &record_enrolments, "state", "Ready", ST_GOOD },
	{ &record_enrolments, "problem", "", ST_BAD },
	{ &record_health, "resolved", "no", ST_BAD },
	{ &record_announcements, "unread", "yes", ST_STRONG },
	{ &record_announcements, "severity", "critical", ST_BAD },
	{ &record_announcements, "severity", "high", ST_WARN },
	{ &record_announcements, "actBy", "", ST_WARN },
	{ &record_feed, "unread", "yes", ST_STRONG },
	{ &record_tasks, "state", "Running", ST_BUSY },
	{ &record_tasks, "state", "Done, ", ST_WARN },
	{ &record_tasks, "state", "Done", ST_GOOD },
	{ &record_tasks, "state", "Failed", ST_BAD },
	{ &record_tasks, "state", "", ST_WARN },
	{ &record_tasks, "failed", "0", ST_TEXT },
	{ &record_tasks, "failed", "", ST_BAD },
	{ &record_tasks, "error", "", ST_BAD },
	{ &record_task_items, "state", "Done", ST_GOOD },
	{ &record_task_items, "state", "Failed", ST_BAD },
	{ &record_audit, "outcome", "Failed", ST_BAD },
};

enum style record_style(const struct record_list *l, const char *column, const char *text) {
	for (size_t i = 0; *text && i < sizeof looks / sizeof *looks; i++)
		if (looks[i].list == l && strcmp(looks[i].column, column) == 0 &&
		    strncmp(looks[i].text, text, strlen(looks[i].text)) == 0)
			return looks[i].style;
	return ST_TEXT;
}

void columns_of_records(const struct record_list *l, struct column out[COLUMNS_MAX + 1]) {
	size_t n = 0;
	for (size_t i = 0; i < l->column_count && n < COLUMNS_MAX; i++) {
		const struct record_column *from = &l->columns[i];
		if (from->rank >= RANK_DETAIL)
			continue;
		out[n++] = (struct column){ .title = from->title,
					    .name = from->name,
					    .width = from->width,
					    .grow = from->grow,
					    .right = from->type == CELL_NUMBER || from->type == CELL_BYTES,
					    .rank = from->rank,
					    .sort = (int)i,
					    .records = l };
	}
	out[n] = (struct column){ .title = NULL };
}
