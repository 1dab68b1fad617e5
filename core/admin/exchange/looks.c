/* SPDX-License-Identifier: MIT
 *
 * looks.c - see looks.h.
 */
#include "core/admin/exchange/looks.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

#define PARTS_MAX (INVOKE_BATCH_MAX * LOOK_QUESTIONS_MAX)

struct asking {
	struct invoke_part parts[PARTS_MAX];
	json_t *parameters[PARTS_MAX]; /* to find them again: a part's own are gone when it is sent */
	size_t n;
	struct {
		size_t part[LOOK_QUESTIONS_MAX], n;
	} of[INVOKE_BATCH_MAX]; /* the change's */
};

/* Takes the parameters. */
static size_t part_for(struct asking *a, const struct look_question *q) {
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->parts[i].cmdlet, q->cmdlet) == 0 && json_equal(a->parameters[i], q->parameters)) {
			json_decref(q->parameters);
			return i;
		}
	a->parameters[a->n] = q->parameters;
	a->parts[a->n] = (struct invoke_part){ .cmdlet = q->cmdlet, .parameters = json_incref(q->parameters) };
	return a->n++;
}

static void collect(struct asking *a, const struct look_rules *rules, const struct change *c, size_t n) {
	for (size_t i = 0; i < n; i++) {
		struct look_question q[LOOK_QUESTIONS_MAX] = { 0 };
		a->of[i].n = rules->ask(&c[i], q);
		for (size_t k = 0; k < a->of[i].n; k++)
			a->of[i].part[k] = part_for(a, &q[k]);
	}
}

static bool ask_all(struct invoke *v, struct asking *a, struct err *e) {
	for (size_t i = 0; i < a->n; i++)
		if (!a->parameters[i])
			return err_nomem(e);
	for (size_t at = 0; at < a->n; at += INVOKE_BATCH_MAX) {
		size_t n = a->n - at < INVOKE_BATCH_MAX ? a->n - at : INVOKE_BATCH_MAX;
		if (!invoke_batch(v, a->parts + at, n, e))
			return false;
	}
	return true;
}

bool changes_look(struct exo *x, const struct look_rules *rules, const struct change *c, size_t n,
		  struct change_look *looks, struct err *e) {
	struct invoke *v = exo_invoke(x, e);
	struct asking *a = v && n <= INVOKE_BATCH_MAX ? calloc(1, sizeof *a) : NULL;
	if (!a)
		return v ? err_nomem(e) : false;
	collect(a, rules, c, n);
	bool ok = ask_all(v, a, e);
	for (size_t i = 0; ok && i < n; i++) {
		const struct invoke_part *answers[LOOK_QUESTIONS_MAX] = { 0 };
		for (size_t k = 0; k < a->of[i].n; k++)
			answers[k] = &a->parts[a->of[i].part[k]];
		looks[i].there = rules->read(&c[i], answers, &looks[i].e);
	}
	invoke_parts_clear(a->parts, a->n);
	for (size_t i = 0; i < a->n; i++)
		json_decref(a->parameters[i]);
	free(a);
	return ok;
}

bool look_missing(const char *cmdlet, const char *identity, struct err *e) {
	static const struct {
		const char *cmdlet, *what, *list;
	} things[] = {
		{ "Get-MobileDeviceStatistics", "mobile device", "device list" },
		{ "Get-MobileDeviceMailboxPolicy", "mobile device policy", "device policy list" },
		{ "Get-Recipient", "user, group or mailbox", "user list" },
		{ "", "mailbox", "user list" },
	};
	char who[300];
	size_t i = 0;
	while (*things[i].cmdlet && strcmp(things[i].cmdlet, cmdlet) != 0)
		i++;
	text_sanitise(who, sizeof who, identity, strlen(identity));
	err_set(e, ERR_NO_MAILBOX,
		"The tenant has no %s \"%s\": `mailvan %s --refresh` lists those that are there, and what they are "
		"called",
		things[i].what, who, things[i].list);
	e->retry = ERR_RETRY_NEVER;
	e->scope = ERR_SCOPE_MAILBOX;
	return false;
}

const json_t *look_single(const struct invoke_part *answer, const char *identity, struct err *e) {
	const json_t *row = json_array_get(answer->value, 0);
	if (answer->e.cat == ERR_NO_MAILBOX || (answer->e.cat == ERR_NONE && !row)) {
		look_missing(answer->cmdlet, identity, e);
		return NULL;
	}
	if (answer->e.cat == ERR_NONE)
		return row;
	*e = answer->e;
	return NULL;
}
