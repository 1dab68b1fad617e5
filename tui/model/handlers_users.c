/* SPDX-License-Identifier: MIT
 *
 * handlers_users.c - users made, enabled, disabled and licensed. Passwords: handlers_passwords.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/handlers.h"
#include "tui/model/password_plan.h"
#include "tui/view/dialogs.h"

void do_user_enable(struct console *c, const char *arg) {
	(void)arg;
	task_plan_start_or_ask(c, task_plan_chosen_verb(c, "Enable", CHANGE_USER_ENABLE), "Enable");
}

void do_user_disable(struct console *c, const char *arg) {
	char text[TASK_LABEL_MAX + 200];
	(void)arg;
	struct task_plan *p = task_plan_chosen_verb(c, "Disable", CHANGE_USER_DISABLE);
	if (!p)
		return;
	snprintf(text, sizeof text,
		 "%s?\n\nSigning in is blocked and open sessions end. The mailbox stays and goes on receiving mail.",
		 p->label);
	task_plan_ask(c, p, "Disable", text, "Disable", NULL);
}

/* ---- licences ---- */
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
	return task_plan_add(p, CHANGE_USER_LICENSE, r->label, p->args, NULL, e);
}

static bool take_free(void *arg, const struct record *r) {
	const struct record_column *c = record_column_find(&record_subscriptions, "free");
	*(int64_t *)arg = r->cells[c - record_subscriptions.columns].number;
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
		if (left >= 0 && l->needs[i] > (uint64_t)left)
			return err_set(e, ERR_INPUT, "%s: needs %llu, %lld free. Nothing was changed", l->names[i],
				       (unsigned long long)l->needs[i], (long long)left);
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

static bool license_accept(struct console *c, struct form *f, struct err *e) {
	struct task_plan **holder = form_data(f);
	struct task_plan *p = *holder;
	struct args a;
	if (!*form_text(f, LICENSE_ADD) && !*form_text(f, LICENSE_REMOVE))
		return err_set(e, ERR_INPUT, "Name a licence to add or to remove");
	struct licensing *l = calloc(1, sizeof *l);
	if (!l)
		return err_nomem(e);
	take_names(l, form_text(f, LICENSE_ADD));
	args_begin(&a);
	args_list(&a, "add", form_text(f, LICENSE_ADD));
	args_list(&a, "remove", form_text(f, LICENSE_REMOVE));
	if (*form_text(f, LICENSE_LOCATION))
		args_text(&a, "usageLocation", form_text(f, LICENSE_LOCATION));
	const char *text = args_end(&a);
	bool ok = text && text_copy(p->args, sizeof p->args, text);
	args_free(&a);
	if (!ok) {
		free(l);
		return err_set(e, ERR_INPUT, "The texts are too long");
	}
	p->data = l;
	p->ready = license_ready;
	*holder = NULL;
	task_plan_start(c, p);
	return true;
}

static void license_release(void *data) {
	struct task_plan **holder = data;
	task_plan_free(*holder);
	free(holder);
}

void do_user_license(struct console *c, const char *arg) {
	static const struct form_spec spec = { .title = "Licences",
					       .intro = "For every selected user. What a user has already stays.",
					       .ok = "Change",
					       .fields = license_fields,
					       .count = sizeof license_fields / sizeof *license_fields,
					       .accept = license_accept,
					       .release = license_release };
	struct task_plan **holder = malloc(sizeof(struct task_plan *));
	if (!holder)
		return;
	*holder = task_plan_chosen(c, "Change licences of", license_each);
	struct form *f = *holder ? dialog_form(c, &spec, holder) : NULL;
	if (!*holder)
		free(holder);
	else if (f && *arg)
		form_set(f, LICENSE_ADD, arg);
}

/* ---- a new user, or a mailbox that nobody signs in to ---- */
enum { NEW_KIND, NEW_UPN, NEW_NAME, NEW_LOCATION, NEW_LICENSES, NEW_DEPARTMENT, NEW_PASSWORD, NEW_SHEET, NEW_CHANGE };
static const char *const kinds[] = { "user", "shared mailbox", "room", "equipment", NULL };
static const struct field new_fields[] = {
	[NEW_KIND] = { "Kind", "Rooms, equipment and shared mailboxes need no licence and no password.", FIELD_CHOICE,
		       kinds },
	[NEW_UPN] = { "Sign-in name", "anna@contoso.com: the address as well.", FIELD_TEXT, NULL },
	[NEW_NAME] = { "Display name", "As in the address list.", FIELD_TEXT, NULL },
	[NEW_LOCATION] = { "Usage location", "Two letters (DE): which services may be used where.", FIELD_TEXT, NULL },
	[NEW_LICENSES] = { "Licences", "SPE_E3 ... as in Subscriptions. May stay empty.", FIELD_TEXT, NULL },
	[NEW_DEPARTMENT] = { "Department", "May stay empty.", FIELD_TEXT, NULL },
	[NEW_PASSWORD] = { "Password", "Empty: one is made and written to the sheet.", FIELD_SECRET, NULL },
	[NEW_SHEET] = { "Password sheet", "A new file that only you can read; shown nowhere else.", FIELD_PATH, NULL },
	[NEW_CHANGE] = { "Change at once", "The user chooses another password at the first sign-in.", FIELD_CHECK,
			 NULL },
};

static bool add_mailbox(struct task_plan *p, const struct form *f, struct err *e) {
	static const char *const names[] = { "", "shared", "room", "equipment" };
	struct args a;
	args_begin(&a);
	args_text(&a, "kind", names[form_choice(f, NEW_KIND)]);
	args_text(&a, "name", form_text(f, NEW_NAME));
	const char *text = args_end(&a);
	bool ok = text ? task_plan_add(p, CHANGE_MAILBOX_CREATE, form_text(f, NEW_UPN), text, NULL, e) : err_nomem(e);
	args_free(&a);
	return ok;
}

static bool add_user(struct task_plan *p, const struct form *f, struct err *e) {
	char nickname[65];
	struct args a;
	const char *upn = form_text(f, NEW_UPN);
	snprintf(nickname, sizeof nickname, "%.*s", (int)strcspn(upn, "@"), upn);
	args_begin(&a);
	args_text(&a, "displayName", form_text(f, NEW_NAME));
	args_text(&a, "mailNickname", nickname);
	args_text(&a, "usageLocation", form_text(f, NEW_LOCATION));
	args_bool(&a, "forceChange", form_choice(f, NEW_CHANGE));
	if (*form_text(f, NEW_LICENSES))
		args_list(&a, "licenses", form_text(f, NEW_LICENSES));
	if (*form_text(f, NEW_DEPARTMENT))
		args_text(&a, "department", form_text(f, NEW_DEPARTMENT));
	const char *text = args_end(&a);
	bool ok =
		text ? task_plan_add(p, CHANGE_USER_CREATE, upn, text, form_secret(f, NEW_PASSWORD), e) : err_nomem(e);
	args_free(&a);
	return ok &&
	       (secret_present(form_secret(f, NEW_PASSWORD)) || password_plan_generate(p, form_text(f, NEW_SHEET), e));
}

static bool new_accept(struct console *c, struct form *f, struct err *e) {
	const char *upn = form_text(f, NEW_UPN), *at = strchr(upn, '@');
	bool user = form_choice(f, NEW_KIND) == 0;
	char label[TASK_LABEL_MAX];
	if (!at || at == upn || strchr(upn, ' ') || !strchr(at, '.'))
		return err_set(e, ERR_INPUT, "The sign-in name has to look like anna@contoso.com");
	if (!*form_text(f, NEW_NAME))
		return err_set(e, ERR_INPUT, "Give it a display name");
	if (user && strlen(form_text(f, NEW_LOCATION)) != 2)
		return err_set(e, ERR_INPUT, "The usage location has two letters, for example DE");
	snprintf(label, sizeof label, "Create %.150s", upn);
	struct task_plan *p = task_plan_empty(c, label);
	if (!p)
		return err_nomem(e);
	if (!(user ? add_user(p, f, e) : add_mailbox(p, f, e))) {
		task_plan_free(p);
		return false;
	}
	task_plan_start(c, p);
	return true;
}

void do_user_create(struct console *c, const char *arg) {
	static const struct form_spec spec = { .title = "New user or mailbox",
					       .intro = "",
					       .ok = "Create",
					       .fields = new_fields,
					       .count = sizeof new_fields / sizeof *new_fields,
					       .accept = new_accept };
	struct form *f = dialog_form(c, &spec, NULL);
	if (!f)
		return;
	form_set(f, NEW_UPN, arg);
	form_set(f, NEW_SHEET, "passwords.csv");
	form_choose(f, NEW_CHANGE, 1);
}
