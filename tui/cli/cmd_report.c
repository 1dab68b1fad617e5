/* SPDX-License-Identifier: MIT
 *
 * cmd_report.c - `mailvan report`: what became of every message.
 */
#include <string.h>

#include "tui/cli/commands.h"
#include "tui/cli/report.h"
#include "tui/cli/table.h"

static bool choose_format(const struct cli *c, enum report_format *format, struct err *e) {
	bool csv = cli_flag(c, "csv"), text = cli_flag(c, "text"), html = cli_flag(c, "html");
	if (c->json + csv + text + html > 1)
		return err_set(e, ERR_INPUT, "Choose one of --html, --json, --csv and --text");
	*format = c->json ? REPORT_JSON : csv ? REPORT_CSV : html ? REPORT_HTML : REPORT_TEXT;
	return true;
}

static int report(struct cli *c, struct store *s, struct selection *sel) {
	const char *path = cli_value(c, "output");
	enum report_format format;
	struct err e;
	err_clear(&e);
	bool ok = choose_format(c, &format, &e) && selection_freeze(s, sel, &e);
	if (ok && path && strcmp(path, "-") != 0)
		ok = report_write_file(s, sel, format, path, true, &e);
	else if (ok)
		ok = report_write(s, sel, format, c->out, colour_wanted(c, c->out), &e);
	return ok ? CLI_OK : cli_fail(c, &e);
}

static int run_report(struct cli *c) { return with_selection(c, STORE_LOOK, SELECTION_DEFAULT_ALL, report); }

const struct cli_command cmd_report = {
	.name = "report",
	.args = "[MAILBOX...]",
	.summary = "what became of every message, with named failures",
	.details =
		"The reconciliation certificate. First the verdict, and what verify has read back; then everything "
		"that needs attention, each message by folder, date, sender, subject, Message-ID, size, reason and "
		"remedy; then for each mailbox its folders with their counts and new names (--text leaves out the "
		"middle of very long ones).\n\n"
		"--html is one file without scripts that can be printed and handed over. --csv is one table of "
		"mailbox, folder, message, difference, warning and repaired records; fields that a spreadsheet would "
		"take for a formula are prefixed with ', and a FILE begins with a byte-order mark. Use --json where "
		"every byte counts. A FILE is written readable for its owner only.\n\n"
		"The exit code is 0 when the report could be written, whatever it says.",
	.options = (const struct cli_option[]){ CLI_SELECTION_OPTIONS,
						{ 0, "html", NULL, "one page, to print and to hand over" },
						{ 0, "csv", NULL, "one CSV table" },
						{ 0, "text", NULL, "for people, which is the default" },
						{ 'o', "output", "FILE", "write to FILE instead of standard output" },
						CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.max_args = 1000,
	.run = run_report,
};
