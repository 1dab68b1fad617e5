/* SPDX-License-Identifier: MIT
 *
 * handlers_users.c - users made, enabled and disabled. Licences: handlers_licenses.c; passwords:
 * handlers_passwords.c.
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
