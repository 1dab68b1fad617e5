/* SPDX-License-Identifier: MIT
 *
 * handlers_records.c - what every list of records can do: properties, named filters, being read again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/model/task_plan.h"
#include "tui/view/dialogs.h"

void do_record(struct console *c, const char *arg) {
	(void)arg;
	dialog_record(c);
}

void do_task_items(struct console *c, const char *arg) {
	int64_t task = list_current_id(&c->list);
	(void)arg;
	list_show_records(&c->list, &record_task_items, 0, task);
	console_resize(c, c->layout.w, c->layout.h);
	console_reload(c);
	console_note(c, "The items of task %lld. Backspace goes back", (long long)task);
}

/* On a list its own; on the tenant's page every list of it. */
void do_record_refresh(struct console *c, const char *arg) {
	const char *names[NODE_KIND_COUNT];
	size_t n = 0;
	(void)arg;
	const struct record_list *l = c->list.records;
	if (l && !l->refresh) {
		console_refresh(c);
		console_note(c, "Read again");
		return;
	}
	if (l)
		names[n++] = l->refresh;
	for (int k = 0; !l && k < NODE_KIND_COUNT; k++) {
		const struct record_list *other = node_row((enum node_kind)k)->records;
		bool known = !other || !other->refresh || node_row((enum node_kind)k)->every_tenant;
		for (size_t i = 0; !known && i < n; i++)
			known = strcmp(names[i], other->refresh) == 0;
		if (!known)
			names[n++] = other->refresh;
	}
	if (c->tenant.is.id == 0 && !(l && l->any_tenant)) {
		struct err e;
		err_set(&e, ERR_INPUT, "No tenant is connected: press N");
		console_complain(c, &e);
		return;
	}
	refresh_start(c, l && l->any_tenant ? 0 : c->tenant.is.id, names, n, l ? l->title : "All lists");
}

static void show_filter(struct console *c, const struct record_filter *f) {
	c->list.named = f;
	console_reload(c);
	if (f)
		console_note(c, "Only: %s. Esc shows all", f->title);
}

static void filter_picked(struct console *c, size_t index) {
	show_filter(c, index && c->list.records ? &c->list.records->filters[index - 1] : NULL);
}

void do_show(struct console *c, const char *arg) {
	const struct record_list *l = c->list.records;
	const char *titles[32] = { "All" };
	size_t n = 1, cursor = 0;
	struct err e;
	if (*arg) {
		const struct record_filter *f = record_filter_find(l, arg);
		if (f || text_ieq(arg, "all")) {
			show_filter(c, f);
			return;
		}
		err_set(&e, ERR_INPUT, "This list has no filter \"%.40s\": f shows them", arg);
		console_complain(c, &e);
		return;
	}
	for (size_t i = 0; i < l->filter_count && n < sizeof titles / sizeof *titles; i++) {
		cursor = &l->filters[i] == c->list.named ? n : cursor;
		titles[n++] = l->filters[i].title;
	}
	if (n == 1) {
		console_note(c, "This list has no filters; / finds a text");
		return;
	}
	dialog_pick(c,
		    &(struct pick){
			    .title = "Show", .items = titles, .count = n, .cursor = cursor, .accept = filter_picked });
}

void do_unread_only(struct console *c, const char *arg) {
	const struct record_filter *f = record_filter_find(c->list.records, "unread");
	(void)arg;
	show_filter(c, c->list.named == f ? NULL : f);
}

struct reading {
	struct store *store;
	const struct record_list *list;
	int64_t *ids;
	size_t count;
	bool seen, ok;
	struct err e;
};

static void reading_work(void *data) {
	struct reading *r = data;
	r->ok = records_seen(r->store, r->list, r->ids, r->count, r->seen, &r->e);
}

static void reading_finish(struct console *c, void *data) {
	struct reading *r = data;
	if (c) {
		marks_clear(&c->list.marks);
		console_refresh(c);
		if (r->ok)
			console_note(c, "%zu marked as %s", r->count, r->seen ? "read" : "unread");
		else
			console_complain(c, &r->e);
	}
	free(r->ids);
	free(r);
}

static void mark_reading(struct console *c, bool seen) {
	struct record_choice choice;
	struct err e;
	console_record_choice(c, &choice);
	struct reading *r = calloc(1, sizeof *r);
	if (r)
		r->ids = calloc(choice.count, sizeof *r->ids);
	if (!r || !r->ids) {
		free(r);
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	memcpy(r->ids, choice.ids ? choice.ids : &choice.one, choice.count * sizeof *r->ids);
	r->count = choice.count;
	r->store = c->store;
	r->list = c->list.records;
	r->seen = seen;
	job_start(c, "Marking", reading_work, reading_finish, r);
}

void do_read(struct console *c, const char *arg) {
	(void)arg;
	mark_reading(c, true);
}

void do_unread(struct console *c, const char *arg) {
	(void)arg;
	mark_reading(c, false);
}
