/* SPDX-License-Identifier: MIT
 *
 * report_json.c - the report as one document: status --json plus folders and failures of each mailbox.
 */
#include "tui/cli/report_formats.h"

static void begin(struct report *r) { r->mailboxes = json_array(); }

static void mailbox(struct report *r) {
	r->current = json_mailbox(&r->row);
	r->current_folders = json_array();
	r->current_failures = json_array();
}

static void folder(struct report *r, const struct folder_row *row) {
	r->no_memory |= json_array_append_new(r->current_folders, json_folder(row)) != 0;
}

static void failure(struct report *r, const struct failure_row *row) {
	r->no_memory |= json_array_append_new(r->current_failures, json_failure(row)) != 0;
}

static void mailbox_end(struct report *r) {
	r->no_memory |= json_object_set_new(r->current, "folders", r->current_folders) != 0;
	r->no_memory |= json_object_set_new(r->current, "failures", r->current_failures) != 0;
	r->no_memory |= json_array_append_new(r->mailboxes, r->current) != 0;
	r->current = r->current_folders = r->current_failures = NULL;
}

static void end(struct report *r, bool ok) {
	json_decref(r->current);
	json_decref(r->current_folders);
	json_decref(r->current_failures);
	if (!ok || r->no_memory) {
		json_decref(r->mailboxes);
		return;
	}
	json_t *document = json_pack("{s:s, s:o, s:o, s:o, s:o}", "verdict", r->verdict, "generated", json_time(r->now),
				     "project", json_text(r->project), "mailboxes", r->mailboxes, "totals",
				     json_totals(&r->totals));
	r->no_memory |= !document;
	if (document && json_dumpf(document, r->to, JSON_INDENT(1)) == 0)
		fputc('\n', r->to);
	json_decref(document);
}

const struct report_format_ops report_json = { begin, mailbox, folder, failure, mailbox_end, end };
