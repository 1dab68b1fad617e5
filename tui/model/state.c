/* SPDX-License-Identifier: MIT
 *
 * state.c - making the console, what it knows of the store, and what actions apply to.
 */
#include "tui/model/state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/job.h"
#include "tui/model/verify_view.h"
#include "tui/view/dialog.h"

void console_note(struct console *c, const char *fmt, ...) {
	char raw[NOTE_MAX];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(raw, sizeof raw, fmt, ap);
	va_end(ap);
	text_sanitise(c->note, sizeof c->note, raw, strlen(raw));
	c->note_bad = false;
	c->note_until = c->now + NOTE_MS;
	c->dirty = true;
}

void console_complain(struct console *c, const struct err *e) {
	console_note(c, "%s", e->text);
	c->note_bad = true;
}

static bool take_batch(void *arg, const struct batch_row *row) {
	struct console *c = arg;
	if (c->batch_count == c->batch_cap) {
		size_t cap = c->batch_cap ? c->batch_cap * 2 : 16;
		struct batch_row *bigger =
			cap > TREE_BATCHES_MAX * 2 ? NULL : realloc(c->batches, cap * sizeof *bigger);
		if (!bigger)
			return false;
		c->batches = bigger;
		c->batch_cap = cap;
	}
	c->batches[c->batch_count] = *row;
	if (!c->worker_live)
		totals_idle(&c->batches[c->batch_count].totals);
	c->batch_count++;
	return true;
}

static bool read_target(struct console *c, struct err *e) {
	struct target_settings t;
	if (!target_settings_get(c->store, &t, e))
		return false;
	c->target[0] = '\0';
	if (*t.server.host)
		endpoint_url(c->target, sizeof c->target, &t.server);
	c->target_weak = *t.server.host && endpoint_is_weak(&t.server);
	c->target_admin = *t.server.host && (t.admin != ADMIN_NONE || t.server.tenant);
	endpoint_clear(&t.server);
	return true;
}

/* A task that was seen going on and is not open any more says how it ended. */
static void follow_task(struct console *c) {
	struct task_row t;
	struct err e;
	char text[NOTE_MAX];
	bool bad;
	bool known = c->followed && task_get(c->store, c->followed, &t, &e);
	if (known && (t.state == TASK_QUEUED || t.state == TASK_RUNNING || t.state == TASK_PAUSED))
		return;
	if (known) {
		tenant_task_result(text, sizeof text, &t, &bad);
		console_note(c, "%s", text);
		c->note_bad = bad;
	}
	c->followed = c->tenant.task.id;
}

/* A verification that was seen going on says how it ended. */
static bool read_verify(struct console *c, struct err *e) {
	struct verify_run now;
	char text[NOTE_MAX];
	bool found, bad;
	if (!verify_run_last(c->store, &now, &found, e))
		return false;
	if (!found)
		now = (struct verify_run){ .id = 0 };
	bool ended = c->verify.id == now.id && now.id && verify_run_open(&c->verify) && !verify_run_open(&now);
	c->dirty = c->dirty || verify_run_open(&c->verify) != verify_run_open(&now);
	c->verify = now;
	if (ended) {
		verify_result_text(text, sizeof text, &now, &bad);
		console_note(c, "Verify: %s", text);
		c->note_bad = bad;
	}
	return true;
}

static bool read_totals(struct console *c, struct err *e) {
	struct mailbox_filter all = { 0 };
	c->batch_count = 0;
	if (!mailboxes_totals(c->store, &all, &c->totals, e) || !batches_list(c->store, take_batch, c, e) ||
	    !read_target(c, e) || !tenant_view_read(&c->tenant, c->store, c->followed, e))
		return false;
	if (!c->worker_live)
		totals_idle(&c->totals);
	c->tenant.counts[NODE_MAILBOXES] = (struct node_count){ .known = true, .rows = c->totals.mailboxes };
	c->tenant.counts[NODE_BATCHES] = (struct node_count){ .known = true, .rows = c->batch_count };
	if (!tree_build(&c->tree, c->project, c->tenant.counts, c->batches, c->batch_count, e))
		return false;
	follow_task(c);
	if (!read_verify(c, e))
		return false;
	if (c->list.kind == LIST_BATCHES)
		list_set_total(&c->list, c->batch_count);
	console_rechoose(c);
	return true;
}

static void read_worker(struct console *c) {
	struct err ignored;
	bool was = c->worker_live;
	unsigned running = c->worker.running;
	memset(&c->worker, 0, sizeof c->worker);
	c->worker_live = worker_find_live(c->store, &c->worker, &ignored);
	c->list.idle = !c->worker_live;
	if (was != c->worker_live)
		c->version = 0; /* what is shown changes though nobody has written: a worker that died cannot */
	if (was != c->worker_live || running != c->worker.running)
		c->dirty = true;
}

static void refresh_dialogs(struct console *c) {
	for (struct dialog *d = c->dialogs; d; d = d->below)
		if (d->ops->refresh)
			d->ops->refresh(d, c);
}

void console_refresh(struct console *c) {
	struct err e;
	c->version = store_version(c->store);
	c->stale = false;
	read_worker(c);
	if (!read_totals(c, &e) || !list_reload(&c->list, c->store, &e))
		console_complain(c, &e);
	/* Somebody else chose another tenant: rows of the old one must not be taken for rows of the new one. */
	if (c->list.kind == LIST_RECORDS && c->list.tenant && c->list.tenant != c->tenant.is.id)
		console_show_node(c);
	console_rechoose(c);
	refresh_dialogs(c);
	c->dirty = true;
}

struct console *console_new(struct store *s, const char *project_dir, const char *exe, struct err *e) {
	struct console *c = calloc(1, sizeof *c);
	if (!c) {
		err_nomem(e);
		return NULL;
	}
	const char *slash = strrchr(project_dir, '/');
	const char *name = slash && slash[1] ? slash + 1 : project_dir;
	c->store = s;
	c->exe = exe;
	c->focus = PANE_LIST;
	c->list.sort = SORT_SOURCE;
	text_sanitise(c->project, sizeof c->project, name, strlen(name));
	text_sanitise(c->home, sizeof c->home, project_dir, strlen(project_dir));
	layout_compute(&c->layout, 80, 24, c->focus);
	read_worker(c);
	if (!read_totals(c, e)) {
		console_free(c);
		return NULL;
	}
	c->version = store_version(s);
	console_show_node(c);
	return c;
}

void console_free(struct console *c) {
	if (!c)
		return;
	while (c->dialogs) /* first: one of them may tell a thread to stop */
		dialog_pop(c);
	job_abandon(c);
	tree_free(&c->tree);
	list_free(&c->list);
	free(c->batches);
	free(c);
}

/* A refresh that took long makes the next one wait longer, so that keys are answered in between. */
static void poll_store(struct console *c, mono_ms_t now) {
	struct err e;
	mono_ms_t start = mono_ms();
	uint64_t version = store_version(c->store);
	if (version != c->version) {
		c->version = version;
		c->stale = c->dirty = true;
		if (!list_reload(&c->list, c->store, &e))
			console_complain(c, &e);
	}
	mono_ms_t listed = mono_ms();
	if (c->stale && now >= c->next_totals) {
		c->stale = false;
		c->dirty = true;
		if (!read_totals(c, &e))
			console_complain(c, &e);
		refresh_dialogs(c);
		c->next_totals = now + TOTALS_MS + 10 * (mono_ms() - listed);
	} else if (c->dirty && c->list.marks.count == 0) {
		console_rechoose(c);
	}
	c->next_poll = now + POLL_MS + 5 * (listed - start);
}

void console_tick(struct console *c, mono_ms_t now) {
	c->now = now;
	job_poll(c);
	console_escape_later(c);
	if (c->dialogs && c->dialogs->ops->tick && c->dialogs->ops->tick(c->dialogs))
		c->dirty = true;
	if (*c->note && !c->note_bad && now >= c->note_until) {
		c->note[0] = '\0';
		c->dirty = true;
	}
	if (now >= c->next_worker) {
		struct err ignored;
		read_worker(c);
		c->dirty = tenant_view_runner(&c->tenant, c->store) || c->dirty;
		if (verify_run_open(&c->verify)) /* a process that died does not write any more */
			read_verify(c, &ignored);
		c->next_worker = now + WORKER_MS;
	}
	if (now >= c->next_poll)
		poll_store(c, now);
}

void console_resize(struct console *c, int w, int h) {
	struct err e;
	layout_compute(&c->layout, w, h, c->focus);
	if (c->layout.panes[c->focus].w == 0)
		c->focus = PANE_LIST;
	/* the header takes a row; a pane that is not shown keeps its height */
	struct rect in = c->layout.inside[PANE_LIST];
	if (in.w > 0 && !list_set_height(&c->list, c->store, in.h - 1, &e))
		console_complain(c, &e);
	tree_move(&c->tree, 0, c->layout.inside[PANE_TREE].h);
	c->dirty = true;
}

void console_focus(struct console *c, enum pane pane) {
	c->focus = pane;
	console_resize(c, c->layout.w, c->layout.h);
	console_rechoose(c);
}

void console_show_node(struct console *c) {
	struct err e;
	const struct tree_node *node = tree_current(&c->tree);
	enum list_kind kind = node_row(node->kind)->list;
	const struct node_row *row = node_row(node->kind);
	int64_t tenant = row->every_tenant ? 0 : c->tenant.is.id;
	if (kind == c->list.kind && node->batch == c->list.batch && row->records == c->list.records &&
	    tenant == c->list.tenant && c->list.height)
		return;
	if (kind == LIST_RECORDS)
		list_show_records(&c->list, row->records, tenant, 0);
	else
		list_show(&c->list, kind, node->batch);
	console_resize(c, c->layout.w, c->layout.h);
	if (kind == LIST_BATCHES)
		list_set_total(&c->list, c->batch_count);
	if (!list_reload(&c->list, c->store, &e))
		console_complain(c, &e);
	console_rechoose(c);
}

void console_reload(struct console *c) {
	struct err e;
	if (!list_reload(&c->list, c->store, &e))
		console_complain(c, &e);
	console_rechoose(c);
	c->dirty = true;
}

void console_list_key(struct console *c, int64_t by) {
	struct err e;
	if (!list_move(&c->list, c->store, by, &e))
		console_complain(c, &e);
	if (c->list.marks.count == 0) /* else what is chosen does not depend on the cursor */
		console_rechoose(c);
	c->dirty = true;
}
