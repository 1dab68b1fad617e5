/* SPDX-License-Identifier: MIT
 *
 * directory.h - a service that knows users, permissions and devices, behind one table of functions.
 *
 * Exchange Online (core/admin/exchange and graph) is the first; core/admin/acl does permissions of an ordinary IMAP
 * server (RFC 4314). A directory is used by one thread. It reads into the store's cached lists, changes only what a
 * task asks for, and can say every change as PowerShell instead.
 */
#ifndef MAILVAN_ADMIN_DIRECTORY_H
#define MAILVAN_ADMIN_DIRECTORY_H

#include "core/admin/change.h"
#include "core/admin/tokens.h"
#include "core/base/buf.h"

struct directory;

/* Asked between requests of long work. rows: read or done so far; of: 0 = unknown; until: throttled, or 0.
 * false: stop now (pause, stop), nothing is wrong. */
typedef bool directory_progress_fn(void *arg, uint64_t rows, uint64_t of, wall_ms_t until);

struct directory_context {
	struct store *store;
	struct net *net;
	const struct stop *stop;
	directory_progress_fn *progress; /* may be NULL */
	void *progress_arg;
};

/* One call of `mailvan tenant test`: what was asked, whether it worked, and what to do otherwise. */
struct directory_check {
	char name[80], text[400], remedy[400];
	bool ok;
};
#define DIRECTORY_CHECKS_MAX 16

/* What a look at one change has found: there is a new reference, or NULL with e None when it is not known. */
struct change_look {
	json_t *there;
	struct err e;
};
/* An error of a connection rather than of a request: says so in its scope, because nobody else would fare better with
 * it. Always false. */
bool directory_unreachable(struct err *e);

/* What a mailbox may be opened with, on a phone above all. Where a directory does not say, it may. */
struct phone_access {
	bool activesync, outlook_app, web;
	char policy[300]; /* of mobile devices; "" = the default one */
	struct err e;	  /* why nothing of this is known, or None; NO_MAILBOX: there is no such mailbox */
};

struct directory_ops {
	const char *name; /* "Exchange Online" */
	/* Sign-in, roles, one harmless read of each kind. Fills checks; false only when nothing could be tried. */
	bool (*check)(struct directory *d, struct directory_check checks[DIRECTORY_CHECKS_MAX], size_t *n,
		      struct err *e);
	/* Brings the cached list up to date. refresh: the name in its record_list ("refresh-users"). what: NULL = the
	 * whole list, else only this mailbox or device. Old rows that the service does not name any more go, in one
	 * transaction at the end; a refresh that is broken off leaves the old list. */
	bool (*refresh)(struct directory *d, const char *refresh, const char *what, struct err *e);
	/* How many changes of this verb apply takes at once (>= 1). 0: this directory cannot do it. */
	size_t (*group)(struct directory *d, enum change_verb v);
	/* What is there now, for n changes of one verb (n as for apply), asked for together; called right before each
	 * attempt. looks starts zeroed. An e of one ends that change as failed, unsent; if its scope is above the
	 * mailbox or it may pass, the task ends. False (e): the task ends, nobody could be asked. */
	bool (*look)(struct directory *d, const struct change *c, size_t n, struct change_look *looks, struct err *e);
	/* Carries out n changes of one verb. Every result is filled. False (e) only when nothing was tried and the
	 * task must stop (sign-in lost, licence of the program): the results are then LATER. A look older than
	 * CHANGE_LOOK_MS is not acted upon; waits that the service asks for within one request do not count. */
	bool (*apply)(struct directory *d, const struct change *c, size_t n, struct change_result *r, struct err *e);
	/* The same as PowerShell that an administrator could paste, one or more lines; secrets as Read-Host. */
	bool (*powershell)(const struct change *c, struct buf *out, struct err *e);
	/* A question that changes nothing and fills no list: "recovery-password", "mailbox", "protocols", "groups" (of
	 * a user: {"groups": [{"name", "mail"}], "unnamed": n}, those of which nothing but their number may be read),
	 * "domains" (of the tenant, whatever the target: {"domains": ["contoso.com"]}, the verified ones). New
	 * reference, or NULL with e. */
	json_t *(*ask)(struct directory *d, const char *question, const char *target, struct err *e);
	/* Fills out[0..n), of any number of mailboxes. False (e): nobody could be asked, or stopped. NULL: such a
	 * directory has no phones. */
	bool (*phones)(struct directory *d, const char *const *mailboxes, size_t n, struct phone_access *out,
		       struct err *e);
	void (*close)(struct directory *d);
};

struct directory {
	const struct directory_ops *ops;
	struct directory_context ctx;
	struct tenant tenant;
};

/* Does not connect yet. */
struct directory *directory_open(const struct directory_context *ctx, int64_t tenant, struct err *e);
void directory_close(struct directory *d);

/* A change as PowerShell, without a directory. */
bool directory_powershell(const struct change *c, struct buf *out, struct err *e);

/* What takes a change back, given what was there before and what it did: 1 = out is filled (args new reference, target
 * borrowed from c), 0 = nothing need be done (it was so before), -1 = cannot be taken back (e says why). */
struct change_inverse {
	enum change_verb verb;
	json_t *args;
};
int change_inverse(const struct change *c, const json_t *before, struct change_inverse *out, struct err *e);

#endif
