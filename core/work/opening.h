/* SPDX-License-Identifier: MIT
 *
 * opening.h - internal to core/work: what is done at the target while the source answers: signing in, listing its
 * folders, selecting one.
 */
#ifndef MAILVAN_WORK_OPENING_H
#define MAILVAN_WORK_OPENING_H

#include "core/work/run.h"

struct opening;

/* s, ctx and ep outlive opening_end. list: its folders are wanted too. NULL without memory or threads: open the target
 * in the foreground then. */
struct opening *opening_begin(struct store *s, const struct mail_context *ctx, const struct endpoint *ep, bool list);
/* Waits, frees, and hands over the target; NULL with *e when it could not be opened. folders (NULL: not wanted) are the
 * caller's from here on; *why has a category when they could not be listed, which may have broken the connection. */
struct target *opening_end(struct opening *o, struct folder_list *folders, struct err *why, struct err *e);

/* A folder of a target that nobody else uses until selecting_end. wire outlives it. NULL: select it in the foreground.
 */
struct selecting;
struct selecting *selecting_begin(struct target *dst, const char *wire);
/* Waits and frees. False with *e: not selected, and the connection may be broken. */
bool selecting_end(struct selecting *o, struct folder_status *st, struct err *e);

#endif
