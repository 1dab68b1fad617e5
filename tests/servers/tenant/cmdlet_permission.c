/* SPDX-License-Identifier: MIT
 *
 * cmdlet_permission.c - Full Access (MailboxPermission) and Send As (RecipientPermission): E.3.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/servers/tenant/tenant.h"

static const char *text(const json_t *row, const char *name) {
	const char *v = json_string_value(json_object_get(row, name));
	return v ? v : "";
}

static int64_t number(const json_t *row, const char *name) {
	return json_integer_value(json_object_get(row, name));
}

/* Who may be given a right: a mailbox, a user, a service principal; revoking also takes what is only a name or a SID.
 */
static bool trustee(struct cmdlet_run *r, const char *name, bool revoking, char *out, size_t size) {
	const char *key = cmdlet_text(r, name);
	json_t *row = db_row(r->q->w,
			     "SELECT address AS who FROM mailbox WHERE address = ?1 OR alias = ?1 OR guid = ?1 UNION "
			     "ALL SELECT upn FROM "
			     "user WHERE (upn = ?1 OR guid = ?1) AND deleted = 0 UNION ALL SELECT object FROM "
			     "service_principal WHERE "
			     "?1 IN (object, app, name) LIMIT 1",
			     "s", key);
	snprintf(out, size, "%s", row ? text(row, "who") : key);
	bool good = row || revoking;
	if (!good)
		cmdlet_fail(r, "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException",
			    "The operation couldn't be performed because object '%s' couldn't be found on "
			    "'DB8PR01A001DC01.EURPR01A001.PROD.OUTLOOK.COM'.",
			    key);
	json_decref(row);
	return good;
}

static bool rights_known(struct cmdlet_run *r, const json_t *rights, const char *const *known) {
	size_t i, k;
	json_t *v;
	json_array_foreach(rights, i, v) {
		for (k = 0; known[k] && strcasecmp(known[k], json_string_value(v)) != 0; k++)
			;
		if (!known[k]) {
			cmdlet_fail(r, "System.Management.Automation.ParameterBindingException",
				    "Cannot bind parameter 'AccessRights'. Cannot convert value \"%.100s\".",
				    json_string_value(v));
			return false;
		}
	}
	return json_array_size(rights) > 0;
}

static const char *const FULL_RIGHTS[] = { "FullAccess",  "ReadPermission", "ChangePermission",
					   "ChangeOwner", "DeleteItem",	    "ExternalAccount",
					   NULL };
static const char *const SEND_RIGHTS[] = { "SendAs", NULL };

void get_mailbox_permission(struct cmdlet_run *r) {
	json_t *box = cmdlet_mailbox(r, "Identity"), *rows, *row;
	const char *who = cmdlet_text(r, "User");
	size_t i;
	if (!box)
		return;
	rows = db_rows(r->q->w,
		       "SELECT trustee, rights AS \"rights:j\", inherited, deny, inheritance FROM permission WHERE "
		       "mailbox = ?1 "
		       "AND (?2 = '' OR trustee = ?2) ORDER BY n",
		       "is", number(box, "n"), who);
	json_array_foreach(rows, i, row) {
		json_array_append_new(r->value,
				      json_pack("{s:s, s:s, s:O, s:b, s:b, s:s, s:n}", "Identity", text(box, "alias"),
						"User", text(row, "trustee"), "AccessRights",
						json_object_get(row, "rights"), "IsInherited",
						(int)number(row, "inherited"), "Deny", (int)number(row, "deny"),
						"InheritanceType", text(row, "inheritance"), "UserSid"));
	}
	json_decref(rows);
	json_decref(box);
}

void add_mailbox_permission(struct cmdlet_run *r) {
	json_t *box = cmdlet_mailbox(r, "Identity"), *rights = cmdlet_strings(r, "AccessRights");
	const char *inheritance = *cmdlet_text(r, "InheritanceType") ? cmdlet_text(r, "InheritanceType") : "All";
	int64_t deny = cmdlet_flag(r, "Deny", false), n = number(box, "n");
	char who[300];
	if (box && trustee(r, "User", false, who, sizeof who) && rights_known(r, rights, FULL_RIGHTS)) {
		if (db_int(r->q->w,
			   "SELECT 1 FROM permission WHERE mailbox = ? AND trustee = ? AND rights = ? AND deny = ? AND "
			   "inherited = 0",
			   "isji", n, who, rights, deny) == 1)
			cmdlet_warn(r,
				    "The appropriate access control entry is already present on the object \"%s\" for "
				    "account "
				    "\"%s\".",
				    text(box, "alias"), who);
		else
			db_do(r->q->w,
			      "INSERT INTO permission(mailbox, trustee, rights, deny, inheritance, automap) VALUES(?, "
			      "?, ?, ?, "
			      "?, ?)",
			      "isjisi", n, who, rights, deny, inheritance,
			      (int64_t)cmdlet_flag(r, "AutoMapping", true));
		json_array_append_new(r->value,
				      json_pack("{s:s, s:s, s:O, s:b, s:b, s:s}", "Identity", text(box, "alias"),
						"User", who, "AccessRights", rights, "IsInherited", 0, "Deny",
						(int)deny, "InheritanceType", inheritance));
	}
	json_decref(rights);
	json_decref(box);
}

void remove_mailbox_permission(struct cmdlet_run *r) {
	json_t *box = cmdlet_mailbox(r, "Identity"), *rights = cmdlet_strings(r, "AccessRights");
	char who[300];
	if (box && trustee(r, "User", true, who, sizeof who) && rights_known(r, rights, FULL_RIGHTS) &&
	    db_do(r->q->w,
		  "DELETE FROM permission WHERE mailbox = ? AND trustee = ? AND deny = ? AND inherited = 0 AND EXISTS "
		  "(SELECT 1 "
		  "FROM json_each(rights) WHERE value IN (SELECT value FROM json_each(?)))",
		  "isij", number(box, "n"), who, (int64_t)cmdlet_flag(r, "Deny", false), rights) == 0)
		cmdlet_warn(r,
			    "Can't remove the access control entry on the object \"%s\" for account \"%s\" because the "
			    "ACE isn't "
			    "present.",
			    text(box, "alias"), who);
	json_decref(rights);
	json_decref(box);
}

void get_recipient_permission(struct cmdlet_run *r) {
	bool one = json_object_get(r->p, "Identity") != NULL;
	json_t *box = one ? cmdlet_mailbox(r, "Identity") : NULL, *rows, *row;
	size_t i;
	if (one && !box)
		return;
	r->sliced = true;
	rows = db_rows(
		r->q->w,
		"SELECT m.alias, trustee, rights AS \"rights:j\", inherited, deny FROM recipient_permission p JOIN "
		"mailbox "
		"m ON m.n = p.mailbox WHERE (?1 < 0 OR m.n = ?1) AND (?2 = '' OR trustee = ?2) ORDER BY p.n LIMIT ?3 "
		"OFFSET ?4",
		"isii", one ? number(box, "n") : -1, cmdlet_text(r, "Trustee"), (int64_t)r->size + 1, (int64_t)r->from);
	json_array_foreach(rows, i, row) {
		json_array_append_new(r->value, json_pack("{s:s, s:s, s:s, s:O, s:b, s:s}", "Identity",
							  text(row, "alias"), "Trustee", text(row, "trustee"),
							  "AccessControlType", number(row, "deny") ? "Deny" : "Allow",
							  "AccessRights", json_object_get(row, "rights"), "IsInherited",
							  (int)number(row, "inherited"), "InheritanceType", "None"));
	}
	json_decref(rows);
	json_decref(box);
}

void add_recipient_permission(struct cmdlet_run *r) {
	json_t *box = cmdlet_mailbox(r, "Identity"), *rights = cmdlet_strings(r, "AccessRights");
	char who[300];
	if (box && trustee(r, "Trustee", false, who, sizeof who) && rights_known(r, rights, SEND_RIGHTS)) {
		if (db_int(r->q->w,
			   "SELECT 1 FROM recipient_permission WHERE mailbox = ? AND trustee = ? AND deny = 0 AND "
			   "inherited = 0",
			   "is", number(box, "n"), who) == 1)
			cmdlet_warn(r,
				    "The appropriate access control entry is already present on the object \"%s\" for "
				    "account "
				    "\"%s\".",
				    text(box, "alias"), who);
		else
			db_do(r->q->w, "INSERT INTO recipient_permission(mailbox, trustee, rights) VALUES(?, ?, ?)",
			      "isj", number(box, "n"), who, rights);
		json_array_append_new(r->value, json_pack("{s:s, s:s, s:s, s:O, s:b}", "Identity", text(box, "alias"),
							  "Trustee", who, "AccessControlType", "Allow", "AccessRights",
							  rights, "IsInherited", 0));
	}
	json_decref(rights);
	json_decref(box);
}

void remove_recipient_permission(struct cmdlet_run *r) {
	json_t *box = cmdlet_mailbox(r, "Identity"), *rights = cmdlet_strings(r, "AccessRights");
	char who[300];
	if (box && trustee(r, "Trustee", true, who, sizeof who) && rights_known(r, rights, SEND_RIGHTS) &&
	    db_do(r->q->w,
		  "DELETE FROM recipient_permission WHERE mailbox = ? AND trustee = ? AND deny = ? AND inherited = 0",
		  "isi", number(box, "n"), who, (int64_t)cmdlet_flag(r, "Deny", false)) == 0)
		cmdlet_warn(r,
			    "Can't remove the access control entry on the object \"%s\" for account \"%s\" because the "
			    "ACE isn't "
			    "present.",
			    text(box, "alias"), who);
	json_decref(rights);
	json_decref(box);
}
