/* SPDX-License-Identifier: MIT
 *
 * repair.h - one rung of the repair ladder applied to a message (design section 5.7).
 *
 * A rung is a pure function of the bytes and of when the message arrived: the same message gives the same bytes again,
 * in another run too, so that a copy that is at the target already can be recognised. What it has repaired it
 * leaves alone the next time. Memory does not grow with the message.
 */
#ifndef MAILVAN_MAIL_MIME_REPAIR_H
#define MAILVAN_MAIL_MIME_REPAIR_H

#include "core/base/date.h"
#include "core/mail/mime/message_text.h"
#include "core/model/repair.h"

/* Writes the whole message as the rung leaves it. *changed false: it has nothing to do here, and nothing was written.
 * arrived: what a Date is made of. For REPAIR_WRAP, in is the message as it came. False: reading or the sink failed. */
bool repair_apply(enum repair_rung rung, const struct message_text *in, const struct mail_date *arrived,
		  const struct message_sink *out, bool *changed, struct err *e);

#endif
