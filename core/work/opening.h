/* SPDX-License-Identifier: MIT
 *
 * opening.h - internal to core/work: a target that is being opened in the background.
 */
#ifndef MAILVAN_WORK_OPENING_H
#define MAILVAN_WORK_OPENING_H

#include "core/work/sign_in.h"

struct opening;

/* s, ctx and ep outlive opening_end. NULL without memory or threads: open the target in the foreground then. */
struct opening *opening_begin(struct store *s, const struct mail_context *ctx, const struct endpoint *ep);
/* Waits, frees, and hands over the target; NULL with *e when it could not be opened. */
struct target *opening_end(struct opening *o, struct err *e);

#endif
