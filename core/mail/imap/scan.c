/* SPDX-License-Identifier: MIT
 *
 * scan.c - enumerates a folder: windows of UIDs, several in flight, handed out in order.
 *
 * Servers may answer in any order and say a message twice; both are put right here, within
 * the windows in flight, so that memory does not grow with the folder.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mail/imap/fetch_item.h"
#include "core/mail/imap/folder.h"

#define WINDOW_UIDS 2000 /* Yahoo and Exchange choke on whole folders, and what is in flight is held */
#define WINDOWS_MAX 64	 /* sparse UIDs must not mean millions of commands */
#define IN_FLIGHT 4
#define ITEMS_MAX 4000000u
#define KEYWORD_POOL_MAX (64u * 1024 * 1024)

struct item {
	uint32_t uid, flags;
	uint32_t keywords; /* offset in pool; 0 = none */
	struct mail_date date;
	uint64_t size, gm_msgid;
};

struct window {
	uint32_t seq, last; /* last UID asked for */
};

struct scan {
	struct imap_session *s;
	scan_fn *fn;
	void *arg;
	uint32_t first, last; /* last 0: to the end */
	uint32_t done;	      /* every uid up to it was handed out */
	struct item *items;
	size_t count, cap;
	struct buf pool;
	struct window flight[IN_FLIGHT];
	unsigned flying;
	uint64_t total;
};

static bool keep_item(struct scan *sc, const struct fetch_item *f, struct err *e) {
	if (sc->count == ITEMS_MAX)
		return err_set(e, ERR_SERVER_BUG, "%s: the server lists more messages than it was asked for",
			       sc->s->conn.label);
	if (sc->count == sc->cap) {
		size_t cap = sc->cap ? sc->cap * 2 : 1024;
		struct item *p = realloc(sc->items, cap * sizeof *p);
		if (!p)
			return err_nomem(e);
		sc->items = p;
		sc->cap = cap;
	}
	struct item *it = &sc->items[sc->count++];
	*it = (struct item){ f->uid, f->flags.system, 0, f->date, f->size, f->gm_msgid };
	if (!f->flags.keywords[0])
		return true;
	it->keywords = (uint32_t)sc->pool.len;
	return buf_put(&sc->pool, f->flags.keywords, strlen(f->flags.keywords) + 1) || err_nomem(e);
}

static bool on_untagged(void *arg, const struct line *l, struct err *e) {
	struct scan *sc = arg;
	struct fetch_item f;
	session_track(sc->s, l);
	if (!is_fetch(l) || l->overflow || sc->s->failed)
		return true;
	fetch_item_read(&f, l);
	/* Someone else's flag change comes as UID and FLAGS alone. */
	if (!f.uid || f.uid < sc->first || f.uid <= sc->done || (!f.has_size && !f.has_date))
		return true;
	if (sc->last && f.uid > sc->last) /* the next part will list it */
		return true;
	return keep_item(sc, &f, e);
}

static int by_uid(const void *a, const void *b) {
	const struct item *x = a, *y = b;
	return (x->uid > y->uid) - (x->uid < y->uid);
}

static void hand_out(struct scan *sc, const struct item *it) {
	struct err e = { 0 };
	struct scan_item out = { .uid = it->uid,
				 .flags = it->flags,
				 .keywords = it->keywords ? sc->pool.data + it->keywords : "",
				 .date = it->date,
				 .size = it->size,
				 .gm_msgid = it->gm_msgid };
	sc->total++;
	if (sc->fn(sc->arg, &out, &e))
		return;
	if (e.cat == ERR_NONE)
		err_set(&e, ERR_CANCELLED, "Stopped");
	session_note(sc->s, &e);
}

/* Every message up to uid `last` has been said: hand them out, once each. */
static void settle(struct scan *sc, uint32_t last) {
	bool sorted = true;
	for (size_t i = 1; i < sc->count && sorted; i++)
		sorted = sc->items[i - 1].uid < sc->items[i].uid;
	if (!sorted)
		qsort(sc->items, sc->count, sizeof *sc->items, by_uid);
	size_t i = 0;
	for (; i < sc->count && sc->items[i].uid <= last && !sc->s->failed; i++) {
		if (sc->items[i].uid > sc->done)
			hand_out(sc, &sc->items[i]);
		sc->done = sc->items[i].uid;
	}
	sc->count -= i;
	if (sc->count)
		memmove(sc->items, sc->items + i, sc->count * sizeof *sc->items);
	else
		sc->pool.len = 1;
	if (sc->done < last)
		sc->done = last;
}

static bool on_tagged(void *arg, uint32_t seq, const struct line *l, struct err *e) {
	struct scan *sc = arg;
	uint32_t last = UINT32_MAX; /* what is surely complete: all below the windows still flying */
	unsigned left = 0;
	for (unsigned i = 0; i < sc->flying; i++)
		if (sc->flight[i].seq != seq)
			sc->flight[left++] = sc->flight[i];
		else
			last = sc->flight[i].last;
	bool oldest = sc->flying && left < sc->flying && (!left || seq < sc->flight[0].seq);
	sc->flying = left;
	if (l->status != STATUS_OK) {
		conn_refused(&sc->s->conn, l, ERR_SERVER_BUG, ERR_SCOPE_FOLDER, "the folder cannot be listed", e);
		session_note(sc->s, e);
	} else if (oldest && !sc->s->failed) {
		settle(sc, last);
	}
	return true;
}

/* last 0: to the end, whatever it is. */
static bool ask(struct scan *sc, uint32_t first, uint32_t last, struct err *e) {
	struct imap_conn *c = &sc->s->conn;
	char args[128], to[16] = "*";
	uint32_t seq;
	if (last)
		snprintf(to, sizeof to, "%u", last);
	snprintf(args, sizeof args, " %u:%s (UID FLAGS INTERNALDATE RFC822.SIZE%s)", first, to,
		 c->caps.bits & IMAP_GMAIL ? " X-GM-MSGID" : "");
	if (!session_run(sc->s, IN_FLIGHT - 1, e))
		return false;
	if (!conn_command(c, "UID FETCH", &seq, e) || !outq_arg(&c->out, args, e) || !conn_end(c, e))
		return false;
	sc->flight[sc->flying++] = (struct window){ seq, last ? last : UINT32_MAX };
	return true;
}

static bool ask_all(struct scan *sc, struct err *e) {
	uint32_t next = sc->last ? sc->last + 1 : sc->s->uidnext;
	if (!next)
		return ask(sc, sc->first, 0, e);
	if (sc->first >= next)
		return true;
	uint32_t span = next - sc->first, size = span / WINDOWS_MAX + 1;
	if (size < WINDOW_UIDS)
		size = WINDOW_UIDS;
	for (uint32_t from = sc->first; from < next && !sc->s->failed;) {
		uint32_t to = next - from > size ? from + size - 1 : next - 1;
		if (!ask(sc, from, to, e))
			return false;
		from = to + 1;
	}
	return true;
}

/* Windows may have ended in another order than they were asked for. */
static void settle_rest(struct scan *sc) {
	uint32_t last = 0;
	for (size_t i = 0; i < sc->count; i++)
		if (sc->items[i].uid > last)
			last = sc->items[i].uid;
	if (sc->count)
		settle(sc, last);
}

/* A folder that holds more than it lists would lose mail without a word. */
static bool check_count(struct scan *sc, struct err *e) {
	struct imap_session *s = sc->s;
	if (sc->first > 1 || sc->last || sc->total + s->expunged >= s->exists)
		return true;
	/* UIDNEXT may be too low (or a message came while the server counted): look behind it. */
	if (s->uidnext && sc->done < UINT32_MAX && (!ask(sc, sc->done + 1, 0, e) || !session_run(s, 0, e)))
		return false;
	settle_rest(sc);
	if (sc->total + s->expunged >= s->exists)
		return true;
	err_set(e, ERR_SERVER_BUG, "%s: the server counts %u messages in the folder but lists only %llu", s->conn.label,
		s->exists, (unsigned long long)sc->total);
	e->scope = ERR_SCOPE_FOLDER;
	return false;
}

bool imap_scan(struct imap_session *s, uint32_t first_uid, uint32_t last_uid, scan_fn *fn, void *arg, struct err *e) {
	struct scan sc = { .s = s, .fn = fn, .arg = arg, .first = first_uid ? first_uid : 1, .last = last_uid };
	if (!session_begin(s, e))
		return false;
	if (!s->exists)
		return true;
	buf_init(&sc.pool, KEYWORD_POOL_MAX);
	sc.done = sc.first - 1;
	s->conn.hooks = (struct imap_hooks){ .arg = &sc, .untagged = on_untagged, .tagged = on_tagged };
	/* Offset 0 of the pool means "no keywords". */
	bool ok = (buf_put(&sc.pool, "", 1) || err_nomem(e)) && ask_all(&sc, e) && session_run(s, 0, e);
	if (ok) {
		settle_rest(&sc);
		ok = session_run(s, 0, e) && check_count(&sc, e); /* the first: a callback may have stopped it now */
	}
	s->conn.hooks = (struct imap_hooks){ 0 };
	free(sc.items);
	buf_free(&sc.pool);
	return ok;
}
