/* SPDX-License-Identifier: MIT
 *
 * enumerate.c - list what is new in a source folder into the ledger.
 */
#include <stdlib.h>
#include <string.h>

#include "core/work/run.h"

#define ITEMS_AT_ONCE 64
#define PARTIAL_MAX 10 /* after so many listings of new messages only, one of all */
/* Of a large new folder so many are listed at once: less than 10 ms of a server near by, for which the target has work.
 * Where a step takes longer, by the way or by the server, there are fewer of them, and larger ones. */
#define STEP_LEAST 500
#define STEP_SLOW_MS 25
#define STEP_GROWS 8

struct enumeration {
	struct folder_job *job;
	struct scan_item items[ITEMS_AT_ONCE];
	char keywords[ITEMS_AT_ONCE][KEYWORDS_MAX];
	char uidls[ITEMS_AT_ONCE][UIDL_MAX + 1];
	uint32_t uids[ITEMS_AT_ONCE];
	size_t count;
	uint32_t max_uid, listed;
	bool pop, all_mail;
};

static bool map_pop_numbers(struct enumeration *en, struct err *e) {
	struct folder_job *f = en->job;
	for (size_t i = 0; i < en->count; i++) {
		uint32_t number = en->items[i].number;
		if (number == 0 || number > f->src_status.exists)
			return err_set(e, ERR_SERVER_BUG, "UIDL names message %u, but there are only %u", number,
				       f->src_status.exists);
		f->pop_uids[number - 1] = en->uids[i];
	}
	return true;
}

/* \All gives only what no other folder has (design 5.9); the rows stay, with the reason. */
static bool skip_views(struct enumeration *en, struct err *e) {
	struct folder_job *f = en->job;
	struct ledger_change changes[ITEMS_AT_ONCE];
	size_t n = 0;
	for (size_t i = 0; i < en->count; i++) {
		if (!gmail_has(f->run->gmail, en->items[i].gm_msgid))
			continue;
		changes[n++] =
			(struct ledger_change){ .uid = en->items[i].uid,
						.state = MSG_SKIPPED,
						.text = "Copied with another folder; All Mail only shows it again" };
	}
	return n == 0 || ledger_change(f->run->store, &f->run->lease, f->lf.id, changes, n, e);
}

static bool write_items(struct enumeration *en, struct err *e) {
	struct folder_job *f = en->job;
	for (size_t i = 0; i < en->count; i++) {
		en->items[i].keywords = en->keywords[i];
		en->items[i].uidl = en->pop ? en->uidls[i] : NULL;
	}
	if (en->count == 0)
		return true;
	if (!ledger_enumerate(f->run->store, &f->run->lease, f->lf.id, en->items, en->count, en->pop ? en->uids : NULL,
			      e))
		return false;
	bool ok = en->pop ? map_pop_numbers(en, e) : !en->all_mail || skip_views(en, e);
	en->count = 0;
	return ok;
}

static bool on_item(void *arg, const struct scan_item *item, struct err *e) {
	struct enumeration *en = arg;
	struct run *r = en->job->run;
	size_t i = en->count++;
	en->items[i] = *item;
	en->listed++;
	text_copy(en->keywords[i], sizeof en->keywords[i], item->keywords);
	text_copy(en->uidls[i], sizeof en->uidls[i], item->uidl ? item->uidl : "");
	if (item->uid > en->max_uid)
		en->max_uid = item->uid;
	if (r->gmail && !en->all_mail && !gmail_add(r->gmail, item->gm_msgid))
		return err_nomem(e);
	if (en->count < ITEMS_AT_ONCE)
		return true;
	run_report(r, false);
	return run_check(r, e) && write_items(en, e);
}

static int by_uid(const void *va, const void *vb) {
	const struct pop_entry *a = va, *b = vb;
	return a->uid < b->uid ? -1 : a->uid > b->uid;
}

static bool index_pop(struct folder_job *f, struct err *e) {
	f->pop_by_uid = calloc((size_t)f->pop_count + 1, sizeof *f->pop_by_uid);
	if (!f->pop_by_uid)
		return err_nomem(e);
	for (uint32_t i = 0; i < f->pop_count; i++)
		f->pop_by_uid[i] = (struct pop_entry){ .uid = f->pop_uids[i], .number = i + 1 };
	qsort(f->pop_by_uid, f->pop_count, sizeof *f->pop_by_uid, by_uid);
	return true;
}

static bool misses_some(const struct err *e) {
	return e->cat == ERR_SERVER_BUG && e->scope == ERR_SCOPE_FOLDER;
}

/* A server that counts more messages than it lists, twice: what it lists is copied, the folder is reported, and
 * the next run lists it whole again. */
static bool list_items(struct enumeration *en, uint32_t first, bool *complete, struct err *e) {
	struct folder_job *f = en->job;
	struct run *r = f->run;
	struct err second;
	for (unsigned attempt = 1;; attempt++) {
		en->listed = 0;
		*complete = r->src->ops->scan(r->src, first, on_item, en, e);
		if (!*complete && !misses_some(e))
			return false;
		if (!write_items(en, &second)) {
			*e = second;
			return false;
		}
		if (*complete)
			return true;
		if (attempt == 2)
			break;
	}
	text_copy(f->gap, sizeof f->gap, e->text);
	return true;
}

/* A message may turn up below the UIDs that are known: a source that hid it, or that was restored from a backup. Then
 * there are more messages (or, after deletions, fewer) than were there before plus what is new, and all are listed. */
static bool list_new(struct enumeration *en, uint32_t *first, bool *complete, struct err *e) {
	struct folder_job *f = en->job;
	struct delta before;
	if (!delta_get(f->run->store, f->lf.id, &before, e) || !list_items(en, *first, complete, e))
		return false;
	if (*first == 1 || !before.known || !*complete ||
	    (f->src_status.exists == (uint64_t)before.exists + en->listed && before.partial < PARTIAL_MAX))
		return true;
	*first = 1;
	return list_items(en, 1, complete, e);
}

static bool note_listing(struct enumeration *en, bool whole, uint32_t uidnext, struct err *e) {
	struct folder_job *f = en->job;
	const struct delta_listing d = { .exists = f->src_status.exists,
					 .listed = en->listed,
					 .uidnext = f->src_status.uidnext ? uidnext : 0,
					 .max_uid = en->max_uid,
					 .whole = whole,
					 .status_known = f->info->status_known,
					 .status_messages = f->info->messages,
					 .status_uidnext = f->info->uidnext };
	return delta_enumerated(f->run->store, &f->run->lease, f->lf.id, &d, e);
}

static bool finish(struct enumeration *en, bool whole, bool complete, struct err *e) {
	struct folder_job *f = en->job;
	uint32_t uidnext = f->src_status.uidnext > en->max_uid ? f->src_status.uidnext : en->max_uid + 1;
	if (uidnext < f->lf.src_uidnext)
		uidnext = f->lf.src_uidnext;
	return note_listing(en, whole, uidnext, e) &&
	       ledger_folder_enumerated(f->run->store, &f->run->lease, f->lf.id, f->src_status.uidvalidity,
					complete ? uidnext : 0, complete ? f->src_status.highestmodseq : 0, e);
}

static uint32_t first_step(const struct run *r) { return r->cfg->list_rows ? r->cfg->list_rows : STEP_LEAST; }

/* Nobody waits for the whole listing of a new folder: its first messages can be copied while the target has work.
 * Gmail's are all listed first, for \All's sake. */
static bool in_parts(const struct folder_job *f) {
	const struct run *r = f->run;
	return f->fresh && !f->lf.must_match && f->lf.src_uidnext == 0 && !r->gmail && r->src->ops->scan_part &&
	       f->src_status.exists > 2 * first_step(r) && f->src_status.uidnext > f->src_status.exists;
}

/* The next so many messages, as far as their UIDs tell how many that are. */
static bool list_part(struct enumeration *en, struct err *e) {
	struct folder_job *f = en->job;
	struct source *src = f->run->src;
	uint32_t end = f->src_status.uidnext - 1;
	uint64_t span = (uint64_t)f->step * end / f->src_status.exists;
	uint32_t last = span > end - f->unlisted ? end : f->unlisted + (uint32_t)span - 1;
	bool complete = true, listed;
	mono_ms_t begun = mono_ms();
	en->max_uid = f->max_uid;
	listed = src->ops->scan_part(src, f->unlisted, last, on_item, en, e);
	if ((!listed && !misses_some(e)) || !write_items(en, e))
		return false;
	if (mono_ms() - begun > STEP_SLOW_MS) /* exists may be any number that a server made up */
		f->step = f->step < f->src_status.exists / STEP_GROWS ? f->step * STEP_GROWS : f->src_status.exists;
	f->unlisted = listed && last < end ? last + 1 : 0;
	f->listed = en->listed += f->listed;
	f->max_uid = en->max_uid;
	if (f->unlisted)
		return ledger_flush(f->run->store, &f->run->lease, e);
	/* Fewer than the server counts: once more all of it, and behind UIDNEXT. */
	return ((listed && f->listed >= f->src_status.exists) || list_items(en, 1, &complete, e)) &&
	       finish(en, true, complete, e);
}

static struct enumeration *begin(struct folder_job *f, struct err *e) {
	struct enumeration *en = calloc(1, sizeof *en);
	if (!en) {
		err_nomem(e);
		return NULL;
	}
	en->job = f;
	en->pop = !(f->run->src->ops->caps(f->run->src) & SOURCE_FOLDERS);
	en->all_mail = f->run->gmail && (f->info->attrs & ATTR_ALL);
	return en;
}

bool folder_enumerate_more(struct folder_job *f, struct err *e) {
	struct enumeration *en = begin(f, e);
	bool ok = en && list_part(en, e);
	free(en);
	return ok;
}

static bool enumerate(struct enumeration *en, struct err *e) {
	struct folder_job *f = en->job;
	struct run *r = f->run;
	bool pop = en->pop, ok = true;
	if (pop) {
		f->pop_count = f->src_status.exists;
		f->pop_uids = calloc((size_t)f->pop_count + 1, sizeof *f->pop_uids);
		ok = f->pop_uids || err_nomem(e);
	}
	/* For Gmail every folder is listed whole, so that the set of what \All need not give is complete. */
	uint32_t first = pop || r->gmail || f->lf.src_uidnext == 0 ? 1 : f->lf.src_uidnext;
	bool complete = true;
	if (ok && f->src_status.exists > 0)
		ok = list_new(en, &first, &complete, e);
	if (ok && pop)
		ok = index_pop(f, e);
	return ok && finish(en, first == 1, complete, e);
}

bool folder_enumerate(struct folder_job *f, struct err *e) {
	struct enumeration *en = begin(f, e);
	bool ok = en != NULL;
	if (ok && in_parts(f)) {
		f->unlisted = 1;
		f->step = first_step(f->run);
		ok = list_part(en, e);
	} else if (ok) {
		ok = enumerate(en, e);
	}
	free(en);
	return ok;
}

uint32_t folder_key(const struct folder_job *f, uint32_t uid) {
	if (!f->pop_by_uid)
		return uid;
	struct pop_entry wanted = { .uid = uid };
	const struct pop_entry *at = bsearch(&wanted, f->pop_by_uid, f->pop_count, sizeof wanted, by_uid);
	return at ? at->number : 0;
}

uint32_t folder_uid(const struct folder_job *f, uint32_t key) {
	if (!f->pop_uids)
		return key;
	return key >= 1 && key <= f->pop_count ? f->pop_uids[key - 1] : 0;
}
