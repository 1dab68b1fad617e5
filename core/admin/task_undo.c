/* SPDX-License-Identifier: MIT
 *
 * task_undo.c - a task that takes back what another did, last change first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admin/task_run.h"

/* Items as they will be added, their strings owned here. */
struct plan {
	struct item_spec *items;
	size_t n, cap;
	struct err *e;
	bool failed;
};

static bool plan_add(struct plan *p, enum change_verb verb, const char *target, const json_t *args) {
	if (p->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 64;
		struct item_spec *more = realloc(p->items, cap * sizeof *more);
		if (!more)
			return err_nomem(p->e);
		p->items = more;
		p->cap = cap;
	}
	char *t = strdup(target), *a = json_dumps(args, JSON_COMPACT | JSON_SORT_KEYS);
	if (!t || !a) {
		free(t);
		free(a);
		return err_nomem(p->e);
	}
	p->items[p->n++] = (struct item_spec){ .verb = change_name(verb), .target = t, .args = a };
	return true;
}

static void plan_free(struct plan *p) {
	for (size_t i = 0; i < p->n; i++) {
		/* They are ours: item_spec only promises not to write to them. */
		free((void *)(uintptr_t)p->items[i].target);
		free((void *)(uintptr_t)p->items[i].args);
	}
	free(p->items);
}

static bool add_inverse(struct plan *p, const struct item_row *i) {
	struct change_inverse back = { 0 };
	json_t *args = json_loads(i->args, 0, NULL), *before = json_loads(i->before, JSON_DECODE_ANY, NULL);
	struct change c = { .verb = change_parse(i->verb), .target = i->target, .args = args, .before = i->before };
	int answer = change_inverse(&c, before, &back, p->e);
	if (answer < 0)
		err_prefix(p->e, "Item %llu, %s: ", (unsigned long long)i->n, i->target);
	bool ok = answer == 0 || (answer > 0 && plan_add(p, back.verb, i->target, back.args));
	json_decref(back.args);
	json_decref(before);
	json_decref(args);
	return ok;
}

static bool on_item(void *arg, const struct item_row *i, const char *text) {
	struct plan *p = arg;
	(void)text;
	/* SENT: it may have been carried out; taking it back is right either way. One that failed, or was given back,
	 * may have been done in part. */
	bool done = i->state == ITEM_DONE || i->state == ITEM_SENT || (i->touched && i->state != ITEM_ALREADY);
	p->failed = done && !add_inverse(p, i);
	return !p->failed;
}

static void reverse(struct plan *p) {
	for (size_t i = 0; i < p->n / 2; i++) {
		struct item_spec swap = p->items[i];
		p->items[i] = p->items[p->n - 1 - i];
		p->items[p->n - 1 - i] = swap;
	}
}

bool task_undo(struct store *s, int64_t task, const char *who, int64_t *id, uint64_t *count, struct err *e) {
	struct plan p = { .e = e };
	struct task_row row;
	int64_t by = 0;
	char label[TASK_LABEL_MAX];
	*id = 0;
	*count = 0;
	if (!task_get(s, task, &row, e))
		return false;
	if (row.state == TASK_QUEUED || row.state == TASK_RUNNING)
		return err_set(e, ERR_INPUT, "Task %lld has not ended: stop it first, or wait", (long long)task);
	if (strcmp(row.verb, "change") != 0)
		return err_set(e, ERR_INPUT, "Task %lld has changed nothing", (long long)task);
	/* A second time would overwrite what somebody did after the first. */
	if (!task_undone_by(s, task, &by, e))
		return false;
	if (by)
		return err_set(e, ERR_INPUT, "Task %lld was taken back by task %lld; undo that one to have it again",
			       (long long)task, (long long)by);
	bool ok = task_items_each(s, task, on_item, &p, e) && !p.failed;
	reverse(&p);
	snprintf(label, sizeof label, "Undo task %lld: %.150s", (long long)task, row.label);
	if (ok && p.n > 0)
		ok = task_add(s,
			      &(struct task_spec){ .tenant = row.tenant,
						   .verb = "change",
						   .label = label,
						   .undoes = task,
						   .items = p.items,
						   .count = p.n },
			      who, id, e);
	*count = ok ? p.n : 0;
	plan_free(&p);
	return ok;
}
