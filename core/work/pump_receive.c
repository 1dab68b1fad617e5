/* SPDX-License-Identifier: MIT
 *
 * pump_receive.c - a body arrives from the source, is checked, and is passed on.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/work/match.h"
#include "core/work/pump_repair.h"
#include "core/work/reasons.h"

/* Exchange serves this text in place of a message it cannot render (reference/correctness.md 2);
 * it must never be taken for the message. */
#define PLACEHOLDER_TEXT "Retrieval using the "
#define PLACEHOLDER_SUBJECT "Retrieval using the IMAP4 protocol failed for the following message"
#define PLACEHOLDER_MAX 8192

static bool write_spool(struct pump *p, int spool, const char *data, size_t n, struct err *e) {
	while (n > 0) {
		ssize_t w = write(spool, data, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return err_errno(e, ERR_LOCAL_DISK, "Cannot keep a large message in %s",
					 store_dir(p->run->store));
		data += w;
		n -= (size_t)w;
	}
	return true;
}

void pump_parcel_begin(struct pump *p, struct parcel *pc) {
	buf_reset(&pc->memory);
	if (pc->spool >= 0)
		close(pc->spool);
	pc->spool = -1;
	pc->size = 0;
	ident_body_begin(&pc->hasher, store_digest_key(p->run->store));
}

void pump_parcel_free(struct parcel *pc) {
	if (pc->spool >= 0)
		close(pc->spool);
	pc->spool = -1;
	buf_free(&pc->memory);
	ident_body_drop(&pc->hasher);
}

static bool on_begin(void *arg, uint32_t key, uint64_t size, struct err *e) {
	struct pump *p = arg;
	(void)key, (void)size, (void)e;
	pump_parcel_begin(p, &p->parcel);
	p->parcel.open = true;
	return true;
}

bool pump_parcel_add(struct pump *p, struct parcel *pc, const char *data, size_t n, struct err *e) {
	ident_body_add(&pc->hasher, data, n);
	pc->size += n;
	if (pc->spool < 0 && pc->size <= pc->memory.max)
		return buf_put(&pc->memory, data, n) || err_nomem(e);
	if (pc->spool < 0) {
		pc->spool = store_spool(p->run->store, e);
		if (pc->spool < 0 || !write_spool(p, pc->spool, pc->memory.data, pc->memory.len, e))
			return false;
	}
	return write_spool(p, pc->spool, data, n, e);
}

static bool on_data(void *arg, const char *data, size_t n, struct err *e) {
	struct pump *p = arg;
	return pump_parcel_add(p, &p->parcel, data, n, e);
}

static bool is_placeholder(const struct parcel *pc, const struct ledger_row *row) {
	char subject[160];
	if (pc->spool >= 0 || pc->size > PLACEHOLDER_MAX || row->size == UINT64_MAX || row->size < pc->size * 2)
		return false;
	if (!memmem(pc->memory.data, pc->memory.len, PLACEHOLDER_TEXT, strlen(PLACEHOLDER_TEXT)))
		return false;
	header_field_text(pc->memory.data, pc->memory.len, "Subject", subject, sizeof subject);
	return strncmp(subject, PLACEHOLDER_SUBJECT, strlen(PLACEHOLDER_SUBJECT)) == 0;
}

/* What must not be sent: empty where it should not be, a placeholder, or too much for the target. */
static bool refuse(struct pump *p, const struct piece *piece, enum msg_state *state, struct err *why) {
	const struct parcel *pc = &p->parcel;
	*state = MSG_FAILED;
	if (pc->size == 0 && (piece->row.size == 0 || piece->row.size == UINT64_MAX)) {
		*state = MSG_SKIPPED;
		return !err_set(why, ERR_BAD_CONTENT, REASON_EMPTY "; there is nothing to copy");
	}
	if (pc->size == 0)
		return !err_set(why, ERR_SERVER_BUG, REASON_EMPTY_TEXT " for a message of %llu bytes",
				(unsigned long long)piece->row.size);
	if (is_placeholder(pc, &piece->row))
		return !err_set(why, ERR_SERVER_BUG,
				REASON_PLACEHOLDER " in place of the message; repair the mailbox "
						   "there, or fetch it by POP3");
	if (p->append_limit && pc->size > p->append_limit)
		return !err_set(why, ERR_TOO_LARGE, "The message has %llu bytes, the target takes at most %llu",
				(unsigned long long)pc->size, (unsigned long long)p->append_limit);
	return false;
}

void pump_parcel_fingerprint(struct parcel *pc, struct piece *piece) {
	struct header_ident id;
	ident_header(pc->memory.data ? pc->memory.data : "", pc->memory.len, &id);
	piece->ident = ident_value(&id);
	ident_body_end(&pc->hasher, &piece->body);
}

static void fingerprint(struct pump *p, struct piece *piece) {
	struct parcel *pc = &p->parcel;
	pump_parcel_fingerprint(pc, piece);
	piece->size = pc->size;
	if (!piece->row.date.valid) {
		int64_t now = wall_ms() / 1000;
		if (!header_arrival_date(pc->memory.data ? pc->memory.data : "", pc->memory.len, now, &piece->row.date))
			piece->row.date = (struct mail_date){ .unix_s = now, .valid = true };
	}
}

/* The message is whole. */
static bool pass_on(struct pump *p, struct batch *b, struct piece *piece, struct err *e) {
	struct err why;
	enum msg_state state;
	fingerprint(p, piece);
	const struct err *large = pump_large_refused(p, piece->row.uid);
	if (refuse(p, piece, &state, &why))
		return why.cat == ERR_TOO_LARGE ? pump_large_keep(p, b, piece, &why, e)
						: pump_give_up(p, b, piece, state, &why, true, e);
	if (large)
		return pump_large_keep(p, b, piece, large, e);
	if (piece->hopeless)
		return pump_keep_hopeless(p, b, piece, e);
	return pump_send(p, b, piece, e) && (!p->refused.piece || pump_climb(p, b, piece, e));
}

static bool on_end(void *arg, uint32_t key, struct err *e) {
	struct pump *p = arg;
	struct batch *b;
	struct piece *piece = pump_piece_by_key(p, key, &b);
	p->parcel.open = false;
	p->run->condemned = 0;
	/* Delivered twice, or never asked for. */
	if (!piece || piece->state != PIECE_WAITING)
		return true;
	p->reading = false;
	bool ok = pass_on(p, b, piece, e);
	p->reading = ok;
	return ok;
}

static bool on_missing(void *arg, uint32_t key, const struct err *why, struct err *e) {
	struct pump *p = arg;
	struct batch *b;
	struct piece *piece = pump_piece_by_key(p, key, &b);
	if (!piece || piece->state != PIECE_WAITING)
		return true;
	if (why->scope >= ERR_SCOPE_FOLDER) {
		*e = *why;
		return false;
	}
	if (p->mode == PUMP_STREAM)
		return pump_put_back(p, b, piece, e);
	if (why->cat != ERR_VANISHED)
		return pump_give_up(p, b, piece, MSG_FAILED, why, false, e);
	return pump_put_back(p, b, piece, e) && pump_uids_add(&p->gone, piece->row.uid, e);
}

const struct source_sink pump_source_sink = { NULL, on_begin, on_data, on_end, on_missing };
