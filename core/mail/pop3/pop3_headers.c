/* SPDX-License-Identifier: MIT
 *
 * pop3_headers.c - message headers by TOP n 0, in a pipeline where the server takes one, by RETR
 * where it has no TOP; and the identity of messages that have no UIDL.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mail/mime/ident.h"
#include "core/mail/pop3/pop3_session.h"

struct header_pass {
	struct pop3 *p;
	const uint32_t *numbers; /* NULL: from, from + 1, ... */
	uint32_t from;
	size_t count, asked;
	bool by_retr;
	bool ask_uidl;
	struct buf header; /* of the message being read, its first HEADER_KEEP_MAX bytes */
	/* header NULL: the server refused to give it. uidl "": none. */
	bool (*take)(void *arg, uint32_t number, const char *uidl, const char *header, size_t n, struct err *e);
	void *arg;
};

static uint32_t number_at(const struct header_pass *h, size_t i) {
	return h->numbers ? h->numbers[i] : h->from + (uint32_t)i;
}

static bool ask_header(struct header_pass *h, uint32_t number, struct err *e) {
	return h->by_retr ? pop3_command_number(&h->p->wire, "RETR", number, "", e)
			  : pop3_command_number(&h->p->wire, "TOP", number, " 0", e);
}

static bool keep_header(void *arg, const char *p, size_t n, struct err *e) {
	struct header_pass *h = arg;
	size_t room = HEADER_KEEP_MAX - h->header.len;
	return buf_put(&h->header, p, n < room ? n : room) || err_nomem(e);
}

static bool read_body(struct header_pass *h, struct err *e) {
	struct pop3_wire *w = &h->p->wire;
	struct pop3_unstuff u;
	bool done = false;
	pop3_unstuff_begin(&u, !w->crlf);
	while (!done) {
		size_t used;
		if (w->pos == w->len && !pop3_wait_bytes(w, e))
			return false;
		if (!pop3_unstuff_add(&u, w->in + w->pos, w->len - w->pos, &used, &done, keep_header, h, e)) {
			w->dead = true;
			return false;
		}
		w->pos += used;
	}
	return true;
}

static bool read_uidl(struct header_pass *h, uint32_t number, char uidl[UIDL_MAX + 1], struct err *e) {
	char *line;
	const char *rest;
	uint32_t named;
	bool ok;
	uidl[0] = '\0';
	if (!pop3_wait_status(&h->p->wire, &ok, &line, e))
		return false;
	if (ok && pop3_numbered(line + 3, POP3_MESSAGES_MAX, &named, &rest) && named == number)
		pop3_keep_uidl(uidl, rest);
	return true;
}

/* Fills the window again when it is half empty, so that a write carries many commands. */
static bool ask_ahead(struct header_pass *h, size_t answered, struct err *e) {
	if (!h->p->caps.pipelining || h->asked - answered > POP3_TOP_WINDOW / 2)
		return true;
	for (; h->asked < h->count && h->asked - answered < POP3_TOP_WINDOW; h->asked++) {
		uint32_t number = number_at(h, h->asked);
		if ((h->ask_uidl && !pop3_command_number(&h->p->wire, "UIDL", number, "", e)) ||
		    !ask_header(h, number, e))
			return false;
	}
	return true;
}

/* One message of the pass. *given: the server gave its header (in h->header). */
static bool read_one(struct header_pass *h, size_t i, char uidl[UIDL_MAX + 1], bool *given, struct err *e) {
	struct pop3_wire *w = &h->p->wire;
	uint32_t number = number_at(h, i);
	bool one_by_one = !h->p->caps.pipelining;
	char *line;
	uidl[0] = '\0';
	if (!ask_ahead(h, i, e))
		return false;
	if (h->ask_uidl &&
	    ((one_by_one && !pop3_command_number(w, "UIDL", number, "", e)) || !read_uidl(h, number, uidl, e)))
		return false;
	if ((one_by_one && !ask_header(h, number, e)) || !pop3_wait_status(w, given, &line, e))
		return false;
	buf_reset(&h->header);
	if (*given)
		return read_body(h, e);
	struct err why;
	pop3_refused(line, ERR_NONE, "", &why);
	if (why.cat != ERR_THROTTLED && why.cat != ERR_CONN_LIMIT && why.cat != ERR_DAILY_BUDGET)
		return true;
	return pop3_refused(line, why.cat, "The POP3 server refused to send headers", e);
}

static bool take(struct header_pass *h, uint32_t number, const char *uidl, bool given, struct err *e) {
	err_clear(e);
	if (h->take(h->arg, number, uidl, given ? (h->header.data ? h->header.data : "") : NULL, h->header.len, e))
		return true;
	h->p->wire.dead |= h->p->caps.pipelining; /* answers are still on their way */
	return pop3_callback_ended(e);
}

/* A message whose TOP was refused is asked for by RETR behind the pass: one that the server does not
 * serve by TOP may well be served whole. */
static bool run_pass(struct header_pass *h, struct err *e) {
	char uidl[UIDL_MAX + 1];
	uint32_t *refused = NULL;
	size_t refused_count = 0;
	bool ok = true;
	for (size_t i = 0; ok && i < h->count; i++) {
		bool given = false;
		uint32_t number = number_at(h, i);
		ok = read_one(h, i, uidl, &given, e);
		if (ok && !given && !h->by_retr && i == 0 && !h->p->caps.known) {
			/* No CAPA, and the very first TOP refused: there is no TOP. */
			h->p->no_top = h->by_retr = true;
			ok = read_one(h, i, uidl, &given, e);
		}
		if (ok && !given && !h->by_retr) {
			uint32_t *more = refused;
			if ((refused_count & (refused_count - 1)) == 0) /* grows at powers of two */
				more = realloc(refused, (refused_count ? 2 * refused_count : 1) * sizeof *refused);
			ok = more || err_nomem(e);
			if (ok)
				(refused = more)[refused_count++] = number;
		} else if (ok) {
			ok = take(h, number, uidl, given, e);
		}
	}
	if (ok && refused_count) {
		struct header_pass again = *h;
		again.numbers = refused;
		again.count = refused_count;
		again.asked = 0;
		again.by_retr = true;
		ok = run_pass(&again, e);
		h->header = again.header;
	}
	free(refused);
	return ok;
}

static bool run(struct header_pass *h, struct err *e) {
	buf_init(&h->header, HEADER_KEEP_MAX);
	h->by_retr = h->p->no_top || (h->p->caps.known && !h->p->caps.top);
	bool ok = run_pass(h, e);
	buf_free(&h->header);
	return ok;
}

struct header_call {
	struct pop3 *p;
	header_fn *header;
	scan_fn *scan;
	void *arg;
};

/* Ledgers know messages by names that were made of so much: it cannot be changed any more. */
#define NAMED_BY_MAX 65536

/* The name of a message without UIDL: see pop3.h. */
static void name_by_header(char dst[UIDL_MAX + 1], const struct scan_item *item, const char *header, size_t n) {
	struct header_ident id;
	uint64_t size = item->size == UINT64_MAX ? 0 : item->size;
	if (header) {
		ident_header(header, n < NAMED_BY_MAX ? n : NAMED_BY_MAX, &id);
		snprintf(dst, UIDL_MAX + 1, "h:%016" PRIx64 ":%" PRIu64, id.hash, size);
	} else {
		snprintf(dst, UIDL_MAX + 1, "n:%" PRIu32 ":%" PRIu64, item->number, size);
	}
}

static bool take_for_headers(void *arg, uint32_t number, const char *uidl, const char *header, size_t n,
			     struct err *e) {
	struct header_call *call = arg;
	char name[UIDL_MAX + 1];
	struct scan_item item = pop3_item(call->p, number, uidl);
	if (!header)
		return true;
	if (!uidl[0]) {
		name_by_header(name, &item, header, n);
		item.uidl = name;
	}
	return call->header(call->arg, &item, header, n, e);
}

static bool take_for_scan(void *arg, uint32_t number, const char *uidl, const char *header, size_t n, struct err *e) {
	struct header_call *call = arg;
	char name[UIDL_MAX + 1];
	struct scan_item item = pop3_item(call->p, number, uidl);
	name_by_header(name, &item, header, n);
	item.uidl = name;
	return call->scan(call->arg, &item, e);
}

bool pop3_headers(struct source *s, const uint32_t *uids, size_t n, header_fn *fn, void *arg, struct err *e) {
	struct pop3 *p = (struct pop3 *)s;
	struct header_call call = { .p = p, .header = fn, .arg = arg };
	struct header_pass h = { .p = p, .numbers = uids, .count = n, .ask_uidl = !p->no_uidl };
	h.take = take_for_headers;
	h.arg = &call;
	if (pop3_in_flight(s))
		return err_set(e, ERR_INPUT, "POP3 headers cannot be read beside a fetch");
	if (!pop3_need_sizes(p, e)) /* a header's identity includes the size */
		return false;
	if (!uids) {
		h.from = n ? (uint32_t)n : 1;
		h.count = n <= p->exists ? p->exists - h.from + 1 : 0;
	}
	return h.count == 0 || run(&h, e);
}

bool pop3_scan_by_header(struct pop3 *p, const uint32_t *numbers, size_t n, scan_fn *fn, void *arg, struct err *e) {
	struct header_call call = { .p = p, .scan = fn, .arg = arg };
	struct header_pass h = { .p = p, .numbers = numbers, .count = n };
	h.take = take_for_scan;
	h.arg = &call;
	return run(&h, e);
}
