/* SPDX-License-Identifier: MIT
 *
 * phones.c - which mailboxes may use a phone, and under which policy (Get-CASMailbox, exchange-wire.md F.1), ten in one
 * request.
 */
#include <string.h>

#include "core/admin/exchange/looks.h"
#include "core/base/text.h"

/* null: as the organisation has it, which is on. */
static bool on(const json_t *row, const char *member) {
	return !json_is_false(json_object_get(row, member));
}

static void read_access(const struct invoke_part *p, const char *mailbox, struct phone_access *out) {
	*out = (struct phone_access){ 0 };
	const json_t *row = look_single(p, mailbox, &out->e);
	const char *policy = json_str(row, "ActiveSyncMailboxPolicy");
	out->activesync = on(row, "ActiveSyncEnabled");
	out->outlook_app = on(row, "OutlookMobileEnabled");
	out->web = on(row, "OWAEnabled");
	text_sanitise(out->policy, sizeof out->policy, policy, strlen(policy));
}

static bool ask_group(struct invoke *v, const char *const *mailboxes, size_t n, struct phone_access *out,
		      struct err *e) {
	struct invoke_part parts[INVOKE_BATCH_MAX] = { 0 };
	bool ok = true;
	for (size_t i = 0; i < n; i++) {
		parts[i].cmdlet = "Get-CASMailbox";
		parts[i].parameters = json_pack("{s:s}", "Identity", mailboxes[i]);
		ok = ok && parts[i].parameters;
	}
	ok = ok ? invoke_batch(v, parts, n, e) : err_nomem(e);
	for (size_t i = 0; ok && i < n; i++)
		read_access(&parts[i], mailboxes[i], &out[i]);
	invoke_parts_clear(parts, n);
	return ok;
}

bool exo_phones(struct directory *d, const char *const *mailboxes, size_t n, struct phone_access *out, struct err *e) {
	struct invoke *v = exo_invoke((struct exo *)d, e);
	bool ok = v != NULL;
	for (size_t at = 0; ok && at < n; at += INVOKE_BATCH_MAX)
		ok = ask_group(v, mailboxes + at, n - at < INVOKE_BATCH_MAX ? n - at : INVOKE_BATCH_MAX, out + at, e);
	return ok;
}
