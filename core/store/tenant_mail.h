/* SPDX-License-Identifier: MIT
 *
 * tenant_mail.h - a tenant as a mail server: which of them there are, and the endpoint of a mailbox of one. POP3 is on
 * the host that IMAP is on.
 *
 * The mailbox is opened by XOAUTH2 (reference/exchange-wire.md A.6) with the token of the tenant: of an app, which may
 * open every mailbox that lets it, or of the one who signed in. No password is stored for it.
 */
#ifndef MAILVAN_STORE_TENANT_MAIL_H
#define MAILVAN_STORE_TENANT_MAIL_H

#include "core/model/endpoint.h"
#include "core/store/tenants.h"

struct tenant_list {
	struct tenant *at;
	size_t count;
};

/* Every tenant of the project; give it back with tenant_list_free, also after false. */
bool tenant_list_load(struct store *s, struct tenant_list *out, struct err *e);
bool tenant_list_copy(struct tenant_list *dst, const struct tenant_list *src);
void tenant_list_free(struct tenant_list *l);
/* NULL with e (INPUT) when it is not one of them. Case is ignored. l may be NULL: an empty list. */
const struct tenant *tenant_list_find(const struct tenant_list *l, const char *name, struct err *e);

/* Lets ep sign in by the tenant's token. What ep has stays: a host of its own with its port, a CA file, a proxy; else
 * it gets the tenant's, by ep->proto. */
bool tenant_endpoint(const struct tenant *t, struct endpoint *ep, struct err *e);

#endif
