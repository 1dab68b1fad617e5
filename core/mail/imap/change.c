/* SPDX-License-Identifier: MIT
 *
 * change.c - UID STORE, UID MOVE and UID EXPUNGE on a target: what the opt-in delta options do to copies of ours.
 *
 * Sequence numbers are never used, and EXPUNGE without UIDs is not in here at all: it would take along what
 * somebody else has marked.
 */
#include <string.h>

#include "core/mail/imap/flags.h"
#include "core/mail/imap/folder.h"
#include "core/mail/imap/seqset.h"

#define FLAG_LIST_MAX (2 * KEYWORDS_MAX)

struct change {
	struct imap_session *s;
	const char *what; /* for the error sentence */
};

static bool on_untagged(void *arg, const struct line *l, struct err *e) {
	struct change *ch = arg;
	(void)e;
	session_track(ch->s, l);
	return true;
}

static bool on_tagged(void *arg, uint32_t seq, const struct line *l, struct err *e) {
	struct change *ch = arg;
	(void)seq;
	if (l->status == STATUS_OK)
		return true;
	conn_refused(&ch->s->conn, l, ERR_NO_PERMISSION, ERR_SCOPE_FOLDER, ch->what, e);
	session_note(ch->s, e);
	return true;
}

/* One command per set that fits a line; args are our own words, name (may be NULL) a folder's. */
static bool change(struct imap_session *s, const char *what, const char *verb, const uint32_t *uids, size_t n,
		   const char *args, const char *name, struct err *e) {
	struct change ch = { .s = s, .what = what };
	struct imap_conn *c = &s->conn;
	char set[SEQSET_MAX];
	if (!session_begin(s, e))
		return false;
	c->hooks = (struct imap_hooks){ .arg = &ch, .untagged = on_untagged, .tagged = on_tagged };
	bool ok = true;
	for (size_t i = 0; ok && i < n;) {
		uint32_t seq;
		i += seqset_write(set, sizeof set, uids + i, n - i);
		ok = conn_command(c, verb, &seq, e) && outq_arg(&c->out, " ", e) && outq_arg(&c->out, set, e) &&
		     outq_arg(&c->out, args, e) && (!name || outq_astring(&c->out, name, strlen(name), e)) &&
		     conn_end(c, e) && session_run(s, 0, e);
	}
	c->hooks = (struct imap_hooks){ 0 };
	return ok;
}

bool imap_store_flags(struct imap_session *s, const uint32_t *uids, size_t n, bool add, uint32_t flags,
		      const char *keywords, struct err *e) {
	struct buf list;
	buf_init(&list, FLAG_LIST_MAX);
	bool ok = buf_puts(&list, add ? " +FLAGS.SILENT" : " -FLAGS.SILENT") && flags_write(&list, flags, keywords) &&
		  buf_putc(&list, '\0');
	if (ok)
		ok = change(s, "flags cannot be set", "UID STORE", uids, n, list.data, NULL, e);
	else if (list.failed)
		err_nomem(e); /* FLAG_LIST_MAX holds every list there can be */
	else
		err_set(e, ERR_INPUT, "%s: a flag that is not an IMAP atom was kept from the server", s->conn.label);
	buf_free(&list);
	return ok;
}

bool imap_move(struct imap_session *s, const uint32_t *uids, size_t n, const char *wire, struct err *e) {
	if (!(s->conn.caps.bits & IMAP_MOVE))
		return err_set(e, ERR_INPUT, "%s: the server has no MOVE", s->conn.label);
	return change(s, "messages cannot be moved", "UID MOVE", uids, n, "", wire, e);
}

bool imap_expunge(struct imap_session *s, const uint32_t *uids, size_t n, struct err *e) {
	if (!(s->conn.caps.bits & IMAP_UIDPLUS))
		return err_set(e, ERR_INPUT, "%s: the server has no UID EXPUNGE", s->conn.label);
	return imap_store_flags(s, uids, n, true, FLAG_DELETED, "", e) &&
	       change(s, "messages cannot be removed", "UID EXPUNGE", uids, n, "", NULL, e);
}
