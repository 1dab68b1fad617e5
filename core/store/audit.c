/* SPDX-License-Identifier: MIT
 *
 * audit.c - see audit.h. Lines of tasks are written by tasks_run.c.
 */
#include "core/store/audit.h"

#include "core/store/audit_int.h"
#include "core/store/store_int.h"

bool audit_note_put(struct db *db, const struct audit_entry *n, struct err *e) {
	return db_run(
		db, e,
		"INSERT INTO tenant_audit(at, who, tenant, tenant_name, task, action, target, args, outcome, text,"
		" request_id) SELECT ?1, ?2, ?3, coalesce((SELECT name FROM tenant WHERE id = ?3), ''), 0, ?4, ?5,"
		" '{}', ?6, ?7, ''",
		INT(wall_ms()), TEXT(n->who), INT(n->tenant), TEXT(n->action), TEXT(n->target), TEXT(n->outcome),
		TEXT(n->text));
}

static bool note_op(struct store *s, struct db *db, void *arg, struct err *e) {
	(void)s;
	return audit_note_put(db, arg, e);
}

bool audit_note(struct store *s, int64_t tenant, const char *who, const char *action, const char *target,
		const char *outcome, const char *text, struct err *e) {
	struct audit_entry n = { tenant, who, action, target, outcome, text };
	return write_wait(s->writer, WRITE_FULL, note_op, &n, e);
}
