/* SPDX-License-Identifier: MIT
 *
 * handlers_licenses.c - licences of users, alone or with all that a synced user needs to begin.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/users.h"
#include "tui/model/handlers.h"
#include "tui/model/task_plan.h"
#include "tui/view/dialogs.h"

enum { LICENSE_ADD, LICENSE_REMOVE, LICENSE_LOCATION };
static const struct field license_fields[] = {
	[LICENSE_ADD] = { "Add", "Names as in Subscriptions: SPE_E3 EMS. A blank between.", FIELD_TEXT, NULL },
	[LICENSE_REMOVE] = { "Remove", "The same.", FIELD_TEXT, NULL },
	[LICENSE_LOCATION] = { "Usage location",
			       "Two letters (DE). Needed once before a first licence. Empty: as it is.", FIELD_TEXT,
			       NULL },
};

#define LICENSES_MAX 10

struct licensing {
	char names[LICENSES_MAX][80];
	uint64_t needs[LICENSES_MAX];
	size_t count;
};

/* Is name one of the blank separated words? */
static bool has_word(const char *words, const char *name) {
	size_t len = strlen(name);
	while (*words) {
		size_t n = strcspn(words, " ");
		if (n == len && strncasecmp(words, name, n) == 0)
			return true;
		words += n + strspn(words + n, " ");
	}
	return false;
}

static bool license_each(struct task_plan *p, const struct record *r, struct err *e) {
	struct licensing *l = p->data;
	for (size_t i = 0; i < l->count; i++)
		l->needs[i] += !has_word(task_plan_cell(p, r, "licenses"), l->names[i]);
	return task_plan_add(p, p->verb, r->label, p->args, NULL, e);
}

static bool take_free(void *arg, const struct record *r) {
	*(int64_t *)arg = record_cell(r, &record_subscriptions, "free")->number;
	return false;
}

/* "needs 12, 9 free", before anything is sent. What the cache does not know is left to the service. */
static bool license_ready(struct task_plan *p, struct err *e) {
	const struct licensing *l = p->data;
	for (size_t i = 0; i < l->count; i++) {
		int64_t id, left = -1;
		if (!record_find(p->store, &record_subscriptions, p->tenant, l->names[i], &id, e))
			return false;
		if (id == 0)
			return err_set(e, ERR_INPUT, "The tenant has no licence %s: Subscriptions lists them",
				       l->names[i]);
		struct record_query q = { .list = &record_subscriptions, .ids = &id, .id_count = 1 };
		if (!records_each(p->store, &q, take_free, &left, e))
			return false;
		char needs[32], seats[32];
		text_count(needs, sizeof needs, l->needs[i]);
		text_count(seats, sizeof seats, left < 0 ? 0 : (uint64_t)left);
		if (left >= 0 && l->needs[i] > (uint64_t)left)
			return err_set(e, ERR_INPUT, "%s: needs %s, %s free. Nothing was changed", l->names[i], needs,
				       seats);
	}
	return true;
}

static void take_names(struct licensing *l, const char *text) {
	const char *const between = " ,;\t";
	for (text += strspn(text, between); *text && l->count < LICENSES_MAX; text += strspn(text, between)) {
		size_t n = strcspn(text, between);
		snprintf(l->names[l->count++], sizeof l->names[0], "%.*s", (int)(n < 79 ? n : 79), text);
		text += n;
	}
}

/* What the form says becomes the plan's arguments; names: the licences that are counted. */
static bool licensing_plan(struct task_plan *p, struct args *a, const char *location, const char *names,
			   struct err *e) {
	char place[8], why[300], fix[200];
	if (!text_copy(place, sizeof place, location) ||
	    (*place && !usage_location_check(place, sizeof place, why, fix)))
		return err_set(e, ERR_INPUT, "The usage location has two letters (ISO 3166), for example DE");
	if (*place)
		args_text(a, "usageLocation", place);
	const char *text = args_end(a);
	if (!text || !text_copy(p->args, sizeof p->args, text))
		return err_set(e, ERR_INPUT, "The texts are too long");
	struct licensing *l = calloc(1, sizeof *l);
	if (!l)
		return err_nomem(e);
	take_names(l, names);
	p->data = l;
	p->ready = license_ready;
	return true;
}

static bool license_accept(struct console *c, struct form *f, struct err *e) {
	struct task_plan *p = form_data(f);
	struct args a;
	if (!*form_text(f, LICENSE_ADD) && !*form_text(f, LICENSE_REMOVE))
		return err_set(e, ERR_INPUT, "Name a licence to add or to remove");
	args_begin(&a);
	args_list(&a, "add", form_text(f, LICENSE_ADD));
	args_list(&a, "remove", form_text(f, LICENSE_REMOVE));
	bool ok = licensing_plan(p, &a, form_text(f, LICENSE_LOCATION), form_text(f, LICENSE_ADD), e);
	args_free(&a);
	if (!ok)
		return false;
	form_take_data(f);
	task_plan_start(c, p);
	return true;
}

/* A form about the chosen users; what is typed after the verb goes into its first field. */
static void licensing_form(struct console *c, const struct form_spec *spec, const char *what, enum change_verb verb,
			   const char *arg) {
	struct task_plan *p = task_plan_chosen(c, what, license_each);
	if (!p)
		return;
	p->verb = verb;
	struct form *f = dialog_form(c, spec, p);
	if (f && *arg)
		form_set(f, 0, arg);
}

void do_user_license(struct console *c, const char *arg) {
	static const struct form_spec spec = { .title = "Licences",
					       .intro = "For every selected user. What a user has already stays.",
					       .ok = "Change",
					       .fields = license_fields,
					       .count = sizeof license_fields / sizeof *license_fields,
					       .accept = license_accept,
					       .release = task_plan_free };
	licensing_form(c, &spec, "Change licences of", CHANGE_USER_LICENSE, arg);
}

/* ---- all that a synced user needs to begin ---- */
enum { ACTIVATE_LICENSES, ACTIVATE_LOCATION };
static const struct field activate_fields[] = {
	[ACTIVATE_LICENSES] = { "Licences", "Names as in Subscriptions: SPE_E3 EMS. A blank between.", FIELD_TEXT,
				NULL },
	[ACTIVATE_LOCATION] = { "Usage location",
				"Two letters (DE), for all of them. Empty: as it is, and a first licence needs one.",
				FIELD_TEXT, NULL },
};

static bool activate_accept(struct console *c, struct form *f, struct err *e) {
	struct task_plan *p = form_data(f);
	char text[TASK_LABEL_MAX + 200];
	struct args a;
	if (!*form_text(f, ACTIVATE_LICENSES))
		return err_set(e, ERR_INPUT, "Name a licence; Enable sign-in does it without");
	args_begin(&a);
	args_list(&a, "licenses", form_text(f, ACTIVATE_LICENSES));
	bool ok = licensing_plan(p, &a, form_text(f, ACTIVATE_LOCATION), form_text(f, ACTIVATE_LICENSES), e);
	args_free(&a);
	if (!ok)
		return false;
	form_take_data(f);
	snprintf(text, sizeof text, "%s?\n\nThey can sign in then, and have %.100s. Undo takes it back.", p->label,
		 form_text(f, ACTIVATE_LICENSES));
	task_plan_ask(c, p, "Activate", text, "Activate", NULL);
	return true;
}

void do_user_activate(struct console *c, const char *arg) {
	static const struct form_spec spec = {
		.title = "Activate",
		.intro = "Every selected user may sign in and gets the licences. What a user has already stays.",
		.ok = "Go on",
		.fields = activate_fields,
		.count = sizeof activate_fields / sizeof *activate_fields,
		.accept = activate_accept,
		.release = task_plan_free
	};
	licensing_form(c, &spec, "Activate", CHANGE_USER_ENABLE, arg);
}
