/* SPDX-License-Identifier: MIT
 *
 * acl.c - GETACL, SETACL and DELETEACL (RFC 4314 section 3).
 */
#include "core/mail/imap/acl.h"

#include <string.h>

#define IDENTIFIER_MAX 1024

struct acl {
	struct imap_session *s;
	const char *what; /* for the error sentence */
	acl_fn *fn;
	void *arg;
	bool answered;
};

/* ACL mailbox identifier rights identifier rights ... One command is under way, so the name need not be compared. */
static bool on_untagged(void *arg, const struct line *l, struct err *e) {
	struct acl *a = arg;
	char who[IDENTIFIER_MAX], rights[ACL_RIGHTS_MAX];
	session_track(a->s, l);
	if (!a->fn || l->overflow || !line_word(l, 0, "ACL"))
		return true;
	a->answered = true;
	for (uint32_t i = 2; line_at(l, i + 1); i += 2) {
		const struct token *w = line_at(l, i), *r = line_at(l, i + 1);
		if (w->len >= sizeof who || r->len >= sizeof rights || memchr(token_text(l, w), '\0', w->len))
			continue;
		memcpy(who, token_text(l, w), w->len);
		who[w->len] = '\0';
		memcpy(rights, token_text(l, r), r->len);
		rights[r->len] = '\0';
		if (!a->fn(a->arg, who, rights, e))
			return false;
	}
	return true;
}

static bool on_tagged(void *arg, uint32_t seq, const struct line *l, struct err *e) {
	struct acl *a = arg;
	(void)seq;
	if (l->status == STATUS_OK)
		return true;
	conn_refused(&a->s->conn, l, ERR_NO_PERMISSION, ERR_SCOPE_FOLDER, a->what, e);
	session_note(a->s, e);
	return true;
}

bool imap_acl_there(const struct imap_session *s, struct err *e) {
	return (s->conn.caps.bits & IMAP_ACL) ||
	       err_set(e, ERR_INPUT,
		       "%s: the server has no ACL extension (RFC 4314): it cannot share mailboxes this way",
		       s->conn.label);
}

static bool run(struct acl *a, const char *verb, const char *wire, const char *identifier, const char *rights,
		struct err *e) {
	struct imap_conn *c = &a->s->conn;
	uint32_t seq;
	if (!session_begin(a->s, e))
		return false;
	c->hooks = (struct imap_hooks){ .arg = a, .untagged = on_untagged, .tagged = on_tagged };
	bool ok = conn_command(c, verb, &seq, e) && outq_astring(&c->out, wire, strlen(wire), e) &&
		  (!identifier || outq_astring(&c->out, identifier, strlen(identifier), e)) &&
		  (!rights || outq_astring(&c->out, rights, strlen(rights), e)) && conn_end(c, e) &&
		  session_run(a->s, 0, e);
	c->hooks = (struct imap_hooks){ 0 };
	return ok;
}

bool imap_acl_get(struct imap_session *s, const char *wire, acl_fn *fn, void *arg, struct err *e) {
	struct acl a = { .s = s, .what = "the rights of a folder cannot be read", .fn = fn, .arg = arg };
	return run(&a, "GETACL", wire, NULL, NULL, e) &&
	       (a.answered || err_set(e, ERR_SERVER_BUG, "%s: GETACL was answered with nothing", s->conn.label));
}

bool imap_acl_set(struct imap_session *s, const char *wire, const char *identifier, const char *rights, struct err *e) {
	struct acl a = { .s = s, .what = "the rights of a folder cannot be set" };
	return *rights ? run(&a, "SETACL", wire, identifier, rights, e)
		       : run(&a, "DELETEACL", wire, identifier, NULL, e);
}
