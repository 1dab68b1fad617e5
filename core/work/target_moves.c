/* SPDX-License-Identifier: MIT
 *
 * target_moves.c - a folder with copies of ours that is not at the target any more under the name it had: its owner,
 * who is using the new mailbox already, has renamed it, moved it below another one or into the trash, or deleted it.
 *
 * A rename keeps UIDs and UIDVALIDITY (RFC 9051 6.3.6). Servers that take UIDVALIDITY from the clock give one to many
 * folders, so a sample of the copies decides. What is not recognised is named; it is made again when the folder has
 * work.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mail/mime/ident.h"
#include "core/work/match.h"
#include "core/work/sync.h"

#define SAMPLE 64     /* messages compared */
#define ROWS_READ 256 /* from which they are taken: half of them the oldest, half from the middle on */

/* A folder of the ledger whose place is not in the target's list. */
struct lost {
	char src_wire[FOLDER_NAME_MAX], src_display[FOLDER_NAME_MAX], dst_wire[FOLDER_NAME_MAX];
};

struct search {
	struct run *run;
	const struct plan *plan;
	const char **there; /* names of the target's folders, ascending */
	size_t there_count;
	struct lost *at;
	size_t count, cap;
	struct folder_list now; /* with status; listed once something is lost */
	bool *taken;		/* by folder of now: somebody's place, or no folder for mail */
};

static int by_text(const void *a, const void *b) {
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool on_place(void *arg, const struct ledger_name *f, struct err *e) {
	struct search *s = arg;
	/* INBOX cannot be renamed: RENAME moves what is in it. */
	if (!f->dst_wire[0] || strcasecmp(f->dst_wire, "INBOX") == 0 ||
	    (s->there_count && bsearch(&f->dst_wire, s->there, s->there_count, sizeof *s->there, by_text)))
		return true;
	if (s->count == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 8;
		struct lost *more = realloc(s->at, cap * sizeof *more);
		if (!more)
			return err_nomem(e);
		s->at = more;
		s->cap = cap;
	}
	struct lost *l = &s->at[s->count++];
	text_copy(l->src_wire, sizeof l->src_wire, f->src_wire);
	text_copy(l->src_display, sizeof l->src_display, f->src_display);
	text_copy(l->dst_wire, sizeof l->dst_wire, f->dst_wire);
	return true;
}

static bool find_lost(struct search *s, struct err *e) {
	const struct plan *p = s->plan;
	s->there = malloc((p->dst_count + 1) * sizeof *s->there);
	if (!s->there)
		return err_nomem(e);
	for (size_t i = 0; i < p->dst_count; i++)
		if (!(p->dst[i].attrs & (ATTR_NOSELECT | ATTR_NONEXISTENT)))
			s->there[s->there_count++] = p->dst[i].wire;
	if (s->there_count)
		qsort(s->there, s->there_count, sizeof *s->there, by_text);
	return ledger_folder_names(s->run->store, s->run->lease.mailbox, on_place, s, e);
}

static bool on_taken(void *arg, const struct ledger_name *f, struct err *e) {
	struct search *s = arg;
	(void)e;
	for (size_t i = 0; i < s->now.count; i++)
		s->taken[i] |= strcmp(s->now.at[i].wire, f->dst_wire) == 0;
	return true;
}

/* The folders that it may be now. */
static bool list_again(struct search *s, struct err *e) {
	struct run *r = s->run;
	if (!r->dst->ops->list(r->dst, true, folder_list_add, &s->now, e))
		return false;
	s->taken = calloc(s->now.count + 1, sizeof *s->taken);
	if (!s->taken)
		return err_nomem(e);
	for (size_t i = 0; i < s->now.count; i++)
		s->taken[i] = (s->now.at[i].attrs & (ATTR_NOSELECT | ATTR_NONEXISTENT)) ||
			      strcasecmp(s->now.at[i].wire, "INBOX") == 0;
	return ledger_folder_names(r->store, r->lease.mailbox, on_taken, s, e);
}

/* --- is it this one? -------------------------------------------------------------------------------------------- */

/* Copies by UID; where the target has named no UIDs, what its first ones hold is looked for among the copies. */
struct copies_sample {
	struct copy_known {
		uint32_t uid;
		uint64_t ident;
	} at[ROWS_READ];
	size_t count;
	bool by_uid;
	uint32_t uids[SAMPLE];
	size_t asked, here, equal;
};

static int by_uid(const void *a, const void *b) {
	const struct copy_known *x = a, *y = b;
	return (x->uid > y->uid) - (x->uid < y->uid);
}

static void add_known(struct copies_sample *s, const struct ledger_row *rows, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (rows[i].ident && s->count < ROWS_READ)
			s->at[s->count++] = (struct copy_known){ rows[i].dst_uid, rows[i].ident };
}

static void choose_uids(struct copies_sample *s) {
	size_t first = 0;
	if (s->count)
		qsort(s->at, s->count, sizeof *s->at, by_uid);
	while (first < s->count && !s->at[first].uid)
		first++;
	size_t known = s->count - first;
	s->by_uid = known > 0;
	if (!s->by_uid) {
		for (uint32_t uid = 1; s->count && uid <= SAMPLE; uid++)
			s->uids[s->asked++] = uid;
		return;
	}
	memmove(s->at, s->at + first, known * sizeof *s->at);
	s->count = known;
	for (size_t k = 0; k < SAMPLE && k < known; k++) {
		uint32_t uid = s->at[known <= SAMPLE ? k : k * known / SAMPLE].uid;
		if (!s->asked || s->uids[s->asked - 1] != uid) /* merged messages share a copy */
			s->uids[s->asked++] = uid;
	}
}

/* The rows that verify has put in doubt too: their copies may just have another place. */
static bool take_copies(struct run *r, const struct ledger_folder *lf, struct copies_sample *s, struct err *e) {
	const unsigned states =
		1u << MSG_INTENT | 1u << MSG_ACKED | 1u << MSG_DONE | 1u << MSG_ADOPTED | 1u << MSG_MERGED;
	struct ledger_row *rows = calloc(ROWS_READ / 2, sizeof *rows);
	size_t n = 0;
	*s = (struct copies_sample){ 0 };
	bool ok = rows ? ledger_rows(r->store, lf->id, 0, states, rows, ROWS_READ / 2, &n, e) : err_nomem(e);
	if (ok) {
		uint32_t after = n ? rows[n - 1].uid : 0;
		add_known(s, rows, n);
		if (after < lf->src_uidnext / 2)
			after = lf->src_uidnext / 2;
		ok = ledger_rows(r->store, lf->id, after, states, rows, ROWS_READ / 2, &n, e);
	}
	if (ok)
		add_known(s, rows, n);
	free(rows);
	choose_uids(s);
	return ok;
}

static bool on_header(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct copies_sample *s = arg;
	struct header_ident id;
	bool asked = false, equal = false;
	(void)e;
	ident_header(header, n, &id);
	for (size_t i = 0; i < s->asked; i++)
		asked |= s->uids[i] == item->uid;
	for (size_t i = 0; i < s->count && !equal; i++)
		equal = s->at[i].ident == ident_value(&id) && (!s->by_uid || s->at[i].uid == item->uid);
	s->here += asked;
	s->equal += asked && equal;
	return true;
}

/* Its owner may have deleted some of them, and put others beside them. */
static bool holds_copies(struct run *r, const struct ledger_folder *lf, const struct folder_info *f,
			 struct copies_sample *s, bool *same, struct err *e) {
	struct folder_status st;
	*same = false;
	if (!s->asked || (f->status_known && (f->uidvalidity != lf->dst_uidvalidity || f->messages == 0)))
		return true;
	s->here = s->equal = 0;
	bool ok = r->dst->ops->select(r->dst, f->wire, &st, e) &&
		  (st.uidvalidity != lf->dst_uidvalidity ||
		   r->dst->ops->headers(r->dst, s->uids, s->asked, on_header, s, e));
	*same = ok && s->equal > 0 && s->equal * 2 > s->here;
	return ok || e->scope <= ERR_SCOPE_FOLDER;
}

/* --- what becomes of it ----------------------------------------------------------------------------------------- */

static bool settle_at(struct search *s, const struct lost *l, const struct ledger_folder *lf, size_t index,
		      struct err *e) {
	struct run *r = s->run;
	const struct folder_info *f = &s->now.at[index];
	s->taken[index] = true;
	return ledger_folder_map(r->store, &r->lease, lf->id, f->wire, f->display, false, NULL, e) &&
	       ledger_flush(r->store, &r->lease, e) &&
	       sync_note(r, lf->id, "target-folder-renamed", e,
			 "The folder of the copies of %.100s is called %.100s at the target now: they stay there, and "
			 "what is new goes there",
			 l->src_display, f->display);
}

static bool note_lost(struct search *s, const struct lost *l, const struct ledger_folder *lf, struct err *e) {
	uint64_t copies = lf->counts.copied + lf->counts.adopted + lf->counts.merged;
	bool at_source = false;
	for (size_t i = 0; i < s->plan->src_count; i++)
		at_source |= strcmp(s->plan->src[i].wire, l->src_wire) == 0;
	return copies == 0 || !at_source ||
	       sync_note(s->run, lf->id, TARGET_FOLDER_GONE, e,
			 "The folder was deleted or renamed at the target, and its %llu copies are in no other that "
			 "could be it. To have them again: 'mailvan verify --refill', then 'mailvan migrate'",
			 (unsigned long long)copies);
}

static bool follow_one(struct search *s, const struct lost *l, struct copies_sample *sample, struct err *e) {
	struct run *r = s->run;
	struct ledger_folder lf;
	struct folder_status st;
	bool found = false, same = false;
	if (!ledger_folder_find(r->store, r->lease.mailbox, l->src_wire, &lf, &found, e))
		return false;
	if (!found || lf.skipped || !lf.dst_uidvalidity)
		return true;
	/* Not listed and there all the same: another spelling, or a list that hides some. */
	if (r->dst->ops->select(r->dst, l->dst_wire, &st, e))
		return true;
	if (e->scope > ERR_SCOPE_FOLDER || (!s->taken && !list_again(s, e)) || !take_copies(r, &lf, sample, e))
		return false;
	for (size_t i = 0; i < s->now.count; i++) {
		if (s->taken[i])
			continue;
		if (!run_check(r, e) || !holds_copies(r, &lf, &s->now.at[i], sample, &same, e))
			return false;
		if (same)
			return settle_at(s, l, &lf, i, e);
	}
	return note_lost(s, l, &lf, e);
}

bool target_moves_follow(struct run *r, const struct plan *p, struct err *e) {
	struct search s = { .run = r, .plan = p };
	struct copies_sample *sample = calloc(1, sizeof *sample);
	bool ok = sample ? find_lost(&s, e) : err_nomem(e);
	for (size_t i = 0; ok && i < s.count; i++)
		ok = run_check(r, e) && follow_one(&s, &s.at[i], sample, e);
	free(sample);
	free(s.there);
	free(s.at);
	free(s.now.at);
	free(s.taken);
	return ok;
}
