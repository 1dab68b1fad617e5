/* SPDX-License-Identifier: MIT
 *
 * project_target.h - the target settings of a project that may not be there yet.
 */
#ifndef MAILVAN_CLI_PROJECT_TARGET_H
#define MAILVAN_CLI_PROJECT_TARGET_H

#include "tui/cli/cli.h"

/* A project that does not exist has no target, and is not made by asking. No secret in out. */
bool project_target_read(const struct cli *c, struct target_settings *out, struct err *e);
/* Its tenants likewise; free them with tenant_list_free. */
bool project_tenants_read(const struct cli *c, struct tenant_list *out, struct err *e);
/* Makes the project where there is none. *moved as in target_settings_set. */
bool project_target_write(const struct cli *c, const struct target_settings *t, uint64_t *moved, struct err *e);
/* Says that so many mailboxes were copied to another target than they have now, unless it is none. */
void project_target_moved(struct cli *c, uint64_t moved);

#endif
