/* SPDX-License-Identifier: MIT
 *
 * verify_name.c - a difference gets the names that a person knows the message by: asked for at the source, and at the
 * target when the source has it no more. Told in the order in which they were found.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/work/verify_int.h"

static const struct {
	const char *name;
	bool gap;
	const char *remedy;
} kinds[VERIFY_KIND_COUNT] = {
	[VERIFY_MISSING] = { "Missing", true,
			     "Run 'mailvan verify --refill' and then 'mailvan migrate': what is still not there is "
			     "copied again, also what its owner has deleted there." },
	[VERIFY_HEADER] = { "HeaderDiffers", true,
			    "Compare both messages; to copy it again, delete the one at the target, then 'mailvan "
			    "verify "
			    "--refill' and 'mailvan migrate'." },
	[VERIFY_BODY] = { "BodyDiffers", true,
			  "Compare both messages; to copy it again, delete the one at the target, then 'mailvan verify "
			  "--refill' and 'mailvan migrate'." },
	[VERIFY_UNREAD] = { "NotReadBack", true,
			    "Verify again; if it stays, open the message with a mail client on that side." },
	[VERIFY_DATE] = { "DateDiffers", true, "The message itself is there; mail clients may sort it elsewhere." },
	[VERIFY_FLAGS] = { "FlagsDiffer", true,
			   "The messages themselves are there. Migrate again, which sets what is still owed; what the "
			   "target does not keep has to be set there." },
	[VERIFY_DUPLICATE] = { "Duplicate", true, "Look at both at the target and delete one." },
	[VERIFY_NOT_ENUMERATED] = { "NewAtSource", true, "Migrate again." },
	[VERIFY_NOT_COPIED] = { "NotCopied", true, "'mailvan report' names the reason; then retry." },
	[VERIFY_COUNT] = { "CountDiffers", true, "Verify with '--level 2', which names the messages." },
	[VERIFY_FOLDER] = { "Folder", true, "Migrate again." },
	[VERIFY_SOURCE_GONE] = { "GoneFromSource", false, "" },
	[VERIFY_LEFT_OUT] = { "LeftOut", false, "" },
	[VERIFY_DATE_RANGE] = { "DateNotKept", false, "" },
	[VERIFY_FLAGS_CHANGED] = { "FlagsChanged", false, "" },
	[VERIFY_MOVED] = { "MovedAtTarget", false, "" },
};

const char *verify_kind_name(enum verify_kind k) {
	return (unsigned)k < VERIFY_KIND_COUNT ? kinds[k].name : "Unknown";
}

const char *verify_kind_remedy(enum verify_kind k) {
	return (unsigned)k < VERIFY_KIND_COUNT ? kinds[k].remedy : "";
}

bool verify_kind_is_gap(enum verify_kind k) {
	return (unsigned)k < VERIFY_KIND_COUNT && kinds[k].gap;
}

enum verify_kind verify_kind_parse(const char *name) {
	unsigned k = 0;
	while (k < VERIFY_KIND_COUNT && strcmp(kinds[k].name, name) != 0)
		k++;
	return (enum verify_kind)k;
}

void named_date(struct named *d, const struct mail_date *date) {
	char text[DATE_IMAP_MAX];
	if (!date->valid)
		return;
	date_format_imap(text, date);
	text_copy(d->date, sizeof d->date, text + (text[0] == ' '));
}

struct named named_row(enum verify_kind kind, const struct ledger_row *row, uint32_t number, uint32_t dst_uid) {
	struct named d = { .kind = kind, .uid = row->uid, .dst_uid = dst_uid, .number = number, .size = row->size };
	named_date(&d, &row->date);
	return d;
}

/* The first of them are kept for the report. */
static bool keep(struct look *lk, const struct named *d, struct err *e) {
	if (!verify_kind_is_gap(d->kind) || d->kind == VERIFY_NOT_COPIED || lk->kept_count == DIFFERENCES_KEPT)
		return true;
	if (!lk->kept && !(lk->kept = malloc(DIFFERENCES_KEPT * sizeof *lk->kept)))
		return err_nomem(e);
	struct difference_row *row = &lk->kept[lk->kept_count++];
	*row = (struct difference_row){ .uid = d->uid, .dst_uid = d->dst_uid, .size = d->size };
	text_copy(row->kind, sizeof row->kind, verify_kind_name(d->kind));
	text_copy(row->folder, sizeof row->folder, lk->sum.source);
	text_copy(row->date, sizeof row->date, d->date);
	text_copy(row->from, sizeof row->from, d->from);
	text_copy(row->subject, sizeof row->subject, d->subject);
	text_copy(row->message_id, sizeof row->message_id, d->message_id);
	text_copy(row->text, sizeof row->text, d->text);
	return true;
}

static bool tell(struct look *lk, const struct named *d, struct err *e) {
	struct verify_difference out = { .kind = d->kind, .folder = lk->sum.source, .uid = d->uid,
					 .dst_uid = d->dst_uid, .date = d->date, .from = d->from,
					 .subject = d->subject, .message_id = d->message_id, .size = d->size,
					 .text = d->text };
	if (verify_kind_is_gap(d->kind)) {
		lk->result->gaps++;
		lk->sum.gaps++;
	} else {
		lk->result->notes++;
	}
	lk->result->missing += d->kind == VERIFY_MISSING;
	lk->result->duplicates += d->kind == VERIFY_DUPLICATE;
	lk->result->not_copied += d->kind == VERIFY_NOT_COPIED;
	lk->told = true;
	if (lk->sink->difference)
		lk->sink->difference(lk->sink->arg, &out);
	return keep(lk, d, e);
}

static void take_header(struct named *d, const char *header, size_t n) {
	d->known = true;
	header_field_text(header, n, "From", d->from, sizeof d->from);
	header_field_text(header, n, "Subject", d->subject, sizeof d->subject);
	header_field_text(header, n, "Message-ID", d->message_id, sizeof d->message_id);
	if (!d->date[0])
		header_field_text(header, n, "Date", d->date, sizeof d->date);
}

static bool on_source_header(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct look *lk = arg;
	uint32_t number = lk->pop ? item->number : item->uid;
	(void)e;
	for (size_t i = 0; i < lk->named_count; i++) {
		struct named *d = &lk->named[i];
		if (d->number != number)
			continue;
		if (d->size == UINT64_MAX)
			d->size = item->size;
		if (!d->date[0])
			named_date(d, &item->date);
		take_header(d, header, n);
	}
	return true;
}

static bool on_target_header(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct look *lk = arg;
	(void)e;
	for (size_t i = 0; i < lk->named_count; i++)
		if (!lk->named[i].known && lk->named[i].dst_uid == item->uid)
			take_header(&lk->named[i], header, n);
	return true;
}

static int by_number(const void *a, const void *b) {
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* A name that cannot be had leaves the difference without it; a connection that is gone ends the look. */
static bool ask(struct look *lk, bool source, struct err *e) {
	uint32_t keys[NAMED_AT_ONCE];
	size_t n = 0, kept = 0;
	for (size_t i = 0; i < lk->named_count; i++) {
		const struct named *d = &lk->named[i];
		uint32_t key = source ? d->number : d->dst_uid;
		if (key && !d->known && (verify_kind_is_gap(d->kind) || d->kind == VERIFY_MOVED))
			keys[n++] = key;
	}
	qsort(keys, n, sizeof *keys, by_number);
	for (size_t i = 0; i < n; i++)
		if (!kept || keys[kept - 1] != keys[i])
			keys[kept++] = keys[i];
	if (!kept)
		return true;
	bool ok = source ? lk->src->ops->headers(lk->src, keys, kept, on_source_header, lk, e)
			 : lk->dst->ops->headers(lk->dst, keys, kept, on_target_header, lk, e);
	return ok || e->scope < ERR_SCOPE_MAILBOX;
}

bool verify_name_all(struct look *lk, struct err *e) {
	bool ok = (!lk->at_source || ask(lk, true, e)) && (!lk->at_target || ask(lk, false, e));
	/* Also when the connection is gone: what was found is told. */
	for (size_t i = 0; i < lk->named_count; i++) {
		struct err second;
		if (!tell(lk, &lk->named[i], &second) && ok) {
			*e = second;
			ok = false;
		}
	}
	lk->named_count = 0;
	return ok;
}

bool verify_differ(struct look *lk, const struct named *d, struct err *e) {
	if (!lk->named && !(lk->named = malloc(NAMED_AT_ONCE * sizeof *lk->named)))
		return err_nomem(e);
	lk->named[lk->named_count++] = *d;
	return lk->named_count < NAMED_AT_ONCE || verify_name_all(lk, e);
}

bool verify_folder_differs(struct look *lk, enum verify_kind kind, const char *text, struct err *e) {
	struct named d = { .kind = kind, .size = UINT64_MAX };
	text_copy(d.text, sizeof d.text, text);
	return verify_differ(lk, &d, e);
}
