/* SPDX-License-Identifier: MIT
 *
 * subscriptions.c - subscriptions that the source's owner has changed since the target was told of them last. What the
 * target's owner has changed stays: only the source's changes go over, each once.
 */
#include <stdlib.h>
#include <string.h>

#include "core/work/sync.h"

struct change {
	char wire[FOLDER_NAME_MAX]; /* at the target; "" = it was told when the folder was made */
	struct ledger_subscription seen;
};

struct changes {
	const struct folder_info **source; /* ascending by wire name */
	size_t source_count;
	struct change *at;
	size_t count, cap;
};

static int by_wire(const void *a, const void *b) {
	return strcmp((*(const struct folder_info *const *)a)->wire, (*(const struct folder_info *const *)b)->wire);
}

static int against_wire(const void *wire, const void *f) {
	return strcmp(wire, (*(const struct folder_info *const *)f)->wire);
}

static bool on_name(void *arg, const struct ledger_name *f, struct err *e) {
	struct changes *l = arg;
	const struct folder_info *const *info =
		l->source_count ? bsearch(f->src_wire, l->source, l->source_count, sizeof *l->source, against_wire)
				: NULL;
	bool on = info && ((*info)->attrs & ATTR_SUBSCRIBED);
	if (!info || !f->dst_wire[0] || f->subscribed == on)
		return true;
	if (l->count == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 16;
		struct change *more = realloc(l->at, cap * sizeof *more);
		if (!more)
			return err_nomem(e);
		l->at = more;
		l->cap = cap;
	}
	struct change *c = &l->at[l->count++];
	*c = (struct change){ .seen = { f->id, on } };
	if (f->subscribed >= 0)
		text_copy(c->wire, sizeof c->wire, f->dst_wire);
	return true;
}

static bool find_changes(struct run *r, const struct plan *p, struct changes *l, struct err *e) {
	l->source = malloc((p->src_count + 1) * sizeof *l->source);
	if (!l->source)
		return err_nomem(e);
	for (size_t i = 0; i < p->src_count; i++)
		l->source[l->source_count++] = &p->src[i];
	if (l->source_count)
		qsort(l->source, l->source_count, sizeof *l->source, by_wire);
	return ledger_flush(r->store, &r->lease, e) && ledger_folder_names(r->store, r->lease.mailbox, on_name, l, e);
}

/* A folder that cannot be subscribed is still a good folder. */
static bool tell_target(struct run *r, struct plan *p, const struct change *c, struct err *e) {
	if (!c->wire[0])
		return true;
	if (!run_check(r, e) || (!p->mapped && !plan_targets(r, p, e)))
		return false;
	if (r->dst->ops->subscribe(r->dst, c->wire, c->seen.on, e))
		return true;
	log_line(r->cfg->log, LOG_WARN, r->lease.key, "Subscription: %s", e->text);
	return e->scope <= ERR_SCOPE_FOLDER;
}

bool subscriptions_follow(struct run *r, struct plan *p, struct err *e) {
	struct changes l = { 0 };
	if (!(r->src->ops->caps(r->src) & SOURCE_FOLDERS))
		return true;
	bool ok = find_changes(r, p, &l, e);
	struct ledger_subscription *seen = calloc(l.count + 1, sizeof *seen);
	ok = ok && (seen || err_nomem(e));
	for (size_t i = 0; ok && i < l.count; i++) {
		ok = tell_target(r, p, &l.at[i], e);
		seen[i] = l.at[i].seen;
	}
	ok = ok && (l.count == 0 || ledger_subscribed(r->store, &r->lease, seen, l.count, e));
	free(seen);
	free(l.source);
	free(l.at);
	return ok;
}
