/* SPDX-License-Identifier: MIT
 *
 * imap_target.c - the target vtable over a session.
 */
#include <stdlib.h>

#include "core/base/text.h"
#include "core/mail/imap/append.h"
#include "core/mail/imap/fetch.h"
#include "core/mail/imap/folder.h"
#include "core/mail/imap/imap.h"

struct imap_target {
	struct target base;
	struct imap_session session;
	struct appender appender;
	struct fetcher fetcher;
};

static struct imap_target *of(struct target *t) { return (struct imap_target *)t; }
static const struct imap_target *of_const(const struct target *t) { return (const struct imap_target *)t; }

static unsigned caps(const struct target *t) {
	const struct imap_conn *c = &of_const(t)->session.conn;
	unsigned got = 0;
	if (c->caps.bits & IMAP_UIDPLUS)
		got |= TARGET_UIDPLUS;
	if (c->caps.bits & IMAP_MOVE)
		got |= TARGET_MOVE;
	if (c->out.literals == LITERAL_PLUS)
		got |= TARGET_LITERAL_PLUS;
	if (c->caps.bits & IMAP_MULTIAPPEND && c->out.literals != LITERAL_SYNC)
		got |= TARGET_MULTIAPPEND;
	if (c->caps.bits & IMAP_GMAIL)
		got |= TARGET_GMAIL;
	if (c->caps.bits & IMAP_QUOTA)
		got |= TARGET_QUOTA;
	if (of_const(t)->session.exchange)
		got |= TARGET_EXCHANGE;
	return got;
}

static uint64_t append_limit(const struct target *t) { return of_const(t)->session.conn.caps.append_limit; }

static void namespace(const struct target *t, const char **prefix, char *delimiter) {
	const struct imap_namespace *n = &of_const(t)->session.spaces[0];
	*prefix = n->prefix;
	*delimiter = n->delimiter;
}

static bool list(struct target *t, bool status, folder_fn *fn, void *arg, struct err *e) {
	return imap_list(&of(t)->session, status, fn, arg, e);
}

static bool create(struct target *t, const char *wire_name, struct err *e) {
	return imap_create(&of(t)->session, wire_name, e);
}

static bool rename_folder(struct target *t, const char *wire_name, const char *to, struct err *e) {
	return imap_rename(&of(t)->session, wire_name, to, e);
}

static bool make(struct target *t, struct folder_wish *wishes, size_t n, struct err *e) {
	return imap_make(&of(t)->session, wishes, n, e);
}

static bool subscribe(struct target *t, const char *wire_name, bool on, struct err *e) {
	return imap_subscribe(&of(t)->session, wire_name, on, e);
}

static bool select_folder(struct target *t, const char *wire_name, struct folder_status *st, struct err *e) {
	struct imap_session *s = &of(t)->session;
	if (!imap_select(s, wire_name, true, st, e))
		return false;
	/* It lists $MDNSent, keeps no keyword, and answers BAD to one that it does not know. */
	if (s->exchange) {
		st->keywords_any = false;
		st->keywords[0] = '\0';
	}
	return true;
}

/* What was appended since the folder was selected lies behind the UIDNEXT of that time. */
static bool select_again(struct imap_session *s, struct err *e) {
	char wire[FOLDER_NAME_MAX];
	struct folder_status st;
	text_copy(wire, sizeof wire, s->selected);
	uint32_t validity = s->uidvalidity;
	if (!wire[0])
		return err_set(e, ERR_INPUT, "No folder is selected");
	if (!imap_select(s, wire, true, &st, e))
		return false;
	return st.uidvalidity == validity ||
	       err_set(e, ERR_UIDVALIDITY_CHANGED, "%s: the folder was replaced by another one meanwhile",
		       s->conn.label);
}

static bool scan(struct target *t, uint32_t first_uid, scan_fn *fn, void *arg, struct err *e) {
	struct imap_session *s = &of(t)->session;
	return select_again(s, e) && imap_scan(s, first_uid, 0, fn, arg, e);
}

static bool headers(struct target *t, const uint32_t *uids, size_t n, header_fn *fn, void *arg, struct err *e) {
	struct imap_session *s = &of(t)->session;
	return (uids || select_again(s, e)) && imap_headers(s, uids, n, fn, arg, e);
}

static bool store_flags(struct target *t, const uint32_t *uids, size_t n, bool add, uint32_t flags,
			const char *keywords, struct err *e) {
	return imap_store_flags(&of(t)->session, uids, n, add, flags, keywords, e);
}

static bool move(struct target *t, const uint32_t *uids, size_t n, const char *wire_name, struct err *e) {
	return imap_move(&of(t)->session, uids, n, wire_name, e);
}

static bool expunge(struct target *t, const uint32_t *uids, size_t n, struct err *e) {
	return imap_expunge(&of(t)->session, uids, n, e);
}

/* Answers of fetches and of appends go to different places: one kind at a time. */
static bool only(bool other, struct err *e) {
	return !other || err_set(e, ERR_INPUT, "Fetching and appending on one target connection at the same time");
}

static bool quota(struct target *t, struct folder_quota *q, struct err *e) {
	return only(append_unacked(&of(t)->appender) > 0 || fetch_pending(&of(t)->fetcher) > 0, e) &&
	       imap_quota(&of(t)->session, q, e);
}

static bool fetch(struct target *t, const uint32_t *uids, size_t n, struct err *e) {
	return only(append_unacked(&of(t)->appender) > 0, e) && fetch_queue(&of(t)->fetcher, uids, n, e);
}

static bool fetch_step_target(struct target *t, const struct source_sink *sink, bool *progress, struct err *e) {
	return only(append_unacked(&of(t)->appender) > 0, e) && fetch_step(&of(t)->fetcher, sink, progress, e);
}

static size_t fetch_in_flight(const struct target *t) { return fetch_pending(&of_const(t)->fetcher); }

static size_t room(const struct target *t) { return append_room(&of_const(t)->appender); }

static bool begin(struct target *t, const struct append_message *m, struct err *e) {
	return only(fetch_pending(&of(t)->fetcher) > 0, e) && append_begin(&of(t)->appender, m, e);
}

static bool data(struct target *t, const char *p, size_t n, struct err *e) {
	return append_data(&of(t)->appender, p, n, e);
}

static bool end(struct target *t, bool more_follow, struct err *e) {
	return append_end(&of(t)->appender, more_follow, e);
}

static size_t unacked(const struct target *t) { return append_unacked(&of_const(t)->appender); }

static bool step(struct target *t, const struct target_sink *sink, bool *progress, struct err *e) {
	return only(fetch_pending(&of(t)->fetcher) > 0, e) && append_step(&of(t)->appender, sink, progress, e);
}

static int fd(const struct target *t) { return conn_fd(&of_const(t)->session.conn); }

static short events(const struct target *t) { return conn_events(&of_const(t)->session.conn); }

static void bytes(const struct target *t, uint64_t *in, uint64_t *out) {
	conn_bytes(&of_const(t)->session.conn, in, out);
}

static unsigned round_trip(const struct target *t) { return of_const(t)->session.conn.round_trip; }

static void close_target(struct target *t, bool polite) {
	struct imap_target *i = of(t);
	/* A LOGOUT behind an unfinished literal would become part of the message. */
	session_close(&i->session, polite && !append_unacked(&i->appender) && !i->appender.open);
	fetch_free(&i->fetcher);
	free(i);
}

static const struct target_ops ops = {
	.caps = caps,
	.append_limit = append_limit,
	.namespace = namespace,
	.list = list,
	.create = create,
	.rename = rename_folder,
	.subscribe = subscribe,
	.make = make,
	.select = select_folder,
	.scan = scan,
	.headers = headers,
	.store_flags = store_flags,
	.move = move,
	.expunge = expunge,
	.quota = quota,
	.fetch = fetch,
	.fetch_step = fetch_step_target,
	.fetch_in_flight = fetch_in_flight,
	.append_room = room,
	.append_begin = begin,
	.append_data = data,
	.append_end = end,
	.append_unacked = unacked,
	.step = step,
	.fd = fd,
	.events = events,
	.bytes = bytes,
	.round_trip = round_trip,
	.close = close_target,
};

struct target *imap_target_open(const struct mail_context *ctx, const struct endpoint *ep, struct err *e) {
	struct imap_target *i = calloc(1, sizeof *i);
	if (!i) {
		err_nomem(e);
		return NULL;
	}
	i->base.ops = &ops;
	if (!session_open(&i->session, ctx, ep, false, e)) {
		free(i);
		return NULL;
	}
	append_init(&i->appender, &i->session);
	fetch_init(&i->fetcher, &i->session);
	return &i->base;
}
