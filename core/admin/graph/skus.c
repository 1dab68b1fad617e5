/* SPDX-License-Identifier: MIT
 *
 * skus.c - the tenant's subscriptions (exchange-wire.md D.4): read from Graph, and found by the names people use.
 */
#include <stdlib.h>
#include <string.h>

#include "core/admin/graph/users_int.h"
#include "core/base/text.h"

/* Any of these service plans comes with a mailbox. */
static const char *const mailbox_plans[] = { "EXCHANGE_S_STANDARD", "EXCHANGE_S_ENTERPRISE", "EXCHANGE_S_DESKLESS" };

json_t *graph_subscriptions(struct graph *g, struct err *e) {
	json_t *doc = NULL;
	if (!graph_call(g, "GET", "/subscribedSkus", NULL, NULL, &doc, NULL, e))
		return NULL;
	json_t *list = json_incref(json_object_get(doc, "value"));
	json_decref(doc);
	if (!json_is_array(list) || json_array_size(list) > SUBSCRIPTIONS_MAX) {
		json_decref(list);
		err_set(e, ERR_SERVER_BUG, "Graph's list of subscriptions cannot be read");
		return NULL;
	}
	return list;
}

static const json_t *find_sku(struct graph *g, const char *member, const char *value, struct err *e) {
	if (!g->skus && g->skus_refused.cat != ERR_NONE) {
		*e = g->skus_refused;
		return NULL;
	}
	if (!g->skus && !(g->skus = graph_subscriptions(g, e)) && e->cat == ERR_NO_PERMISSION)
		g->skus_refused = *e;
	for (size_t i = 0; i < json_array_size(g->skus); i++)
		if (text_ieq(json_str(json_array_get(g->skus, i), member), value))
			return json_array_get(g->skus, i);
	return NULL;
}

const char *graph_sku(struct graph *g, const char *part, struct err *e) {
	const json_t *sku = find_sku(g, "skuPartNumber", part, e);
	if (sku && *json_str(sku, "skuId"))
		return json_str(sku, "skuId");
	char shown[120];
	text_sanitise(shown, sizeof shown, part, strlen(part));
	if (g->skus)
		err_set(e, ERR_INPUT, "The tenant has no licence \"%s\": `mailvan user licenses` lists those it has",
			shown);
	return NULL;
}

const char *graph_sku_part(struct graph *g, const char *id, struct err *e) {
	const json_t *sku = find_sku(g, "skuId", id, e);
	return sku ? json_str(sku, "skuPartNumber") : g->skus ? id : NULL;
}

static bool has_mailbox(const char *plan) {
	for (size_t i = 0; i < sizeof mailbox_plans / sizeof *mailbox_plans; i++)
		if (strcmp(plan, mailbox_plans[i]) == 0)
			return true;
	return false;
}

static char *plan_names(const json_t *plans, bool *mailbox) {
	struct buf names;
	buf_init(&names, 65536);
	*mailbox = false;
	buf_puts(&names, "");
	for (size_t i = 0; i < json_array_size(plans); i++) {
		const char *name = json_str(json_array_get(plans, i), "servicePlanName");
		*mailbox |= has_mailbox(name);
		buf_printf(&names, "%s%s", names.len ? " " : "", name);
	}
	char *copy = names.data ? strdup(names.data) : strdup("");
	buf_free(&names);
	return copy;
}

bool subscriptions_read(const json_t *list, struct subscriptions *out, struct err *e) {
	size_t n = json_array_size(list);
	*out = (struct subscriptions){ .known = true };
	out->rows = calloc(n + 1, sizeof *out->rows);
	if (!out->rows)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++) {
		const json_t *s = json_array_get(list, i), *units = json_object_get(s, "prepaidUnits");
		bool mailbox;
		char *plans = plan_names(json_object_get(s, "servicePlans"), &mailbox);
		if (!plans)
			return err_nomem(e);
		out->rows[out->n++] = (struct subscription_row){ .sku = json_str(s, "skuId"),
								 .part = json_str(s, "skuPartNumber"),
								 .status = json_str(s, "capabilityStatus"),
								 .plans = plans,
								 .enabled = json_int(units, "enabled", 0),
								 .warning = json_int(units, "warning", 0),
								 .suspended = json_int(units, "suspended", 0),
								 .consumed = json_int(s, "consumedUnits", 0),
								 .mailbox = mailbox };
	}
	return true;
}

void subscriptions_free(struct subscriptions *s) {
	for (size_t i = 0; i < s->n; i++)
		free((void *)(uintptr_t)s->rows[i].plans); /* ours; the other texts are the document's */
	free(s->rows);
	*s = (struct subscriptions){ 0 };
}

const char *subscriptions_part(const struct subscriptions *s, const char *sku) {
	for (size_t i = 0; i < s->n; i++)
		if (text_ieq(s->rows[i].sku, sku))
			return s->rows[i].part;
	return sku;
}
