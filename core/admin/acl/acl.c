/* SPDX-License-Identifier: MIT
 *
 * acl.c - see acl.h.
 */
#include "core/admin/acl/acl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admin/acl/acl_box.h"
#include "core/admin/json_read.h"
#include "core/base/text.h"
#include "core/store/mailboxes.h"
#include "core/store/permissions_cache.h"

/* A server whose certificate is not trusted will not be for the next mailbox either. */
static void untrusted(struct err *e) {
	if (e->cat == ERR_TLS) {
		e->scope = ERR_SCOPE_SERVER;
		e->retry = ERR_RETRY_LATER;
	}
}

/* ---- the snapshot, and what takes a change back ---- */

/* {"folders": {"INBOX": "lrs", ...}, "otherwise": ""}: the folders where there are rights. Some 450 of them fit into a
 * change's arguments: undo of more is refused. */
bool acl_has_seen(const json_t *before) {
	return json_is_object(json_object_get(before, "folders"));
}

static const char *rights_before(const json_t *seen, const char *wire) {
	const char *own = json_string_value(json_object_get(json_object_get(seen, "folders"), wire));
	return own ? own : json_str(seen, "otherwise");
}

int acl_inverse(const struct change *c, const json_t *before, struct change_inverse *out, struct err *e) {
	out->verb = CHANGE_FOLDER_RIGHTS;
	out->args = json_pack("{s:s, s:O}", "trustee", json_str(c->args, "trustee"), "folders", before);
	return out->args ? 1 : (err_nomem(e), -1);
}

static json_t *snapshot(struct acl_box *b, const char *trustee, struct err *e) {
	char rights[ACL_RIGHTS_MAX];
	json_t *folders = json_object();
	for (size_t i = 0; folders && i < b->n; i++) {
		/* A folder that cannot be asked is not touched either. */
		struct err why;
		if (!acl_box_rights(b, i, trustee, rights, &why)) {
			if (why.scope <= ERR_SCOPE_FOLDER)
				continue;
			*e = why;
			json_decref(folders);
			return NULL;
		}
		if (*rights)
			json_object_set_new(folders, b->wires[i], json_string(rights));
	}
	json_t *out = folders ? json_pack("{s:o, s:s}", "folders", folders, "otherwise", "") : NULL;
	if (!out)
		err_nomem(e);
	return out;
}

static void look_one(struct directory *d, const struct change *c, struct change_look *l) {
	struct acl_box b;
	if (acl_box_open(&b, &d->ctx, c->target, &l->e))
		l->there = snapshot(&b, json_str(c->args, "trustee"), &l->e);
	acl_box_close(&b);
	untrusted(&l->e);
}

static bool look(struct directory *d, const struct change *c, size_t n, struct change_look *looks, struct err *e) {
	(void)e;
	for (size_t i = 0; i < n; i++)
		look_one(d, &c[i], &looks[i]);
	return true;
}

/* ---- changes ---- */

/* What the trustee shall have in this folder. */
static const char *wanted(const struct change *c, const char *wire) {
	return c->verb == CHANGE_FULL_ACCESS_GRANT    ? ACL_FULL
	       : c->verb == CHANGE_FULL_ACCESS_REVOKE ? ""
						      : rights_before(json_object_get(c->args, "folders"), wire);
}

struct sum {
	size_t changed, same, refused, full;
	char why[200]; /* the first refusal */
};

static bool set_folders(struct acl_box *b, const struct change *c, struct sum *sum, struct err *e) {
	const char *trustee = json_str(c->args, "trustee");
	char rights[ACL_RIGHTS_MAX], name[80];
	for (size_t i = 0; i < b->n; i++) {
		const char *want = wanted(c, b->wires[i]);
		struct err why;
		bool ok = acl_box_rights(b, i, trustee, rights, &why);
		if (ok && strcmp(rights, want) != 0) {
			ok = imap_acl_set(&b->session, b->wires[i], trustee, want, &why);
			sum->changed += ok;
		} else if (ok) {
			sum->same++;
		}
		sum->full += ok && acl_is_full(want);
		if (ok)
			continue;
		if (why.scope > ERR_SCOPE_FOLDER) {
			*e = why;
			return false;
		}
		text_sanitise(name, sizeof name, b->wires[i], strlen(b->wires[i]));
		if (sum->refused++ == 0)
			snprintf(sum->why, sizeof sum->why, "%s: %.100s", name, why.text);
	}
	return true;
}

/* An earlier attempt may have done all of it: then what is there differs from what was. */
static bool done_before(const struct change *c) {
	return c->again && !(c->before && json_equal(c->before, c->now));
}

static void say(const struct acl_box *b, const struct change *c, const struct sum *sum, struct change_result *r) {
	if (sum->changed + sum->same == 0 && sum->refused > 0) {
		r->state = CHANGE_FAILED;
		err_set(&r->e, ERR_NO_PERMISSION, "None of %zu folders could be changed; %s", b->n, sum->why);
		return;
	}
	r->state = sum->changed || sum->refused || done_before(c) ? CHANGED : CHANGE_ALREADY;
	if (sum->refused)
		snprintf(r->note, sizeof r->note, "%zu of %zu folders; refused: %.120s", b->n - sum->refused, b->n,
			 sum->why);
	else
		snprintf(r->note, sizeof r->note, "%zu folder%s", b->n, b->n == 1 ? "" : "s");
}

static bool remember(struct directory *d, const struct acl_box *b, const struct change *c, const struct sum *sum,
		     struct err *e) {
	return permission_set(d->ctx.store, TENANT_TARGET, b->ep.user, json_str(c->args, "trustee"), RIGHT_FULL_ACCESS,
			      PERMIT_ALLOW, b->n > 0 && sum->full == b->n, e);
}

static void apply_one(struct directory *d, const struct change *c, struct change_result *r) {
	struct acl_box b;
	struct sum sum = { 0 };
	struct err lost;
	bool ok = acl_box_open(&b, &d->ctx, c->target, &r->e);
	if (ok && acl_box_is_owner(&b, json_str(c->args, "trustee")))
		ok = err_set(&r->e, ERR_INPUT, "The trustee is the mailbox' own user");
	ok = ok && set_folders(&b, c, &sum, &r->e);
	if (ok) {
		say(&b, c, &sum, r);
		remember(d, &b, c, &sum, &lost);
	} else {
		/* Half of the folders may be done: to do it again does no harm. */
		untrusted(&r->e);
		bool later = r->e.retry != ERR_RETRY_NEVER || r->e.cat == ERR_CANCELLED;
		r->state = later ? CHANGE_LATER : CHANGE_FAILED;
		if (sum.changed)
			r->after = json_pack("{s:b}", "inPart", 1); /* for undo */
		/* The last command may have arrived when the line broke. */
		r->unsure = b.open && (r->e.cat == ERR_NET || r->e.cat == ERR_CANCELLED);
	}
	acl_box_close(&b);
}

static bool apply(struct directory *d, const struct change *c, size_t n, struct change_result *r, struct err *e) {
	(void)e;
	for (size_t i = 0; i < n; i++)
		apply_one(d, &c[i], &r[i]);
	return true;
}

static size_t group(struct directory *d, enum change_verb v) {
	(void)d;
	return v == CHANGE_FULL_ACCESS_GRANT || v == CHANGE_FULL_ACCESS_REVOKE || v == CHANGE_FOLDER_RIGHTS;
}

/* ---- the grid ---- */

#define TRUSTEES_MAX 500

struct trustee {
	char name[320];
	size_t folders, full, denied;
	char rights[ACL_RIGHTS_MAX]; /* of the first folder that is not full */
};

struct grid {
	struct acl_box *box;
	struct trustee *at;
	size_t n;
};

static struct trustee *trustee_of(struct grid *g, const char *name) {
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->at[i].name, name) == 0)
			return &g->at[i];
	if (g->n == TRUSTEES_MAX)
		return NULL;
	text_copy(g->at[g->n].name, sizeof g->at[g->n].name, name);
	return &g->at[g->n++];
}

static bool on_entry(void *arg, const char *identifier, const char *rights, struct err *e) {
	struct grid *g = arg;
	bool deny = identifier[0] == '-';
	(void)e;
	if (acl_box_is_owner(g->box, identifier + deny) || !*rights)
		return true;
	struct trustee *t = trustee_of(g, identifier + deny);
	if (!t)
		return true;
	if (deny) {
		t->denied++;
		return true;
	}
	t->folders++;
	if (acl_is_full(rights))
		t->full++;
	else if (!*t->rights)
		text_copy(t->rights, sizeof t->rights, rights);
	return true;
}

static bool store_grid(struct directory *d, const struct acl_box *b, const struct grid *g, struct err *e) {
	struct permission_cell *cells = calloc(g->n + 1, sizeof *cells);
	if (!cells)
		return err_nomem(e);
	for (size_t i = 0; i < g->n; i++) {
		const struct trustee *t = &g->at[i];
		cells[i] = (struct permission_cell){ .trustee = t->name };
		cells[i].bits[RIGHT_FULL_ACCESS] =
			(t->full == b->n ? PERMIT_ALLOW : 0U) | (t->denied ? PERMIT_DENY : 0U);
		if (t->full < b->n)
			snprintf(cells[i].rights, sizeof cells[i].rights, "all on %zu and %s on %zu of %zu folders",
				 t->full, *t->rights ? t->rights : "others", t->folders - t->full, b->n);
	}
	bool ok = permissions_put(d->ctx.store, TENANT_TARGET, b->ep.user, cells, g->n, "", e);
	free(cells);
	return ok;
}

static bool read_grid(struct directory *d, struct acl_box *b, struct err *e) {
	struct grid g = { .box = b, .at = calloc(TRUSTEES_MAX, sizeof *g.at) };
	bool ok = g.at != NULL || err_nomem(e);
	for (size_t i = 0; ok && i < b->n; i++) {
		struct err why;
		if (!imap_acl_get(&b->session, b->wires[i], on_entry, &g, &why) && why.scope > ERR_SCOPE_FOLDER) {
			*e = why;
			ok = false;
		}
	}
	ok = ok && store_grid(d, b, &g, e);
	free(g.at);
	return ok;
}

static bool add_name(void *arg, const struct mailbox_row *row) {
	return json_array_append_new(arg, json_string(*row->target ? row->target : row->source)) == 0;
}

/* One that cannot be opened is noted, and the others go on. */
static bool crawl_one(struct directory *d, const char *name, struct err *e) {
	struct acl_box b;
	struct err why;
	bool ok = acl_box_open(&b, &d->ctx, name, &why) && read_grid(d, &b, &why);
	acl_box_close(&b);
	return ok ||
	       (why.cat == ERR_CANCELLED ? (*e = why, false)
					 : permissions_put(d->ctx.store, TENANT_TARGET, name, NULL, 0, why.text, e));
}

/* The names are collected before anything is asked: no list of the store stays open while a server is waited for. */
static bool crawl(struct directory *d, json_t *names, struct err *e) {
	const struct directory_context *ctx = &d->ctx;
	wall_ms_t began = wall_ms();
	size_t n = json_array_size(names);
	for (size_t i = 0; i < n; i++) {
		if (ctx->progress && !ctx->progress(ctx->progress_arg, i, n, 0))
			return err_set(e, ERR_CANCELLED, "Stopped");
		if (!crawl_one(d, json_string_value(json_array_get(names, i)), e))
			return false;
	}
	return permissions_end(ctx->store, TENANT_TARGET, began, e);
}

static bool refresh(struct directory *d, const char *name, const char *what, struct err *e) {
	struct mailbox_query q = { .limit = INT64_MAX };
	if (strcmp(name, "refresh-permissions") != 0)
		return err_set(e, ERR_INPUT, "An IMAP server has no list \"%s\"", name);
	if (what) {
		struct acl_box b;
		bool ok = acl_box_open(&b, &d->ctx, what, e) && read_grid(d, &b, e);
		acl_box_close(&b);
		return ok;
	}
	json_t *names = json_array();
	bool ok = names ? mailboxes_list(d->ctx.store, &q, add_name, names, e) && crawl(d, names, e) : err_nomem(e);
	json_decref(names);
	return ok;
}

/* ---- what an IMAP server has not ---- */

static bool check(struct directory *d, struct directory_check checks[DIRECTORY_CHECKS_MAX], size_t *n, struct err *e) {
	(void)d, (void)checks, (void)e;
	*n = 0;
	return true;
}

static bool powershell(const struct change *c, struct buf *out, struct err *e) {
	(void)out;
	return err_set(e, ERR_INPUT, "There is no PowerShell for \"%s\" on an IMAP server", change_name(c->verb));
}

static json_t *ask(struct directory *d, const char *question, const char *target, struct err *e) {
	(void)d, (void)target;
	err_set(e, ERR_INPUT, "An IMAP server has no answer to \"%s\"", question);
	return NULL;
}

static void close_acl(struct directory *d) {
	free(d);
}

static const struct directory_ops acl_ops = {
	.name = "An IMAP server",
	.check = check,
	.refresh = refresh,
	.group = group,
	.look = look,
	.apply = apply,
	.powershell = powershell,
	.ask = ask,
	.close = close_acl,
};

struct directory *acl_open(const struct directory_context *ctx, struct err *e) {
	struct directory *d = calloc(1, sizeof *d);
	if (!d) {
		err_nomem(e);
		return NULL;
	}
	*d = (struct directory){ .ops = &acl_ops, .ctx = *ctx };
	d->tenant.id = TENANT_TARGET;
	return d;
}
