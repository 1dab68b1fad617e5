/* SPDX-License-Identifier: MIT
 *
 * policy_changes.h - internal to core/admin/exchange: the functions of the rows for mobile device policies.
 */
#ifndef MAILVAN_ADMIN_POLICY_CHANGES_H
#define MAILVAN_ADMIN_POLICY_CHANGES_H

#include "core/admin/exchange_online.h"

/* See struct change_row. */
bool policy_look(struct exo *x, const struct change *c, size_t n, struct change_look *looks, struct err *e);
bool policy_set_apply(struct exo *x, const struct change *c, size_t n, struct change_result *r, struct err *e);
bool policy_set_powershell(const struct change *c, struct buf *out, struct err *e);
int policy_set_inverse(const struct change *c, const json_t *before, struct change_inverse *out, struct err *e);
bool policy_create_apply(struct exo *x, const struct change *c, size_t n, struct change_result *r, struct err *e);
bool policy_create_powershell(const struct change *c, struct buf *out, struct err *e);
bool policy_assign_apply(struct exo *x, const struct change *c, size_t n, struct change_result *r, struct err *e);
bool policy_assign_powershell(const struct change *c, struct buf *out, struct err *e);
int policy_assign_inverse(const struct change *c, const json_t *before, struct change_inverse *out, struct err *e);

#endif
