/* SPDX-License-Identifier: MIT
 *
 * tenant_view.h - what the console knows of the tenant: who is signed in, how old its lists are, what is being done.
 *
 * All of it is read from the store; the console never asks the service.
 */
#ifndef MAILVAN_TUI_TENANT_VIEW_H
#define MAILVAN_TUI_TENANT_VIEW_H

#include "core/mailvan.h"
#include "tui/tables/nodes.h"

struct node_count {
	bool known, alert;
	uint64_t rows;
};

struct tenant_view {
	unsigned tenants; /* connected ones */
	struct tenant is; /* the one that is shown; id 0 = none */
	struct {
		bool there;
		wall_ms_t expires;
		char who[256], roles[1024];
	} token[3]; /* by enum token_resource; roles are those of the last token */
	bool read_only;
	char read_only_why[200];

	struct node_count counts[NODE_KIND_COUNT];
	wall_ms_t read[NODE_KIND_COUNT]; /* when the node's list was brought up to date; 0 = never */

	struct task_row task; /* one that is open: the followed one, else running before queued; id 0 = none */
	bool task_stuck;      /* its runner died */
	uint64_t tasks_open;
	struct sla sla[2]; /* of Exchange Online: this month, the one before; year 0 = nothing is known of it */
	wall_ms_t now;	   /* when all this was read */
};

#define NO_TENANT_TEXT                                                                                                 \
	"No tenant is connected. Press N (or :connect) to connect one; \"mailvan tenant add\" does the same."

/* False: the store could not be read. counts only where the node has a list. followed: the task that the operator
 * started last; 0 = none. */
bool tenant_view_read(struct tenant_view *v, struct store *s, int64_t followed, struct err *e);
/* Is the task's runner still there? A death changes nothing in the store. True: task_stuck is another than it was. */
bool tenant_view_runner(struct tenant_view *v, struct store *s);
/* Is the task that is shown being carried out, or about to be? */
bool tenant_moves(const struct tenant_view *v);
/* ... and one that reads this list ("refresh-users")? */
bool tenant_reads(const struct tenant_view *v, const char *refresh);
/* "as of 14:05, 3 h ago"; "" for never. */
void tenant_age_text(char *dst, size_t size, wall_ms_t then, wall_ms_t now);
/* "Enable users 812/2,000", "Enable users: throttled until 14:05:10", and how many more are open. A label that does not
 * fit is cut, not what follows it. */
void tenant_task_text(char *dst, size_t size, const struct tenant_view *v);
/* "2,000 done, 3 failed: see Tasks" of one that has ended; *bad: something went wrong. */
void tenant_task_result(char *dst, size_t size, const struct task_row *t, bool *bad);

#endif
