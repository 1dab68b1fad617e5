/* SPDX-License-Identifier: MIT
 *
 * ldap_users.h - people read from Active Directory or any LDAP server (RFC 4511), a page at a time (RFC 2696).
 *
 * A source of users only: nothing is ever written there.
 */
#ifndef MAILVAN_ADMIN_LDAP_USERS_H
#define MAILVAN_ADMIN_LDAP_USERS_H

#include "core/base/err.h"
#include "core/base/secret.h"
#include "core/base/stop.h"

#define LDAP_USERS_MAX 1000000U

struct ldap_source {
	const char *url;    /* "ldaps://host[:port]" or "ldap://..." */
	const char *base;   /* DN; "" = the server's own idea */
	const char *filter; /* RFC 4515, checked by the library; NULL = people who have a name to sign in with */
	const char *bind;   /* DN or, with Active Directory, name@domain; NULL = anonymous */
	const struct secret *password;
	const char *ca_file; /* NULL or "" = the system's */
	bool starttls;
	const char *domain; /* NULL; else "uid@domain" for who has no userPrincipalName */
	const struct stop *stop;
};

struct ldap_user {
	char upn[256], name[260], given[128], surname[128], department[128], job[160], company[128];
	char country[8];
	bool disabled; /* Active Directory: userAccountControl says so */
};
/* false ends the search quietly. */
typedef bool ldap_user_fn(void *arg, const struct ldap_user *u);

/* *unusable: entries without a name to sign in with, or with a value that is too long or no UTF-8. A password goes over
 * TLS only, except to this machine. INPUT: the filter or the base; AUTH_BAD; NO_PERMISSION; TLS; NET. */
bool ldap_users(const struct ldap_source *s, ldap_user_fn *fn, void *arg, size_t *unusable, struct err *e);

#endif
