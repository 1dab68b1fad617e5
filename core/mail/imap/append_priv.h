/* SPDX-License-Identifier: MIT
 *
 * append_priv.h - between append.c (what goes out) and append_answer.c (what comes back).
 */
#ifndef MAILVAN_MAIL_IMAP_APPEND_PRIV_H
#define MAILVAN_MAIL_IMAP_APPEND_PRIV_H

#include "core/mail/imap/append.h"

struct append_command *append_last(struct appender *a);
bool append_finish_command(struct appender *a, struct err *e);
/* Forget answered and complete commands at the head of the ring. */
void append_retire(struct appender *a);
/* Let the connection bring answers to a. */
void append_hooks(struct appender *a);

#endif
