/* SPDX-License-Identifier: MIT
 *
 * dialog.c - a stack of modal dialogs.
 */
#include "tui/view/dialog.h"

void dialog_push(struct console *c, struct dialog *d) {
	d->below = c->dialogs;
	c->dialogs = d;
	c->dirty = true;
}

void dialog_pop(struct console *c) {
	if (c->dialogs)
		dialog_close(c, c->dialogs);
}

void dialog_close(struct console *c, struct dialog *d) {
	for (struct dialog **at = &c->dialogs; *at; at = &(*at)->below) {
		if (*at == d) {
			*at = d->below;
			break;
		}
	}
	d->ops->free(d);
	c->dirty = true;
}
