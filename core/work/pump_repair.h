/* SPDX-License-Identifier: MIT
 *
 * pump_repair.h - internal to the pump: between pump_send.c and pump_receive.c and what is done about refused content.
 */
#ifndef MAILVAN_WORK_PUMP_REPAIR_H
#define MAILVAN_WORK_PUMP_REPAIR_H

#include "core/mail/mime/message_text.h"
#include "core/work/pump.h"

/* Is this refusal one that something is done about while the message is at hand (repaired, or kept as a file)? Then
 * on_refused only remembers it in p->refused, and whoever has sent the message goes on with pump_climb while the parcel
 * still holds it. */
bool pump_can_climb(const struct pump *p, const struct err *why);
/* Tries the rungs that the setting allows; ends with the message at the target, or kept as a dead letter and failed. */
bool pump_climb(struct pump *p, struct batch *b, struct piece *piece, struct err *e);

/* The target closes the connection whenever this one is sent: it is kept, and failed. */
bool pump_keep_hopeless(struct pump *p, struct batch *b, struct piece *piece, struct err *e);

/* pump_doubt.c: a refusal that may not be about the message, from on_refused. */
void pump_doubt(struct pump *p, const struct piece *piece, const struct err *why);
/* Before the next message is sent: finds out what it was. False: OverQuota, or the connection. */
bool pump_look_again(struct pump *p, struct err *e);
/* SINGLE: the same for the message that was refused just now (p->refused); where its keywords were too many it is sent
 * once more without. settled: it is not refused any more. */
bool pump_send_again(struct pump *p, struct batch *b, struct piece *piece, bool *settled, struct err *e);

/* pump_bare.c: a NO that nobody can tell the cause of. From on_refused, for every refusal. */
void pump_bare_note(struct pump *p, uint32_t uid, const struct err *why);
/* SINGLE: may the target be at fault, so that the original is worth another try before anything is done about it? */
bool pump_bare_doubtful(struct pump *p, uint32_t uid, const struct err *why);
bool pump_bare_put_back(struct pump *p, struct batch *b, struct piece *piece, const struct err *why, struct err *e);
/* Of a message that has failed: so many migrations try it again (ledger_change.again). */
unsigned pump_bare_again(const struct pump *p, uint32_t uid, const struct err *why);
/* How many rows may be asked for now; 0: none, for the moment. */
size_t pump_bare_room(const struct pump *p);
/* What is known by now stays known in this run. */
void pump_bare_free(struct pump *p);
/* SINGLE passes until nothing is put back. */
bool pump_single(struct pump *p, bool (*pass)(struct pump *, enum pump_mode, struct err *), struct err *e);

/* pump_large.c. Is a message that is known to be too large to be fetched, to be kept as a file? */
bool pump_large_wanted(struct pump *p, const struct ledger_row *row);
/* If not, and it is not there already: why not, behind what is said of it. */
void pump_large_explain(const struct pump *p, const struct ledger_row *row, struct err *why);
/* STREAM: the target said so of one that has left the parcel. The SINGLE pass fetches it, or it is failed at once. */
bool pump_large_fetch(struct pump *p, struct batch *b, struct piece *piece, const struct err *why, struct err *e);
const struct err *pump_large_refused(const struct pump *p, uint32_t uid); /* NULL: not remembered */
/* The message in the parcel is kept, where there is room, and failed. */
bool pump_large_keep(struct pump *p, struct batch *b, struct piece *piece, const struct err *why, struct err *e);
void pump_large_free(struct pump *p);

/* The message in the parcel is failed, and kept as a file before. Should that fail, it is pending again. */
bool pump_bury(struct pump *p, struct batch *b, struct piece *piece, bool keep, const struct err *why, struct err *e);

struct message_text pump_parcel_text(const struct parcel *pc);
/* pump_keep.c: the message in the parcel becomes a dead letter (store/dead_letters.h). */
bool pump_keep_letter(struct pump *p, const struct piece *piece, const struct err *why, struct err *e);

#endif
