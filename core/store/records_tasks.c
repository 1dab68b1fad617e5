/* SPDX-License-Identifier: MIT
 *
 * records_tasks.c - the lists of tasks, of their items and of what was done, column by column.
 */
#include "core/store/records.h"

#define STATE_TEXT                                                                                                     \
	"CASE r.state WHEN 0 THEN 'Queued' WHEN 1 THEN 'Running' WHEN 2 THEN 'Paused' WHEN 3 THEN"                     \
	" CASE WHEN r.failed THEN 'Done, with failures' ELSE 'Done' END WHEN 4 THEN 'Failed' ELSE 'Stopped' END"

static const struct record_column tasks_columns[] = {
	{ "id", "No.", "r.id", CELL_NUMBER, 5, 0, 0 },
	{ "label", "Task", "r.label", CELL_TEXT, 24, 4, 0 },
	{ "state", "State", STATE_TEXT, CELL_TEXT, 10, 0, 0 },
	{ "items", "Items", "r.items", CELL_NUMBER, 8, 0, 2 },
	{ "done", "Done", "r.done", CELL_NUMBER, 8, 0, 1 },
	{ "failed", "Failed", "r.failed", CELL_NUMBER, 7, 0, 1 },
	{ "error", "Error", "r.error", CELL_TEXT, 16, 3, 3 },
	{ "added", "Added", "r.added", CELL_TIME, 16, 0, 4 },
	{ "started", "Started", "r.started", CELL_TIME, 16, 0, RANK_DETAIL },
	{ "finished", "Finished", "r.finished", CELL_TIME, 16, 0, 5 },
	{ "throttledUntil", "Throttled until", "r.throttled_until", CELL_TIME, 16, 0, RANK_DETAIL },
	{ "operator", "Operator", "r.who", CELL_TEXT, 16, 0, RANK_DETAIL },
	{ "undoes", "Undoes", "nullif(r.undoes, 0)", CELL_NUMBER, 6, 0, RANK_DETAIL },
	{ "verb", "Kind", "r.verb", CELL_TEXT, 12, 0, RANK_DETAIL },
};
static const struct record_filter tasks_filters[] = {
	{ "open", "Not finished", "r.state IN (0, 1, 2)" },
	{ "failed", "With failures", "r.failed > 0 OR r.state = 4" },
	{ "changes", "Changes", "r.verb = 'change'" },
};
const struct record_list record_tasks = {
	.name = "tasks",
	.title = "Tasks",
	.object = "task",
	.from = "task r",
	.label = "CAST(r.id AS TEXT)",
	.search = "r.label || ' ' || r.who",
	.empty = "No tasks yet: changes of the tenant and lists that are read appear here.",
	.columns = tasks_columns,
	.column_count = sizeof tasks_columns / sizeof tasks_columns[0],
	.filters = tasks_filters,
	.filter_count = sizeof tasks_filters / sizeof tasks_filters[0],
	.sort = 0,
	.descending = true,
};

#define ITEM_STATE                                                                                                     \
	"CASE r.state WHEN 0 THEN 'Pending' WHEN 1 THEN 'Sent' WHEN 2 THEN 'Done' WHEN 3 THEN 'Already so'"            \
	" WHEN 4 THEN 'Failed' ELSE 'Skipped' END"

static const struct record_column items_columns[] = {
	{ "n", "No.", "r.n", CELL_NUMBER, 6, 0, 0 },
	{ "target", "Target", "r.target", CELL_TEXT, 22, 3, 0 },
	{ "verb", "Change", "r.verb", CELL_TEXT, 16, 0, 2 },
	{ "state", "Result", ITEM_STATE, CELL_TEXT, 10, 0, 0 },
	{ "text", "What happened", "r.text", CELL_TEXT, 20, 4, 1 },
	{ "args", "Arguments", "r.args", CELL_JSON, 20, 0, RANK_DETAIL },
	{ "before", "Before", "r.before", CELL_JSON, 20, 0, RANK_DETAIL },
	{ "after", "After", "r.after", CELL_JSON, 20, 0, RANK_DETAIL },
	{ "requestId", "Request id", "r.request_id", CELL_TEXT, 20, 0, RANK_DETAIL },
	{ "at", "At", "r.at", CELL_TIME, 16, 0, 3 },
};
static const struct record_filter items_filters[] = {
	{ "failed", "Failed", "r.state = 4" },
	{ "open", "Not done yet", "r.state < 2" },
};
const struct record_list record_task_items = {
	.name = "task-items",
	.title = "Items of the task",
	.object = "item",
	.from = "(SELECT i.*, i.task AS parent, t.tenant FROM task_item i JOIN task t ON t.id = i.task) r",
	.label = "CAST(r.n AS TEXT)",
	.search = "r.target || ' ' || r.text",
	.empty = "This task has no items.",
	.columns = items_columns,
	.column_count = sizeof items_columns / sizeof items_columns[0],
	.filters = items_filters,
	.filter_count = sizeof items_filters / sizeof items_filters[0],
	.sort = 0,
};

/* Changes of tenants, and what operators asked the workers for. */
#define AUDIT_FROM                                                                                                     \
	"(SELECT a.id * 2 AS id, a.at, a.who, a.tenant, a.tenant_name, a.task, a.action, a.target, a.args, a.outcome," \
	" a.text, a.before, a.after, a.request_id FROM tenant_audit a UNION ALL"                                       \
	" SELECT c.id * 2 + 1, c.at, c.who, 0, '', 0, c.command, c.scope, '', c.affected || ' affected'"               \
	" || CASE WHEN c.refused THEN ', ' || c.refused || ' refused' ELSE '' END, '', NULL, NULL, '' FROM audit c) r"

static const struct record_column audit_columns[] = {
	{ "at", "When", "r.at", CELL_TIME, 16, 0, 0 },
	{ "operator", "Operator", "r.who", CELL_TEXT, 14, 1, 2 },
	{ "action", "Action", "r.action", CELL_TEXT, 12, 0, 0 },
	{ "target", "Target", "r.target", CELL_TEXT, 16, 3, 0 },
	{ "outcome", "Outcome", "r.outcome", CELL_TEXT, 10, 1, 1 },
	{ "text", "What happened", "r.text", CELL_TEXT, 14, 2, 3 },
	{ "tenant", "Tenant", "r.tenant_name", CELL_TEXT, 12, 0, 5 },
	{ "task", "Task", "nullif(r.task, 0)", CELL_NUMBER, 5, 0, 4 },
	{ "args", "Arguments", "r.args", CELL_JSON, 20, 0, RANK_DETAIL },
	{ "before", "Before", "r.before", CELL_JSON, 20, 0, RANK_DETAIL },
	{ "after", "After", "r.after", CELL_JSON, 20, 0, RANK_DETAIL },
	{ "requestId", "Request id", "r.request_id", CELL_TEXT, 20, 0, RANK_DETAIL },
};
static const struct record_filter audit_filters[] = {
	{ "tenant", "Changes of tenants", "r.tenant > 0" },
	{ "failed", "Failed", "r.outcome = 'Failed'" },
	{ "today", "Since midnight (UTC)", "r.at >= unixepoch('now', 'start of day') * 1000" },
};
const struct record_list record_audit = {
	.name = "audit",
	.title = "Audit",
	.object = "entry",
	.from = AUDIT_FROM,
	.label = "CAST(r.id AS TEXT)",
	.search = "r.who || ' ' || r.action || ' ' || r.target || ' ' || r.text",
	.empty = "Nothing has been done yet.",
	.columns = audit_columns,
	.column_count = sizeof audit_columns / sizeof audit_columns[0],
	.filters = audit_filters,
	.filter_count = sizeof audit_filters / sizeof audit_filters[0],
	.sort = 0,
	.descending = true,
	.any_tenant = true,
};
