/* SPDX-License-Identifier: MIT
 *
 * handlers_enrolments.c - batches of users for a device server: made, given the contract's data, removed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/enrol_job.h"
#include "tui/model/handlers.h"
#include "tui/view/dialogs.h"

static const char *const policies[] = { "not said", ENROLMENT_POLICY_OFF, ENROLMENT_POLICY_ON, NULL };

/* What a form says about a batch. */
struct values {
	char text[ENROLMENT_FIELD_COUNT][EDIT_MAX];
	bool set[ENROLMENT_FIELD_COUNT];
	struct secret key; /* absent: as it was */
};

static void values_free(void *data) {
	struct values *v = data;
	secret_clear(&v->key);
	free(v);
}

/* Checked as `device enrol contract` does. */
static bool take_value(struct values *v, enum enrolment_field field, const char *typed, struct err *e) {
	const struct enrolment_key *k = enrolment_keys;
	while (k->field != (int)field)
		k++;
	if (field < ENROLMENT_ROW_FIELD_COUNT && strlen(typed) >= ENROLMENT_TEXT_MAX)
		return err_set(e, ERR_INPUT, "%s: less than %d bytes", k->title, ENROLMENT_TEXT_MAX);
	text_copy(v->text[field], sizeof v->text[field], typed);
	v->set[field] = true;
	return enrolment_value(k, v->text[field], sizeof v->text[field], e);
}

static bool step_values(struct enrol_job *j, struct enrol *x, const struct enrol_choice *ch) {
	const struct values *v = j->data;
	size_t n;
	(void)ch;
	for (size_t f = 0; f < ENROLMENT_FIELD_COUNT; f++)
		if (v->set[f] && strcmp(v->text[f], x->b.text[f]) != 0 &&
		    !enrolment_set(x->s, &x->b, (enum enrolment_field)f, v->text[f], x->who, &j->e))
			return false;
	if (secret_present(&v->key) && !enrolment_set_key(x->s, &x->b, &v->key, x->who, &j->e))
		return false;
	if (!enrol_judge(x, &j->e))
		return false;
	if (j->before) {
		snprintf(j->result, sizeof j->result, "%s is made. Next: u adds users, e has the contract's data",
			 j->batch);
		return true;
	}
	n = (size_t)snprintf(j->result, sizeof j->result, "%s: ", j->batch);
	if (!enrol_missing(&x->b, "missing in the contract: ", j->result + n, sizeof j->result - n))
		snprintf(j->result + n, sizeof j->result - n, "nothing is missing in the contract");
	return true;
}

/* ---- a new one ---- */

enum { NEW_NAME, NEW_SERVER, NEW_COMPANY, NEW_POLICY, NEW_CONTACT, NEW_MAIL };
static const struct field new_fields[] = {
	[NEW_NAME] = { "Name", "Of the batch: First wave.", FIELD_TEXT, NULL },
	[NEW_SERVER] = { "Server", "The device server that its users are for.", FIELD_TEXT, NULL },
	[NEW_COMPANY] = { "Company", "As the service's contract names it.", FIELD_TEXT, NULL },
	[NEW_POLICY] = { "IT policy", "Of all its users. Left, Right.", FIELD_CHOICE, policies },
	[NEW_CONTACT] = { "Contact", "The business contact of the contract.", FIELD_TEXT, NULL },
	[NEW_MAIL] = { "Contact e-mail", "Where the service writes to.", FIELD_TEXT, NULL },
};

static bool make_batch(struct enrol_job *j) {
	const struct values *v = j->data;
	char who[200];
	int64_t id;
	command_who(who, sizeof who);
	return enrolment_add(j->store, j->tenant.id, j->batch, v->text[ENROLMENT_SERVER], v->text[ENROLMENT_COMPANY],
			     who, &id, &j->e);
}

static struct enrol_job *values_job(struct console *c, const char *batch, struct err *e) {
	struct enrol_job *j = enrol_job_batch(c, batch, step_values, e);
	if (!j)
		return NULL;
	j->data = calloc(1, sizeof(struct values));
	if (!j->data) {
		enrol_job_free(j);
		err_nomem(e);
		return NULL;
	}
	j->release = values_free;
	return j;
}

static bool new_accept(struct console *c, struct form *f, struct err *e) {
	const char *name = form_text(f, NEW_NAME);
	unsigned policy = form_choice(f, NEW_POLICY);
	struct enrolment there;
	struct err ignored;
	if (!*form_text(f, NEW_SERVER))
		return err_set(e, ERR_INPUT, "A batch is for one device server: name it");
	if (enrolment_find(c->store, c->tenant.is.id, name, &there, &ignored))
		return err_set(e, ERR_INPUT, "There is a batch of that name already");
	struct enrol_job *j = values_job(c, name, e);
	if (!j)
		return false;
	if (!take_value(j->data, ENROLMENT_SERVER, form_text(f, NEW_SERVER), e) ||
	    !take_value(j->data, ENROLMENT_COMPANY, form_text(f, NEW_COMPANY), e) ||
	    !take_value(j->data, ENROLMENT_POLICY, policy ? policies[policy] : "", e) ||
	    !take_value(j->data, ENROLMENT_CONTACT, form_text(f, NEW_CONTACT), e) ||
	    !take_value(j->data, ENROLMENT_CONTACT_MAIL, form_text(f, NEW_MAIL), e)) {
		enrol_job_free(j);
		return false;
	}
	j->before = make_batch;
	enrol_job_start(c, j, "Making the batch");
	return true;
}

void do_enrol_new(struct console *c, const char *arg) {
	static const struct form_spec spec = { .title = "New enrolment batch",
					       .intro = "Users who are to be enrolled with one hosted device server.",
					       .ok = "Make",
					       .fields = new_fields,
					       .count = sizeof new_fields / sizeof *new_fields,
					       .accept = new_accept };
	struct form *f = dialog_form(c, &spec, NULL);
	if (!f)
		return;
	form_set(f, NEW_NAME, arg);
	form_set(f, NEW_COMPANY, c->tenant.is.company);
}

/* ---- contract data: a field for each key of the table ---- */

#define HINT_MAX 160

struct contract_form {
	struct form_spec spec;
	struct field fields[FORM_FIELDS_MAX];
	char hints[FORM_FIELDS_MAX][HINT_MAX];
	struct enrolment was;
};

static void contract_field(struct contract_form *cf, size_t i) {
	const struct enrolment_key *k = &enrolment_keys[i];
	const char *more = k->field < 0 && cf->was.has_key ? "It is in the vault; empty: it stays."
			   : k->field < 0		   ? "A secret: it goes to the vault."
			   : k->field == ENROLMENT_CAL_IDS ? "Separated by blanks; they begin with BESCAL or BES35X."
			   : k->field == ENROLMENT_CONTACT_MAIL ? "Where the service writes to."
								: "";
	snprintf(cf->hints[i], HINT_MAX, "%s%s%s",
		 k->contract ? "Of the contract: without it there is no sheet." : "For rows that say nothing else.",
		 *more ? " " : "", more);
	cf->fields[i] = (struct field){ k->title, cf->hints[i],
					k->field < 0		       ? FIELD_SECRET
					: k->field == ENROLMENT_POLICY ? FIELD_CHOICE
								       : FIELD_TEXT,
					k->field == ENROLMENT_POLICY ? policies : NULL };
}

/* Only what was changed: each is a line of the audit list. */
static bool contract_value(struct enrol_job *j, const struct contract_form *cf, const struct form *f, size_t i,
			   struct err *e) {
	const struct enrolment_key *k = &enrolment_keys[i];
	struct values *v = j->data;
	char shown[EDIT_MAX];
	if (k->field < 0)
		return !secret_present(form_secret(f, i)) || secret_copy(&v->key, form_secret(f, i)) || err_nomem(e);
	const char *was = cf->was.text[k->field], *typed = form_text(f, i);
	if (k->field == ENROLMENT_POLICY)
		typed = form_choice(f, i) ? policies[form_choice(f, i)] : "";
	text_copy(shown, sizeof shown, was);
	if (strcmp(typed, shown) == 0)
		return true;
	if (strcmp(shown, was) != 0)
		return err_set(e, ERR_INPUT, "%s is too long for this form: use mailvan device enrol contract",
			       k->title);
	if (k->field == ENROLMENT_SERVER && !*typed)
		return err_set(e, ERR_INPUT, "A batch is for one device server: name it");
	return take_value(v, (enum enrolment_field)k->field, typed, e);
}

static bool contract_accept(struct console *c, struct form *f, struct err *e) {
	const struct contract_form *cf = form_data(f);
	struct enrol_job *j = values_job(c, cf->was.name, e);
	if (!j)
		return false;
	for (size_t i = 0; i < cf->spec.count; i++)
		if (!contract_value(j, cf, f, i, e)) {
			enrol_job_free(j);
			return false;
		}
	enrol_job_start(c, j, "Storing the contract's data");
	return true;
}

static void contract_open(struct console *c, const char *batch) {
	struct contract_form *cf = calloc(1, sizeof *cf);
	struct err e;
	size_t n = 0;
	if (!cf || !enrolment_find(c->store, c->tenant.is.id, batch, &cf->was, &e)) {
		if (!cf)
			err_nomem(&e);
		console_complain(c, &e);
		free(cf);
		return;
	}
	for (; enrolment_keys[n].key; n++)
		contract_field(cf, n);
	cf->spec = (struct form_spec){ .title = "Contract data",
				       .intro = cf->was.name,
				       .ok = "Store",
				       .fields = cf->fields,
				       .count = n,
				       .label_width = 26,
				       .accept = contract_accept,
				       .release = free };
	struct form *f = dialog_form(c, &cf->spec, cf);
	for (size_t i = 0; f && i < n; i++) {
		int field = enrolment_keys[i].field;
		if (field == ENROLMENT_POLICY)
			form_choose(f, i,
				    !*cf->was.text[field]				  ? 0
				    : text_ieq(cf->was.text[field], ENROLMENT_POLICY_OFF) ? 1
											  : 2);
		else if (field >= 0)
			form_set(f, i, cf->was.text[field]);
	}
}

void do_enrol_contract(struct console *c, const char *arg) {
	enrol_with_batch(c, arg, "Contract data of", contract_open);
}

/* ---- removal ---- */

static bool step_remove(struct enrol_job *j, struct enrol *x, const struct enrol_choice *ch) {
	(void)ch;
	snprintf(j->result, sizeof j->result, "The batch %s is removed", j->batch);
	return enrolment_remove(x->s, &x->b, x->who, &j->e);
}

static void remove_accepted(struct console *c, void *data) {
	enrol_job_run(c, data, step_remove, "Removing the batch");
	free(data);
}

static void remove_batch(struct console *c, const char *batch) {
	struct enrolment b;
	struct err e;
	char text[ENROL_NAME_MAX + 300], *name = NULL;
	uint64_t rows = 0;
	bool ok = enrolment_find(c->store, c->tenant.is.id, batch, &b, &e) &&
		  ((name = strdup(b.name)) != NULL || err_nomem(&e));
	if (!ok) {
		console_complain(c, &e);
		return;
	}
	for (unsigned i = 0; i < ENROLMENT_STATE_COUNT; i++)
		rows += b.rows[i];
	snprintf(text, sizeof text,
		 "Remove the batch %s?\n\nIts %llu users, their activation passwords and the contract's data go with "
		 "it. The audit list keeps what was done. Nothing changes at the tenant or the service.",
		 b.name, (unsigned long long)rows);
	dialog_ask(c, &(struct question){ .title = "Remove the batch",
					  .text = text,
					  .yes = "Remove",
					  .no = "Cancel",
					  .accept = remove_accepted,
					  .release = free,
					  .data = name });
}

void do_enrol_remove(struct console *c, const char *arg) {
	enrol_with_batch(c, arg, "Remove", remove_batch);
}
