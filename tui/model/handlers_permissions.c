/* SPDX-License-Identifier: MIT
 *
 * handlers_permissions.c - who may open whose mailbox and send in whose name: granted, revoked, looked at from both
 * sides.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cli/permission_import.h"
#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/model/permission_plan.h"
#include "tui/model/service_ask.h"
#include "tui/view/dialogs.h"

#define RIGHTS (sizeof permission_rights / sizeof *permission_rights)

/* Granted here, not only inherited or denied. */
static bool granted(const char *cell) {
	return strncmp(cell, "Yes", 3) == 0;
}

bool permission_plan_add(struct task_plan *p, size_t right, bool grant, const char *mailbox, const char *trustee,
			 bool auto_mapping, struct err *e) {
	enum change_verb verb = grant ? permission_rights[right].grant : permission_rights[right].revoke;
	struct args a;
	args_begin(&a);
	args_text(&a, "trustee", trustee);
	if (verb == CHANGE_FULL_ACCESS_GRANT)
		args_bool(&a, "autoMapping", auto_mapping);
	const char *text = args_end(&a);
	bool ok = text ? task_plan_add(p, verb, mailbox, text, NULL, e) : err_nomem(e);
	args_free(&a);
	return ok;
}

enum { GRANT_MAILBOX, GRANT_TRUSTEE, GRANT_FULL, GRANT_SEND_AS, GRANT_ON_BEHALF, GRANT_MAP };
static const struct field grant_fields[] = {
	[GRANT_MAILBOX] = { "Mailbox", "Whose mailbox it is. Several: a blank between.", FIELD_TEXT, NULL },
	[GRANT_TRUSTEE] = { "Trustee", "Who is to get it. Several: a blank between.", FIELD_TEXT, NULL },
	[GRANT_FULL] = { "Full Access", "Open the mailbox and do anything in it but send.", FIELD_CHECK, NULL },
	[GRANT_SEND_AS] = { "Send As", "Send as if it were the owner.", FIELD_CHECK, NULL },
	[GRANT_ON_BEHALF] = { "Send on Behalf", "Send, with \"on behalf of\" shown.", FIELD_CHECK, NULL },
	[GRANT_MAP] = { "AutoMapping", "With Full Access: the mailbox appears in the trustee's Outlook by itself.",
			FIELD_CHECK, NULL },
};

/* Each word of mailboxes with each of trustees. */
static bool add_pairs(struct task_plan *p, const struct form *f, struct err *e) {
	const char *const between = " ,;\t";
	const char *mailboxes = form_text(f, GRANT_MAILBOX);
	for (mailboxes += strspn(mailboxes, between); *mailboxes; mailboxes += strspn(mailboxes, between)) {
		size_t m = strcspn(mailboxes, between);
		const char *trustees = form_text(f, GRANT_TRUSTEE);
		for (trustees += strspn(trustees, between); *trustees; trustees += strspn(trustees, between)) {
			size_t t = strcspn(trustees, between);
			char mailbox[EDIT_MAX], trustee[EDIT_MAX];
			snprintf(mailbox, sizeof mailbox, "%.*s", (int)m, mailboxes);
			snprintf(trustee, sizeof trustee, "%.*s", (int)t, trustees);
			for (size_t r = 0; r < RIGHTS; r++)
				if (form_choice(f, GRANT_FULL + r) &&
				    !permission_plan_add(p, r, true, mailbox, trustee, form_choice(f, GRANT_MAP), e))
					return false;
			trustees += t;
		}
		mailboxes += m;
	}
	return true;
}

static bool grant_accept(struct console *c, struct form *f, struct err *e) {
	char label[TASK_LABEL_MAX];
	if (!*form_text(f, GRANT_MAILBOX) || !*form_text(f, GRANT_TRUSTEE))
		return err_set(e, ERR_INPUT, "Name a mailbox and who is to get the permission");
	if (!form_choice(f, GRANT_FULL) && !form_choice(f, GRANT_SEND_AS) && !form_choice(f, GRANT_ON_BEHALF))
		return err_set(e, ERR_INPUT, "Choose at least one of the three permissions");
	snprintf(label, sizeof label, "Grant %.80s to %.80s", form_text(f, GRANT_MAILBOX), form_text(f, GRANT_TRUSTEE));
	struct task_plan *p = task_plan_empty(c, label);
	if (!p)
		return err_nomem(e);
	if (!add_pairs(p, f, e)) {
		task_plan_free(p);
		return false;
	}
	task_plan_start(c, p);
	return true;
}

void do_grant(struct console *c, const char *arg) {
	static const struct form_spec spec = { .title = "Grant permissions",
					       .intro = "What is granted already stays as it is.",
					       .ok = "Grant",
					       .fields = grant_fields,
					       .count = sizeof grant_fields / sizeof *grant_fields,
					       .accept = grant_accept };
	const struct record_line *line = list_current_line(&c->list);
	struct form *f = dialog_form(c, &spec, NULL);
	if (!f)
		return;
	if (*arg)
		form_set(f, GRANT_MAILBOX, arg);
	else if (line) /* of a permission or a user: the address is the first column */
		form_set(f, GRANT_MAILBOX, line->cells[0]);
	form_choose(f, GRANT_FULL, 1);
	form_choose(f, GRANT_MAP, 1);
}

static bool revoke_each(struct task_plan *p, const struct record *r, struct err *e) {
	for (size_t i = 0; i < RIGHTS; i++)
		if (granted(task_plan_cell(p, r, permission_rights[i].column)) &&
		    !permission_plan_add(p, i, false, task_plan_cell(p, r, "mailbox"), task_plan_cell(p, r, "trustee"),
					 false, e))
			return false;
	return true;
}

void do_revoke(struct console *c, const char *arg) {
	char text[TASK_LABEL_MAX + 200];
	(void)arg;
	struct task_plan *p = task_plan_chosen(c, "Revoke all of", revoke_each);
	if (!p)
		return;
	snprintf(text, sizeof text, "%s?\n\nInherited and denied entries stay. Undo grants again what was revoked.",
		 p->label);
	task_plan_ask(c, p, "Revoke", text, "Revoke", NULL);
}

/* Granted becomes revoked, and the other way round. */
static bool toggle_each(struct task_plan *p, const struct record *r, struct err *e) {
	const size_t *right = p->data;
	return permission_plan_add(p, *right, !granted(task_plan_cell(p, r, permission_rights[*right].column)),
				   task_plan_cell(p, r, "mailbox"), task_plan_cell(p, r, "trustee"), true, e);
}

static void toggle(struct console *c, size_t index) {
	char what[60];
	size_t *right = malloc(sizeof *right);
	snprintf(what, sizeof what, "Turn %s around:", permission_rights[index].title);
	struct task_plan *p = right ? task_plan_chosen(c, what, toggle_each) : NULL;
	if (!p) {
		free(right);
		return;
	}
	*right = index;
	p->data = right;
	task_plan_start_or_ask(c, p, "Turn around");
}

void do_full_access(struct console *c, const char *arg) {
	(void)arg;
	toggle(c, 0);
}

void do_send_as(struct console *c, const char *arg) {
	(void)arg;
	toggle(c, 1);
}

void do_send_on_behalf(struct console *c, const char *arg) {
	(void)arg;
	toggle(c, 2);
}

/* ---- the reverse view ---- */

static void look_said(struct console *c, const char *who, const char *more) {
	char text[NOTE_MAX];
	snprintf(text, sizeof text, "What %.150s can open, and who can open it%.250s. Esc shows all", who, more);
	console_note(c, "%s", text);
}

static void say_groups(struct console *c, const char *who, const json_t *groups, wall_ms_t at) {
	char text[200], age[80];
	long long unnamed = json_integer_value(json_object_get(groups, "unnamed"));
	size_t n = json_array_size(json_object_get(groups, "groups"));
	tenant_age_text(age, sizeof age, at, wall_ms());
	int len = snprintf(text, sizeof text, "; through %zu group%s too, %s", n, n == 1 ? "" : "s", age);
	if (unnamed)
		snprintf(text + len, sizeof text - (size_t)len,
			 ". %lld more may not be read: grant GroupMember.Read.All", unnamed);
	look_said(c, who, text);
}

struct looking {
	int64_t tenant;
	char who[LIST_TEXT_MAX], user[RECORD_LABEL_MAX];
};

static void groups_answered(struct console *c, const json_t *answer, void *data) {
	struct looking *l = data;
	struct err e;
	char *text = json_dumps(answer, JSON_COMPACT);
	bool ok = text ? memberships_put(c->store, l->tenant, l->user, text, &e) : err_nomem(&e);
	free(text);
	if (!ok)
		console_complain(c, &e);
	else if (strcmp(c->list.who, l->who) == 0)
		say_groups(c, l->who, answer, wall_ms());
	if (ok)
		console_reload(c);
	free(l);
}

static void groups_failed(struct console *c, const struct err *e, void *data) {
	const struct looking *l = data;
	char text[250];
	if (e->cat == ERR_NO_MAILBOX) {
		look_said(c, l->who, "; no user of the directory, so without groups");
		return;
	}
	snprintf(text, sizeof text, "; without groups, which could not be read: %.190s", e->text);
	look_said(c, l->who, text);
	c->note_bad = true;
}

static void ask_groups(struct console *c, const char *who, const char *user) {
	struct looking *l = calloc(1, sizeof *l);
	if (!l)
		return;
	l->tenant = c->tenant.is.id;
	text_copy(l->who, sizeof l->who, who);
	text_copy(l->user, sizeof l->user, user);
	service_ask(c, &(struct service_question){ .label = "Asking for the groups",
						   .question = "groups",
						   .target = l->user,
						   .answered = groups_answered,
						   .failed = groups_failed,
						   .release = free,
						   .data = l });
}

/* The kept groups count at once; they are asked for when they are older than the permissions. */
static bool look_groups(struct console *c, const char *who, struct err *e) {
	char user[RECORD_LABEL_MAX], *text = NULL;
	wall_ms_t at;
	look_said(c, who, "");
	if (!memberships_user(c->store, c->tenant.is.id, who, user, sizeof user, e))
		return false;
	if (!*user)
		return true;
	if (!memberships_current(c->store, c->tenant.is.id, user, &text, &at, e))
		return false;
	json_t *groups = text ? json_loads(text, 0, NULL) : NULL;
	free(text);
	if (groups)
		say_groups(c, who, groups, at);
	else if (job_label(c))
		look_said(c, who, "; groups were not asked for, something else is going on");
	else
		ask_groups(c, who, user);
	json_decref(groups);
	return true;
}

static void look_at(struct console *c, const char *who) {
	struct err e;
	if (!*who)
		return;
	c->tree.closed[NODE_PROJECT] = false;
	if (!tree_select(&c->tree, NODE_PERMISSIONS, 0))
		return;
	console_show_node(c);
	list_unfilter(&c->list);
	text_copy(c->list.who, sizeof c->list.who, who);
	console_reload(c);
	if (!look_groups(c, who, &e))
		console_complain(c, &e);
}

/* "What can this user open?" */
void do_reverse(struct console *c, const char *arg) {
	char who[LIST_TEXT_MAX];
	const struct record_line *line = list_current_line(&c->list);
	text_copy(who, sizeof who, *arg ? arg : line ? line->cells[1] : "");
	look_at(c, who);
}

void do_user_opens(struct console *c, const char *arg) {
	char who[LIST_TEXT_MAX];
	const struct record_line *line = list_current_line(&c->list);
	text_copy(who, sizeof who, *arg ? arg : line ? line->label : "");
	look_at(c, who);
}
