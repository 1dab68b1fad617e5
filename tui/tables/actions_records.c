/* SPDX-License-Identifier: MIT
 *
 * actions_records.c - what every list of the tenant can do.
 */
#include "tui/model/handlers.h"
#include "tui/tables/actions.h"

static const struct action rows[] = {
	{ .id = "record-refresh",
	  .label = "Read from the tenant",
	  .verb = "refresh",
	  .keys = { K_F(5), K_CTRL('R') },
	  .help = "Bring this list up to date, in the background.",
	  .where = AT_RECORDS | AT(SERVICE),
	  .group = GROUP_NODE,
	  .flags = ACT_PANE,
	  .run = do_record_refresh },
	{ .id = "record-export",
	  .label = "Export list…",
	  .verb = "export",
	  .keys = { 'x' },
	  .help = "Write this list, as filtered and sorted, to a CSV or JSON file.",
	  .where = AT_RECORDS,
	  .group = GROUP_NODE,
	  .need = NEED_LIST,
	  .flags = ACT_PANE,
	  .run = do_export },
	{ .id = "record",
	  .label = "Properties",
	  .brief = "Properties",
	  .verb = "properties",
	  .keys = { 'i', K_ALT(K_ENTER), 'p' },
	  .help = "Everything that is known of this row, long texts in full.",
	  .where = AT_RECORDS,
	  .group = GROUP_SELECTION,
	  .need = NEED_ROW,
	  .flags = ACT_PANE | ACT_BAR,
	  .run = do_record },
	{ .id = "show",
	  .label = "Show only…",
	  .verb = "show",
	  .keys = { 'f' },
	  .help = "One of the list's own filters; \":show blocked\" names it.",
	  .where = AT_RECORDS,
	  .group = GROUP_LIST,
	  .need = NEED_LIST,
	  .flags = ACT_PANE,
	  .run = do_show },
};

const struct action_table actions_records = { rows, sizeof rows / sizeof *rows };
