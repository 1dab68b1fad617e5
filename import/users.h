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

struct users_options {
	const char *location; /* NULL, or for rows that name none */
	const char *licenses; /* NULL, or the same, blank or comma separated */
	const char *company;  /* the tenant's, to notice when a row has another; NULL = not known */
};

struct user_list {
	struct import_table_result table; /* problems, encoding, ... */
	struct user_record *list;	  /* the good rows */
	size_t n;
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
	USER_LEFT,   /* is there and differs in what is not changed */
	USER_BAD,    /* names a licence that the tenant does not have */
	USER_OUTCOMES
};
const char *user_outcome_name(enum user_outcome o); /* "new", "same", "change", "left", "error" */

struct user_plan_row {
	enum user_outcome outcome;
	char differs[300];  /* "blocked; lacks SPE_E3; name is \"A\""; sanitised */
	char missing[400];  /* licences that the row names and the user lacks; for a new one all */
	bool enable, place; /* blocked, and is to sign in; has another location */
};
struct user_plan_license {
	char name[120];
	uint64_t needs;
	int64_t free; /* -1: the tenant has no such licence */
};
struct user_plan {
	struct user_plan_row *rows; /* one per record */
	size_t n, counts[USER_OUTCOMES];
	struct user_plan_license *licenses;
	size_t license_count;
};
/* Compares with the cached list. update: users that are there are to get what they lack. A licence that the tenant does
 * not have is a problem of each row that names it (l's table; sorted anew). */
bool user_plan_make(struct store *s, int64_t tenant, struct user_list *l, bool update, struct user_plan *out,
		    struct err *e);
void user_plan_free(struct user_plan *p);
/* Is the name (n bytes) one of the blank separated ones? ASCII case is ignored. */
bool user_holds_license(const char *licenses, const char *name, size_t n);
/* Fills in how many are free, as the cached list has it. */
bool user_licenses_free(struct store *s, int64_t tenant, struct user_plan_license *l, size_t n, struct err *e);

#endif
