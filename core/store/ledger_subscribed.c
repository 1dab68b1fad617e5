/* SPDX-License-Identifier: MIT
 *
 * ledger_subscribed.c - what the target was told of the source's subscriptions.
 */
#include "core/store/ledger_int.h"

struct subscribed_args {
	const struct lease *l;
	const struct ledger_subscription *at;
	size_t n;
};

static bool subscribed_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct subscribed_args *a = arg;
	(void)s;
	for (size_t i = 0; i < a->n; i++)
		if (!ledger_guard(db, a->l, a->at[i].folder, e) ||
		    !db_run(db, e, "UPDATE folder SET subscribed = ? WHERE id = ?", INT(a->at[i].on),
			    INT(a->at[i].folder)))
			return false;
	return true;
}

bool ledger_subscribed(struct store *s, const struct lease *l, const struct ledger_subscription *at, size_t n,
		       struct err *e) {
	struct subscribed_args a = { l, at, n };
	return write_after(s->writer, WRITE_NORMAL, l->generation, subscribed_op, &a, e);
}
