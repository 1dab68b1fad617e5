/* SPDX-License-Identifier: MIT
 *
 * permission_changes.c - Full Access, Send As and Send on Behalf, granted and revoked (exchange-wire.md E.3).
 *
 * Before each change all three rights of the pair are looked at: that is the snapshot that undo goes by. Whether a Full
 * Access entry maps the mailbox automatically cannot be read back; undo of a revocation grants it as Exchange would by
 * default, with AutoMapping.
 */
#include <stdio.h>
#include <string.h>

#include "core/admin/exchange/looks.h"
#include "core/admin/exchange/recipients.h"
#include "core/admin/exchange/results.h"
#include "core/base/text.h"
#include "core/store/permissions_cache.h"

/* One row per verb: which right, which direction, what takes it back. */
static const struct right {
	enum change_verb verb, inverse;
	enum permission_right right;
	bool grant;	  /* an entry is added */
	const char *name; /* in the snapshot */
	bool deny;	  /* an entry that denies the right, which goes before any that grants it */
} rights[] = {
	{ CHANGE_FULL_ACCESS_GRANT, CHANGE_FULL_ACCESS_REVOKE, RIGHT_FULL_ACCESS, true, "fullAccess", false },
	{ CHANGE_FULL_ACCESS_REVOKE, CHANGE_FULL_ACCESS_GRANT, RIGHT_FULL_ACCESS, false, "fullAccess", false },
	{ CHANGE_SEND_AS_GRANT, CHANGE_SEND_AS_REVOKE, RIGHT_SEND_AS, true, "sendAs", false },
	{ CHANGE_SEND_AS_REVOKE, CHANGE_SEND_AS_GRANT, RIGHT_SEND_AS, false, "sendAs", false },
	{ CHANGE_SEND_ON_BEHALF_GRANT, CHANGE_SEND_ON_BEHALF_REVOKE, RIGHT_ON_BEHALF, true, "sendOnBehalf", false },
	{ CHANGE_SEND_ON_BEHALF_REVOKE, CHANGE_SEND_ON_BEHALF_GRANT, RIGHT_ON_BEHALF, false, "sendOnBehalf", false },
	{ CHANGE_FULL_ACCESS_UNDENY, CHANGE_FULL_ACCESS_DENY, RIGHT_FULL_ACCESS, false, "fullAccess", true },
	{ CHANGE_FULL_ACCESS_DENY, CHANGE_FULL_ACCESS_UNDENY, RIGHT_FULL_ACCESS, true, "fullAccess", true },
	{ CHANGE_SEND_AS_UNDENY, CHANGE_COUNT, RIGHT_SEND_AS, false, "sendAs", true },
};

static const struct right *right_of(enum change_verb v) {
	size_t i = 0;
	while (i + 1 < sizeof rights / sizeof *rights && rights[i].verb != v)
		i++;
	return &rights[i];
}

static struct cmdlet deny_cmdlet(const struct change *c, const struct right *r) {
	const char *trustee = json_str(c->args, "trustee");
	if (r->right == RIGHT_SEND_AS)
		return (struct cmdlet){ "Remove-RecipientPermission",
					json_pack("{s:s, s:s, s:[s], s:b, s:b}", "Identity", c->target, "Trustee",
						  trustee, "AccessRights", "SendAs", "Deny", 1, "Confirm", 0) };
	return (struct cmdlet){ r->grant ? "Add-MailboxPermission" : "Remove-MailboxPermission",
				json_pack("{s:s, s:s, s:[s], s:s, s:b, s:b}", "Identity", c->target, "User", trustee,
					  "AccessRights", "FullAccess", "InheritanceType", "All", "Deny", 1, "Confirm",
					  0) };
}

static struct cmdlet cmdlet_of(const struct change *c) {
	const struct right *r = right_of(c->verb);
	const char *trustee = json_str(c->args, "trustee");
	if (r->deny)
		return deny_cmdlet(c, r);
	switch (r->right) {
	case RIGHT_FULL_ACCESS:
		if (r->grant)
			return (struct cmdlet){ "Add-MailboxPermission",
						json_pack("{s:s, s:s, s:[s], s:s, s:b, s:b}", "Identity", c->target,
							  "User", trustee, "AccessRights", "FullAccess",
							  "InheritanceType", "All", "AutoMapping",
							  json_yes(c->args, "autoMapping"), "Confirm", 0) };
		return (struct cmdlet){ "Remove-MailboxPermission",
					json_pack("{s:s, s:s, s:[s], s:s, s:b}", "Identity", c->target, "User", trustee,
						  "AccessRights", "FullAccess", "InheritanceType", "All", "Confirm",
						  0) };
	case RIGHT_SEND_AS:
		return (struct cmdlet){ r->grant ? "Add-RecipientPermission" : "Remove-RecipientPermission",
					json_pack("{s:s, s:s, s:[s], s:b}", "Identity", c->target, "Trustee", trustee,
						  "AccessRights", "SendAs", "Confirm", 0) };
	default:
		return (struct cmdlet){ "Set-Mailbox",
					json_pack("{s:s, s:o, s:b}", "Identity", c->target, "GrantSendOnBehalfTo",
						  hashtable(r->grant ? "Add" : "Remove", trustee), "Confirm", 0) };
	}
}

static bool powershell(const struct change *c, struct buf *out, struct err *e) {
	return change_powershell(cmdlet_of, c, out, e);
}

enum { ASK_MAILBOX, ASK_TRUSTEE, ASK_FULL_ACCESS, ASK_SEND_AS, ASK_COUNT };

/* The trustee as the operator and as Exchange calls it. */
struct who {
	const char *typed;
	const json_t *row; /* of Get-Recipient; NULL: gone, or never was */
};

static bool is_who(const struct who *who, const char *name) {
	return *name && (text_ieq(name, who->typed) || (who->row && recipient_is(who->row, name)));
}

/* What the rows say of the trustee: "Yes" is an entry on the mailbox itself, which can be revoked. */
static const char *summary(const json_t *rows, const struct who *who, const char *right, bool mailbox_form) {
	bool deny = false, own = false, inherited = false;
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i), *list = json_object_get(row, "AccessRights");
		bool has = false, his = is_who(who, json_str(row, mailbox_form ? "User" : "Trustee"));
		for (size_t k = 0; his && k < json_array_size(list); k++) {
			const char *s = json_string_value(json_array_get(list, k));
			has = has || (s && text_ieq(s, right));
		}
		bool denies =
			mailbox_form ? json_yes(row, "Deny") : text_ieq(json_str(row, "AccessControlType"), "Deny");
		deny = deny || (has && denies && !json_yes(row, "IsInherited"));
		own = own || (has && !denies && !json_yes(row, "IsInherited"));
		inherited = inherited || (has && !denies && json_yes(row, "IsInherited"));
	}
	return own ? (deny ? "Yes, denied" : "Yes") : deny ? "Deny" : inherited ? "Inherited" : "No";
}

static bool on_behalf(const json_t *mailbox, const struct who *who) {
	const json_t *list = json_object_get(mailbox, "GrantSendOnBehalfTo");
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_is_string(json_array_get(list, i)) && is_who(who, json_string_value(json_array_get(list, i))))
			return true;
	return false;
}

static json_t *snapshot(const struct invoke_part *const *parts, const char *trustee) {
	const json_t *box = json_array_get(parts[ASK_MAILBOX]->value, 0);
	struct who who = { trustee, json_array_get(parts[ASK_TRUSTEE]->value, 0) };
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "mailbox", recipient_address(box), "trustee",
			 who.row ? recipient_address(who.row) : trustee, "fullAccess",
			 summary(parts[ASK_FULL_ACCESS]->value, &who, "FullAccess", true), "sendAs",
			 summary(parts[ASK_SEND_AS]->value, &who, "SendAs", false), "sendOnBehalf",
			 on_behalf(box, &who) ? "Yes" : "No", "hidden", json_yes(box, "HiddenFromAddressListsEnabled"));
}

/* The trustee may be gone (that is what revoking is for): then nothing is known of it but the rights. */
static bool answered(const struct invoke_part *p, bool needed, struct err *e) {
	if (p->e.cat == ERR_NONE || (!needed && p->e.cat == ERR_NO_MAILBOX))
		return true;
	*e = p->e;
	return false;
}

static json_t *all_of(const char *mailbox) {
	return json_pack("{s:s, s:s}", "Identity", mailbox, "ResultSize", "Unlimited");
}

/* All trustees are asked for: whom a row means is decided here, whatever name the operator and the row have for him. */
static size_t questions(const struct change *c, struct look_question q[LOOK_QUESTIONS_MAX]) {
	const char *trustee = json_str(c->args, "trustee");
	q[ASK_MAILBOX] = (struct look_question){ "Get-Mailbox", json_pack("{s:s}", "Identity", c->target) };
	q[ASK_TRUSTEE] = (struct look_question){ "Get-Recipient", json_pack("{s:s}", "Identity", trustee) };
	q[ASK_FULL_ACCESS] = (struct look_question){ "Get-MailboxPermission", all_of(c->target) };
	q[ASK_SEND_AS] = (struct look_question){ "Get-RecipientPermission", all_of(c->target) };
	return ASK_COUNT;
}

static json_t *read_answers(const struct change *c, const struct invoke_part *const a[LOOK_QUESTIONS_MAX],
			    struct err *e) {
	if (a[ASK_MAILBOX]->e.cat == ERR_NO_MAILBOX) {
		look_missing("Get-Mailbox", c->target, e);
		return NULL;
	}
	for (size_t i = 0; i < ASK_COUNT; i++)
		if (!answered(a[i], i == ASK_MAILBOX, e))
			return NULL;
	json_t *out = snapshot(a, json_str(c->args, "trustee"));
	if (!out)
		err_nomem(e);
	return out;
}

static bool look(struct exo *x, const struct change *c, size_t n, struct change_look *looks, struct err *e) {
	static const struct look_rules rules = { questions, read_answers };
	return changes_look(x, &rules, c, n, looks, e);
}

static bool denied(const struct right *r, const json_t *there) {
	const char *says = json_str(there, r->name);
	return strcmp(says, "Deny") == 0 || strcmp(says, "Yes, denied") == 0;
}

/* Is the entry there that the change adds or removes? */
static bool had(const struct right *r, const json_t *before) {
	return r->deny ? denied(r, before) : strncmp(json_str(before, r->name), "Yes", 3) == 0;
}

/* What a change of the other entries cannot do: an entry that denies goes before any that grants. */
static void tell_denied(const struct change *c, const json_t *there, struct change_result *r) {
	const struct right *right = right_of(c->verb);
	if (!right->deny && denied(right, there))
		snprintf(r->note, sizeof r->note,
			 "a Deny entry stands%s: `mailvan permission revoke MAILBOX --from TRUSTEE %s --deny` "
			 "removes it",
			 right->grant ? " and goes before it" : "",
			 right->right == RIGHT_SEND_AS ? "--send-as" : "--full-access");
}

static bool settled(const struct change *c, const json_t *there, struct change_result *r) {
	const struct right *right = right_of(c->verb);
	if (!there || had(right, there) != right->grant)
		return false;
	r->state = CHANGE_ALREADY;
	if (c->verb == CHANGE_FULL_ACCESS_GRANT)
		text_copy(r->note, sizeof r->note,
			  "AutoMapping of an entry that is there cannot be changed: revoke it, then grant it anew");
	tell_denied(c, there, r);
	return true;
}

static const char *or_else(const char *s, const char *otherwise) {
	return *s ? s : otherwise;
}

/* In the words of summary(). */
static json_t *then(const struct right *right, const json_t *now) {
	bool allow = right->deny ? strncmp(json_str(now, right->name), "Yes", 3) == 0 : right->grant;
	bool deny = right->deny ? right->grant : denied(right, now);
	return json_pack("{s:s}", right->name, allow ? (deny ? "Yes, denied" : "Yes") : deny ? "Deny" : "No");
}

static bool done(struct exo *x, const struct change *c, struct change_result *r, struct err *e) {
	const struct right *right = right_of(c->verb);
	const char *mailbox = or_else(json_str(c->now, "mailbox"), c->target);
	const char *trustee = or_else(json_str(c->now, "trustee"), json_str(c->args, "trustee"));
	tell_denied(c, c->now, r);
	r->after = then(right, c->now);
	if (c->verb == CHANGE_SEND_AS_GRANT && json_yes(c->now, "hidden") && !r->note[0])
		text_copy(r->note, sizeof r->note,
			  "the mailbox is hidden from address lists: Outlook does not offer it as a sender");
	return permission_set(x->base.ctx.store, x->base.tenant.id, mailbox, trustee, right->right,
			      right->deny ? PERMIT_DENY : PERMIT_ALLOW, right->grant, e);
}

/* The mailbox was there a moment ago. Whom a right is given to need not be a recipient, so only Exchange can tell. */
static void trustee_missing(const struct change *c, struct err *e) {
	char who[300];
	const char *trustee = json_str(c->args, "trustee");
	text_sanitise(who, sizeof who, trustee, strlen(trustee));
	err_set(e, ERR_NO_MAILBOX,
		"Exchange Online knows nobody called \"%s\" to whom a right on the mailbox could be given: name a "
		"user or a security group by the address that `mailvan user list --refresh` shows",
		who);
	e->scope = ERR_SCOPE_MAILBOX;
}

static bool apply(struct exo *x, const struct change *c, size_t n, struct change_result *r, struct err *e) {
	static const struct batch_rules rules = {
		.cmdlet = cmdlet_of, .settled = settled, .done = done, .missing = trustee_missing
	};
	return changes_apply(x, &rules, c, n, r, e);
}

static int inverse(const struct change *c, const json_t *before, struct change_inverse *out, struct err *e) {
	const struct right *r = right_of(c->verb);
	if (!json_is_object(before)) {
		err_set(e, ERR_INPUT, "What was there before is not known");
		return -1;
	}
	if (had(r, before) == r->grant)
		return 0;
	if (r->inverse == CHANGE_COUNT) {
		err_set(e, ERR_INPUT, "Exchange Online knows no way to deny Send As again");
		return -1;
	}
	out->verb = r->inverse;
	out->args = json_pack("{s:s}", "trustee", json_str(c->args, "trustee"));
	if (out->args && r->inverse == CHANGE_FULL_ACCESS_GRANT)
		json_object_set_new(out->args, "autoMapping", json_true());
	if (out->args)
		return 1;
	err_nomem(e);
	return -1;
}

#define ROW(verb)                                                                                                      \
	{ verb, INVOKE_BATCH_MAX, look, apply, powershell, inverse }
const struct change_row permission_changes[] = {
	ROW(CHANGE_FULL_ACCESS_GRANT),	  ROW(CHANGE_FULL_ACCESS_REVOKE),
	ROW(CHANGE_SEND_AS_GRANT),	  ROW(CHANGE_SEND_AS_REVOKE),
	ROW(CHANGE_SEND_ON_BEHALF_GRANT), ROW(CHANGE_SEND_ON_BEHALF_REVOKE),
	ROW(CHANGE_FULL_ACCESS_UNDENY),	  ROW(CHANGE_FULL_ACCESS_DENY),
	ROW(CHANGE_SEND_AS_UNDENY),	  { 0 },
};
