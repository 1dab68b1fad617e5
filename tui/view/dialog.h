/* SPDX-License-Identifier: MIT
 *
 * dialog.h - what lies over the panes: a stack of modal dialogs.
 *
 * A dialog embeds struct dialog as its first member. console_key gives every key to the top one.
 */
#ifndef MAILVAN_TUI_DIALOG_H
#define MAILVAN_TUI_DIALOG_H

#include "tui/model/state.h"

struct dialog_ops {
	void (*draw)(const struct dialog *d, const struct console *c, struct grid *g);
	void (*key)(struct dialog *d, struct console *c, const struct key *k);
	void (*refresh)(struct dialog *d, struct console *c); /* the store changed; may be NULL */
	bool (*tick)(struct dialog *d); /* ten times a second: is there something new to draw? may be NULL */
	void (*free)(struct dialog *d);
	const char *keys; /* what the key bar says while it is on top */
};

struct dialog {
	const struct dialog_ops *ops;
	struct dialog *below;
};

/* Takes ownership. */
void dialog_push(struct console *c, struct dialog *d);
/* Closes and frees the top one. */
void dialog_pop(struct console *c);
/* Closes and frees d, which must be in the stack. */
void dialog_close(struct console *c, struct dialog *d);

#endif
