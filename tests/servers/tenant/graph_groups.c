/* SPDX-License-Identifier: MIT
 *
 * graph_groups.c - of which groups, roles and units a user is a member, also through others (Graph v1.0,
 * user-list-transitivememberof). Nothing is seeded: a test writes into `grouping` and `member`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/tenant/tenant.h"

#define READS_NAMES "GroupMember.Read.All Group.Read.All Directory.Read.All Directory.ReadWrite.All"

/* A name that is a property of none of the types that may be in the answer. */
static bool select_fits(struct ask *q, struct answer *a) {
	static const char *const types[] = { "graph.group", "graph.directoryRole", "graph.administrativeUnit" };
	char words[2000];
	const char *select = ask_query(q, "$select");
	snprintf(words, sizeof words, "%s", select ? select : "");
	for (char *save, *w = strtok_r(words, ", ", &save); w && q->w->csdl; w = strtok_r(NULL, ", ", &save)) {
		bool known = false;
		for (size_t i = 0; i < sizeof types / sizeof *types; i++)
			known |= csdl_has(q->w->csdl, types[i], w);
		if (!known) {
			graph_error(
				a, 400, "Request_BadRequest", NULL,
				"Parsing OData Select and Expand failed: Could not find a property named '%s' on type "
				"'microsoft.graph.directoryObject'.",
				w);
			return false;
		}
	}
	return true;
}

/* Default and largest page of the page named above: 100 and 999. What else it takes makes it an advanced query. */
static long groups_page(struct ask *q, struct answer *a) {
	const char *top = ask_query(q, "$top");
	long n = top ? strtol(top, NULL, 10) : 100;
	if (n >= 1 && n <= 999 && !ask_query(q, "$filter") && !ask_query(q, "$search") && !ask_query(q, "$orderby"))
		return n;
	graph_error(a, 400, "Request_UnsupportedQuery", NULL,
		    "Page sizes are 1 to 999; $filter, $search and $orderby are not known to the tenant server.");
	return 0;
}

/* Who may not read groups gets their types and ids, and null for the rest (limited information). */
static json_t *group_view(struct ask *q, const json_t *row) {
	bool named = holds_role(q->claims, READS_NAMES);
	const char *type = json_string_value(json_object_get(row, "type"));
	json_t *view = json_pack("{s:o, s:O}", "@odata.type", json_sprintf("#microsoft.graph.%s", type), "id",
				 json_object_get(row, "guid"));
	json_object_set(view, "displayName", named ? json_object_get(row, "name") : json_null());
	if (strcmp(type, "group") == 0)
		json_object_set(view, "mail", named ? json_object_get(row, "mail") : json_null());
	return view;
}

void user_groups(struct ask *q, struct answer *a) {
	const char *skip = ask_query(q, "$skiptoken");
	int64_t from = skip ? strtoll(skip, NULL, 10) : 0;
	long size = groups_page(q, a);
	json_t *row, *user = size && select_fits(q, a) ? user_find(q, a, q->arg[0]) : NULL;
	if (!user)
		return;
	json_t *rows =
		db_rows(q->w,
			"WITH RECURSIVE up(guid) AS (SELECT ?1 UNION SELECT g.guid FROM up JOIN member m ON m.guid = "
			"up.guid JOIN grouping g ON g.n = m.grouping) SELECT g.guid, g.type, g.name, g.mail FROM "
			"grouping g WHERE g.guid IN (SELECT guid FROM up) ORDER BY g.n LIMIT ?2 OFFSET ?3",
			"sii", json_string_value(json_object_get(user, "guid")), (int64_t)size + 1, from);
	json_t *value = json_array(), *body = json_pack("{s:s}", "@odata.context",
							"https://graph.microsoft.com/v1.0/$metadata#directoryObjects");
	size_t i;
	json_array_foreach(rows, i, row) {
		if ((long)i < size)
			json_array_append_new(value, group_view(q, row));
		else
			json_object_set_new(body, "@odata.nextLink",
					    json_sprintf("%s%s?$select=id,displayName,mail&$top=%ld&$skiptoken=%lld",
							 q->w->base, q->path, size, (long long)from + size));
	}
	json_object_set_new(body, "value", value);
	answer_json(a, 200, body);
	json_decref(rows);
	json_decref(user);
}
