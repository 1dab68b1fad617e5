/* SPDX-License-Identifier: MIT
 *
 * cmd_device.c - `mailvan device`: mobile devices, which of them may connect, and wiping them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/commands.h"
#include "tui/cli/confirm.h"
#include "tui/cli/device_verbs.h"
#include "tui/cli/record_output.h"
#include "tui/cli/rows.h"
#include "tui/cli/signals.h"
#include "tui/cli/verbs.h"

/* Whatever the operator calls the device. INPUT when it is not in the list that was read. */
static bool find(struct store *s, const struct tenant *t, const char *key, struct device_row *d, struct err *e) {
	bool found;
	char clean[200];
	if (!device_find(s, t->id, key, d, &found, e))
		return false;
	text_sanitise(clean, sizeof clean, key, strlen(key));
	return found ||
	       err_set(e, ERR_INPUT,
		       "There is no device \"%s\" in the list that was read; mailvan device list --refresh reads it "
		       "again",
		       clean);
}

json_t *device_ask(struct cli *c, struct store *s, const struct tenant *t, const char *question, const char *target,
		   struct err *e) {
	struct directory_context ctx = { .store = s, .net = net_new(NULL, e), .stop = c->stop };
	struct directory *d = ctx.net ? directory_open(&ctx, t->id, e) : NULL;
	json_t *answer = d ? d->ops->ask(d, question, target, e) : NULL;
	directory_close(d);
	net_free(ctx.net);
	return answer;
}

/* ---- list, show ---- */

static int do_list(struct cli *c) {
	struct tenant t;
	int code;
	const char *mailbox = cli_value(c, "mailbox");
	struct store *s = cli_open_tenant(c, &t, &code);
	if (!s)
		return code;
	code = cli_flag(c, "refresh") ? cli_refresh(c, s, &t, record_devices.refresh, mailbox) : CLI_OK;
	if (code == CLI_OK)
		code = mailbox ? cli_print_records_of(c, s, &record_devices, t.id, "mailbox", mailbox)
			       : cli_print_records(c, s, &record_devices, t.id, 0);
	store_close(s);
	return code;
}

/* Shown once, because somebody asked; that they did is noted for good. */
static int show_password(struct cli *c, struct store *s, const struct tenant *t, const struct device_row *d) {
	char who[200];
	struct err e, lost;
	err_clear(&e);
	command_who(who, sizeof who);
	json_t *answer = device_ask(c, s, t, "recovery-password", d->identity, &e);
	const char *password = json_string_value(json_object_get(answer, "recoveryPassword"));
	bool noted = audit_note(s, t->id, who, "device-recovery-password", d->identity, password ? "Done" : "Failed",
				password ? "the recovery password was shown" : e.text, &lost);
	int code;
	if (!noted)
		code = cli_fail(c, &lost); /* what cannot be noted is not shown */
	else if (!password)
		code = cli_fail(c, &e);
	else if (c->json)
		code = cli_print_json(c,
				      json_pack("{s:o, s:o}", "identity", json_text(d->identity), "recoveryPassword",
						json_text(password)),
				      CLI_OK);
	else {
		char clean[400];
		text_sanitise(clean, sizeof clean, password, strlen(password));
		fprintf(c->out, "Recovery password: %s\n", clean);
		code = cli_written(c, CLI_OK);
	}
	json_decref(answer);
	return code;
}

static int do_show(struct cli *c) {
	struct tenant t;
	struct device_row d;
	struct err e;
	int code;
	struct store *s = cli_open_tenant(c, &t, &code);
	if (!s)
		return code;
	err_clear(&e);
	if (!find(s, &t, c->args[0], &d, &e))
		code = cli_fail(c, &e);
	else if (cli_flag(c, "recovery-password"))
		code = show_password(c, s, &t, &d);
	else
		code = cli_print_record(c, s, &record_devices, t.id, d.identity);
	store_close(s);
	return code;
}

/* ---- changes ---- */

/* What is done with each device that was named; false: e. */
typedef bool add_fn(struct cli *c, const struct device_row *d, struct change_items *items, struct err *e);

static bool add_access(struct change_items *items, enum change_verb verb, const struct device_row *d, struct err *e) {
	if (!*d->device_id || !*d->mailbox)
		return err_set(e, ERR_INPUT, "Exchange gave no device id or no mailbox for this device");
	return change_items_add(items, verb, d->identity,
				json_pack("{s:s, s:s}", "mailbox", d->mailbox, "deviceId", d->device_id), NULL, e);
}
static bool add_allow(struct cli *c, const struct device_row *d, struct change_items *items, struct err *e) {
	(void)c;
	return add_access(items, CHANGE_DEVICE_ALLOW, d, e);
}
static bool add_block(struct cli *c, const struct device_row *d, struct change_items *items, struct err *e) {
	(void)c;
	return add_access(items, CHANGE_DEVICE_BLOCK, d, e);
}
static bool add_default(struct cli *c, const struct device_row *d, struct change_items *items, struct err *e) {
	(void)c;
	return add_access(items, CHANGE_DEVICE_DEFAULT, d, e);
}

/* Nobody wipes a whole device by a slip: its name is typed, here or as --confirm-name. */
static bool name_confirmed(struct cli *c, const struct device_row *d, struct err *e) {
	char typed[300] = "", clean[300];
	const char *given = cli_value(c, "confirm-name");
	text_sanitise(clean, sizeof clean, d->name, strlen(d->name));
	if (!given && cli_flag(c, "dry-run"))
		return true;
	if (!given && (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)))
		return err_set(
			e, ERR_INPUT,
			"A full wipe erases the device with everything on it: repeat its name with --confirm-name");
	if (!given) {
		fprintf(c->err,
			"Everything on %s of %s will be erased, private data too. Type the device's name to go on: ",
			clean, d->mailbox);
		fflush(c->err);
		if (!fgets(typed, sizeof typed, stdin))
			return err_set(e, ERR_CANCELLED, "Nothing was wiped");
		typed[strcspn(typed, "\r\n")] = '\0';
		given = typed;
	}
	return (*d->name && strcmp(given, d->name) == 0) ||
	       err_set(e, ERR_INPUT, "That is not the device's name (%s): nothing was wiped", clean);
}

static bool add_wipe(struct cli *c, const struct device_row *d, struct change_items *items, struct err *e) {
	bool full = cli_flag(c, "full");
	const char *address;
	if (full && c->arg_count > 1)
		return err_set(e, ERR_INPUT, "A full wipe takes one device at a time");
	if (full && !name_confirmed(c, d, e))
		return false;
	json_t *args = json_pack("{s:s}", "mode", full ? "full" : "account"), *notify = json_array();
	for (unsigned i = 0; (address = cli_value_at(c, "notify", i)) != NULL; i++)
		json_array_append_new(notify, json_string(address));
	if (args && json_array_size(notify))
		json_object_set(args, "notify", notify);
	json_decref(notify);
	return change_items_add(items, CHANGE_DEVICE_WIPE, d->identity, args, NULL, e);
}

static bool add_cancel(struct cli *c, const struct device_row *d, struct change_items *items, struct err *e) {
	(void)c;
	return change_items_add(items, CHANGE_DEVICE_CANCEL_WIPE, d->identity, json_object(), NULL, e);
}

static bool add_remove(struct cli *c, const struct device_row *d, struct change_items *items, struct err *e) {
	if (strstr(d->status, "WipePending"))
		cli_note(c,
			 "A wipe of %s is pending: without its partnership the device may never learn of it. 'device "
			 "show' tells when it has acknowledged.",
			 d->name);
	return change_items_add(items, CHANGE_DEVICE_REMOVE, d->identity, json_object(), NULL, e);
}

static void name_one(char label[TASK_LABEL_MAX], const char *what, const struct device_row *d) {
	char name[61], mailbox[81];
	const char *called = *d->name ? d->name : d->device_id;
	text_sanitise(name, sizeof name, called, strlen(called));
	text_sanitise(mailbox, sizeof mailbox, d->mailbox, strlen(d->mailbox));
	snprintf(label, TASK_LABEL_MAX, "%s %s of %s", what, name, mailbox);
}

/* Who names several may have named one too many. */
static bool wipes_confirmed(struct cli *c, const char *label, struct err *e) {
	char question[TASK_LABEL_MAX + 120];
	if (c->arg_count == 1 || cli_flag(c, "dry-run") || cli_flag(c, "powershell"))
		return true;
	snprintf(question, sizeof question, "%s? 'cancel-wipe' takes it back until a device connects.", label);
	return cli_confirmed(c, question, "Nothing was wiped", e);
}

static int each_device(struct cli *c, const char *what, add_fn *add) {
	struct tenant t;
	struct change_items items = { 0 };
	char label[TASK_LABEL_MAX];
	struct err e;
	int code;
	struct store *s = cli_open_tenant(c, &t, &code);
	if (!s)
		return code;
	err_clear(&e);
	bool ok = true;
	snprintf(label, sizeof label, "%s %u devices", what, c->arg_count);
	for (unsigned i = 0; ok && i < c->arg_count; i++) {
		struct device_row d;
		ok = find(s, &t, c->args[i], &d, &e) && add(c, &d, &items, &e);
		if (ok && c->arg_count == 1)
			name_one(label, what, &d);
	}
	ok = ok && (add != add_wipe || wipes_confirmed(c, label, &e));
	code = cli_run_items(c, s, &t, label, ok, &items, &e);
	store_close(s);
	return code;
}

static int do_allow(struct cli *c) {
	return each_device(c, "Allow", add_allow);
}
static int do_block(struct cli *c) {
	return each_device(c, "Block", add_block);
}
static int do_default(struct cli *c) {
	return each_device(c, "Leave to the rules:", add_default);
}
static int do_wipe(struct cli *c) {
	return each_device(c, cli_flag(c, "full") ? "Wipe" : "Wipe the account on", add_wipe);
}
static int do_cancel(struct cli *c) {
	return each_device(c, "Cancel the wipe of", add_cancel);
}
static int do_remove(struct cli *c) {
	return each_device(c, "Remove", add_remove);
}

#define WITH_SIGNALS(name, body)                                                                                       \
	static int name(struct cli *c) {                                                                               \
		return with_signals(c, STOP_STOPPED, body);                                                            \
	}
WITH_SIGNALS(run_list, do_list)
WITH_SIGNALS(run_show, do_show)
WITH_SIGNALS(run_allow, do_allow)
WITH_SIGNALS(run_block, do_block)
WITH_SIGNALS(run_default, do_default)
WITH_SIGNALS(run_wipe, do_wipe)
WITH_SIGNALS(run_cancel, do_cancel)
WITH_SIGNALS(run_remove, do_remove)
WITH_SIGNALS(run_protocols, device_protocols)
WITH_SIGNALS(run_import, device_import)

static const struct cli_verb verbs[] = {
	{ "list", "", "devices and what they may, as they were read last", 0, 0,
	  "tenant mailbox " CLI_LIST_OPTION_NAMES, run_list },
	{ "show", "DEVICE", "all that is known of a device, or its recovery password", 1, 1, "tenant recovery-password",
	  run_show },
	{ "allow", "DEVICE...", "let it connect; releases it from quarantine", 1, 1000,
	  "tenant " CLI_CHANGE_OPTION_NAMES, run_allow },
	{ "block", "DEVICE...", "refuse it", 1, 1000, "tenant " CLI_CHANGE_OPTION_NAMES, run_block },
	{ "default", "DEVICE...", "neither: the organisation's rules decide", 1, 1000,
	  "tenant " CLI_CHANGE_OPTION_NAMES, run_default },
	{ "wipe", "DEVICE...", "erase the account on it; with --full everything", 1, 1000,
	  "tenant full yes confirm-name notify " CLI_CHANGE_OPTION_NAMES, run_wipe },
	{ "cancel-wipe", "DEVICE...", "take back a wipe that the device has not met yet", 1, 1000,
	  "tenant " CLI_CHANGE_OPTION_NAMES, run_cancel },
	{ "remove", "DEVICE...", "forget the partnership", 1, 1000, "tenant " CLI_CHANGE_OPTION_NAMES, run_remove },
	{ "protocols", "MAILBOX [NAME=on|off...]", "which protocols open a mailbox", 1, 20,
	  "tenant " CLI_CHANGE_OPTION_NAMES, run_protocols },
	{ "import", "FILE", "allow and block what a CSV says", 1, 1, "tenant " CLI_CHANGE_OPTION_NAMES, run_import },
	{ "handout", "USER...", "a sheet for each user: how to set up the phone", 1, 1000, "tenant policy out web",
	  cli_device_handout },
	{ 0 },
};

const struct cli_command cmd_device = {
	.name = "device",
	.args = "VERB [DEVICE...]",
	.summary = "list, allow, block, wipe and forget mobile devices; their policies and protocols",
	.details =
		"A device is named by its identity, its device id, or its name where only one is called so. 'wipe' "
		"erases the account alone, which needs ActiveSync 16.1 or an Outlook app; --full erases everything on "
		"the device and wants its name. It happens when the device connects next; until then 'cancel-wipe' "
		"takes it back. After a wipe was acknowledged 'remove' forgets the device, which would else be wiped "
		"again.\n\n"
		"Enrolment: a batch goes the way new, contract, add or import, confirm, passwords, check, sheet, "
		"mark; 'device enrol' alone lists the verbs. Activation passwords are valid for 7 days and stand in "
		"the sheet alone.\n\n"
		"import reads the columns Mailbox, DeviceId and Access (allow, block or default). 'protocols MAILBOX' "
		"shows what is on; 'protocols MAILBOX imap=off pop=off' switches.\n\n"
		"Protocols: activesync, outlook-mobile, owa, owa-devices, imap, pop, ews, mapi, smtp-auth.",
	.options =
		(const struct cli_option[]){
			CLI_TENANT_OPTION,
			{ 0, "mailbox", "MAILBOX", "only devices of this mailbox" },
			{ 0, "recovery-password", NULL, "show it (noted in the audit list)" },
			{ 0, "full", NULL, "erase the whole device" },
			CLI_YES_OPTION,
			{ 0, "confirm-name", "NAME", "the device's name, for --full" },
			{ 0, "notify", "ADDRESS", "tell this address when it is wiped" },
			{ 0, "policy", "NAME", "handout: as this policy says" },
			{ 0, "out", "PATH", "handout: a file for each user in this directory; enrol sheet: the file" },
			{ 0, "web", NULL, "handout: the sheet for a service that reads web mail" },
			{ 0, "server", "NAME", "enrol new: the device server" },
			{ 0, "company", "NAME", "enrol new: the company as the contract has it" },
			{ 0, "all", NULL, "enrol: every user, every row that fits" },
			{ 0, "data-plan", "PLAN", "enrol confirm: enterprise" },
			{ 0, "removed", NULL, "enrol confirm: removed from any other server" },
			{ 0, "reach", NULL, "enrol check: ask the tenant for each mailbox" },
			{ 0, "ready-only", NULL, "enrol sheet: leave out rows with a problem" },
			{ 0, "state", "STATE", "enrol mark: sent, active, failed or new" },
			CLI_CHANGE_OPTIONS,
			CLI_LIST_OPTIONS,
			CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.min_args = 1,
	.max_args = 1001,
	.verbs = verbs,
	.verb_groups = (const struct cli_verb_group[]){ { "policy", device_policy_verbs },
							{ "enrol", device_enrol_verbs },
							{ 0 } },
};
