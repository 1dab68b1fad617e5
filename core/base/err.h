/* SPDX-License-Identifier: MIT
 *
 * err.h - errors as values: what went wrong for a person, and for the scheduler.
 *
 * Every function that can fail takes a `struct err *` (never NULL) and returns
 * false/NULL/-1 after filling it. The text is one sentence the operator can act
 * on; it never holds a secret and is already sanitised (see text.h), because it
 * often quotes a server.
 */
#ifndef MAILVAN_BASE_ERR_H
#define MAILVAN_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

/* CAT(symbol, "Name", default scope, default retry, "What to do about it."): design section 6.
 * The name is stable: it is stored, printed and exported. The number is not:
 * store the name. */
#define ERR_CATEGORIES(CAT) \
	CAT(NONE, "None", PROGRAM, NEVER, \
	    "") \
	CAT(NET, "Net", MAILBOX, LATER, \
	    "Check the network and the server, then migrate again: it goes on where it stopped.") \
	CAT(TLS, "TLS", MAILBOX, NEVER, \
	    "Correct the server's certificate, its name or its security setting, then migrate again.") \
	CAT(AUTH_BAD, "AuthBad", MAILBOX, NEVER, \
	    "Correct the login or the password in the list and add the list again, then migrate again.") \
	CAT(AUTH_POLICY, "AuthPolicy", MAILBOX, NEVER, \
	    "Allow this way to log in at the server (IMAP or POP access, app password, licence), migrate again.") \
	CAT(TOKEN_EXPIRED, "TokenExpired", MAILBOX, NOW, \
	    "Give a new access token, then migrate again.") \
	CAT(NO_MAILBOX, "NoMailbox", MAILBOX, NEVER, \
	    "Create the mailbox or correct its name, then migrate again.") \
	CAT(NO_PERMISSION, "NoPermission", FOLDER, NEVER, \
	    "Give the login the right to read or write here, then retry.") \
	CAT(THROTTLED, "Throttled", MAILBOX, LATER, \
	    "Nothing: it goes on by itself when the server allows it.") \
	CAT(CONN_LIMIT, "ConnLimit", MAILBOX, LATER, \
	    "Lower the number of mailboxes at once or close other connections to this account, then migrate again.") \
	CAT(DAILY_BUDGET, "DailyBudget", MAILBOX, LATER, \
	    "Migrate again when the server's daily limit has started anew.") \
	CAT(OVER_QUOTA, "OverQuota", MAILBOX, NEVER, \
	    "Raise the target mailbox's quota or make room there, then retry.") \
	CAT(TOO_LARGE, "TooLarge", MESSAGE, NEVER, \
	    "Raise the target's message size limit, then retry; or hand the message over as a file.") \
	CAT(BAD_CONTENT, "BadContent", MESSAGE, NEVER, \
	    "Look at the message at the source; retry after the target accepts it, or hand it over as a file.") \
	CAT(FOLDER_NAME, "FolderName", FOLDER, NEVER, \
	    "Rename the folder at the source, or create it at the target by hand, then migrate again.") \
	CAT(READ_ONLY, "ReadOnly", FOLDER, NEVER, \
	    "Make the target folder writable for this login, then migrate again.") \
	CAT(VANISHED, "Vanished", MESSAGE, NEVER, \
	    "None: it is no longer where it was at the source.") \
	CAT(UIDVALIDITY_CHANGED, "UidvalidityChanged", FOLDER, NOW, \
	    "Migrate again: the folder is matched anew.") \
	CAT(SERVER_BUG, "ServerBug", MAILBOX, LATER, \
	    "Look at the message or folder with a mail client; repair or export it there, then retry.") \
	CAT(LOCAL_DISK, "LocalDisk", PROGRAM, NEVER, \
	    "Make room on the disk that holds the project, then migrate again.") \
	CAT(LEASE_LOST, "LeaseLost", MAILBOX, LATER, \
	    "Nothing: another worker has this mailbox.") \
	CAT(VAULT_LOCKED, "VaultLocked", PROGRAM, NEVER, \
	    "Unlock the vault, then migrate again.") \
	CAT(MEMORY, "Memory", PROGRAM, LATER, \
	    "Lower the number of mailboxes at once, then migrate again.") \
	CAT(INPUT, "Input", PROGRAM, NEVER, \
	    "Correct what the error names, then migrate again.") \
	CAT(CANCELLED, "Cancelled", MAILBOX, NEVER, \
	    "Migrate again to go on.")

enum err_cat {
#define CAT(sym, name, scope, retry, remedy) ERR_##sym,
	ERR_CATEGORIES(CAT)
#undef CAT
	ERR_CAT_COUNT
};

/* How far the damage reaches: nothing outside the scope may be failed. */
enum err_scope { ERR_SCOPE_MESSAGE, ERR_SCOPE_FOLDER, ERR_SCOPE_MAILBOX, ERR_SCOPE_SERVER, ERR_SCOPE_PROGRAM };

/* NOW: reconnect and go on. LATER: wait (wait_ms if the server said how long). NEVER: a person must act. */
enum err_retry { ERR_RETRY_NOW, ERR_RETRY_LATER, ERR_RETRY_NEVER };

#define ERR_TEXT_MAX 400

/* Which of a mailbox's two servers refused; NONE for everything that is no refusal of a server. */
enum err_side { ERR_SIDE_NONE, ERR_SIDE_SOURCE, ERR_SIDE_TARGET };

/* Net: nobody answered at that host, or nobody knows its name. Everything else is said of a server that was reached. */
enum err_reach { ERR_REACHED, ERR_UNREACHABLE, ERR_NAME_UNKNOWN };

struct err {
	enum err_cat cat;
	enum err_scope scope;
	enum err_retry retry;
	unsigned wait_ms; /* server-given wait, 0 when none was given */
	bool wait_named;  /* the server said wait_ms itself; else it is what that server is known to need */
	bool bare;	  /* a NO of a server without a code or a text that is known: anything may be behind it */
	enum err_side side;
	enum err_reach reach;
	char text[ERR_TEXT_MAX];
};

/* Fill with the category's default scope and retry class. Always returns false,
 * so that a caller can write `return err_set(e, ERR_NET, "...")`. */
bool err_set(struct err *e, enum err_cat cat, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same, with errno's text appended after ": ". */
bool err_errno(struct err *e, enum err_cat cat, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Put "prefix: " before the text that is there. */
bool err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool err_nomem(struct err *e);
void err_clear(struct err *e);

const char *err_cat_name(enum err_cat cat);
/* One sentence for the operator; "" when there is nothing to say. */
const char *err_cat_remedy(enum err_cat cat);
/* ERR_NONE when the name is unknown. */
enum err_cat err_cat_parse(const char *name);

#endif
