/* SPDX-License-Identifier: MIT
 *
 * logins.h - one refusal of a login that many mailboxes share is enough: an admin's wrong password, tried once for each
 * of a thousand mailboxes, locks the admin out.
 *
 * A login is known by host, name and password, so a corrected password is another login and is tried at once; an
 * admin's by host and password, because templates write another name for each mailbox. The first try of a login is made
 * alone, the others wait for what it finds. A login that opens other people's mailboxes is given up after two refusals,
 * because servers answer to a mailbox that is not there in the same words as to a wrong password; once it was let in,
 * what is refused is the mailbox's own trouble. A refusal is remembered for five minutes, by this process.
 *
 * All functions may be called from any thread; l may be NULL: nothing is remembered.
 */
#ifndef MAILVAN_WORK_LOGINS_H
#define MAILVAN_WORK_LOGINS_H

#include "core/base/clock.h"
#include "core/base/stop.h"
#include "core/model/endpoint.h"

struct logins;
/* clock: NULL = mono_ms; tests bring their own. */
struct logins *logins_new(mono_ms_t (*clock)(void), struct err *e);
void logins_free(struct logins *l);

/* Before a login; may wait for another one's result. False: it is not to be tried (AuthBad), or *stop was set. After
 * true logins_tell must follow. */
bool logins_may(struct logins *l, const struct endpoint *ep, const struct stop *stop, struct err *e);
/* What became of it; NULL: it was let in. */
void logins_tell(struct logins *l, const struct endpoint *ep, const struct err *refused);

#endif
