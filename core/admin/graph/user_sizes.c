/* SPDX-License-Identifier: MIT
 *
 * user_sizes.c - mailbox sizes with their real quotas from the usage report (D.5), and which mailboxes are shared,
 * rooms or equipment (D.6). What cannot be read is a note beside the list, not the end of the refresh.
 */
#include <stdlib.h>
#include <string.h>

#include "core/admin/graph/usage_report.h"
#include "core/admin/graph/users_int.h"
#include "core/base/text.h"

#define REPORT "/reports/getMailboxUsageDetail(period='D7')"

static bool keep(struct exo *x, const char *list, const struct user_size *rows, size_t n, wall_ms_t measured,
		 const char *note, struct err *e) {
	return users_cache_sizes(x->base.ctx.store, x->base.tenant.id, list, rows, n, measured, note, e);
}

bool graph_mailbox_usage(struct exo *x, struct err *e) {
	struct graph *g = exo_graph(x, e);
	struct usage_report r = { 0 };
	struct err why = { 0 };
	struct buf text;
	if (!g)
		return false;
	buf_init(&text, HTTP_BODY_MAX);
	bool read = graph_download(g, REPORT, &text, &why) && buf_puts(&text, "") &&
		    usage_report_read(text.data, text.len, &r, &why);
	const char *note = read ? "" : why.text;
	if (r.concealed)
		note = "The tenant conceals names in its reports: Microsoft 365 admin center > Settings > Org settings "
		       "> Reports, clear \"Display concealed user, group, and site names\"";
	bool ok = why.cat == ERR_CANCELLED ||
		  keep(x, "mailbox-sizes", r.rows, read && !r.concealed ? r.n : 0, r.measured, note, e);
	usage_report_free(&r);
	buf_free(&text);
	return ok;
}

struct kinds {
	struct user_size *rows;
	size_t n, cap;
};

static const char *kind_of(const char *details) {
	static const struct {
		const char *details, *kind;
	} kinds[] = { { "SharedMailbox", "shared" }, { "RoomMailbox", "room" }, { "EquipmentMailbox", "equipment" } };
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (text_ieq(kinds[i].details, details))
			return kinds[i].kind;
	return NULL;
}

static bool on_mailbox(void *arg, const json_t *row, struct err *e) {
	struct kinds *k = arg;
	const char *upn = json_str(row, "UserPrincipalName"), *kind = kind_of(json_str(row, "RecipientTypeDetails"));
	if (!kind || !*upn)
		return true;
	if (k->n == k->cap) {
		size_t cap = k->cap ? k->cap * 2 : 256;
		struct user_size *rows = cap <= 2 * USERS_MAX ? realloc(k->rows, cap * sizeof *rows) : NULL;
		if (!rows)
			return err_nomem(e);
		k->rows = rows;
		k->cap = cap;
	}
	char *copy = strdup(upn);
	if (!copy)
		return err_nomem(e);
	k->rows[k->n++] = (struct user_size){ copy, kind, USER_SIZE_SAME, USER_SIZE_SAME, USER_SIZE_SAME };
	return true;
}

bool graph_mailbox_kinds(struct exo *x, struct err *e) {
	struct kinds k = { 0 };
	struct err why = { 0 };
	struct invoke *v = exo_invoke(x, &why);
	json_t *parameters = json_pack("{s:[s, s, s], s:s}", "RecipientTypeDetails", "RoomMailbox", "EquipmentMailbox",
				       "SharedMailbox", "ResultSize", "Unlimited");
	bool read = false;
	if (v)
		read = invoke_run(v, "Get-Mailbox", parameters, "UserPrincipalName,RecipientTypeDetails", on_mailbox,
				  &k, NULL, 0, NULL, 0, NULL, &why);
	else
		json_decref(parameters);
	bool ok = why.cat == ERR_CANCELLED ||
		  keep(x, "mailbox-kinds", k.rows, read ? k.n : 0, 0, read ? "" : why.text, e);
	for (size_t i = 0; i < k.n; i++)
		free((void *)(uintptr_t)k.rows[i].upn);
	free(k.rows);
	return ok;
}
