/* SPDX-License-Identifier: MIT
 *
 * user_steps.h - what a change of a user means on the wire: requests one after the other, given what is there.
 */
#ifndef MAILVAN_ADMIN_USER_STEPS_H
#define MAILVAN_ADMIN_USER_STEPS_H

#include "core/admin/graph/users_int.h"

#define USER_STEPS_MAX 3U

/* user_look.c. What is there of up to GRAPH_BATCH_MAX users, as `before` keeps it: {"exists", "id", "displayName",
 * "accountEnabled", "usageLocation", "licenses": [skuPartNumber], "synced", and those of user_properties}; {"exists":
 * false} when there is no such user. As directory_ops.look. */
bool user_look(struct graph *g, const char *const *upns, size_t n, struct change_look *looks, struct err *e);
/* "/users/" with the name encoded, and what follows. b is initialised, and the caller's to free. */
bool user_path(struct buf *b, const char *upn, const char *rest);

/* What USER_CREATE and USER_SET say of a person: the argument (and the member of `before`), Graph's property, and the
 * parameter of Microsoft's PowerShell. */
#define USER_PROPERTIES 6U
extern const struct user_property { const char *arg, *property, *parameter; } user_properties[USER_PROPERTIES];

/* Is this skuPartNumber in the list? */
bool user_holds(const json_t *licenses, const char *part);

struct user_step {
	const char *method;
	char *path;
	json_t *body; /* NULL = none */
};
struct user_steps {
	struct user_step step[USER_STEPS_MAX];
	size_t n;
	json_t *after; /* what will be there when all have succeeded */
	bool created;  /* the first one makes the user */
};
/* now: what is there (NULL = not known). ours: the user may be what an earlier try of this change has made. n = 0: it
 * is so already. false: e says why it cannot be done. */
bool user_steps_plan(struct graph *g, const struct change *c, const json_t *now, bool ours, struct user_steps *out,
		     struct err *e);
void user_steps_free(struct user_steps *s);

/* user_inverse.c and user_powershell.c: see directory.h. */
int user_inverse(const struct change *c, const json_t *before, struct change_inverse *out, struct err *e);
bool user_powershell(const struct change *c, struct buf *out, struct err *e);

#endif
