/* SPDX-License-Identifier: MIT
 *
 * domains.c - the domains that are verified in a tenant: only there can a user's name be.
 */
#include "core/admin/graph/graph_int.h"

#define DOMAINS_MAX 5000U /* Microsoft allows 5,000 in a tenant */

json_t *graph_ask_domains(struct exo *x, const char *target, struct err *e) {
	struct graph *g = exo_graph(x, e);
	json_t *answer = NULL, *list = json_array();
	char id[80];
	(void)target;
	bool ok = g &&
		  graph_call(g, "GET", "/organization?$select=displayName,verifiedDomains", NULL, NULL, &answer, id, e);
	const json_t *domains = json_object_get(json_array_get(json_object_get(answer, "value"), 0), "verifiedDomains");
	for (size_t i = 0; ok && i < json_array_size(domains) && i < DOMAINS_MAX; i++)
		json_array_append_new(list, json_string(json_str(json_array_get(domains, i), "name")));
	json_decref(answer);
	if (ok)
		return json_pack("{s:o}", "domains", list);
	json_decref(list);
	return NULL;
}
