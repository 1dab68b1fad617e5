/* SPDX-License-Identifier: MIT
 *
 * cmd_device_policy.c - `device policy`, `device protocols` and `device import`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/devices.h"
#include "tui/cli/device_verbs.h"
#include "tui/cli/import_problems.h"
#include "tui/cli/record_output.h"
#include "tui/cli/rows.h"
#include "tui/cli/signals.h"
#include "tui/cli/table.h"
#include "tui/cli/verbs.h"

/* "NAME=VALUE" cut at the first '='; false: e. */
static bool cut(const char *typed, char *name, size_t size, const char **value, struct err *e) {
	const char *equals = strchr(typed, '=');
	char clean[100];
	text_sanitise(clean, sizeof clean, typed, strlen(typed));
	if (!equals || equals == typed || (size_t)(equals - typed) >= size)
		return err_set(e, ERR_INPUT, "NAME=VALUE is expected, not \"%s\"", clean);
	snprintf(name, size, "%.*s", (int)(equals - typed), typed);
	*value = equals + 1;
	return true;
}

/* ---- policies ---- */

/* args[0] is the policy, the rest its settings. */
static json_t *settings_of(struct cli *c, struct err *e) {
	json_t *out = json_object();
	for (unsigned i = 1; out && i < c->arg_count; i++) {
		char name[80], clean[100];
		const char *value;
		const struct policy_setting *p = NULL;
		bool ok = cut(c->args[i], name, sizeof name, &value, e);
		if (ok && !(p = policy_setting_find(name))) {
			text_sanitise(clean, sizeof clean, name, strlen(name));
			err_set(e, ERR_INPUT, "A device policy has no setting \"%s\"; 'device policy show' lists them",
				clean);
		}
		json_t *v = p ? policy_setting_parse(p, value, e) : NULL;
		if (!v || json_object_set_new(out, p->name, v) != 0) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

static int change_policy(struct cli *c, struct store *s, const struct tenant *t, enum change_verb verb) {
	struct change_items items = { 0 };
	char label[TASK_LABEL_MAX];
	struct err e;
	err_clear(&e);
	json_t *settings = settings_of(c, &e);
	bool ok = settings &&
		  change_items_add(&items, verb, c->args[0], json_pack("{s:o}", "settings", settings), NULL, &e);
	snprintf(label, sizeof label, "%s the device policy %.150s", verb == CHANGE_POLICY_SET ? "Change" : "Make",
		 c->args[0]);
	return cli_run_items(c, s, t, label, ok, &items, &e);
}

static int assign_policy(struct cli *c, struct store *s, const struct tenant *t) {
	struct change_items items = { 0 };
	char label[TASK_LABEL_MAX];
	struct err e;
	bool ok = true;
	err_clear(&e);
	for (unsigned i = 1; ok && i < c->arg_count; i++)
		ok = change_items_add(&items, CHANGE_POLICY_ASSIGN, c->args[i],
				      json_pack("{s:s}", "policy", c->args[0]), NULL, &e);
	snprintf(label, sizeof label, "Assign the device policy %.150s", c->args[0]);
	return cli_run_items(c, s, t, label, ok, &items, &e);
}

/* Every setting with its value, and what it may be. */
static int print_policy(struct cli *c, const char *name, const char *settings) {
	json_t *all = json_loads(settings, 0, NULL);
	if (c->json)
		return cli_print_json(
			c, json_pack("{s:o, s:o}", "name", json_text(name), "settings", all ? all : json_object()),
			CLI_OK);
	struct table *table = table_new((const struct table_column[]){
		{ "Setting", false }, { "Value", false }, { "May be", false }, { "Meaning", false }, { 0 } });
	for (const struct policy_setting *p = policy_settings; table && p->name; p++) {
		char value[200], range[200];
		policy_setting_text(json_object_get(all, p->name), value, sizeof value);
		policy_setting_range(p, range, sizeof range);
		table_add(table, (struct table_cell[]){ { .text = p->name },
							{ .text = *value ? value : "-" },
							{ .text = range },
							{ .text = p->title } });
	}
	if (table)
		table_print(table, c->out, colour_wanted(c, c->out));
	table_free(table);
	json_decref(all);
	return cli_written(c, CLI_OK);
}

static int show_policy(struct cli *c, struct store *s, const struct tenant *t) {
	char *settings = NULL, clean[200];
	struct err e;
	err_clear(&e);
	bool ok = policy_settings_get(s, t->id, c->args[0], &settings, &e);
	text_sanitise(clean, sizeof clean, c->args[0], strlen(c->args[0]));
	if (ok && !settings)
		ok = err_set(
			&e, ERR_INPUT,
			"There is no device policy \"%s\" in the list that was read; 'device policy list --refresh' "
			"reads it again",
			clean);
	int code = ok ? print_policy(c, c->args[0], settings) : cli_fail(c, &e);
	free(settings);
	return code;
}

static int list_policies(struct cli *c, struct store *s, const struct tenant *t) {
	return cli_print_records(c, s, &record_policies, t->id, 0);
}
static int set_policy(struct cli *c, struct store *s, const struct tenant *t) {
	return change_policy(c, s, t, CHANGE_POLICY_SET);
}
static int create_policy(struct cli *c, struct store *s, const struct tenant *t) {
	return change_policy(c, s, t, CHANGE_POLICY_CREATE);
}

/* Inside with_signals. */
static int with_policies(struct cli *c, int (*body)(struct cli *c, struct store *s, const struct tenant *t)) {
	struct tenant t;
	int code;
	struct store *s = cli_open_tenant(c, &t, &code);
	if (!s)
		return code;
	code = cli_flag(c, "refresh") ? cli_refresh(c, s, &t, record_policies.refresh, NULL) : CLI_OK;
	if (code == CLI_OK)
		code = body(c, s, &t);
	store_close(s);
	return code;
}

#define POLICY_VERB(name, body)                                                                                        \
	static int do_##name(struct cli *c) {                                                                          \
		return with_policies(c, body);                                                                         \
	}                                                                                                              \
	static int run_##name(struct cli *c) {                                                                         \
		return with_signals(c, STOP_STOPPED, do_##name);                                                       \
	}
POLICY_VERB(list, list_policies)
POLICY_VERB(show, show_policy)
POLICY_VERB(set, set_policy)
POLICY_VERB(create, create_policy)
POLICY_VERB(assign, assign_policy)

const struct cli_verb device_policy_verbs[] = {
	{ "list", "", "policies, as they were read last", 0, 0, "tenant " CLI_LIST_OPTION_NAMES, run_list },
	{ "show", "NAME", "each setting of a policy, and what it may be", 1, 1, "tenant refresh", run_show },
	{ "set", "NAME KEY=VALUE...", "change settings of a policy", 2, 1000, "tenant " CLI_CHANGE_OPTION_NAMES,
	  run_set },
	{ "create", "NAME [KEY=VALUE...]", "make a policy", 1, 1000, "tenant " CLI_CHANGE_OPTION_NAMES, run_create },
	{ "assign", "NAME MAILBOX...", "mailboxes that it is for", 2, 1000, "tenant " CLI_CHANGE_OPTION_NAMES,
	  run_assign },
	{ 0 },
};

/* ---- protocols ---- */

static int show_protocols(struct cli *c, struct store *s, const struct tenant *t) {
	struct err e;
	err_clear(&e);
	json_t *answer = device_ask(c, s, t, "protocols", c->args[0], &e);
	if (!answer)
		return cli_fail(c, &e);
	if (c->json)
		return cli_print_json(c, json_pack("{s:o, s:o}", "mailbox", json_text(c->args[0]), "protocols", answer),
				      CLI_OK);
	for (const struct protocol_switch *p = protocol_switches; p->name; p++) {
		const json_t *on = json_object_get(answer, p->name);
		fprintf(c->out, "%-16s %-4s %s\n", p->name, !on ? "-" : json_is_true(on) ? "on" : "off", p->title);
	}
	json_decref(answer);
	return cli_written(c, CLI_OK);
}

static json_t *switches_of(struct cli *c, struct err *e) {
	json_t *out = json_object();
	for (unsigned i = 1; out && i < c->arg_count; i++) {
		char name[80];
		const char *value = "";
		const struct protocol_switch *p = NULL;
		bool ok = cut(c->args[i], name, sizeof name, &value, e), on = ok && text_ieq(value, "on");
		if (ok && !on && !text_ieq(value, "off"))
			ok = err_set(e, ERR_INPUT, "A protocol is switched on or off");
		if (ok && !(p = protocol_find(name)))
			ok = err_set(e, ERR_INPUT,
				     "The protocols are: activesync, outlook-mobile, owa, owa-devices, imap, "
				     "pop, ews, mapi, smtp-auth");
		if (!ok || json_object_set_new(out, p->member, json_boolean(on != p->inverted)) != 0) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

int device_protocols(struct cli *c) {
	struct tenant t;
	struct change_items items = { 0 };
	char label[TASK_LABEL_MAX];
	struct err e;
	int code;
	struct store *s = cli_open_tenant(c, &t, &code);
	if (!s)
		return code;
	err_clear(&e);
	if (c->arg_count == 1) {
		code = show_protocols(c, s, &t);
	} else {
		json_t *settings = switches_of(c, &e);
		bool ok = settings && change_items_add(&items, CHANGE_PROTOCOLS_SET, c->args[0],
						       json_pack("{s:o}", "settings", settings), NULL, &e);
		snprintf(label, sizeof label, "Switch protocols of %.150s", c->args[0]);
		code = cli_run_items(c, s, &t, label, ok, &items, &e);
	}
	store_close(s);
	return code;
}

/* ---- import ---- */

static bool add_wishes(const struct import_table_result *r, struct change_items *items, struct err *e) {
	static const enum change_verb verbs[] = { [DEVICE_WISH_ALLOW] = CHANGE_DEVICE_ALLOW,
						  [DEVICE_WISH_BLOCK] = CHANGE_DEVICE_BLOCK,
						  [DEVICE_WISH_DEFAULT] = CHANGE_DEVICE_DEFAULT };
	struct device_wishes w;
	for (size_t i = 0; i < r->count; i++)
		if (import_device(r, i, &w) &&
		    !change_items_add(items, verbs[w.access], w.device_id,
				      json_pack("{s:s, s:s}", "mailbox", w.mailbox, "deviceId", w.device_id), NULL, e))
			return false;
	return true;
}

int device_import(struct cli *c) {
	struct import_table_result r;
	struct change_items items = { 0 };
	struct tenant t;
	char label[TASK_LABEL_MAX];
	struct err e;
	int code;
	struct store *s = cli_open_tenant(c, &t, &code);
	if (!s)
		return code;
	err_clear(&e);
	bool ok = import_devices(c->args[0], &r, &e);
	if (ok && r.errors > 0) {
		code = import_refused(c, &r);
	} else {
		import_problems_print(c, r.problems, r.problem_count);
		ok = ok && add_wishes(&r, &items, &e);
		snprintf(label, sizeof label, "Import %zu devices", items.n);
		code = cli_run_items(c, s, &t, label, ok, &items, &e);
	}
	import_table_free(&r);
	store_close(s);
	return code;
}
