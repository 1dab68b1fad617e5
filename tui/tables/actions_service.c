/* SPDX-License-Identifier: MIT
 *
 * actions_service.c - incidents, announcements and feeds, which are read like mail.
 */
#include "tui/model/handlers.h"
#include "tui/tables/actions.h"

#define LISTS (AT(HEALTH) | AT(ANNOUNCEMENTS) | AT(FEEDS))

static const struct action rows[] = {
	{ .id = "read",
	  .label = "Mark as read",
	  .brief = "Read",
	  .verb = "read",
	  .keys = { 'r' },
	  .help = "The selected ones count as read; opening one does that too.",
	  .where = LISTS,
	  .group = GROUP_SELECTION,
	  .need = NEED_RECORDS,
	  .flags = ACT_PANE | ACT_BAR,
	  .run = do_read },
	{ .id = "unread",
	  .label = "Mark as unread",
	  .verb = "unread",
	  .keys = { 'R' },
	  .help = "The selected ones count as unread again.",
	  .where = LISTS,
	  .group = GROUP_SELECTION,
	  .need = NEED_RECORDS,
	  .flags = ACT_PANE,
	  .run = do_unread },
	{ .id = "unread-only",
	  .label = "Unread only",
	  .brief = "Unread",
	  .verb = "unread-only",
	  .keys = { 'u' },
	  .help = "Show only what was not read yet; again shows all.",
	  .where = LISTS,
	  .group = GROUP_LIST,
	  .need = NEED_LIST,
	  .flags = ACT_PANE | ACT_BAR,
	  .run = do_unread_only },
	{ .id = "feed-add",
	  .label = "Follow a feed…",
	  .brief = "Follow",
	  .verb = "follow",
	  .keys = { 'a', K_F(7), K_INSERT },
	  .help = "Follow an RSS or Atom feed; it is read at once.",
	  .where = AT(FEEDS),
	  .group = GROUP_NODE,
	  .need = NEED_NOTHING,
	  .flags = ACT_PANE | ACT_BAR,
	  .run = do_feed_add },
	{ .id = "feed-remove",
	  .label = "Show or remove feeds…",
	  .verb = "feeds",
	  .keys = { 'd', K_DELETE, K_F(8) },
	  .help = "Which feeds are followed, and why one can't be read; remove one.",
	  .where = AT(FEEDS),
	  .group = GROUP_NODE,
	  .need = NEED_NOTHING,
	  .flags = ACT_PANE,
	  .run = do_feed_remove },
};

const struct action_table actions_service = { rows, sizeof rows / sizeof *rows };
