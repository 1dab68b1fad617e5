/* SPDX-License-Identifier: MIT
 *
 * memberships.c - of which groups a user is a member, also through other groups (Graph v1.0, List a user's memberships:
 * GET /users/{userPrincipalName}/transitiveMemberOf; pages as in exchange-wire.md D.1).
 */
#include <string.h>

#include "core/admin/graph/graph_int.h"

#define GROUPS_MAX 20000U

struct found {
	json_t *list;
	json_int_t unnamed;
};

static bool on_group(void *arg, const json_t *row, struct err *e) {
	struct found *f = arg;
	const char *name = json_str(row, "displayName"), *mail = json_str(row, "mail");
	/* Roles and administrative units are members' homes too, and grant nothing in a mailbox. */
	if (strcmp(json_str(row, "@odata.type"), "#microsoft.graph.group") != 0)
		return true;
	/* Limited information: an app that may read users but no groups gets ids with nothing else. */
	if (!*name && !*mail) {
		f->unnamed++;
		return true;
	}
	if (json_array_size(f->list) >= GROUPS_MAX)
		return err_set(e, ERR_SERVER_BUG, "Graph names more than %u groups of one user", GROUPS_MAX);
	return json_array_append_new(f->list, json_pack("{s:s, s:s}", "name", name, "mail", mail)) == 0 || err_nomem(e);
}

json_t *graph_ask_groups(struct exo *x, const char *user, struct err *e) {
	struct found f = { .list = json_array() };
	struct graph *g = f.list ? exo_graph(x, e) : NULL;
	struct buf path;
	buf_init(&path, 4096);
	bool ok = g && buf_puts(&path, "/users/") && http_escape(&path, user) &&
		  buf_puts(&path, "/transitiveMemberOf?$select=id,displayName,mail&$top=999");
	if (g && !ok)
		err_set(e, ERR_INPUT, "The user's name is too long");
	ok = ok && graph_pages(g, path.data, NULL, on_group, &f, NULL, 0, e);
	buf_free(&path);
	json_t *out = ok ? json_pack("{s:O, s:I}", "groups", f.list, "unnamed", f.unnamed) : NULL;
	if (ok && !out)
		err_nomem(e);
	json_decref(f.list);
	return out;
}
