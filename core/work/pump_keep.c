/* SPDX-License-Identifier: MIT
 *
 * pump_keep.c - what cannot be got into the target for its content is kept as a file, with what there is to say
 * about it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/store/dead_letters.h"
#include "core/work/pump_repair.h"

static void flag_words(char *dst, size_t size, const struct ledger_row *row) {
	static const struct {
		uint32_t flag;
		const char *word;
	} words[] = { { FLAG_SEEN, "\\Seen" },	     { FLAG_ANSWERED, "\\Answered" }, { FLAG_FLAGGED, "\\Flagged" },
		      { FLAG_DELETED, "\\Deleted" }, { FLAG_DRAFT, "\\Draft" } };
	struct buf b;
	buf_init(&b, size - 1);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (row->flags & words[i].flag)
			buf_printf(&b, "%s%s", b.len ? " " : "", words[i].word);
	if (row->keywords[0])
		buf_printf(&b, "%s%s", b.len ? " " : "", row->keywords);
	text_copy(dst, size, b.data ? b.data : "");
	buf_free(&b);
}

static void read_facts(const struct pump *p, const struct piece *piece, const struct err *why,
		       struct dead_letter_facts *f) {
	const struct buf *h = &p->parcel.memory;
	const char *header = h->data ? h->data : "";
	struct mailbox_row row;
	struct err e;
	if (mailbox_get(p->run->store, p->run->lease.mailbox, &row, &e)) {
		text_copy(f->source, sizeof f->source, row.source);
		text_copy(f->target, sizeof f->target, row.target);
	}
	text_copy(f->folder, sizeof f->folder, p->job->info->display);
	if (piece->row.uidl[0])
		snprintf(f->uid, sizeof f->uid, "%s (UIDL)", piece->row.uidl);
	else
		snprintf(f->uid, sizeof f->uid, "%" PRIu32, piece->row.uid);
	header_field_text(header, h->len, "Subject", f->subject, sizeof f->subject);
	header_field_text(header, h->len, "From", f->from, sizeof f->from);
	header_field_text(header, h->len, "Date", f->date, sizeof f->date);
	header_field_text(header, h->len, "Message-ID", f->message_id, sizeof f->message_id);
	date_format_imap(f->arrived, &piece->row.date);
	flag_words(f->flags, sizeof f->flags, &piece->row);
	snprintf(f->reason, sizeof f->reason, "%s: %s", err_cat_name(why->cat), why->text);
}

bool pump_keep_letter(struct pump *p, const struct piece *piece, const struct err *why, struct err *e) {
	struct dead_letter_id id = { .mailbox = p->run->lease.mailbox,
				     .folder = p->job->lf.id,
				     .uidvalidity = p->job->lf.src_uidvalidity,
				     .uid = piece->row.uid };
	struct message_text text = pump_parcel_text(&p->parcel);
	struct dead_letter_facts *facts = calloc(1, sizeof *facts);
	struct dead_letter *d = facts ? dead_letter_begin(p->run->store, &id, e) : NULL;
	bool ok = d && message_text_each(&text, 0, text.size, dead_letter_write, d, e);
	if (ok) {
		read_facts(p, piece, why, facts);
		ok = dead_letter_keep(d, facts, e);
	} else if (facts) {
		dead_letter_abandon(d);
	} else {
		err_nomem(e);
	}
	free(facts);
	return ok;
}
