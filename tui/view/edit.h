/* SPDX-License-Identifier: MIT
 *
 * edit.h - one line of text being typed, plain or secret.
 */
#ifndef MAILVAN_TUI_EDIT_H
#define MAILVAN_TUI_EDIT_H

#include "core/base/secret.h"
#include "tui/term/grid.h"
#include "tui/term/key.h"

#define EDIT_MAX 1024

struct edit {
	char text[EDIT_MAX]; /* not used when hidden */
	size_t at;	     /* byte of the caret */
	bool hidden;
	struct secret secret; /* hidden: what was typed; shown as dots */
};

void edit_set(struct edit *e, const char *text); /* caret at the end */
void edit_clear(struct edit *e);		 /* wipes a secret */
/* true when the key was for the text. */
bool edit_key(struct edit *e, const struct key *k);
/* Completes a path at the caret as far as it is unambiguous; false when nothing matches. */
bool edit_complete_path(struct edit *e);
/* A path as typed, with ~/ in front made the home directory. Cut when it does not fit. */
void edit_path(char *dst, size_t size, const char *typed);
/* Draws w cells, scrolled so that the caret shows; focus puts the terminal's cursor there. */
void edit_draw(const struct edit *e, struct grid *g, int x, int y, int w, enum style st, bool focus);

#endif
