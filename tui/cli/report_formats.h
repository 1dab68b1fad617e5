/* SPDX-License-Identifier: MIT
 *
 * report_formats.h - internal to the report: the three ways to write one.
 */
#ifndef MAILVAN_CLI_REPORT_FORMATS_H
#define MAILVAN_CLI_REPORT_FORMATS_H

#include "tui/cli/rows.h"

struct report;

struct report_format_ops {
	void (*begin)(struct report *r);
	void (*mailbox)(struct report *r); /* r->row */
	void (*folder)(struct report *r, const struct folder_row *row);
	void (*failure)(struct report *r, const struct failure_row *row);
	void (*mailbox_end)(struct report *r);
	void (*end)(struct report *r, bool ok); /* ok false: give up what is held */
};

struct report {
	const struct report_format_ops *format;
	FILE *to;
	bool colour, no_memory;
	const char *project;
	wall_ms_t now;
	struct mailbox_totals totals;
	char verdict[400];
	struct mailbox_row row;	   /* the one at hand */
	uint64_t folders, failures; /* written of it */
	struct table *table;
	json_t *mailboxes, *current, *current_folders, *current_failures;
};

extern const struct report_format_ops report_text, report_json, report_csv;

#endif
