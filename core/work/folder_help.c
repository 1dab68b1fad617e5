/* SPDX-License-Identifier: MIT
 *
 * folder_help.c - a further lane copies rows of a folder that another one owns (folder_share.h).
 */
#include "core/work/folder_share.h"
#include "core/work/pump.h"

static bool open_both(struct folder_job *f, const struct folder_job *owner, struct err *e) {
	struct run *r = f->run;
	if (!r->src->ops->select(r->src, f->info->wire, &f->src_status, e) ||
	    !r->dst->ops->select(r->dst, f->lf.dst_wire, &f->dst_status, e))
		return false;
	return (f->src_status.uidvalidity == owner->src_status.uidvalidity &&
		f->dst_status.uidvalidity == owner->dst_status.uidvalidity && !f->dst_status.read_only) ||
	       err_set(e, ERR_UIDVALIDITY_CHANGED, "%s is not the folder that the first connection has",
		       f->info->display);
}

bool folder_help(struct run *r, struct folder_share *fs, struct err *e) {
	/* What the owner knew when it offered the folder; it changes nothing of that before the share ends. */
	struct folder_job f = { .run = r, .info = fs->owner->info, .lf = fs->owner->lf };
	struct share_result result = { 0 };
	bool ok = open_both(&f, fs->owner, e) && folder_pump_help(&f, fs, &result, e);
	result.broken = !ok;
	result.some_failed = f.some_failed;
	folder_share_leave(fs, r, &result);
	return ok;
}
