/* SPDX-License-Identifier: MIT
 *
 * pump_send.c - a complete message goes to the target, and the target's answers come back.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/work/keep.h"
#include "core/work/pump_repair.h"

/* Wait until the target has moved. Answers are handled on the way. */
static bool wait_target(struct pump *p, struct err *e) {
	bool moved = false;
	mono_ms_t since = mono_ms();
	for (;;) {
		if (!pump_step_target(p, &moved, e))
			return false;
		if (moved)
			return true;
		if (mono_ms() - since > STALL_MS)
			return err_set(e, ERR_NET,
				       "The target has neither taken nor answered anything for three minutes");
		pump_look_for_more(p);
		writers_poll(&p->writers, p->run, NULL, true, 1000, true);
		if (!run_check(p->run, e))
			return false;
	}
}

static bool feed(struct pump *p, const char *data, size_t n, struct err *e) {
	struct target *dst = p->writers.now;
	while (n > 0) {
		size_t room = dst->ops->append_room(dst);
		if (room == 0) {
			if (!wait_target(p, e))
				return false;
			continue;
		}
		size_t part = n < room ? n : room;
		if (!dst->ops->append_data(dst, data, part, e))
			return false;
		data += part;
		n -= part;
	}
	return true;
}

static bool feed_spool(struct pump *p, struct err *e) {
	enum { CHUNK = 64 * 1024 };
	char *chunk = malloc(CHUNK);
	bool ok = chunk || err_nomem(e);
	off_t at = 0;
	while (ok && (uint64_t)at < p->parcel.size) {
		ssize_t n = pread(p->parcel.spool, chunk, CHUNK, at);
		if (n <= 0)
			ok = err_errno(e, ERR_LOCAL_DISK,
				       "Cannot read back a large message from the project directory");
		else
			ok = feed(p, chunk, (size_t)n, e);
		at += n > 0 ? n : 0;
	}
	free(chunk);
	return ok;
}

bool pump_close_group(struct pump *p, bool more_follow, struct err *e) {
	if (!p->group_open)
		return true;
	p->group_open = false;
	if (!more_follow)
		p->group_count = 0;
	return p->writers.now->ops->append_end(p->writers.now, more_follow, e);
}

static uint32_t keep_flags(struct pump *p, uint32_t flags, uint32_t *dropped) {
	uint32_t allowed = p->job->dst_status.permanent_flags;
	/* Gmail expunges a message at once when it is appended \Deleted; Exchange's programs hide it, or strike it out.
	 */
	if (p->caps & (TARGET_GMAIL | TARGET_EXCHANGE))
		allowed &= ~(uint32_t)FLAG_DELETED;
	*dropped += (uint32_t)__builtin_popcount(flags & ~allowed);
	return flags & allowed;
}

static bool group_goes_on(const struct pump *p, uint64_t size) {
	return p->mode == PUMP_STREAM && (p->caps & TARGET_MULTIAPPEND) && p->group_count > 0 &&
	       p->group_count < GROUP_MESSAGES && p->group_bytes + size <= GROUP_BYTES;
}

bool pump_wait_unacked(struct pump *p, size_t most, struct err *e) {
	while (writers_unacked(&p->writers) > most)
		if (!wait_target(p, e))
			return false;
	return true;
}

bool pump_send(struct pump *p, struct batch *b, struct piece *piece, struct err *e) {
	char keywords[KEYWORDS_MAX];
	if (!pump_look_again(p, e))
		return false;
	bool joins = p->group_open && group_goes_on(p, piece->size);
	if (!pump_close_group(p, joins, e) || !pump_intent_durable(p, b, e))
		return false;
	if (!joins) {
		p->group_count = 0;
		p->group_bytes = 0;
		if (!pump_wait_unacked(p, p->mode == PUMP_SINGLE ? 0 : APPEND_WINDOW, e))
			return false;
		writers_next(&p->writers);
	}
	if (!run_check(p->run, e))
		return false;
	piece->keywords_dropped = keep_keywords(&p->job->dst_status, piece->row.keywords, keywords, sizeof keywords);
	piece->flags_sent = keep_flags(p, piece->row.flags, &piece->keywords_dropped);
	struct append_message m = { .cookie = piece->row.uid,
				    .flags = piece->flags_sent & ~folder_flags_later(p->job),
				    .keywords = keywords,
				    .date = piece->row.date,
				    .size = piece->size,
				    .synchronise = p->mode == PUMP_SINGLE };
	p->feeding = true;
	if (!p->writers.now->ops->append_begin(p->writers.now, &m, e))
		return false;
	piece->state = PIECE_SENT;
	if (!(p->parcel.spool >= 0 ? feed_spool(p, e) : feed(p, p->parcel.memory.data, p->parcel.memory.len, e)))
		return false;
	p->feeding = false;
	p->group_open = true;
	p->group_count++;
	p->group_bytes += piece->size;
	if (p->mode == PUMP_STREAM)
		return true;
	return pump_close_group(p, false, e) && pump_wait_unacked(p, 0, e);
}

/* APPENDUID is a hint (design 5.5): the folder's UIDVALIDITY, and a UID that did not exist when it was selected. */
static enum msg_state judge(struct pump *p, uint32_t uidvalidity, uint32_t uid, uint32_t *dst_uid) {
	const struct folder_status *st = &p->job->dst_status;
	*dst_uid = 0;
	if (uid == 0 || uidvalidity != st->uidvalidity)
		return MSG_ACKED;
	if (uid < st->uidnext && !(p->caps & TARGET_GMAIL))
		return MSG_ACKED;
	*dst_uid = uid;
	return uid < st->uidnext ? MSG_MERGED : MSG_DONE;
}

static bool on_appended(void *arg, uint64_t cookie, uint32_t uidvalidity, uint32_t uid, struct err *e) {
	struct pump *p = arg;
	struct batch *b;
	struct piece *piece = pump_piece_by_uid(p, (uint32_t)cookie, &b);
	if (!piece || piece->state != PIECE_SENT)
		return true;
	struct ledger_change c = { .uid = piece->row.uid,
				   .size = piece->size,
				   .ident = piece->ident,
				   .body = piece->body,
				   .flags_sent = piece->flags_sent,
				   .keywords_dropped = piece->keywords_dropped };
	c.state = judge(p, uidvalidity, uid, &c.dst_uid);
	p->refused_in_row = p->bare.in_row = 0;
	p->bare.taken++;
	if (p->share)
		atomic_fetch_add(&p->share->taken, 1);
	run_acknowledged(p->run, piece->size);
	pump_settled(p, b, piece);
	return pump_change(p, &c, e);
}

static bool on_refused(void *arg, uint64_t cookie, const struct err *why, bool grouped, struct err *e) {
	struct pump *p = arg;
	struct batch *b;
	struct piece *piece = pump_piece_by_uid(p, (uint32_t)cookie, &b);
	if (!piece || piece->state != PIECE_SENT)
		return true;
	if (why->scope > ERR_SCOPE_MESSAGE) {
		/* Not this message's fault: the quota, a throttle, the folder. It was certainly not stored, unless the
		 * server carries groups out one by one: then it stays in doubt. */
		if (!grouped && !pump_put_back(p, b, piece, e))
			return false;
		if (why->scope == ERR_SCOPE_FOLDER)
			p->job->refused = *why;
		*e = *why;
		return false;
	}
	pump_doubt(p, piece, why);
	pump_bare_note(p, piece->row.uid, why);
	if (p->mode == PUMP_STREAM && (grouped || why->cat == ERR_BAD_CONTENT || why->cat == ERR_SERVER_BUG)) {
		run_suspect_add(p->run, p->job->lf.id, piece->row.uid);
		if (!grouped)
			return pump_put_back(p, b, piece, e);
		/* RFC 3502 says all or nothing. Not every server does it: see what is there before the next pass. */
		p->group_refused = true;
		p->left_over++;
		pump_settled(p, b, piece);
		p->run->settled--;
		return true;
	}
	if (p->mode == PUMP_STREAM && why->cat == ERR_TOO_LARGE)
		return p->helper ? pump_put_back(p, b, piece, e) : pump_large_fetch(p, b, piece, why, e);
	if (pump_can_climb(p, why)) {
		/* Certainly not stored, and not here: this is in the middle of an answer. */
		piece->state = PIECE_WAITING;
		p->refused = (struct refusal){ piece, *why };
		return true;
	}
	return pump_give_up(p, b, piece, MSG_FAILED, why, p->mode == PUMP_SINGLE, e);
}

bool pump_drain_step(struct pump *p, bool *moved, struct err *e) {
	struct target_sink sink = { p, on_appended, on_refused };
	return writers_step(&p->writers, p->run, &sink, moved, e);
}

bool pump_step_target(struct pump *p, bool *moved, struct err *e) {
	return run_check(p->run, e) && pump_drain_step(p, moved, e);
}
