/* SPDX-License-Identifier: MIT
 *
 * classify.h - what a server's refusal means: one table of response codes and known texts.
 *
 * RFC 5530 and 9051 response codes, RFC 2449/3206 POP3 codes, and sentences that
 * servers are known to say without a code.
 */
#ifndef MAILVAN_NET_CLASSIFY_H
#define MAILVAN_NET_CLASSIFY_H

#include <stdbool.h>

#include "core/base/err.h"

/* A server's hint beyond this is not obeyed literally: it may be hostile or broken. */
#define NET_WAIT_MAX_MS (15u * 60 * 1000)

/* No room for more keywords in this folder (Cyrus keeps 128): the message is welcome without them. */
#define NET_TOO_MANY_KEYWORDS "Too many user flags"

/* server_line is a *failure* as received, with or without tag and CRLF: "A1 NO [LIMIT] ...",
 * "* BYE ...", "-ERR [IN-USE] ...", or its text alone; never a line that reported success.
 * When it is known: sets cat, scope, retry, wait_ms and wait_named of e, leaves e->text alone, and
 * returns true. Else returns false and e is untouched. So the usual order is
 *	err_set(e, ERR_SERVER_BUG, "The server refused CREATE: %s", line);
 *	net_classify_text(line, e);
 * wait_ms is the time the server named (capped at NET_WAIT_MAX_MS), else what that
 * server is known to need, else 0. */
bool net_classify_text(const char *server_line, struct err *e);

#endif
