/* SPDX-License-Identifier: MIT
 *
 * mailbox_changes.c - rooms, equipment and shared mailboxes made, a mailbox' type changed (exchange-wire.md D.6), and
 * its protocols switched (F.1).
 */
#include <string.h>

#include "core/admin/exchange/looks.h"
#include "core/admin/exchange/protocols.h"
#include "core/admin/exchange/results.h"
#include "core/base/text.h"

/* kind: what change.h's argument says; Exchange's words for it. */
static const struct kind {
	const char *name, *type, *details;
} kinds[] = {
	{ "user", "Regular", "UserMailbox" },
	{ "room", "Room", "RoomMailbox" },
	{ "equipment", "Equipment", "EquipmentMailbox" },
	{ "shared", "Shared", "SharedMailbox" },
};
#define KINDS (sizeof kinds / sizeof *kinds)

static const struct kind *kind_of(const struct change *c) {
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(json_str(c->args, "kind"), kinds[i].name) == 0)
			return &kinds[i];
	return NULL;
}

static struct cmdlet create_cmdlet(const struct change *c) {
	const struct kind *k = kind_of(c);
	return (struct cmdlet){ "New-Mailbox", json_pack("{s:s, s:s, s:b}", "Name", json_str(c->args, "name"),
							 "PrimarySmtpAddress", c->target, k ? k->type : "Shared", 1) };
}

static struct cmdlet type_cmdlet(const struct change *c) {
	const struct kind *k = kind_of(c);
	return (struct cmdlet){ "Set-Mailbox", json_pack("{s:s, s:s, s:b}", "Identity", c->target, "Type",
							 k ? k->type : "Regular", "Confirm", 0) };
}

static struct cmdlet protocols_cmdlet(const struct change *c) {
	const char *name;
	json_t *value, *settings = json_object_get(c->args, "settings"), *p = json_pack("{s:s}", "Identity", c->target);
	json_object_foreach(settings, name, value) {
		const struct protocol_switch *s = protocol_find(name);
		if (p && s && json_object_set(p, s->member, value) != 0) {
			json_decref(p);
			p = NULL;
		}
	}
	return (struct cmdlet){ "Set-CASMailbox", p };
}

static bool refuse(struct change_result *r, const char *fmt, const char *what) {
	char clean[120];
	text_sanitise(clean, sizeof clean, what, strlen(what));
	r->state = CHANGE_FAILED;
	err_set(&r->e, ERR_INPUT, "%s \"%s\"", fmt, clean);
	return true;
}

/* A user's mailbox comes with a licence, not with New-Mailbox. */
static bool create_settled(const struct change *c, const json_t *there, struct change_result *r) {
	const struct kind *k = kind_of(c);
	if (!k || k == &kinds[0])
		return refuse(r, "Only room, equipment and shared mailboxes are made this way, not",
			      json_str(c->args, "kind"));
	if (!json_yes(there, "exists"))
		return false;
	if (c->again && !json_yes(c->before, "exists")) {
		r->state = CHANGE_ALREADY; /* the one whose answer was lost */
		return true;
	}
	return refuse(r, "There is a mailbox of that address already:", c->target);
}

static const char *kind_name(const json_t *row) {
	for (size_t i = 0; i < KINDS; i++)
		if (text_ieq(json_str(row, "RecipientTypeDetails"), kinds[i].details))
			return kinds[i].name;
	return "other";
}

static size_t ask_mailbox(const struct change *c, struct look_question q[LOOK_QUESTIONS_MAX]) {
	q[0] = (struct look_question){ "Get-Mailbox", json_pack("{s:s}", "Identity", c->target) };
	return 1;
}

static json_t *read_kind(const struct change *c, const struct invoke_part *const a[LOOK_QUESTIONS_MAX], struct err *e) {
	const json_t *row = look_single(a[0], c->target, e);
	if (!row && e->cat == ERR_NO_MAILBOX && c->verb == CHANGE_MAILBOX_CREATE) {
		err_clear(e);
		return json_pack("{s:b}", "exists", 0);
	}
	return row ? json_pack("{s:b, s:s}", "exists", 1, "kind", kind_name(row)) : NULL;
}

static bool look_kind(struct exo *x, const struct change *c, size_t n, struct change_look *looks, struct err *e) {
	static const struct look_rules rules = { ask_mailbox, read_kind };
	return changes_look(x, &rules, c, n, looks, e);
}

static bool type_settled(const struct change *c, const json_t *there, struct change_result *r) {
	const struct kind *k = kind_of(c);
	if (!k)
		return refuse(r, "A mailbox is one of user, room, equipment and shared, not",
			      json_str(c->args, "kind"));
	if (strcmp(json_str(there, "kind"), k->name) != 0)
		return false;
	r->state = CHANGE_ALREADY;
	return true;
}

static size_t ask_protocols(const struct change *c, struct look_question q[LOOK_QUESTIONS_MAX]) {
	q[0] = (struct look_question){ "Get-CASMailbox", json_pack("{s:s}", "Identity", c->target) };
	return 1;
}

static json_t *read_protocols(const struct change *c, const struct invoke_part *const a[LOOK_QUESTIONS_MAX],
			      struct err *e) {
	const json_t *row = look_single(a[0], c->target, e);
	json_t *out = row ? json_object() : NULL, *value;
	const char *name;
	json_object_foreach(out ? json_object_get(c->args, "settings") : NULL, name, value) {
		const struct protocol_switch *s = protocol_find(name);
		json_t *was = s ? json_object_get(row, s->member) : NULL;
		if (json_is_boolean(was) || json_is_null(was)) /* null: as the organisation has it */
			json_object_set(out, s->member, was);
	}
	return out;
}

static bool look_protocols(struct exo *x, const struct change *c, size_t n, struct change_look *looks, struct err *e) {
	static const struct look_rules rules = { ask_protocols, read_protocols };
	return changes_look(x, &rules, c, n, looks, e);
}

static bool protocols_settled(const struct change *c, const json_t *there, struct change_result *r) {
	const char *name;
	json_t *value;
	bool same = there != NULL;
	json_object_foreach(json_object_get(c->args, "settings"), name, value) {
		const struct protocol_switch *s = protocol_find(name);
		if (!s)
			return refuse(r, "A mailbox has no protocol", name);
		if (!json_is_boolean(value) && !json_is_null(value))
			return refuse(r, "true or false is wanted for the protocol", name);
		same = same && json_equal(json_object_get(there, s->member), value);
	}
	if (same)
		r->state = CHANGE_ALREADY;
	return same;
}

/* What undo compares with what is there then. */
static bool type_done(struct exo *x, const struct change *c, struct change_result *r, struct err *e) {
	(void)x;
	r->after = json_pack("{s:s}", "kind", json_str(c->args, "kind"));
	return r->after || err_nomem(e);
}

static bool protocols_done(struct exo *x, const struct change *c, struct change_result *r, struct err *e) {
	const char *name;
	json_t *value;
	(void)x;
	r->after = json_object();
	json_object_foreach(json_object_get(c->args, "settings"), name, value) {
		const struct protocol_switch *s = protocol_find(name);
		if (s)
			json_object_set(r->after, s->member, value);
	}
	return r->after || err_nomem(e);
}

static bool apply_create(struct exo *x, const struct change *c, size_t n, struct change_result *r, struct err *e) {
	static const struct batch_rules rules = {
		.cmdlet = create_cmdlet, .settled = create_settled, .already_type = EXISTS, .only_again = true
	};
	return changes_apply(x, &rules, c, n, r, e);
}

static bool apply_type(struct exo *x, const struct change *c, size_t n, struct change_result *r, struct err *e) {
	static const struct batch_rules rules = { .cmdlet = type_cmdlet, .settled = type_settled, .done = type_done };
	return changes_apply(x, &rules, c, n, r, e);
}

static bool apply_protocols(struct exo *x, const struct change *c, size_t n, struct change_result *r, struct err *e) {
	static const struct batch_rules rules = { .cmdlet = protocols_cmdlet,
						  .settled = protocols_settled,
						  .done = protocols_done };
	return changes_apply(x, &rules, c, n, r, e);
}

static bool ps_create(const struct change *c, struct buf *out, struct err *e) {
	return change_powershell(create_cmdlet, c, out, e);
}
static bool ps_type(const struct change *c, struct buf *out, struct err *e) {
	return change_powershell(type_cmdlet, c, out, e);
}
static bool ps_protocols(const struct change *c, struct buf *out, struct err *e) {
	return change_powershell(protocols_cmdlet, c, out, e);
}

static int no_inverse(const struct change *c, const json_t *before, struct change_inverse *out, struct err *e) {
	(void)c, (void)before, (void)out;
	err_set(e, ERR_INPUT,
		"A mailbox that was made is not removed again by undo: remove it in Exchange, if it is empty");
	return -1;
}

static int type_inverse(const struct change *c, const json_t *before, struct change_inverse *out, struct err *e) {
	const char *kind = json_str(before, "kind");
	if (!*kind || strcmp(kind, "other") == 0) {
		err_set(e, ERR_INPUT, "What kind of mailbox it was is not known");
		return -1;
	}
	if (strcmp(kind, json_str(c->args, "kind")) == 0)
		return 0;
	out->verb = CHANGE_MAILBOX_TYPE;
	out->args = json_pack("{s:s}", "kind", kind);
	return out->args ? 1 : (err_nomem(e), -1);
}

static int protocols_inverse(const struct change *c, const json_t *before, struct change_inverse *out, struct err *e) {
	const char *name;
	json_t *value;
	bool differs = false;
	json_object_foreach(json_object_get(c->args, "settings"), name, value) {
		const struct protocol_switch *s = protocol_find(name);
		const json_t *was = s ? json_object_get(before, s->member) : NULL;
		if (!was) {
			err_set(e, ERR_INPUT, "How the protocols were switched before is not known");
			return -1;
		}
		differs = differs || !json_equal(was, value);
	}
	if (!differs)
		return 0;
	out->verb = CHANGE_PROTOCOLS_SET;
	out->args = json_pack("{s:O}", "settings", before);
	return out->args ? 1 : (err_nomem(e), -1);
}

const struct change_row mailbox_changes[] = {
	{ CHANGE_MAILBOX_CREATE, INVOKE_BATCH_MAX, look_kind, apply_create, ps_create, no_inverse },
	{ CHANGE_MAILBOX_TYPE, INVOKE_BATCH_MAX, look_kind, apply_type, ps_type, type_inverse },
	{ CHANGE_PROTOCOLS_SET, INVOKE_BATCH_MAX, look_protocols, apply_protocols, ps_protocols, protocols_inverse },
	{ 0 },
};
