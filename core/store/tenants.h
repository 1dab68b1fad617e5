/* SPDX-License-Identifier: MIT
 *
 * tenants.h - the tenants a project is connected to: where they are, as whom, and their sealed secrets.
 */
#ifndef MAILVAN_STORE_TENANTS_H
#define MAILVAN_STORE_TENANTS_H

#include "core/base/clock.h"
#include "core/base/secret.h"
#include "core/store/store.h"

#define TENANT_NAME_MAX 256
#define TENANT_URL_MAX 512

/* What tenant_save puts in the place of an empty address: the worldwide cloud. */
#define TENANT_AUTHORITY "https://login.microsoftonline.com"
#define TENANT_GRAPH "https://graph.microsoft.com"
#define TENANT_EXCHANGE "https://outlook.office365.com"
#define TENANT_IMAP "outlook.office365.com:993"

/* Not a row: the mailboxes of the project at their targets, whose permissions are RFC 4314's (core/admin/acl). Tasks
 * and cached permissions have it as their tenant. */
#define TENANT_TARGET (-1)

/* Stored: never renumber. */
enum tenant_sign_in { SIGN_IN_SECRET = 1, SIGN_IN_CERTIFICATE = 2, SIGN_IN_DEVICE_CODE = 3 };

struct tenant {
	int64_t id;
	char name[TENANT_NAME_MAX]; /* its domain, lower case: how operators call it */
	char guid[64];		    /* tid of the first token; "" = not known yet */
	enum tenant_sign_in sign_in;
	char client_id[128];
	char thumbprint[80]; /* of the certificate, hex; "" = none */
	char authority[TENANT_URL_MAX], graph[TENANT_URL_MAX],
		exchange[TENANT_URL_MAX]; /* base URLs without '/' at the end */
	char ca_file[1024];		  /* "" = the system's store */
	char proxy[512];
	char imap[300];	   /* "host:port" of IMAP for its mailboxes; "outlook.office365.com:993" */
	char company[256]; /* organisation's display name as the tenant said it; "" = unknown */
	char who[256];	   /* signed in as: user, or the app's name */
	wall_ms_t added;
};

/* Purposes of the sealed secrets: vault.h. The row is the tenant's id. */

/* Adds (id 0) or changes; secret/certificate: present = replace. FULL. INPUT when the name is taken or a field is not
 * what it should be. Who signs in in another way begins without tokens. */
bool tenant_save(struct store *s, struct tenant *t, const struct secret *secret, const struct secret *certificate,
		 struct err *e);
bool tenant_get(struct store *s, int64_t id, struct tenant *out, struct err *e);
/* name NULL or "": the only one there is, else the project's setting "tenant"; INPUT otherwise ("Several tenants ...,
 * say which with --tenant"). */
bool tenant_find(struct store *s, const char *name, struct tenant *out, struct err *e);
typedef bool tenant_fn(void *arg, const struct tenant *t);
bool tenants_each(struct store *s, tenant_fn *fn, void *arg, struct err *e);
/* What the service said of it; "" leaves what is known. */
bool tenant_seen(struct store *s, int64_t id, const char *guid, const char *company, const char *who, struct err *e);
/* With its secrets, tokens and cached lists; the audit list stays. Refused (INPUT) while tasks of it run, or mailboxes
 * sign in by it. */
bool tenant_remove(struct store *s, int64_t id, struct err *e);
bool tenant_secrets(struct store *s, int64_t id, struct secret *secret, struct secret *certificate, struct err *e);

enum token_resource { TOKEN_GRAPH = 1, TOKEN_EXCHANGE = 2 };
struct token_row {
	struct secret access; /* present only when asked for */
	wall_ms_t obtained, expires;
	char who[256], roles[1024];
};
void token_row_clear(struct token_row *t);
/* found = false without one. access NULL-able: with_secret false leaves it absent. */
bool token_get(struct store *s, int64_t tenant, enum token_resource r, bool with_secret, struct token_row *out,
	       bool *found, struct err *e);
bool token_put(struct store *s, int64_t tenant, enum token_resource r, const struct token_row *t, struct err *e);
bool refresh_token_get(struct store *s, int64_t tenant, struct secret *out, struct err *e); /* absent is fine */
bool refresh_token_put(struct store *s, int64_t tenant, const struct secret *refresh, struct err *e);

#endif
