/* SPDX-License-Identifier: MIT
 *
 * same_mailbox.c - is the target the source under another name? One server has two (localhost and 127.0.0.1), one
 * account two logins: such a mailbox finds each message where it is to go, and would be certified without having moved.
 *
 * A copy made by a tool that keeps UIDs looks the same, so both connections must also end at one address and port.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "core/store/mailboxes.h"
#include "core/work/run.h"

#define COMPARED 64
/* Two accounts of one server may both begin with the same message that it wrote to them. */
#define TELLING 3

static bool is_loopback(const struct sockaddr_storage *a) {
	const struct sockaddr_in *v4 = (const void *)a;
	const struct sockaddr_in6 *v6 = (const void *)a;
	return a->ss_family == AF_INET ? ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET
				       : a->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static in_port_t port_of(const struct sockaddr_storage *a) {
	return a->ss_family == AF_INET	  ? ((const struct sockaddr_in *)(const void *)a)->sin_port
	       : a->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)(const void *)a)->sin6_port
					  : 0;
}

static bool same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b) {
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)(const void *)b)->sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
				  &((const struct sockaddr_in6 *)(const void *)b)->sin6_addr);
}

static bool same_peer(int one, int other) {
	struct sockaddr_storage a = { 0 }, b = { 0 };
	socklen_t na = sizeof a, nb = sizeof b;
	if (getpeername(one, (struct sockaddr *)&a, &na) != 0 || getpeername(other, (struct sockaddr *)&b, &nb) != 0)
		return false;
	return port_of(&a) && port_of(&a) == port_of(&b) &&
	       (same_address(&a, &b) || (is_loopback(&a) && is_loopback(&b)));
}

struct comparison {
	const struct ledger_row *rows; /* ascending uid */
	size_t count, equal;
};

static bool on_copy(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct comparison *c = arg;
	(void)header, (void)n, (void)e;
	for (size_t i = 0; i < c->count; i++)
		c->equal += c->rows[i].uid == item->uid && c->rows[i].size == item->size && item->date.valid &&
			    c->rows[i].date.unix_s == item->date.unix_s;
	return true;
}

/* The first messages of the source: does the target have them under the same UIDs, with equal size and date? */
static bool compare(struct folder_job *f, struct ledger_row *rows, struct comparison *c, struct err *e) {
	struct run *r = f->run;
	uint32_t uids[COMPARED];
	*c = (struct comparison){ .rows = rows };
	if (!ledger_rows(r->store, f->lf.id, 0, ~0u, rows, COMPARED, &c->count, e))
		return false;
	for (size_t i = 0; i < c->count; i++)
		uids[i] = rows[i].uid;
	return c->count == 0 || r->dst->ops->headers(r->dst, uids, c->count, on_copy, c, e);
}

bool folder_is_not_itself(struct folder_job *f, struct err *e) {
	struct run *r = f->run;
	struct mailbox_row m;
	if (f->lf.dst_uidvalidity || !f->dst_status.exists || !f->src_status.uidvalidity ||
	    f->src_status.uidvalidity != f->dst_status.uidvalidity ||
	    !same_peer(r->src->ops->fd(r->src), r->dst->ops->fd(r->dst)))
		return true;
	if (!mailbox_get(r->store, r->lease.mailbox, &m, e))
		return false;
	if (m.counts.copied + m.counts.adopted + m.counts.merged > 0)
		return true;
	struct comparison c;
	struct ledger_row *rows = calloc(COMPARED, sizeof *rows);
	bool ok = rows ? compare(f, rows, &c, e) : err_nomem(e);
	free(rows);
	if (!ok || c.count == 0 || c.equal < c.count ||
	    (c.count < TELLING && strcasecmp(r->src_ep.login, r->dst_ep.login) != 0))
		return ok;
	err_set(e, ERR_INPUT,
		"Source and target are the same mailbox: one server answers, with the same UIDVALIDITY and UIDs; "
		"nothing was written. Correct server or login of one of them");
	e->scope = ERR_SCOPE_MAILBOX;
	return false;
}
