/* SPDX-License-Identifier: MIT
 *
 * users.c - the columns of a list of users, and checks that need more than one of them.
 */
#include "import/users.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/password.h"
#include "import/duplicates.h"
#include "import/values.h"

#define UPN_MAX 113U /* 64 characters, '@', 48 of the domain: Microsoft's limit */

static bool say(char *dst, size_t size, const char *text) {
	text_copy(dst, size, text);
	return false;
}

static bool check_upn(char *value, size_t size, char text[300], char fix[200]) {
	(void)size;
	if (value_is_address(value))
		return true;
	say(fix, 200, "Write it as name@domain");
	return say(text, 300, "This is not a user principal name");
}

bool usage_location_check(char *value, size_t size, char text[300], char fix[200]) {
	(void)size;
	if (strlen(value) != 2 || !isalpha((unsigned char)value[0]) || !isalpha((unsigned char)value[1])) {
		say(fix, 200, "Write the country's two letters (ISO 3166), such as DE or US");
		return say(text, 300, "This is not a usage location");
	}
	for (char *p = value; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return true;
}

/* "A;B, C" -> "A B C". In place. */
static bool check_licenses(char *value, size_t size, char text[300], char fix[200]) {
	char *to = value;
	(void)size;
	for (const char *p = value; *p;) {
		size_t n = strcspn(p, " ,;|+\t");
		for (size_t i = 0; i < n; i++) {
			if (!isalnum((unsigned char)p[i]) && !strchr("_-", p[i])) {
				say(fix, 200, "Write skuPartNumbers such as SPE_E3, with blanks or semicolons between");
				return say(text, 300, "This is no name of a licence");
			}
		}
		if (n && to != value)
			*to++ = ' ';
		memmove(to, p, n);
		to += n;
		p += n + (p[n] != '\0');
	}
	*to = '\0';
	return true;
}

static bool check_password(char *value, size_t size, char text[300], char fix[200]) {
	(void)size;
	if (password_fits(value, strlen(value)))
		return true;
	say(fix, 200,
	    "Take 8 to 256 characters of lower case, upper case, digits and others, or leave it empty to have "
	    "one made");
	return say(text, 300, "The password is too simple for the tenant's policy");
}

static bool check_nickname(char *value, size_t size, char text[300], char fix[200]) {
	(void)size;
	if (value_is_plain_name(value))
		return true;
	say(fix, 200, "Use letters, digits, dots and hyphens");
	return say(text, 300, "This cannot be the part of an address before its '@'");
}

enum { UPN, NAME, GIVEN, SURNAME, LOCATION, LICENSES, DEPARTMENT, JOB, COMPANY, NICKNAME, PASSWORD, COLUMNS };

#define RULE(name_, also_, max_) .name = (name_), .also = (also_), .max = (max_)
static const struct table_rule rules[COLUMNS] = {
	[UPN] = { RULE("UserPrincipalName", "UPN|User|EmailAddress|Mail", UPN_MAX), .required = true,
		  .check = check_upn },
	[NAME] = { RULE("DisplayName", "Name", 256), .required = true },
	[GIVEN] = { RULE("FirstName", "GivenName", 64) },
	[SURNAME] = { RULE("LastName", "Surname|sn", 64) },
	[LOCATION] = { RULE("UsageLocation", "Country|c", 64), .check = usage_location_check },
	[LICENSES] = { RULE("Licenses", "License|Licence|Licences|SkuPartNumber", 399), .check = check_licenses },
	[DEPARTMENT] = { RULE("Department", NULL, 64) },
	[JOB] = { RULE("JobTitle", "Title", 128) },
	[COMPANY] = { RULE("Company", "CompanyName", 64) },
	[NICKNAME] = { RULE("MailNickname", "Alias", 64), .check = check_nickname },
	[PASSWORD] = { RULE("Password", NULL, PASSWORD_RULE_MAX), .keep = true, .secret = true,
		       .check = check_password },
};

/* The part before the '@', as far as it may stand there. */
static void nickname_of(char dst[65], const char *upn) {
	size_t n = 0;
	for (const char *p = upn; *p && *p != '@' && n < 64; p++)
		if (isalnum((unsigned char)*p) || strchr("._-", *p))
			dst[n++] = *p;
	dst[n] = '\0';
}

static struct user_record record(const struct import_table_result *t, size_t row, const struct users_options *o) {
	struct user_record r = { .line = import_table_line(t, row),
				 .row = row,
				 .upn = import_table_cell(t, row, UPN),
				 .name = import_table_cell(t, row, NAME),
				 .given = import_table_cell(t, row, GIVEN),
				 .surname = import_table_cell(t, row, SURNAME),
				 .location = import_table_cell(t, row, LOCATION),
				 .department = import_table_cell(t, row, DEPARTMENT),
				 .job = import_table_cell(t, row, JOB),
				 .company = import_table_cell(t, row, COMPANY),
				 .password = import_table_cell(t, row, PASSWORD) };
	const char *licenses = import_table_cell(t, row, LICENSES), *nickname = import_table_cell(t, row, NICKNAME);
	if (!*r.location && o->location)
		r.location = o->location;
	text_copy(r.licenses, sizeof r.licenses, *licenses || !o->licenses ? licenses : o->licenses);
	if (*nickname)
		text_copy(r.nickname, sizeof r.nickname, nickname);
	else
		nickname_of(r.nickname, r.upn);
	return r;
}

/* The user's name must be said once only. */
static bool said_before(struct import_table_result *t, struct duplicates *seen, const struct user_record *r,
			bool *twice) {
	char key[UPN_MAX + 1];
	size_t first;
	text_copy(key, sizeof key, r->upn);
	text_lower(key);
	if (!*key)
		return true;
	if (!duplicates_first(seen, key, strlen(key), r->row, &first))
		return false;
	*twice = first != r->row;
	if (*twice)
		import_table_problem(t, r->row, PROBLEM_ERROR, UPN, "Remove one of the two rows",
				     "Line %u has the same user", import_table_line(t, first));
	return true;
}

/* One note for the first row that has another name than the rest: a mistyped company divides the address list. */
static void compare_company(struct import_table_result *t, const struct user_record *r, const struct users_options *o,
			    const struct user_record **first, size_t *others) {
	if (!*r->company)
		return;
	bool other = *first && !text_ieq((*first)->company, r->company);
	bool foreign = o->company && *o->company && !text_ieq(o->company, r->company);
	if (!*first)
		*first = r;
	if (!other && !(foreign && *first == r))
		return;
	if ((*others)++ > 20) /* the point is made */
		return;
	if (other)
		import_table_problem(t, r->row, PROBLEM_NOTE, COMPANY, "Leave it if they work for different companies",
				     "The company is \"%.80s\", in line %u it is \"%.80s\"", r->company, (*first)->line,
				     (*first)->company);
	else
		import_table_problem(t, r->row, PROBLEM_NOTE, COMPANY, "Leave it if that is meant",
				     "The company is \"%.80s\", the tenant's is \"%.80s\"", r->company, o->company);
}

static bool take_rows(struct user_list *l, const struct users_options *o, struct err *e) {
	struct import_table_result *t = &l->table;
	struct duplicates seen = { 0 };
	const struct user_record *company = NULL;
	size_t others = 0;
	bool ok = true;
	l->list = calloc(t->count ? t->count : 1, sizeof *l->list);
	if (!l->list)
		return err_nomem(e);
	for (size_t i = 0; ok && i < t->count; i++) {
		struct user_record r = record(t, i, o);
		bool twice = false, whole = !import_table_bad(t, i);
		ok = said_before(t, &seen, &r, &twice);
		/* What is wrong already is not wrong again for being empty now. */
		if (whole && *r.licenses && !*r.location)
			import_table_problem(t, i, PROBLEM_ERROR, LOCATION, "Fill it in, or give --location",
					     "A licence needs a usage location");
		if (whole && !*r.nickname)
			import_table_problem(t, i, PROBLEM_ERROR, NICKNAME, "Add the column with a value",
					     "No mail nickname can be made of the user's name");
		l->list[l->n++] = r;
		l->passwords |= *r.password != '\0';
		if (import_table_bad(t, i))
			continue;
		l->good++;
		compare_company(t, &l->list[i], o, &company, &others);
	}
	duplicates_free(&seen);
	import_table_sort(t);
	return ok || err_nomem(e);
}

bool import_users(const char *path, const struct users_options *o, struct user_list *out, struct err *e) {
	*out = (struct user_list){ 0 };
	char shown[200];
	int fd = import_table_open(path, shown, e);
	bool ok = fd >= 0 && import_users_fd(fd, shown, o, out, e);
	if (fd >= 0)
		close(fd);
	return ok;
}

bool import_users_fd(int fd, const char *name, const struct users_options *o, struct user_list *out, struct err *e) {
	*out = (struct user_list){ 0 };
	return import_table_all_fd(fd, name, rules, COLUMNS, &out->table, e) && take_rows(out, o, e);
}

void import_users_free(struct user_list *l) {
	import_table_free(&l->table);
	free(l->list);
	*l = (struct user_list){ 0 };
}
