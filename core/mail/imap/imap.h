/* SPDX-License-Identifier: MIT
 *
 * imap.h - IMAP as a source and as a target; source_open and target_open come here.
 */
#ifndef MAILVAN_MAIL_IMAP_IMAP_H
#define MAILVAN_MAIL_IMAP_IMAP_H

#include "core/mail/source.h"
#include "core/mail/target.h"

struct source *imap_source_open(const struct mail_context *ctx, const struct endpoint *ep, struct err *e);
struct target *imap_target_open(const struct mail_context *ctx, const struct endpoint *ep, struct err *e);

#endif
