/* SPDX-License-Identifier: MIT
 *
 * renames_target.c - the folders of copies get the names that the source has given to their originals.
 *
 * One after the other, each as soon as its new name is free; where names have gone round, one steps aside first. Each
 * step is a RENAME and then the ledger's new place: who dies in between finds the folder by its messages
 * (target_moves.c) and goes on from there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/crash_point.h"
#include "core/work/folder_name.h"
#include "core/work/renames.h"

#define ASIDE_ATTEMPTS 4

static const struct folder_info *target_named(const struct plan *p, const char *wire) {
	for (size_t i = 0; i < p->dst_count; i++)
		if (strcmp(p->dst[i].wire, wire) == 0 && !(p->dst[i].attrs & (ATTR_NOSELECT | ATTR_NONEXISTENT)))
			return &p->dst[i];
	return NULL;
}

static bool is_below(const char *wire, const char *above, size_t n, char delimiter) {
	return delimiter && strncmp(wire, above, n) == 0 && wire[n] == delimiter;
}

/* Would renaming it take along a folder that is somebody else's, or still the place of a folder of the source? Those
 * below that the source has below the new name come along rightly. to NULL: none may. */
static bool takes_others(const struct plan *p, const char *wire, const char *to) {
	size_t n = strlen(wire), m = to ? strlen(to) : 0;
	for (size_t i = 0; i < p->dst_count; i++) {
		const struct folder_info *d = &p->dst[i];
		bool ours = false;
		if (!is_below(d->wire, wire, n, d->delimiter))
			continue;
		for (size_t k = 0; to && k < p->src_count; k++) {
			const char *at = p->map[k].wire;
			if (strcmp(at, d->wire) == 0)
				return true;
			ours |= strncmp(at, to, m) == 0 && strcmp(at + m, d->wire + n) == 0;
		}
		if (!ours)
			return true;
	}
	return false;
}

/* --- the ledger's places ---------------------------------------------------------------------------------------- */

struct places {
	const char *from;
	char delimiter;
	struct place {
		int64_t folder;
		char below[FOLDER_NAME_MAX];
	} * at;
	size_t count, cap;
};

static bool on_place(void *arg, const struct ledger_name *f, struct err *e) {
	struct places *l = arg;
	size_t n = strlen(l->from);
	if (strcmp(f->dst_wire, l->from) != 0 && !is_below(f->dst_wire, l->from, n, l->delimiter))
		return true;
	if (l->count == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 8;
		struct place *more = realloc(l->at, cap * sizeof *more);
		if (!more)
			return err_nomem(e);
		l->at = more;
		l->cap = cap;
	}
	l->at[l->count].folder = f->id;
	text_copy(l->at[l->count++].below, sizeof l->at->below, f->dst_wire + n);
	return true;
}

/* What lay there, and below it, lies elsewhere now. */
static bool places_moved(struct run *r, const char *from, const char *to, char delimiter, struct err *e) {
	struct places l = { .from = from, .delimiter = delimiter };
	bool ok = ledger_folder_names(r->store, r->lease.mailbox, on_place, &l, e);
	for (size_t i = 0; ok && i < l.count; i++) {
		struct buf wire;
		char display[FOLDER_NAME_MAX];
		buf_init(&wire, FOLDER_NAME_MAX - 1);
		/* A name that is too long for us is found by its messages. */
		if (buf_puts(&wire, to) && buf_puts(&wire, l.at[i].below) && buf_putc(&wire, '\0')) {
			folder_display(display, wire.data, delimiter);
			ok = ledger_folder_map(r->store, &r->lease, l.at[i].folder, wire.data, display, false, NULL, e);
		}
		buf_free(&wire);
	}
	free(l.at);
	return ok && ledger_flush(r->store, &r->lease, e);
}

/* RENAME leaves subscriptions with the old names (RFC 9051 6.3.6). Trouble with one is nothing to stop for. */
static bool subscriptions_moved(struct run *r, const struct plan *p, const char *from, const char *to, char delimiter,
				struct err *e) {
	size_t n = strlen(from);
	for (size_t i = 0; i < p->dst_count; i++) {
		const char *old = p->dst[i].wire;
		char wire[2 * FOLDER_NAME_MAX];
		if (!(p->dst[i].attrs & ATTR_SUBSCRIBED) ||
		    (strcmp(old, from) != 0 && !is_below(old, from, n, delimiter)))
			continue;
		snprintf(wire, sizeof wire, "%s%s", to, old + n);
		if ((!r->dst->ops->subscribe(r->dst, wire, true, e) && e->scope > ERR_SCOPE_FOLDER) ||
		    (!r->dst->ops->subscribe(r->dst, old, false, e) && e->scope > ERR_SCOPE_FOLDER))
			return false;
	}
	return true;
}

/* --- one step --------------------------------------------------------------------------------------------------- */

static bool rename_to(struct run *r, struct plan *p, struct old_folder *f, const char *to, struct err *e) {
	const struct folder_info *at = target_named(p, f->lf.dst_wire);
	char wire[FOLDER_NAME_MAX];
	text_copy(wire, sizeof wire, to); /* of the plan, which goes */
	if (!run_check(r, e))
		return false;
	if (!r->dst->ops->rename(r->dst, at->wire, wire, e)) {
		log_line(r->cfg->log, LOG_WARN, r->lease.key, "%s: not renamed at the target: %s", f->display, e->text);
		f->settled = f->kept = true;
		return e->scope <= ERR_SCOPE_FOLDER;
	}
	CRASH_POINT("renames: at the target, not in the ledger");
	if (!places_moved(r, at->wire, wire, at->delimiter, e) ||
	    !subscriptions_moved(r, p, at->wire, wire, at->delimiter, e))
		return false;
	plan_forget_target(p);
	return true;
}

static bool waits_for_another(const struct old_folder *all, size_t n, const char *place) {
	for (size_t i = 0; i < n; i++)
		if (!all[i].settled && strcmp(all[i].lf.dst_wire, place) == 0)
			return true;
	return false;
}

/* Where all are now: the target's owner may have renamed some, and a RENAME takes along what is below. */
static bool look_again(struct run *r, struct plan *p, struct old_folder *at, size_t n, struct err *e) {
	bool ok = p->mapped || plan_targets(r, p, e);
	for (size_t i = 0; ok && i < n; i++) {
		bool found;
		ok = ledger_folder_find(r->store, r->lease.mailbox, at[i].wire, &at[i].lf, &found, e);
	}
	return ok;
}

static void judge(const struct plan *p, struct old_folder *f) {
	const struct folder_info *at = target_named(p, f->lf.dst_wire);
	const char *to = p->map[f->now].wire;
	f->lost = f->lf.dst_wire[0] && !at;
	if (f->lost || !f->lf.dst_wire[0] || strcmp(f->lf.dst_wire, to) == 0)
		f->settled = true;
	else if ((at->attrs & ATTR_SPECIAL_USE) || strcasecmp(at->wire, "INBOX") == 0)
		f->settled = f->kept = true;
}

static bool try_one(struct run *r, struct plan *p, struct old_folder *all, size_t n, struct old_folder *f, bool *moved,
		    struct err *e) {
	const struct folder_mapping *m = &p->map[f->now];
	judge(p, f);
	if (f->settled || (m->exists && waits_for_another(all, n, m->wire)))
		return true;
	if (m->exists || takes_others(p, f->lf.dst_wire, m->wire)) {
		f->settled = f->kept = true;
		return true;
	}
	*moved = true;
	return rename_to(r, p, f, m->wire, e);
}

/* They wait for each other: one makes room, unless that takes along what is below. */
static bool step_aside(struct run *r, struct plan *p, struct old_folder *f, struct err *e) {
	struct folder_mapping other = p->map[f->now];
	const char *prefix;
	char delimiter;
	r->dst->ops->namespace(r->dst, &prefix, &delimiter);
	bool found = false;
	for (unsigned attempt = 1; attempt <= ASIDE_ATTEMPTS && !found && !f->aside; attempt++)
		found = folder_map_alternative(&p->map[f->now], attempt, delimiter, &other) &&
			!target_named(p, other.wire);
	if (!found || takes_others(p, f->lf.dst_wire, NULL)) {
		f->settled = f->kept = true;
		return true;
	}
	f->aside = true;
	return rename_to(r, p, f, other.wire, e);
}

bool renames_at_target(struct run *r, struct plan *p, struct old_folder *at, size_t n, struct err *e) {
	for (size_t i = 0; i < n; i++)
		at[i].settled = at[i].now == NOWHERE;
	for (;;) {
		bool moved = false;
		size_t waiting = 0;
		if (!look_again(r, p, at, n, e))
			return false;
		for (size_t i = 0; i < n && !moved; i++)
			if (!at[i].settled && !try_one(r, p, at, n, &at[i], &moved, e))
				return false;
		while (waiting < n && at[waiting].settled)
			waiting++;
		if (!moved && waiting == n)
			return true;
		if (!moved && !step_aside(r, p, &at[waiting], e))
			return false;
	}
}
