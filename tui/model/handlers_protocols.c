/* SPDX-License-Identifier: MIT
 *
 * handlers_protocols.c - which protocols open a mailbox, as a form. Of one mailbox the service is asked how they are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cli/json_out.h"
#include "tui/model/handlers.h"
#include "tui/model/service_ask.h"
#include "tui/model/task_plan.h"
#include "tui/view/dialogs.h"

enum switched { SWITCH_UNKNOWN, SWITCH_OFF, SWITCH_ON };
static const char *const states_known[] = { "off", "on", NULL };
static const char *const states_unknown[] = { "as it is", "off", "on", NULL };

/* A field per switch, made from its table. */
struct protocols_form {
	struct form_spec spec;
	struct field fields[FORM_FIELDS_MAX];
	enum switched was[FORM_FIELDS_MAX];
	struct task_plan *plan;
};

static void protocols_free(void *data) {
	struct protocols_form *pf = data;
	task_plan_free(pf->plan);
	free(pf);
}

/* The mailbox of a device, or the user. */
static const char *mailbox_of(const struct task_plan *p, const struct record *r) {
	return p->list == &record_devices ? task_plan_cell(p, r, "mailbox") : r->label;
}

static bool protocols_each(struct task_plan *p, const struct record *r, struct err *e) {
	return task_plan_add(p, CHANGE_PROTOCOLS_SET, mailbox_of(p, r), p->args, NULL, e);
}

static enum switched switched_to(const struct protocols_form *pf, const struct form *f, size_t i) {
	return (enum switched)(form_choice(f, i) + (pf->was[i] != SWITCH_UNKNOWN));
}

static bool protocols_accept(struct console *c, struct form *f, struct err *e) {
	struct protocols_form *pf = form_data(f);
	struct json_out o = JSON_OUT_INIT;
	bool any = false;
	json_out_open(&o, NULL, '{');
	json_out_open(&o, "settings", '{');
	for (size_t i = 0; i < pf->spec.count; i++) {
		enum switched now = switched_to(pf, f, i);
		if (now == pf->was[i])
			continue;
		json_out_bool(&o, protocol_switches[i].member, (now == SWITCH_ON) != protocol_switches[i].inverted);
		any = true;
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

/* answer: {"imap": true, ...}, NULL when nothing is known. */
static void protocols_form_open(struct console *c, const json_t *answer, void *data) {
	struct protocols_form *pf = data;
	size_t n = 0;
	for (; protocol_switches[n].name && n < FORM_FIELDS_MAX; n++) {
		const json_t *on = json_object_get(answer, protocol_switches[n].name);
		pf->was[n] = !on ? SWITCH_UNKNOWN : json_is_true(on) ? SWITCH_ON : SWITCH_OFF;
		pf->fields[n] = (struct field){ protocol_switches[n].title, "What may open the mailbox. Left, Right.",
						FIELD_CHOICE, on ? states_known : states_unknown };
	}
	pf->spec = (struct form_spec){ .title = "Protocols of the mailbox",
				       .intro = pf->plan->label,
				       .ok = "Set",
				       .fields = pf->fields,
				       .count = n,
				       .label_width = 34,
				       .accept = protocols_accept,
				       .release = protocols_free };
	struct form *f = dialog_form(c, &pf->spec, pf);
	for (size_t i = 0; f && i < n; i++)
		form_choose(f, i, pf->was[i] == SWITCH_ON);
}

struct one_mailbox {
	const struct task_plan *plan;
	char name[RECORD_LABEL_MAX];
};

static bool take_mailbox(void *arg, const struct record *r) {
	struct one_mailbox *one = arg;
	text_copy(one->name, sizeof one->name, mailbox_of(one->plan, r));
	return false;
}

void do_protocols(struct console *c, const char *arg) {
	struct protocols_form *pf = calloc(1, sizeof *pf);
	struct task_plan *p = task_plan_chosen(c, "Set protocols of", protocols_each);
	struct one_mailbox one = { .plan = p };
	struct err e;
	(void)arg;
	if (!pf || !p) {
		free(pf);
		task_plan_free(p);
		return;
	}
	pf->plan = p;
	if (p->id_count != 1) {
		protocols_form_open(c, NULL, pf);
		return;
	}
	struct record_query q = { .list = p->list, .ids = p->ids, .id_count = 1 };
	if (!records_each(c->store, &q, take_mailbox, &one, &e)) {
		console_complain(c, &e);
		protocols_free(pf);
		return;
	}
	service_ask(c, &(struct service_question){ .label = "Asking which protocols are on",
						   .question = "protocols",
						   .target = one.name,
						   .answered = protocols_form_open,
						   .release = protocols_free,
						   .data = pf });
}
