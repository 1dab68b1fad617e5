/* SPDX-License-Identifier: MIT
 *
 * status_json.c - `mailvan status --json`: a project of 30,000 mailboxes is written as it is read.
 */
#include <stdlib.h>

#include "tui/cli/limits.h"
#include "tui/cli/rows.h"
#include "tui/cli/status.h"
#include "tui/cli/sync_view.h"

/* What stands beside the mailboxes, and which of them have warnings: few have any, so only those are asked. */
struct beside {
	json_t *limits, *repairs, *sync;
	int64_t *alarmed; /* ascending */
	size_t count, cap;
	bool no_memory;
	struct worker_info worker;
	bool alive;
};

struct writing {
	struct cli *c;
	struct store *s;
	const struct beside *beside;
	struct mailbox_sum sum;
	struct json_out out;
	bool ok;
	struct err *e;
};

static json_t *json_repairs(struct store *s, const struct mailbox_filter *filter, struct err *e) {
	struct repair_totals t;
	if (!repairs_totals(s, filter, &t, e))
		return NULL;
	json_t *o = json_object();
	for (int i = REPAIR_LINES; o && i < REPAIR_RUNG_COUNT; i++) {
		json_t *n = json_integer((json_int_t)t.by_rung[i]);
		if (json_object_set_new(o, repair_name((enum repair_rung)i), n) != 0) {
			json_decref(o);
			o = NULL;
		}
	}
	if (!o)
		err_nomem(e);
	return o;
}

static bool take_alarmed(void *arg, int64_t mailbox) {
	struct beside *b = arg;
	if (b->count == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 64;
		int64_t *p = realloc(b->alarmed, cap * sizeof *p);
		if (!p) {
			b->no_memory = true;
			return false;
		}
		b->alarmed = p;
		b->cap = cap;
	}
	b->alarmed[b->count++] = mailbox;
	return true;
}

static bool read_beside(struct beside *b, struct store *s, const struct mailbox_filter *filter, struct err *e) {
	return (b->limits = limits_json(s, e)) != NULL &&
	       (b->repairs = json_repairs(s, filter, e)) != NULL && (b->sync = sync_json(s, e)) != NULL &&
	       alarmed_mailboxes(s, take_alarmed, b, e) && (!b->no_memory || err_nomem(e));
}

static int by_id(const void *a, const void *b) {
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

static bool put_warning(void *arg, const struct alarm_row *row) {
	struct json_out *o = arg;
	json_out_open(o, NULL, '{');
	json_out_text(o, "name", row->name);
	json_out_text_or_null(o, "folder", row->folder);
	json_out_text(o, "text", row->text);
	json_out_time(o, "since", row->at);
	json_out_close(o, '}');
	return true;
}

static bool put_mailbox(void *arg, const struct mailbox_row *stored) {
	struct writing *w = arg;
	const struct beside *b = w->beside;
	struct mailbox_row idle;
	const struct mailbox_row *row = stored;
	mailbox_sum_add(&w->sum, stored);
	if (!b->alive && mailbox_row_has_rate(stored)) { /* a row is large: only those are copied */
		idle = *stored;
		mailbox_row_idle(&idle);
		row = &idle;
	}
	buf_putc(&w->out.text, '\n');
	json_out_open(&w->out, NULL, '{');
	mailbox_members(&w->out, row);
	json_out_open(&w->out, "warnings", '[');
	if (b->count && bsearch(&row->id, b->alarmed, b->count, sizeof *b->alarmed, by_id) &&
	    !mailbox_alarms(w->s, row->id, put_warning, &w->out, w->e))
		return w->ok = false;
	json_out_close(&w->out, ']');
	json_out_close(&w->out, '}');
	w->ok = json_out_blocks(&w->out, w->c->out) || err_nomem(w->e);
	return w->ok && !ferror(w->c->out);
}

static void put_worker(struct json_out *o, const struct beside *b) {
	if (!b->alive) {
		json_out_null(o, "worker");
		return;
	}
	json_out_open(o, "worker", '{');
	json_out_number(o, "pid", b->worker.pid);
	json_out_text(o, "host", b->worker.host);
	json_out_number(o, "jobs", b->worker.jobs);
	json_out_number(o, "running", b->worker.running);
	json_out_time(o, "started", b->worker.started);
	json_out_close(o, '}');
}

static bool put_all(struct writing *w, struct beside *b, const struct mailbox_filter *filter) {
	struct mailbox_query q = { .filter = *filter, .limit = UINT32_MAX };
	struct json_out *o = &w->out;
	json_out_open(o, NULL, '{');
	json_out_open(o, "mailboxes", '[');
	if (!mailboxes_list(w->s, &q, put_mailbox, w, w->e) || !w->ok)
		return false;
	buf_putc(&o->text, '\n');
	json_out_close(o, ']');
	mailbox_sum_end(&w->sum);
	if (!b->alive)
		totals_idle(&w->sum.totals);
	json_out_value(o, "totals", json_totals(&w->sum.totals));
	put_worker(o, b);
	json_out_value(o, "limits", json_incref(b->limits));
	json_out_value(o, "repairs", json_incref(b->repairs));
	json_out_value(o, "sync", json_incref(b->sync));
	json_out_close(o, '}');
	buf_putc(&o->text, '\n');
	return json_out_write(o, w->c->out) || err_nomem(w->e);
}

int status_print_json(struct cli *c, struct store *s, const struct mailbox_filter *filter, int code) {
	struct beside b = { 0 };
	struct err e, none;
	err_clear(&e);
	struct writing w = { .c = c, .s = s, .beside = &b, .out = JSON_OUT_INIT, .ok = true, .e = &e };
	bool ok = read_beside(&b, s, filter, &e);
	b.alive = worker_find_live(s, &b.worker, &none);
	if (ok && put_all(&w, &b, filter))
		code = cli_written(c, code);
	else
		code = cli_fail(c, &e);
	json_out_free(&w.out);
	json_decref(b.limits);
	json_decref(b.repairs);
	json_decref(b.sync);
	free(b.alarmed);
	return code;
}
