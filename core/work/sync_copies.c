/* SPDX-License-Identifier: MIT
 *
 * sync_copies.c - a UID in the ledger is only what an APPENDUID said once: what is there now is looked at before
 * anything is done to it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mail/mime/header.h"
#include "core/mail/mime/ident.h"
#include "core/work/bodies.h"
#include "core/work/match.h"
#include "core/work/sync.h"

struct looking {
	struct sync_copy *at;
	size_t n;
};

static int by_dst_uid(const void *a, const void *b) {
	const struct sync_copy *x = a, *y = b;
	return (x->row.dst_uid > y->row.dst_uid) - (x->row.dst_uid < y->row.dst_uid);
}

static struct sync_copy *find(const struct looking *lk, uint32_t dst_uid) {
	size_t low = 0, high = lk->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (lk->at[mid].row.dst_uid < dst_uid)
			low = mid + 1;
		else
			high = mid;
	}
	return low < lk->n && lk->at[low].row.dst_uid == dst_uid ? &lk->at[low] : NULL;
}

static bool on_header(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct sync_copy *c = find(arg, item->uid);
	struct header_ident id;
	(void)e;
	if (!c)
		return true;
	ident_header(header, n, &id);
	c->found = true;
	c->ours = c->row.ident != 0 && c->row.ident == ident_value(&id);
	c->flags = item->flags;
	text_copy(c->keywords, sizeof c->keywords, item->keywords);
	header_field_text(header, n, "Subject", c->subject, sizeof c->subject);
	header_field_text(header, n, "From", c->from, sizeof c->from);
	header_field_text(header, n, "Date", c->date, sizeof c->date);
	header_field_text(header, n, "Message-ID", c->message_id, sizeof c->message_id);
	return true;
}

bool sync_copies_headers(struct run *r, struct sync_copy *at, size_t n, struct err *e) {
	uint32_t uids[SYNC_AT_ONCE];
	struct looking lk = { at, n };
	if (n == 0)
		return true;
	if (n > SYNC_AT_ONCE)
		return err_set(e, ERR_INPUT, "Too many copies to look at together");
	qsort(at, n, sizeof *at, by_dst_uid);
	for (size_t i = 0; i < n; i++) {
		uids[i] = at[i].row.dst_uid;
		at[i].found = at[i].ours = at[i].body_equal = false;
		at[i].flags = 0;
		at[i].keywords[0] = '\0';
	}
	return r->dst->ops->headers(r->dst, uids, n, on_header, &lk, e);
}

static bool on_body(void *arg, uint32_t key, const struct hash *hash, uint64_t size, struct err *e) {
	struct sync_copy *c = find(arg, key);
	(void)size, (void)e;
	if (c)
		c->body_equal = memcmp(hash, &c->row.body, sizeof *hash) == 0;
	return true;
}

bool sync_copies_bodies(struct run *r, struct sync_copy *at, size_t n, struct err *e) {
	uint32_t uids[SYNC_AT_ONCE];
	struct looking lk = { at, n };
	size_t wanted = 0;
	for (size_t i = 0; i < n && wanted < SYNC_AT_ONCE; i++)
		if (at[i].ours)
			uids[wanted++] = at[i].row.dst_uid;
	return bodies_hash_target(r, uids, wanted, on_body, &lk, e);
}
