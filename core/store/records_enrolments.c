/* SPDX-License-Identifier: MIT
 *
 * records_enrolments.c - the lists of enrolment batches and of the users in them, column by column.
 */
#include "core/store/enrolments.h"
#include "core/store/records.h"

/* A row's own value, or the batch's. */
#define OF(name) "coalesce(nullif(r." name ", ''), b." name ")"

static const struct record_column enrolments_columns[] = {
	{ "email", "E-mail", "r.mail", CELL_TEXT, 20, 3, 0 },
	{ "user", "User", "r.user", CELL_TEXT, 14, 2, 2 },
	{ "batch", "Batch", "b.name", CELL_TEXT, 10, 0, 3 },
	{ "state", "State", "r.state", CELL_TEXT, 12, 0, 0 },
	/* Begun days; unixepoch() cuts to seconds, which must not make an eighth. */
	{ "daysLeft", "Password days",
	  "CASE WHEN r.expires = 0 THEN NULL ELSE max(0, (r.expires - unixepoch() * 1000 + 86399000) / 86400000) END",
	  CELL_NUMBER, 8, 0, 1 },
	{ "problem", "Problem", "r.problem", CELL_TEXT, 20, 2, 1 },
	{ "note", "Note", "r.note", CELL_TEXT, 20, 0, RANK_DETAIL },
	{ "company", "Company", OF("company"), CELL_TEXT, 12, 0, RANK_DETAIL },
	{ "contact", "Business contact", OF("contact"), CELL_TEXT, 12, 0, RANK_DETAIL },
	{ "contactEmail", "Contact e-mail", OF("contact_mail"), CELL_TEXT, 12, 0, RANK_DETAIL },
	{ "requestor", "Activation requestor", OF("requestor"), CELL_TEXT, 12, 0, RANK_DETAIL },
	{ "requestNumber", "Service request", OF("request_number"), CELL_TEXT, 12, 0, RANK_DETAIL },
	{ "policy", "IT policy", OF("policy"), CELL_TEXT, 12, 0, RANK_DETAIL },
	{ "server", "Server", OF("server"), CELL_TEXT, 12, 0, RANK_DETAIL },
	{ "license", "Licence id", "r.license", CELL_TEXT, 12, 0, RANK_DETAIL },
	{ "dataPlan", "Enterprise data plan", "r.data_plan", CELL_YES, 6, 0, RANK_DETAIL },
	{ "removed", "Removed elsewhere", "r.removed", CELL_YES, 6, 0, RANK_DETAIL },
	{ "reached", "Mailbox reached", "r.reached", CELL_TIME, 16, 0, RANK_DETAIL },
	{ "passwordUntil", "Password valid until", "r.expires", CELL_TIME, 16, 0, RANK_DETAIL },
	{ "userPrincipalName", "Sign-in name", "r.upn", CELL_TEXT, 20, 0, RANK_DETAIL },
};
static const struct record_filter enrolments_filters[] = {
	{ "ready", "Ready to send", "r.state = 'Ready'" },
	{ "problem", "With a problem", "r.problem <> ''" },
	{ "sent", "Sent, not active yet", "r.state = 'Sent'" },
	{ "expired", "Password expired", "r.expires BETWEEN 1 AND unixepoch() * 1000" },
};
const struct record_list record_enrolments = {
	.name = "enrolments",
	.title = "Enrolments",
	.object = "enrolment row",
	.from = "enrolment_row r JOIN enrolment b ON b.id = r.batch",
	.label = "r.mail",
	.search = "r.mail || ' ' || r.user || ' ' || r.upn || ' ' || b.name",
	.empty = "Nobody is in an enrolment batch yet: `mailvan device enrol new` makes one, `... add` adds users.",
	.columns = enrolments_columns,
	.column_count = sizeof enrolments_columns / sizeof enrolments_columns[0],
	.filters = enrolments_filters,
	.filter_count = sizeof enrolments_filters / sizeof enrolments_filters[0],
	.sort = 0,
};

#define ROWS(where) "(SELECT count(*) FROM enrolment_row x WHERE x.batch = r.id" where ")"

static const struct record_column batches_columns[] = {
	{ "batch", "Batch", "r.name", CELL_TEXT, 14, 2, 0 },
	{ "server", "Server", "r.server", CELL_TEXT, 14, 2, 0 },
	{ "company", "Company", "r.company", CELL_TEXT, 14, 2, 1 },
	{ "rows", "Users", ROWS(""), CELL_NUMBER, 7, 0, 0 },
	{ "ready", "Ready", ROWS(" AND x.state = 'Ready'"), CELL_NUMBER, 7, 0, 0 },
	{ "problems", "Problems", ROWS(" AND x.problem <> ''"), CELL_NUMBER, 8, 0, 0 },
	{ "sent", "Sent", ROWS(" AND x.state = 'Sent'"), CELL_NUMBER, 7, 0, 1 },
	{ "active", "Active", ROWS(" AND x.state = 'Active'"), CELL_NUMBER, 7, 0, 1 },
	{ "failed", "Failed", ROWS(" AND x.state = 'Failed'"), CELL_NUMBER, 7, 0, 1 },
	{ "made", "Made", "r.made", CELL_TIME, 16, 0, 2 },
};
const struct record_list record_enrolment_batches = {
	.name = "enrolment-batches",
	.title = "Enrolment batches",
	.object = "batch",
	.from = "enrolment r",
	.label = "r.name",
	.search = "r.name || ' ' || r.server || ' ' || r.company",
	.empty = "No enrolment batch yet; mailvan device enrol new makes one.",
	.columns = batches_columns,
	.column_count = sizeof batches_columns / sizeof batches_columns[0],
	.sort = 0,
};
