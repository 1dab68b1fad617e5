/* SPDX-License-Identifier: MIT
 *
 * enrolment.h - what has to be right before users are enrolled with a hosted device server, and what such a service
 * asks for. Rows and batches are in core/store/enrolments.h.
 *
 * It is the general form of the on-boarding of Microsoft's Hosted BlackBerry Service (Migration Guide, July 2010,
 * earlier the Customer On-boarding Guide). A server, a contract and a work sheet: nothing is sent from here.
 */
#ifndef MAILVAN_ADMIN_ENROLMENT_H
#define MAILVAN_ADMIN_ENROLMENT_H

#include "core/admin/directory.h"
#include "core/store/enrolments.h"

/* ---- the contract's data ---- */

/* What `contract KEY=VALUE` takes. */
struct enrolment_key {
	const char *key, *title;
	int field;     /* enum enrolment_field; -1: the authentication key, which is a secret */
	bool contract; /* the service's contract names it: without it no sheet */
};
extern const struct enrolment_key enrolment_keys[]; /* ends with key NULL */
bool enrolment_key_filled(const struct enrolment_key *k, const struct enrolment *b);
/* Checks and normalises a value in place: addresses, policies by name, lists of licence ids. INPUT. */
bool enrolment_value(const struct enrolment_key *k, char *value, size_t size, struct err *e);

/* Licence ids of device servers begin so. NULL: the prefix is not known. */
const char *enrolment_license_kind(const char *id);

/* ---- IT policies ---- */

struct enrolment_policy_rule {
	const char *rule, *off, *on; /* the values under the two policies */
	const char *source;
};
extern const struct enrolment_policy_rule enrolment_policy_rules[]; /* ends with rule NULL */

/* ---- checks ---- */

struct enrolment_facts {
	const struct enrolment *batch;
	const char *company; /* the tenant's; "" = not known */
	bool users_read;     /* the list of users was read at least once */
	wall_ms_t now;
};
struct enrolment_finding {
	const char *name; /* "mailbox" */
	bool note;	  /* true: say it, but it stops nothing */
	char text[400];
};
#define ENROLMENT_FINDINGS_MAX 20
/* Of one row; in the order of the checks. Pure. */
size_t enrolment_check_row(const struct enrolment_facts *f, const struct enrolment_row *r,
			   struct enrolment_finding out[ENROLMENT_FINDINGS_MAX]);

/* Judges the rows of a batch that are not sent yet and stores state, problem and note. all: also those that are New;
 * without it only what was judged before is judged again, because something changed. */
bool enrolment_check(struct store *s, const struct tenant *t, const struct enrolment *b, bool all, struct err *e);
/* Asks the tenant for the mailbox of each row that is not sent yet. What it says of one mailbox is kept with the row
 * (the next check sees it); false when it cannot be asked. */
bool enrolment_reach(const struct directory_context *ctx, const struct enrolment *b, struct err *e);
/* A new activation password for each of these rows, valid from now on. */
bool enrolment_passwords(struct store *s, const struct enrolment *b, const int64_t *rows, size_t n, const char *who,
			 struct err *e);
/* Not yet in the hands of the service. */
static inline bool enrolment_open(enum enrolment_state s) {
	return s == ENROLMENT_NEW || s == ENROLMENT_PROBLEM || s == ENROLMENT_READY;
}
/* May a row that is `from` be marked `to`? */
bool enrolment_may_mark(enum enrolment_state from, enum enrolment_state to);

/* "a@b" that a mail server could know. */
bool enrolment_address(const char *s);

#endif
