/* SPDX-License-Identifier: MIT
 *
 * login.h - exactly one login attempt, by the best mechanism that does what was asked.
 *
 * With a bearer: XOAUTH2, else OAUTHBEARER (RFC 7628). Else AUTHENTICATE PLAIN (RFC 4616), which
 * alone can open another mailbox (authzid), else LOGIN. Never CRAM-MD5, GSSAPI or
 * anything else the server offers. Nothing secret goes over a clear wire unless the
 * operator chose security "none".
 */
#ifndef MAILVAN_MAIL_IMAP_LOGIN_H
#define MAILVAN_MAIL_IMAP_LOGIN_H

#include "core/mail/imap/conn.h"

/* c->caps must be fresh. e: AuthBad, AuthPolicy, TokenExpired (final), or what the server's words mean. */
bool imap_login(struct imap_conn *c, const struct endpoint *ep, struct err *e);

#endif
