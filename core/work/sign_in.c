/* SPDX-License-Identifier: MIT
 *
 * sign_in.c - a token for each connection, a second one when the first is refused, and what a refusal means
 * (reference/exchange-wire.md A.5, A.6).
 */
#include "core/work/sign_in.h"

#include <string.h>

#include "core/admin/tokens.h"
#include "core/base/text.h"
#include "core/work/logins.h"

/* A token that is younger was not refused for its age, and another one would be as good. */
#define TOKEN_YOUNG_MS 30000

typedef void *open_fn(const struct mail_context *ctx, const struct endpoint *ep, struct err *e);

static void *open_source(const struct mail_context *ctx, const struct endpoint *ep, struct err *e) {
	return source_open(ctx, ep, e);
}

static void *open_target(const struct mail_context *ctx, const struct endpoint *ep, struct err *e) {
	return target_open(ctx, ep, e);
}

static bool token_for(struct store *s, const struct mail_context *ctx, struct endpoint *ep,
		      const struct secret *not_this, struct err *e) {
	struct secret token = { 0 };
	if (!token_obtain(s, ctx->net, ep->tenant, TOKEN_EXCHANGE, not_this, ctx->stop, &token, e)) {
		/* A tenant that is gone or cannot be used is this mailbox's trouble, not the program's. */
		if (e->cat == ERR_INPUT)
			e->scope = ERR_SCOPE_MAILBOX;
		return false;
	}
	secret_clear(&ep->bearer);
	ep->bearer = token;
	return true;
}

static bool worth_another(struct store *s, const struct endpoint *ep, const struct err *e) {
	struct token_row row = { 0 };
	struct err ignored;
	bool found;
	if (e->cat == ERR_TOKEN_EXPIRED)
		return true;
	if (e->cat != ERR_AUTH_BAD)
		return false;
	return !token_get(s, ep->tenant, TOKEN_EXCHANGE, false, &row, &found, &ignored) || !found ||
	       wall_ms() - row.obtained > TOKEN_YOUNG_MS;
}

/* Is word one of the blank separated ones? */
static bool has_word(const char *words, const char *word) {
	size_t n = strlen(word);
	for (const char *p = words; (p = strstr(p, word)) != NULL; p += n)
		if ((p == words || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
			return true;
	return false;
}

struct refusal {
	const struct tenant *t;
	const struct endpoint *ep;
	const char *protocol, *permission; /* what the token should hold */
	const char *trustee;		   /* who needs FullAccess */
	struct oauth_claims claims;	   /* of the refused token */
	bool lacks;			   /* the token says that it has no such permission */
};

/* The same error in words that say what to do. */
static void explain_as(const struct refusal *r, const char *said, struct err *e) {
	const char *user = r->ep->authzid[0] ? r->ep->authzid : r->ep->login, *host = r->ep->host, *tenant = r->t->name;
	if (r->lacks)
		err_set(e, e->cat,
			"%.120s refused the token of %.80s, which lacks the permission %s: grant it to the app (Office "
			"365 Exchange Online), with admin consent; it has: %.100s",
			host, tenant, r->permission, r->claims.roles[0] ? r->claims.roles : "none");
	else if (e->retry == ERR_RETRY_NEVER)
		err_set(e, e->cat, "%.200s; see that the mailbox exists and give FullAccess to %s", said, r->trustee);
	else
		err_set(e, e->cat,
			"%.100s takes the token of %.60s, but does not open %.80s: give FullAccess to %s, see that it "
			"has a licence and that %s is on; with too many sessions the server says the same",
			host, tenant, user, r->trustee, r->protocol);
}

/* The server let the token in and no further, or did not let it in; what the operator can do about it. */
static void explain(struct store *s, const struct endpoint *ep, struct err *e) {
	struct tenant t;
	struct err ignored, was = *e;
	if ((e->cat != ERR_AUTH_BAD && e->cat != ERR_TOKEN_EXPIRED && e->cat != ERR_NO_PERMISSION) ||
	    !tenant_get(s, ep->tenant, &t, &ignored))
		return;
	bool app = t.sign_in != SIGN_IN_DEVICE_CODE, pop3 = ep->proto == PROTO_POP3;
	struct refusal r = {
		.t = &t,
		.ep = ep,
		.protocol = pop3 ? "POP3" : "IMAP",
		.permission = app ? (pop3 ? "POP.AccessAsApp" : "IMAP.AccessAsApp")
				  : (pop3 ? "POP.AccessAsUser.All" : "IMAP.AccessAsUser.All"),
		.trustee = app	      ? "the app's service principal (New-ServicePrincipal)"
			   : t.who[0] ? t.who
				      : "who signed in",
	};
	r.lacks = oauth_claims_read(&ep->bearer, &r.claims) && !has_word(r.claims.roles, r.permission);
	/* Also when the words were those of an old token: a new one has just been refused. */
	if (e->cat != ERR_NO_PERMISSION || r.lacks) {
		was.cat = e->cat = ERR_NO_PERMISSION;
		was.scope = ERR_SCOPE_MAILBOX;
		was.retry = e->retry = ERR_RETRY_NEVER;
	}
	explain_as(&r, was.text, e);
	text_copy(was.text, sizeof was.text, e->text);
	*e = was; /* the words are new, what the scheduler makes of it is not */
}

static void *sign_in(struct store *s, const struct mail_context *ctx, const struct endpoint *ep, open_fn *open,
		     struct err *e) {
	if (!ep->tenant) {
		if (!logins_may(ctx->logins, ep, ctx->stop, e))
			return NULL;
		void *side = open(ctx, ep, e);
		logins_tell(ctx->logins, ep, side ? NULL : e);
		return side;
	}
	struct endpoint with = *ep;
	with.password = with.bearer = (struct secret){ 0 };
	void *side = NULL;
	bool have = token_for(s, ctx, &with, NULL, e);
	if (have)
		side = open(ctx, &with, e);
	if (have && !side && worth_another(s, &with, e)) {
		have = token_for(s, ctx, &with, &with.bearer, e);
		if (have)
			side = open(ctx, &with, e);
	}
	if (have && !side)
		explain(s, &with, e);
	secret_clear(&with.bearer);
	return side;
}

struct source *sign_in_source(struct store *s, const struct mail_context *ctx, const struct endpoint *ep,
			      struct err *e) {
	return sign_in(s, ctx, ep, open_source, e);
}

struct target *sign_in_target(struct store *s, const struct mail_context *ctx, const struct endpoint *ep,
			      struct err *e) {
	return sign_in(s, ctx, ep, open_target, e);
}
