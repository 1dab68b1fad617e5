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

/* CAT(symbol, "Name", default scope, default retry): design section 6.
 * The name is stable: it is stored, printed and exported. The number is not:
 * store the name. */
#define ERR_CATEGORIES(CAT) \
	CAT(NONE, "None", PROGRAM, NEVER) \
	CAT(NET, "Net", MAILBOX, LATER) \
	CAT(TLS, "TLS", MAILBOX, NEVER) \
	CAT(AUTH_BAD, "AuthBad", MAILBOX, NEVER) \
	CAT(AUTH_POLICY, "AuthPolicy", MAILBOX, NEVER) \
	CAT(TOKEN_EXPIRED, "TokenExpired", MAILBOX, NOW) \
	CAT(NO_MAILBOX, "NoMailbox", MAILBOX, NEVER) \
	CAT(NO_PERMISSION, "NoPermission", FOLDER, NEVER) \
	CAT(THROTTLED, "Throttled", MAILBOX, LATER) \
	CAT(CONN_LIMIT, "ConnLimit", MAILBOX, LATER) \
	CAT(DAILY_BUDGET, "DailyBudget", MAILBOX, LATER) \
	CAT(OVER_QUOTA, "OverQuota", MAILBOX, NEVER) \
	CAT(TOO_LARGE, "TooLarge", MESSAGE, NEVER) \
	CAT(BAD_CONTENT, "BadContent", MESSAGE, NEVER) \
	CAT(FOLDER_NAME, "FolderName", FOLDER, NEVER) \
	CAT(READ_ONLY, "ReadOnly", FOLDER, NEVER) \
	CAT(VANISHED, "Vanished", MESSAGE, NEVER) \
	CAT(UIDVALIDITY_CHANGED, "UidvalidityChanged", FOLDER, NOW) \
	CAT(SERVER_BUG, "ServerBug", MAILBOX, LATER) \
	CAT(LOCAL_DISK, "LocalDisk", PROGRAM, NEVER) \
	CAT(LEASE_LOST, "LeaseLost", MAILBOX, LATER) \
	CAT(VAULT_LOCKED, "VaultLocked", PROGRAM, NEVER) \
	CAT(MEMORY, "Memory", PROGRAM, LATER) \
	CAT(INPUT, "Input", PROGRAM, NEVER) \
	CAT(CANCELLED, "Cancelled", MAILBOX, NEVER)

enum err_cat {
#define CAT(sym, name, scope, retry) ERR_##sym,
	ERR_CATEGORIES(CAT)
#undef CAT
	ERR_CAT_COUNT
};

/* How far the damage reaches: nothing outside the scope may be failed. */
enum err_scope { ERR_SCOPE_MESSAGE, ERR_SCOPE_FOLDER, ERR_SCOPE_MAILBOX, ERR_SCOPE_SERVER, ERR_SCOPE_PROGRAM };

/* NOW: reconnect and go on. LATER: wait (wait_ms if the server said how long). NEVER: a person must act. */
enum err_retry { ERR_RETRY_NOW, ERR_RETRY_LATER, ERR_RETRY_NEVER };

#define ERR_TEXT_MAX 400

struct err {
	enum err_cat cat;
	enum err_scope scope;
	enum err_retry retry;
	unsigned wait_ms; /* server-given wait, 0 when none was given */
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
/* ERR_NONE when the name is unknown. */
enum err_cat err_cat_parse(const char *name);

#endif
