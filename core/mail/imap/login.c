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
#include "core/net/classify.h"

enum mech { MECH_PLAIN, MECH_XOAUTH2, MECH_OAUTHBEARER, MECH_LOGIN };

static const char *const verbs[] = { "AUTHENTICATE PLAIN", "AUTHENTICATE XOAUTH2", "AUTHENTICATE OAUTHBEARER",
				     "LOGIN" };

/* Bytes that hold a secret: one allocation of the final size, wiped when freed. */
struct blob {
	char *p;
	size_t len, cap;
};

struct login {
	struct imap_conn *c;
	const struct endpoint *ep;
	enum mech mech;
	struct blob response; /* base64 */
	bool response_sent;
	char challenge[200]; /* what an OAuth server says about a refusal, sanitised */
};

static bool blob_init(struct blob *b, size_t cap) {
	*b = (struct blob){ .p = malloc(cap + 1), .cap = cap };
	return b->p != NULL;
}

static void blob_free(struct blob *b) {
	if (b->p)
		sodium_memzero(b->p, b->cap + 1);
	free(b->p);
	*b = (struct blob){ 0 };
}

static void blob_put(struct blob *b, const char *p, size_t n) {
	if (n > b->cap - b->len)
		n = b->cap - b->len;
	memcpy(b->p + b->len, p, n);
	b->len += n;
}

static void blob_puts(struct blob *b, const char *s) { blob_put(b, s, strlen(s)); }

/* RFC 5801 saslname: ',' and '=' would end the name. */
static void blob_put_saslname(struct blob *b, const char *s) {
	for (; *s; s++)
		blob_puts(b, *s == ',' ? "=2C" : *s == '=' ? "=3D" : (char[]){ *s, '\0' });
}

static void compose(const struct login *l, struct blob *b) {
	const struct endpoint *ep = l->ep;
	const char *mailbox = *ep->authzid ? ep->authzid : ep->login;
	char port[32];
	switch (l->mech) {
	case MECH_PLAIN: /* RFC 4616: no authzid at all unless another mailbox is to be opened */
		blob_put(b, ep->authzid, strlen(ep->authzid) + 1);
		blob_put(b, ep->login, strlen(ep->login) + 1);
		blob_put(b, ep->password.data, ep->password.len);
		break;
	case MECH_XOAUTH2:
		blob_puts(b, "user=");
		blob_puts(b, mailbox);
		blob_puts(b, "\001auth=Bearer ");
		blob_put(b, ep->bearer.data, ep->bearer.len);
		blob_puts(b, "\001\001");
		break;
	case MECH_OAUTHBEARER: /* RFC 7628 3.1 */
		snprintf(port, sizeof port, "\001port=%u\001auth=Bearer ", (unsigned)ep->port);
		blob_puts(b, "n,a=");
		blob_put_saslname(b, mailbox);
		blob_puts(b, ",\001host=");
		blob_puts(b, ep->host);
		blob_puts(b, port);
		blob_put(b, ep->bearer.data, ep->bearer.len);
		blob_puts(b, "\001\001");
		break;
	case MECH_LOGIN:
		break;
	}
}

/* The initial response in base64. */
static bool make_response(struct login *l, struct err *e) {
	struct blob raw;
	size_t most = 4 * LOGIN_MAX + HOST_MAX + 64 + l->ep->password.len + l->ep->bearer.len;
	size_t coded = sodium_base64_ENCODED_LEN(most, sodium_base64_VARIANT_ORIGINAL);
	if (!blob_init(&raw, most))
		return err_nomem(e);
	bool ok = blob_init(&l->response, coded);
	if (ok) {
		compose(l, &raw);
		sodium_bin2base64(l->response.p, coded, (const unsigned char *)raw.p, raw.len,
				  sodium_base64_VARIANT_ORIGINAL);
		l->response.len = strlen(l->response.p);
	}
	blob_free(&raw);
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
		return outq_secret_line(q, l->response.p, l->response.len, e);
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
		err_set(e, ERR_AUTH_BAD, "%s: the access token for %s was refused: %s (%s)", l->c->label, ep->login,
			said, l->challenge);
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
		return err_set(e, ERR_AUTH_POLICY, "%s: the server allows no password login on this connection "
						   "(LOGINDISABLED); try another port or security", l->c->label);
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
	return outq_data(&c->out, " ", 1, e) && outq_data(&c->out, l->response.p, l->response.len, e) && conn_end(c, e);
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
	blob_free(&l.response);
	return ok;
}
