/* SPDX-License-Identifier: MIT
 *
 * ldap_list.h - whom an LDAP server knows, as a CSV that import_users_fd reads; for `mailvan user ldap` and the
 * console.
 */
#ifndef MAILVAN_CLI_LDAP_LIST_H
#define MAILVAN_CLI_LDAP_LIST_H

#include <stdio.h>

#include "core/admin/ldap_users.h"

struct ldap_list {
	FILE *list;	 /* in memory only; exactly what the server says */
	size_t n;	 /* people in it */
	size_t disabled; /* there, and left out */
	size_t unusable; /* as ldap_users has it */
};
extern const char *const ldap_list_header[]; /* ends with NULL */

/* copy: gets the same rows, without the header, as a spreadsheet may open them; NULL = none. The list is then at its
 * beginning. ldap_list_free also after false. */
bool ldap_list_read(const struct ldap_source *from, FILE *copy, struct ldap_list *out, struct err *e);
void ldap_list_free(struct ldap_list *l);

#endif
