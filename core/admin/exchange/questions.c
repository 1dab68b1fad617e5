/* SPDX-License-Identifier: MIT
 *
 * questions.c - what is asked live: a mailbox, its protocols, a device's recovery password, the groups of a user.
 */
#include <string.h>

#include "core/admin/exchange/protocols.h"
#include "core/admin/exchange/results.h"
#include "core/admin/graph/graph_int.h"

static json_t *ask_mailbox(struct exo *x, const char *target, struct err *e) {
	return ask_one(x, "Get-Mailbox", json_pack("{s:s}", "Identity", target),
		       "Identity,DisplayName,PrimarySmtpAddress,RecipientTypeDetails,GrantSendOnBehalfTo,"
		       "HiddenFromAddressListsEnabled,IssueWarningQuota,ProhibitSendQuota,ProhibitSendReceiveQuota",
		       e);
}

/* {"imap": true, ...}: on or off, whatever Exchange calls it. */
static json_t *ask_protocols(struct exo *x, const char *target, struct err *e) {
	json_t *row = ask_one(x, "Get-CASMailbox", json_pack("{s:s}", "Identity", target), NULL, e);
	json_t *out = row ? json_object() : NULL;
	for (const struct protocol_switch *p = protocol_switches; out && p->name; p++) {
		const json_t *v = json_object_get(row, p->member);
		if (json_is_boolean(v))
			json_object_set_new(out, p->name, json_boolean(json_is_true(v) != p->inverted));
	}
	json_decref(row);
	if (row && !out)
		err_nomem(e);
	return out;
}

/* {"recoveryPassword": "..."}; nothing else of the answer. Asterisks stand for "there is one, but not for you". */
static json_t *ask_recovery_password(struct exo *x, const char *target, struct err *e) {
	json_t *row = ask_one(x, "Get-MobileDeviceStatistics",
			      json_pack("{s:s, s:b}", "Identity", target, "ShowRecoveryPassword", 1),
			      "Identity,RecoveryPassword", e);
	const char *password = json_str(row, "RecoveryPassword");
	json_t *out = NULL;
	if (row && (!*password || strspn(password, "*") == strlen(password)))
		err_set(e, ERR_INPUT,
			"Exchange keeps no recovery password of this device: its policy has to allow it "
			"(PasswordRecoveryEnabled) before the device sets its password");
	else if (row && !(out = json_pack("{s:s}", "recoveryPassword", password)))
		err_nomem(e);
	json_decref(row);
	return out;
}

const struct ask_row exchange_questions[] = {
	{ "mailbox", ask_mailbox },
	{ "protocols", ask_protocols },
	{ "recovery-password", ask_recovery_password },
	{ "groups", graph_ask_groups },
	{ "domains", graph_ask_domains },
	{ 0 },
};
