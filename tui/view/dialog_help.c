/* SPDX-License-Identifier: MIT
 *
 * dialog_help.c - the keys that work, read from the table of actions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/tables/actions.h"
#include "tui/view/dialogs.h"
#include "tui/view/frame.h"

struct help {
	struct dialog base;
	size_t top;
};

struct help_line {
	enum { HELP_HEADING, HELP_ACTION, HELP_SENTENCE } kind;
	char keys[40];
	const char *label, *text;
	bool danger;
};
#define HELP_MAX 160
#define SENTENCE_BESIDE 100 /* cells from which the sentence fits beside its action */

static const struct {
	const char *keys, *label, *text;
} moves[] = {
	{ "Up Down k j", "Move", "PgUp, PgDn, Home and End move further." },
	{ "Left Right", "Tree and panes", "In the tree: close and open. In the list: to the next pane." },
	{ "Enter", "Open", "A mailbox's properties, a batch, a node." },
	{ "Shift+Up/Down", "Mark a range", "Marks while moving." },
	{ "Esc", "Back", "Closes, unmarks, clears the filter. Esc and a digit is an F-key." },
};

static void keys_text(char *dst, size_t size, const struct action *a) {
	dst[0] = '\0';
	for (size_t i = 0; i < ACTION_KEYS_MAX && a->keys[i]; i++) {
		char one[KEY_NAME_MAX];
		size_t have = strlen(dst);
		key_label(one, a->keys[i]);
		snprintf(dst + have, size - have, "%s%s", i ? " " : "", one);
	}
}

static size_t add(struct help_line out[HELP_MAX], size_t n, const struct help_line *line, bool beside) {
	if (n + 2 > HELP_MAX)
		return n;
	out[n++] = *line;
	if (line->kind == HELP_ACTION && !beside)
		out[n++] = (struct help_line){ .kind = HELP_SENTENCE, .text = line->text };
	return n;
}

static size_t help_lines(const struct console *c, struct help_line out[HELP_MAX], bool beside) {
	size_t n = 0;
	for (int g = 0; g < GROUP_COUNT; g++) {
		size_t heading = n;
		for (size_t i = 0; i < actions_count(); i++) {
			const struct action *a = action_at(i);
			if ((int)a->group != g || !action_here(a, console_node(c)))
				continue;
			if (n == heading)
				n = add(out, n,
					&(struct help_line){ .text = g == GROUP_NODE ? console_node_title(c) :
								     action_group_title((enum action_group)g) },
					beside);
			struct help_line line = { .kind = HELP_ACTION, .label = a->label, .text = a->help,
						  .danger = a->flags & ACT_DANGEROUS };
			keys_text(line.keys, sizeof line.keys, a);
			n = add(out, n, &line, beside);
		}
	}
	n = add(out, n, &(struct help_line){ .text = "Moving" }, beside);
	for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
		struct help_line line = { .kind = HELP_ACTION, .label = moves[i].label, .text = moves[i].text };
		text_copy(line.keys, sizeof line.keys, moves[i].keys);
		n = add(out, n, &line, beside);
	}
	return n;
}

/* The dialog is as wide as the screen allows, up to this. */
#define HELP_W 134

static bool beside_in(const struct console *c) {
	return (c->layout.w - 2 < HELP_W ? c->layout.w - 2 : HELP_W) - 4 >= SENTENCE_BESIDE;
}

static int help_rows(const struct console *c) { return c->layout.h - 4 > 1 ? c->layout.h - 4 : 1; }

static void draw_line(struct grid *g, struct rect in, int y, const struct help_line *l) {
	int keys_w = in.w >= 70 ? 20 : 13;
	if (l->kind == HELP_HEADING) {
		grid_text(g, in.x, y, in.w, ST_DIALOG_STRONG, l->text);
	} else if (l->kind == HELP_SENTENCE) {
		grid_text(g, in.x + 4, y, in.w - 4, ST_DIALOG_DIM, l->text);
	} else {
		grid_text(g, in.x + 1, y, keys_w - 2, ST_DIALOG_STRONG, l->keys);
		grid_text(g, in.x + keys_w, y, 27, l->danger ? ST_DIALOG_BAD : ST_DIALOG, l->label);
		if (in.w >= SENTENCE_BESIDE)
			grid_text(g, in.x + keys_w + 28, y, in.w - keys_w - 28, ST_DIALOG_DIM, l->text);
	}
}

static void help_draw(const struct dialog *d, const struct console *c, struct grid *g) {
	const struct help *h = (const struct help *)d;
	struct help_line lines[HELP_MAX];
	size_t n = help_lines(c, lines, beside_in(c));
	struct rect in = frame_dialog(g, HELP_W, g->h - 2, "Help: what you can do");
	for (int row = 0; row < in.h && h->top + (size_t)row < n; row++)
		draw_line(g, in, in.y + row, &lines[h->top + (size_t)row]);
	struct rect box = { in.x - 2, in.y - 1, in.w + 4, in.h + 2 };
	frame_scroll(g, box, ST_DIALOG_DIM, h->top, (uint64_t)in.h, n);
}

static void help_key(struct dialog *d, struct console *c, const struct key *k) {
	struct help *h = (struct help *)d;
	struct help_line lines[HELP_MAX];
	size_t n = help_lines(c, lines, beside_in(c)), rows = (size_t)help_rows(c), last = n > rows ? n - rows : 0;
	bool wheel = k->code == K_MOUSE && (k->button == MOUSE_WHEEL_DOWN || k->button == MOUSE_WHEEL_UP);
	if (k->code == K_DOWN || k->code == 'j' || (wheel && k->button == MOUSE_WHEEL_DOWN))
		h->top++;
	else if ((k->code == K_UP || k->code == 'k' || (wheel && k->button == MOUSE_WHEEL_UP)) && h->top > 0)
		h->top--;
	else if (k->code == K_PGDN || k->code == K_SPACE)
		h->top += rows;
	else if (k->code == K_PGUP)
		h->top = h->top > rows ? h->top - rows : 0;
	else if (k->code == K_HOME)
		h->top = 0;
	else if (k->code == K_END)
		h->top = last;
	else if (k->code != K_UP && k->code != 'k' && !wheel) {
		dialog_close(c, d);
		return;
	}
	h->top = h->top > last ? last : h->top;
}

static void help_free(struct dialog *d) { free(d); }

static const struct dialog_ops help_ops = { .draw = help_draw, .key = help_key, .free = help_free,
					    .keys = "Up Down PgUp PgDn scroll   any other key closes" };

void dialog_help(struct console *c) {
	struct help *h = calloc(1, sizeof *h);
	if (!h)
		return;
	h->base.ops = &help_ops;
	dialog_push(c, &h->base);
}
