/* SPDX-License-Identifier: MIT
 *
 * enrolments.c - see enrolments.h.
 */
#include "import/enrolments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/duplicates.h"
#include "import/values.h"

static bool say(char text[300], char fix[200], const char *what, const char *todo) {
	text_copy(text, 300, what);
	text_copy(fix, 200, todo);
	return false;
}

static bool check_address(char *value, size_t size, char text[300], char fix[200]) {
	(void)size;
	return value_is_address(value) || say(text, fix, "This is not an address", "Write it as name@domain");
}

static bool check_policy(char *value, size_t size, char text[300], char fix[200]) {
	const char *name = enrolment_policy(value);
	/* Only case differs: it is no longer than it was. */
	return (name && text_copy(value, size, name)) ||
	       say(text, fix, "There is no such IT policy",
		   "Write \"" ENROLMENT_POLICY_OFF "\" or \"" ENROLMENT_POLICY_ON "\"");
}

/* It is typed on a phone and stands in a sheet that is opened with a spreadsheet. */
static bool check_password(char *value, size_t size, char text[300], char fix[200]) {
	(void)size;
	for (const char *p = value; *p; p++)
		if (*p <= ' ' || *p > '~' || strchr("\"',;", *p))
			return say(text, fix, "The activation password has a character that phones or lists spoil",
				   "Use letters, digits and signs, but no blanks, quotes, commas or semicolons");
	if (strlen(value) < 4 || strchr("=+-@", value[0]))
		return say(text, fix, "The activation password is too short or begins as a formula does",
			   "Take four characters or more, a letter or digit first; or leave it empty to have one made");
	return true;
}

enum {
	MAIL,
	USER,
	COMPANY,
	CONTACT,
	CONTACT_MAIL,
	REQUESTOR,
	REQUEST_NUMBER,
	POLICY,
	PASSWORD,
	LICENSE,
	SERVER,
	UPN,
	COLUMN_COUNT
};
#define TEXT_LEN (ENROLMENT_TEXT_MAX - 1)

static const struct table_rule rules[COLUMN_COUNT] = {
	[MAIL] = { "Email", "Mail|EmailAddress|UserEmail", 254, .required = true, .check = check_address },
	[USER] = { "User", "UserName|DisplayName|Name", .max = TEXT_LEN },
	[COMPANY] = { "Company", "CompanyName", .max = TEXT_LEN },
	[CONTACT] = { "BusinessContact", "Contact", .max = TEXT_LEN },
	[CONTACT_MAIL] = { "BusinessContactEmail", "ContactEmail|ContactMail", 254, .check = check_address },
	[REQUESTOR] = { "ActivationRequestor", "Requestor|Requester", .max = TEXT_LEN },
	[REQUEST_NUMBER] = { "ServiceRequestNumber", "RequestNumber|ServiceRequest", .max = TEXT_LEN },
	[POLICY] = { "ITPolicy", "Policy", .max = TEXT_LEN, .check = check_policy },
	[PASSWORD] = { "ActivationPassword", "Password", 64, .keep = true, .secret = true, .check = check_password },
	[LICENSE] = { "LicenseId", "LicenceId|CalId|License", .max = TEXT_LEN },
	[SERVER] = { "Server", "DeviceServer", .max = TEXT_LEN },
	[UPN] = { "UserPrincipalName", "SignInName", 254, .check = check_address },
};

/* Which column of the file is which field of a row. */
static const int fields[ENROLMENT_ROW_FIELD_COUNT] = {
	[ENROLMENT_SERVER] = SERVER,	   [ENROLMENT_COMPANY] = COMPANY,
	[ENROLMENT_CONTACT] = CONTACT,	   [ENROLMENT_CONTACT_MAIL] = CONTACT_MAIL,
	[ENROLMENT_REQUESTOR] = REQUESTOR, [ENROLMENT_REQUEST_NUMBER] = REQUEST_NUMBER,
	[ENROLMENT_POLICY] = POLICY,
};

const char *enrolment_outcome_name(enum enrolment_outcome o) {
	static const char *const names[] = {
		[ENROL_NEW] = "new", [ENROL_SAME] = "as it is", [ENROL_CHANGE] = "changes"
	};
	return names[o];
}

static bool first_of(struct duplicates *d, const char *mail, size_t value, size_t *at) {
	char key[320];
	text_copy(key, sizeof key, mail);
	text_lower(key);
	return duplicates_first(d, key, strlen(key), value, at);
}

static bool take_rows(struct enrolment_list *l, struct duplicates *seen) {
	struct import_table_result *t = &l->table;
	size_t first;
	l->rows = calloc(t->count ? t->count : 1, sizeof *l->rows);
	if (!l->rows)
		return false;
	for (size_t i = 0; i < t->count; i++) {
		struct enrolment_list_row r = { .line = import_table_line(t, i), .row = i };
		r.put.mail = import_table_cell(t, i, MAIL);
		r.put.upn = import_table_cell(t, i, UPN);
		r.put.user = import_table_cell(t, i, USER);
		r.put.license = import_table_cell(t, i, LICENSE);
		r.put.password = import_table_cell(t, i, PASSWORD);
		for (int f = 0; f < ENROLMENT_ROW_FIELD_COUNT; f++)
			r.put.text[f] = import_table_cell(t, i, (size_t)fields[f]);
		if (!first_of(seen, r.put.mail, l->n, &first))
			return false;
		if (first != l->n)
			import_table_problem(t, i, PROBLEM_ERROR, MAIL, "Remove one of the two rows",
					     "Line %u has the same address", l->rows[first].line);
		else if (!import_table_bad(t, i))
			l->rows[l->n++] = r;
	}
	import_table_sort(t);
	return true;
}

struct comparison {
	struct enrolment_list *l;
	struct duplicates *names;
	bool no_memory;
};

static void differ(struct enrolment_list_row *r, int column, const char *wanted, const char *there) {
	size_t at = strlen(r->differs);
	if (*wanted && strcmp(wanted, there) != 0)
		snprintf(r->differs + at, sizeof r->differs - at, "%s%s", at ? ", " : "", rules[column].name);
}

static bool on_row(void *arg, const struct enrolment_row *there) {
	struct comparison *c = arg;
	size_t at;
	c->no_memory = !first_of(c->names, there->mail, c->l->n, &at);
	if (c->no_memory || at >= c->l->n)
		return !c->no_memory;
	struct enrolment_list_row *r = &c->l->rows[at];
	differ(r, UPN, r->put.upn, there->upn);
	differ(r, USER, r->put.user, there->user);
	differ(r, LICENSE, r->put.license, there->license);
	for (int f = 0; f < ENROLMENT_ROW_FIELD_COUNT; f++)
		differ(r, fields[f], r->put.text[f], there->text[f]);
	/* What the sealed one is need not be known: a password that is given anew is valid anew. */
	differ(r, PASSWORD, r->put.password, "");
	r->outcome = r->differs[0] ? ENROL_CHANGE : ENROL_SAME;
	if (r->differs[0] && (there->state == ENROLMENT_SENT || there->state == ENROLMENT_ACTIVE))
		import_table_problem(&c->l->table, r->row, PROBLEM_ERROR, TABLE_ROW,
				     "Mark it failed or new first, or leave it out",
				     "The user is %s: what the service has would not change with it",
				     enrolment_state_name(there->state));
	return true;
}

bool import_enrolments(const char *path, struct store *s, const struct enrolment *b, struct enrolment_list *out,
		       struct err *e) {
	struct duplicates seen = { 0 };
	*out = (struct enrolment_list){ 0 };
	bool ok = import_table(path, rules, COLUMN_COUNT, &out->table, e) && (take_rows(out, &seen) || err_nomem(e));
	struct comparison c = { out, &seen, false };
	ok = ok && enrolment_rows(s, b, on_row, &c, e);
	if (c.no_memory)
		ok = err_nomem(e);
	duplicates_free(&seen);
	if (ok)
		import_table_sort(&out->table);
	for (size_t i = 0; ok && i < out->n; i++)
		out->counts[out->rows[i].outcome]++;
	return ok;
}

void import_enrolments_free(struct enrolment_list *l) {
	import_table_free(&l->table);
	free(l->rows);
	*l = (struct enrolment_list){ 0 };
}
