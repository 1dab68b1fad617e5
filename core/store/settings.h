/* SPDX-License-Identifier: MIT
 *
 * settings.h - the project's settings; first of all where mail goes.
 *
 * A row's target endpoint is built from its own target columns, else from these:
 *   server.tenant                the tenant's token opens every mailbox by XOAUTH2, unless the row has a password of
 *                                its own; excludes an admin
 *   login_template ""            row's TargetLoginID/TargetPassword, else target identity as login
 *   admin_style    authzid       SASL PLAIN: login = admin, authzid = target identity
 *                  template      login = login_template with {admin} {user} {local} {domain} {identity}
 *                                filled in, password = the admin's. "{user}" is the whole target identity,
 *                                {local} and {domain} its halves. e.g. "{user}*{admin}", "{admin}@{domain}\{user}"
 */
#ifndef MAILVAN_STORE_SETTINGS_H
#define MAILVAN_STORE_SETTINGS_H

#include "core/model/endpoint.h"
#include "core/store/store.h"

enum admin_style { ADMIN_NONE, ADMIN_AUTHZID, ADMIN_TEMPLATE };

struct target_settings {
	struct endpoint server; /* host "" = not set. login/password = the admin's when admin != NONE; tenant: above */
	enum admin_style admin;
	char login_template[256];
};

/* The password is returned only by mailbox_endpoints; here server.password is never filled. */
bool target_settings_get(struct store *s, struct target_settings *out, struct err *e);
/* FULL. Fields of server that are empty clear the setting; password: present = replace, absent = keep. *moved (may be
 * NULL): mailboxes that were copied to another target before; their copies are in doubt from here on. INPUT when it
 * would send a mailbox elsewhere that a worker has. */
bool target_settings_set(struct store *s, const struct target_settings *in, uint64_t *moved, struct err *e);

/* Fill a login template; false (INPUT) when it names an unknown field or the result is too long. */
bool login_template_fill(char *dst, size_t size, const char *tmpl, const char *admin, const char *identity,
			 struct err *e);

/* Small named settings. Known: "jobs" (8), "lanes" (4), "settle_ms" (2000), "skip_folders" (newline separated
 * patterns), "non-mail" (skip, copy: work/non_mail.h; skip), "repair" (off, safe, all: model/repair.h; safe), "rate"
 * (bytes per second read from all sources, as "20M"; none). A worker looks at jobs and rate again and again. */
bool setting_get(struct store *s, const char *name, char *dst, size_t size, const char *fallback, struct err *e);
bool setting_set(struct store *s, const char *name, const char *value, struct err *e);

#endif
