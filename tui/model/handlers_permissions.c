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
#include "tui/model/permission_plan.h"
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

static void look_at(struct console *c, const char *who) {
	c->tree.closed[NODE_PROJECT] = false;
	if (!tree_select(&c->tree, NODE_PERMISSIONS, 0))
		return;
	console_show_node(c);
	text_copy(c->list.text, sizeof c->list.text, who);
	console_reload(c);
	console_note(c, "What %s can open, and who can open it. Esc shows all", who);
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
