/* SPDX-License-Identifier: MIT
 *
 * list_state.h - for the caches of core/store: the age of a list, written in the transaction that renews its rows.
 */
#ifndef MAILVAN_STORE_LIST_STATE_H
#define MAILVAN_STORE_LIST_STATE_H

#include "core/store/db.h"
#include "core/store/records.h"

bool list_state_write(struct db *db, int64_t tenant, const char *list, const struct list_state *in, struct err *e);

#endif
