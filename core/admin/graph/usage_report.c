/* SPDX-License-Identifier: MIT
 *
 * usage_report.c - see usage_report.h. Not libcsv, which is at home in import/: this is one known report.
 */
#include "core/admin/graph/usage_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admin/json_read.h"
#include "core/base/text.h"

enum { UPN, DELETED, ITEMS, USED, QUOTA, REFRESHED, TYPE, COLUMNS };

static const char *const names[COLUMNS] = { [UPN] = "User Principal Name",
					    [DELETED] = "Is Deleted",
					    [ITEMS] = "Item Count",
					    [USED] = "Storage Used (Byte)",
					    [QUOTA] = "Prohibit Send/Receive Quota (Byte)",
					    [REFRESHED] = "Report Refresh Date",
					    [TYPE] = "Recipient Type" };

struct cursor {
	char *p, *end; /* *end is a NUL */
};

/* One field, unquoted in place; *last: the record ends behind it. */
static char *field(struct cursor *c, bool *last) {
	char *start = c->p, *to = c->p;
	bool quoted = *c->p == '"';
	if (quoted)
		c->p++;
	for (; c->p < c->end; c->p++) {
		if (quoted && *c->p == '"') {
			if (c->p[1] != '"') {
				quoted = false;
				continue;
			}
			c->p++;
		} else if (!quoted && (*c->p == ',' || *c->p == '\n' || *c->p == '\r')) {
			break;
		}
		*to++ = *c->p;
	}
	*last = c->p >= c->end || *c->p != ',';
	if (c->p < c->end && *c->p == '\r' && c->p[1] == '\n')
		c->p++;
	if (c->p < c->end)
		c->p++;
	*to = '\0';
	return start;
}

/* False at the end. Fields beyond the maximum are dropped. */
static bool record(struct cursor *c, char *fields[USAGE_FIELDS_MAX], size_t *n) {
	bool last = false;
	*n = 0;
	while (c->p < c->end && (*c->p == '\r' || *c->p == '\n'))
		c->p++;
	if (c->p >= c->end)
		return false;
	while (!last) {
		char *f = field(c, &last);
		if (*n < USAGE_FIELDS_MAX)
			fields[(*n)++] = f;
	}
	return true;
}

static int64_t figure(const char *text) {
	uint64_t n;
	return text_u64(text, 0, INT64_MAX, &n) ? (int64_t)n : USER_SIZE_SAME;
}

static const char *kind_of(const char *type) {
	static const char *const kinds[] = { "shared", "room", "equipment" };
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strncasecmp(type, kinds[i], strlen(kinds[i])) == 0)
			return kinds[i];
	return NULL;
}

static bool add_row(struct usage_report *out, size_t *cap, const struct user_size *row, struct err *e) {
	if (out->n == *cap) {
		size_t more = *cap ? *cap * 2 : 1024;
		struct user_size *rows = realloc(out->rows, more * sizeof *rows);
		if (!rows)
			return err_nomem(e);
		out->rows = rows;
		*cap = more;
	}
	out->rows[out->n++] = *row;
	return true;
}

static bool find_columns(char *const *fields, size_t n, int at[COLUMNS], struct err *e) {
	for (int c = 0; c < COLUMNS; c++) {
		at[c] = -1;
		for (size_t i = 0; i < n; i++)
			if (text_ieq(fields[i], names[c]))
				at[c] = (int)i;
	}
	for (int c = UPN; c <= QUOTA; c++)
		if (at[c] < 0 && c != DELETED)
			return err_set(e, ERR_SERVER_BUG, "Graph's mailbox report has no column \"%s\"", names[c]);
	return true;
}

static const char *cell(char *const *fields, size_t n, int at) {
	return at >= 0 && (size_t)at < n ? fields[at] : "";
}

bool usage_report_read(char *text, size_t len, struct usage_report *out, struct err *e) {
	struct cursor c = { text, text + len };
	char *fields[USAGE_FIELDS_MAX];
	int at[COLUMNS];
	size_t n, cap = 0, named = 0;
	*out = (struct usage_report){ 0 };
	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		c.p += 3;
	if (!record(&c, fields, &n))
		return err_set(e, ERR_SERVER_BUG, "Graph's mailbox report is empty");
	if (!find_columns(fields, n, at, e))
		return false;
	while (record(&c, fields, &n)) {
		const char *upn = cell(fields, n, at[UPN]);
		char day[40];
		if (!*upn || text_ieq(cell(fields, n, at[DELETED]), "True"))
			continue;
		struct user_size row = { .upn = upn,
					 .kind = kind_of(cell(fields, n, at[TYPE])),
					 .messages = figure(cell(fields, n, at[ITEMS])),
					 .bytes = figure(cell(fields, n, at[USED])),
					 .quota = figure(cell(fields, n, at[QUOTA])) };
		named += strchr(upn, '@') != NULL;
		snprintf(day, sizeof day, "%.10sT00:00:00Z", cell(fields, n, at[REFRESHED]));
		if (!out->measured)
			out->measured = json_instant(day);
		if (!add_row(out, &cap, &row, e))
			return false;
	}
	out->concealed = out->n > 0 && named == 0;
	return true;
}

void usage_report_free(struct usage_report *r) {
	free(r->rows);
	*r = (struct usage_report){ 0 };
}
