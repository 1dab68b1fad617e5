/* SPDX-License-Identifier: MIT
 *
 * recipients.c - see recipients.h.
 */
#include "core/admin/exchange/recipients.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

#define NAME_MAX_BYTES 600 /* longer names are not looked up */

static const char *const names[] = {
	"PrimarySmtpAddress",	     "WindowsLiveID",	 "UserPrincipalName", "Identity", "Name", "Guid",
	"ExternalDirectoryObjectId", "DistinguishedName"
};

struct recipients {
	json_t *by_name; /* lower case -> address */
	struct exo *x;
	uint64_t seen;
};

/* In one case; false when it is too long to be a name. */
static bool fold(char dst[NAME_MAX_BYTES], const char *name) {
	bool ok = text_copy(dst, NAME_MAX_BYTES, name);
	text_lower(dst);
	return ok && *dst;
}

const char *recipient_address(const json_t *row) {
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (*json_str(row, names[i]))
			return json_str(row, names[i]);
	return "";
}

bool recipient_is(const json_t *row, const char *name) {
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (*name && text_ieq(json_str(row, names[i]), name))
			return true;
	return false;
}

bool recipient_is_orphan(const char *name) {
	return strncmp(name, "S-1-5-", 6) == 0;
}

static bool add(void *arg, const json_t *row, struct err *e) {
	struct recipients *r = arg;
	char key[NAME_MAX_BYTES];
	const char *address = recipient_address(row);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		/* A display name may be somebody else's address: the first row that has the name keeps it. */
		if (!fold(key, json_str(row, names[i])) || json_object_get(r->by_name, key))
			continue;
		if (json_object_set_new_nocheck(r->by_name, key, json_string_nocheck(address)) != 0)
			return err_nomem(e);
	}
	if (++r->seen % 200 == 0 && !exo_progress(r->x, 0, 0))
		return err_set(e, ERR_CANCELLED, "Stopped");
	return true;
}

struct recipients *recipients_read(struct exo *x, struct err *e) {
	struct invoke *v = exo_invoke(x, e);
	struct recipients *r = v ? calloc(1, sizeof *r) : NULL;
	json_t *by_name = json_object();
	if (!r || !by_name) {
		if (v)
			err_nomem(e);
		json_decref(by_name);
		free(r);
		return NULL;
	}
	r->x = x;
	r->by_name = by_name;
	if (invoke_run(v, "Get-Recipient", json_pack("{s:s}", "ResultSize", "Unlimited"), RECIPIENT_COLUMNS, add, r,
		       NULL, 0, NULL, 0, NULL, e))
		return r;
	recipients_free(r);
	return NULL;
}

void recipients_free(struct recipients *r) {
	if (!r)
		return;
	json_decref(r->by_name);
	free(r);
}

const char *recipients_address(const struct recipients *r, const char *name) {
	char key[NAME_MAX_BYTES];
	const char *address = fold(key, name) ? json_string_value(json_object_get(r->by_name, key)) : NULL;
	return address && *address ? address : name;
}
