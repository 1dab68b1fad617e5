/* SPDX-License-Identifier: MIT
 *
 * change.h - everything that can be changed in a tenant, one row each: name, what it acts on, its arguments.
 *
 * A change is an item of a task (store/tasks.h): verb, target, a JSON object of arguments, at most one secret. What it
 * means on the wire is the directory's (directory.h).
 */
#ifndef MAILVAN_ADMIN_CHANGE_H
#define MAILVAN_ADMIN_CHANGE_H

#include <jansson.h>

#include "core/base/err.h"
#include "core/base/secret.h"

/* CHANGE(symbol, "name", "what it did", arguments as words, flags). Target: the user's or mailbox' UPN or address; a
 * device's identity as the service gives it; a policy's name. Arguments in [] are optional; all others are required.
 * Types: s text, b bool, S list of texts, n number, o object. Of USER_SET an empty text takes the value away. */
#define DIRECTORY_CHANGES(CHANGE)                                                                                      \
	CHANGE(USER_CREATE, "user-create", "created",                                                                  \
	       "s displayName, s mailNickname, s usageLocation, b forceChange, [S licenses], [s department], [s "      \
	       "jobTitle], "                                                                                           \
	       "[s givenName], [s surname], [s company]",                                                              \
	       CHANGE_NO_UNDO)                                                                                         \
	CHANGE(USER_ENABLE, "user-enable", "sign-in enabled", "[s usageLocation], [S licenses]", 0)                    \
	CHANGE(USER_DISABLE, "user-disable", "sign-in blocked, sessions revoked", "[S removeLicenses]",                \
	       CHANGE_DANGEROUS)                                                                                       \
	CHANGE(USER_LICENSE, "user-license", "licences or location changed", "S add, S remove, [s usageLocation]", 0)  \
	CHANGE(USER_SET, "user-set", "data changed",                                                                   \
	       "[s displayName], [s givenName], [s surname], [s department], [s jobTitle], [s company]", 0)            \
	CHANGE(USER_PASSWORD, "user-password", "password set", "b forceChange", CHANGE_DANGEROUS | CHANGE_NO_UNDO)     \
	CHANGE(MAILBOX_CREATE, "mailbox-create", "mailbox created", "s kind, s name", 0)                               \
	CHANGE(MAILBOX_TYPE, "mailbox-type", "mailbox type changed", "s kind", 0)                                      \
	CHANGE(FULL_ACCESS_GRANT, "full-access-grant", "Full Access granted", "s trustee, b autoMapping", 0)           \
	CHANGE(FULL_ACCESS_REVOKE, "full-access-revoke", "Full Access revoked", "s trustee", 0)                        \
	CHANGE(SEND_AS_GRANT, "send-as-grant", "Send As granted", "s trustee", 0)                                      \
	CHANGE(SEND_AS_REVOKE, "send-as-revoke", "Send As revoked", "s trustee", 0)                                    \
	CHANGE(SEND_ON_BEHALF_GRANT, "send-on-behalf-grant", "Send on Behalf granted", "s trustee", 0)                 \
	CHANGE(SEND_ON_BEHALF_REVOKE, "send-on-behalf-revoke", "Send on Behalf revoked", "s trustee", 0)               \
	CHANGE(FULL_ACCESS_DENY, "full-access-deny", "Full Access denied", "s trustee", CHANGE_DANGEROUS)              \
	CHANGE(FULL_ACCESS_UNDENY, "full-access-undeny", "denial of Full Access removed", "s trustee", 0)              \
	CHANGE(SEND_AS_UNDENY, "send-as-undeny", "denial of Send As removed", "s trustee", CHANGE_NO_UNDO)             \
	CHANGE(FOLDER_RIGHTS, "folder-rights", "rights on folders put back", "s trustee, o folders", 0)                \
	CHANGE(DEVICE_ALLOW, "device-allow", "device allowed", "s mailbox, s deviceId", 0)                             \
	CHANGE(DEVICE_BLOCK, "device-block", "device blocked", "s mailbox, s deviceId", CHANGE_DANGEROUS)              \
	CHANGE(DEVICE_DEFAULT, "device-default", "device left to the organisation's rules", "s mailbox, s deviceId",   \
	       0)                                                                                                      \
	CHANGE(DEVICE_WIPE, "device-wipe", "wipe requested", "s mode, [S notify]", CHANGE_DANGEROUS | CHANGE_NO_UNDO)  \
	CHANGE(DEVICE_CANCEL_WIPE, "device-cancel-wipe", "wipe cancelled", "", CHANGE_NO_UNDO)                         \
	CHANGE(DEVICE_REMOVE, "device-remove", "partnership removed", "", CHANGE_DANGEROUS | CHANGE_NO_UNDO)           \
	CHANGE(POLICY_SET, "policy-set", "mobile device policy changed", "o settings", CHANGE_DANGEROUS)               \
	CHANGE(POLICY_CREATE, "policy-create", "mobile device policy created", "o settings", CHANGE_NO_UNDO)           \
	CHANGE(POLICY_ASSIGN, "policy-assign", "mobile device policy assigned", "s policy", 0)                         \
	CHANGE(PROTOCOLS_SET, "protocols-set", "protocols of the mailbox changed", "o settings", 0)                    \
	CHANGE(APP_REGISTER, "app-register", "app made known to Exchange", "s objectId, s displayName", CHANGE_NO_UNDO)

enum change_verb {
#define CHANGE(sym, name, did, args, flags) CHANGE_##sym,
	DIRECTORY_CHANGES(CHANGE)
#undef CHANGE
		CHANGE_COUNT
};

enum { CHANGE_DANGEROUS = 1, CHANGE_NO_UNDO = 2 };

const char *change_name(enum change_verb v);
const char *change_did(enum change_verb v); /* "Full Access granted" */
unsigned change_flags(enum change_verb v);
enum change_verb change_parse(const char *name); /* CHANGE_COUNT when unknown */
/* Are the arguments complete, known and of their types? INPUT names the one that is not. */
bool change_check(enum change_verb v, const json_t *args, struct err *e);

struct change {
	enum change_verb verb;
	const char *target;
	const json_t *args;	     /* checked */
	const struct secret *secret; /* absent: NULL */
	/* It, or a part of it, may have been carried out by an earlier attempt: an answer was lost, or a step failed.
	 * What is wanted and there by now is then CHANGED, unless it was so before. */
	bool again;
	/* What was there before anything of it can have been carried out: what undo and audit go by. NULL = not known.
	 */
	const json_t *before;
	/* What is there now, looked at right before this attempt: before itself, unless again. NULL = not known. */
	const json_t *now;
};

enum change_state { CHANGED, CHANGE_ALREADY, CHANGE_FAILED, CHANGE_LATER };
/* Starts zeroed; the directory fills it.
 * LATER: give it back. With e of category None it was not sent because the look at it has grown old: the task goes on
 * with it at once. Any other e ends the task, for that would meet all others too; resume goes on.
 * unsure (FAILED, LATER): nobody knows whether it was carried out. It comes again with again set; so does one that has
 * an after beside FAILED or LATER, which says that a part was carried out. All others come again as if for the first
 * time: they are looked at anew, and that becomes their before. */
struct change_result {
	enum change_state state;
	struct err e; /* FAILED, LATER */
	bool unsure;
	char note[200]; /* a warning of the service; "" = none */
	json_t *after;	/* new reference or NULL */
	char request_id[80];
};
/* A look that is older is not acted upon: the change goes back to the queue (LATER, None). */
#define CHANGE_LOOK_MS 30000
void change_result_clear(struct change_result *r);

#endif
