/* SPDX-License-Identifier: MIT
 *
 * session.h - a logged-in IMAP connection and what is true for its whole life:
 * namespaces, quirks of the server, the selected folder.
 */
#ifndef MAILVAN_MAIL_IMAP_SESSION_H
#define MAILVAN_MAIL_IMAP_SESSION_H

#include "core/mail/imap/conn.h"

#define IMAP_NAMESPACES_MAX 16

enum imap_namespace_kind { NAMESPACE_PERSONAL, NAMESPACE_OTHER, NAMESPACE_SHARED };

struct imap_namespace {
	enum imap_namespace_kind kind;
	char prefix[FOLDER_NAME_MAX];
	char delimiter; /* 0 = flat */
};

struct imap_session {
	struct imap_conn conn;
	struct imap_namespace spaces[IMAP_NAMESPACES_MAX]; /* [0] is the personal one */
	unsigned space_count;
	bool courier; /* UIDVALIDITY under EXAMINE is made up: SELECT */
	bool exchange;
	char selected[FOLDER_NAME_MAX]; /* wire name, "" = none */
	/* Of the selected folder: as SELECT said it, and what was expunged since. */
	uint32_t exists, uidnext, uidvalidity, expunged;
	struct err why;	/* the first refusal or callback error of the blocking call that runs */
	bool failed;
};

/* Connect, log in once, ask for capabilities again, ID and NAMESPACE. */
bool session_open(struct imap_session *s, const struct mail_context *ctx, const struct endpoint *ep, bool read_only,
		  struct err *e);
/* polite: LOGOUT, and at most a second for the answer. */
void session_close(struct imap_session *s, bool polite);

/* The folder belongs to another user or is shared: not part of the personal mailbox. */
bool session_is_foreign(const struct imap_session *s, const char *wire);

/* Take note of EXPUNGE in the selected folder, which may come at any time. */
void session_track(struct imap_session *s, const struct line *l);

/* Before a blocking call: no other command may be under way (that would be a program error). */
bool session_begin(struct imap_session *s, struct err *e);
/* For blocking calls: remember the first error, so that the command can still run to its end
 * and the connection stays usable. session_run waits for all commands and gives that error. */
void session_note(struct imap_session *s, const struct err *why);
bool session_run(struct imap_session *s, unsigned outstanding, struct err *e);

#endif
