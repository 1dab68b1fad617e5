/* SPDX-License-Identifier: MIT
 *
 * task_undo.c - a task that takes back what another did, last change first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admin/json_read.h"
#include "core/admin/task_run.h"
#include "core/admin/task_since.h"
#include "core/base/buf.h"
#include "core/base/text.h"

struct plan {
	struct undo_items *out;
	struct undo_sum *sum;
	struct since since; /* what must not be overridden */
	struct err *e;
	bool failed;
};

/* Takes over args and skip; NULL: memory ran out, or there is none to skip. */
static bool plan_add(struct plan *p, const struct item_row *of, enum change_verb verb, char *args, char *skip) {
	struct undo_items *x = p->out;
	char *t = strdup(of->target);
	if (x->n == x->cap) {
		size_t cap = x->cap ? x->cap * 2 : 64;
		struct item_spec *more = realloc(x->list, cap * sizeof *more);
		if (more) {
			x->list = more;
			x->cap = cap;
		}
	}
	if (!t || !args || x->n == x->cap) {
		free(t);
		free(args);
		free(skip);
		return err_nomem(p->e);
	}
	x->list[x->n++] = (struct item_spec){
		.verb = change_name(verb), .target = t, .args = args, .skip = skip, .takes_back = of->n
	};
	return true;
}

void undo_items_free(struct undo_items *x) {
	for (size_t i = 0; i < x->n; i++) {
		/* They are ours: item_spec only promises not to write to them. */
		free((void *)(uintptr_t)x->list[i].target);
		free((void *)(uintptr_t)x->list[i].args);
		free((void *)(uintptr_t)x->list[i].skip);
	}
	free(x->list);
	*x = (struct undo_items){ 0 };
}

static void count_reason(struct undo_sum *s, const char *why) {
	size_t i = 0;
	while (i < s->reason_count && strcmp(s->reasons[i].why, why) != 0)
		i++;
	if (i == UNDO_REASONS_MAX)
		return;
	if (i == s->reason_count)
		text_copy(s->reasons[s->reason_count++].why, sizeof s->reasons[i].why, why);
	s->reasons[i].count++;
}

/* One that stays as it is does not hold up the others. */
static bool leave(struct plan *p, const struct item_row *i, const char *why) {
	p->sum->left++;
	count_reason(p->sum, why);
	char *skip = strdup(why);
	return skip ? plan_add(p, i, change_parse(i->verb), strdup("{}"), skip) : err_nomem(p->e);
}

/* It can be changed, but not taken away from a licensed user (graph/user_inverse.c). */
static bool gave_location(const struct change *c) {
	const char *given = json_str(c->args, "usageLocation");
	return *given && !text_ieq(given, json_str(c->before, "usageLocation"));
}

static bool take_back(struct plan *p, const struct item_row *i, const struct change *c,
		      const struct change_inverse *back) {
	char why[100], *args = json_dumps(back->args, JSON_COMPACT | JSON_SORT_KEYS);
	int64_t later = since_task(&p->since, i->n);
	if (later)
		snprintf(why, sizeof why, "Task %lld has changed the same since", (long long)later);
	else if (args && strlen(args) >= TASK_ARGS_MAX)
		snprintf(why, sizeof why, "What was there before is too much for one change");
	else {
		p->sum->items++;
		p->sum->location_stays = p->sum->location_stays || gave_location(c);
		return plan_add(p, i, back->verb, args, NULL);
	}
	p->sum->since += later != 0;
	free(args);
	return leave(p, i, why);
}

static bool add_inverse(struct plan *p, const struct item_row *i) {
	struct change_inverse back = { 0 };
	struct err why;
	json_t *args = json_loads(i->args, 0, NULL), *before = json_loads(i->before, JSON_DECODE_ANY, NULL);
	struct change c = { .verb = change_parse(i->verb), .target = i->target, .args = args, .before = before };
	int answer = change_inverse(&c, before, &back, &why);
	bool ok = answer == 0 || (answer > 0 && take_back(p, i, &c, &back));
	if (answer < 0 && why.cat == ERR_INPUT)
		ok = leave(p, i, why.text);
	else if (answer < 0)
		*p->e = why;
	json_decref(back.args);
	json_decref(before);
	json_decref(args);
	return ok;
}

static bool on_item(void *arg, const struct item_row *i, const char *text) {
	struct plan *p = arg;
	(void)text;
	/* SENT: it may have been carried out; taking it back is right either way. One that failed, or was given back,
	 * may have been done, or in part. */
	bool done = i->state == ITEM_DONE || i->state == ITEM_SENT || (i->touched && i->state != ITEM_ALREADY);
	p->failed = done && !i->taken_back && !add_inverse(p, i);
	return !p->failed;
}

static void reverse(struct undo_items *x) {
	for (size_t i = 0; i < x->n / 2; i++) {
		struct item_spec swap = x->list[i];
		x->list[i] = x->list[x->n - 1 - i];
		x->list[x->n - 1 - i] = swap;
	}
}

static bool may_undo(struct store *s, int64_t task, enum undo_how how, struct task_row *row, struct err *e) {
	int64_t by = 0;
	struct task_row other;
	if (!task_get(s, task, row, e))
		return false;
	if (row->state == TASK_QUEUED || row->state == TASK_RUNNING)
		return err_set(e, ERR_INPUT, "Task %lld has not ended: stop it first, or wait", (long long)task);
	if (strcmp(row->verb, "change") != 0)
		return err_set(e, ERR_INPUT, "Task %lld has changed nothing", (long long)task);
	/* A second time would overwrite what somebody did after the first. */
	if (!task_undone_by(s, task, &by, e))
		return false;
	if (!by)
		return true;
	if (!task_get(s, by, &other, e))
		return false;
	bool open = other.state == TASK_QUEUED || other.state == TASK_RUNNING || other.state == TASK_PAUSED;
	return (how == UNDO_ANYWAY && !open) ||
	       err_set(e, ERR_INPUT,
		       "Task %lld was taken back by task %lld; undo that one to have it again. `mailvan task undo %lld "
		       "--anyway` takes back what that has left",
		       (long long)task, (long long)by, (long long)task);
}

static bool make_plan(struct store *s, int64_t task, enum undo_how how, struct task_row *row, struct plan *p) {
	*p->sum = (struct undo_sum){ .task = task };
	bool ok = may_undo(s, task, how, row, p->e) && (how == UNDO_ANYWAY || since_read(s, task, &p->since, p->e)) &&
		  task_items_each(s, task, on_item, p, p->e) && !p->failed;
	since_free(&p->since);
	reverse(p->out);
	return ok;
}

bool task_undo_look(struct store *s, int64_t task, enum undo_how how, struct undo_items *items, struct undo_sum *sum,
		    struct err *e) {
	struct undo_items mine = { 0 };
	struct plan p = { .out = items ? items : &mine, .sum = sum, .e = e };
	struct task_row row;
	bool ok = make_plan(s, task, how, &row, &p);
	undo_items_free(&mine);
	return ok;
}

/* Of an undo of an undo the label says what it is about, and not each step on the way there. */
static void undo_label(char *dst, size_t size, const struct task_row *row) {
	const char *about = row->label;
	if (row->undoes) {
		const char *end = strstr(about, ": ");
		snprintf(dst, size, "Undo task %lld (undo of task %lld): %.130s", (long long)row->id,
			 (long long)row->undoes, end ? end + 2 : about);
		return;
	}
	snprintf(dst, size, "Undo task %lld: %.150s", (long long)row->id, about);
}

static bool add_task(struct store *s, const struct task_row *row, enum undo_how how, struct plan *p, const char *who,
		     int64_t *id) {
	char label[TASK_LABEL_MAX], left[ERR_TEXT_MAX];
	if (p->sum->items == 0) {
		undo_left_text(left, sizeof left, p->sum);
		return p->sum->left == 0 || err_set(p->e, ERR_INPUT, "Task %lld: %s", (long long)row->id, left);
	}
	undo_label(label, sizeof label, row);
	return task_add(s,
			&(struct task_spec){ .tenant = row->tenant,
					     .verb = "change",
					     .label = label,
					     .undoes = row->id,
					     .anyway = how == UNDO_ANYWAY,
					     .items = p->out->list,
					     .count = p->out->n },
			who, id, p->e);
}

bool task_undo(struct store *s, int64_t task, enum undo_how how, const char *who, int64_t *id, struct undo_sum *sum,
	       struct err *e) {
	struct undo_items items = { 0 };
	struct plan p = { .out = &items, .sum = sum, .e = e };
	struct task_row row;
	*id = 0;
	bool ok = make_plan(s, task, how, &row, &p) && add_task(s, &row, how, &p, who, id);
	undo_items_free(&items);
	return ok;
}

void undo_left_text(char *dst, size_t size, const struct undo_sum *sum) {
	struct buf b;
	*dst = '\0';
	if (sum->left == 0)
		return;
	buf_init(&b, 16384);
	buf_printf(&b, "%llu item%s cannot be taken back: ", (unsigned long long)sum->left, sum->left == 1 ? "" : "s");
	for (size_t i = 0; i < sum->reason_count; i++) {
		buf_printf(&b, "%s%s", i ? "; " : "", sum->reasons[i].why);
		if (sum->reason_count > 1)
			buf_printf(&b, " (%llu)", (unsigned long long)sum->reasons[i].count);
	}
	if (sum->since)
		buf_printf(&b, ". `mailvan task undo %lld --anyway` takes back what was changed since, too",
			   (long long)sum->task);
	text_copy(dst, size, b.data ? b.data : "");
	buf_free(&b);
}
