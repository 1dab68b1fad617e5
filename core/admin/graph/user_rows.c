/* SPDX-License-Identifier: MIT
 *
 * user_rows.c - from Graph's JSON of a user to a row of the cached list. A delta names only what has changed, so a
 * member that is not there means "as it was", and one that is null means "none".
 */
#include <stdlib.h>
#include <string.h>

#include "core/admin/graph/users_int.h"
#include "core/base/text.h"

#define ROW_TEXT_MAX (1U << 20) /* of all texts of one user: a mailbox may have hundreds of addresses */

enum { UPN, NAME, MAIL, KIND, LOCATION, LICENSES, COMPANY, DEPARTMENT, GIVEN, SURNAME, JOB, ADDRESSES, GUID, TEXTS };

static const char *const text_members[TEXTS] = {
	[UPN] = "userPrincipalName", [NAME] = "displayName",	  [MAIL] = "mail", [LOCATION] = "usageLocation",
	[COMPANY] = "companyName",   [DEPARTMENT] = "department", [GUID] = "id",   [GIVEN] = "givenName",
	[SURNAME] = "surname",	     [JOB] = "jobTitle",
};

/* Texts one behind the other, each with its NUL; at: where each starts, 0 = it is not there. */
struct texts {
	struct buf all;
	size_t at[TEXTS];
};

static void begin(struct texts *t, int which) {
	t->at[which] = t->all.len;
}

static void end(struct texts *t) {
	buf_putc(&t->all, '\0');
}

static void put_kind(struct texts *t, const json_t *user) {
	const json_t *type = json_object_get(user, "userType");
	if (!type)
		return;
	begin(t, KIND);
	buf_puts(&t->all, text_ieq(json_str(user, "userType"), "Guest") ? "guest" : "user");
	end(t);
}

static void put_licenses(struct texts *t, const json_t *user, const struct subscriptions *s) {
	const json_t *list = json_object_get(user, "assignedLicenses");
	if (!list)
		return;
	begin(t, LICENSES);
	for (size_t i = 0; i < json_array_size(list); i++)
		buf_printf(&t->all, "%s%s", i ? " " : "",
			   subscriptions_part(s, json_str(json_array_get(list, i), "skuId")));
	end(t);
}

static void put_addresses(struct texts *t, const json_t *user) {
	const json_t *list = json_object_get(user, "proxyAddresses");
	if (!list)
		return;
	begin(t, ADDRESSES);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *a = json_string_value(json_array_get(list, i));
		buf_printf(&t->all, "%s%s", i ? " " : "", a ? a : "");
	}
	end(t);
}

static int flag(const json_t *user, const char *member) {
	const json_t *v = json_object_get(user, member);
	return v ? json_is_true(v) : -1;
}

static struct user_row *next_row(struct user_rows *r, struct err *e) {
	if (r->n >= USERS_MAX) {
		err_set(e, ERR_SERVER_BUG, "Graph lists more than %u users", USERS_MAX);
		return NULL;
	}
	if (r->n == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 1024;
		struct user_row *list = realloc(r->list, cap * sizeof *list);
		if (!list) {
			err_nomem(e);
			return NULL;
		}
		r->list = list;
		r->cap = cap;
	}
	return &r->list[r->n];
}

bool user_rows_add(struct user_rows *r, const json_t *user, struct err *e) {
	struct texts t = { 0 };
	if (!*json_str(user, "id"))
		return true;
	struct user_row *row = next_row(r, e);
	if (!row)
		return false;
	buf_init(&t.all, ROW_TEXT_MAX);
	buf_putc(&t.all, '\0'); /* so that no text starts at 0 */
	for (int i = 0; i < TEXTS; i++) {
		if (!text_members[i] || !json_object_get(user, text_members[i]))
			continue;
		begin(&t, i);
		buf_puts(&t.all, json_str(user, text_members[i]));
		end(&t);
	}
	put_kind(&t, user);
	put_licenses(&t, user, r->subscriptions);
	put_addresses(&t, user);
	if (t.all.failed) {
		buf_free(&t.all);
		return err_nomem(e);
	}
	const char *p = t.all.data;
	const char *text[TEXTS];
	for (int i = 0; i < TEXTS; i++)
		text[i] = t.at[i] ? p + t.at[i] : NULL;
	const char *created = json_str(user, "createdDateTime");
	*row = (struct user_row){ .guid = text[GUID],
				  .upn = text[UPN],
				  .name = text[NAME],
				  .mail = text[MAIL],
				  .kind = text[KIND],
				  .location = text[LOCATION],
				  .licenses = text[LICENSES],
				  .company = text[COMPANY],
				  .department = text[DEPARTMENT],
				  .given = text[GIVEN],
				  .surname = text[SURNAME],
				  .job = text[JOB],
				  .addresses = text[ADDRESSES],
				  .enabled = flag(user, "accountEnabled"),
				  .synced = flag(user, "onPremisesSyncEnabled"),
				  .created = *created ? json_instant(created) : -1,
				  .removed = json_object_get(user, "@removed") != NULL,
				  .block = t.all.data };
	r->n++;
	return true;
}

void user_rows_free(struct user_rows *r) {
	for (size_t i = 0; i < r->n; i++)
		free(r->list[i].block);
	free(r->list);
	r->list = NULL;
	r->n = r->cap = 0;
}
