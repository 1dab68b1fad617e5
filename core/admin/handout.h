/* SPDX-License-Identifier: MIT
 *
 * handout.h - the sheet of paper for somebody with a new phone: what to type, and what the policy will ask for.
 */
#ifndef MAILVAN_ADMIN_HANDOUT_H
#define MAILVAN_ADMIN_HANDOUT_H

#include <jansson.h>

#include "core/admin/autodiscover.h"

struct handout {
	const char *name, *mail, *user; /* display name, address, sign-in name */
	const struct phone_server *server;
	const char *exchange;	      /* the tenant's Exchange address: the region's web mail follows from it */
	const char *policy;	      /* name; "" = not known */
	const json_t *settings;	      /* of the policy; NULL = not known */
	bool activesync, outlook_app; /* what the mailbox may be opened with; at least one for handout_phone */
};
/* Set up the mail account of a phone by ActiveSync or the Outlook app, whichever the mailbox may use. Plain text, lines
 * below 80 columns, ends with a newline. */
bool handout_phone(const struct handout *h, struct buf *out);
/* The sheet for a service that reads the mailbox through its web address: where, as whom, in which steps. */
bool handout_sign_in(const struct handout *h, struct buf *out);

#endif
