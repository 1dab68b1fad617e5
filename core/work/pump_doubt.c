/* SPDX-License-Identifier: MIT
 *
 * pump_doubt.c - refusals of a message that may not be about the message: a full mailbox (Zimbra says a bare "NO APPEND
 * failed"), or a folder that has no room for more keywords (Cyrus keeps 128). What it is is looked up before
 * anything else is sent; no answer is outstanding then.
 */
#include <string.h>

#include "core/net/classify.h"
#include "core/work/pump_repair.h"

static const struct run *main_of(const struct run *r) {
	return r->main ? r->main : r;
}

/* Could what was sent since the server was asked, and this message, have used up the room that there was then? */
static bool may_be_full(const struct run *r, uint64_t size) {
	const struct run_progress *done = &main_of(r)->progress;
	const struct quota_room *room = &r->room;
	return !room->asked || atomic_load(&done->bytes) - room->sent_bytes + size > room->bytes ||
	       atomic_load(&done->messages) - room->sent_messages + 1 > room->messages;
}

void pump_doubt(struct pump *p, const struct piece *piece, const struct err *why) {
	struct doubts *d = &p->doubts;
	if (why->cat != ERR_BAD_CONTENT || why->scope != ERR_SCOPE_MESSAGE)
		return;
	if (strcasestr(why->text, NET_TOO_MANY_KEYWORDS)) {
		d->keywords = p->job->dst_status.keywords_any;
	} else if (p->caps & TARGET_QUOTA && may_be_full(p->run, piece->size) && (!d->quota || piece->size < d->size)) {
		d->quota = true;
		d->size = piece->size;
		d->why = *why;
	}
}

/* Which keywords the folder has by now, and whether it takes others: Cyrus takes back its \* when it is full. */
static bool look_at_keywords(struct pump *p, struct err *e) {
	struct folder_status *st = &p->job->dst_status, now;
	if (!p->run->dst->ops->select(p->run->dst, p->job->lf.dst_wire, &now, e))
		return false;
	if (now.uidvalidity != st->uidvalidity)
		return err_set(e, ERR_UIDVALIDITY_CHANGED, "The target folder was replaced by another one meanwhile");
	st->keywords_any = now.keywords_any;
	text_copy(st->keywords, sizeof st->keywords, now.keywords);
	if (!now.keywords_any)
		log_line(p->run->cfg->log, LOG_WARN, p->run->lease.key,
			 "%s: the target folder takes no more keywords; messages go without those that it lacks",
			 p->job->info->display);
	return true;
}

static uint64_t room_in(const struct quota_use *use) {
	return use->limit == QUOTA_NONE ? UINT64_MAX : use->limit > use->used ? use->limit - use->used : 0;
}

static bool is_full(const struct doubts *d, const struct folder_quota *q, struct err *e) {
	char used[32], limit[32], size[32];
	/* Servers round to whole kB, down or up. */
	bool storage = q->storage.limit != QUOTA_NONE && d->size + 1024 > room_in(&q->storage);
	const struct quota_use *use = storage ? &q->storage : &q->messages;
	if (!storage && room_in(&q->messages) > 0)
		return false;
	void (*text)(char *, size_t, uint64_t) = storage ? text_bytes_binary : text_count;
	text(used, sizeof used, use->used);
	text(limit, sizeof limit, use->limit);
	text_bytes(size, sizeof size, d->size);
	err_set(e, ERR_OVER_QUOTA, "The mailbox is full: %s of %s%s used, and a message of %s was refused (%.200s)",
		used, limit, storage ? "" : " messages", size, d->why.text);
	e->side = ERR_SIDE_TARGET;
	return true;
}

static bool look_at_quota(struct pump *p, struct err *e) {
	struct run *r = p->run;
	const struct run_progress *done = &main_of(r)->progress;
	struct folder_quota q;
	if (!r->dst->ops->quota(r->dst, &q, e))
		return false;
	r->room = (struct quota_room){ .asked = true,
				       .bytes = room_in(&q.storage),
				       .messages = room_in(&q.messages),
				       .sent_bytes = atomic_load(&done->bytes),
				       .sent_messages = atomic_load(&done->messages) };
	return !is_full(&p->doubts, &q, e);
}

bool pump_look_again(struct pump *p, struct err *e) {
	struct doubts *d = &p->doubts;
	if (!d->quota && !d->keywords)
		return true;
	bool ok = pump_close_group(p, false, e) && pump_wait_unacked(p, 0, e) &&
		  (!d->keywords || look_at_keywords(p, e)) && (!d->quota || look_at_quota(p, e));
	d->quota = d->keywords = false;
	/* Messages are on their way from the source: the folder cannot be left alone. */
	if (!ok && e->scope < ERR_SCOPE_MAILBOX) {
		e->scope = ERR_SCOPE_MAILBOX;
		e->retry = ERR_RETRY_NOW;
	}
	return ok;
}

bool pump_send_again(struct pump *p, struct batch *b, struct piece *piece, bool *settled, struct err *e) {
	struct folder_status *st = &p->job->dst_status;
	bool keywords = p->doubts.keywords;
	*settled = false;
	if (!pump_look_again(p, e))
		return false;
	if (!keywords)
		return true;
	/* Where there is room for one, and it brings two, none of them is kept. */
	bool others = st->keywords_any;
	st->keywords_any = false;
	p->refused.piece = NULL;
	bool ok = pump_send(p, b, piece, e);
	st->keywords_any = others;
	*settled = ok && p->refused.piece == NULL;
	return ok;
}
