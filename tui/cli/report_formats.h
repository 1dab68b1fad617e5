/* SPDX-License-Identifier: MIT
 *
 * report_formats.h - internal to the report: one walk, and the ways to write it down.
 *
 * For people (text, HTML) what is wrong comes before the long tables: the mailboxes are gone through once for the gaps
 * and once for the tables. For programs (JSON, CSV) everything of a mailbox stands together. Nothing is held but the
 * mailbox at hand.
 */
#ifndef MAILVAN_CLI_REPORT_FORMATS_H
#define MAILVAN_CLI_REPORT_FORMATS_H

#include "tui/cli/report.h"
#include "tui/cli/report_survey.h"
#include "tui/cli/rows.h"

/* More mailboxes than that: only those that need a look get a table of their folders, where people read. */
#define FOLDER_TABLES_MAX 1000
/* Left out on purpose, removed on request, or not tried yet: so many are named of each mailbox where people read. */
#define ALIKE_NAMED_MAX 100

struct report;

struct report_format_ops {
	bool gaps_first;
	void (*begin)(struct report *r); /* survey, settings */
	/* With gaps_first: what is wrong, for each mailbox with something to say (r->row). A mailbox is named by
	 * `gaps`, then its parts follow; NULL members are left out. */
	void (*gaps_begin)(struct report *r);
	void (*gaps)(struct report *r);
	void (*gaps_end)(struct report *r);
	/* Messages that are not copied, differences that verify has found, warnings, messages that arrived changed. */
	void (*failure)(struct report *r, const struct failure_row *row);
	void (*more)(struct report *r, uint64_t n, const char *what); /* "that a rule left out" */
	void (*difference)(struct report *r, const struct difference_row *row);
	void (*alarm)(struct report *r, const struct alarm_row *row);
	void (*repaired)(struct report *r, const struct repaired_row *row);
	/* After each of the four lists ("failures", "differences", "warnings", "repaired"); any: it had a row. */
	void (*list_end)(struct report *r, const char *list, bool any);

	void (*tables_begin)(struct report *r);
	void (*mailbox)(struct report *r); /* r->row, r->look */
	void (*folder)(struct report *r, const struct folder_row *row);
	void (*folders_end)(struct report *r);
	void (*mailbox_end)(struct report *r);
	void (*end)(struct report *r, bool ok); /* ok false: it is not complete, and must not look so */
};

#define REPORT_SETTINGS_MAX 24

struct report {
	const struct report_format_ops *format;
	struct store *store;
	FILE *to;
	bool colour, no_memory;
	const char *project;
	wall_ms_t now;
	struct report_survey survey;
	struct repair_totals repairs;
	char verdict[600], verified[600];
	struct setting_line {
		const char *label;
		char text[400];
		bool weak; /* only the operator's word stands for it: red */
	} settings[REPORT_SETTINGS_MAX];
	size_t setting_count;

	struct mailbox_row row; /* the one at hand */
	struct verification look;
	bool looked;	     /* look is filled */
	uint64_t removed;    /* of its vanished messages: copied, and removed on request */
	uint64_t written;    /* parts of what is being listed of it */
	uint64_t skipped, gone, pending; /* named and not named; gone: removed on request */
	struct table *table; /* of its folders */
	bool folders;	     /* has a table of them */
	uint64_t mailboxes;  /* written so far */
};

extern const struct report_format_ops report_text, report_json, report_csv, report_html;

/* report_html_top.c, and its cells for the tables below. class NULL = none */
void report_html_begin(struct report *r);
void html_number_cell(FILE *to, uint64_t n, const char *class);
void html_count_heads(FILE *to);
void html_count_cells(FILE *to, const struct counts *c);

/* report_settings.c */
bool settings_read(struct report *r, struct err *e);
/* What is said of a failure beside its reason: the remedy of its category, or that nothing needs to be done. */
const char *failure_remedy(const struct failure_row *row);
const char *failure_state(const struct failure_row *row); /* "failed", "skipped", "vanished", "removed", "pending" */

#endif
