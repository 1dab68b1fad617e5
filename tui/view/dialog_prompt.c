/* SPDX-License-Identifier: MIT
 *
 * dialog_prompt.c - one line at the bottom: the filter, and the ":" command line.
 */
#include <stdlib.h>
#include <string.h>

#include "tui/tables/actions.h"
#include "tui/view/dialogs.h"

struct prompt {
	struct dialog base;
	struct prompt_spec spec;
	struct edit edit;
};

static void prompt_draw(const struct dialog *d, const struct console *c, struct grid *g) {
	const struct prompt *p = (const struct prompt *)d;
	int y = c->layout.status.h ? c->layout.status.y : g->h - 1;
	grid_fill(g, (struct rect){ 0, y, g->w, 1 }, ST_FIELD);
	int used = grid_text(g, 1, y, g->w / 2, ST_FIELD, p->spec.label) + 1;
	edit_draw(&p->edit, g, used, y, g->w - used, ST_FIELD, true);
	if (*c->note && g->h > 1)
		grid_text(g, 1, y > 0 ? y - 1 : 0, g->w - 2, ST_STATUS_BAD, c->note);
}

/* Tab: the longest beginning that the verbs with this beginning share. */
static void complete_verb(const struct console *c, struct edit *e) {
	char best[64] = "";
	size_t found = 0, len = strlen(e->text);
	for (size_t i = 0; i < actions_count(); i++) {
		const char *verb = action_at(i)->verb;
		if (!verb || !action_here(action_at(i), console_node(c)) || strncmp(verb, e->text, len) != 0)
			continue;
		if (found++ == 0) {
			text_copy(best, sizeof best, verb);
			continue;
		}
		size_t same = 0;
		while (best[same] && best[same] == verb[same])
			same++;
		best[same] = '\0';
	}
	if (found)
		edit_set(e, best);
}

static void prompt_key(struct dialog *d, struct console *c, const struct key *k) {
	struct prompt *p = (struct prompt *)d;
	char text[EDIT_MAX], before[EDIT_MAX];
	struct prompt_spec spec = p->spec;
	text_copy(before, sizeof before, p->edit.text);
	if (k->code == K_ENTER) {
		text_copy(text, sizeof text, p->edit.text);
		dialog_close(c, d);
		spec.accept(c, text);
	} else if (k->code == K_ESC || k->code == K_CTRL('C') || (k->code == K_BACKSPACE && !*p->edit.text)) {
		dialog_close(c, d);
		if (spec.cancel)
			spec.cancel(c);
	} else if (k->code == K_TAB && spec.complete_verbs) {
		complete_verb(c, &p->edit);
	} else if (edit_key(&p->edit, k)) {
		/* Each change is a query: not for what a long paste still brings when the field is full. */
		if (spec.changed && strcmp(before, p->edit.text) != 0)
			spec.changed(c, p->edit.text);
	} else if (!spec.complete_verbs && (k->code == K_UP || k->code == K_DOWN)) {
		console_list_key(c, k->code == K_UP ? -1 : 1);
	}
}

static void prompt_free(struct dialog *d) { free(d); }

static const struct dialog_ops prompt_ops = { .draw = prompt_draw, .key = prompt_key, .free = prompt_free,
					      .keys = "Enter take it   Esc leave it   Ctrl+U clear" };

void dialog_prompt(struct console *c, const struct prompt_spec *spec, const char *text) {
	struct prompt *p = calloc(1, sizeof *p);
	struct err e;
	if (!p) {
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	p->base.ops = &prompt_ops;
	p->spec = *spec;
	edit_set(&p->edit, text);
	dialog_push(c, &p->base);
}
