/* SPDX-License-Identifier: MIT
 *
 * folder_run.c - one folder, from enumeration to the last acknowledgement.
 *
 *   open ledger -> EXAMINE -> UIDVALIDITY -> enumerate what is new -> nothing to do? done
 *   -> target folder -> UIDVALIDITY -> resolve what is in doubt -> pump
 */
#include <stdlib.h>
#include <string.h>

#include "core/store/late_flags.h"
#include "core/work/opening.h"
#include "core/work/sync.h"

#define NAME_ATTEMPTS 4

static bool open_row(struct folder_job *f, struct err *e) {
	struct run *r = f->run;
	if (!ledger_folder_open(r->store, &r->lease, f->info->wire, f->info->display, &f->lf, e))
		return false;
	f->fresh = f->lf.counts.source == 0;
	f->some_failed = f->lf.counts.failed > 0;
	return true;
}

static bool reread(struct folder_job *f, struct err *e) {
	struct run *r = f->run;
	return ledger_folder_reread(r->store, &r->lease, f->info->wire, &f->lf, e);
}

static void forget_listing(struct folder_job *f) {
	free(f->pop_uids);
	free(f->pop_by_uid);
	f->pop_uids = NULL;
	f->pop_by_uid = NULL;
}

/* Never "all new" either when a POP3 server has given out other UIDLs. */
static bool list_by_new_uidls(struct folder_job *f, struct err *e) {
	struct run *r = f->run;
	bool others;
	if (!uidls_are_new(f, &others, e))
		return false;
	if (!others)
		return true;
	forget_listing(f);
	return ledger_folder_restart(r->store, &r->lease, f->lf.id, f->src_status.uidvalidity, e) && reread(f, e) &&
	       folder_enumerate(f, e) && reread(f, e);
}

static bool open_source(struct folder_job *f, struct err *e) {
	struct run *r = f->run;
	if (!r->src->ops->select(r->src, f->info->wire, &f->src_status, e))
		return false;
	uint32_t known = f->lf.src_uidvalidity, now = f->src_status.uidvalidity;
	if (known && known != now) {
		/* Never "all new": the rows start again and are matched against the whole target folder. */
		log_line(r->cfg->log, LOG_WARN, r->lease.key, "%s: UIDVALIDITY of the source changed from %u to %u",
			 f->info->display, known, now);
		if (!ledger_folder_restart(r->store, &r->lease, f->lf.id, now, e) || !reread(f, e))
			return false;
	}
	bool ok = folder_enumerate(f, e) && reread(f, e) && list_by_new_uidls(f, e);
	while (ok && f->unlisted && f->lf.counts.pending == 0)
		ok = folder_enumerate_more(f, e) && reread(f, e);
	return ok;
}

/* A new folder with messages will need its target folder: where that is there already, it is selected while the source
 * lists. */
static bool open_source_and_more(struct folder_job *f, const struct plan *p, size_t index, struct err *e) {
	struct selecting *early = NULL;
	if (f->fresh && f->info->status_known && f->info->messages && p->mapped && p->map[index].exists && f->run->dst)
		early = selecting_begin(f->run->dst, p->map[index].wire);
	bool ok = open_source(f, e);
	struct err why;
	f->selected = early && selecting_end(early, &f->dst_status, &why);
	if (ok && early && !f->selected)
		*e = why;
	return ok && (!early || f->selected);
}

static bool create_target(struct run *r, struct folder_mapping *m, char delimiter, struct err *e) {
	const struct folder_mapping plain = *m;
	for (unsigned attempt = 1;; attempt++) {
		if (r->dst->ops->create(r->dst, m->wire, e))
			return true;
		if (e->cat != ERR_FOLDER_NAME || attempt > NAME_ATTEMPTS ||
		    !folder_map_alternative(&plain, attempt, delimiter, m))
			return false;
	}
}

static bool settle_name(struct folder_job *f, struct folder_mapping *m, struct err *e) {
	struct run *r = f->run;
	const char *prefix;
	char delimiter;
	r->dst->ops->namespace(r->dst, &prefix, &delimiter);
	if (!m->exists && !create_target(r, m, delimiter, e))
		return false;
	m->exists = true;
	/* Also when the name is known: this takes back the note of an error in an earlier run. */
	if (!ledger_folder_map(r->store, &r->lease, f->lf.id, m->wire, m->display, m->renamed, m->note, e))
		return false;
	text_copy(f->lf.dst_wire, sizeof f->lf.dst_wire, m->wire);
	run_folder(r, f->info->display, m->display, m->renamed);
	if (m->subscribed || !(f->info->attrs & ATTR_SUBSCRIBED) || r->dst->ops->subscribe(r->dst, m->wire, true, e))
		return true;
	/* A folder that cannot be subscribed is still a good folder. */
	log_line(r->cfg->log, LOG_WARN, r->lease.key, "%s: not subscribed: %s", m->display, e->text);
	return e->scope <= ERR_SCOPE_FOLDER;
}

bool folder_note_lost(struct run *r, const struct ledger_folder *lf, struct err *e) {
	uint64_t copies = lf->counts.copied + lf->counts.adopted + lf->counts.merged;
	return copies == 0 || sync_note(r, lf->id, TARGET_FOLDER_GONE, e,
					"The folder was deleted or renamed at the target, or made anew there: what is "
					"not in it of its %llu copies was copied again. If it was renamed, the other "
					"one holds them too: remove one of the two there",
					(unsigned long long)copies);
}

/* Select the target folder and find out what must be accounted for before anything is sent. */
static bool open_target(struct folder_job *f, struct err *e) {
	struct run *r = f->run;
	if (!f->selected && !r->dst->ops->select(r->dst, f->lf.dst_wire, &f->dst_status, e))
		return false;
	uint32_t known = f->lf.dst_uidvalidity, now = f->dst_status.uidvalidity;
	if (f->dst_status.read_only)
		return err_set(e, ERR_READ_ONLY, "The target folder %s is read-only for this login", f->info->display);
	if (known == now && known)
		return true;
	if (!folder_is_not_itself(f, e))
		return false;
	if (known || f->dst_status.exists > 0) {
		if (known)
			log_line(r->cfg->log, LOG_WARN, r->lease.key,
				 "%s: UIDVALIDITY of the target changed from %u to %u", f->info->display, known, now);
		if (known && !folder_note_lost(r, &f->lf, e))
			return false;
		return ledger_folder_unmap(r->store, &r->lease, f->lf.id, now, e) && reread(f, e);
	}
	f->lf.dst_uidvalidity = now;
	return ledger_folder_set_dst(r->store, &r->lease, f->lf.id, now, e);
}

bool folder_resolve_doubt(struct folder_job *f, struct err *e) {
	uint64_t intents = 0;
	uint32_t uidnext = 0, uidvalidity = 0;
	if (f->lf.must_match)
		return folder_resolve(f, true, 0, e);
	if (!ledger_open_intents(f->run->store, f->lf.id, &intents, &uidnext, &uidvalidity, e))
		return false;
	if (intents == 0)
		return true;
	return folder_resolve(f, uidvalidity != f->dst_status.uidvalidity, uidnext, e);
}

/* late: copies wait for a flag. */
static bool nothing_to_copy(const struct folder_job *f, bool late) {
	return f->lf.counts.pending == 0 && !f->lf.must_match && !late && f->lf.dst_wire[0];
}

/* A folder into which the target takes nothing is left out for the rest of this run, and the others go on. The second
 * time: it may just have been deleted or renamed there (TRYCREATE), and then it is made again. */
#define REFUSALS_MAX 2

static struct refusing *refusing(struct run *r, int64_t folder) {
	for (size_t i = 0; i < r->refusing_count; i++)
		if (r->refusing[i].folder == folder)
			return &r->refusing[i];
	struct refusing *more = realloc(r->refusing, (r->refusing_count + 1) * sizeof *more);
	if (!more)
		return NULL;
	r->refusing = more;
	more[r->refusing_count] = (struct refusing){ .folder = folder };
	return &more[r->refusing_count++];
}

static bool is_left_out(struct run *r, int64_t folder) {
	for (size_t i = 0; i < r->refusing_count; i++)
		if (r->refusing[i].folder == folder)
			return r->refusing[i].times >= REFUSALS_MAX;
	return false;
}

static bool do_folder(struct folder_job *f, struct plan *p, size_t index, struct err *e) {
	struct run *r = f->run;
	bool late = false;
	if (!open_row(f, e))
		return false;
	if (is_left_out(r, f->lf.id)) {
		r->folder_errors = true;
		return true;
	}
	if (!open_source_and_more(f, p, index, e) || (!f->fresh && !late_flags_any(r->store, f->lf.id, &late, e)))
		return false;
	if (nothing_to_copy(f, late))
		return true;
	f->at_target = !p->mapped;
	if (!p->mapped && !plan_targets(r, p, e))
		return false;
	f->at_target = false;
	if (!settle_name(f, &p->map[index], e))
		return false;
	if (f->lf.counts.pending == 0 && !f->lf.must_match && !late)
		return true;
	if (!open_target(f, e))
		return false;
	f->fresh = f->fresh && !f->lf.must_match;
	/* All that is there is matched with all that the source has. */
	while (!f->fresh && f->unlisted)
		if (!folder_enumerate_more(f, e))
			return false;
	return (f->fresh || folder_resolve_doubt(f, e)) && folder_pump(f, e) &&
	       (!(late || folder_flags_later(f)) || folder_flags_pay(f, e)) &&
	       (!f->some_failed || folder_name_gaps(f, e));
}

bool folder_needs_work(struct run *r, const struct folder_info *f, bool *needs, uint64_t *rows, struct err *e) {
	struct ledger_folder lf;
	bool found = false;
	*needs = true;
	if (!ledger_folder_find(r->store, r->lease.mailbox, f->wire, &lf, &found, e))
		return false;
	bool late = false;
	if (found && !late_flags_any(r->store, lf.id, &late, e))
		return false;
	if (found && f->status_known && f->uidnext && lf.dst_wire[0] && !lf.must_match && lf.counts.pending == 0 &&
	    !late)
		*needs = lf.src_uidvalidity != f->uidvalidity || lf.src_uidnext != f->uidnext;
	if (found && f->status_known && !lf.must_match) {
		uint64_t known = lf.counts.source - lf.counts.vanished;
		*rows = lf.counts.pending + (f->messages > known ? f->messages - known : 0);
	}
	/* The same UIDNEXT with another count: deleted mail, or some that was hidden before. */
	struct delta before;
	if (*needs)
		return true;
	if (!delta_get(r->store, lf.id, &before, e))
		return false;
	*needs = before.known && before.exists != f->messages;
	return true;
}

/* The folder's trouble, for the report; the mailbox goes on. */
static bool note_trouble(struct folder_job *f, const char *text, struct err *e) {
	struct run *r = f->run;
	r->folder_errors = true;
	log_line(r->cfg->log, LOG_WARN, r->lease.key, "%s: %s", f->info->display, text);
	return !f->lf.id || ledger_folder_note(r->store, &r->lease, f->lf.id, false, text, e);
}

/* Messages were on their way to it and from the source: both connections are opened anew in any case. */
static bool leave_out(struct folder_job *f, struct err *e) {
	struct refusing *it = refusing(f->run, f->lf.id);
	struct err second;
	if (!it)
		return err_nomem(e);
	it->times += f->refused.retry == ERR_RETRY_NOW ? 1 : REFUSALS_MAX;
	if (it->times >= REFUSALS_MAX) {
		f->run->settled++; /* this is progress: the others are next */
		if (!note_trouble(f, f->refused.text, &second)) {
			*e = second;
			return false;
		}
	}
	e->scope = ERR_SCOPE_MAILBOX;
	e->retry = ERR_RETRY_NOW;
	return err_prefix(e, "%s", f->info->display);
}

/* What the trouble is: the folder's, which is noted, or one that ends this attempt. */
static bool after_trouble(struct folder_job *f, struct err *e) {
	struct err second;
	if (f->refused.cat != ERR_NONE && e->cat == f->refused.cat)
		return leave_out(f, e);
	if (e->scope > ERR_SCOPE_FOLDER)
		return !f->at_target && err_prefix(e, "%s", f->info->display);
	if (note_trouble(f, e->text, &second))
		return true;
	*e = second;
	return false;
}

bool folder_run(struct run *r, struct plan *p, size_t index, struct err *e) {
	struct folder_job f = { .run = r, .info = &p->src[index] };
	bool ok = do_folder(&f, p, index, e);
	forget_listing(&f);
	ok = ok ? !f.gap[0] || note_trouble(&f, f.gap, e) : after_trouble(&f, e);
	if (ok) /* else it is given back, or the whole attempt begins again */
		run_folder_done(r);
	return ok;
}
