/* SPDX-License-Identifier: MIT
 *
 * permissions_cache.h - who may open what, as the tenant said when it was crawled last, mailbox by mailbox.
 */
#ifndef MAILVAN_STORE_PERMISSIONS_CACHE_H
#define MAILVAN_STORE_PERMISSIONS_CACHE_H

#include "core/base/clock.h"
#include "core/store/store.h"

/* Stored: never renumber. */
enum permission_bits { PERMIT_ALLOW = 1, PERMIT_INHERITED = 2, PERMIT_DENY = 4, PERMIT_DENY_INHERITED = 8 };
enum permission_right { RIGHT_FULL_ACCESS, RIGHT_SEND_AS, RIGHT_ON_BEHALF, RIGHT_COUNT };

#define PERMISSION_TRUSTEES_MAX 5000 /* of one mailbox; Exchange has about 500 */

struct permission_cell {
	const char *trustee;
	unsigned bits[RIGHT_COUNT]; /* enum permission_bits */
	bool orphan;
	char rights[200]; /* others than Full Access; "" = none */
};
/* All that a mailbox grants, in place of what was known of it. error: it could not be looked at: what was known stays.
 */
bool permissions_put(struct store *s, int64_t tenant, const char *mailbox, const struct permission_cell *cells,
		     size_t n, const char *error, struct err *e);
/* One entry for a right of a pair is there now, or is not. Nothing is left of a pair that has none. */
bool permission_set(struct store *s, int64_t tenant, const char *mailbox, const char *trustee,
		    enum permission_right right, enum permission_bits bit, bool there, struct err *e);

/* Mailboxes that were looked at since then, without an error, in the order of their names. */
typedef bool crawled_fn(void *arg, const char *mailbox);
bool permissions_crawled(struct store *s, int64_t tenant, wall_ms_t since, crawled_fn *fn, void *arg, struct err *e);
/* A crawl that began then has come to its end: what it did not meet is gone from the tenant. */
bool permissions_end(struct store *s, int64_t tenant, wall_ms_t began, struct err *e);

struct crawl_status {
	uint64_t mailboxes, failed; /* looked at; of them in vain at the last attempt */
	wall_ms_t oldest;	    /* 0 = never */
	bool unfinished;	    /* a crawl was broken off */
};
bool permissions_status(struct store *s, int64_t tenant, struct crawl_status *out, struct err *e);

#define MEMBERSHIPS_TEXT_MAX ((size_t)4 << 20) /* bytes of JSON that are kept of one user */
/* The groups of a user as directory.h's question "groups" gives them, in place of what was known. */
bool memberships_put(struct store *s, int64_t tenant, const char *user, const char *groups, struct err *e);
/* malloc'ed, and when they were asked for; *groups NULL and *at 0: never. */
bool memberships_get(struct store *s, int64_t tenant, const char *user, char **groups, wall_ms_t *at, struct err *e);

/* memberships_get, but NULL when they are older than the permissions that were read last. */
bool memberships_current(struct store *s, int64_t tenant, const char *user, char **groups, wall_ms_t *at,
			 struct err *e);
/* By which sign-in name the groups of a trustee are asked for: Graph knows users by no other. "" = certainly no user.
 */
bool memberships_user(struct store *s, int64_t tenant, const char *trustee, char *user, size_t size, struct err *e);

#endif
