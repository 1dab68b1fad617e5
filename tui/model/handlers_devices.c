/* SPDX-License-Identifier: MIT
 *
 * handlers_devices.c - mobile devices: allowed, blocked, wiped, removed; and their policy.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

#define TYPED_MAX 25 /* what is typed has to fit the field, so a long name counts up to there */

static bool take_device_name(void *arg, const struct record *r) {
	const char *name = record_cell(r, &record_devices, "friendlyName")->text;
	text_sanitise(arg, TYPED_MAX, name, strlen(name));
	return false;
}

/* The name of the only device that is meant, which need not be the one under the cursor. "" = it has none. */
static void name_to_type(struct console *c, const struct record_choice *choice, char dst[TYPED_MAX]) {
	const int64_t *id = choice->ids ? choice->ids : &choice->one;
	struct record_query q = { .list = &record_devices, .ids = id, .id_count = 1 };
	struct err e;
	dst[0] = '\0';
	if (choice->count != 1 || !records_each(c->store, &q, take_device_name, dst, &e))
		return;
	for (size_t n = strlen(dst); n > 0 && dst[n - 1] == ' '; n--)
		dst[n - 1] = '\0'; /* a blank at the end is not seen */
}

static void wipe_picked(struct console *c, size_t index) {
	struct record_choice choice;
	bool full = index == 1;
	char text[TASK_LABEL_MAX + 500], typed[TYPED_MAX];
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
		    "device has to know how (EAS 16.1, or Outlook). Cancel wipe works until the device has done it.");
		return;
	}
	snprintf(text, sizeof text,
		 "%s?\n\nEVERYTHING on it is erased: private photos as well, and it is as it came from the factory. "
		 "This can't be undone; Cancel wipe works until the device has done it.",
		 p->label);
	name_to_type(c, &choice, typed);
	if (!*typed)
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
