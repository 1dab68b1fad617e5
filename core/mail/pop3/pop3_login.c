/* SPDX-License-Identifier: MIT
 *
 * pop3_login.c - CAPA, and exactly one login attempt.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/mail/pop3/pop3_session.h"
#include "core/mail/sasl.h"

#define CAPA_LINES_MAX 1000

struct capa {
	struct pop3_caps *caps;
	unsigned lines;
};

/* The next blank-separated word of *p; its length, 0 at the end. */
static size_t next_word(const char **p, const char **word) {
	*p += strspn(*p, " \t");
	*word = *p;
	size_t n = strcspn(*p, " \t");
	*p += n;
	return n;
}

static bool word_is(const char *word, size_t n, const char *name) {
	return strlen(name) == n && strncasecmp(word, name, n) == 0;
}

static bool on_capability(void *arg, char *line, size_t n, struct err *e) {
	struct capa *capa = arg;
	struct pop3_caps *c = capa->caps;
	const char *p = line, *word;
	if (++capa->lines > CAPA_LINES_MAX)
		return err_set(e, ERR_SERVER_BUG, "The POP3 server's list of capabilities does not end");
	n = next_word(&p, &word);
	c->pipelining |= word_is(word, n, "PIPELINING");
	c->top |= word_is(word, n, "TOP");
	c->uidl |= word_is(word, n, "UIDL");
	c->user |= word_is(word, n, "USER");
	if (!word_is(word, n, "SASL"))
		return true;
	c->sasl = true;
	while ((n = next_word(&p, &word))) {
		c->sasl_plain |= word_is(word, n, "PLAIN");
		c->sasl_xoauth2 |= word_is(word, n, "XOAUTH2");
	}
	return true;
}

bool pop3_read_caps(struct pop3 *p, struct err *e) {
	struct pop3_caps caps = { .known = true };
	struct capa capa = { .caps = &caps };
	bool ok;
	char *line;
	if (!pop3_command(&p->wire, "CAPA", e) || !pop3_wait_status(&p->wire, &ok, &line, e))
		return false;
	if (!ok) /* not every server has CAPA; what was known stays */
		return true;
	if (!pop3_read_lines(p, on_capability, &capa, e))
		return false;
	p->caps = caps;
	return true;
}

static bool holds(const char *line, const char *secret, size_t n) { return n && memmem(line, strlen(line), secret, n); }

/* Some servers repeat what they did not understand; a password must not come back in an error. */
static bool login_refused(const char *line, const struct buf *answer, const struct endpoint *ep, struct err *e) {
	char url[HOST_MAX + 32], what[LOGIN_MAX + HOST_MAX + 64];
	endpoint_url(url, sizeof url, ep);
	snprintf(what, sizeof what, "%s refused the login of %.200s", url, ep->login);
	if ((answer && holds(line, answer->data, answer->len)) || holds(line, ep->password.data, ep->password.len) ||
	    holds(line, ep->bearer.data, ep->bearer.len))
		line = "-ERR (its answer repeats the password and is not shown)";
	return pop3_refused(line, ERR_AUTH_BAD, what, e);
}

/* The talk after AUTH: one challenge, one answer; XOAUTH2 reports an error by a second challenge, which
 * wants an empty answer before -ERR comes. False: e is set. */
static bool answer_challenges(struct pop3 *p, const struct endpoint *ep, const struct buf *answer, struct err *e) {
	char *line;
	bool ok;
	for (unsigned challenges = 0;; challenges++) {
		if (!pop3_wait_status(&p->wire, &ok, &line, e))
			return false;
		if (pop3_status_of(line) == POP3_ERR)
			return login_refused(line, answer, ep, e);
		if (ok)
			return challenges ||
			       err_set(e, ERR_SERVER_BUG, "The POP3 server accepted a login that was not made");
		if (challenges > 1)
			return err_set(e, ERR_SERVER_BUG, "The POP3 server does not end the login");
		if (!pop3_sasl_answer(&p->wire, challenges ? "" : answer->data, e))
			return false;
	}
}

/* Always by continuation: servers older than RFC 5034 take no initial response, and a token
 * would exceed the 255 octets that one may have. */
static bool sasl_login(struct pop3 *p, const struct endpoint *ep, bool bearer, struct err *e) {
	struct buf answer;
	bool made = bearer ? sasl_xoauth2(&answer, ep) : sasl_plain(&answer, ep);
	bool ok = made ? pop3_command(&p->wire, bearer ? "AUTH XOAUTH2" : "AUTH PLAIN", e) : err_nomem(e);
	ok = ok && answer_challenges(p, ep, &answer, e);
	sasl_wipe(&answer);
	return ok;
}

static bool user_pass_login(struct pop3 *p, const struct endpoint *ep, struct err *e) {
	char command[LOGIN_MAX + 8], *line;
	bool ok;
	snprintf(command, sizeof command, "USER %s", ep->login);
	if (!pop3_command(&p->wire, command, e) || !pop3_wait_status(&p->wire, &ok, &line, e))
		return false;
	if (!ok)
		return login_refused(line, NULL, ep, e);
	if (!pop3_command_pass(&p->wire, &ep->password, e) || !pop3_wait_status(&p->wire, &ok, &line, e))
		return false;
	return ok || login_refused(line, NULL, ep, e);
}

static bool check_login_name(const char *name, struct err *e) {
	for (const char *p = name; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 127) {
			err_set(e, ERR_INPUT, "The login name holds control characters: correct it in the list");
			e->scope = ERR_SCOPE_MAILBOX;
			return false;
		}
	}
	return true;
}

bool pop3_login(struct pop3 *p, const struct endpoint *ep, struct err *e) {
	const struct pop3_caps *c = &p->caps;
	bool bearer = secret_present(&ep->bearer);
	char url[HOST_MAX + 32];
	endpoint_url(url, sizeof url, ep);
	if (!channel_encrypted(p->wire.channel) && ep->security != SEC_NONE)
		return err_set(e, ERR_TLS, "The connection to %s is not encrypted: no password is sent over it", url);
	if (!bearer && !secret_present(&ep->password))
		return err_set(e, ERR_AUTH_BAD, "There is no password for %s: add one to the list", ep->login);
	if (!check_login_name(ep->login, e) || !check_login_name(ep->authzid, e))
		return false;
	if (bearer)
		return c->sasl_xoauth2 || !c->known ? sasl_login(p, ep, true, e)
						    : err_set(e, ERR_AUTH_POLICY, "%s does not offer XOAUTH2", url);
	if (c->sasl_plain)
		return sasl_login(p, ep, false, e);
	if (ep->authzid[0])
		return err_set(e, ERR_AUTH_POLICY, "%s does not offer SASL PLAIN, so %s cannot open the mailbox of %s",
			       url, ep->login, ep->authzid);
	if (c->sasl && !c->user)
		return err_set(e, ERR_AUTH_POLICY, "%s offers neither SASL PLAIN nor USER: no login that mailvan makes",
			       url);
	return user_pass_login(p, ep, e);
}
