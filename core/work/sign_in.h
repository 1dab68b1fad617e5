/* SPDX-License-Identifier: MIT
 *
 * sign_in.h - internal to core/work: opens a mailbox, with the token of its tenant where the endpoint names one.
 *
 * The token is asked for before every connection (core/admin/tokens.h keeps it while it lasts), so that a connection
 * that is made anew after an hour has a fresh one. A token that the server refuses is replaced once, because it may
 * have been taken back or have too few rights from before a consent; what is refused then is an error that says what is
 * missing. May wait for the network: call it without locks.
 */
#ifndef MAILVAN_WORK_SIGN_IN_H
#define MAILVAN_WORK_SIGN_IN_H

#include "core/mail/target.h"
#include "core/store/store.h"

/* As source_open and target_open. ep stays as it is; its secrets are borrowed. */
struct source *sign_in_source(struct store *s, const struct mail_context *ctx, const struct endpoint *ep,
			      struct err *e);
struct target *sign_in_target(struct store *s, const struct mail_context *ctx, const struct endpoint *ep,
			      struct err *e);

#endif
