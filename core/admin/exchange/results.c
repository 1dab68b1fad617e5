/* SPDX-License-Identifier: MIT
 *
 * results.c - see results.h.
 */
#include "core/admin/exchange/results.h"

#include <string.h>

#include "core/admin/exchange/looks.h"
#include "core/base/text.h"

json_t *hashtable(const char *verb, const char *value) {
	return json_pack("{s:s, s:[s]}", "@odata.type", "#Exchange.GenericHashTable", verb, value);
}

bool change_powershell(cmdlet_fn *of, const struct change *c, struct buf *out, struct err *e) {
	struct cmdlet m = of(c);
	bool ok = m.parameters && invoke_powershell(m.name, m.parameters, out);
	json_decref(m.parameters);
	return ok || err_nomem(e);
}

static bool keep_first(void *arg, const json_t *row, struct err *e) {
	json_t **first = arg;
	if (!*first)
		*first = json_deep_copy(row);
	return *first || err_nomem(e);
}

json_t *ask_one(struct exo *x, const char *cmdlet, json_t *parameters, const char *select, struct err *e) {
	json_t *first = NULL;
	char who[300];
	const char *target = json_str(parameters, "Identity");
	struct invoke *v = exo_invoke(x, e);
	text_sanitise(who, sizeof who, target, strlen(target));
	if (!v) {
		json_decref(parameters);
		return NULL;
	}
	if (!invoke_run(v, cmdlet, parameters, select, keep_first, &first, NULL, 0, NULL, 0, NULL, e)) {
		json_decref(first);
		first = NULL;
		if (e->cat != ERR_NO_MAILBOX)
			return NULL;
	}
	if (!first)
		look_missing(cmdlet, who, e);
	return first;
}

/* The changes of one call, and which of them are still to be sent. */
struct batch {
	struct exo *x;
	const struct batch_rules *rules;
	const struct change *c;
	struct change_result *r;
	bool open[INVOKE_BATCH_MAX];
	size_t n;
};

static void finish(struct batch *b, size_t i) {
	struct err e;
	if (b->rules->done && !b->rules->done(b->x, &b->c[i], &b->r[i], &e))
		text_copy(b->r[i].note, sizeof b->r[i].note, "the cached list could not be brought up to date");
}

/* A warning that what was asked for was so already (exchange-wire.md E.3). Only asked when nobody has looked before. */
static bool says_already(const char *warning) {
	return strcasestr(warning, "already") || strcasestr(warning, "isn't present");
}

static void take(struct batch *b, size_t i, const struct invoke_part *p) {
	struct change_result *r = &b->r[i];
	text_copy(r->request_id, sizeof r->request_id, p->request_id);
	text_copy(r->note, sizeof r->note, p->warning);
	if (p->e.cat == ERR_NONE) {
		bool already = !b->c[i].now && !b->c[i].again && says_already(p->warning);
		r->state = already ? CHANGE_ALREADY : CHANGED;
		finish(b, i);
		return;
	}
	if (b->rules->already_type && strstr(p->type, b->rules->already_type) &&
	    (b->c[i].again || !b->rules->only_again)) {
		r->state = b->c[i].again ? CHANGED : CHANGE_ALREADY;
		finish(b, i);
		return;
	}
	r->e = p->e;
	r->unsure = p->unsure;
	if (p->e.cat == ERR_NO_MAILBOX && b->rules->missing)
		b->rules->missing(&b->c[i], &r->e);
	/* Busy, or not allowed at all: the others would fare no better now. Without a status the answer was lost. */
	bool lost = p->status == 0;
	r->state = lost || p->e.cat == ERR_THROTTLED || p->e.scope > ERR_SCOPE_MAILBOX ? CHANGE_LATER : CHANGE_FAILED;
}

/* Nothing need be sent: it is there already, or must not be. An earlier attempt may have done it. */
static bool settled(struct batch *b, size_t i) {
	const struct change *c = &b->c[i];
	struct change_result then = { 0 };
	if (!b->rules->settled || !b->rules->settled(c, c->now, &b->r[i]))
		return false;
	bool ours = b->r[i].state == CHANGE_ALREADY && c->again &&
		    !(c->before && b->rules->settled(c, c->before, &then) && then.state == CHANGE_ALREADY);
	if (ours) {
		b->r[i] = (struct change_result){ .state = CHANGED };
		finish(b, i);
	}
	return true;
}

/* What a cmdlet changes: a device is a line in the lists of its mailbox. */
static const char *object_of(const struct change *c) {
	const char *mailbox = json_str(c->args, "mailbox");
	return *mailbox ? mailbox : c->target;
}

/* Those that are open and whose object is not in this request yet. */
static size_t gather(struct batch *b, struct invoke_part *parts, size_t which[INVOKE_BATCH_MAX]) {
	size_t n = 0;
	for (size_t i = 0; i < b->n; i++) {
		bool busy = false;
		for (size_t k = 0; b->open[i] && k < n; k++)
			busy = busy || text_ieq(object_of(&b->c[which[k]]), object_of(&b->c[i]));
		if (!b->open[i] || busy)
			continue;
		struct cmdlet m = b->rules->cmdlet(&b->c[i]);
		parts[n].cmdlet = m.name;
		parts[n].parameters = m.parameters ? m.parameters : json_object();
		which[n++] = i;
		b->open[i] = false;
	}
	return n;
}

bool changes_apply(struct exo *x, const struct batch_rules *rules, const struct change *c, size_t n,
		   struct change_result *r, struct err *e) {
	struct batch b = { .x = x, .rules = rules, .c = c, .r = r, .n = n };
	mono_ms_t looked = mono_ms();
	struct invoke *v = exo_invoke(x, e);
	size_t which[INVOKE_BATCH_MAX], sent;
	if (!v || n > INVOKE_BATCH_MAX)
		return v ? err_set(e, ERR_INPUT, "Too many changes at once") : false;
	for (size_t i = 0; i < n; i++)
		b.open[i] = !settled(&b, i);
	bool ok = true;
	do {
		struct invoke_part parts[INVOKE_BATCH_MAX] = { 0 };
		struct err why;
		sent = gather(&b, parts, which);
		ok = sent == 0 || invoke_batch(v, parts, sent, &why);
		for (size_t k = 0; k < sent; k++)
			if (ok || parts[k].status) /* answered before the rest was given up */
				take(&b, which[k], &parts[k]);
			else
				r[which[k]] = (struct change_result){ .state = CHANGE_LATER,
								      .e = why,
								      .unsure = parts[k].unsure };
		invoke_parts_clear(parts, sent);
	} while (ok && sent > 0 && mono_ms() - looked <= CHANGE_LOOK_MS);
	for (size_t i = 0; i < n; i++)
		if (b.open[i]) /* not even sent */
			r[i].state = CHANGE_LATER;
	return true;
}
