/* SPDX-License-Identifier: MIT
 *
 * login.c - chooses the mechanism and plays its exchange.
 */
#include "core/mail/imap/login.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/mail/sasl.h"
#include "core/net/classify.h"

enum mech { MECH_PLAIN, MECH_XOAUTH2, MECH_OAUTHBEARER, MECH_LOGIN };

static const char *const verbs[] = { "AUTHENTICATE PLAIN", "AUTHENTICATE XOAUTH2", "AUTHENTICATE OAUTHBEARER",
				     "LOGIN" };

struct login {
	struct imap_conn *c;
	const struct endpoint *ep;
	enum mech mech;
	struct buf response;
	bool response_sent;
	char challenge[200]; /* what an OAuth server says about a refusal, sanitised */
};

static bool make_response(struct login *l, struct err *e) {
	bool ok = l->mech == MECH_PLAIN	    ? sasl_plain(&l->response, l->ep)
		  : l->mech == MECH_XOAUTH2 ? sasl_xoauth2(&l->response, l->ep)
					    : sasl_oauthbearer(&l->response, l->ep);
	return ok || err_nomem(e);
}

/* The error document of RFC 7628 3.2.2 / XOAUTH2: JSON in base64, for the operator to read. */
static void read_challenge(struct login *l, const struct line *line) {
	unsigned char json[1024];
	size_t n = 0;
	if (sodium_base642bin(json, sizeof json, token_text(line, &line->human), line->human.len, " \r", &n, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0)
		return;
	text_sanitise(l->challenge, sizeof l->challenge, (const char *)json, n);
}

static bool on_cont(void *arg, const struct line *line, struct err *e) {
	struct login *l = arg;
	struct outq *q = &l->c->out;
	if (l->mech != MECH_LOGIN && !l->response_sent) {
		l->response_sent = true;
		return outq_secret_line(q, l->response.data, l->response.len, e);
	}
	if ((l->mech != MECH_XOAUTH2 && l->mech != MECH_OAUTHBEARER) || *l->challenge)
		return err_set(e, ERR_SERVER_BUG, "%s: the server asks for more than its login mechanism has",
			       l->c->label);
	read_challenge(l, line);
	if (!*l->challenge)
		text_copy(l->challenge, sizeof l->challenge, "no reason given");
	/* The dummy answer that makes the server send its NO. */
	return l->mech == MECH_XOAUTH2 ? outq_secret_line(q, "", 0, e) : outq_secret_line(q, "AQ==", 4, e);
}

/* A server that quotes the password back must not bring it to a log. */
static void redact(struct err *e, const struct secret *s) {
	if (!secret_present(s) || s->len < 3)
		return;
	for (char *p = e->text; (p = strstr(p, s->data)) != NULL; p += 3) {
		memmove(p + 3, p + s->len, strlen(p + s->len) + 1);
		memset(p, '*', 3);
	}
}

static bool refused(struct login *l, const struct line *line, struct err *e) {
	const struct endpoint *ep = l->ep;
	bool oauth = l->mech == MECH_XOAUTH2 || l->mech == MECH_OAUTHBEARER;
	char said[300];
	line_describe(line, said, sizeof said);
	if (line->status == STATUS_BAD)
		err_set(e, ERR_AUTH_POLICY, "%s: the server did not accept the command %s: %s", l->c->label,
			verbs[l->mech], said);
	else if (oauth)
		err_set(e, ERR_AUTH_BAD, "%s: the access token for %s was refused: %s%s%s%s", l->c->label,
			ep->authzid[0] ? ep->authzid : ep->login, said, l->challenge[0] ? " (" : "", l->challenge,
			l->challenge[0] ? ")" : "");
	else
		err_set(e, ERR_AUTH_BAD, "%s: the login of %s was refused: %s", l->c->label, ep->login, said);
	net_classify_text(said, e);
	if (e->cat == ERR_VANISHED)
		e->cat = ERR_NO_MAILBOX;
	if (oauth && e->cat == ERR_AUTH_BAD && (strstr(l->challenge, "401") || strstr(l->challenge, "invalid_token")))
		e->cat = ERR_TOKEN_EXPIRED;
	if (e->cat == ERR_AUTH_BAD || e->cat == ERR_TOKEN_EXPIRED)
		e->retry = ERR_RETRY_NEVER; /* the same secret again would only lock the account */
	if (e->scope < ERR_SCOPE_MAILBOX)
		e->scope = ERR_SCOPE_MAILBOX;
	redact(e, &ep->password);
	redact(e, &ep->bearer);
	return false;
}

static bool on_tagged(void *arg, uint32_t seq, const struct line *line, struct err *e) {
	(void)seq;
	return line->status == STATUS_OK || refused(arg, line, e);
}

static bool choose(struct login *l, struct err *e) {
	const struct endpoint *ep = l->ep;
	uint32_t caps = l->c->caps.bits;
	if (ep->security != SEC_NONE && !channel_encrypted(l->c->ch))
		return err_set(e, ERR_TLS, "%s: the connection is not encrypted; no password was sent", l->c->label);
	if (secret_present(&ep->bearer)) {
		if (!(caps & (IMAP_AUTH_XOAUTH2 | IMAP_AUTH_OAUTHBEARER)))
			return err_set(e, ERR_AUTH_POLICY,
				       "%s: the server takes no access tokens (XOAUTH2, OAUTHBEARER)", l->c->label);
		l->mech = caps & IMAP_AUTH_XOAUTH2 ? MECH_XOAUTH2 : MECH_OAUTHBEARER;
		return true;
	}
	if (!secret_present(&ep->password))
		return err_set(e, ERR_AUTH_BAD, "%s: no password is stored for %s", l->c->label, ep->login);
	l->mech = caps & IMAP_AUTH_PLAIN ? MECH_PLAIN : MECH_LOGIN;
	if (l->mech == MECH_PLAIN)
		return true;
	if (*ep->authzid)
		return err_set(e, ERR_AUTH_POLICY,
			       "%s: the server offers no AUTHENTICATE PLAIN, so %s cannot open the mailbox of %s; "
			       "use its own password or a user*master login",
			       l->c->label, ep->login, ep->authzid);
	if (caps & IMAP_LOGINDISABLED)
		return err_set(e, ERR_AUTH_POLICY,
			       "%s: the server allows no password login on this connection "
			       "(LOGINDISABLED); try another port or security",
			       l->c->label);
	return true;
}

static bool send_login(struct login *l, struct err *e) {
	struct imap_conn *c = l->c;
	const struct endpoint *ep = l->ep;
	uint32_t seq;
	if (l->mech == MECH_LOGIN)
		return outq_expect_secret(&c->out, ep->password.len + LOGIN_MAX + 64, e) &&
		       conn_command(c, verbs[l->mech], &seq, e) &&
		       outq_astring(&c->out, ep->login, strlen(ep->login), e) &&
		       outq_astring(&c->out, ep->password.data, ep->password.len, e) && conn_end(c, e);
	if (!make_response(l, e) || !outq_expect_secret(&c->out, l->response.len + 64, e) ||
	    !conn_command(c, verbs[l->mech], &seq, e))
		return false;
	if (!(c->caps.bits & IMAP_SASL_IR))
		return conn_end(c, e);
	l->response_sent = true;
	return outq_data(&c->out, " ", 1, e) && outq_data(&c->out, l->response.data, l->response.len, e) &&
	       conn_end(c, e);
}

bool imap_login(struct imap_conn *c, const struct endpoint *ep, struct err *e) {
	struct login l = { .c = c, .ep = ep };
	if (!choose(&l, e))
		return false;
	c->hooks = (struct imap_hooks){ .arg = &l, .tagged = on_tagged, .cont = on_cont };
	c->secret = true;
	bool ok = send_login(&l, e) && conn_run(c, 0, e);
	c->hooks = (struct imap_hooks){ 0 };
	c->secret = false;
	sasl_wipe(&l.response);
	return ok;
}
