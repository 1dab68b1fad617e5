/* SPDX-License-Identifier: MIT
 *
 * dialog_code.c - signing in while a thread waits for it: the code to type elsewhere, and a way to give up.
 */
#include "tui/view/dialog_code.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/view/frame.h"

struct waiting {
	struct dialog base;
	struct code_state *state;
	bool giving_up;
};

bool code_state_init(struct code_state *s, const char *title, struct err *e) {
	memset(s, 0, sizeof *s);
	if (!stop_init(&s->stop, NULL))
		return err_errno(e, ERR_MEMORY, "Signing in can't begin");
	pthread_mutex_init(&s->lock, NULL);
	text_copy(s->title, sizeof s->title, title);
	return true;
}

void code_state_free(struct code_state *s) {
	stop_free(&s->stop);
	pthread_mutex_destroy(&s->lock);
}

void code_state_show(void *arg, const struct oauth_device *d) {
	struct code_state *s = arg;
	pthread_mutex_lock(&s->lock);
	text_copy(s->code, sizeof s->code, d->user_code);
	text_copy(s->url, sizeof s->url, d->verification_uri);
	text_copy(s->message, sizeof s->message, d->message);
	s->expires = d->expires;
	s->there = true;
	s->seen = false;
	pthread_mutex_unlock(&s->lock);
}

static void code_draw(const struct dialog *d, const struct console *c, struct grid *g) {
	const struct waiting *w = (const struct waiting *)d;
	struct code_state *s = w->state;
	struct rect in = frame_dialog(g, 68, 12, s->title);
	(void)c;
	pthread_mutex_lock(&s->lock);
	if (w->giving_up) {
		frame_wrap(g, in.x, in.y, in.w, in.h, ST_DIALOG, "Giving up…");
	} else if (!s->there) {
		frame_wrap(g, in.x, in.y, in.w, in.h, ST_DIALOG, "Asking the service… Esc gives up.");
	} else {
		long long left = (long long)(s->expires - wall_ms()) / 60000;
		grid_text(g, in.x, in.y, in.w, ST_DIALOG, "Open this page in a browser, on any computer:");
		grid_text(g, in.x + 2, in.y + 2, in.w - 2, ST_DIALOG_STRONG, s->url);
		grid_text(g, in.x, in.y + 4, in.w, ST_DIALOG, "and type this code there:");
		grid_text(g, in.x + 2, in.y + 6, in.w - 2, ST_DIALOG_STRONG, s->code);
		grid_textf(g, in.x, in.y + 8, in.w, ST_DIALOG_DIM,
			   "Waiting for you to sign in, at most %lld min more. Esc gives up.", left > 0 ? left : 0);
	}
	s->seen = true;
	pthread_mutex_unlock(&s->lock);
}

static void code_key(struct dialog *d, struct console *c, const struct key *k) {
	struct waiting *w = (struct waiting *)d;
	(void)c;
	if (k->code != K_ESC && k->code != K_CTRL('C'))
		return;
	w->giving_up = true;
	stop_request(&w->state->stop, 1);
}

static bool code_tick(struct dialog *d) {
	struct waiting *w = (struct waiting *)d;
	pthread_mutex_lock(&w->state->lock);
	bool fresh = !w->state->seen;
	pthread_mutex_unlock(&w->state->lock);
	return fresh;
}

static void code_free(struct dialog *d) {
	struct waiting *w = (struct waiting *)d;
	stop_request(&w->state->stop, 1); /* whoever closes it does not want to wait any more */
	w->state->dialog = NULL;
	free(w);
}

static const struct dialog_ops code_ops = {
	.draw = code_draw, .key = code_key, .tick = code_tick, .free = code_free, .keys = "Esc give up"
};

void dialog_code(struct console *c, struct code_state *s) {
	struct waiting *w = calloc(1, sizeof *w);
	if (!w)
		return; /* it goes on without being shown */
	w->base.ops = &code_ops;
	w->state = s;
	s->dialog = &w->base;
	dialog_push(c, &w->base);
}

void dialog_code_close(struct console *c, struct code_state *s) {
	if (s->dialog)
		dialog_close(c, s->dialog);
}
