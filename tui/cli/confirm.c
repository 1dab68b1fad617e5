/* SPDX-License-Identifier: MIT
 *
 * confirm.c - see confirm.h.
 */
#include "tui/cli/confirm.h"

#include <string.h>
#include <unistd.h>

bool cli_confirmed(struct cli *c, const char *question, const char *refused, struct err *e) {
	char answer[16] = "";
	if (cli_flag(c, "yes"))
		return true;
	if (!isatty(STDIN_FILENO))
		return err_set(e, ERR_INPUT, "%.*s There is no terminal to ask on: say --yes",
			       (int)strcspn(question, "\n"), question);
	fprintf(c->err, "%s [y/N] ", question);
	fflush(c->err);
	if (fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
		return true;
	return err_set(e, ERR_CANCELLED, "%s", refused);
}
