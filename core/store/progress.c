/* SPDX-License-Identifier: MIT
 *
 * progress.c - what a worker reports of its mailboxes: state, live figures, tests.
 */
#include "core/store/mailboxes.h"

#include <stdlib.h>
#include <string.h>

#include "core/store/store_int.h"

#define PROGRESS_MAX 100000

/* One block: the array, then the error texts. */
struct progress_args {
	bool worker; /* this handle has registered a worker: only its own leases count */
	size_t n;
	struct mailbox_progress p[];
};

/* May this handle report on the mailbox? A worker whose lease was taken must not; a handle without workers
 * may where nobody has a lease. */
static bool may_report(struct store *s, struct db *db, const struct progress_args *a, int64_t mailbox, bool *may,
		       struct err *e) {
	int64_t worker;
	if (!db_int(db, db_query(db, e, "SELECT worker FROM lease WHERE mailbox = ?", INT(mailbox)), 0, &worker, e))
		return false;
	*may = a->worker ? worker != 0 && store_has_worker(s, worker) : worker == 0;
	return true;
}

/* What passed since the last report counts for the state that the mailbox was in; ?8 is 0 when a run begins, because
 * what lies before it was nobody's work. A clock that was set back counts as nothing. */
#define PASSED "CASE WHEN active_since > 0 AND ?8 > active_since THEN ?8 - active_since ELSE 0 END"
#define TIMES                                                                                                          \
	"run_ms = run_ms + " PASSED ", throttled_ms = throttled_ms + CASE WHEN state = ?9 THEN " PASSED                \
	" ELSE 0 END, active_since = ?7"

static bool apply(struct db *db, const struct mailbox_progress *p, struct err *e) {
	bool active = mailbox_state_active(p->state);
	bool throttled = p->throttled_until && (p->error_cat == ERR_THROTTLED || p->error_cat == ERR_CONN_LIMIT);
	wall_ms_t now = wall_ms();
	if (!db_run(db, e,
		    "UPDATE mailbox SET state = ?1, rate_bytes = ?2, rate_messages = ?3, eta_s = ?4, "
		    "throttled_until = ?5, wait_since = ?10, wait_rounds = ?11, " TIMES " WHERE id = ?6",
		    INT(p->state), REAL(active ? p->rate_bytes : 0), REAL(active ? p->rate_messages : 0),
		    INT(active ? p->eta_s : -1), INT(p->throttled_until), INT(p->id),
		    INT((active || throttled) && !p->finished ? now : 0), INT(p->started ? 0 : now),
		    INT(MBOX_THROTTLED), INT(p->wait_since), INT(p->wait_rounds)))
		return false;
	if (p->error && !db_run(db, e, "UPDATE mailbox SET error_cat = ?, error = ? WHERE id = ?",
				TEXT(p->error[0] && p->error_cat != ERR_NONE ? err_cat_name(p->error_cat) : ""),
				TEXT(p->error), INT(p->id)))
		return false;
	if (p->started &&
	    !db_run(db, e,
		    "UPDATE mailbox SET started = ?1, finished = 0, ever_run = 1, "
		    "first_started = CASE WHEN first_started THEN first_started ELSE ?1 END WHERE id = ?2",
		    INT(now), INT(p->id)))
		return false;
	return !p->finished || db_run(db, e, "UPDATE mailbox SET finished = ? WHERE id = ?", INT(now), INT(p->id));
}

static bool progress_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct progress_args *a = arg;
	for (size_t i = 0; i < a->n; i++) {
		bool may;
		if (!may_report(s, db, a, a->p[i].id, &may, e) || (may && !apply(db, &a->p[i], e)))
			return false;
	}
	return true;
}

static struct progress_args *copy_of(const struct mailbox_progress *p, size_t n, size_t *cost) {
	size_t head = sizeof(struct progress_args) + n * sizeof *p, texts = 0;
	for (size_t i = 0; i < n; i++)
		texts += p[i].error ? strnlen(p[i].error, ERR_TEXT_MAX - 1) + 1 : 0;
	struct progress_args *a = calloc(1, head + texts);
	if (!a)
		return NULL;
	char *text = (char *)a + head;
	a->n = n;
	for (size_t i = 0; i < n; i++) {
		a->p[i] = p[i];
		if (!p[i].error)
			continue;
		size_t len = strnlen(p[i].error, ERR_TEXT_MAX - 1);
		memcpy(text, p[i].error, len);
		a->p[i].error = text;
		text += len + 1;
	}
	*cost = head + texts;
	return a;
}

bool mailboxes_progress(struct store *s, const struct mailbox_progress *p, size_t n, struct err *e) {
	size_t cost = 0;
	if (n > PROGRESS_MAX)
		return err_set(e, ERR_INPUT, "Progress of %zu mailboxes at once is too much", n);
	struct progress_args *a = copy_of(p, n, &cost);
	if (!a)
		return err_nomem(e);
	a->worker = store_has_worker(s, 0);
	return write_lazy(s->writer, &(struct write_job){ .run = progress_op, .arg = a, .cost = cost }, e);
}

struct test_args {
	int64_t id;
	int test;
	const char *text;
};

static bool test_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct test_args *a = arg;
	(void)s;
	return db_run(db, e,
		      "UPDATE mailbox SET test = ?1, test_text = ?2, test_worker = 0, "
		      "tested = CASE WHEN ?1 IN (?4, ?5) THEN ?3 ELSE tested END WHERE id = ?6",
		      INT(a->test), TEXT(a->text), INT(wall_ms()), INT(TEST_OK), INT(TEST_BAD), INT(a->id));
}

bool mailbox_set_test(struct store *s, int64_t id, int test, const char *text, struct err *e) {
	struct test_args a = { id, test, text ? text : "" };
	if (test < TEST_NONE || test > TEST_BAD)
		return err_set(e, ERR_INPUT, "%d is not a test result", test);
	return write_wait(s->writer, WRITE_NORMAL, test_op, &a, e);
}
