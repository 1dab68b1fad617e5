/* SPDX-License-Identifier: MIT
 *
 * tenant_mail.c - `mailvan tenant grant-imap`: the app may open these mailboxes by IMAP and POP (exchange-wire.md A.5).
 *
 * Two steps in Exchange: the app is made known there under the object id of its enterprise application, then that id
 * gets Full Access to each mailbox. The id comes from the app's own token, because the one that the portal shows beside
 * the client id is another, with which no sign-in works.
 */
#include <stdlib.h>
#include <string.h>

#include "tui/cli/change_items.h"
#include "tui/cli/record_output.h"
#include "tui/cli/tenant_args.h"

static bool object_id(struct cli *c, struct store *s, const struct tenant *t, char *dst, size_t size, char *name,
		      size_t name_size, struct err *e) {
	struct secret token = { 0 };
	struct oauth_claims claims = { 0 };
	const char *given = cli_value(c, "object-id");
	text_copy(name, name_size, t->who[0] ? t->who : "mailvan");
	if (given)
		return text_copy(dst, size, given) || err_set(e, ERR_INPUT, "--object-id is too long");
	struct net *net = net_new(NULL, e);
	bool ok = net && token_obtain(s, net, t->id, TOKEN_EXCHANGE, NULL, c->stop, &token, e);
	if (ok && (!oauth_claims_read(&token, &claims) || !claims.oid[0]))
		ok = err_set(e, ERR_INPUT,
			     "The token does not name the app's object id: give --object-id (Entra, Enterprise "
			     "applications, Object ID)");
	secret_clear(&token);
	net_free(net);
	return ok && text_copy(dst, size, claims.oid);
}

static bool add_items(struct cli *c, const struct tenant *t, const char *id, const char *name,
		      struct change_items *items, struct err *e) {
	if (!change_items_add(items, CHANGE_APP_REGISTER, t->client_id,
			      json_pack("{s:s, s:s}", "objectId", id, "displayName", name), NULL, e))
		return false;
	for (unsigned i = 0; i < c->arg_count; i++)
		if (!change_items_add(items, CHANGE_FULL_ACCESS_GRANT, c->args[i],
				      json_pack("{s:s, s:b}", "trustee", id, "autoMapping", 0), NULL, e))
			return false;
	return true;
}

int tenant_grant_imap(struct cli *c) {
	struct tenant t;
	struct change_items items = { 0 };
	struct err e;
	char id[128], name[256], label[TASK_LABEL_MAX];
	int code;
	struct store *s = cli_open_tenant(c, &t, &code);
	if (!s)
		return code;
	err_clear(&e);
	bool ok = t.sign_in != SIGN_IN_DEVICE_CODE ||
		  err_set(&e, ERR_INPUT,
			  "%s is signed in to as a user, who opens what that user may open: use 'mailvan permission "
			  "grant'",
			  t.name);
	ok = ok && object_id(c, s, &t, id, sizeof id, name, sizeof name, &e) && add_items(c, &t, id, name, &items, &e);
	snprintf(label, sizeof label, "Open %u mailbox%s by IMAP", c->arg_count, c->arg_count == 1 ? "" : "es");
	code = cli_run_items(c, s, &t, label, ok, &items, &e);
	store_close(s);
	return code;
}
