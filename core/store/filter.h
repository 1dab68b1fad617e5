/* SPDX-License-Identifier: MIT
 *
 * filter.h - a mailbox_filter as a WHERE clause on "mailbox m".
 */
#ifndef MAILVAN_STORE_FILTER_H
#define MAILVAN_STORE_FILTER_H

#include "core/base/buf.h"
#include "core/store/db.h"
#include "core/store/mailboxes.h"

#define FILTER_BINDS 12

/* A query being put together: text and values in the order of their '?'. */
struct filter_query {
	struct buf sql;
	struct bind binds[FILTER_BINDS];
	size_t bind_count;
	struct buf ids, states; /* JSON arrays that binds borrow */
	struct buf text;	/* a pattern of LIKE, likewise */
};

void filter_begin(struct filter_query *q);
void filter_end(struct filter_query *q);
/* Adds "cond AND cond ..." ("1" without conditions); f may be NULL. May be called once. */
bool filter_where(struct filter_query *q, const struct mailbox_filter *f, struct err *e);
void filter_bind(struct filter_query *q, struct bind b);
/* The statement; NULL with e also when memory ran out on the way. */
sqlite3_stmt *filter_run(struct filter_query *q, struct db *db, struct err *e);
/* The mailbox_filter in words, for the audit. */
void filter_words(char *dst, size_t size, const struct mailbox_filter *f);

#endif
