/* SPDX-License-Identifier: MIT
 *
 * nodes.c - the table of console tree nodes.
 */
#include "tui/tables/nodes.h"

static const struct node_row rows[NODE_KIND_COUNT] = {
	[NODE_PROJECT] = { .parent = NODE_PROJECT,
			   .label = "",
			   .list = LIST_OVERVIEW,
			   .empty = "",
			   .help = "The project at a glance." },
	[NODE_MIGRATIONS] = { .parent = NODE_PROJECT,
			      .label = "Migrations",
			      .list = LIST_OVERVIEW,
			      .empty = "",
			      .help = "All migrations at a glance." },
	[NODE_MAILBOXES] = { .parent = NODE_MIGRATIONS,
			     .label = "POP/IMAP",
			     .list = LIST_MAILBOXES,
			     .empty = "No mailboxes yet. Press a to add a CSV.",
			     .help = "Every mailbox of the project." },
	[NODE_BATCHES] = { .parent = NODE_MIGRATIONS,
			   .label = "Batches",
			   .list = LIST_BATCHES,
			   .empty = "No batches yet. A Batch column in the CSV, or the batch field when you add it, "
				    "makes one.",
			   .help = "The batches of the project and how far each is." },
	[NODE_BATCH] = { .parent = NODE_BATCHES,
			 .label = "",
			 .list = LIST_MAILBOXES,
			 .empty = "No mailboxes in this batch.",
			 .help = "The mailboxes of one batch." },
	[NODE_USERS] = { .parent = NODE_PROJECT,
			 .label = "Users",
			 .list = LIST_RECORDS,
			 .records = &record_users,
			 .count = "",
			 .help = "The tenant's users, their licences and mailboxes." },
	[NODE_SUBSCRIPTIONS] = { .parent = NODE_USERS,
				 .label = "Subscriptions",
				 .list = LIST_RECORDS,
				 .records = &record_subscriptions,
				 .count = "",
				 .help = "What was bought, and how much of it is free." },
	[NODE_PERMISSIONS] = { .parent = NODE_PROJECT,
			       .label = "Permissions",
			       .list = LIST_RECORDS,
			       .records = &record_permissions,
			       .count = "",
			       .help = "Who may open whose mailbox, and send in whose name." },
	[NODE_DEVICES] = { .parent = NODE_PROJECT,
			   .label = "Mobile devices",
			   .list = LIST_RECORDS,
			   .records = &record_devices,
			   .count = "",
			   .alert = "quarantined",
			   .help = "Phones and tablets that synchronise; ! = some wait in quarantine." },
	[NODE_POLICIES] = { .parent = NODE_DEVICES,
			    .label = "Policies",
			    .list = LIST_RECORDS,
			    .records = &record_policies,
			    .count = "",
			    .help = "What a device must do before it may synchronise." },
	[NODE_ENROLMENTS] = { .parent = NODE_DEVICES,
			      .label = "Enrolments",
			      .list = LIST_RECORDS,
			      .records = &record_enrolments,
			      .count = "",
			      .alert = "problem",
			      .empty = "Nobody is in an enrolment batch yet. a makes a batch, u adds users; `mailvan "
				       "device enrol` does the same.",
			      .help = "Users to be enrolled with a hosted device server; ! = some have a problem." },
	[NODE_SERVICE] = { .parent = NODE_PROJECT,
			   .label = "Service",
			   .list = LIST_TENANT,
			   .empty = "",
			   .help = "The tenant: who is signed in, with which rights, and how old the lists are." },
	[NODE_HEALTH] = { .parent = NODE_SERVICE,
			  .label = "Health",
			  .list = LIST_RECORDS,
			  .records = &record_health,
			  .count = "open",
			  .alert = "open",
			  .help = "Incidents and advisories of the service; the number counts the open ones." },
	[NODE_ANNOUNCEMENTS] = { .parent = NODE_SERVICE,
				 .label = "Announcements",
				 .list = LIST_RECORDS,
				 .records = &record_announcements,
				 .count = "unread",
				 .help = "What the service is going to change; the number counts the unread ones." },
	[NODE_FEEDS] = { .parent = NODE_SERVICE,
			 .label = "Feeds",
			 .list = LIST_RECORDS,
			 .records = &record_feed,
			 .every_tenant = true,
			 .empty = "No feed yet. Press a to follow one; `mailvan service feed add URL` does the same.",
			 .count = "unread",
			 .help = "RSS and Atom feeds; the number counts the unread entries." },
	[NODE_TASKS] = { .parent = NODE_PROJECT,
			 .label = "Tasks",
			 .list = LIST_RECORDS,
			 .records = &record_tasks,
			 .every_tenant = true,
			 .count = "open",
			 .help = "Lists being read and changes being made; the number counts the open ones." },
	[NODE_AUDIT] = { .parent = NODE_TASKS,
			 .label = "Audit",
			 .list = LIST_RECORDS,
			 .records = &record_audit,
			 .every_tenant = true,
			 .help = "Who changed what, when, and what was there before." },
};

const struct node_row *node_row(enum node_kind kind) { return &rows[kind]; }

int node_depth(enum node_kind kind) {
	int depth = 0;
	for (; kind != NODE_PROJECT; kind = rows[kind].parent)
		depth++;
	return depth;
}

bool node_has_children(enum node_kind kind) {
	for (int i = 0; i < NODE_KIND_COUNT; i++)
		if (i != NODE_PROJECT && rows[i].parent == kind)
			return true;
	return false;
}
