/* SPDX-License-Identifier: MIT
 *
 * handlers_devices.c - mobile devices: allowed, blocked, wiped, removed; their policy, and the protocols of a mailbox.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cli/json_out.h"
#include "tui/model/handlers.h"
#include "tui/model/task_plan.h"
#include "tui/view/dialogs.h"

static bool access_each(struct task_plan *p, const struct record *r, struct err *e) {
	struct args a;
	args_begin(&a);
	args_text(&a, "mailbox", task_plan_cell(p, r, "mailbox"));
	args_text(&a, "deviceId", task_plan_cell(p, r, "deviceId"));
	const char *text = args_end(&a);
	bool ok = text ? task_plan_add(p, p->verb, r->label, text, NULL, e) : err_nomem(e);
	args_free(&a);
	return ok;
}

static struct task_plan *access_plan(struct console *c, const char *what, enum change_verb verb) {
	struct task_plan *p = task_plan_chosen_verb(c, what, verb);
	if (p)
		p->each = access_each;
	return p;
}

void do_allow(struct console *c, const char *arg) {
	(void)arg;
	task_plan_start_or_ask(c, access_plan(c, "Allow", CHANGE_DEVICE_ALLOW), "Allow");
}

/* Asks for one as well: each of these ends what a user is doing. */
static void ask(struct console *c, struct task_plan *p, const char *title, const char *more) {
	char text[TASK_LABEL_MAX + 400];
	if (!p)
		return;
	snprintf(text, sizeof text, "%s?\n\n%s", p->label, more);
	task_plan_ask(c, p, title, text, title, NULL);
}

void do_block(struct console *c, const char *arg) {
	(void)arg;
	ask(c, access_plan(c, "Block", CHANGE_DEVICE_BLOCK), "Block",
	    "It does not synchronise any more, for this user alone. Allow takes it back.");
}

void do_cancel_wipe(struct console *c, const char *arg) {
	(void)arg;
	task_plan_start_or_ask(c, task_plan_chosen_verb(c, "Cancel wipe of", CHANGE_DEVICE_CANCEL_WIPE), "Cancel wipe");
}

void do_device_remove(struct console *c, const char *arg) {
	(void)arg;
	ask(c, task_plan_chosen_verb(c, "Remove", CHANGE_DEVICE_REMOVE), "Remove",
	    "The partnership is forgotten; the device makes a new one when it synchronises again. A wipe that it has "
	    "not yet acknowledged is then never carried out. This can't be undone.");
}

static void wipe_picked(struct console *c, size_t index) {
	const struct record_line *line = list_current_line(&c->list);
	struct record_choice choice;
	bool full = index == 1;
	char text[TASK_LABEL_MAX + 500], typed[32];
	console_record_choice(c, &choice);
	struct task_plan *p = choice.count ? task_plan_chosen_verb(c, full ? "Wipe all of" : "Wipe the account on",
								   CHANGE_DEVICE_WIPE)
					   : NULL;
	if (!p)
		return;
	snprintf(p->args, sizeof p->args, "{\"mode\":\"%s\"}", full ? "full" : "account");
	if (!full) {
		ask(c, p, "Wipe the account",
		    "Mail, contacts and calendar of this account go from the device; what else is on it stays. The "
		    "device "
		    "has to know how (EAS 16.1, or Outlook). Cancel wipe works until the device has done it.");
		return;
	}
	snprintf(text, sizeof text,
		 "%s?\n\nEVERYTHING on it is erased: private photos as well, and it is as it came from the factory. "
		 "This can't be undone; Cancel wipe works until the device has done it.",
		 p->label);
	/* what is typed has to fit the field, so a long name counts up to there */
	if (choice.count == 1 && line && *line->cells[1])
		snprintf(typed, sizeof typed, "%.24s", line->cells[1]);
	else
		snprintf(typed, sizeof typed, "wipe %zu", choice.count);
	task_plan_ask(c, p, "Full wipe", text, "Erase", typed);
}

void do_wipe(struct console *c, const char *arg) {
	static const char *const modes[] = { "Account only: company mail goes, the rest stays",
					     "Full wipe: everything on the device is erased" };
	if (*arg)
		wipe_picked(c, text_ieq(arg, "full"));
	else
		dialog_pick(c, &(struct pick){ .title = "Wipe", .items = modes, .count = 2, .accept = wipe_picked });
}

#define POLICIES_MAX 60

struct policies {
	char names[POLICIES_MAX][120];
	size_t count;
};

static bool take_policy(void *arg, const struct record *r) {
	struct policies *p = arg;
	text_copy(p->names[p->count++], sizeof p->names[0], r->label);
	return p->count < POLICIES_MAX;
}

static bool read_policies(struct console *c, struct policies *p) {
	struct record_query q = { .list = &record_policies, .tenant = c->tenant.is.id };
	struct err e;
	p->count = 0;
	bool ok = records_each(c->store, &q, take_policy, p, &e);
	if (ok && p->count == 0)
		ok = err_set(&e, ERR_INPUT, "No policy is known: press F5 in Policies to read them");
	if (!ok)
		console_complain(c, &e);
	return ok;
}

static bool assign_each(struct task_plan *p, const struct record *r, struct err *e) {
	return task_plan_add(p, CHANGE_POLICY_ASSIGN, task_plan_cell(p, r, "mailbox"), p->args, NULL, e);
}

static void assign_named(struct console *c, const char *policy) {
	char what[200];
	struct args a;
	struct err e;
	snprintf(what, sizeof what, "Assign policy %.80s to", policy);
	struct task_plan *p = task_plan_chosen(c, what, assign_each);
	if (!p)
		return;
	args_begin(&a);
	args_text(&a, "policy", policy);
	const char *text = args_end(&a);
	bool ok = text && text_copy(p->args, sizeof p->args, text);
	args_free(&a);
	if (ok) {
		task_plan_start_or_ask(c, p, "Assign");
		return;
	}
	task_plan_free(p);
	err_set(&e, ERR_INPUT, "The name of the policy is too long");
	console_complain(c, &e);
}

static void policy_picked(struct console *c, size_t index) {
	struct policies p;
	if (read_policies(c, &p) && index < p.count)
		assign_named(c, p.names[index]);
}

void do_assign_policy(struct console *c, const char *arg) {
	struct policies p;
	const char *items[POLICIES_MAX];
	if (*arg) {
		assign_named(c, arg);
		return;
	}
	if (!read_policies(c, &p))
		return;
	for (size_t i = 0; i < p.count; i++)
		items[i] = p.names[i];
	dialog_pick(c, &(struct pick){ .title = "Policy", .items = items, .count = p.count, .accept = policy_picked });
}

/* ---- protocols: a field per switch, made from its table ---- */
#define SWITCHES_MAX FORM_FIELDS_MAX

struct protocols_form {
	struct form_spec spec;
	struct field fields[SWITCHES_MAX];
	struct task_plan *plan;
};

static void protocols_free(void *data) {
	struct protocols_form *pf = data;
	task_plan_free(pf->plan);
	free(pf);
}

/* The mailbox of a device, or the user. */
static bool protocols_each(struct task_plan *p, const struct record *r, struct err *e) {
	return task_plan_add(p, CHANGE_PROTOCOLS_SET,
			     p->list == &record_devices ? task_plan_cell(p, r, "mailbox") : r->label, p->args, NULL, e);
}

static bool protocols_accept(struct console *c, struct form *f, struct err *e) {
	struct protocols_form *pf = form_data(f);
	struct json_out o = JSON_OUT_INIT;
	bool any = false;
	json_out_open(&o, NULL, '{');
	json_out_open(&o, "settings", '{');
	for (size_t i = 0; i < pf->spec.count; i++) {
		unsigned choice = form_choice(f, i);
		if (choice)
			json_out_bool(&o, protocol_switches[i].member, (choice == 1) != protocol_switches[i].inverted);
		any = any || choice;
	}
	json_out_close(&o, '}');
	json_out_close(&o, '}');
	bool ok = !o.text.failed && text_copy(pf->plan->args, sizeof pf->plan->args, o.text.data);
	json_out_free(&o);
	if (!any)
		return err_set(e, ERR_INPUT, "Switch at least one of them on or off");
	if (!ok)
		return err_nomem(e);
	task_plan_start(c, pf->plan);
	pf->plan = NULL;
	return true;
}

void do_protocols(struct console *c, const char *arg) {
	static const char *const states[] = { "as it is", "on", "off", NULL };
	struct protocols_form *pf = calloc(1, sizeof *pf);
	struct task_plan *p = task_plan_chosen(c, "Set protocols of", protocols_each);
	(void)arg;
	if (!pf || !p) {
		free(pf);
		task_plan_free(p);
		return;
	}
	size_t n = 0;
	for (; protocol_switches[n].name && n < SWITCHES_MAX; n++)
		pf->fields[n] = (struct field){ protocol_switches[n].title, "What may open the mailbox. Left, Right.",
						FIELD_CHOICE, states };
	pf->plan = p;
	pf->spec = (struct form_spec){ .title = "Protocols of the mailbox",
				       .intro = p->label,
				       .ok = "Set",
				       .fields = pf->fields,
				       .count = n,
				       .accept = protocols_accept,
				       .release = protocols_free };
	dialog_form(c, &pf->spec, pf);
}
