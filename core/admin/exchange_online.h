/* SPDX-License-Identifier: MIT
 *
 * exchange_online.h - internal to core/admin: the directory of Exchange Online as tables of rows. Each file of graph/
 * and exchange/ gives the rows of its subject; exchange_online.c only looks them up.
 */
#ifndef MAILVAN_ADMIN_EXCHANGE_ONLINE_H
#define MAILVAN_ADMIN_EXCHANGE_ONLINE_H

#include "core/admin/exchange/invoke.h"
#include "core/admin/graph/graph.h"

struct exo {
	struct directory base;
	struct graph *graph;   /* opened when first asked for: exo_graph */
	struct invoke *invoke; /* the same: exo_invoke */
};
struct directory *exo_open(const struct directory_context *ctx, const struct tenant *t, struct err *e);
/* exchange_check.c: `mailvan tenant test`. */
bool exo_check(struct directory *d, struct directory_check checks[DIRECTORY_CHECKS_MAX], size_t *n, struct err *e);
/* exchange/phones.c: directory_ops.phones. */
bool exo_phones(struct directory *d, const char *const *mailboxes, size_t n, struct phone_access *out, struct err *e);
/* NULL with e. */
struct graph *exo_graph(struct exo *x, struct err *e);
struct invoke *exo_invoke(struct exo *x, struct err *e);
/* Tells the task how far it is; false: stop now, nothing is wrong. */
bool exo_progress(struct exo *x, uint64_t rows, uint64_t of);

/* One row per change: see directory.h for what the functions have to do. Tables end with group 0. */
struct change_row {
	enum change_verb verb;
	size_t group;
	/* NULL: nothing to know before */
	bool (*look)(struct exo *x, const struct change *c, size_t n, struct change_look *looks, struct err *e);
	bool (*apply)(struct exo *x, const struct change *c, size_t n, struct change_result *r, struct err *e);
	bool (*powershell)(const struct change *c, struct buf *out, struct err *e);
	int (*inverse)(const struct change *c, const json_t *before, struct change_inverse *out, struct err *e);
};
extern const struct change_row user_changes[]; /* graph/user_changes.c */
extern const struct change_row
	mailbox_changes[]; /* exchange/mailbox_changes.c: MAILBOX_CREATE, MAILBOX_TYPE, PROTOCOLS_SET */
extern const struct change_row permission_changes[]; /* exchange/permission_changes.c */
extern const struct change_row device_changes[];     /* exchange/device_changes.c: devices and policies */
extern const struct change_row app_changes[];	     /* exchange/service_principal.c: APP_REGISTER */

/* Tables end with name NULL. */
struct refresh_row {
	const char *name;
	bool (*run)(struct exo *x, const char *what, struct err *e);
};
extern const struct refresh_row user_refreshes[]; /* graph/users.c: refresh-users (and subscriptions, and sizes) */
extern const struct refresh_row permission_refreshes[]; /* exchange/permissions.c: refresh-permissions */
extern const struct refresh_row device_refreshes[];	/* exchange/devices.c: refresh-devices, refresh-policies */
extern const struct refresh_row service_refreshes[];	/* graph/service.c: refresh-announcements, refresh-health */

struct ask_row {
	const char *question;
	json_t *(*ask)(struct exo *x, const char *target, struct err *e);
};
extern const struct ask_row exchange_questions[]; /* exchange/questions.c */

#endif
