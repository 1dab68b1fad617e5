/* SPDX-License-Identifier: MIT
 *
 * handlers_ask.c - the recovery password of a device: asked of the service, shown once, noted in the audit list.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/handlers.h"
#include "tui/model/service_ask.h"
#include "tui/view/dialogs.h"

static void recovery_password(struct console *c, const json_t *answer, void *name) {
	char text[700];
	snprintf(text, sizeof text, "%s\n\n%s\n\nIt is shown this once, and noted in the audit list.", (char *)name,
		 json_str(answer, "recoveryPassword"));
	dialog_tell(c, "Recovery password", text);
	explicit_bzero(text, sizeof text);
	free(name);
}

void do_recovery_password(struct console *c, const char *arg) {
	const struct record_line *line = list_current_line(&c->list);
	char name[IDENTITY_MAX + 32];
	struct err e;
	(void)arg;
	snprintf(name, sizeof name, "%.150s, %.150s", line->cells[0], line->cells[1]);
	char *kept = strdup(name);
	if (!kept) {
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	service_ask(c, &(struct service_question){ .label = "Asking for the recovery password",
						   .question = "recovery-password",
						   .target = line->label,
						   .audit = "device-recovery-password",
						   .shown = "the recovery password was shown",
						   .answered = recovery_password,
						   .release = free,
						   .data = kept });
}
