/* SPDX-License-Identifier: MIT
 *
 * make.c - CREATE and SUBSCRIBE of many folders in one round trip.
 */
#include <string.h>

#include "core/mail/imap/folder.h"

#define AT_ONCE 32

struct making {
	struct imap_session *s;
	struct folder_wish *wish[AT_ONCE];
	uint32_t create[AT_ONCE], subscribe[AT_ONCE]; /* their commands; 0 = none */
	size_t count;
};

static bool on_tagged(void *arg, uint32_t seq, const struct line *l, struct err *e) {
	struct making *m = arg;
	(void)e;
	for (size_t i = 0; i < m->count; i++) {
		if (seq == m->create[i])
			m->wish[i]->created = imap_folder_is_there(l);
		if (seq == m->subscribe[i])
			m->wish[i]->subscribed = l->status == STATUS_OK;
	}
	return true;
}

static bool ask(struct making *m, const char *verb, const char *wire, uint32_t *seq, struct err *e) {
	struct imap_conn *c = &m->s->conn;
	return conn_command(c, verb, seq, e) && outq_astring(&c->out, wire, strlen(wire), e) && conn_end(c, e);
}

static bool flight(struct making *m, struct err *e) {
	if (!session_begin(m->s, e))
		return false;
	m->s->conn.hooks = (struct imap_hooks){ .arg = m, .tagged = on_tagged };
	for (size_t i = 0; i < m->count; i++) {
		struct folder_wish *w = m->wish[i];
		if ((w->create && !ask(m, "CREATE", w->wire, &m->create[i], e)) ||
		    (w->subscribe && !ask(m, "SUBSCRIBE", w->wire, &m->subscribe[i], e)))
			return false;
	}
	return session_run(m->s, 0, e);
}

bool imap_make(struct imap_session *s, struct folder_wish *wishes, size_t n, struct err *e) {
	for (size_t i = 0; i < n;) {
		struct making m = { .s = s };
		while (i < n && m.count < AT_ONCE)
			m.wish[m.count++] = &wishes[i++];
		if (!flight(&m, e))
			return false;
	}
	s->conn.hooks = (struct imap_hooks){ 0 };
	return true;
}
