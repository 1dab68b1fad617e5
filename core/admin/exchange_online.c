/* SPDX-License-Identifier: MIT
 *
 * exchange_online.c - the directory of Exchange Online: looks up the row of a change, a list or a question.
 */
#include "core/admin/exchange_online.h"

#include "core/admin/acl/acl.h"

#include <stdlib.h>
#include <string.h>

static const struct change_row *const change_tables[] = { user_changes, mailbox_changes, permission_changes,
							  device_changes, app_changes };
static const struct refresh_row *const refresh_tables[] = { user_refreshes, permission_refreshes, device_refreshes,
							    service_refreshes };

static const struct change_row *change_row(enum change_verb v) {
	for (size_t t = 0; t < sizeof change_tables / sizeof change_tables[0]; t++)
		for (const struct change_row *r = change_tables[t]; r->group; r++)
			if (r->verb == v)
				return r;
	return NULL;
}

struct graph *exo_graph(struct exo *x, struct err *e) {
	if (!x->graph)
		x->graph = graph_open(&x->base.ctx, &x->base.tenant, e);
	return x->graph;
}

struct invoke *exo_invoke(struct exo *x, struct err *e) {
	if (!x->invoke)
		x->invoke = invoke_open(&x->base.ctx, &x->base.tenant, e);
	return x->invoke;
}

bool exo_progress(struct exo *x, uint64_t rows, uint64_t of) {
	const struct directory_context *ctx = &x->base.ctx;
	return !ctx->progress || ctx->progress(ctx->progress_arg, rows, of, 0);
}

static bool refresh(struct directory *d, const char *name, const char *what, struct err *e) {
	for (size_t t = 0; t < sizeof refresh_tables / sizeof refresh_tables[0]; t++)
		for (const struct refresh_row *r = refresh_tables[t]; r->name; r++)
			if (strcmp(r->name, name) == 0)
				return r->run((struct exo *)d, what, e);
	return err_set(e, ERR_INPUT, "Exchange Online has no list \"%s\"", name);
}

static size_t group(struct directory *d, enum change_verb v) {
	const struct change_row *r = change_row(v);
	(void)d;
	return r ? r->group : 0;
}

static bool look(struct directory *d, const struct change *c, size_t n, struct change_look *looks, struct err *e) {
	const struct change_row *r = change_row(c[0].verb);
	return !r || !r->look || r->look((struct exo *)d, c, n, looks, e);
}

static bool apply(struct directory *d, const struct change *c, size_t n, struct change_result *results, struct err *e) {
	const struct change_row *r = change_row(c[0].verb);
	if (!r)
		return err_set(e, ERR_INPUT, "Exchange Online cannot do \"%s\"", change_name(c[0].verb));
	return r->apply((struct exo *)d, c, n, results, e);
}

static bool powershell(const struct change *c, struct buf *out, struct err *e) {
	const struct change_row *r = change_row(c->verb);
	if (!r || !r->powershell)
		return err_set(e, ERR_INPUT, "There is no PowerShell for \"%s\"", change_name(c->verb));
	return r->powershell(c, out, e);
}

static json_t *ask(struct directory *d, const char *question, const char *target, struct err *e) {
	for (const struct ask_row *r = exchange_questions; r->question; r++)
		if (strcmp(r->question, question) == 0)
			return r->ask((struct exo *)d, target, e);
	err_set(e, ERR_INPUT, "Exchange Online has no answer to \"%s\"", question);
	return NULL;
}

static void close_exo(struct directory *d) {
	struct exo *x = (struct exo *)d;
	graph_close(x->graph);
	invoke_close(x->invoke);
	free(x);
}

static const struct directory_ops exchange_online = {
	.name = "Exchange Online",
	.check = exo_check,
	.refresh = refresh,
	.group = group,
	.look = look,
	.apply = apply,
	.powershell = powershell,
	.ask = ask,
	.phones = exo_phones,
	.close = close_exo,
};

struct directory *exo_open(const struct directory_context *ctx, const struct tenant *t, struct err *e) {
	struct exo *x = calloc(1, sizeof *x);
	if (!x) {
		err_nomem(e);
		return NULL;
	}
	x->base = (struct directory){ .ops = &exchange_online, .ctx = *ctx, .tenant = *t };
	return &x->base;
}

bool directory_powershell(const struct change *c, struct buf *out, struct err *e) {
	return powershell(c, out, e);
}

int change_inverse(const struct change *c, const json_t *before, struct change_inverse *out, struct err *e) {
	const struct change_row *r = change_row(c->verb);
	if (acl_has_seen(before))
		return acl_inverse(c, before, out, e);
	if (!r || !r->inverse || change_flags(c->verb) & CHANGE_NO_UNDO) {
		err_set(e, ERR_INPUT, "\"%s\" cannot be taken back", change_name(c->verb));
		return -1;
	}
	return r->inverse(c, before, out, e);
}
