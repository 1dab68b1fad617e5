/* SPDX-License-Identifier: MIT
 *
 * service_ask.h - one question to the tenant's service, in a job's thread. The answer is shown and not kept.
 */
#ifndef MAILVAN_TUI_SERVICE_ASK_H
#define MAILVAN_TUI_SERVICE_ASK_H

#include "tui/model/state.h"

struct service_question {
	const char *label;    /* of the job: "Asking for the recovery password" */
	const char *question; /* of directory_ops.ask */
	const char *target;
	const char *audit; /* the action's name in the audit list, for what must not be shown unnoted; NULL = none */
	const char *shown; /* what the audit list says then */
	/* In the console's thread, with what the service said (borrowed). Owns data. */
	void (*answered)(struct console *c, const json_t *answer, void *data);
	/* Without an answer: what is said of e; NULL: it is complained about. Does not own data. */
	void (*failed)(struct console *c, const struct err *e, void *data);
	void (*release)(void *data); /* when there is no answer */
	void *data;
};

/* Everything but data is copied; label, question, audit and shown are static storage. */
void service_ask(struct console *c, const struct service_question *q);

#endif
