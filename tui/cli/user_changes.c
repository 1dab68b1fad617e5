/* SPDX-License-Identifier: MIT
 *
 * user_changes.c - user create, enable, disable, license and password: options become changes.
 */
#include <string.h>

#include "tui/cli/password.h"
#include "tui/cli/password_sheet.h"
#include "tui/cli/user_choice.h"

static bool only_said(const struct cli *c) {
	return cli_flag(c, "dry-run") || cli_flag(c, "powershell");
}

/* The passwords of a verb: one that is typed for all, or one made for each on the sheet. */
struct passwords {
	struct secret typed;
	struct password_sheet sheet;
	bool made;
};

static bool passwords_begin(struct cli *c, struct store *s, struct passwords *p, const char *whose, struct err *e) {
	const char *file = cli_value(c, "password-file"), *fd = cli_value(c, "password-fd");
	*p = (struct passwords){ .made = cli_flag(c, "generate") };
	if (p->made && (file || fd))
		return err_set(e, ERR_INPUT, "--generate makes passwords; --password-file and --password-fd give one");
	/* What is only said needs none. */
	if (only_said(c))
		return true;
	/* Nobody types or gets a password that is then refused. */
	if (!tasks_may_change(s, e))
		return false;
	if (p->made)
		return password_sheet_open(&p->sheet, c->project, cli_value(c, "passwords"), e);
	if (!password_read_unless(c->stop, file, fd, whose, &p->typed, e))
		return file || fd || e->cat != ERR_INPUT
			       ? false
			       : err_set(e, ERR_INPUT,
					 "No password for %s: type one on a terminal, give --password-file or "
					 "--password-fd, or have one made with --generate",
					 whose);
	return password_fits(p->typed.data, p->typed.len) ||
	       err_set(e, ERR_INPUT,
		       "The password is too simple: %u to %u characters of at least three of lower case, "
		       "upper case, digits and others",
		       PASSWORD_RULE_MIN, PASSWORD_RULE_MAX);
}

static bool passwords_next(struct cli *c, struct passwords *p, struct change_items *items, enum change_verb verb,
			   const char *upn, json_t *args, struct err *e) {
	char made[PASSWORD_MADE + 1] = "";
	bool ok = true;
	if (p->made && !only_said(c))
		ok = password_sheet_make(&p->sheet, upn, made, e);
	const char *password = made[0] ? made : p->typed.data;
	if (ok)
		ok = change_items_add(items, verb, upn, args, password, e);
	else
		json_decref(args);
	explicit_bzero(made, sizeof made);
	return ok;
}

/* The sheet is closed before anything is sent. ok: the items were put together. */
static int passwords_run(struct cli *c, struct store *s, const struct tenant *t, struct passwords *p,
			 const struct change_items *items, const char *label, bool ok, struct err *e) {
	bool sheet = p->sheet.file != NULL;
	int64_t task = 0;
	ok = ok && (!sheet || password_sheet_ready(c, &p->sheet, e));
	int code = ok ? cli_run_task(c, s, t, label, items->list, items->n, &task) : cli_fail(c, e);
	if (sheet)
		password_sheet_tell(c, s, &p->sheet, task);
	secret_clear(&p->typed);
	return code;
}

static json_t *put_text(json_t *args, const char *name, const char *value) {
	if (args && value && *value && json_object_set_new(args, name, json_string(value)) != 0) {
		json_decref(args);
		return NULL;
	}
	return args;
}

static json_t *put_list(json_t *args, const char *name, json_t *list) {
	if (json_array_size(list) == 0)
		json_decref(list);
	else if (args)
		json_object_set_new(args, name, list);
	return args;
}

static json_t *create_args(struct cli *c, const char *upn, const char *location, json_t *licenses) {
	static const char *const texts[][2] = { { "department", "department" },
						{ "job-title", "jobTitle" },
						{ "first-name", "givenName" },
						{ "last-name", "surname" },
						{ "company", "company" } };
	char nickname[65];
	const char *given = cli_value(c, "nickname");
	snprintf(nickname, sizeof nickname, "%.*s", given ? 64 : (int)strcspn(upn, "@"), given ? given : upn);
	json_t *args = json_pack("{s:s, s:s, s:s, s:b}", "displayName", cli_value(c, "name"), "mailNickname", nickname,
				 "usageLocation", location, "forceChange", !cli_flag(c, "keep-password"));
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		args = put_text(args, texts[i][1], cli_value(c, texts[i][0]));
	return put_list(args, "licenses", licenses);
}

/* What the service would refuse behind the password. Nothing is known when nothing may be asked. */
static bool domain_verified(struct cli *c, struct store *s, const struct tenant *t, const char *upn, struct err *e) {
	const char *domain = strchr(upn, '@') + 1;
	json_t *list = only_said(c) ? NULL : user_domains(c, s, t);
	size_t n = json_array_size(list), i = 0;
	while (i < n && !text_ieq(domain, json_string_value(json_array_get(list, i))))
		i++;
	json_decref(list);
	return i < n || n == 0 ||
	       err_set(e, ERR_INPUT,
		       "The domain %.150s is not verified in this tenant: add and verify it in the Microsoft 365 admin "
		       "center, or correct the name",
		       domain);
}

static int create_user(struct cli *c, struct store *s, const struct tenant *t, struct change_items *items,
		       struct err *e) {
	const char *upn = c->args[0];
	char location[8], licenses[400], label[TASK_LABEL_MAX];
	struct chosen_user one = { upn, "" };
	struct user_choice who = { .list = &one, .n = 1 };
	struct passwords p = { 0 };
	bool go = false, ok = false;
	if (user_location(c, location, e) && user_license_text(c, "license", licenses, sizeof licenses, e)) {
		if (licenses[0] && !location[0])
			err_set(e, ERR_INPUT, "A licence needs a usage location: give --location");
		else
			ok = user_choice_licenses(c, s, t, &who, licenses, &go, e);
	}
	if (!ok || !go)
		return ok ? CLI_GAPS : cli_fail(c, e);
	ok = domain_verified(c, s, t, upn, e) && passwords_begin(c, s, &p, upn, e) &&
	     passwords_next(c, &p, items, CHANGE_USER_CREATE, upn,
			    create_args(c, upn, location, user_license_list(c, "license", e)), e);
	snprintf(label, sizeof label, "Create %.150s", upn);
	return passwords_run(c, s, t, &p, items, label, ok, e);
}

static int create_mailbox(struct cli *c, struct store *s, const struct tenant *t, struct change_items *items,
			  struct err *e) {
	static const char *const kinds[] = { "room", "equipment", "shared", NULL };
	const char *kind = cli_value(c, "kind");
	struct list_state state;
	char label[TASK_LABEL_MAX];
	size_t i = 0;
	while (kinds[i] && strcmp(kinds[i], kind) != 0)
		i++;
	if (!kinds[i])
		return cli_usage_error(c, "--kind is room, equipment or shared, not '%s'", kind);
	if (cli_value(c, "license") || cli_value(c, "location") || cli_flag(c, "generate"))
		return cli_usage_error(c, "a %s mailbox has neither licence nor password", kind);
	snprintf(label, sizeof label, "Create the %s mailbox %.130s", kind, c->args[0]);
	if (!change_items_add(items, CHANGE_MAILBOX_CREATE, c->args[0],
			      json_pack("{s:s, s:s}", "kind", kind, "name", cli_value(c, "name")), NULL, e))
		return cli_fail(c, e);
	int code = cli_run_changes(c, s, t, label, items->list, items->n);
	/* It is to stand in the list like a user that was created; its kind comes with the whole list alone. */
	bool known = list_state_get(s, t->id, record_users.refresh, &state, e) && state.refreshed;
	if (code == CLI_OK && known && !only_said(c) && !cli_flag(c, "detach"))
		cli_refresh(c, s, t, record_users.refresh, NULL);
	return code;
}

static int create(struct cli *c, struct store *s, const struct tenant *t) {
	struct change_items items = { 0 };
	struct err e;
	int code;
	err_clear(&e);
	if (!cli_value(c, "name") || !*cli_value(c, "name"))
		code = cli_usage_error(c, "--name is needed: how the address book shows it");
	else if (!strchr(c->args[0], '@'))
		code = cli_usage_error(c, "'%s' is not name@domain", c->args[0]);
	else
		code = cli_value(c, "kind") ? create_mailbox(c, s, t, &items, &e) : create_user(c, s, t, &items, &e);
	change_items_free(&items);
	return code;
}

static void name_task(char *dst, const char *what, const struct user_choice *u) {
	char count[32];
	text_count(count, sizeof count, u->n);
	if (u->n == 1)
		snprintf(dst, TASK_LABEL_MAX, "%s %.150s", what, u->list[0].upn);
	else
		snprintf(dst, TASK_LABEL_MAX, "%s %s users", what, count);
}

/* One change for each that is chosen, with the same arguments. args is stolen. */
static int change_all(struct cli *c, struct store *s, const struct tenant *t, const struct user_choice *u,
		      enum change_verb verb, const char *what, const char *warning, json_t *args, struct err *e) {
	struct change_items items = { 0 };
	char label[TASK_LABEL_MAX];
	name_task(label, what, u);
	bool ok = (args != NULL || err_nomem(e)) && user_choice_confirmed(c, t, u, label, warning, e);
	/* Who is asked reads it in the question. */
	if (ok && *warning && !cli_flag(c, "all"))
		cli_note(c, "%s", warning);
	for (size_t i = 0; ok && i < u->n; i++)
		ok = change_items_add(&items, verb, u->list[i].upn, json_incref(args), NULL, e);
	json_decref(args);
	int code = ok ? cli_run_changes(c, s, t, label, items.list, items.n) : cli_fail(c, e);
	change_items_free(&items);
	return code;
}

static int enable(struct cli *c, struct store *s, const struct tenant *t) {
	struct user_choice u = { 0 };
	char location[8], licenses[400];
	struct err e;
	bool go = false;
	int code = CLI_GAPS;
	err_clear(&e);
	bool ok = user_location(c, location, &e) && user_license_text(c, "license", licenses, sizeof licenses, &e);
	ok = ok && user_choose(c, s, t, false, &u, &e) && user_choice_licenses(c, s, t, &u, licenses, &go, &e);
	if (!ok)
		code = cli_fail(c, &e);
	else if (go)
		code = change_all(c, s, t, &u, CHANGE_USER_ENABLE, "Enable", "",
				  put_list(put_text(json_object(), "usageLocation", location), "licenses",
					   user_license_list(c, "license", &e)),
				  &e);
	user_choice_free(&u);
	return code;
}

static int disable(struct cli *c, struct store *s, const struct tenant *t) {
	struct user_choice u = { 0 };
	char removed[400], warning[300];
	struct err e;
	err_clear(&e);
	bool ok = user_license_text(c, "remove", removed, sizeof removed, &e) &&
		  user_license_warning(s, t->id, removed, warning, &e) && user_choose(c, s, t, true, &u, &e);
	int code = ok ? change_all(c, s, t, &u, CHANGE_USER_DISABLE, "Block", warning,
				   put_list(json_object(), "removeLicenses", user_word_list(removed)), &e)
		      : cli_fail(c, &e);
	user_choice_free(&u);
	return code;
}

static int license(struct cli *c, struct store *s, const struct tenant *t) {
	struct user_choice u = { 0 };
	char location[8], licenses[400], removed[400], warning[300];
	struct err e;
	bool go = false;
	int code = CLI_GAPS;
	err_clear(&e);
	if (!cli_value(c, "add") && !cli_value(c, "remove"))
		return cli_usage_error(c, "which licence? Give --add NAME, --remove NAME or both");
	bool ok = user_location(c, location, &e) && user_license_text(c, "add", licenses, sizeof licenses, &e) &&
		  user_license_text(c, "remove", removed, sizeof removed, &e) &&
		  user_license_warning(s, t->id, removed, warning, &e);
	ok = ok && user_choose(c, s, t, *removed != '\0', &u, &e) &&
	     user_choice_licenses(c, s, t, &u, licenses, &go, &e);
	if (!ok)
		code = cli_fail(c, &e);
	else if (go)
		code = change_all(c, s, t, &u, CHANGE_USER_LICENSE, "Change the licences of", warning,
				  put_text(json_pack("{s:o, s:o}", "add", user_word_list(licenses), "remove",
						     user_word_list(removed)),
					   "usageLocation", location),
				  &e);
	user_choice_free(&u);
	return code;
}

static int password(struct cli *c, struct store *s, const struct tenant *t) {
	struct change_items items = { 0 };
	struct passwords p = { 0 };
	struct user_choice u;
	char label[TASK_LABEL_MAX], whose[300];
	struct err e;
	err_clear(&e);
	bool ok = user_choose(c, s, t, true, &u, &e);
	if (ok)
		name_task(label, "Set the password of", &u);
	ok = ok && user_choice_confirmed(c, t, &u, label, "", &e);
	if (ok) {
		if (u.n == 1)
			text_copy(whose, sizeof whose, u.list[0].upn);
		else
			snprintf(whose, sizeof whose, "%zu users", u.n);
		ok = passwords_begin(c, s, &p, whose, &e);
	}
	for (size_t i = 0; ok && i < u.n; i++)
		ok = passwords_next(c, &p, &items, CHANGE_USER_PASSWORD, u.list[i].upn,
				    json_pack("{s:b}", "forceChange", !cli_flag(c, "keep-password")), &e);
	int code = passwords_run(c, s, t, &p, &items, label, ok, &e);
	change_items_free(&items);
	user_choice_free(&u);
	return code;
}

int user_create(struct cli *c) {
	return user_with_tenant(c, create);
}
int user_enable(struct cli *c) {
	return user_with_tenant(c, enable);
}
int user_disable(struct cli *c) {
	return user_with_tenant(c, disable);
}
int user_license(struct cli *c) {
	return user_with_tenant(c, license);
}
int user_password(struct cli *c) {
	return user_with_tenant(c, password);
}
