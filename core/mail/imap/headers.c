/* SPDX-License-Identifier: MIT
 *
 * headers.c - the identity headers of some or all messages of the selected folder.
 *
 * They are counted as a multiset by the caller, so a message that a server says twice
 * must arrive once: one seen too often would make another one count as copied.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/numset.h"
#include "core/mail/imap/fetch_item.h"
#include "core/mail/imap/folder.h"
#include "core/mail/imap/seqset.h"

#define WHAT "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT RECEIVED)])"
#define UIDS_PER_COMMAND 500
#define IN_FLIGHT 4

struct pass {
	struct imap_session *s;
	header_fn *fn;
	void *arg;
	const uint32_t *uids; /* NULL: all from first on */
	size_t n;
	uint32_t first;
	struct numset seen;
};

static int by_number(const void *va, const void *vb) {
	uint32_t a = *(const uint32_t *)va, b = *(const uint32_t *)vb;
	return a < b ? -1 : a > b;
}

/* *fresh: wanted and not seen before; it is now. */
static bool note_uid(struct pass *p, uint32_t uid, bool *fresh, struct err *e) {
	*fresh = p->uids ? bsearch(&uid, p->uids, p->n, sizeof uid, by_number) != NULL : uid >= p->first;
	return !*fresh || numset_add(&p->seen, uid, fresh, e);
}

static bool on_untagged(void *arg, const struct line *l, struct err *e) {
	struct pass *p = arg;
	struct fetch_item f;
	struct scan_item item;
	bool fresh = false;
	session_track(p->s, l);
	if (!is_fetch(l) || l->overflow || p->s->failed)
		return true;
	fetch_item_read(&f, l);
	if (!f.uid || !f.header)
		return true;
	if (!note_uid(p, f.uid, &fresh, e))
		return false;
	if (!fresh)
		return true;
	fetch_item_as_scan(&f, &item);
	struct err why = { 0 };
	if (p->fn(p->arg, &item, token_text(l, f.header), f.header->kind == TOK_STRING ? f.header->len : 0, &why))
		return true;
	if (why.cat == ERR_NONE)
		err_set(&why, ERR_CANCELLED, "Stopped");
	session_note(p->s, &why);
	return true;
}

static bool on_tagged(void *arg, uint32_t seq, const struct line *l, struct err *e) {
	struct pass *p = arg;
	(void)seq;
	if (l->status != STATUS_OK) {
		conn_refused(&p->s->conn, l, ERR_SERVER_BUG, ERR_SCOPE_FOLDER, "the headers cannot be read", e);
		session_note(p->s, e);
	}
	return true;
}

static bool ask(struct pass *p, const char *set, struct err *e) {
	struct imap_conn *c = &p->s->conn;
	uint32_t seq;
	return session_run(p->s, IN_FLIGHT - 1, e) && conn_command(c, "UID FETCH", &seq, e) &&
	       outq_arg(&c->out, " ", e) && outq_arg(&c->out, set, e) && outq_arg(&c->out, " " WHAT, e) &&
	       conn_end(c, e);
}

static bool ask_uids(struct pass *p, struct err *e) {
	char set[SEQSET_MAX];
	for (size_t i = 0; i < p->n && !p->s->failed;) {
		size_t n = p->n - i < UIDS_PER_COMMAND ? p->n - i : UIDS_PER_COMMAND;
		i += seqset_write(set, sizeof set, p->uids + i, n);
		if (!ask(p, set, e))
			return false;
	}
	return true;
}

/* UIDNEXT is no upper bound: seznam.cz lets it lag behind, and a copy that is not seen is sent again. The last
 * message is always part of n:*; note_uid drops it where it is not wanted. */
static bool ask_range(struct pass *p, struct err *e) {
	char set[24];
	if (!p->s->exists)
		return true;
	snprintf(set, sizeof set, "%u:*", p->first);
	return ask(p, set, e);
}

bool imap_headers(struct imap_session *s, const uint32_t *uids, size_t n, header_fn *fn, void *arg, struct err *e) {
	struct pass p = { .s = s, .fn = fn, .arg = arg, .uids = uids, .n = uids ? n : 0 };
	p.first = uids || n > UINT32_MAX ? UINT32_MAX : n ? (uint32_t)n : 1;
	if (!session_begin(s, e))
		return false;
	s->conn.hooks = (struct imap_hooks){ .arg = &p, .untagged = on_untagged, .tagged = on_tagged };
	bool ok = (uids ? ask_uids(&p, e) : ask_range(&p, e)) && session_run(s, 0, e);
	s->conn.hooks = (struct imap_hooks){ 0 };
	numset_free(&p.seen);
	return ok;
}
