/* SPDX-License-Identifier: MIT
 *
 * handout_users.h - internal to handout_sheets.c: what has to be known of a user for a sheet, asked live.
 */
#ifndef MAILVAN_CLI_HANDOUT_USERS_H
#define MAILVAN_CLI_HANDOUT_USERS_H

#include "core/mailvan.h"

struct handout_user {
	char name[300], mail[320], user[320]; /* display name, address, sign-in name */
	struct phone_access access;
	struct phone_server server;
};
#define HANDOUT_USERS_MAX 40 /* of one call */

/* who: sign-in names or addresses. The address is enough for whom the cached list does not know. Each mailbox is asked
 * about by itself, because in a hybrid tenant the next one may be on another server; several at once. Where the
 * switches of a mailbox may not be read, its access.e says why. False: a name that is no address, stopped, nobody
 * answers. */
bool handout_users_find(const struct directory_context *ctx, const struct tenant *t, const char *const *who, size_t n,
			struct handout_user *out, struct err *e);

#endif
