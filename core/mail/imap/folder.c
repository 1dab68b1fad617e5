/* SPDX-License-Identifier: MIT
 *
 * folder.c - SELECT, EXAMINE, CREATE, RENAME, SUBSCRIBE, UNSUBSCRIBE.
 */
#include "core/mail/imap/folder.h"

#include <string.h>
#include <strings.h>

#include "core/base/text.h"
#include "core/mail/imap/flags.h"

struct selection {
	struct imap_session *s;
	struct folder_status *st;
	struct flag_list flags, permanent;
	bool permanent_known;
};

static uint64_t code_number(const struct line *l, uint64_t max) {
	uint64_t n = 0;
	const struct token *t = line_at(l, l->code_at + 1);
	return t && l->code_at + 1 < l->code_end && token_number(l, t, max, &n) ? n : 0;
}

static void read_code(struct selection *sel, const struct line *l) {
	struct folder_status *st = sel->st;
	if (line_code(l, "UIDVALIDITY")) {
		st->uidvalidity = (uint32_t)code_number(l, UINT32_MAX);
	} else if (line_code(l, "UIDNEXT")) {
		st->uidnext = (uint32_t)code_number(l, UINT32_MAX);
	} else if (line_code(l, "HIGHESTMODSEQ")) { /* Zoho says -1: none */
		st->highestmodseq = code_number(l, INT64_MAX);
	} else if (line_code(l, "UIDNOTSTICKY")) {
		st->uid_not_sticky = true;
	} else if (line_code(l, "READ-ONLY")) {
		st->read_only = true;
	} else if (line_code(l, "PERMANENTFLAGS")) {
		flags_read(&sel->permanent, l, l->code_at + 1);
		sel->permanent_known = true;
	}
}

static bool on_untagged(void *arg, const struct line *l, struct err *e) {
	struct selection *sel = arg;
	uint64_t n = 0;
	(void)e;
	if (l->status == STATUS_OK)
		read_code(sel, l);
	else if (line_word(l, 1, "EXISTS") && token_number(l, &l->tok[0], UINT32_MAX, &n))
		sel->st->exists = (uint32_t)n;
	else if (line_word(l, 0, "FLAGS"))
		flags_read(&sel->flags, l, 1);
	return true;
}

static bool on_selected(void *arg, uint32_t seq, const struct line *l, struct err *e) {
	struct selection *sel = arg;
	(void)seq;
	if (l->status == STATUS_OK) {
		read_code(sel, l);
		return true;
	}
	conn_refused(&sel->s->conn, l, ERR_SERVER_BUG, ERR_SCOPE_FOLDER, "the folder cannot be opened", e);
	session_note(sel->s, e);
	return true;
}

bool imap_select(struct imap_session *s, const char *wire, bool writable, struct folder_status *st, struct err *e) {
	struct selection sel = { .s = s, .st = st };
	struct imap_conn *c = &s->conn;
	uint32_t seq;
	*st = (struct folder_status){ 0 };
	if (!session_begin(s, e))
		return false;
	s->selected[0] = '\0';
	c->hooks = (struct imap_hooks){ .arg = &sel, .untagged = on_untagged, .tagged = on_selected };
	if (!conn_command(c, writable || s->courier ? "SELECT" : "EXAMINE", &seq, e) ||
	    !outq_astring(&c->out, wire, strlen(wire), e) || !conn_end(c, e) || !session_run(s, 0, e))
		return false;
	/* RFC 9051 7.1: without PERMANENTFLAGS every flag of the folder can be stored. */
	const struct flag_list *store = sel.permanent_known ? &sel.permanent : &sel.flags;
	st->permanent_flags = store->system;
	st->keywords_any = store->any;
	text_copy(st->keywords, sizeof st->keywords, store->keywords);
	if (!text_copy(s->selected, sizeof s->selected, wire))
		return err_set(e, ERR_FOLDER_NAME, "%s: a folder name is too long", c->label);
	s->exists = st->exists;
	s->uidnext = st->uidnext;
	s->uidvalidity = st->uidvalidity;
	s->expunged = 0;
	return true;
}

bool imap_folder_is_there(const struct line *l) {
	char said[200];
	line_describe(l, said, sizeof said);
	/* Exchange, Courier and older Cyrus have no code for it. */
	return l->status == STATUS_OK || line_code(l, "ALREADYEXISTS") || strcasestr(said, "already exists") ||
	       strcasestr(said, "Mailbox exists");
}

static bool on_created(void *arg, uint32_t seq, const struct line *l, struct err *e) {
	struct imap_session *s = arg;
	(void)seq;
	if (imap_folder_is_there(l))
		return true;
	conn_refused(&s->conn, l, ERR_FOLDER_NAME, ERR_SCOPE_FOLDER, "the folder cannot be made", e);
	session_note(s, e);
	return true;
}

static bool on_subscribed(void *arg, uint32_t seq, const struct line *l, struct err *e) {
	struct imap_session *s = arg;
	(void)seq;
	if (l->status == STATUS_OK)
		return true;
	conn_refused(&s->conn, l, ERR_FOLDER_NAME, ERR_SCOPE_FOLDER, "the subscription cannot be changed", e);
	session_note(s, e);
	return true;
}

static bool on_renamed(void *arg, uint32_t seq, const struct line *l, struct err *e) {
	struct imap_session *s = arg;
	(void)seq;
	if (l->status == STATUS_OK)
		return true;
	conn_refused(&s->conn, l, ERR_FOLDER_NAME, ERR_SCOPE_FOLDER, "the folder cannot be renamed", e);
	session_note(s, e);
	return true;
}

bool imap_rename(struct imap_session *s, const char *wire, const char *to, struct err *e) {
	struct imap_conn *c = &s->conn;
	uint32_t seq;
	if (!session_begin(s, e))
		return false;
	/* Whether an open folder may be renamed is not said anywhere: what follows selects again. */
	s->selected[0] = '\0';
	c->hooks = (struct imap_hooks){ .arg = s, .tagged = on_renamed };
	return conn_command(c, "RENAME", &seq, e) && outq_astring(&c->out, wire, strlen(wire), e) &&
	       outq_astring(&c->out, to, strlen(to), e) && conn_end(c, e) && session_run(s, 0, e);
}

static bool name_command(struct imap_session *s, const char *verb, const char *wire,
			 bool (*tagged)(void *, uint32_t, const struct line *, struct err *), struct err *e) {
	struct imap_conn *c = &s->conn;
	uint32_t seq;
	if (!session_begin(s, e))
		return false;
	c->hooks = (struct imap_hooks){ .arg = s, .tagged = tagged };
	return conn_command(c, verb, &seq, e) && outq_astring(&c->out, wire, strlen(wire), e) && conn_end(c, e) &&
	       session_run(s, 0, e);
}

bool imap_create(struct imap_session *s, const char *wire, struct err *e) {
	return name_command(s, "CREATE", wire, on_created, e);
}

bool imap_subscribe(struct imap_session *s, const char *wire, bool on, struct err *e) {
	return name_command(s, on ? "SUBSCRIBE" : "UNSUBSCRIBE", wire, on_subscribed, e);
}
