/* SPDX-License-Identifier: MIT
 *
 * enrolment_check.c - what is wrong with one row, a check at a time; see enrolment.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/admin/enrolment.h"
#include "core/base/text.h"

typedef const struct enrolment_facts facts;
typedef const struct enrolment_row row;
/* True: nothing to say. Otherwise the text is in say. */
typedef bool check_fn(facts *f, row *r, char say[400]);

static bool __attribute__((format(printf, 2, 3))) wrong(char say[400], const char *fmt, ...) {
	char raw[400];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(raw, sizeof raw, fmt, ap);
	va_end(ap);
	text_sanitise(say, 400, raw, strlen(raw));
	return false;
}

static bool address(facts *f, row *r, char say[400]) {
	(void)f;
	return enrolment_address(r->mail) || wrong(say, "the e-mail is not an address");
}

static bool listed(facts *f, row *r, char say[400]) {
	if (!f->users_read)
		return wrong(say, "the list of users was never read: mailvan user list --refresh");
	return r->listed || wrong(say, "no user of the tenant has this sign-in name or address");
}

static bool mailbox(facts *f, row *r, char say[400]) {
	(void)f;
	return !r->listed || r->mailbox || wrong(say, "the user has no mailbox");
}

static bool licensed(facts *f, row *r, char say[400]) {
	(void)f;
	return !r->listed || r->licensed || wrong(say, "the user has no licence");
}

/* What the cached list knows about reaching it; a live answer, when somebody asked for one, goes further. */
static bool reachable(facts *f, row *r, char say[400]) {
	(void)f;
	if (r->listed && text_ieq(r->kind, "guest"))
		return wrong(say, "a guest's mailbox is not in this tenant");
	if (r->listed && !r->enabled)
		return wrong(say, "sign-in is blocked");
	return !r->unreached[0] || wrong(say, "the mailbox cannot be reached: %.300s", r->unreached);
}

static bool duplicate(facts *f, row *r, char say[400]) {
	if (!r->other_mail[0] || strcmp(r->other_batch, f->batch->name) != 0)
		return true;
	return wrong(say, "the same user is in this batch as %.200s", r->other_mail);
}

static bool one_server(facts *f, row *r, char say[400]) {
	if (!r->other_mail[0] || strcmp(r->other_batch, f->batch->name) == 0)
		return true;
	if (text_ieq(r->other_server, r->text[ENROLMENT_SERVER]))
		return wrong(say, "is in the batch %.100s already", r->other_batch);
	return wrong(say, "one device server per device: %.100s has it by the batch %.100s; remove it there first",
		     r->other_server, r->other_batch);
}

static bool company(facts *f, row *r, char say[400]) {
	const char *batch = f->batch->text[ENROLMENT_COMPANY], *own = r->text[ENROLMENT_COMPANY];
	if (!own[0])
		return wrong(say, "the company is missing");
	return !batch[0] || text_ieq(batch, own) ||
	       wrong(say, "the company is \"%.120s\", the contract's is \"%.120s\"", own, batch);
}

static bool filled(row *r, enum enrolment_field field, const char *what, char say[400]) {
	return r->text[field][0] || wrong(say, "%s is missing", what);
}

static bool contact(facts *f, row *r, char say[400]) {
	(void)f;
	return filled(r, ENROLMENT_CONTACT, "the business contact", say);
}

static bool contact_mail(facts *f, row *r, char say[400]) {
	(void)f;
	return enrolment_address(r->text[ENROLMENT_CONTACT_MAIL]) ||
	       wrong(say, "the business contact's e-mail is %s",
		     r->text[ENROLMENT_CONTACT_MAIL][0] ? "not an address" : "missing");
}

static bool user(facts *f, row *r, char say[400]) {
	(void)f;
	return r->user[0] || wrong(say, "the user's name is missing");
}

static bool requestor(facts *f, row *r, char say[400]) {
	(void)f;
	return filled(r, ENROLMENT_REQUESTOR, "the activation requestor", say);
}

static bool request_number(facts *f, row *r, char say[400]) {
	(void)f;
	return filled(r, ENROLMENT_REQUEST_NUMBER, "the service request number", say);
}

static bool policy(facts *f, row *r, char say[400]) {
	(void)f;
	if (!r->text[ENROLMENT_POLICY][0])
		return wrong(say, "the IT policy is missing");
	return enrolment_policy(r->text[ENROLMENT_POLICY]) ||
	       wrong(say, "there is no IT policy \"%.200s\"", r->text[ENROLMENT_POLICY]);
}

static bool device_license(facts *f, row *r, char say[400]) {
	return r->license[0] || f->batch->text[ENROLMENT_CAL_IDS][0] ||
	       wrong(say, "there is no licence id of the device server, neither here nor in the contract");
}

static bool data_plan(facts *f, row *r, char say[400]) {
	(void)f;
	return r->data_plan || wrong(say, "nobody has confirmed the enterprise data plan (a personal one does not do)");
}

static bool removed(facts *f, row *r, char say[400]) {
	(void)f;
	return r->removed || wrong(say, "nobody has confirmed that the device is removed from any other server");
}

static bool password(facts *f, row *r, char say[400]) {
	if (!r->expires)
		return wrong(say, "there is no activation password");
	return r->expires > f->now || wrong(say, "the activation password has expired");
}

/* ---- said, but nothing stops for it ---- */

static bool license_prefix(facts *f, row *r, char say[400]) {
	char id[ENROLMENT_TEXT_MAX];
	const char *p = r->license[0] ? r->license : f->batch->text[ENROLMENT_CAL_IDS];
	for (; *p; p += strcspn(p, " "), p += *p == ' ') {
		snprintf(id, sizeof id, "%.*s", (int)strcspn(p, " "), p);
		if (!enrolment_license_kind(id))
			return wrong(say, "the licence id %.100s begins with neither BESCAL nor BES35X", id);
	}
	return true;
}

static bool tenant_company(facts *f, row *r, char say[400]) {
	const char *own = r->text[ENROLMENT_COMPANY];
	if (own[0] && f->company[0] && !text_ieq(own, f->company))
		return wrong(say, "the company is \"%.120s\", the tenant's is \"%.120s\"", own, f->company);
	return !own[0] || !r->listed_company[0] || text_ieq(own, r->listed_company) ||
	       wrong(say, "the company is \"%.120s\", the user's is \"%.120s\"", own, r->listed_company);
}

static const struct {
	const char *name;
	check_fn *fn;
	bool note;
} checks[] = {
	{ "address", address, false },
	{ "listed", listed, false },
	{ "mailbox", mailbox, false },
	{ "licence", licensed, false },
	{ "reachable", reachable, false },
	{ "duplicate", duplicate, false },
	{ "one-server", one_server, false },
	{ "company", company, false },
	{ "contact", contact, false },
	{ "contact-email", contact_mail, false },
	{ "user", user, false },
	{ "requestor", requestor, false },
	{ "request-number", request_number, false },
	{ "policy", policy, false },
	{ "license-id", device_license, false },
	{ "data-plan", data_plan, false },
	{ "removed", removed, false },
	{ "password", password, false },
	{ "license-prefix", license_prefix, true },
	{ "tenant-company", tenant_company, true },
};
_Static_assert(sizeof checks / sizeof *checks <= ENROLMENT_FINDINGS_MAX, "each check may find something");

size_t enrolment_check_row(facts *f, row *r, struct enrolment_finding out[ENROLMENT_FINDINGS_MAX]) {
	size_t n = 0;
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
		out[n] = (struct enrolment_finding){ .name = checks[i].name, .note = checks[i].note };
		n += !checks[i].fn(f, r, out[n].text);
	}
	return n;
}
