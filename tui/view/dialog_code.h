/* SPDX-License-Identifier: MIT
 *
 * dialog_code.h - signing in while a thread waits for it: the code to type elsewhere, and a way to give up.
 */
#ifndef MAILVAN_TUI_DIALOG_CODE_H
#define MAILVAN_TUI_DIALOG_CODE_H

#include <pthread.h>

#include "tui/view/dialog.h"

/* Shared by the thread that signs in and the dialog. The thread's owner frees it, after code_dialog_close. */
struct code_state {
	pthread_mutex_t lock; /* for what is below it */
	bool there, seen;     /* a code has come; the dialog has drawn it */
	char code[64], url[512], message[512];
	wall_ms_t expires;

	struct stop stop;      /* the dialog's Esc */
	struct dialog *dialog; /* NULL when it was closed */
	char title[120];
};

bool code_state_init(struct code_state *s, const char *title, struct err *e);
void code_state_free(struct code_state *s);
/* In the thread: a device_show_fn. */
void code_state_show(void *arg, const struct oauth_device *d);
void dialog_code(struct console *c, struct code_state *s);
void dialog_code_close(struct console *c, struct code_state *s);

#endif
