/* SPDX-License-Identifier: MIT
 *
 * tenant_mail.c - tenants by name, and what a mailbox's endpoint takes from one.
 */
#include "core/store/tenant_mail.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

struct loading {
	struct tenant_list *list;
	bool memory;
};

static bool on_tenant(void *arg, const struct tenant *t) {
	struct loading *l = arg;
	struct tenant *at = realloc(l->list->at, (l->list->count + 1) * sizeof *at);
	l->memory = at != NULL;
	if (!at)
		return false;
	l->list->at = at;
	at[l->list->count++] = *t;
	return true;
}

bool tenant_list_load(struct store *s, struct tenant_list *out, struct err *e) {
	struct loading l = { out, true };
	*out = (struct tenant_list){ 0 };
	return tenants_each(s, on_tenant, &l, e) && (l.memory || err_nomem(e));
}

bool tenant_list_copy(struct tenant_list *dst, const struct tenant_list *src) {
	*dst = (struct tenant_list){ 0 };
	if (!src || !src->count)
		return true;
	dst->at = malloc(src->count * sizeof *dst->at);
	if (!dst->at)
		return false;
	memcpy(dst->at, src->at, src->count * sizeof *dst->at);
	dst->count = src->count;
	return true;
}

void tenant_list_free(struct tenant_list *l) {
	free(l->at);
	*l = (struct tenant_list){ 0 };
}

const struct tenant *tenant_list_find(const struct tenant_list *l, const char *name, struct err *e) {
	char shown[80];
	for (size_t i = 0; l && i < l->count; i++)
		if (text_ieq(l->at[i].name, name))
			return &l->at[i];
	text_sanitise(shown, sizeof shown, name, strlen(name));
	err_set(e, ERR_INPUT, "No tenant \"%s\" is connected; connect it first: mailvan tenant add %s", shown, shown);
	return NULL;
}

/* The tenant's text names IMAP with its port. */
static bool take_server(const struct tenant *t, struct endpoint *ep, struct err *e) {
	enum proto proto = ep->proto;
	uint16_t port = ep->port;
	ep->proto = PROTO_IMAP;
	ep->security = SEC_TLS;
	ep->port = 0;
	if (!endpoint_parse_server(ep, t->imap, e))
		return err_prefix(e, "The tenant %s", t->name);
	if (proto == PROTO_POP3) {
		ep->proto = proto;
		ep->security = SEC_TLS;
		ep->port = 0;
	}
	if (port)
		ep->port = port;
	return true;
}

bool tenant_endpoint(const struct tenant *t, struct endpoint *ep, struct err *e) {
	if (!ep->host[0] && !take_server(t, ep, e))
		return false;
	if (!ep->ca_file[0])
		text_copy(ep->ca_file, sizeof ep->ca_file, t->ca_file);
	if (!ep->proxy[0])
		text_copy(ep->proxy, sizeof ep->proxy, t->proxy);
	ep->tenant = t->id;
	return true;
}
