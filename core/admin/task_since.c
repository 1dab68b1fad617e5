/* SPDX-License-Identifier: MIT
 *
 * task_since.c - see task_since.h.
 */
#include "core/admin/task_since.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

/* A usage location is never taken away (user_inverse.c); the others say which object it is. */
static bool counts(const char *name) {
	static const char *const no[] = { "usageLocation", "id", "exists", "inPart", "unknown" };
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		if (strcmp(name, no[i]) == 0)
			return false;
	return true;
}

/* Of these an entry is there or it is not: there is no third thing. */
static bool is_entry(const char *name) {
	return strcmp(name, "fullAccess") == 0 || strcmp(name, "sendAs") == 0 || strcmp(name, "sendOnBehalf") == 0;
}

/* Services write names in any case, and some numbers as texts. */
static bool same(const json_t *a, const json_t *b) {
	char number[2][32];
	const char *text[2];
	const json_t *both[2] = { a, b };
	for (size_t i = 0; i < 2; i++) {
		text[i] = json_string_value(both[i]);
		if (!json_is_integer(both[i]))
			continue;
		snprintf(number[i], sizeof number[i], "%" JSON_INTEGER_FORMAT, json_integer_value(both[i]));
		text[i] = number[i];
	}
	return text[0] && text[1] ? text_ieq(text[0], text[1]) : json_equal(a, b);
}

static bool holds(const json_t *list, const json_t *value) {
	for (size_t i = 0; i < json_array_size(list); i++)
		if (same(json_array_get(list, i), value))
			return true;
	return false;
}

/* "licenses=FLOW_FREE" for each that is in one list and not in the other. */
static void lists_differ(json_t *out, const char *name, const json_t *one, const json_t *other) {
	for (size_t i = 0; i < json_array_size(one); i++) {
		const json_t *value = json_array_get(one, i);
		char key[300];
		if (holds(other, value) || !json_is_string(value))
			continue;
		snprintf(key, sizeof key, "%s=%s", name, json_string_value(value));
		json_object_set_new(out, key, json_true());
	}
}

/* The names of what a change has changed; NULL: not known. New reference. */
static json_t *changed_by(const char *before_text, const char *after_text) {
	json_t *before = json_loads(before_text, JSON_DECODE_ANY, NULL), *value;
	json_t *after = json_loads(after_text, JSON_DECODE_ANY, NULL), *out = NULL;
	const char *name;
	bool part = json_object_get(after, "inPart") || json_object_get(after, "unknown");
	if (json_is_object(before) && json_is_object(after) && !part)
		out = json_object();
	json_object_foreach(out ? after : NULL, name, value) {
		const json_t *was = json_object_get(before, name);
		if (json_is_array(value)) {
			lists_differ(out, name, value, was);
			lists_differ(out, name, was, value);
		} else if (counts(name) && was && !same(was, value)) {
			json_object_set_new(out, name, json_true());
		}
	}
	json_decref(before);
	json_decref(after);
	return out;
}

static bool same_matter(const struct item_since *i) {
	json_t *one = changed_by(i->before, i->after), *other = changed_by(i->later_before, i->later_after), *value;
	const char *name;
	bool shared = !one || !other;
	json_object_foreach(one, name, value) shared = shared || json_object_get(other, name) != NULL;
	json_decref(one);
	json_decref(other);
	return shared;
}

struct reading {
	struct since *out;
	struct err *e;
	bool failed;
};

static bool on_since(void *arg, const struct item_since *i) {
	struct reading *r = arg;
	struct since *x = r->out;
	if ((x->count > 0 && x->list[x->count - 1].n == i->n) || !same_matter(i))
		return true;
	if (x->count == x->cap) {
		size_t cap = x->cap ? x->cap * 2 : 64;
		void *more = realloc(x->list, cap * sizeof *x->list);
		if (!more) {
			r->failed = true;
			return err_nomem(r->e);
		}
		x->list = more;
		x->cap = cap;
	}
	x->list[x->count].n = i->n;
	x->list[x->count++].task = i->task;
	return true;
}

bool since_read(struct store *s, int64_t task, struct since *out, struct err *e) {
	struct reading r = { .out = out, .e = e };
	*out = (struct since){ 0 };
	return task_items_since(s, task, on_since, &r, e) && !r.failed;
}

int64_t since_task(const struct since *x, uint64_t n) {
	size_t from = 0, to = x->count;
	while (from < to) {
		size_t mid = from + (to - from) / 2;
		if (x->list[mid].n == n)
			return x->list[mid].task;
		if (x->list[mid].n < n)
			from = mid + 1;
		else
			to = mid;
	}
	return 0;
}

void since_free(struct since *x) {
	free(x->list);
	*x = (struct since){ 0 };
}

bool since_changed(const char *before_text, const char *after_text, const json_t *now, const char **name) {
	json_t *before = json_loads(before_text, JSON_DECODE_ANY, NULL), *value;
	json_t *after = json_loads(after_text, JSON_DECODE_ANY, NULL);
	const char *key;
	*name = NULL;
	json_object_foreach((json_t *)(uintptr_t)now, key, value) {
		const json_t *was = json_object_get(before, key), *made = json_object_get(after, key);
		bool changed =
			was && made && counts(key) && !is_entry(key) && !json_is_array(value) && !same(was, made);
		if (changed && !*name && !same(value, was) && !same(value, made))
			*name = key;
	}
	json_decref(before);
	json_decref(after);
	return *name != NULL;
}
