/* SPDX-License-Identifier: MIT
 *
 * permissions.c - refresh-permissions: every mailbox is asked who may open it and send as it (exchange-wire.md E.3).
 *
 * There is no cmdlet for all of them at once, so this takes long. What a mailbox says is stored when it says it; a
 * crawl that was broken off leaves a mark in list_state, and the next one goes on behind what the first has seen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/admin/exchange/recipients.h"
#include "core/base/text.h"
#include "core/store/permissions_cache.h"
#include "core/store/records.h"

#define MARK "crawl since "
#define MARK_MAX_MS (24LL * 60 * 60 * 1000) /* older ones begin anew: what they have seen is old too */
#define MAILBOXES_MAX 1000000U
#define AT_ONCE (INVOKE_BATCH_MAX / 2) /* mailboxes in one request: two questions each */

struct mailbox {
	char *address;
	json_t *on_behalf; /* names, or NULL */
	bool seen;	   /* by this crawl, before it was broken off */
};

struct crawl {
	struct exo *x;
	struct recipients *recipients;
	struct mailbox *boxes;
	size_t n, cap, done;
	wall_ms_t began;
};

static bool stopped(struct err *e) {
	return err_set(e, ERR_CANCELLED, "Stopped");
}

static bool add_mailbox(void *arg, const json_t *row, struct err *e) {
	struct crawl *c = arg;
	const char *address = recipient_address(row);
	const json_t *on_behalf = json_object_get(row, "GrantSendOnBehalfTo");
	if (!*address)
		return true;
	if (c->n == MAILBOXES_MAX)
		return err_set(e, ERR_SERVER_BUG, "Exchange Online lists more than %u mailboxes", MAILBOXES_MAX);
	if (c->n == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 256;
		struct mailbox *more = realloc(c->boxes, cap * sizeof *more);
		if (!more)
			return err_nomem(e);
		c->boxes = more;
		c->cap = cap;
	}
	struct mailbox *m = &c->boxes[c->n];
	*m = (struct mailbox){ .address = strdup(address) };
	m->on_behalf = json_array_size(on_behalf) ? json_deep_copy(on_behalf) : NULL;
	if (!m->address || (json_array_size(on_behalf) && !m->on_behalf)) {
		free(m->address);
		return err_nomem(e);
	}
	c->n++;
	return c->n % 200 != 0 || exo_progress(c->x, 0, 0) || stopped(e);
}

/* What one mailbox grants, put together from three lists. */
struct grid {
	struct permission_cell *cells;
	size_t n, cap;
};

static struct permission_cell *cell_of(struct grid *g, const char *trustee) {
	for (size_t i = 0; i < g->n; i++)
		if (text_ieq(g->cells[i].trustee, trustee))
			return &g->cells[i];
	if (g->n == PERMISSION_TRUSTEES_MAX)
		return NULL;
	if (g->n == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 16;
		struct permission_cell *more = realloc(g->cells, cap * sizeof *more);
		if (!more)
			return NULL;
		g->cells = more;
		g->cap = cap;
	}
	g->cells[g->n] = (struct permission_cell){ .trustee = trustee, .orphan = recipient_is_orphan(trustee) };
	return &g->cells[g->n++];
}

static unsigned bits_of(bool inherited, bool deny) {
	return deny ? (inherited ? PERMIT_DENY_INHERITED : PERMIT_DENY) : inherited ? PERMIT_INHERITED : PERMIT_ALLOW;
}

static bool add_full_access(struct grid *g, const struct recipients *r, const json_t *rows) {
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i), *rights = json_object_get(row, "AccessRights");
		const char *user = json_str(row, "User");
		if (!*user || text_ieq(user, "NT AUTHORITY\\SELF"))
			continue;
		struct permission_cell *c = cell_of(g, recipients_address(r, user));
		if (!c)
			return false;
		for (size_t k = 0; k < json_array_size(rights); k++) {
			const char *right = json_string_value(json_array_get(rights, k));
			size_t used = strlen(c->rights);
			if (right && text_ieq(right, "FullAccess"))
				c->bits[RIGHT_FULL_ACCESS] |=
					bits_of(json_yes(row, "IsInherited"), json_yes(row, "Deny"));
			else if (right && !strstr(c->rights, right))
				snprintf(c->rights + used, sizeof c->rights - used, "%s%.60s", used ? ", " : "", right);
		}
	}
	return true;
}

static bool add_send_as(struct grid *g, const struct recipients *r, const json_t *rows) {
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		const char *trustee = json_str(row, "Trustee");
		if (!*trustee || text_ieq(trustee, "NT AUTHORITY\\SELF"))
			continue;
		struct permission_cell *c = cell_of(g, recipients_address(r, trustee));
		if (!c)
			return false;
		c->bits[RIGHT_SEND_AS] |=
			bits_of(json_yes(row, "IsInherited"), text_ieq(json_str(row, "AccessControlType"), "Deny"));
	}
	return true;
}

static bool add_on_behalf(struct grid *g, const struct recipients *r, const json_t *names) {
	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));
		struct permission_cell *c = name && *name ? cell_of(g, recipients_address(r, name)) : NULL;
		if (name && *name && !c)
			return false;
		if (c)
			c->bits[RIGHT_ON_BEHALF] |= PERMIT_ALLOW;
	}
	return true;
}

/* The answers of one mailbox. What ends all (sign-in, stop, throttled) ends the crawl; anything else is noted. */
static bool store_mailbox(struct crawl *c, const struct mailbox *m, const struct invoke_part parts[2], struct err *e) {
	struct store *s = c->x->base.ctx.store;
	struct grid g = { 0 };
	for (int i = 0; i < 2; i++) {
		const struct err *why = &parts[i].e;
		if (why->cat == ERR_NONE)
			continue;
		if (why->cat == ERR_THROTTLED || why->scope > ERR_SCOPE_MAILBOX) {
			*e = *why;
			return false;
		}
		return permissions_put(s, c->x->base.tenant.id, m->address, NULL, 0, why->text, e);
	}
	bool ok = add_full_access(&g, c->recipients, parts[0].value) &&
		  add_send_as(&g, c->recipients, parts[1].value) && add_on_behalf(&g, c->recipients, m->on_behalf);
	if (ok)
		ok = permissions_put(s, c->x->base.tenant.id, m->address, g.cells, g.n, "", e);
	else if (g.n == PERMISSION_TRUSTEES_MAX)
		ok = permissions_put(s, c->x->base.tenant.id, m->address, NULL, 0, "It has too many trustees", e);
	else
		err_nomem(e);
	free(g.cells);
	return ok;
}

static bool ask_some(struct crawl *c, const struct mailbox *boxes, size_t n, struct err *e) {
	struct invoke_part parts[INVOKE_BATCH_MAX] = { 0 };
	struct invoke *v = exo_invoke(c->x, e);
	if (!v)
		return false;
	for (size_t i = 0; i < n; i++) {
		parts[2 * i].cmdlet = "Get-MailboxPermission";
		parts[2 * i + 1].cmdlet = "Get-RecipientPermission";
		for (size_t k = 0; k < 2; k++)
			parts[2 * i + k].parameters =
				json_pack("{s:s, s:s}", "Identity", boxes[i].address, "ResultSize", "Unlimited");
	}
	bool ok = invoke_batch(v, parts, 2 * n, e);
	for (size_t i = 0; ok && i < n; i++)
		ok = store_mailbox(c, &boxes[i], &parts[2 * i], e);
	invoke_parts_clear(parts, 2 * n);
	return ok;
}

static int by_address(const void *a, const void *b) {
	const struct mailbox *x = a, *y = b;
	return strcasecmp(x->address, y->address);
}

static void drop_mailbox(struct mailbox *m) {
	free(m->address);
	json_decref(m->on_behalf);
	*m = (struct mailbox){ 0 };
}

/* A mailbox that the crawl has seen before it was broken off need not be asked again. */
static bool seen_before(void *arg, const char *address) {
	struct crawl *c = arg;
	struct mailbox key = { .address = (char *)(uintptr_t)address };
	struct mailbox *m = bsearch(&key, c->boxes, c->n, sizeof key, by_address);
	if (m && !m->seen) {
		m->seen = true;
		c->done++;
	}
	return true;
}

/* The beginning of the crawl that is going on, durably, before anything is asked. */
static bool mark(struct crawl *c, struct err *e) {
	struct list_state state;
	struct store *s = c->x->base.ctx.store;
	uint64_t since = 0;
	c->began = wall_ms();
	if (!list_state_get(s, c->x->base.tenant.id, "refresh-permissions", &state, e))
		return false;
	if (strncmp(state.delta, MARK, strlen(MARK)) == 0 &&
	    text_u64(state.delta + strlen(MARK), 1, (uint64_t)c->began, &since) &&
	    c->began - (wall_ms_t)since < MARK_MAX_MS) {
		c->began = (wall_ms_t)since;
		return true;
	}
	snprintf(state.delta, sizeof state.delta, MARK "%lld", (long long)c->began);
	return list_state_set(s, c->x->base.tenant.id, "refresh-permissions", &state, e);
}

static bool crawl(struct crawl *c, struct err *e) {
	struct store *s = c->x->base.ctx.store;
	struct mailbox next[AT_ONCE];
	size_t n = 0;
	qsort(c->boxes, c->n, sizeof *c->boxes, by_address);
	if (!permissions_crawled(s, c->x->base.tenant.id, c->began, seen_before, c, e))
		return false;
	for (size_t i = 0; i < c->n; i++) {
		if (!c->boxes[i].seen)
			next[n++] = c->boxes[i];
		if (n < AT_ONCE && i + 1 < c->n)
			continue;
		if (!exo_progress(c->x, c->done, c->n))
			return stopped(e);
		if (n && !ask_some(c, next, n, e))
			return false;
		c->done += n;
		n = 0;
	}
	exo_progress(c->x, c->done, c->n);
	return permissions_end(s, c->x->base.tenant.id, c->began, e);
}

static bool refresh(struct exo *x, const char *what, struct err *e) {
	struct crawl c = { .x = x };
	struct invoke *v = exo_invoke(x, e);
	json_t *parameters =
		what ? json_pack("{s:s}", "Identity", what) : json_pack("{s:s}", "ResultSize", "Unlimited");
	bool ok = v && (what || mark(&c, e));
	if (ok) {
		ok = invoke_run(v, "Get-Mailbox", parameters,
				RECIPIENT_COLUMNS ",UserPrincipalName,GrantSendOnBehalfTo", add_mailbox, &c, NULL, 0,
				NULL, 0, NULL, e) &&
		     (c.recipients = recipients_read(x, e)) != NULL;
	} else {
		json_decref(parameters);
	}
	ok = ok && (what ? ask_some(&c, c.boxes, c.n < AT_ONCE ? c.n : AT_ONCE, e) : crawl(&c, e));
	for (size_t i = 0; i < c.n; i++)
		drop_mailbox(&c.boxes[i]);
	free(c.boxes);
	recipients_free(c.recipients);
	return ok;
}

const struct refresh_row permission_refreshes[] = { { "refresh-permissions", refresh }, { NULL, NULL } };
