/* SPDX-License-Identifier: MIT
 *
 * handlers_passwords.c - passwords of users: typed, or made and written once to a sheet of mode 0600.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/password.h"
#include "tui/cli/password_sheet.h"
#include "tui/model/handlers.h"
#include "tui/model/password_plan.h"
#include "tui/view/dialogs.h"

/* A change that sets a password, and has none yet. */
static bool password_wanted(const struct task_plan_item *i) {
	return (i->verb == CHANGE_USER_CREATE || i->verb == CHANGE_USER_PASSWORD) && !secret_present(&i->secret);
}

static bool add_password(struct task_plan_item *item, struct password_sheet *sheet, struct err *e) {
	char text[PASSWORD_MADE + 1];
	bool ok = password_sheet_make(sheet, item->target, text, e) &&
		  (secret_set(&item->secret, text, PASSWORD_MADE) || err_nomem(e));
	explicit_bzero(text, sizeof text);
	return ok;
}

bool password_plan_write(struct task_plan *p, const char *path, struct err *e) {
	struct password_sheet sheet;
	bool ok = true, wanted = false;
	for (size_t i = 0; i < p->count; i++)
		wanted = wanted || password_wanted(&p->items[i]);
	if (!wanted || p->preview)
		return true;
	if (!password_sheet_open(&sheet, store_dir(p->store), path, e))
		return false;
	for (size_t i = 0; ok && i < p->count; i++)
		ok = !password_wanted(&p->items[i]) || add_password(&p->items[i], &sheet, e);
	if (!ok) {
		password_sheet_discard(&sheet);
		return false;
	}
	if (!password_sheet_close(&sheet, e))
		return false;
	snprintf(p->note, sizeof p->note,
		 "Passwords are in %.300s, and nowhere else.\n\nHand them out, then delete the file.", sheet.path);
	return true;
}

static bool write_ready(struct task_plan *p, struct err *e) {
	return password_plan_write(p, p->data, e);
}

bool password_plan_generate(struct task_plan *p, const char *path, struct err *e) {
	char full[EDIT_MAX * 2];
	if (!*path)
		return err_set(e, ERR_INPUT, "Name a file for the passwords that are made");
	edit_path(full, sizeof full, path);
	if (access(full, F_OK) == 0)
		return err_set(e, ERR_INPUT, "%s is there already: name another file", full);
	p->data = strdup(full);
	p->ready = write_ready;
	return p->data || err_nomem(e);
}

enum { SET_HOW, SET_PASSWORD, SET_SHEET, SET_CHANGE };
static const char *const hows[] = { "make one for each", "the one typed below", NULL };
static const struct field set_fields[] = {
	[SET_HOW] = { "Password", "A made one has 16 characters that can't be mixed up.", FIELD_CHOICE, hows },
	[SET_PASSWORD] = { "Typed", "At least 8 characters of three kinds. Kept in the vault until it is set.",
			   FIELD_SECRET, NULL },
	[SET_SHEET] = { "Sheet", "Where made ones are written: a new file that only you can read.", FIELD_PATH, NULL },
	[SET_CHANGE] = { "Change at once", "The user chooses another one at the next sign-in.", FIELD_CHECK, NULL },
};

static void typed_release(void *data) {
	struct secret *s = data;
	secret_clear(s);
	free(s);
}

static bool typed_each(struct task_plan *p, const struct record *r, struct err *e) {
	return task_plan_add(p, CHANGE_USER_PASSWORD, r->label, p->args, p->data, e);
}

static bool set_accept(struct console *c, struct form *f, struct err *e) {
	struct task_plan *p = form_data(f);
	const struct secret *typed = form_secret(f, SET_PASSWORD);
	char text[TASK_LABEL_MAX + 200];
	snprintf(p->args, sizeof p->args, "{\"forceChange\":%s}", form_choice(f, SET_CHANGE) ? "true" : "false");
	if (form_choice(f, SET_HOW) == 0) {
		if (!password_plan_generate(p, form_text(f, SET_SHEET), e))
			return false;
	} else {
		struct secret *copy = calloc(1, sizeof *copy);
		if (!secret_present(typed) || !password_fits(typed->data, typed->len)) {
			free(copy);
			return err_set(e, ERR_INPUT,
				       "Type at least 8 characters of three kinds: small, capital, digits, others");
		}
		if (!copy || !secret_copy(copy, typed)) {
			free(copy);
			return err_nomem(e);
		}
		p->data = copy;
		p->release = typed_release;
		p->each = typed_each;
	}
	form_take_data(f);
	snprintf(text, sizeof text, "%s?\n\nWho has forgotten the old one can't get it back: this can't be undone.",
		 p->label);
	task_plan_ask(c, p, "Set password", text, "Set", NULL);
	return true;
}

void do_user_password(struct console *c, const char *arg) {
	static const struct form_spec spec = { .title = "Set password",
					       .intro = "Of every selected user.",
					       .ok = "Set",
					       .fields = set_fields,
					       .count = sizeof set_fields / sizeof *set_fields,
					       .accept = set_accept,
					       .release = task_plan_free };
	(void)arg;
	struct task_plan *p = task_plan_chosen_verb(c, "Set the password of", CHANGE_USER_PASSWORD);
	struct form *f = p ? dialog_form(c, &spec, p) : NULL;
	if (!f)
		return;
	form_set(f, SET_SHEET, "passwords.csv");
	form_choose(f, SET_CHANGE, 1);
}
