/* SPDX-License-Identifier: MIT
 *
 * mailbox_plan.c - the folders of both sides, what is left out and why, and where each one goes.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/work/non_mail.h"
#include "core/work/opening.h"
#include "core/work/sign_in.h"
#include "core/work/sync.h"

#define FOLDERS_MAX 100000

bool folder_list_add(void *arg, const struct folder_info *f, struct err *e) {
	struct folder_list *l = arg;
	if (l->count == FOLDERS_MAX)
		return err_set(e, ERR_SERVER_BUG, "The server lists more than %d folders", FOLDERS_MAX);
	if (l->count == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 32;
		struct folder_info *p = realloc(l->at, cap * sizeof *p);
		if (!p)
			return err_nomem(e);
		l->at = p;
		l->cap = cap;
	}
	l->at[l->count++] = *f;
	return true;
}

bool folder_skipped_by(const char *patterns, const char *display, char *which, size_t size) {
	for (const char *at = patterns; at && *at;) {
		char pattern[256];
		size_t n = strcspn(at, "\n");
		if (n > 0 && n < sizeof pattern) {
			memcpy(pattern, at, n);
			pattern[n] = '\0';
			if (fnmatch(pattern, display, FNM_CASEFOLD) == 0) {
				text_copy(which, size, pattern);
				return true;
			}
		}
		at += n + (at[n] == '\n');
	}
	return false;
}

static bool below_root(const char *root, const char *display) {
	size_t n = strlen(root);
	return n == 0 || (strncasecmp(root, display, n) == 0 && (display[n] == '\0' || display[n] == '/'));
}

/* The reason why a folder is left out, or NULL. */
static const char *left_out(struct run *r, const struct folder_info *f, char *text, size_t size) {
	char pattern[256], raw[320];
	if (r->gmail && (f->attrs & (ATTR_IMPORTANT | ATTR_FLAGGED)))
		return "A view of Gmail: its messages come with their own folders";
	if (!below_root(r->source_root, f->display))
		return "Not below the UserRoot of this row";
	const char *holds = r->non_mail || !(r->src->ops->caps(r->src) & SOURCE_EXCHANGE) ? NULL
											   : non_mail_kind(f->display);
	if (holds) {
		snprintf(text, size, "Holds %s, not mail ('mailvan set non-mail copy' takes such folders too)", holds);
		return text;
	}
	if (!folder_skipped_by(r->skip_folders, f->display, pattern, sizeof pattern))
		return NULL;
	snprintf(raw, sizeof raw, "Left out by the operator's pattern %s", pattern);
	text_sanitise(text, size, raw, strlen(raw));
	return text;
}

static bool note_left_out(struct run *r, const struct folder_info *f, const char *why, struct err *e) {
	struct ledger_folder lf;
	return ledger_folder_open(r->store, &r->lease, f->wire, f->display, &lf, e) &&
	       ledger_folder_note(r->store, &r->lease, lf.id, true, why, e);
}

/* INBOX first: it is what users look for; \All last: it needs to know what the others had. */
static int in_order(const void *va, const void *vb) {
	const struct folder_info *a = va, *b = vb;
	int rank_a = strcasecmp(a->wire, "INBOX") == 0 ? 0 : a->attrs & ATTR_ALL ? 2 : 1;
	int rank_b = strcasecmp(b->wire, "INBOX") == 0 ? 0 : b->attrs & ATTR_ALL ? 2 : 1;
	return rank_a != rank_b ? rank_a - rank_b : strcmp(a->display, b->display);
}

bool plan_sources(struct run *r, struct plan *p, struct err *e) {
	struct folder_list all = { 0 };
	if (!r->src->ops->list(r->src, true, folder_list_add, &all, e)) {
		free(all.at);
		return false;
	}
	size_t kept = 0;
	bool ok = true;
	for (size_t i = 0; ok && i < all.count; i++) {
		char text[320];
		if (all.at[i].attrs & (ATTR_NOSELECT | ATTR_NONEXISTENT))
			continue;
		const char *why = left_out(r, &all.at[i], text, sizeof text);
		if (why)
			ok = note_left_out(r, &all.at[i], why, e);
		else
			all.at[kept++] = all.at[i];
	}
	if (kept)
		qsort(all.at, kept, sizeof *all.at, in_order);
	p->src = all.at;
	p->src_count = kept;
	p->rows = calloc(kept + 1, sizeof *p->rows);
	return ok && (p->rows || err_nomem(e));
}

static const struct folder_info *find_wire(const struct folder_info *list, size_t n, const char *wire) {
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].wire, wire) == 0)
			return &list[i];
	return NULL;
}

/* A folder keeps the target it was given in an earlier run, whatever the mapping would say today. */
static bool keep_earlier(struct run *r, struct plan *p, bool *settled, struct err *e) {
	for (size_t i = 0; i < p->src_count; i++) {
		struct ledger_folder lf;
		bool found = false;
		if (p->moved && p->moved[i])
			continue;
		if (!ledger_folder_find(r->store, r->lease.mailbox, p->src[i].wire, &lf, &found, e))
			return false;
		settled[i] = found && lf.dst_wire[0];
		p->map[i].subscribed = settled[i] && lf.subscription_known && p->map[i].exists;
		if (!settled[i] || strcmp(lf.dst_wire, p->map[i].wire) == 0)
			continue;
		const struct folder_info *at = find_wire(p->dst, p->dst_count, lf.dst_wire);
		text_copy(p->map[i].wire, sizeof p->map[i].wire, lf.dst_wire);
		if (at)
			text_copy(p->map[i].display, sizeof p->map[i].display, at->display);
		else
			text_sanitise(p->map[i].display, sizeof p->map[i].display, lf.dst_wire, strlen(lf.dst_wire));
		p->map[i].exists = at && !(at->attrs & (ATTR_NOSELECT | ATTR_NONEXISTENT));
		p->map[i].subscribed = lf.subscription_known && p->map[i].exists;
	}
	return true;
}

static bool taken(const struct plan *p, size_t except, const char *wire) {
	for (size_t i = 0; i < p->src_count; i++)
		if (i != except && strcasecmp(p->map[i].wire, wire) == 0)
			return true;
	return false;
}

/* Two source folders never share a target folder: a new one that meets an earlier one steps aside. */
static bool step_aside(struct plan *p, const bool *settled, char delimiter, struct err *e) {
	for (size_t i = 0; i < p->src_count; i++) {
		struct folder_mapping plain = p->map[i];
		for (unsigned attempt = 1; !settled[i] && taken(p, i, p->map[i].wire); attempt++) {
			if (!folder_map_alternative(&plain, attempt, delimiter, &p->map[i]))
				return err_set(e, ERR_FOLDER_NAME, "No free name at the target for folder %s",
					       p->src[i].display);
			p->map[i].exists = find_wire(p->dst, p->dst_count, p->map[i].wire) != NULL;
		}
	}
	return true;
}

bool plan_targets(struct run *r, struct plan *p, struct err *e) {
	struct folder_list all = { 0 };
	struct err why = { 0 };
	const char *src_prefix, *dst_prefix;
	char src_delimiter, dst_delimiter;
	if (!r->dst) {
		r->was_connected = r->target_worked;
		r->dst = r->opening ? opening_end(r->opening, &all, &why, e)
				    : sign_in_target(r->store, &r->ctx, &r->dst_ep, e);
		r->opening = NULL;
		if (!r->dst)
			return err_prefix(e, "Target");
		r->target_worked = true;
		run_reached(r, ERR_SIDE_TARGET);
	}
	bool ok = why.cat == ERR_NONE && (all.at || r->dst->ops->list(r->dst, false, folder_list_add, &all, e));
	if (why.cat != ERR_NONE)
		*e = why;
	p->dst = all.at;
	p->dst_count = all.count;
	ok = ok && target_moves_follow(r, p, e);
	r->target_listed = ok;
	p->map = calloc(p->src_count + 1, sizeof *p->map);
	bool *settled = calloc(p->src_count + 1, sizeof *settled);
	ok = ok && ((p->map && settled) || err_nomem(e));
	if (ok) {
		r->src->ops->namespace(r->src, &src_prefix, &src_delimiter);
		r->dst->ops->namespace(r->dst, &dst_prefix, &dst_delimiter);
		struct folder_map_input in = { p->src,	     p->src_count, src_prefix,	 p->dst,
					       p->dst_count, dst_prefix,   dst_delimiter };
		ok = folder_map(&in, p->map, e) && keep_earlier(r, p, settled, e) &&
		     step_aside(p, settled, dst_delimiter, e);
	}
	free(settled);
	p->mapped = ok;
	return ok;
}

/* A multiple of what make() does in a round trip. */
#define MADE_AT_ONCE 64

bool plan_make(struct run *r, struct plan *p, const bool *needs, struct err *e) {
	struct folder_wish *wish = calloc(p->src_count + 1, sizeof *wish);
	size_t *of = calloc(p->src_count + 1, sizeof *of), n = 0;
	bool ok = (wish && of) || err_nomem(e);
	for (size_t i = 0; ok && i < p->src_count; i++) {
		bool create = needs[i] && !p->map[i].exists;
		bool subscribe = needs[i] && (p->src[i].attrs & ATTR_SUBSCRIBED) && !p->map[i].subscribed;
		if (!create && !subscribe)
			continue;
		of[n] = i;
		wish[n++] = (struct folder_wish){ .wire = p->map[i].wire, .create = create, .subscribe = subscribe };
	}
	for (size_t at = 0; ok && at < n; at += MADE_AT_ONCE) {
		run_folders_made(r, at, n);
		ok = run_check(r, e) &&
		     r->dst->ops->make(r->dst, wish + at, n - at < MADE_AT_ONCE ? n - at : MADE_AT_ONCE, e);
	}
	run_folders_made(r, n, 0);
	for (size_t k = 0; ok && k < n; k++) {
		struct folder_mapping *m = &p->map[of[k]];
		m->exists |= wish[k].created;
		m->subscribed |= wish[k].subscribed;
	}
	free(wish);
	free(of);
	return ok;
}

void plan_forget_target(struct plan *p) {
	free(p->dst);
	free(p->map);
	p->dst = NULL;
	p->map = NULL;
	p->dst_count = 0;
	p->mapped = false;
}

void plan_free(struct plan *p) {
	free(p->src);
	free(p->dst);
	free(p->map);
	free(p->rows);
	free(p->moved);
	*p = (struct plan){ 0 };
}
