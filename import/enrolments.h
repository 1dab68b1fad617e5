/* SPDX-License-Identifier: MIT
 *
 * enrolments.h - a CSV of users for a hosted device server: the columns of its work sheet.
 *
 * Email (required), User, Company, BusinessContact, BusinessContactEmail, ActivationRequestor, ServiceRequestNumber,
 * ITPolicy, ActivationPassword, LicenseId, Server, UserPrincipalName. What is empty is the batch's, or stays as it was.
 */
#ifndef MAILVAN_IMPORT_ENROLMENTS_H
#define MAILVAN_IMPORT_ENROLMENTS_H

#include "core/mailvan.h"
#include "import/table.h"

enum enrolment_outcome { ENROL_NEW, ENROL_SAME, ENROL_CHANGE, ENROL_OUTCOMES };
const char *enrolment_outcome_name(enum enrolment_outcome o);

struct enrolment_list_row {
	unsigned line;
	size_t row;		  /* of the table, for problems */
	struct enrolment_put put; /* texts belong to the table */
	enum enrolment_outcome outcome;
	char differs[300]; /* "company, policy": columns that change; never their values */
};
struct enrolment_list {
	struct import_table_result table; /* problems, encoding, ... */
	struct enrolment_list_row *rows;  /* the good ones */
	size_t n, counts[ENROL_OUTCOMES];
};
/* Reads the file and holds it against what is in the batch; to change what was sent already is a mistake of the row.
 * False only when one of the two cannot be read. Free always.
 */
bool import_enrolments(const char *path, struct store *s, const struct enrolment *b, struct enrolment_list *out,
		       struct err *e);
void import_enrolments_free(struct enrolment_list *l);

#endif
