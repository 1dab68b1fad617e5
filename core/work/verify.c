/* SPDX-License-Identifier: MIT
 *
 * verify.c - one mailbox: both sides are opened, its folders are gone through, the result is stored.
 */
#include "core/work/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/store/mailboxes.h"
#include "core/work/sign_in.h"
#include "core/work/verify_int.h"

static void folder_begin(struct look *lk, const char *display) {
	look_forget(lk);
	lk->sum = (struct verify_folder){ .source = display, .target = "" };
	lk->lf = (struct ledger_folder){ 0 };
	lk->at_source = lk->at_target = lk->target_gone = lk->headers = lk->told = false;
	lk->missing_count = lk->pick_count = lk->wrong_count = 0;
}

/* Level 0. What is gone from the source since cannot be told by numbers, so only too few or too many are a gap. */
static bool compare_counts(struct look *lk, struct err *e) {
	const struct counts *c = &lk->lf.counts;
	uint64_t at_target = c->copied + c->adopted + (c->merged > 0);
	char text[200];
	lk->sum.ledger_copied = c->copied + c->adopted + c->merged;
	if (lk->at_source && lk->sum.source_messages > c->source) {
		snprintf(text, sizeof text, "The source has %llu messages, %llu are known here: migrate again",
			 (unsigned long long)lk->sum.source_messages, (unsigned long long)c->source);
		if (!verify_folder_differs(lk, VERIFY_COUNT, text, e))
			return false;
	}
	if (lk->sum.target_messages < at_target) {
		snprintf(text, sizeof text, "%llu messages were copied or adopted, the target has %llu",
			 (unsigned long long)at_target, (unsigned long long)lk->sum.target_messages);
		if (!verify_folder_differs(lk, VERIFY_COUNT, text, e))
			return false;
		lk->result->missing += at_target - lk->sum.target_messages;
	}
	if (c->failed + c->pending > 0) {
		snprintf(text, sizeof text, "%llu messages are not copied",
			 (unsigned long long)(c->failed + c->pending));
		return verify_folder_differs(lk, VERIFY_NOT_COPIED, text, e);
	}
	return true;
}

static bool look_at_folder(struct look *lk, const char *wire, bool listed, struct err *e) {
	if (listed && !look_at_source(lk, wire, e))
		return false;
	if (!listed && !verify_folder_differs(lk, VERIFY_SOURCE_GONE, "The folder is no longer at the source", e))
		return false;
	if (lk->lf.dst_wire[0] && !look_at_target(lk, lk->how->level >= VERIFY_HEADERS, e))
		return false;
	if (lk->at_target && lk->lf.dst_uidvalidity && lk->lf.dst_uidvalidity != lk->dst_status.uidvalidity &&
	    !verify_folder_differs(lk, VERIFY_FOLDER,
				   "The target folder was made anew (its UIDVALIDITY changed); what is not in it is "
				   "missing",
				   e))
		return false;
	if (lk->how->level == VERIFY_COUNTS)
		return compare_counts(lk, e);
	return verify_rows(lk, e) && verify_bodies_end(lk, e) && verify_extra(lk, e) && verify_missing_end(lk, e);
}

static bool refill(struct look *lk, struct err *e) {
	uint64_t queued = 0;
	if (!lk->how->refill || !lk->missing_count)
		return true;
	uint32_t *uids = malloc(lk->missing_count * sizeof *uids);
	for (size_t i = 0; uids && i < lk->missing_count; i++)
		uids[i] = lk->missing[i].uid;
	bool ok = uids ? ledger_refill(lk->store, lk->mailbox, lk->lf.id, uids, lk->missing_count, &queued, e)
		       : err_nomem(e);
	free(uids);
	*lk->refilled += queued;
	return ok;
}

/* Not the folder's own trouble, and not for ever. */
static bool may_pass(const struct err *e) {
	return e->scope >= ERR_SCOPE_MAILBOX && e->retry != ERR_RETRY_NEVER;
}

static bool verify_one(struct look *lk, const char *wire, const char *display, bool listed, struct err *e) {
	bool found = false;
	folder_begin(lk, display);
	if (!ledger_folder_find(lk->store, lk->mailbox, wire, &lk->lf, &found, e))
		return false;
	/* A rule left it out, or it has gone without ever having held anything. */
	if (found && (lk->lf.skipped || (!listed && lk->lf.counts.source == 0)))
		return true;
	lk->sum.target = lk->lf.dst_display;
	bool ok = found ? look_at_folder(lk, wire, listed, e)
			: verify_folder_differs(lk, VERIFY_FOLDER, "The folder is new at the source", e);
	ok = ok && visit_read(&lk->visit, lk->src, lk->dst, e);
	if (!ok && !lk->told && may_pass(e))
		return false; /* nothing is said of it yet: the caller tries again, or tells */
	struct err second;
	if (!verify_name_all(lk, &second) && ok) {
		*e = second;
		ok = false;
	}
	if (!ok && e->scope <= ERR_SCOPE_FOLDER)
		ok = verify_folder_differs(lk, VERIFY_FOLDER, e->text, e) && verify_name_all(lk, e);
	if (lk->sink->folder)
		lk->sink->folder(lk->sink->arg, &lk->sum);
	return ok && refill(lk, e);
}

struct folder_names {
	struct folder_name {
		char wire[FOLDER_NAME_MAX], display[FOLDER_NAME_MAX];
		bool listed; /* by the source, now */
	} *at;
	size_t count, cap;
};

static bool add_name(struct folder_names *l, const char *wire, const char *display, bool listed, struct err *e) {
	void *at = l->at;
	bool ok = look_grow(&at, &l->cap, l->count, sizeof *l->at, e);
	l->at = at;
	if (!ok)
		return false;
	struct folder_name *f = &l->at[l->count++];
	text_copy(f->wire, sizeof f->wire, wire);
	text_copy(f->display, sizeof f->display, display);
	f->listed = listed;
	return true;
}

static bool on_folder(void *arg, const struct folder_info *f, struct err *e) {
	return (f->attrs & (ATTR_NOSELECT | ATTR_NONEXISTENT)) || add_name(arg, f->wire, f->display, true, e);
}

static bool on_ledger_folder(void *arg, const struct ledger_name *f, struct err *e) {
	struct folder_names *l = arg;
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->at[i].wire, f->src_wire) == 0)
			return true;
	return add_name(l, f->src_wire, f->src_display, false, e);
}

/* How many rows there are to choose the sample from. */
static bool count_copies(struct look *lk, struct err *e) {
	struct mailbox_row row;
	if (!mailbox_get(lk->store, lk->mailbox, &row, e))
		return false;
	lk->sample_wanted = lk->how->level == VERIFY_SAMPLE ? lk->how->bodies : 0;
	lk->sample_left =
		lk->how->level == VERIFY_SAMPLE ? row.counts.copied + row.counts.adopted + row.counts.merged : 0;
	lk->random = lk->how->seed ^ (uint64_t)lk->mailbox * 0x9E3779B97F4A7C15u;
	return true;
}

static bool open_both(struct look *lk, struct err *e) {
	struct endpoint src_ep, dst_ep;
	endpoint_init(&src_ep);
	endpoint_init(&dst_ep);
	bool ok = mailbox_endpoints(lk->store, lk->mailbox, &src_ep, &dst_ep, e);
	if (ok && !(lk->src = sign_in_source(lk->store, lk->ctx, &src_ep, e)))
		ok = err_prefix(e, "Source");
	if (ok && !(lk->dst = sign_in_target(lk->store, lk->ctx, &dst_ep, e)))
		ok = err_prefix(e, "Target");
	endpoint_clear(&src_ep);
	endpoint_clear(&dst_ep);
	visit_connected(&lk->visit);
	return ok;
}

static void hang_up(struct look *lk) {
	/* Gmail's POP3 server counts what was read as taken when the session ends with QUIT. */
	if (lk->src)
		lk->src->ops->close(lk->src, !lk->pop || lk->how->level < VERIFY_SAMPLE);
	if (lk->dst)
		lk->dst->ops->close(lk->dst, true);
	lk->src = NULL;
	lk->dst = NULL;
}

/* Both connections, as often as the visit allows. */
static bool open_patiently(struct look *lk, struct err *e) {
	for (;;) {
		if (open_both(lk, e))
			return true;
		hang_up(lk);
		if (!visit_again(&lk->visit, e))
			return false;
	}
}

/* Without names that only a server knows: it cannot be asked any more. */
static void tell_what_was_found(struct look *lk) {
	struct err ignored;
	lk->at_source = lk->at_target = false;
	verify_name_all(lk, &ignored);
	if (lk->sink->folder)
		lk->sink->folder(lk->sink->arg, &lk->sum);
}

static bool list_patiently(struct look *lk, struct folder_names *list, struct err *e) {
	while (!lk->src->ops->list(lk->src, false, on_folder, list, e)) {
		list->count = 0;
		hang_up(lk);
		if (!may_pass(e) || !visit_again(&lk->visit, e) || !open_patiently(lk, e))
			return false;
	}
	return true;
}

/* A folder of which nothing has been said is begun anew over new connections. */
static bool verify_patiently(struct look *lk, const struct folder_name *f, struct err *e) {
	for (;;) {
		const struct verification result = *lk->result;
		const uint64_t random = lk->random, wanted = lk->sample_wanted, left = lk->sample_left;
		if (verify_one(lk, f->wire, f->display, f->listed, e))
			return true;
		if (lk->told || !may_pass(e))
			return false;
		hang_up(lk);
		if (!visit_again(&lk->visit, e) || !open_patiently(lk, e)) {
			tell_what_was_found(lk);
			return false;
		}
		*lk->result = result;
		lk->random = random;
		lk->sample_wanted = wanted;
		lk->sample_left = left;
		lk->named_count = 0;
		lk->strays.known = false; /* what explained a missing copy is taken */
	}
}

static bool all_folders(struct look *lk, struct err *e) {
	struct folder_names list = { 0 };
	bool ok = count_copies(lk, e) && verify_load_repaired(lk, e) &&
		  list_patiently(lk, &list, e) &&
		  ledger_folder_names(lk->store, lk->mailbox, on_ledger_folder, &list, e);
	lk->pop = lk->src && !(lk->src->ops->caps(lk->src) & SOURCE_FOLDERS);
	for (size_t i = 0; ok && i < list.count; i++) {
		ok = !stop_requested(lk->ctx->stop) || err_set(e, ERR_CANCELLED, "Stopped before the end");
		ok = ok && verify_patiently(lk, &list.at[i], e);
	}
	free(list.at);
	return ok;
}

static void look_end(struct look *lk) {
	hang_up(lk);
	look_free(lk);
	free(lk->named);
	free(lk->picks);
	free(lk->wrong);
	free(lk->missing);
	verify_strays_free(&lk->strays);
	free(lk->kept);
	free(lk->repaired);
}

bool verify_mailbox(struct store *s, int64_t mailbox, const struct mail_context *ctx, const struct visits *visits,
		    const struct verify_options *how, const struct verify_sink *sink, struct verification *out,
		    uint64_t *refilled, struct err *e) {
	struct look *lk = calloc(1, sizeof *lk);
	*out = (struct verification){ .level = how->level, .seed = how->seed };
	*refilled = 0;
	if (!lk)
		return err_nomem(e);
	*lk = (struct look){ .store = s, .mailbox = mailbox, .ctx = ctx, .how = how, .sink = sink, .result = out,
			     .refilled = refilled };
	buf_init(&lk->keywords, VERIFY_ITEMS_MAX);
	/* When it began: a copy that ceases to be one while we look makes the look stale. */
	out->at = wall_ms();
	bool ok = visit_begin(&lk->visit, visits, mailbox, ctx->stop, e) && open_patiently(lk, e) &&
		  all_folders(lk, e);
	/* What was put in doubt is not called copied any more: it is missing from another sum. */
	out->missing -= *refilled < out->missing ? *refilled : out->missing;
	ok = ok && verification_save(s, mailbox, out, lk->kept, lk->kept_count, e);
	look_end(lk);
	visit_end(&lk->visit);
	free(lk);
	return ok;
}
