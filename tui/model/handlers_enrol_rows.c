/* SPDX-License-Identifier: MIT
 *
 * handlers_enrol_rows.c - the users of an enrolment batch: put in, vouched for, given passwords, marked, taken out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/wiped.h"
#include "tui/model/enrol_job.h"
#include "tui/model/handlers.h"
#include "tui/view/dialogs.h"

/* ---- users put in ---- */

struct people {
	char typed[EDIT_MAX]; /* separated by blanks and commas */
	int64_t *users;	      /* else rows of the list of users; NULL and "": everybody licensed */
	size_t user_count;

	struct arena arena;
	const char **names;
	size_t n;
	size_t unlisted;
	bool no_memory;
};

static void people_free(void *data) {
	struct people *p = data;
	free(p->users);
	free(p->names);
	arena_free(&p->arena);
	free(p);
}

static void add_name(struct people *p, const char *name, size_t len) {
	const char *copy = arena_put(&p->arena, name, len);
	p->no_memory |= !copy;
	if (copy)
		p->names[p->n++] = copy;
}

static bool on_user(void *arg, const struct record *r) {
	struct people *p = arg;
	add_name(p, r->label, strlen(r->label));
	return !p->no_memory;
}

static bool find_names(struct enrol_job *j, struct people *p) {
	struct record_query q = { .list = &record_users, .ids = p->users, .id_count = p->user_count };
	p->names = calloc(p->users ? p->user_count : sizeof p->typed / 2 + 1, sizeof *p->names);
	if (!p->names)
		return err_nomem(&j->e);
	if (p->users && !records_each(j->store, &q, on_user, p, &j->e))
		return false;
	for (const char *at = p->typed; *at;) {
		size_t len = strcspn(at, " ,;");
		if (len)
			add_name(p, at, len);
		at += len + (at[len] != '\0');
	}
	return p->no_memory	       ? err_nomem(&j->e)
	       : p->users && p->n == 0 ? err_set(&j->e, ERR_INPUT, "The users who were chosen are gone")
				       : true;
}

static void count_unlisted(void *arg, const char *name) {
	struct people *p = arg;
	(void)name;
	p->unlisted++;
}

static bool step_add(struct enrol_job *j, struct enrol *x, const struct enrol_choice *ch) {
	struct people *p = j->data;
	size_t added;
	char more[80] = "";
	(void)ch;
	if (!find_names(j, p) || !enrol_put(x, p->names, p->n, count_unlisted, p, &added, &j->e) ||
	    !enrol_judge(x, &j->e))
		return false;
	if (p->unlisted)
		snprintf(more, sizeof more, "; %zu of them %s not in the list of users", p->unlisted,
			 p->unlisted == 1 ? "is" : "are");
	snprintf(j->result, sizeof j->result, "%zu user%s put into %s%s%s", added, added == 1 ? "" : "s", j->batch,
		 more, p->users ? "" : ". v checks the batch");
	return true;
}

static struct enrol_job *add_job(struct console *c, const char *batch, struct err *e) {
	struct enrol_job *j = enrol_job_batch(c, batch, step_add, e);
	if (j && !(j->data = calloc(1, sizeof(struct people)))) {
		enrol_job_free(j);
		err_nomem(e);
		return NULL;
	}
	if (j)
		j->release = people_free;
	return j;
}

enum { ADD_WHO, ADD_USERS };
static const char *const whom[] = { "those named below", "everybody licensed who may sign in", NULL };
static const struct field add_fields[] = {
	[ADD_WHO] = { "Users", "Everybody: who is licensed, has a mailbox and may sign in. Left, Right.", FIELD_CHOICE,
		      whom },
	[ADD_USERS] = { "Names", "Sign-in names or addresses, separated by blanks.", FIELD_TEXT, NULL },
};

struct add_form {
	struct form_spec spec;
	char batch[ENROL_NAME_MAX], intro[ENROL_NAME_MAX + 120];
};

static bool add_accept(struct console *c, struct form *f, struct err *e) {
	const struct add_form *af = form_data(f);
	const char *typed = form_text(f, ADD_USERS);
	bool all = form_choice(f, ADD_WHO) == 1;
	bool empty = typed[strspn(typed, " ,;")] == '\0';
	if (!all && empty)
		return err_set(e, ERR_INPUT, "Name users, or choose everybody licensed");
	if (all && !empty)
		return err_set(e, ERR_INPUT, "Everybody, or those named? Empty the names for everybody");
	struct enrol_job *j = add_job(c, af->batch, e);
	if (!j)
		return false;
	struct people *p = j->data;
	text_copy(p->typed, sizeof p->typed, typed);
	if (all)
		p->typed[0] = '\0';
	enrol_job_start(c, j, "Putting users into the batch");
	return true;
}

static void add_open(struct console *c, const char *batch) {
	struct add_form *af = calloc(1, sizeof *af);
	struct err e;
	if (!af) {
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	text_copy(af->batch, sizeof af->batch, batch);
	snprintf(af->intro, sizeof af->intro,
		 "To %s. \"Enrol\" in the list of users puts those in who are marked there.", af->batch);
	af->spec = (struct form_spec){ .title = "Users for the batch",
				       .intro = af->intro,
				       .ok = "Put in",
				       .fields = add_fields,
				       .count = sizeof add_fields / sizeof *add_fields,
				       .accept = add_accept,
				       .release = free };
	dialog_form(c, &af->spec, af);
}

void do_enrol_add(struct console *c, const char *arg) {
	enrol_with_batch(c, arg, "Put users into", add_open);
}

/* From the list of users. */
static void enrol_chosen(struct console *c, const char *batch) {
	struct record_choice choice;
	struct err e;
	console_record_choice(c, &choice);
	struct enrol_job *j = NULL;
	if (choice.count == 0)
		err_set(&e, ERR_INPUT, "The user who was chosen is gone");
	else
		j = add_job(c, batch, &e);
	struct people *p = j ? j->data : NULL;
	if (j && !(p->users = calloc(choice.count, sizeof *p->users))) {
		enrol_job_free(j);
		j = NULL;
		err_nomem(&e);
	}
	if (!j) {
		console_complain(c, &e);
		return;
	}
	memcpy(p->users, choice.ids ? choice.ids : &choice.one, choice.count * sizeof *p->users);
	p->user_count = choice.count;
	enrol_job_start(c, j, "Putting users into the batch");
}

void do_user_enrol(struct console *c, const char *arg) {
	enrol_with_batch(c, arg, "Put them into", enrol_chosen);
}

/* ---- what is said of rows ---- */

static bool step_confirm(struct enrol_job *j, struct enrol *x, const struct enrol_choice *ch) {
	text_copy(j->result, sizeof j->result, "confirmed");
	return enrol_confirm_rows(x, ch, j->plan, j->removed, &j->e) && enrol_judge(x, &j->e);
}

static void confirm_picked(struct console *c, size_t index) {
	struct enrol_job *j = enrol_job_rows(c, step_confirm);
	if (!j)
		return;
	j->plan = index != 1;
	j->removed = index != 0;
	enrol_job_start(c, j, "Confirming");
}

void do_enrol_confirm(struct console *c, const char *arg) {
	static const char *const items[] = { "Enterprise data plan, not a personal one",
					     "Removed from any other device server", "Both" };
	struct record_choice choice;
	char title[sizeof choice.name + 20];
	(void)arg;
	console_record_choice(c, &choice);
	snprintf(title, sizeof title, "I confirm for %s", choice.name);
	dialog_pick(c, &(struct pick){ .title = title, .items = items, .count = 3, .accept = confirm_picked });
}

static bool fits_password(const struct enrol_job *j, const struct enrolment_row *r) {
	(void)j;
	return enrol_wants_password(r);
}

static bool step_passwords(struct enrol_job *j, struct enrol *x, const struct enrol_choice *ch) {
	snprintf(j->result, sizeof j->result, "passwords made, valid for %d days; only the sheet shows them",
		 ENROLMENT_PASSWORD_DAYS);
	return enrolment_passwords(x->s, &x->b, ch->ids, ch->n, x->who, &j->e) && enrol_judge(x, &j->e);
}

void do_enrol_passwords(struct console *c, const char *arg) {
	struct enrol_job *j = enrol_job_rows(c, step_passwords);
	(void)arg;
	if (!j)
		return;
	j->fits = fits_password;
	j->unfit = "Nobody needs a password: there is one that is valid, or the user was sent already";
	enrol_job_start(c, j, "Making passwords");
}

/* In the order in which they are offered. */
static const enum enrolment_state marks[] = { ENROLMENT_SENT, ENROLMENT_ACTIVE, ENROLMENT_FAILED, ENROLMENT_NEW };
#define MARKS (sizeof marks / sizeof *marks)

static bool fits_mark(const struct enrol_job *j, const struct enrolment_row *r) {
	return enrolment_may_mark(r->state, j->to);
}

static bool step_mark(struct enrol_job *j, struct enrol *x, const struct enrol_choice *ch) {
	snprintf(j->result, sizeof j->result, "marked %s", enrolment_state_name(j->to));
	return enrol_mark_rows(x, ch, j->to, &j->e) && enrol_judge(x, &j->e);
}

static void mark_picked(struct console *c, size_t index) {
	static const char *const unfit[MARKS] = {
		"Only who is Ready, or has Failed, can be marked Sent: v checks, s writes the sheet",
		"Only who was Sent, or has Failed, can be marked Active", "Only who was Sent, or is Active, can fail",
		"Who is Active can't begin again: mark as Failed first"
	};
	struct enrol_job *j = enrol_job_rows(c, step_mark);
	if (!j)
		return;
	j->to = marks[index];
	j->fits = fits_mark;
	j->unfit = unfit[index];
	enrol_job_start(c, j, "Marking");
}

void do_enrol_mark(struct console *c, const char *arg) {
	static const char *const items[MARKS] = { "Sent: the sheet is with the service", "Active: the device works",
						  "Failed", "New: to begin again" };
	struct err e;
	if (!*arg) {
		dialog_pick(c, &(struct pick){ .title = "What the service says",
					       .items = items,
					       .count = MARKS,
					       .accept = mark_picked });
		return;
	}
	for (size_t i = 0; i < MARKS; i++)
		if (text_ieq(arg, enrolment_state_name(marks[i]))) {
			mark_picked(c, i);
			return;
		}
	err_set(&e, ERR_INPUT, "There is sent, active, failed, and new to begin again");
	console_complain(c, &e);
}

/* ---- taken out ---- */

static bool step_take_out(struct enrol_job *j, struct enrol *x, const struct enrol_choice *ch) {
	text_copy(j->result, sizeof j->result, "taken out");
	return enrolment_rows_remove(x->s, &x->b, ch->ids, ch->n, x->who, ch->names, &j->e) && enrol_judge(x, &j->e);
}

static void take_out_accepted(struct console *c, void *data) {
	enrol_job_start(c, data, "Taking users out");
}

void do_enrol_take_out(struct console *c, const char *arg) {
	struct record_choice choice;
	char text[sizeof choice.name + 200];
	struct enrol_job *j = enrol_job_rows(c, step_take_out);
	(void)arg;
	if (!j)
		return;
	console_record_choice(c, &choice);
	snprintf(text, sizeof text,
		 "Take %s out?\n\nThe activation password goes too. A service that has the sheet already does not hear "
		 "of it.",
		 choice.name);
	dialog_ask(c, &(struct question){ .title = "Take out of the batch",
					  .text = text,
					  .yes = "Take out",
					  .no = "Cancel",
					  .accept = take_out_accepted,
					  .release = enrol_job_free,
					  .data = j });
}
