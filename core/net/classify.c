/* SPDX-License-Identifier: MIT
 *
 * classify.c - the table behind net_classify_text. The first row that matches wins.
 */
#include "core/net/classify.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define MINUTE 60000u

enum match { TEXT, CODE };

/* Scope says who is meant: MAILBOX is this account, SERVER everybody who comes from here (the scheduler then holds the
 * whole server back). A text that says neither is taken to mean the account. */
static const struct rule {
	enum match match;
	const char *pattern; /* TEXT: anywhere in the line; CODE: the response code; ASCII case is ignored */
	enum err_cat cat;
	enum err_scope scope;
	enum err_retry retry;
	unsigned wait_ms; /* when the server names no time */
} rules[] = {
#define MAILBOX ERR_SCOPE_MAILBOX
#define FOLDER ERR_SCOPE_FOLDER
#define MESSAGE ERR_SCOPE_MESSAGE
#define SERVER ERR_SCOPE_SERVER
#define NOW ERR_RETRY_NOW
#define LATER ERR_RETRY_LATER
#define NEVER ERR_RETRY_NEVER
	/* Texts that say more than the response code beside them. */
	{ TEXT, "Suggested Backoff Time", ERR_THROTTLED, MAILBOX, LATER, MINUTE },	   /* Exchange Online */
	{ TEXT, "Request is throttled", ERR_THROTTLED, MAILBOX, LATER, MINUTE },	   /* Exchange Online */
	{ TEXT, "Server Unavailable. 15", ERR_THROTTLED, MAILBOX, LATER, MINUTE },	   /* Exchange */
	{ TEXT, "authenticated but not connected", ERR_NO_PERMISSION, MAILBOX, LATER, MINUTE }, /* Exchange */
	{ TEXT, "Too many simultaneous connections", ERR_CONN_LIMIT, MAILBOX, LATER, MINUTE }, /* Gmail */
	{ TEXT, "command or bandwidth limits", ERR_DAILY_BUDGET, MAILBOX, LATER, 60 * MINUTE }, /* Gmail: [OVERQUOTA] */
	{ TEXT, "Maximum number of connections", ERR_CONN_LIMIT, MAILBOX, LATER, 0 },	   /* Dovecot */
	{ TEXT, "Too many connections", ERR_CONN_LIMIT, SERVER, LATER, 0 },		   /* Courier: per address */
	{ TEXT, "Too many open connections", ERR_CONN_LIMIT, SERVER, LATER, 0 },	   /* Cyrus */
	{ TEXT, "available concurrent connections", ERR_CONN_LIMIT, MAILBOX, LATER, 0 },   /* Exchange */
	{ TEXT, "MailboxConcurrency limit", ERR_THROTTLED, MAILBOX, LATER, 0 },		   /* Graph */
	{ TEXT, "TooManyRequests", ERR_THROTTLED, MAILBOX, LATER, 10000 },		   /* Graph */
	{ TEXT, "ErrorServerBusy", ERR_THROTTLED, MAILBOX, LATER, 10000 },		   /* EWS */
	{ TEXT, "Rate limit hit", ERR_THROTTLED, MAILBOX, LATER, 0 },			   /* Yahoo */
	{ TEXT, "not enabled for IMAP", ERR_AUTH_POLICY, MAILBOX, NEVER, 0 },		   /* Gmail */
	{ TEXT, "Application-specific password", ERR_AUTH_POLICY, MAILBOX, NEVER, 0 },	   /* Gmail */
	{ TEXT, "Web login required", ERR_AUTH_POLICY, MAILBOX, NEVER, 0 },		   /* Gmail */
	{ TEXT, "Session expired, please login", ERR_TOKEN_EXPIRED, MAILBOX, NOW, 0 },	   /* Gmail */
	{ TEXT, "Temporary authentication failure", ERR_NET, MAILBOX, LATER, 0 },	   /* Dovecot */
	{ TEXT, NET_TOO_MANY_KEYWORDS, ERR_BAD_CONTENT, MESSAGE, NEVER, 0 },		   /* Cyrus */
	/* RFC 5530, RFC 9051, and THROTTLED (Gmail, Exchange Online). */
	{ CODE, "THROTTLED", ERR_THROTTLED, MAILBOX, LATER, 0 },
	{ CODE, "LIMIT", ERR_THROTTLED, MAILBOX, LATER, 0 },
	{ CODE, "INUSE", ERR_CONN_LIMIT, MAILBOX, LATER, 0 },
	{ CODE, "UNAVAILABLE", ERR_NET, MAILBOX, LATER, 0 },
	{ CODE, "SERVERBUG", ERR_SERVER_BUG, MAILBOX, LATER, 0 },
	{ CODE, "CONTACTADMIN", ERR_SERVER_BUG, MAILBOX, LATER, 0 },
	{ CODE, "CORRUPTION", ERR_SERVER_BUG, FOLDER, LATER, 0 },
	{ CODE, "AUTHENTICATIONFAILED", ERR_AUTH_BAD, MAILBOX, NEVER, 0 },
	{ CODE, "AUTHORIZATIONFAILED", ERR_NO_PERMISSION, MAILBOX, NEVER, 0 },
	{ CODE, "EXPIRED", ERR_AUTH_BAD, MAILBOX, NEVER, 0 },
	{ CODE, "PRIVACYREQUIRED", ERR_AUTH_POLICY, MAILBOX, NEVER, 0 },
	{ CODE, "NOPERM", ERR_NO_PERMISSION, FOLDER, NEVER, 0 },
	{ CODE, "OVERQUOTA", ERR_OVER_QUOTA, MAILBOX, NEVER, 0 },
	{ CODE, "TOOBIG", ERR_TOO_LARGE, MESSAGE, NEVER, 0 }, /* RFC 4469 */
	{ CODE, "READ-ONLY", ERR_READ_ONLY, FOLDER, NEVER, 0 },
	{ CODE, "NONEXISTENT", ERR_VANISHED, FOLDER, NEVER, 0 },
	/* POP3: RFC 2449 and RFC 3206. */
	{ CODE, "IN-USE", ERR_CONN_LIMIT, MAILBOX, LATER, 0 },
	{ CODE, "LOGIN-DELAY", ERR_THROTTLED, MAILBOX, LATER, 0 },
	{ CODE, "SYS/TEMP", ERR_NET, MAILBOX, LATER, 0 },
	{ CODE, "SYS/PERM", ERR_AUTH_POLICY, MAILBOX, NEVER, 0 },
	{ CODE, "AUTH", ERR_AUTH_BAD, MAILBOX, NEVER, 0 },
	/* Texts of servers that send no code. */
	{ TEXT, "quota exceeded", ERR_OVER_QUOTA, MAILBOX, NEVER, 0 },
	{ TEXT, "quota has been exceeded", ERR_OVER_QUOTA, MAILBOX, NEVER, 0 },
	{ TEXT, "MB storage limit", ERR_OVER_QUOTA, MAILBOX, NEVER, 0 },
	{ TEXT, "Maximum size of appendable message", ERR_TOO_LARGE, MESSAGE, NEVER, 0 }, /* Exchange */
	{ TEXT, "maximum message size", ERR_TOO_LARGE, MESSAGE, NEVER, 0 },		   /* hMailServer and others */
	{ TEXT, "message size exceeds", ERR_TOO_LARGE, MESSAGE, NEVER, 0 },
	{ TEXT, "message too large", ERR_TOO_LARGE, MESSAGE, NEVER, 0 },
	{ TEXT, "message is too large", ERR_TOO_LARGE, MESSAGE, NEVER, 0 },
	{ TEXT, "message too big", ERR_TOO_LARGE, MESSAGE, NEVER, 0 },
	{ TEXT, "message is too big", ERR_TOO_LARGE, MESSAGE, NEVER, 0 },
	{ TEXT, "Too many identical emails", ERR_OVER_QUOTA, MESSAGE, NEVER, 0 }, /* Cyrus: of this one only */
	{ TEXT, "Command received in Invalid state", ERR_NET, MAILBOX, NOW, 0 },	   /* Exchange, after its BYE */
	{ TEXT, "Command Error. 10", ERR_SERVER_BUG, MAILBOX, LATER, 0 }, /* Exchange, after about ten errors */
	{ TEXT, "Too many invalid", ERR_SERVER_BUG, MAILBOX, LATER, 0 },  /* Dovecot, Exchange */
	{ TEXT, "Lookup failed", ERR_SERVER_BUG, MAILBOX, LATER, MINUTE }, /* Gmail */
	{ TEXT, "System Error (Failure)", ERR_SERVER_BUG, MAILBOX, LATER, MINUTE }, /* Gmail */
	{ TEXT, "too busy", ERR_THROTTLED, SERVER, LATER, 0 },
	{ TEXT, "shutting down", ERR_NET, MAILBOX, LATER, 0 },
	{ TEXT, "for inactivity", ERR_NET, MAILBOX, NOW, 0 }, /* Dovecot: BYE Disconnected for inactivity */
	{ TEXT, "Invalid credentials", ERR_AUTH_BAD, MAILBOX, NEVER, 0 },
	{ TEXT, "LOGIN failed", ERR_AUTH_BAD, MAILBOX, NEVER, 0 },	  /* Exchange */
	{ TEXT, "AUTHENTICATE failed", ERR_AUTH_BAD, MAILBOX, NEVER, 0 }, /* Exchange */
	{ TEXT, "Logon failure", ERR_AUTH_BAD, MAILBOX, NEVER, 0 },	  /* Exchange POP3 */
#undef MAILBOX
#undef FOLDER
#undef MESSAGE
#undef SERVER
#undef NOW
#undef LATER
#undef NEVER
};

/* The response code of the line: a '[' that starts one of its first three words (tag, status, code). */
static const char *find_code(const char *line, size_t *len) {
	for (int word = 0; word < 3; word++) {
		if (*line == '[') {
			*len = strcspn(++line, "] \r\n");
			return line;
		}
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return NULL;
}

/* Where a server names a time: "Suggested Backoff Time: 299961 milliseconds" (Exchange Online), BackOffMilliseconds
 * (Exchange), Retry-After in seconds (RFC 9110). */
static const struct {
	const char *label;
	unsigned unit_ms;
} waits[] = { { "Suggested Backoff Time", 1 }, { "BackOffMilliseconds", 1 }, { "Retry-After", 1000 } };

static bool number_after(const char *line, const char *label, uint64_t *n) {
	const char *p = strcasestr(line, label);
	*n = 0;
	if (!p)
		return false;
	p += strlen(label);
	p += strspn(p, " :=\">");
	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9' && *n <= NET_WAIT_MAX_MS; p++)
		*n = *n * 10 + (uint64_t)(*p - '0');
	return true;
}

static bool named_wait(const char *line, unsigned *ms) {
	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
		uint64_t n;
		if (!number_after(line, waits[i].label, &n))
			continue;
		n *= waits[i].unit_ms;
		*ms = n > NET_WAIT_MAX_MS ? NET_WAIT_MAX_MS : (unsigned)n;
		return true;
	}
	return false;
}

static bool matches(const struct rule *r, const char *line, const char *code, size_t code_len) {
	if (r->match == TEXT)
		return strcasestr(line, r->pattern) != NULL;
	return code && strlen(r->pattern) == code_len && strncasecmp(r->pattern, code, code_len) == 0;
}

bool net_classify_text(const char *server_line, struct err *e) {
	size_t code_len = 0;
	const char *code = find_code(server_line, &code_len);
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		const struct rule *r = &rules[i];
		if (!matches(r, server_line, code, code_len))
			continue;
		e->cat = r->cat;
		e->scope = r->scope;
		e->retry = r->retry;
		e->wait_named = named_wait(server_line, &e->wait_ms);
		if (!e->wait_named)
			e->wait_ms = r->wait_ms;
		return true;
	}
	return false;
}
