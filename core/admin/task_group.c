/* SPDX-License-Identifier: MIT
 *
 * task_group.c - see task_group.h. An item is looked at and marked as sent, durably, before its request leaves.
 */
#include "core/admin/task_group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admin/json_read.h"
#include "core/admin/task_since.h"
#include "core/base/text.h"

static void forget(struct task_group *g, size_t i) {
	item_clear(&g->items[i]);
	json_decref(g->args[i]);
	json_decref(g->before[i]);
	json_decref(g->now[i]);
	change_result_clear(&g->results[i]);
	g->args[i] = g->before[i] = g->now[i] = NULL;
}

void task_group_clear(struct task_group *g) {
	while (g->n > 0)
		forget(g, --g->n);
}

/* ---- which ones ---- */

/* Two of a group that change the same thing: the second has to see what the first has done. */
static bool same_object(const struct task_group *g, size_t a, size_t b) {
	static const char *const names[] = { "trustee", "deviceId" };
	bool same = text_ieq(g->items[a].target, g->items[b].target);
	for (size_t k = 0; k < sizeof names / sizeof *names; k++)
		same = same && text_ieq(json_str(g->args[a], names[k]), json_str(g->args[b], names[k]));
	return same;
}

static void cut_at_repeats(struct task_group *g) {
	for (size_t i = 1; i < g->n; i++)
		for (size_t k = 0; k < i; k++)
			if (same_object(g, k, i)) {
				while (g->n > i)
					forget(g, --g->n);
				return;
			}
}

bool task_group_next(struct task_group *g, struct directory *d, struct err *e) {
	if (!task_items_next(g->store, g->task, g->items, TASK_GROUP_MAX, &g->n, e))
		return false;
	if (g->n == 0)
		return true;
	g->verb = change_parse(g->items[0].verb);
	size_t most = (unsigned)g->verb < CHANGE_COUNT ? d->ops->group(d, g->verb) : 1;
	while (g->n > (most ? most : 1))
		forget(g, --g->n);
	for (size_t i = 0; i < g->n; i++)
		g->args[i] = json_loads(g->items[i].args, 0, NULL);
	cut_at_repeats(g);
	return true;
}

/* ---- what was there ---- */

/* One whose arguments do not fit, or that cannot be looked at, ends without being sent. */
static bool refuse(struct task_group *g, size_t i, const struct err *why, struct err *e) {
	struct item_result r = { .n = g->items[i].n, .state = ITEM_FAILED, .text = why->text };
	bool ok = task_items_result(g->store, g->task, &r, 1, e);
	forget(g, i);
	g->n--;
	for (size_t k = i; k < g->n; k++) {
		g->items[k] = g->items[k + 1];
		g->args[k] = g->args[k + 1];
		g->now[k] = g->now[k + 1];
	}
	g->items[g->n] = (struct item_row){ 0 };
	g->args[g->n] = g->now[g->n] = NULL;
	return ok;
}

static bool check_args(struct task_group *g, struct directory *d, struct err *e) {
	struct err why;
	bool can = (unsigned)g->verb < CHANGE_COUNT && d->ops->group(d, g->verb) > 0;
	for (size_t i = 0; i < g->n;) {
		if (can && change_check(g->verb, g->args[i], &why)) {
			i++;
			continue;
		}
		if (!can)
			err_set(&why, ERR_INPUT, "%s cannot do \"%s\"", d->ops->name, g->items[i].verb);
		if (!refuse(g, i, &why, e))
			return false;
	}
	return true;
}

static void set_change(struct task_group *g, size_t i) {
	const struct item_row *it = &g->items[i];
	g->changes[i] = (struct change){ .verb = g->verb,
					 .target = it->target,
					 .args = g->args[i],
					 .secret = secret_present(&it->secret) ? &it->secret : NULL,
					 .again = item_again(it),
					 .before = g->before[i],
					 .now = g->now[i] };
}

/* Does this error meet the others too, or pass by itself? Then nothing of the group is sent. */
static bool ends_task(const struct err *e) {
	return e->retry != ERR_RETRY_NEVER || e->scope > ERR_SCOPE_MAILBOX || e->cat == ERR_CANCELLED;
}

static char *json_line(const json_t *j) {
	return json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
}

/* What is there now becomes what was before, unless the item is on its way again. */
static bool keep_before(struct task_group *g, size_t i, struct err *e) {
	struct item_row *it = &g->items[i];
	if (item_again(it)) {
		g->before[i] = json_loads(it->before, JSON_DECODE_ANY, NULL);
		return true;
	}
	char *line = g->now[i] ? json_line(g->now[i]) : strdup("");
	if (!line)
		return err_nomem(e);
	free(it->before);
	it->before = line;
	g->before[i] = json_incref(g->now[i]);
	return true;
}

/* Undo goes back from what the undone change has made, and from nothing else. */
static bool moved_on(const struct task_group *g, size_t i, struct err *why) {
	const struct item_row *it = &g->items[i];
	const char *name;
	if (item_again(it) || !it->undone_before || !it->undone_after ||
	    !since_changed(it->undone_before, it->undone_after, g->now[i], &name))
		return false;
	err_set(why, ERR_INPUT,
		"Left as it is: somebody has changed %s since, which is neither what was there before nor what the "
		"task that is to be taken back has made (undo with --anyway does not mind)",
		name);
	return true;
}

static enum group_end look_at_all(struct task_group *g, struct directory *d, struct err *why) {
	struct change_look looks[TASK_GROUP_MAX] = { 0 };
	size_t asked = g->n;
	bool ok = true, end = false;
	struct err e;
	for (size_t i = 0; i < asked; i++)
		set_change(g, i);
	err_clear(why);
	if (!d->ops->look(d, g->changes, asked, looks, why))
		return GROUP_END;
	/* From the last one, so that refusing one leaves the places of those before it. */
	for (size_t i = asked; i-- > 0;) {
		g->now[i] = looks[i].there;
		if (looks[i].e.cat == ERR_NONE && moved_on(g, i, &looks[i].e)) {
			ok = ok && refuse(g, i, &looks[i].e, &e);
			continue;
		}
		if (looks[i].there || looks[i].e.cat == ERR_NONE)
			continue;
		if (ends_task(&looks[i].e)) {
			end = true;
			*why = looks[i].e;
		} else {
			ok = ok && refuse(g, i, &looks[i].e, &e);
		}
	}
	for (size_t i = 0; ok && !end && i < g->n; i++) {
		ok = keep_before(g, i, &e);
		set_change(g, i);
	}
	if (!ok)
		*why = e;
	return !ok ? GROUP_BROKEN : end ? GROUP_END : GROUP_DONE;
}

/* ---- what became of them ---- */

static void result_text(char *dst, size_t size, const struct task_group *g, size_t i) {
	const struct change_result *r = &g->results[i];
	if (r->state == CHANGE_FAILED)
		snprintf(dst, size, "%s%s", r->unsure ? "It is not known whether it was carried out: " : "", r->e.text);
	else
		snprintf(dst, size, "%s%s%s%s", r->state == CHANGE_ALREADY ? "it was so already" : change_did(g->verb),
			 r->note[0] ? " (" : "", r->note, r->note[0] ? ")" : "");
}

static enum item_state state_of(const struct change_result *r) {
	static const enum item_state states[] = { [CHANGED] = ITEM_DONE,
						  [CHANGE_ALREADY] = ITEM_ALREADY,
						  [CHANGE_FAILED] = ITEM_FAILED,
						  [CHANGE_LATER] = ITEM_PENDING };
	return r->state == CHANGE_LATER && r->unsure ? ITEM_SENT : states[r->state];
}

static bool write_results(struct task_group *g, struct err *e) {
	struct item_result out[TASK_GROUP_MAX];
	char *after[TASK_GROUP_MAX] = { 0 };
	char(*texts)[700] = calloc(g->n, sizeof *texts);
	bool ok = texts != NULL || err_nomem(e);
	for (size_t i = 0; ok && i < g->n; i++) {
		const struct change_result *r = &g->results[i];
		result_text(texts[i], sizeof texts[i], g, i);
		if (r->after)
			after[i] = json_line(r->after);
		out[i] = (struct item_result){ .n = g->items[i].n,
					       .state = state_of(r),
					       .text = texts[i],
					       .after = after[i],
					       .request_id = r->request_id };
		/* "retry" then takes it for one that is on its way again. */
		if (r->state == CHANGE_FAILED && r->unsure && !after[i])
			out[i].after = "{\"unknown\":true}";
	}
	ok = ok && task_items_result(g->store, g->task, out, g->n, e);
	for (size_t i = 0; i < TASK_GROUP_MAX; i++)
		free(after[i]);
	free(texts);
	return ok;
}

/* The first reason to stop here, if there is one. */
static enum group_end what_now(const struct task_group *g, struct err *why) {
	bool lost = false;
	for (size_t i = 0; i < g->n; i++) {
		const struct change_result *r = &g->results[i];
		if (r->state != CHANGE_LATER)
			continue;
		lost |= r->unsure;
		if (why->cat == ERR_NONE)
			*why = r->e;
	}
	return why->cat == ERR_NONE ? GROUP_DONE : lost && why->cat != ERR_CANCELLED ? GROUP_LOST : GROUP_END;
}

enum group_end task_group_run(struct task_group *g, struct directory *d, struct err *why) {
	struct err e;
	err_clear(why);
	if (!check_args(g, d, why))
		return GROUP_BROKEN;
	enum group_end end = g->n ? look_at_all(g, d, why) : GROUP_DONE;
	if (end != GROUP_DONE || g->n == 0)
		return end;
	if (!task_items_sent(g->store, g->task, g->items, g->n, why))
		return GROUP_BROKEN;
	err_clear(why);
	if (!d->ops->apply(d, g->changes, g->n, g->results, why))
		for (size_t i = 0; i < g->n; i++)
			g->results[i].state = CHANGE_LATER;
	end = what_now(g, why);
	if (write_results(g, &e))
		return end;
	*why = e;
	return GROUP_BROKEN;
}
