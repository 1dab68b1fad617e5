/* SPDX-License-Identifier: MIT
 *
 * user_verbs.h - what the files of `mailvan user` share.
 */
#ifndef MAILVAN_CLI_USER_VERBS_H
#define MAILVAN_CLI_USER_VERBS_H

#include "import/users.h"
#include "tui/cli/change_items.h"
#include "tui/cli/record_output.h"

/* Verbs; each returns the exit code. */
int user_create(struct cli *c);
int user_enable(struct cli *c);
int user_disable(struct cli *c);
int user_license(struct cli *c);
int user_password(struct cli *c);
int user_import(struct cli *c);
int user_ldap(struct cli *c);

/* Opens the project and finds the tenant, inside with_signals; body's code, or that of the failure. */
typedef int user_body(struct cli *c, struct store *s, const struct tenant *t);
int user_with_tenant(struct cli *c, user_body *body);

/* --license, --add or --remove, as often as given, and each may hold several: a JSON list. NULL with e. */
json_t *user_license_list(struct cli *c, const char *option, struct err *e);
/* Blank separated words as a JSON list. */
json_t *user_word_list(const char *words);
/* The same as text, blank separated, checked. */
bool user_license_text(struct cli *c, const char *option, char *dst, size_t size, struct err *e);
/* A sentence for who is about to take them (blank separated), when one of them is what a mailbox lives on; else "". */
bool user_license_warning(struct store *s, int64_t tenant, const char *licenses, char dst[300], struct err *e);
/* The tenant's verified domains, a new list of texts; an empty one, or NULL without memory, when they may not be read.
 */
json_t *user_domains(struct cli *c, struct store *s, const struct tenant *t);
/* --location, in capitals; "" = not given. */
bool user_location(struct cli *c, char dst[8], struct err *e);

/* Prints "SPE_E3: needs 12, 9 free" on c->err for each that does not suffice, unless --json. False: one does not, and
 * --anyway was not given. */
bool user_licenses_suffice(struct cli *c, const struct user_plan_license *l, size_t n);

/* A list (CSV, LDAP) to its end: what it means, --dry-run, or the task. */
int user_list_run(struct cli *c, struct store *s, const struct tenant *t, struct user_list *l);
/* Options of it: --location, --license. Texts are the caller's buffers. */
bool user_list_options(struct cli *c, const struct tenant *t, char location[8], char licenses[400],
		       struct users_options *o, struct err *e);

#endif
