/* SPDX-License-Identifier: MIT
 *
 * device_enrol.h - internal to device_enrol*.c: a verb of `device enrol` at work.
 */
#ifndef MAILVAN_CLI_DEVICE_ENROL_H
#define MAILVAN_CLI_DEVICE_ENROL_H

#include "tui/cli/cli.h"
#include "tui/cli/enrol_steps.h"

typedef bool enrol_body(struct enrol *x, int *code, struct err *e);

/* Opens the project, finds the tenant and the batch that the first operand names; body sees the operands behind it. Its
 * false is printed and becomes the exit code; else *code is. */
int enrol_run(struct cli *c, enrol_body *body);

/* Rows by name (address or sign-in name), or with --all each that fits. */
enum enrol_fit { FIT_TAKE, FIT_SKIP, FIT_REFUSE };
/* REFUSE has filled e. */
typedef enum enrol_fit enrol_fit_fn(const struct enrol *x, const struct enrolment_row *r, struct err *e);
/* INPUT when a name is not in the batch, or neither names nor --all are given. Free always. */
bool enrol_choose(struct enrol *x, enrol_fit_fn *fit, struct enrol_choice *out, struct err *e);

/* Judges again what was judged before, and says what was done and how the batch stands. */
bool enrol_done(struct enrol *x, const char *what, size_t n, int *code, struct err *e);
json_t *enrol_states_json(const struct enrolment *b);

/* Verbs with files of their own. */
int enrol_add_users(struct cli *c);
int enrol_import(struct cli *c);
int enrol_check(struct cli *c);
int enrol_sheet(struct cli *c);
int enrol_confirm(struct cli *c);
int enrol_mark(struct cli *c);
int enrol_passwords(struct cli *c);

#endif
