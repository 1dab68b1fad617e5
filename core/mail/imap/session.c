/* SPDX-License-Identifier: MIT
 *
 * session.c - from a connected socket to a session that knows its server.
 */
#include "core/mail/imap/session.h"

#include <string.h>
#include <strings.h>

#include "core/mail/imap/login.h"
#include "core/net/classify.h"

void session_track(struct imap_session *s, const struct line *l) {
	if (line_word(l, 1, "EXPUNGE"))
		s->expunged++;
}

bool session_begin(struct imap_session *s, struct err *e) {
	if (s->conn.outstanding)
		return err_set(e, ERR_INPUT, "%s: another command is still under way", s->conn.label);
	s->failed = false;
	s->conn.our_turn = false;
	s->conn.hooks = (struct imap_hooks){ 0 };
	return true;
}

void session_note(struct imap_session *s, const struct err *why) {
	if (!s->failed)
		s->why = *why;
	s->failed = true;
}

bool session_run(struct imap_session *s, unsigned outstanding, struct err *e) {
	if (!conn_run(&s->conn, outstanding, e))
		return false;
	if (!s->failed || outstanding)
		return true;
	*e = s->why;
	s->failed = false;
	return false;
}

/* (("prefix" "delimiter" extension...) ...) or NIL; returns the index behind it. */
static uint32_t read_namespaces(struct imap_session *s, const struct line *l, uint32_t i,
				enum imap_namespace_kind kind) {
	uint32_t end = line_skip(l, i);
	if (i >= l->count || l->tok[i].kind != TOK_OPEN)
		return end;
	for (i++; i + 2 < end && l->tok[i].kind == TOK_OPEN; i = line_skip(l, i)) {
		const struct token *prefix = &l->tok[i + 1], *delimiter = &l->tok[i + 2];
		struct imap_namespace *n = &s->spaces[s->space_count];
		if (s->space_count == IMAP_NAMESPACES_MAX || prefix->len >= sizeof n->prefix)
			continue;
		*n = (struct imap_namespace){ .kind = kind };
		if (prefix->kind != TOK_NIL)
			memcpy(n->prefix, token_text(l, prefix), prefix->len);
		if (delimiter->kind == TOK_STRING && delimiter->len == 1)
			n->delimiter = *token_text(l, delimiter);
		s->space_count++;
	}
	return end;
}

static bool on_untagged(void *arg, const struct line *l, struct err *e) {
	struct imap_session *s = arg;
	(void)e;
	if (l->overflow)
		return true;
	if (line_word(l, 0, "NAMESPACE") && !s->space_count) {
		uint32_t i = read_namespaces(s, l, 1, NAMESPACE_PERSONAL);
		i = read_namespaces(s, l, i, NAMESPACE_OTHER);
		read_namespaces(s, l, i, NAMESPACE_SHARED);
	} else if (line_word(l, 0, "LIST")) { /* the answer to LIST "" "": attributes, delimiter, "" */
		const struct token *t = line_at(l, line_skip(l, 1));
		if (t && t->kind == TOK_STRING && t->len == 1)
			s->spaces[0].delimiter = *token_text(l, t);
	}
	return true;
}

static bool send_simple(struct imap_conn *c, const char *verb, const char *args, struct err *e) {
	uint32_t seq;
	return conn_command(c, verb, &seq, e) && outq_arg(&c->out, args, e) && conn_end(c, e);
}

/* Such a question may be refused: it is done without. But Exchange lets a token in that may not open the mailbox, and
 * says so at the next command, whatever that is. */
static bool on_answer(void *arg, uint32_t seq, const struct line *l, struct err *e) {
	const struct imap_session *s = arg;
	char said[300];
	(void)seq;
	if (l->status == STATUS_OK)
		return true;
	line_describe(l, said, sizeof said);
	err_set(e, ERR_SERVER_BUG, "%s: the mailbox does not open: %s", s->conn.label, said);
	return !net_classify_text(said, e) || e->cat != ERR_NO_PERMISSION || e->scope < ERR_SCOPE_MAILBOX;
}

/* libcurl has asked already; what it heard in clear before STARTTLS does not count. */
static bool first_capabilities(struct imap_session *s, struct err *e) {
	const char *heard = channel_capability(s->conn.ch);
	if (*heard && conn_heard(&s->conn, heard, e) && s->conn.caps_told)
		return true;
	return send_simple(&s->conn, "CAPABILITY", "", e) && conn_run(&s->conn, 0, e);
}

/* What is offered changes with the login (Exchange), and iCloud adds to literals until it was asked. Where the answer
 * to the login says enough to go on, the question travels together with the next ones. */
static bool later_capabilities(struct imap_session *s, bool told, struct err *e) {
	s->conn.hooks = (struct imap_hooks){ .arg = s, .tagged = on_answer };
	return send_simple(&s->conn, "CAPABILITY", "", e) && (told || conn_run(&s->conn, 0, e));
}

static bool learn_namespaces(struct imap_session *s, struct err *e) {
	struct imap_conn *c = &s->conn;
	c->hooks = (struct imap_hooks){ .arg = s, .untagged = on_untagged, .tagged = on_answer };
	/* NetEase (163.com) lets nobody in who does not introduce himself; Exchange refuses ID NIL. */
	bool ok = !(c->caps.bits & IMAP_ID) || send_simple(c, "ID", " (\"name\" \"mailvan\")", e);
	ok = ok && (!(c->caps.bits & IMAP_NAMESPACE) || send_simple(c, "NAMESPACE", "", e)) && conn_run(c, 0, e);
	if (ok && (!s->space_count || s->spaces[0].kind != NAMESPACE_PERSONAL)) {
		if (s->space_count == IMAP_NAMESPACES_MAX)
			s->space_count--;
		memmove(s->spaces + 1, s->spaces, s->space_count++ * sizeof *s->spaces);
		s->spaces[0] = (struct imap_namespace){ .kind = NAMESPACE_PERSONAL };
		ok = send_simple(c, "LIST", " \"\" \"\"", e) && conn_run(c, 0, e);
	}
	c->hooks = (struct imap_hooks){ 0 };
	return ok;
}

static void choose_literals(struct imap_session *s) {
	struct imap_conn *c = &s->conn;
	/* Exchange announces LITERAL+, but runs the body of a refused APPEND as commands. */
	if (s->exchange)
		c->caps.bits &= ~(uint32_t)(IMAP_LITERAL_PLUS | IMAP_LITERAL_MINUS);
	c->out.literals = c->caps.bits & IMAP_LITERAL_PLUS    ? LITERAL_PLUS
			  : c->caps.bits & IMAP_LITERAL_MINUS ? LITERAL_MINUS
							      : LITERAL_SYNC;
}

static bool greet(struct imap_session *s, struct err *e) {
	const char *greeting = channel_greeting(s->conn.ch);
	s->courier = strcasestr(greeting, "Courier-IMAP") != NULL;
	s->exchange = strcasestr(greeting, "Microsoft Exchange") != NULL;
	if (strncasecmp(greeting, "* PREAUTH", 9) != 0)
		return true;
	return err_set(e, ERR_AUTH_POLICY,
		       "%s: the server opened a mailbox without a login (PREAUTH), and does not say whose",
		       s->conn.label);
}

static bool log_in(struct imap_session *s, const struct endpoint *ep, struct err *e) {
	unsigned before = s->conn.caps_told;
	return imap_login(&s->conn, ep, e) && later_capabilities(s, s->conn.caps_told > before, e);
}

bool session_open(struct imap_session *s, const struct mail_context *ctx, const struct endpoint *ep, bool read_only,
		  struct err *e) {
	*s = (struct imap_session){ 0 };
	if (conn_open(&s->conn, ctx, ep, read_only, e) && greet(s, e) && first_capabilities(s, e) && log_in(s, ep, e) &&
	    learn_namespaces(s, e)) {
		choose_literals(s);
		return true;
	}
	session_close(s, false);
	return false;
}

/* Everything that matters is acknowledged by now: nobody waits for the answer to a farewell. */
void session_close(struct imap_session *s, bool polite) {
	struct imap_conn *c = &s->conn;
	struct err e;
	if (polite && !c->dead && send_simple(c, "LOGOUT", "", &e))
		conn_leave(c);
	else
		conn_close(c);
}

/* Does the name lie in this namespace, or is it the namespace's own root ("Shared" of "Shared/")? */
static bool lies_in(const struct imap_namespace *n, const char *wire) {
	size_t len = strlen(n->prefix);
	if (strncmp(wire, n->prefix, len) == 0)
		return true;
	return len && n->prefix[len - 1] == n->delimiter && strlen(wire) == len - 1 &&
	       strncmp(wire, n->prefix, len - 1) == 0;
}

bool session_is_foreign(const struct imap_session *s, const char *wire) {
	const struct imap_namespace *best = NULL;
	if (strcasecmp(wire, "INBOX") == 0)
		return false;
	/* The longest prefix decides: Cyrus has personal "INBOX." and shared "". */
	for (unsigned i = 0; i < s->space_count; i++)
		if (lies_in(&s->spaces[i], wire) && (!best || strlen(s->spaces[i].prefix) > strlen(best->prefix)))
			best = &s->spaces[i];
	return best && best->kind != NAMESPACE_PERSONAL;
}
