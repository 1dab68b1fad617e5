/* SPDX-License-Identifier: MIT
 *
 * device_enrol_rows.c - which rows of a batch are meant, and what is said of them: confirm, mark, passwords.
 */
#include <stdlib.h>
#include <string.h>

#include "tui/cli/device_enrol.h"

/* ---- which rows ---- */

struct choosing {
	struct enrol *x;
	enrol_fit_fn *fit;
	struct enrol_choice *out;
	bool *found; /* of the operands */
	bool failed;
	struct err *e;
};

static bool named(struct choosing *ch, const struct enrolment_row *r) {
	bool any = false;
	for (unsigned i = 0; i < ch->x->c->arg_count; i++) {
		const char *name = ch->x->c->args[i];
		if (!text_ieq(name, r->mail) && !text_ieq(name, r->upn))
			continue;
		any = ch->found[i] = true;
	}
	return any || ch->x->c->arg_count == 0;
}

static bool on_row(void *arg, const struct enrolment_row *r) {
	struct choosing *ch = arg;
	if (!named(ch, r))
		return true;
	enum enrol_fit fits = ch->fit ? ch->fit(ch->x, r, ch->e) : FIT_TAKE;
	ch->failed = fits == FIT_REFUSE || (fits == FIT_TAKE && !enrol_choice_add(ch->out, r, ch->e));
	return !ch->failed;
}

bool enrol_choose(struct enrol *x, enrol_fit_fn *fit, struct enrol_choice *out, struct err *e) {
	struct cli *c = x->c;
	char clean[200];
	*out = (struct enrol_choice){ 0 };
	if ((c->arg_count == 0) != cli_flag(c, "all"))
		return err_set(e, ERR_INPUT, "Name users of the batch, or say --all");
	struct choosing ch = { .x = x, .fit = fit, .out = out, .e = e };
	ch.found = calloc(c->arg_count + 1, sizeof *ch.found);
	bool ok = ch.found ? enrolment_rows(x->s, &x->b, on_row, &ch, e) && !ch.failed : err_nomem(e);
	for (unsigned i = 0; ok && i < c->arg_count; i++) {
		text_sanitise(clean, sizeof clean, c->args[i], strlen(c->args[i]));
		if (!ch.found[i])
			ok = err_set(e, ERR_INPUT, "%s is not in the batch %s", clean, x->b.name);
	}
	free(ch.found);
	enrol_choice_end(out);
	return ok;
}

/* ---- confirm, mark, passwords ---- */

static bool confirm(struct enrol *x, int *code, struct err *e) {
	const char *plan = cli_value(x->c, "data-plan");
	bool gone = cli_flag(x->c, "removed");
	struct enrol_choice ch;
	if (plan && !text_ieq(plan, "enterprise"))
		return err_set(e, ERR_INPUT, "Only an enterprise data plan does: --data-plan enterprise");
	if (!plan && !gone)
		return err_set(e, ERR_INPUT, "Say what is confirmed: --data-plan enterprise, --removed, or both");
	bool ok = enrol_choose(x, NULL, &ch, e) && enrol_confirm_rows(x, &ch, plan != NULL, gone, e) &&
		  enrol_done(x, "confirmed", ch.n, code, e);
	enrol_choice_free(&ch);
	return ok;
}

int enrol_confirm(struct cli *c) {
	return enrol_run(c, confirm);
}

static enum enrolment_state wanted_state(const struct enrol *x) {
	const char *typed = cli_value(x->c, "state");
	return typed ? enrolment_state_parse(typed) : ENROLMENT_STATE_COUNT;
}

static enum enrol_fit fit_mark(const struct enrol *x, const struct enrolment_row *r, struct err *e) {
	enum enrolment_state to = wanted_state(x);
	char clean[330];
	if (enrolment_may_mark(r->state, to))
		return FIT_TAKE;
	if (cli_flag(x->c, "all"))
		return FIT_SKIP;
	text_sanitise(clean, sizeof clean, r->mail, strlen(r->mail));
	err_set(e, ERR_INPUT, "%s is %s and cannot be marked %s", clean, enrolment_state_name(r->state),
		enrolment_state_name(to));
	return FIT_REFUSE;
}

static bool mark(struct enrol *x, int *code, struct err *e) {
	enum enrolment_state to = wanted_state(x);
	struct enrol_choice ch;
	if (!enrol_markable(to))
		return err_set(e, ERR_INPUT, "--state is sent, active, failed, or new to begin again");
	bool ok = enrol_choose(x, fit_mark, &ch, e) && enrol_mark_rows(x, &ch, to, e) &&
		  enrol_done(x, "marked", ch.n, code, e);
	enrol_choice_free(&ch);
	return ok;
}

int enrol_mark(struct cli *c) {
	return enrol_run(c, mark);
}

static enum enrol_fit fit_password(const struct enrol *x, const struct enrolment_row *r, struct err *e) {
	(void)x;
	(void)e;
	return enrol_wants_password(r) ? FIT_TAKE : FIT_SKIP;
}

static bool passwords(struct enrol *x, int *code, struct err *e) {
	struct enrol_choice ch;
	bool ok = enrol_choose(x, fit_password, &ch, e) && enrolment_passwords(x->s, &x->b, ch.ids, ch.n, x->who, e) &&
		  enrol_done(x, "activation passwords made", ch.n, code, e);
	enrol_choice_free(&ch);
	return ok;
}

int enrol_passwords(struct cli *c) {
	return enrol_run(c, passwords);
}
