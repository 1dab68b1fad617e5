/* SPDX-License-Identifier: MIT
 *
 * handlers_policies.c - a mobile device policy as a form: a field for each of its settings.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cli/json_out.h"
#include "tui/model/handlers.h"
#include "tui/model/task_plan.h"
#include "tui/view/dialogs.h"

#define HINT_MAX 220
#define VALUE_MAX 120

/* A switch is chosen; what is not known of it may stay so. */
static const char *const switch_known[] = { "no", "yes", NULL };
static const char *const switch_unknown[] = { "-", "no", "yes", NULL };

struct policy_form {
	struct form_spec spec;
	struct field fields[FORM_FIELDS_MAX];
	char hints[FORM_FIELDS_MAX][HINT_MAX];
	char was[FORM_FIELDS_MAX][VALUE_MAX]; /* what the list says; "" = not known, or the service's default */
	bool create; /* field 0 is the name then */
	char name[200];
};

static const char *typed_in(const struct form *f, size_t i, const struct field *field) {
	if (field->kind != FIELD_CHOICE)
		return form_text(f, i);
	const char *word = field->choices[form_choice(f, i)];
	return strcmp(word, "-") == 0 ? "" : word;
}

/* Only what is another value than before: somebody else may have changed the rest meanwhile. */
static bool settings_of(const struct policy_form *pf, const struct form *f, struct json_out *o, bool *any,
			struct err *e) {
	size_t first = pf->create ? 1 : 0;
	for (size_t i = first; i < pf->spec.count; i++) {
		const struct policy_setting *s = &policy_settings[i - first];
		const char *typed = typed_in(f, i, &pf->fields[i]);
		char now[VALUE_MAX];
		if (strcmp(typed, pf->was[i]) == 0)
			continue;
		json_t *value = policy_setting_parse(s, typed, e);
		if (!value)
			return false;
		policy_setting_text(value, now, sizeof now);
		if (strcmp(now, pf->was[i]) == 0) {
			json_decref(value);
			continue;
		}
		json_out_value(o, s->name, value);
		*any = true;
	}
	return true;
}

static bool start(struct console *c, const struct policy_form *pf, const char *name, const char *args, struct err *e) {
	char label[TASK_LABEL_MAX], text[TASK_LABEL_MAX + 200];
	snprintf(label, sizeof label, "%s policy %.120s", pf->create ? "Create" : "Change", name);
	struct task_plan *p = task_plan_empty(c, label);
	if (!p)
		return err_nomem(e);
	if (!task_plan_add(p, pf->create ? CHANGE_POLICY_CREATE : CHANGE_POLICY_SET, name, args, NULL, e)) {
		task_plan_free(p);
		return false;
	}
	if (pf->create) {
		task_plan_start(c, p);
		return true;
	}
	snprintf(text, sizeof text, "%s?\n\nEvery device with this policy has to follow it at its next sync.", label);
	task_plan_ask(c, p, "Change policy", text, "Change", NULL);
	return true;
}

static bool policy_accept(struct console *c, struct form *f, struct err *e) {
	const struct policy_form *pf = form_data(f);
	const char *name = pf->create ? form_text(f, 0) : pf->name;
	struct json_out o = JSON_OUT_INIT;
	bool any = false;
	if (!*name)
		return err_set(e, ERR_INPUT, "Give the policy a name");
	json_out_open(&o, NULL, '{');
	json_out_open(&o, "settings", '{');
	bool ok = settings_of(pf, f, &o, &any, e);
	json_out_close(&o, '}');
	json_out_close(&o, '}');
	if (ok && !any && !pf->create)
		ok = err_set(e, ERR_INPUT, "Nothing would change: give a setting another value");
	if (ok && o.text.failed)
		ok = err_nomem(e);
	ok = ok && start(c, pf, name, o.text.data, e);
	json_out_free(&o);
	return ok;
}

static bool read_settings(struct console *c, struct policy_form *pf, struct err *e) {
	char *text = NULL;
	if (!policy_settings_get(c->store, c->tenant.is.id, pf->name, &text, e))
		return false;
	json_t *all = text ? json_loads(text, 0, NULL) : NULL;
	for (size_t i = 0; policy_settings[i].name && i < FORM_FIELDS_MAX; i++)
		policy_setting_text(json_object_get(all, policy_settings[i].name), pf->was[i], VALUE_MAX);
	json_decref(all);
	free(text);
	return true;
}

static void fill_in(const struct policy_form *pf, struct form *f) {
	for (size_t i = 0; i < pf->spec.count; i++) {
		if (pf->fields[i].kind == FIELD_CHOICE)
			form_choose(f, i, strcmp(pf->was[i], "yes") == 0);
		else
			form_set(f, i, pf->was[i]);
	}
}

static void policy_form_open(struct console *c, bool create, const char *name) {
	struct policy_form *pf = calloc(1, sizeof *pf);
	struct err e;
	size_t n = 0;
	if (!pf) {
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	pf->create = create;
	text_copy(pf->name, sizeof pf->name, name);
	if (!create && !read_settings(c, pf, &e)) {
		free(pf);
		console_complain(c, &e);
		return;
	}
	if (create)
		pf->fields[n++] = (struct field){ "Name", "What the new policy is called.", FIELD_TEXT, NULL };
	for (size_t i = 0; policy_settings[i].name && n < FORM_FIELDS_MAX; i++, n++) {
		char range[150];
		policy_setting_range(&policy_settings[i], range, sizeof range);
		snprintf(pf->hints[n], HINT_MAX, "%s: %s.%s", policy_settings[i].name, range,
			 *pf->was[n] ? "" : " Empty: the default.");
		bool yes_or_no = policy_settings[i].type == POLICY_YES;
		pf->fields[n] = (struct field){ policy_settings[i].title, pf->hints[n],
						yes_or_no ? FIELD_CHOICE : FIELD_TEXT,
						!yes_or_no     ? NULL :
						*pf->was[n] ? switch_known :
								 switch_unknown };
	}
	pf->spec = (struct form_spec){ .title = create ? "New device policy" : "Change device policy",
				       .intro = create ? "" : pf->name,
				       .ok = create ? "Create" : "Change",
				       .fields = pf->fields,
				       .count = n,
				       .label_width = 42,
				       .accept = policy_accept,
				       .release = free };
	struct form *f = dialog_form(c, &pf->spec, pf);
	if (f)
		fill_in(pf, f);
}

void do_policy_create(struct console *c, const char *arg) {
	(void)arg;
	policy_form_open(c, true, "");
}

void do_policy_set(struct console *c, const char *arg) {
	const struct record_line *line = list_current_line(&c->list);
	(void)arg;
	policy_form_open(c, false, line->label);
}
