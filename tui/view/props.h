/* SPDX-License-Identifier: MIT
 *
 * props.h - what the property sheet of a mailbox shows, read from the store. Shared by its tabs.
 */
#ifndef MAILVAN_TUI_PROPS_H
#define MAILVAN_TUI_PROPS_H

#include "tui/view/dialog.h"

#define PROPS_FOLDERS_MAX 5000
#define PROPS_FAILURES_MAX 5000
#define PROPS_WARNINGS_MAX 12 /* the report has them all */

struct props {
	int64_t id;
	bool gone; /* removed meanwhile */
	struct mailbox_row row;
	struct folder_row *folders;
	size_t folder_count, folder_cap;
	struct failure_row *failures;
	size_t failure_count, failure_cap;
	char warnings[PROPS_WARNINGS_MAX][ERR_TEXT_MAX + 64]; /* "folder: text" */
	size_t warning_count;
	struct verification look; /* what verify has found, when looked */
	bool looked, stands; /* stands: no copy was made anew since */
	struct difference_row *differences;
	size_t difference_count, difference_cap;
	bool folders_cut, failures_cut; /* there are more than the maximum */
};

bool props_read(struct props *p, struct store *s, struct err *e);
void props_free(struct props *p);

/* One tab: rows (lines) in all, and drawing of those from top on. */
struct props_tab {
	const char *title;
	size_t (*lines)(const struct props *p);
	void (*draw)(const struct props *p, struct grid *g, struct rect in, size_t top);
};
extern const struct props_tab props_general, props_folders, props_failures, props_differences;

#endif
