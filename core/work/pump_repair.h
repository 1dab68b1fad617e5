/* SPDX-License-Identifier: MIT
 *
 * pump_repair.h - internal to the pump: between pump_send.c and pump_receive.c and what is done about refused content.
 */
#ifndef MAILVAN_WORK_PUMP_REPAIR_H
#define MAILVAN_WORK_PUMP_REPAIR_H

#include "core/mail/mime/message_text.h"
#include "core/work/pump.h"

/* Is this refusal one that a repair may help against? Then on_refused only remembers it in p->refused, and whoever has
 * sent the message goes on with pump_climb while the parcel still holds it. */
bool pump_can_climb(const struct pump *p, const struct err *why);
/* Tries the rungs that the setting allows; ends with the message at the target, or kept as a dead letter and failed. */
bool pump_climb(struct pump *p, struct batch *b, struct piece *piece, struct err *e);

/* The target closes the connection whenever this one is sent: it is kept, and failed. */
bool pump_keep_hopeless(struct pump *p, struct batch *b, struct piece *piece, struct err *e);

struct message_text pump_parcel_text(const struct parcel *pc);
/* pump_keep.c: the message in the parcel becomes a dead letter (store/dead_letters.h). */
bool pump_keep_letter(struct pump *p, const struct piece *piece, const struct err *why, struct err *e);

#endif
