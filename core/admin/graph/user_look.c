/* SPDX-License-Identifier: MIT
 *
 * user_look.c - what is there of some users, asked for in one request (exchange-wire.md D.1, D.7).
 */
#include "core/admin/graph/user_steps.h"

#define LOOK                                                                                                           \
	"?$select=id,displayName,userPrincipalName,accountEnabled,usageLocation,assignedLicenses,"                     \
	"onPremisesSyncEnabled,givenName,surname,department,jobTitle,companyName"

bool user_path(struct buf *b, const char *upn, const char *rest) {
	buf_init(b, HTTP_URL_MAX);
	return buf_puts(b, "/users/") && http_escape(b, upn) && buf_puts(b, rest);
}

static bool parts_of(struct graph *g, const json_t *user, json_t *list, struct err *e) {
	const json_t *assigned = json_object_get(user, "assignedLicenses");
	for (size_t i = 0; i < json_array_size(assigned); i++) {
		const char *id = json_str(json_array_get(assigned, i), "skuId"), *part = graph_sku_part(g, id, e);
		/* Who may not read their names may change everything else; what is about licences will say so. */
		if (!part && e->cat == ERR_NO_PERMISSION) {
			err_clear(e);
			part = id;
		}
		if (!part || json_array_append_new(list, json_string(part)))
			return false;
	}
	return true;
}

/* The answer to a GET of this user, in `before`'s words; see user_steps.h. */
static json_t *read_user(struct graph *g, const struct graph_part *p, struct err *e) {
	json_t *out = NULL, *licenses = json_array();
	const json_t *user = p->answer;
	if (graph_says_missing(p->status, user))
		out = json_pack("{s:b}", "exists", 0);
	else if (p->e.cat != ERR_NONE)
		*e = p->e;
	else if (parts_of(g, user, licenses, e))
		out = json_pack("{s:b, s:s, s:s, s:b, s:s, s:b, s:O}", "exists", 1, "id", json_str(user, "id"),
				"displayName", json_str(user, "displayName"), "accountEnabled",
				json_yes(user, "accountEnabled"), "usageLocation", json_str(user, "usageLocation"),
				"synced", json_yes(user, "onPremisesSyncEnabled"), "licenses", licenses);
	for (size_t i = 0; out && json_yes(out, "exists") && i < USER_PROPERTIES; i++)
		if (json_object_set_new(out, user_properties[i].arg,
					json_string(json_str(user, user_properties[i].property))) != 0) {
			json_decref(out);
			out = NULL;
			err_nomem(e);
		}
	json_decref(licenses);
	return out;
}

/* One user needs no $batch around it. */
static bool get_user(struct graph *g, struct graph_part *p, struct err *e) {
	struct http_response r = { 0 };
	bool ok = graph_send(g, "GET", p->path, NULL, NULL, &r, &p->answer, e);
	p->status = (int)r.status;
	if (ok && (r.status < 200 || r.status >= 300))
		graph_refused("GET", p->path, p->status, p->answer, r.request_id, &p->e);
	http_response_clear(&r);
	return ok;
}

bool user_look(struct graph *g, const char *const *upns, size_t n, struct change_look *looks, struct err *e) {
	struct graph_part parts[GRAPH_BATCH_MAX] = { 0 };
	struct buf paths[GRAPH_BATCH_MAX] = { 0 };
	bool ok = n <= GRAPH_BATCH_MAX || err_set(e, ERR_INPUT, "At most %d users at once", GRAPH_BATCH_MAX);
	size_t made = 0;
	for (; ok && made < n; made++) {
		ok = user_path(&paths[made], upns[made], LOOK) || err_nomem(e);
		parts[made] = (struct graph_part){ .method = "GET", .path = paths[made].data, .after = -1 };
	}
	ok = ok && (n == 1 ? get_user(g, &parts[0], e) : graph_batch(g, parts, n, e));
	for (size_t i = 0; ok && i < n; i++)
		looks[i].there = read_user(g, &parts[i], &looks[i].e);
	graph_parts_clear(parts, made);
	for (size_t i = 0; i < made; i++)
		buf_free(&paths[i]);
	return ok;
}
