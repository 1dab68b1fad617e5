/* SPDX-License-Identifier: MIT
 *
 * cmd_permission.c - `mailvan permission`: who may open a mailbox, send as it or on its behalf.
 */
#include <stdio.h>
#include <string.h>

#include "tui/cli/commands.h"
#include "tui/cli/permission_import.h"
#include "tui/cli/record_output.h"
#include "tui/cli/signals.h"
#include "tui/cli/verbs.h"

const struct permission_right_info permission_rights[3] = {
	{ "full-access", "Full Access", "fullAccess", CHANGE_FULL_ACCESS_GRANT, CHANGE_FULL_ACCESS_REVOKE },
	{ "send-as", "Send As", "sendAs", CHANGE_SEND_AS_GRANT, CHANGE_SEND_AS_REVOKE },
	{ "send-on-behalf", "Send on Behalf", "sendOnBehalf", CHANGE_SEND_ON_BEHALF_GRANT,
	  CHANGE_SEND_ON_BEHALF_REVOKE },
};

bool permission_item(struct change_items *items, size_t right, bool grant, const char *mailbox, const char *trustee,
		     bool auto_mapping, struct err *e) {
	const struct permission_right_info *r = &permission_rights[right];
	json_t *args = json_pack("{s:s}", "trustee", trustee);
	if (args && grant && r->grant == CHANGE_FULL_ACCESS_GRANT)
		json_object_set_new(args, "autoMapping", json_boolean(auto_mapping));
	return change_items_add(items, grant ? r->grant : r->revoke, mailbox, args, NULL, e);
}

struct store *permission_open(struct cli *c, struct tenant *t, int *code) {
	if (!cli_flag(c, "imap"))
		return cli_open_tenant(c, t, code);
	*code = CLI_USAGE;
	*t = (struct tenant){ .id = TENANT_TARGET, .name = "imap" };
	if (!cli_flag(c, "powershell"))
		return cli_open(c, STORE_MUST_EXIST, NULL);
	cli_usage_error(c, "an IMAP server has no PowerShell");
	return NULL;
}

/* ---- grant, revoke ---- */

/* Nobody can be denied Send on Behalf. */
static bool undeny_item(struct change_items *items, size_t right, const char *mailbox, const char *trustee,
			struct err *e) {
	static const enum change_verb verbs[] = { CHANGE_FULL_ACCESS_UNDENY, CHANGE_SEND_AS_UNDENY };
	if (right >= sizeof verbs / sizeof *verbs)
		return err_set(e, ERR_INPUT, "--deny goes with --full-access and --send-as: %s is never denied",
			       permission_rights[right].title);
	return change_items_add(items, verbs[right], mailbox, json_pack("{s:s}", "trustee", trustee), NULL, e);
}

/* Every trustee, every mailbox, every right that was named. */
static bool add_items(struct cli *c, bool grant, struct change_items *items, struct err *e) {
	const char *trustee, *option = grant ? "to" : "from";
	bool any = false, ok = true;
	for (unsigned k = 0; ok && (trustee = cli_value_at(c, option, k)) != NULL; k++)
		for (unsigned m = 0; ok && m < c->arg_count; m++)
			for (size_t r = 0; ok && r < 3; r++)
				if (cli_flag(c, permission_rights[r].option)) {
					any = true;
					if (cli_flag(c, "deny")) {
						ok = undeny_item(items, r, c->args[m], trustee, e);
						continue;
					}
					ok = permission_item(items, r, grant, c->args[m], trustee,
							     !cli_flag(c, "no-automapping"), e);
				}
	if (ok && !cli_value(c, option))
		return err_set(e, ERR_INPUT, "%s: --%s TRUSTEE", grant ? "To whom" : "From whom", option);
	if (ok && !any)
		return err_set(e, ERR_INPUT, "Which right: --full-access, --send-as, --send-on-behalf?");
	return ok;
}

/* One mailbox and one trustee are named; of more there is the number. */
static void name_task(struct cli *c, bool grant, size_t n, char label[TASK_LABEL_MAX]) {
	const char *whom = grant ? "to" : "from", *trustee = cli_value(c, whom);
	const char *what = "permissions";
	for (size_t r = 0; n == 1 && r < 3; r++)
		if (cli_flag(c, permission_rights[r].option))
			what = permission_rights[r].title;
	if (c->arg_count == 1 && !cli_value_at(c, whom, 1))
		snprintf(label, TASK_LABEL_MAX, "%s %s on %.60s %s %.60s", grant ? "Grant" : "Revoke", what, c->args[0],
			 whom, trustee ? trustee : "");
	else
		snprintf(label, TASK_LABEL_MAX, "%s %zu permissions on %u mailbox%s", grant ? "Grant" : "Revoke", n,
			 c->arg_count, c->arg_count == 1 ? "" : "es");
}

static int change(struct cli *c, bool grant) {
	struct tenant t;
	struct change_items items = { 0 };
	char label[TASK_LABEL_MAX];
	struct err e;
	int code;
	struct store *s = permission_open(c, &t, &code);
	if (!s)
		return code;
	err_clear(&e);
	bool ok = add_items(c, grant, &items, &e);
	name_task(c, grant, items.n, label);
	code = cli_run_items(c, s, &t, label, ok, &items, &e);
	store_close(s);
	return code;
}

static int do_grant(struct cli *c) {
	return change(c, true);
}
static int do_revoke(struct cli *c) {
	return change(c, false);
}
static int run_grant(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_grant);
}
static int run_revoke(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_revoke);
}

/* ---- list, reverse ---- */

static int do_list(struct cli *c) {
	struct tenant t;
	int code;
	const char *mailbox = cli_value(c, "mailbox"), *trustee = cli_value(c, "trustee");
	if (mailbox && trustee)
		return cli_usage_error(c, "--mailbox and --trustee exclude each other; --match finds a pair");
	struct store *s = permission_open(c, &t, &code);
	if (!s)
		return code;
	code = cli_flag(c, "refresh") ? cli_refresh(c, s, &t, record_permissions.refresh, mailbox) : CLI_OK;
	if (code == CLI_OK && (mailbox || trustee))
		code = cli_print_records_of(c, s, &record_permissions, t.id, mailbox ? "mailbox" : "trustee",
					    mailbox ? mailbox : trustee);
	else if (code == CLI_OK)
		code = cli_print_records(c, s, &record_permissions, t.id, 0);
	store_close(s);
	return code;
}
static int run_list(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_list);
}

static int run_reverse(struct cli *c) {
	return with_signals(c, STOP_STOPPED, permission_reverse);
}
static int run_import(struct cli *c) {
	return with_signals(c, STOP_STOPPED, permission_import);
}

#define RIGHTS "full-access send-as send-on-behalf"

static const struct cli_verb verbs[] = {
	{ "list", "", "the grid of mailboxes and trustees, as it was read last", 0, 0,
	  "tenant imap mailbox trustee " CLI_LIST_OPTION_NAMES, run_list },
	{ "grant", "MAILBOX...", "grant rights on each mailbox to each --to", 1, 1000,
	  "tenant imap to no-automapping " RIGHTS " " CLI_CHANGE_OPTION_NAMES, run_grant },
	{ "revoke", "MAILBOX...", "take rights on each mailbox from each --from", 1, 1000,
	  "tenant imap from deny " RIGHTS " " CLI_CHANGE_OPTION_NAMES, run_revoke },
	{ "reverse", "TRUSTEE", "what this user or group can open, also through groups, from the last crawl", 1, 1,
	  "tenant imap refresh", run_reverse },
	{ "import", "FILE", "grant and revoke what a CSV says, and only what differs", 1, 1,
	  "tenant imap " CLI_CHANGE_OPTION_NAMES, run_import },
	{ "export", "", "write what is granted as the CSV that import reads", 0, 0, "tenant imap match",
	  permission_export },
	{ "undo", "TASK", "take back what a task did", 1, 1, CLI_UNDO_OPTION_NAMES, cli_undo },
	{ 0 },
};

const struct cli_command cmd_permission = {
	.name = "permission",
	.args = "VERB [MAILBOX...]",
	.summary = "list, grant, revoke and take back Full Access, Send As and Send on Behalf",
	.details =
		"reverse lists what is granted to the user, and to groups of which the user is a member, also through "
		"other groups: asked for once after each crawl (Microsoft Graph, GroupMember.Read.All).\n\n"
		"Lists show what was read last; --refresh asks every mailbox (or that of --mailbox), which takes "
		"long: it goes on where it was interrupted. Each change notes what was there before, so that "
		"'permission undo TASK' can take it back. Changes take effect within an hour; Outlook opens a mailbox "
		"with AutoMapping by itself, which cannot be changed or read afterwards: a right that is given back "
		"by undo has it.\n\n"
		"With --imap the mailboxes are those of the project at their target servers, by RFC 4314: Full Access "
		"is the rights lrswipkxte on every folder, and there is no other. What a server refuses is named "
		"folder by folder.\n\n"
		"The CSV has the columns Mailbox, Trustee, FullAccess, SendAs, SendOnBehalf (yes: grant, no: revoke, "
		"-: leave) and AutoMapping (yes or no).",
	.options = (const struct cli_option[]){ CLI_TENANT_OPTION,
						{ 0, "imap", NULL, "the project's mailboxes at their IMAP servers" },
						{ 0, "to", "TRUSTEE", "who gets the rights; may be repeated" },
						{ 0, "from", "TRUSTEE", "who loses them; may be repeated" },
						{ 0, "full-access", NULL, "open the mailbox" },
						{ 0, "send-as", NULL, "send as the mailbox" },
						{ 0, "send-on-behalf", NULL, "send on behalf of the mailbox" },
						{ 0, "deny", NULL, "take away the entry that denies the right" },
						{ 0, "no-automapping", NULL, "Outlook does not open it by itself" },
						{ 0, "mailbox", "MAILBOX", "only this mailbox" },
						{ 0, "trustee", "TRUSTEE", "only this trustee" },
						CLI_CHANGE_OPTIONS,
						CLI_ANYWAY_OPTION,
						CLI_LIST_OPTIONS,
						CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.min_args = 1,
	.max_args = 1001,
	.verbs = verbs,
};
