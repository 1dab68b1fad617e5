/* SPDX-License-Identifier: MIT
 *
 * exchange_check.c - `mailvan tenant test`: does the sign-in work, what may it do, and does each service answer a
 * harmless question. What it may do follows from the roles that the token names (exchange-wire.md A.5, D, G): a token
 * is opaque by contract, so a role that is not seen is a remark, never a reason to refuse work.
 */
#include <stdio.h>
#include <string.h>

#include "core/admin/exchange_online.h"
#include "core/base/text.h"

/* Any of the roles will do. A delegated sign-in has scopes of the same names, where no other is given. */
static const struct role_row {
	enum token_resource resource;
	const char *name, *roles, *scopes, *purpose;
} role_rows[] = {
	{ TOKEN_GRAPH, "Users", "User.ReadWrite.All Directory.ReadWrite.All", NULL,
	  "to list, create, enable and disable users" },
	{ TOKEN_GRAPH, "Licences", "LicenseAssignment.ReadWrite.All User.ReadWrite.All Directory.ReadWrite.All", NULL,
	  "to count and assign licences" },
	{ TOKEN_GRAPH, "Passwords", "User-PasswordProfile.ReadWrite.All User.ReadWrite.All", NULL, "to set passwords" },
	{ TOKEN_GRAPH, "Mailbox sizes", "Reports.Read.All", NULL, "to read sizes and quotas of mailboxes" },
	{ TOKEN_GRAPH, "Service health", "ServiceHealth.Read.All", NULL, "to read the health of services" },
	{ TOKEN_GRAPH, "Announcements", "ServiceMessage.Read.All", NULL, "to read announcements" },
	{ TOKEN_EXCHANGE, "Permissions and devices", "Exchange.ManageAsApp", "Exchange.Manage",
	  "to change permissions, mobile devices and mailboxes" },
	{ TOKEN_EXCHANGE, "Mail", "IMAP.AccessAsApp", "IMAP.AccessAsUser.All",
	  "to open mailboxes as source or target without passwords" },
};

/* Beside the roles: two sign-ins and two questions. */
_Static_assert(sizeof role_rows / sizeof *role_rows + 4 <= DIRECTORY_CHECKS_MAX, "every check has its place");

struct checking {
	struct exo *x;
	struct directory_check *at;
	size_t n;
	bool signed_in[TOKEN_EXCHANGE + 1];
	struct err e; /* of the last thing tried */
};

static struct directory_check *next_check(struct checking *k, const char *name) {
	struct directory_check *c = &k->at[k->n++];
	*c = (struct directory_check){ 0 };
	text_copy(c->name, sizeof c->name, name);
	return c;
}

static const char *resource_name(enum token_resource r) {
	return r == TOKEN_GRAPH ? "Microsoft Graph" : "Exchange Online";
}

static void failed(struct directory_check *c, const struct err *e) {
	text_copy(c->text, sizeof c->text, e->text);
	/* Most errors of a sign-in name what to do themselves; the rest has the category's words. */
	if (e->cat == ERR_NET || e->cat == ERR_THROTTLED)
		text_copy(c->remedy, sizeof c->remedy, "Check the network, the address and the proxy, then test again");
	else if (e->cat == ERR_TLS)
		text_copy(c->remedy, sizeof c->remedy, "Name the CA file that signed the certificate: --ca FILE");
}

static void check_token(struct checking *k, enum token_resource r) {
	const struct directory_context *ctx = &k->x->base.ctx;
	const struct tenant *t = &k->x->base.tenant;
	struct secret token = { 0 };
	struct token_row row = { 0 };
	bool found;
	char name[80];
	snprintf(name, sizeof name, "Sign-in to %s", resource_name(r));
	struct directory_check *c = next_check(k, name);
	/* A new one: the one that is there does not know what was granted since. */
	if (token_get(ctx->store, t->id, r, true, &row, &found, &k->e) &&
	    token_obtain(ctx->store, ctx->net, t->id, r, &row.access, ctx->stop, &token, &k->e)) {
		token_row_clear(&row);
		c->ok = k->signed_in[r] = token_get(ctx->store, t->id, r, false, &row, &found, &k->e);
	}
	if (c->ok)
		snprintf(c->text, sizeof c->text, "as %s, for %lld minutes", row.who[0] ? row.who : "an app",
			 (long long)(row.expires - wall_ms()) / 60000);
	else
		failed(c, &k->e);
	token_row_clear(&row);
	secret_clear(&token);
}

static bool has_role(const char *roles, const char *wanted) {
	char one[128];
	for (const char *p = wanted; *p; p += *p == ' ') {
		size_t n = strcspn(p, " ");
		if (n < sizeof one) {
			memcpy(one, p, n);
			one[n] = '\0';
			for (const char *at = roles; (at = strstr(at, one)); at += n)
				if ((at == roles || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
					return true;
		}
		p += n;
	}
	return false;
}

static void check_role(struct checking *k, const struct role_row *row, const char *roles) {
	bool user = k->x->base.tenant.sign_in == SIGN_IN_DEVICE_CODE;
	const char *wanted = user && row->scopes ? row->scopes : row->roles;
	size_t first = strcspn(wanted, " ");
	struct directory_check *c = next_check(k, row->name);
	c->ok = has_role(roles, wanted);
	if (c->ok) {
		text_copy(c->text, sizeof c->text, row->purpose);
		return;
	}
	snprintf(c->text, sizeof c->text, "%.*s is missing %s", (int)first, wanted, row->purpose);
	snprintf(c->remedy, sizeof c->remedy,
		 "Grant %.*s (%s permission of %s) to the app in Entra, App registrations, API permissions, and give "
		 "admin consent",
		 (int)first, wanted, user ? "delegated" : "application",
		 row->resource == TOKEN_GRAPH ? "Microsoft Graph" : "Office 365 Exchange Online");
}

static void check_roles(struct checking *k, enum token_resource r) {
	struct token_row token;
	bool found;
	if (!k->signed_in[r] ||
	    !token_get(k->x->base.ctx.store, k->x->base.tenant.id, r, false, &token, &found, &k->e) || !found)
		return;
	for (size_t i = 0; i < sizeof role_rows / sizeof *role_rows; i++)
		if (role_rows[i].resource == r)
			check_role(k, &role_rows[i], token.roles);
}

/* ---- one harmless question each ---- */

static void check_organization(struct checking *k) {
	const struct directory_context *ctx = &k->x->base.ctx;
	const struct tenant *t = &k->x->base.tenant;
	struct directory_check *c = next_check(k, "Organisation");
	struct graph *g = exo_graph(k->x, &k->e);
	json_t *answer = NULL;
	char id[80];
	if (!g || !graph_call(g, "GET", "/organization?$select=displayName,verifiedDomains", NULL, NULL, &answer, id,
			      &k->e)) {
		failed(c, &k->e);
		return;
	}
	const json_t *org = json_array_get(json_object_get(answer, "value"), 0);
	const json_t *domains = json_object_get(org, "verifiedDomains");
	char company[256];
	text_sanitise(company, sizeof company, json_str(org, "displayName"), strlen(json_str(org, "displayName")));
	snprintf(c->text, sizeof c->text, "%s, %zu verified domain%s", company, json_array_size(domains),
		 json_array_size(domains) == 1 ? "" : "s");
	c->ok = tenant_seen(ctx->store, t->id, "", company, "", &k->e);
	if (!c->ok)
		failed(c, &k->e);
	json_decref(answer);
}

static bool first_domain(void *arg, const json_t *row, struct err *e) {
	char *name = arg;
	(void)e;
	const char *said = json_str(row, "DomainName");
	if (!*name)
		text_sanitise(name, 256, said, strlen(said));
	return true;
}

static void check_exchange(struct checking *k) {
	char domain[256] = "", type[120], id[80];
	struct directory_check *c = next_check(k, "Exchange answers");
	struct invoke *v = exo_invoke(k->x, &k->e);
	if (v && invoke_run(v, "Get-AcceptedDomain", json_object(), NULL, first_domain, domain, NULL, 0, type,
			    sizeof type, id, &k->e)) {
		c->ok = true;
		snprintf(c->text, sizeof c->text, "accepted domain %s", domain[0] ? domain : "(none)");
		return;
	}
	failed(c, &k->e);
	if (k->e.cat == ERR_NO_PERMISSION)
		text_copy(c->remedy, sizeof c->remedy,
			  "Give the app the Entra role Exchange Administrator (Roles and administrators, Add "
			  "assignments, the enterprise application)");
}

bool exo_check(struct directory *d, struct directory_check checks[DIRECTORY_CHECKS_MAX], size_t *n, struct err *e) {
	struct checking k = { .x = (struct exo *)d, .at = checks };
	check_token(&k, TOKEN_GRAPH);
	if (k.signed_in[TOKEN_GRAPH])
		check_organization(&k);
	check_roles(&k, TOKEN_GRAPH);
	check_token(&k, TOKEN_EXCHANGE);
	if (k.signed_in[TOKEN_EXCHANGE])
		check_exchange(&k);
	check_roles(&k, TOKEN_EXCHANGE);
	*n = k.n;
	if (!stop_requested(d->ctx.stop))
		return true;
	*e = k.e;
	return false;
}
