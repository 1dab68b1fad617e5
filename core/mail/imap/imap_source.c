/* SPDX-License-Identifier: MIT
 *
 * imap_source.c - the source vtable over a read-only session.
 */
#include <stdlib.h>

#include "core/mail/imap/fetch.h"
#include "core/mail/imap/folder.h"
#include "core/mail/imap/imap.h"

struct imap_source {
	struct source base;
	struct imap_session session;
	struct fetcher fetcher;
};

static struct imap_source *of(struct source *s) { return (struct imap_source *)s; }
static const struct imap_source *of_const(const struct source *s) { return (const struct imap_source *)s; }

static unsigned caps(const struct source *s) {
	uint32_t bits = of_const(s)->session.conn.caps.bits;
	return SOURCE_FOLDERS | (bits & IMAP_GMAIL ? SOURCE_GMAIL : 0) |
	       ((bits & IMAP_LIST_STATUS) && (bits & IMAP_LIST_EXTENDED) ? SOURCE_STATUS_CHEAP : 0) |
	       (bits & IMAP_CONDSTORE ? SOURCE_CONDSTORE : 0) |
	       (of_const(s)->session.exchange ? SOURCE_EXCHANGE : 0);
}

static bool list(struct source *s, bool status, folder_fn *fn, void *arg, struct err *e) {
	return imap_list(&of(s)->session, status, fn, arg, e);
}

static bool select_folder(struct source *s, const char *wire_name, struct folder_status *st, struct err *e) {
	return imap_select(&of(s)->session, wire_name, false, st, e);
}

static bool scan(struct source *s, uint32_t first_uid, scan_fn *fn, void *arg, struct err *e) {
	return imap_scan(&of(s)->session, first_uid, 0, fn, arg, e);
}

static bool scan_part(struct source *s, uint32_t first_uid, uint32_t last_uid, scan_fn *fn, void *arg, struct err *e) {
	return imap_scan(&of(s)->session, first_uid, last_uid, fn, arg, e);
}

static bool flags(struct source *s, uint64_t since, scan_fn *fn, void *arg, struct err *e) {
	return imap_flags(&of(s)->session, since, fn, arg, e);
}

static bool headers(struct source *s, const uint32_t *uids, size_t n, header_fn *fn, void *arg, struct err *e) {
	return imap_headers(&of(s)->session, uids, n, fn, arg, e);
}

static bool fetch(struct source *s, const uint32_t *uids, size_t n, struct err *e) {
	return fetch_queue(&of(s)->fetcher, uids, n, e);
}

static size_t in_flight(const struct source *s) { return fetch_pending(&of_const(s)->fetcher); }

static bool step(struct source *s, const struct source_sink *sink, bool *progress, struct err *e) {
	return fetch_step(&of(s)->fetcher, sink, progress, e);
}

static int fd(const struct source *s) { return conn_fd(&of_const(s)->session.conn); }

static short events(const struct source *s) { return conn_events(&of_const(s)->session.conn); }

static void bytes(const struct source *s, uint64_t *in, uint64_t *out) {
	conn_bytes(&of_const(s)->session.conn, in, out);
}

static unsigned round_trip(const struct source *s) { return of_const(s)->session.conn.round_trip; }

static void close_source(struct source *s, bool polite) {
	struct imap_source *i = of(s);
	session_close(&i->session, polite);
	fetch_free(&i->fetcher);
	free(i);
}

static void namespace(const struct source *src, const char **prefix, char *delimiter) {
	const struct imap_namespace *n = &of_const(src)->session.spaces[0];
	*prefix = n->prefix;
	*delimiter = n->delimiter;
}

static const struct source_ops ops = {
	.caps = caps,
	.namespace = namespace,
	.list = list,
	.select = select_folder,
	.scan = scan,
	.scan_part = scan_part,
	.flags = flags,
	.headers = headers,
	.fetch = fetch,
	.in_flight = in_flight,
	.step = step,
	.fd = fd,
	.events = events,
	.bytes = bytes,
	.round_trip = round_trip,
	.close = close_source,
};

struct source *imap_source_open(const struct mail_context *ctx, const struct endpoint *ep, struct err *e) {
	struct imap_source *i = calloc(1, sizeof *i);
	if (!i) {
		err_nomem(e);
		return NULL;
	}
	i->base.ops = &ops;
	if (!session_open(&i->session, ctx, ep, true, e)) {
		free(i);
		return NULL;
	}
	fetch_init(&i->fetcher, &i->session);
	return &i->base;
}
