/* SPDX-License-Identifier: MIT
 *
 * service.c - service health and announcements (G): lists with pages by $skip, single ones, marks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/servers/tenant/tenant.h"

/* A page of the rows whose doc fits $filter. */
static void list(struct ask *q, struct answer *a, const char *table) {
	char sql[100], link[1000];
	const char *filter = ask_query(q, "$filter"), *skip = ask_query(q, "$skip"), *top = ask_query(q, "$top");
	long from = skip ? strtol(skip, NULL, 10) : 0, size = ask_page_size(q, 100, 1000), n = 0;
	json_t *value = json_array(), *row, *body;
	bool advanced, more = false;
	size_t i;
	if (top)
		size = strtol(top, NULL, 10);
	snprintf(sql, sizeof sql, "SELECT doc AS \"doc:j\" FROM %s ORDER BY id DESC", table);
	json_t *rows = db_rows(q->w, sql, "");
	json_array_foreach(rows, i, row) {
		const json_t *doc = json_object_get(row, "doc");
		int fits = filter ? filter_fits(filter, doc, &advanced) : 1;
		if (fits < 0) {
			graph_error(a, 400, "Request_UnsupportedQuery", NULL, "Invalid filter clause: %.200s", filter);
			json_decref(rows);
			json_decref(value);
			return;
		}
		if (!fits || n++ < from)
			continue;
		if ((more = n > from + size))
			break;
		json_array_append(value, json_object_get(row, "doc"));
	}
	body = json_pack("{s:s, s:o}", "@odata.context",
			 "https://graph.microsoft.com/v1.0/$metadata#admin/serviceAnnouncement", "value", value);
	if (more && !top) {
		snprintf(link, sizeof link, "%s%s?$skip=%ld", q->w->base, q->path, from + size);
		json_object_set_new(body, "@odata.nextLink", json_string(link));
	}
	json_decref(rows);
	answer_json(a, 200, body);
}

void issues_list(struct ask *q, struct answer *a) {
	list(q, a, "issue");
}
void messages_list(struct ask *q, struct answer *a) {
	list(q, a, "message");
}

static void one(struct ask *q, struct answer *a, const char *table) {
	char sql[100];
	snprintf(sql, sizeof sql, "SELECT doc AS \"doc:j\" FROM %s WHERE id = ?", table);
	json_t *row = db_row(q->w, sql, "s", q->arg[0]);
	if (row)
		answer_json(a, 200, json_incref(json_object_get(row, "doc")));
	else
		graph_error(a, 404, "Request_ResourceNotFound", NULL, "The message or issue %s was not found.",
			    q->arg[0]);
	json_decref(row);
}

void issue_get(struct ask *q, struct answer *a) {
	one(q, a, "issue");
}
void message_get(struct ask *q, struct answer *a) {
	one(q, a, "message");
}

/* The overview of one service, from its open issues. */
static json_t *overview(struct ask *q, const char *service, bool with_issues) {
	json_t *rows = db_rows(q->w, "SELECT doc AS \"doc:j\" FROM issue WHERE doc->>'$.service' = ? ORDER BY id", "s",
			       service);
	json_t *issues = json_array(), *row;
	const char *status = "serviceOperational";
	size_t i;
	json_array_foreach(rows, i, row) {
		const json_t *doc = json_object_get(row, "doc");
		if (json_is_false(json_object_get(doc, "isResolved")))
			status = json_string_value(json_object_get(doc, "status"));
		json_array_append(issues, json_object_get(row, "doc"));
	}
	json_t *health = json_pack("{s:s, s:s, s:s}", "id", service, "service", service, "status", status);
	if (with_issues)
		json_object_set(health, "issues", issues);
	json_decref(issues);
	json_decref(rows);
	return health;
}

void health_list(struct ask *q, struct answer *a) {
	static const char *const services[] = { "Exchange Online", "Identity Service", "Microsoft Teams",
						"SharePoint Online" };
	const char *expand = ask_query(q, "$expand");
	bool with_issues = expand && strcmp(expand, "issues") == 0;
	json_t *value = json_array();
	for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
		if (q->arg[0][0] && strcmp(q->arg[0], services[i]) == 0) {
			answer_json(a, 200, overview(q, services[i], with_issues));
			json_decref(value);
			return;
		}
		json_array_append_new(value, overview(q, services[i], with_issues));
	}
	if (q->arg[0][0]) {
		json_decref(value);
		graph_error(a, 404, "Request_ResourceNotFound", NULL, "The service %s was not found.", q->arg[0]);
	} else
		answer_json(a, 200, json_pack("{s:o}", "value", value));
}

/* markRead and the like: delegated only, which the route's role sees to. */
void messages_mark(struct ask *q, struct answer *a) {
	static const struct {
		const char *action, *member;
		int value;
	} marks[] = { { "markRead", "isRead", 1 },	{ "markUnread", "isRead", 0 },
		      { "archive", "isArchived", 1 },	{ "unarchive", "isArchived", 0 },
		      { "favorite", "isFavorited", 1 }, { "unfavorite", "isFavorited", 0 } };
	json_t *ids = json_object_get(q->body, "messageIds"), *id;
	char path[100], why[400];
	size_t i, m = 0;
	while (m < sizeof marks / sizeof *marks && strcmp(marks[m].action, q->arg[0]) != 0)
		m++;
	if (m == sizeof marks / sizeof *marks)
		graph_error(a, 404, "Request_ResourceNotFound", NULL, "Resource not found for the segment '%s'.",
			    q->arg[0]);
	else if (!json_is_array(ids) ||
		 (q->w->csdl && !csdl_fits_action(q->w->csdl, "Collection(graph.serviceUpdateMessage)", q->arg[0],
						  q->body, why, sizeof why)))
		graph_error(a, 400, "Request_BadRequest", NULL, "messageIds is missing or does not fit.");
	else {
		snprintf(path, sizeof path, "$.viewPoint.%s", marks[m].member);
		json_array_foreach(ids, i, id) {
			db_do(q->w, "UPDATE message SET doc = json_set(doc, ?, json(?)) WHERE id = ?", "sss", path,
			      marks[m].value ? "true" : "false", json_string_value(id));
		}
		answer_json(a, 200, json_pack("{s:b}", "value", 1));
	}
}
