/* SPDX-License-Identifier: MIT
 *
 * graph_int.h - what the files of core/admin/graph share; nobody else includes it.
 */
#ifndef MAILVAN_ADMIN_GRAPH_INT_H
#define MAILVAN_ADMIN_GRAPH_INT_H

#include "core/admin/exchange_online.h"
#include "core/admin/graph/graph.h"

struct graph {
	struct directory_context ctx;
	struct tenant tenant;
	struct http *http;
	struct secret used;	       /* the token given last, to say which one was refused */
	char base[TENANT_URL_MAX + 8]; /* "https://graph.microsoft.com/v1.0" */
	json_t *skus;		       /* the subscriptions, once asked for: graph_sku */
	struct err skus_refused;       /* NO_PERMISSION: nor is it asked again */
};

/* One request, whatever the answer. headers: extra, may be NULL. */
bool graph_send(struct graph *g, const char *method, const char *path, const char *const *headers, const json_t *body,
		struct http_response *r, json_t **doc, struct err *e);
/* Is it harmless to send it again when the answer was lost? Everything but what creates something. */
bool graph_repeatable(const char *method, const char *path);
/* Waits, telling the task; false: CANCELLED. */
bool graph_wait(struct graph *g, unsigned ms, struct err *e);
/* A body that is not needed any more: its password is overwritten. NULL is fine. */
void graph_wipe_password(json_t *body);
/* A file that the service offers by a redirect to another address (D.5); the token stays here. */
bool graph_download(struct graph *g, const char *path, struct buf *out, struct err *e);

/* graph_errors.c: a refusal in words, with what to do. Always false. doc may be NULL. */
bool graph_refused(const char *method, const char *path, int status, const json_t *doc, const char *request_id,
		   struct err *e);
bool graph_is_throttle(int status);

/* skus.c: the id of a licence by its skuPartNumber (ASCII case ignored). Borrowed; NULL with e when the tenant has none
 * of that name. */
const char *graph_sku(struct graph *g, const char *part, struct err *e);
/* The other way; the id itself when the tenant does not list it. NULL with e when the list cannot be read. */
const char *graph_sku_part(struct graph *g, const char *id, struct err *e);
/* GET /subscribedSkus. New reference: the array of D.4, or NULL. */
json_t *graph_subscriptions(struct graph *g, struct err *e);

/* user_sizes.c: getMailboxUsageDetail (D.5) and the kinds of mailboxes (D.6) into the store; what the sign-in may not
 * read is noted there. */
bool graph_mailbox_usage(struct exo *x, struct err *e);
bool graph_mailbox_kinds(struct exo *x, struct err *e);

/* memberships.c: {"groups": [{"name", "mail"}], "unnamed": n}; a question of exchange/questions.c. */
json_t *graph_ask_groups(struct exo *x, const char *user, struct err *e);
/* domains.c: {"domains": ["contoso.com"]}, the verified ones; target is not used. Another such question. */
json_t *graph_ask_domains(struct exo *x, const char *target, struct err *e);

#endif
