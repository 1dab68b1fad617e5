/* SPDX-License-Identifier: MIT
 *
 * folder_run.c - one folder, from enumeration to the last acknowledgement.
 *
 *   open ledger -> EXAMINE -> UIDVALIDITY -> enumerate what is new -> nothing to do? done
 *   -> target folder -> UIDVALIDITY -> resolve what is in doubt -> pump
 */
#include <stdlib.h>
#include <string.h>

#include "core/work/run.h"

#define NAME_ATTEMPTS 4

static bool reload(struct folder_job *f, struct err *e) {
	struct run *r = f->run;
	return ledger_folder_open(r->store, &r->lease, f->info->wire, f->info->display, &f->lf, e);
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
		if (!ledger_folder_restart(r->store, &r->lease, f->lf.id, now, e) || !reload(f, e))
			return false;
	}
	return folder_enumerate(f, e) && reload(f, e);
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
	const struct engine_callbacks *cb = &r->cfg->callbacks;
	if (cb->folder)
		cb->folder(cb->arg, r->lease.mailbox, f->info->display, m->display, m->renamed);
	if (!(f->info->attrs & ATTR_SUBSCRIBED) || r->dst->ops->subscribe(r->dst, m->wire, e))
		return true;
	/* A folder that cannot be subscribed is still a good folder. */
	log_line(r->cfg->log, LOG_WARN, r->lease.key, "%s: not subscribed: %s", m->display, e->text);
	return e->scope <= ERR_SCOPE_FOLDER;
}

/* Select the target folder and find out what must be accounted for before anything is sent. */
static bool open_target(struct folder_job *f, struct err *e) {
	struct run *r = f->run;
	if (!r->dst->ops->select(r->dst, f->lf.dst_wire, &f->dst_status, e))
		return false;
	uint32_t known = f->lf.dst_uidvalidity, now = f->dst_status.uidvalidity;
	if (f->dst_status.read_only)
		return err_set(e, ERR_READ_ONLY, "The target folder %s is read-only for this login", f->info->display);
	if (known == now && known)
		return true;
	if (known || f->dst_status.exists > 0) {
		if (known)
			log_line(r->cfg->log, LOG_WARN, r->lease.key,
				 "%s: UIDVALIDITY of the target changed from %u to %u", f->info->display, known, now);
		return ledger_folder_unmap(r->store, &r->lease, f->lf.id, now, e) && reload(f, e);
	}
	return ledger_folder_set_dst(r->store, &r->lease, f->lf.id, now, e) && reload(f, e);
}

static bool resolve_doubt(struct folder_job *f, struct err *e) {
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

static bool nothing_to_copy(const struct folder_job *f) {
	return f->lf.counts.pending == 0 && !f->lf.must_match && f->lf.dst_wire[0];
}

static bool do_folder(struct folder_job *f, struct plan *p, size_t index, struct err *e) {
	struct run *r = f->run;
	if (!reload(f, e) || !open_source(f, e))
		return false;
	if (nothing_to_copy(f))
		return true;
	if (!p->mapped && !plan_targets(r, p, e))
		return false;
	if (!settle_name(f, &p->map[index], e))
		return false;
	if (f->lf.counts.pending == 0 && !f->lf.must_match)
		return true;
	return open_target(f, e) && resolve_doubt(f, e) && folder_pump(f, e);
}

bool folder_needs_work(struct run *r, const struct folder_info *f, bool *needs, struct err *e) {
	struct ledger_folder lf;
	bool found = false;
	*needs = true;
	if (!ledger_folder_find(r->store, r->lease.mailbox, f->wire, &lf, &found, e))
		return false;
	if (found && f->status_known && f->uidnext && lf.dst_wire[0] && !lf.must_match && lf.counts.pending == 0)
		*needs = lf.src_uidvalidity != f->uidvalidity || lf.src_uidnext != f->uidnext;
	return true;
}

/* The folder's trouble, for the report; the mailbox goes on. */
static bool note_trouble(struct folder_job *f, const char *text, struct err *e) {
	struct run *r = f->run;
	r->folder_errors = true;
	log_line(r->cfg->log, LOG_WARN, r->lease.key, "%s: %s", f->info->display, text);
	return !f->lf.id || ledger_folder_note(r->store, &r->lease, f->lf.id, false, text, e);
}

bool folder_run(struct run *r, struct plan *p, size_t index, struct err *e) {
	struct folder_job f = { .run = r, .info = &p->src[index] };
	struct err second;
	bool ok = do_folder(&f, p, index, e);
	free(f.pop_uids);
	free(f.pop_by_uid);
	if (ok)
		return !f.gap[0] || note_trouble(&f, f.gap, e);
	if (e->scope > ERR_SCOPE_FOLDER)
		return err_prefix(e, "%s", f.info->display);
	if (note_trouble(&f, e->text, &second))
		return true;
	*e = second;
	return false;
}
