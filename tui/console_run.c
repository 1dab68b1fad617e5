/* SPDX-License-Identifier: MIT
 *
 * console_run.c - the loop: wait for a key, change the console, draw it.
 */
#include "tui/console.h"

#include <stdio.h>
#include <stdlib.h>

#include "tui/model/state.h"
#include "tui/term/term.h"
#include "tui/view/screen.h"

#define TICK_MS 100

static bool set_in_environment(const char *name) {
	const char *v = getenv(name);
	return v && *v;
}

static bool fit(struct console *c, struct grid **g, struct err *e) {
	int w, h;
	term_size(&w, &h);
	if (!*g || (*g)->w != w || (*g)->h != h) {
		grid_free(*g);
		*g = grid_new(w, h, term_ascii());
	}
	if (!*g)
		return err_nomem(e);
	console_resize(c, (*g)->w, (*g)->h);
	return true;
}

static bool loop(struct console *c, struct err *e) {
	struct grid *g = NULL;
	bool ok = fit(c, &g, e);
	while (ok && !c->leave) {
		struct key k;
		if (c->dirty) {
			c->dirty = false;
			console_draw(c, g);
			term_show(g);
		}
		enum term_event ev = term_wait(TICK_MS, &k);
		if (ev == TERM_GONE)
			break;
		if (ev == TERM_RESIZE)
			ok = fit(c, &g, e);
		else if (ev == TERM_KEY)
			console_key(c, &k, mono_ms());
		console_tick(c, mono_ms());
	}
	grid_free(g);
	return ok;
}

int console_run(struct store *s, const char *project_dir, const char *exe, struct err *e) {
	struct term_options o = { .no_color = set_in_environment("NO_COLOR"),
				  .no_mouse = set_in_environment("MAILVAN_NO_MOUSE"),
				  .ascii = set_in_environment("MAILVAN_ASCII") };
	struct console *c = console_new(s, project_dir, exe, e);
	if (!c)
		return -1;
	if (!term_open(&o, e)) {
		console_free(c);
		return -1;
	}
	bool ok = loop(c, e);
	term_close();
	if (ok && c->leave && c->worker_live && c->worker.running > 0)
		printf("The migration goes on (worker %d). \"mailvan\" shows it again.\n", c->worker.pid);
	if (ok && c->leave && verify_run_open(&c->verify))
		printf("The verification goes on. \"mailvan\" shows how far it is.\n");
	console_free(c);
	return ok ? 0 : -1;
}
