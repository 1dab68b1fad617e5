/* SPDX-License-Identifier: MIT
 *
 * task_run.h - carries out tasks: claims, reads items, asks the directory, writes results.
 */
#ifndef MAILVAN_ADMIN_TASK_RUN_H
#define MAILVAN_ADMIN_TASK_RUN_H

#include "core/admin/directory.h"
#include "core/store/tasks.h"

struct task_runner {
	struct store *store;
	struct net *net;
	const struct stop *stop;
	struct log *log;
};
/* Runs that task (0: whatever is queued, until nothing is) in this thread, after those that have to go before it
 * (task_claim); waits while another process changes the same tenant. True also when tasks failed: their rows say so.
 * False: the store cannot be used. */
bool task_run(const struct task_runner *r, int64_t only, struct err *e);

/* What an undo of a task would do: items are taken back, left cannot be (since of them: because another task has
 * changed the same since), and reasons say why (the first UNDO_REASONS_MAX different ones). location_stays: of an item
 * that is taken back a usage location that it gave is not. */
#define UNDO_REASONS_MAX 6
struct undo_sum {
	int64_t task;
	uint64_t items, left, since;
	bool location_stays;
	struct {
		uint64_t count;
		char why[ERR_TEXT_MAX];
	} reasons[UNDO_REASONS_MAX];
	size_t reason_count;
};
/* CAREFUL: what was changed again since, by us or by somebody else, is left as it is. ANYWAY: it is not, and what an
 * undo of the same task has left is taken up again. */
enum undo_how { UNDO_CAREFUL, UNDO_ANYWAY };
/* What takes a task back, last change first, in the order in which it is done. */
struct undo_items {
	struct item_spec *list; /* its texts are owned here */
	size_t n, cap;
};
void undo_items_free(struct undo_items *items);
/* Looks, and changes nothing. INPUT when the task has not ended, changed nothing, or was taken back already. items: to
 * be freed, also on failure; NULL: not wanted. */
bool task_undo_look(struct store *s, int64_t task, enum undo_how how, struct undo_items *items, struct undo_sum *sum,
		    struct err *e);
/* Adds a task that takes back what the task did. What cannot be taken back is listed in it as Skipped, with the reason.
 * *id = 0: there is nothing to take back, and no task was added. INPUT when nothing of it can be. */
bool task_undo(struct store *s, int64_t task, enum undo_how how, const char *who, int64_t *id, struct undo_sum *sum,
	       struct err *e);
/* "3 items cannot be taken back: ... (2); ... (1)", and how those could be that were changed since; "" when left is 0.
 */
void undo_left_text(char *dst, size_t size, const struct undo_sum *sum);
/* Starts `EXE --project DIR task run` detached when tasks are open and nobody runs them. */
bool task_start_detached(struct store *s, const char *exe, struct err *e);

#endif
