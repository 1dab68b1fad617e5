/* SPDX-License-Identifier: MIT
 *
 * permissions.c - see permissions.h.
 */
#include "import/permissions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "import/values.h"

enum { MAILBOX, TRUSTEE, FULL_ACCESS, SEND_AS, SEND_ON_BEHALF, AUTO_MAPPING, COLUMN_COUNT };

static bool check_address(char *value, size_t size, char text[300], char fix[200]) {
	(void)size;
	if (value_is_address(value))
		return true;
	snprintf(text, 300, "this is not the address of a mailbox");
	snprintf(fix, 200, "Write it as name@domain");
	return false;
}

/* A person or a group; "S-1-5-..." is the trace of an account that is gone, to be revoked. */
static bool check_trustee(char *value, size_t size, char text[300], char fix[200]) {
	return strncmp(value, "S-1-5-", 6) == 0 || check_address(value, size, text, fix);
}

static bool check_right(char *value, size_t size, char text[300], char fix[200]) {
	static const struct {
		const char *typed, *means;
	} words[] = { { "yes", "yes" }, { "y", "yes" }, { "true", "yes" }, { "1", "yes" },
		      { "x", "yes" },	{ "no", "no" }, { "n", "no" },	   { "false", "no" },
		      { "0", "no" },	{ "-", "" },	{ "", "" } };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_ieq(value, words[i].typed))
			return text_copy(value, size, words[i].means);
	snprintf(text, 300, "this says neither yes nor no");
	snprintf(fix, 200, "Write yes to grant, no to revoke, - to leave it as it is");
	return false;
}

static const struct table_rule rules[COLUMN_COUNT] = {
	[MAILBOX] = { "Mailbox", "Identity|Address", 320, true, false, false, check_address },
	[TRUSTEE] = { "Trustee", "User|Delegate", 320, true, false, false, check_trustee },
	[FULL_ACCESS] = { "FullAccess", NULL, 8, false, false, false, check_right },
	[SEND_AS] = { "SendAs", NULL, 8, false, false, false, check_right },
	[SEND_ON_BEHALF] = { "SendOnBehalf", NULL, 8, false, false, false, check_right },
	[AUTO_MAPPING] = { "AutoMapping", NULL, 8, false, false, false, check_right },
};

static enum permission_wish wish_of(const char *cell) {
	return !*cell ? PERMISSION_LEAVE : cell[0] == 'y' ? PERMISSION_GRANT : PERMISSION_REVOKE;
}

bool import_permission(const struct import_table_result *r, size_t i, struct permission_wishes *out) {
	*out = (struct permission_wishes){ .mailbox = import_table_cell(r, i, MAILBOX),
					   .trustee = import_table_cell(r, i, TRUSTEE),
					   .auto_mapping =
						   wish_of(import_table_cell(r, i, AUTO_MAPPING)) != PERMISSION_REVOKE,
					   .line = import_table_line(r, i) };
	for (size_t k = 0; k < 3; k++)
		out->right[k] = wish_of(import_table_cell(r, i, FULL_ACCESS + k));
	return !import_table_bad(r, i);
}

static int by_pair(const void *a, const void *b, void *arg) {
	const struct import_table_result *r = arg;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int d = strcasecmp(import_table_cell(r, x, MAILBOX), import_table_cell(r, y, MAILBOX));
	d = d ? d : strcasecmp(import_table_cell(r, x, TRUSTEE), import_table_cell(r, y, TRUSTEE));
	return d ? d : (x > y) - (x < y);
}

/* A pair that stands there twice would be decided by the order of the lines. */
static bool check_pairs(struct import_table_result *r, struct err *e) {
	size_t *order = calloc(r->count + 1, sizeof *order);
	if (!order)
		return err_nomem(e);
	for (size_t i = 0; i < r->count; i++)
		order[i] = i;
	qsort_r(order, r->count, sizeof *order, by_pair, r);
	for (size_t i = 1; i < r->count; i++) {
		size_t x = order[i - 1], y = order[i];
		if (strcasecmp(import_table_cell(r, x, MAILBOX), import_table_cell(r, y, MAILBOX)) == 0 &&
		    strcasecmp(import_table_cell(r, x, TRUSTEE), import_table_cell(r, y, TRUSTEE)) == 0)
			import_table_problem(r, y, PROBLEM_ERROR, TRUSTEE,
					     "Write one line for each mailbox and trustee",
					     "line %u has this mailbox and trustee already", import_table_line(r, x));
	}
	free(order);
	return true;
}

static void check_row(struct import_table_result *r, size_t i) {
	struct permission_wishes w;
	if (!import_permission(r, i, &w))
		return;
	bool any = w.right[0] || w.right[1] || w.right[2];
	if (!any)
		import_table_problem(r, i, PROBLEM_NOTE, FULL_ACCESS, "",
				     "nothing is asked for: no column says yes or no");
	if (text_ieq(w.mailbox, w.trustee))
		import_table_problem(r, i, PROBLEM_ERROR, TRUSTEE, "Name somebody else",
				     "the trustee is the mailbox itself");
}

bool import_permissions(const char *path, struct import_table_result *out, struct err *e) {
	if (!import_table(path, rules, COLUMN_COUNT, out, e))
		return false;
	for (size_t i = 0; i < out->count; i++)
		check_row(out, i);
	return check_pairs(out, e);
}
