/* SPDX-License-Identifier: MIT
 *
 * users.h - a CSV of users: who is to be in the tenant, and what has to be done so that they are.
 */
#ifndef MAILVAN_IMPORT_USERS_H
#define MAILVAN_IMPORT_USERS_H

#include "core/store/records.h"
#include "import/table.h"

/* "" = not said. Texts belong to the import_table_result. */
struct user_record {
	unsigned line;
	size_t row; /* of the table, for problems */
	const char *upn, *name, *given, *surname, *location, *department, *job, *company;
	const char *password;
	char nickname[65];  /* from the row, else from the name before the '@' */
	char licenses[400]; /* skuPartNumbers, blank separated; the options' when the row names none */
};

/* What a row says of a person, beside the name to sign in with: how people call it, the argument of a change, the
 * column of record_users. */
#define PERSON_FIELDS 6U
extern const struct person_field {
	const char *title, *argument, *column;
	size_t at;		/* in user_record: person_field_value */
} person_fields[PERSON_FIELDS]; /* the display name first */
const char *person_field_value(const struct user_record *r, size_t field);

struct users_options {
	const char *location; /* NULL, or for rows that name none */
	const char *licenses; /* NULL, or the same, blank or comma separated */
	const char *company;  /* the tenant's, to notice when a row has another; NULL = not known */
};

struct user_list {
	struct import_table_result table; /* problems, encoding, ... */
	struct user_record *list; /* rows with the right number of cells; import_table_bad tells which are not good */
	size_t n, good;
	bool passwords; /* some row holds one */
};
/* As import_table. Columns: UserPrincipalName, DisplayName, FirstName, LastName, UsageLocation, Licenses, Department,
 * JobTitle, Company, MailNickname, Password. */
bool import_users(const char *path, const struct users_options *o, struct user_list *out, struct err *e);
bool import_users_fd(int fd, const char *name, const struct users_options *o, struct user_list *out, struct err *e);
void import_users_free(struct user_list *l);

/* "DE" of "de"; false when it is no two letters. In place. */
bool usage_location_check(char *value, size_t size, char text[300], char fix[200]);

enum user_outcome {
	USER_NEW,    /* will be created */
	USER_SAME,   /* is there and as the row says */
	USER_CHANGE, /* is there; what differs will be changed */
	USER_LEFT, /* is there and differs, and that stays: no update was asked for, or the value is not ours to change
		    */
	USER_BAD,  /* has a mistake, or names a licence or a domain that the tenant does not have */
	USER_OUTCOMES
};
const char *user_outcome_name(enum user_outcome o); /* "new", "same", "change", "left", "error" */

struct user_plan_row {
	enum user_outcome outcome;
	char differs[600];  /* "sign-in is blocked; lacks SPE_E3; name: A -> B"; sanitised */
	char missing[400];  /* licences that the row names and the user lacks; for a new one all */
	bool enable, place; /* is blocked and is to sign in; has another location */
	bool stays;	    /* something that differs is left, whatever the outcome: `differs` says it */
	unsigned set;	    /* bit f: person_fields[f] is another */
};
struct user_plan_license {
	char name[120];
	uint64_t needs;
	int64_t free; /* -1: the tenant has no such licence */
};
struct user_plan {
	struct user_plan_row *rows;	 /* one per record */
	size_t n, counts[USER_OUTCOMES]; /* of all rows of the file */
	struct user_plan_license *licenses;
	size_t license_count;
};
struct user_plan_options {
	bool update;		    /* users that are there are to become what the row says */
	bool enable;		    /* with update: those who are blocked are to sign in, which no column says */
	const char *const *domains; /* verified ones, for new users */
	size_t domain_count;	    /* 0 = not known */
};
/* Compares with the cached list. A cell that is empty changes nothing, licences are only added, and what comes from
 * Active Directory is left (set is 0 then). A licence or domain that the tenant does not have is a problem of each row
 * that names it (l's table; sorted anew). */
bool user_plan_make(struct store *s, int64_t tenant, struct user_list *l, const struct user_plan_options *o,
		    struct user_plan *out, struct err *e);
void user_plan_free(struct user_plan *p);
/* Is the name (n bytes) one of the blank separated ones? ASCII case is ignored. */
bool user_holds_license(const char *licenses, const char *name, size_t n);
/* Fills in how many are free, as the cached list has it. */
bool user_licenses_free(struct store *s, int64_t tenant, struct user_plan_license *l, size_t n, struct err *e);

#endif
