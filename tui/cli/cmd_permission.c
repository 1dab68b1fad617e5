/* SPDX-License-Identifier: MIT
 *
 * cmd_permission.c - `mailvan permission`: who may open a mailbox, send as it or on its behalf.
 */
#include <stdio.h>
#include <string.h>

#include "tui/cli/commands.h"
#include "tui/cli/permission_import.h"
#include "tui/cli/record_output.h"
#include "tui/cli/rows.h"
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

/* Every trustee, every mailbox, every right that was named. */
static bool add_items(struct cli *c, bool grant, struct change_items *items, struct err *e) {
	const char *trustee, *option = grant ? "to" : "from";
	bool any = false, ok = true;
	for (unsigned k = 0; ok && (trustee = cli_value_at(c, option, k)) != NULL; k++)
		for (unsigned m = 0; ok && m < c->arg_count; m++)
			for (size_t r = 0; ok && r < 3; r++)
				if (cli_flag(c, permission_rights[r].option)) {
					any = true;
					ok = permission_item(items, r, grant, c->args[m], trustee,
							     !cli_flag(c, "no-automapping"), e);
				}
	if (ok && !cli_value(c, option))
		return err_set(e, ERR_INPUT, "%s: --%s TRUSTEE", grant ? "To whom" : "From whom", option);
	if (ok && !any)
		return err_set(e, ERR_INPUT, "Which right: --full-access, --send-as, --send-on-behalf?");
	return ok;
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
	if (add_items(c, grant, &items, &e)) {
		snprintf(label, sizeof label, "%s %zu permission%s", grant ? "Grant" : "Revoke", items.n,
			 items.n == 1 ? "" : "s");
		code = cli_run_changes(c, s, &t, label, items.list, items.n);
	} else {
		code = cli_fail(c, &e);
	}
	change_items_free(&items);
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

static int refresh(struct cli *c, struct store *s, const struct tenant *t) {
	char task[TASK_VERB_MAX];
	const char *mailbox = cli_value(c, "mailbox");
	int n = snprintf(task, sizeof task, "%s%s%s", record_permissions.refresh, mailbox ? " " : "",
			 mailbox ? mailbox : "");
	/* A mailbox whose name does not fit is read with all others. */
	return cli_refresh(c, s, t, n < (int)sizeof task ? task : record_permissions.refresh);
}

static int do_list(struct cli *c) {
	struct tenant t;
	int code;
	const char *mailbox = cli_value(c, "mailbox"), *trustee = cli_value(c, "trustee");
	if (mailbox && trustee)
		return cli_usage_error(c, "--mailbox and --trustee exclude each other; --match finds a pair");
	struct store *s = permission_open(c, &t, &code);
	if (!s)
		return code;
	code = cli_flag(c, "refresh") ? refresh(c, s, &t) : CLI_OK;
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

struct reverse {
	struct cli *c;
	json_t *rows; /* with --json */
	uint64_t n;
};

static const char *cell_of(const struct record *r, const char *column) {
	return r->cells[record_column_find(&record_permissions, column) - record_permissions.columns].text;
}

static bool on_reverse(void *arg, const struct record *r) {
	struct reverse *v = arg;
	bool first = true;
	v->n++;
	if (v->rows)
		return json_array_append_new(v->rows, json_pack("{s:o, s:o, s:o, s:o}", "mailbox",
								json_text(cell_of(r, "mailbox")), "fullAccess",
								json_text(cell_of(r, "fullAccess")), "sendAs",
								json_text(cell_of(r, "sendAs")), "sendOnBehalf",
								json_text(cell_of(r, "sendOnBehalf")))) == 0;
	fprintf(v->c->out, "%s ", cell_of(r, "mailbox"));
	for (size_t i = 0; i < 3; i++) {
		const char *says = cell_of(r, permission_rights[i].column);
		if (!*says)
			continue;
		fprintf(v->c->out, "%s %s%s%s", first ? "" : ",", permission_rights[i].title,
			strcmp(says, "Yes") == 0 ? "" : ": ", strcmp(says, "Yes") == 0 ? "" : says);
		first = false;
	}
	fputc('\n', v->c->out);
	return true;
}

/* How far the answer may be trusted: what was looked at, and when. */
static void say_status(struct cli *c, const struct crawl_status *at, const char *trustee, uint64_t n) {
	char count[32], when[40];
	text_count(count, sizeof count, at->mailboxes);
	clock_text(when, sizeof when, at->oldest);
	if (at->mailboxes == 0) {
		cli_note(c, "No mailbox was looked at yet: mailvan permission list --refresh does.");
		return;
	}
	if (n == 0)
		cli_note(c, "%s opens no mailbox of those that were looked at.", trustee);
	cli_note(c,
		 "%s mailboxes were looked at, the first of them at %s%s. What a group may open is listed under the "
		 "group.",
		 count, when, at->unfinished ? "; the last crawl was broken off (--refresh goes on)" : "");
	if (at->failed)
		cli_note(c, "%llu of them could not be asked at the last attempt.", (unsigned long long)at->failed);
}

static int print_reverse(struct cli *c, struct store *s, const struct tenant *t) {
	struct crawl_status at;
	struct err e;
	struct reverse v = { .c = c, .rows = c->json ? json_array() : NULL };
	struct record_query q = { .list = &record_permissions,
				  .tenant = t->id,
				  .equal = record_column_find(&record_permissions, "trustee"),
				  .value = c->args[0] };
	err_clear(&e);
	if (!permissions_status(s, t->id, &at, &e) || !records_each(s, &q, on_reverse, &v, &e)) {
		json_decref(v.rows);
		return cli_fail(c, &e);
	}
	if (c->json)
		return cli_print_json(c,
				      json_pack("{s:o, s:I, s:I, s:o, s:b, s:o}", "trustee", json_text(c->args[0]),
						"mailboxes_looked_at", (json_int_t)at.mailboxes, "mailboxes_failed",
						(json_int_t)at.failed, "oldest", json_time(at.oldest), "unfinished",
						at.unfinished, "rows", v.rows),
				      CLI_OK);
	say_status(c, &at, c->args[0], v.n);
	return cli_written(c, CLI_OK);
}

static int do_reverse(struct cli *c) {
	struct tenant t;
	int code;
	struct store *s = permission_open(c, &t, &code);
	if (!s)
		return code;
	code = cli_flag(c, "refresh") ? cli_refresh(c, s, &t, record_permissions.refresh) : CLI_OK;
	if (code == CLI_OK)
		code = print_reverse(c, s, &t);
	store_close(s);
	return code;
}
static int run_reverse(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_reverse);
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
	  "tenant imap from " RIGHTS " " CLI_CHANGE_OPTION_NAMES, run_revoke },
	{ "reverse", "TRUSTEE", "what this user or group can open, from the last crawl", 1, 1, "tenant imap refresh",
	  run_reverse },
	{ "import", "FILE", "grant and revoke what a CSV says, and only what differs", 1, 1,
	  "tenant imap " CLI_CHANGE_OPTION_NAMES, run_import },
	{ "export", "", "write what is granted as the CSV that import reads", 0, 0, "tenant imap match",
	  permission_export },
	{ "undo", "TASK", "take back what a task did", 1, 1, "", cli_undo },
	{ 0 },
};

static int run_permission(struct cli *c) {
	return cli_run_verb(c, verbs);
}

const struct cli_command cmd_permission = {
	.name = "permission",
	.args = "VERB [MAILBOX...]",
	.summary = "list, grant, revoke and take back Full Access, Send As and Send on Behalf",
	.details =
		"Verbs: list, grant MAILBOX..., revoke MAILBOX..., reverse TRUSTEE, import FILE, export, undo TASK.\n\n"
		"Lists show what was read last; --refresh asks every mailbox (or that of --mailbox), which takes long: "
		"it "
		"goes on where it was interrupted. Each change notes what was there before, so that 'permission undo "
		"TASK' "
		"can take it back. Changes take effect within an hour; Outlook opens a mailbox with AutoMapping by "
		"itself, "
		"which cannot be changed or read afterwards: a right that is given back by undo has it.\n\n"
		"With --imap the mailboxes are those of the project at their target servers, by RFC 4314: Full Access "
		"is the "
		"rights lrswipkxte on every folder, and there is no other. What a server refuses is named folder by "
		"folder.\n\n"
		"The CSV has the columns Mailbox, Trustee, FullAccess, SendAs, SendOnBehalf (yes: grant, no: revoke, "
		"-: "
		"leave) and AutoMapping (yes or no).",
	.options = (const struct cli_option[]){ CLI_TENANT_OPTION,
						{ 0, "imap", NULL, "the project's mailboxes at their IMAP servers" },
						{ 0, "to", "TRUSTEE", "who gets the rights; may be repeated" },
						{ 0, "from", "TRUSTEE", "who loses them; may be repeated" },
						{ 0, "full-access", NULL, "open the mailbox" },
						{ 0, "send-as", NULL, "send as the mailbox" },
						{ 0, "send-on-behalf", NULL, "send on behalf of the mailbox" },
						{ 0, "no-automapping", NULL, "Outlook does not open it by itself" },
						{ 0, "mailbox", "MAILBOX", "only this mailbox" },
						{ 0, "trustee", "TRUSTEE", "only this trustee" },
						CLI_CHANGE_OPTIONS,
						CLI_LIST_OPTIONS,
						CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.min_args = 1,
	.max_args = 1001,
	.run = run_permission,
};
