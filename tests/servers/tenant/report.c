/* SPDX-License-Identifier: MIT
 *
 * report.c - the mailbox usage report (D.5): a redirect to a preauthenticated address, there a CSV.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/tenant/tenant.h"

void report_redirect(struct ask *q, struct answer *a) {
	char token[37], location[200];
	static const char *const periods[] = { "period='D7'", "period='D30'", "period='D90'", "period='D180'" };
	bool known = false;
	for (size_t i = 0; i < sizeof periods / sizeof *periods; i++)
		known |= strcmp(q->arg[0], periods[i]) == 0;
	if (!known) {
		graph_error(a, 400, "BadRequest", NULL, "Invalid period: %s", q->arg[0]);
		return;
	}
	new_guid(token);
	db_do(q->w, "INSERT INTO report VALUES(?)", "s", token);
	snprintf(location, sizeof location, "%s/report-data/%s.csv", q->w->base, token);
	answer_text(a, 302, "text/plain", "", 0);
	answer_header(a, "Location", location);
}

static void quoted(FILE *f, const char *text) {
	bool quote = strpbrk(text, ",\"\n") != NULL;
	if (quote)
		fputc('"', f);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', f);
		fputc(*text, f);
	}
	if (quote)
		fputc('"', f);
}

/* {"concealed":true} played: names are hashed, as with displayConcealedNames. */
static void write_rows(struct world *w, FILE *f) {
	json_t *rows = db_rows(w, "SELECT address, name, items, bytes, quota, type FROM mailbox ORDER BY n", ""), *row;
	json_t *played = setting_get(w, "concealed");
	bool concealed = json_is_true(json_object_get(played, "concealed"));
	size_t i;
	json_array_foreach(rows, i, row) {
		json_int_t quota = json_integer_value(json_object_get(row, "quota"));
		const char *type = json_string_value(json_object_get(row, "type"));
		char hash[40];
		snprintf(hash, sizeof hash, "%032zX", i * 2654435761U + 12345);
		fputs("2026-11-21,", f);
		quoted(f, concealed ? hash : json_string_value(json_object_get(row, "address")));
		fputc(',', f);
		quoted(f, concealed ? hash : json_string_value(json_object_get(row, "name")));
		fprintf(f, ",False,,2024-01-05,2026-11-20,%lld,%lld,%lld,%lld,%lld,3,4096,32212254720,False,7,%s\r\n",
			(long long)json_integer_value(json_object_get(row, "items")),
			(long long)json_integer_value(json_object_get(row, "bytes")), (long long)(quota / 100 * 98),
			(long long)(quota / 100 * 99), (long long)quota,
			strcmp(type, "UserMailbox") == 0 ? "User" : "Shared");
	}
	json_decref(rows);
	json_decref(played);
}

void report_data(struct ask *q, struct answer *a) {
	char *text = NULL;
	size_t n = 0;
	if (*ask_header(q, "authorization")) {
		static const char wrong[] =
			"<?xml version=\"1.0\"?><Error><Code>InvalidAuthenticationInfo</Code></Error>";
		answer_text(a, 400, "application/xml", wrong, sizeof wrong - 1);
		return;
	}
	if (db_int(q->w, "SELECT 1 FROM report WHERE token = ?", "s", q->arg[0]) != 1) {
		answer_text(a, 404, "text/plain", "", 0);
		return;
	}
	FILE *f = open_memstream(&text, &n);
	fputs("\xEF\xBB\xBFReport Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Created Date,"
	      "Last Activity Date,Item Count,Storage Used (Byte),Issue Warning Quota (Byte),Prohibit Send Quota (Byte),"
	      "Prohibit Send/Receive Quota (Byte),Deleted Item Count,Deleted Item Size (Byte),Deleted Item Quota "
	      "(Byte),"
	      "Has Archive,Report Period,Recipient Type\r\n",
	      f);
	write_rows(q->w, f);
	fclose(f);
	answer_text(a, 200, "application/octet-stream", text, n);
	free(text);
}
