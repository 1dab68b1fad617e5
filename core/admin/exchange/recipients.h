/* SPDX-License-Identifier: MIT
 *
 * recipients.h - internal to core/admin/exchange: the names that Exchange calls people by, and their addresses.
 *
 * Lists of permissions name a trustee as an address, a name, a GUID or a user principal name, as they please; devices
 * name the mailbox. With this they all become primary addresses.
 */
#ifndef MAILVAN_ADMIN_RECIPIENTS_H
#define MAILVAN_ADMIN_RECIPIENTS_H

#include "core/admin/exchange_online.h"

struct recipients;
/* All recipients of the tenant (Get-Recipient). NULL with e. */
struct recipients *recipients_read(struct exo *x, struct err *e);
void recipients_free(struct recipients *r);
/* The primary address; name itself when nobody is called so. Borrowed. */
const char *recipients_address(const struct recipients *r, const char *name);
/* Is this row of Get-Recipient or Get-Mailbox the one that is called so? */
bool recipient_is(const json_t *row, const char *name);
/* Its primary address, else whatever identifies it best; "" for nothing. Borrowed from row. */
const char *recipient_address(const json_t *row);
/* An identity without a name: the account is gone. */
bool recipient_is_orphan(const char *name);

/* What $select asks for so that the functions above can do their work. */
#define RECIPIENT_COLUMNS                                                                                              \
	"Identity,Name,PrimarySmtpAddress,WindowsLiveID,UserPrincipalName,Guid,ExternalDirectoryObjectId,"             \
	"DistinguishedName"

#endif
