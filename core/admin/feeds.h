/* SPDX-License-Identifier: MIT
 *
 * feeds.h - RSS and Atom feeds that an operator follows.
 */
#ifndef MAILVAN_ADMIN_FEEDS_H
#define MAILVAN_ADMIN_FEEDS_H

#include "core/admin/directory.h"

/* Reads every feed of the project; one that cannot be read keeps its old entries and says why. False: none could. */
bool feeds_refresh(const struct directory_context *ctx, struct err *e);

#endif
