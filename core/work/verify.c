/* SPDX-License-Identifier: MIT
 *
 * verify.c - source, ledger and a fresh look at the target, folder by folder.
 *
 * The fresh look is held in memory for one folder at a time: some 60 bytes a message.
 */
#include "core/work/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/mail/target.h"
#include "core/work/keep.h"
#include "core/work/match.h"

#define ROWS_AT_ONCE 128
#define COPIES_MAX (64u * 1024 * 1024)

static const struct {
	const char *name;
	bool gap;
} kinds[VERIFY_KIND_COUNT] = {
	[VERIFY_MISSING] = { "Missing", true },
	[VERIFY_HEADER] = { "HeaderDiffers", true },
	[VERIFY_DATE] = { "DateDiffers", true },
	[VERIFY_FLAGS] = { "FlagsDiffer", true },
	[VERIFY_NOT_ENUMERATED] = { "NewAtSource", true },
	[VERIFY_SOURCE_GONE] = { "GoneFromSource", false },
	[VERIFY_NOT_COPIED] = { "NotCopied", true },
	[VERIFY_LEFT_OUT] = { "LeftOut", false },
	[VERIFY_FOLDER] = { "Folder", true },
};

const char *verify_kind_name(enum verify_kind k) {
	return (unsigned)k < VERIFY_KIND_COUNT ? kinds[k].name : "Unknown";
}

bool verify_kind_is_gap(enum verify_kind k) {
	return (unsigned)k < VERIFY_KIND_COUNT && kinds[k].gap;
}

struct copy {
	uint32_t uid, flags;
	uint64_t ident;
	int64_t date, header_date; /* header_date: what a POP3 copy's INTERNALDATE was made from; 0 = unknown */
	size_t keywords;	   /* offset into look.keywords */
	bool claimed;
};

/* What one folder looks like now. Keys: UID, or for POP3 a hash of the UIDL. */
struct look {
	const struct mail_context *ctx;
	const struct verify_sink *sink;
	struct verify_result *result;
	struct verify_folder sum;
	bool pop;
	uint64_t *source;
	size_t source_count, source_cap;
	struct copy *copies;
	size_t copy_count, copy_cap;
	struct buf keywords;
	struct folder_status dst_status;
};

static void differ(struct look *lk, enum verify_kind kind, uint32_t uid, uint32_t dst_uid, const char *text) {
	struct verify_difference d = { kind, lk->sum.source, uid, dst_uid, "", text };
	if (verify_kind_is_gap(kind)) {
		lk->result->gaps++;
		lk->sum.gaps++;
	} else {
		lk->result->notes++;
	}
	if (lk->sink->difference)
		lk->sink->difference(lk->sink->arg, &d);
}

static uint64_t uidl_key(const char *uidl) {
	struct hasher h;
	struct hash out;
	hash_begin(&h);
	hash_add(&h, uidl, strlen(uidl));
	hash_end(&h, &out);
	return hash_u64(&out);
}

static bool grow(void **at, size_t *cap, size_t count, size_t each, struct err *e) {
	if (count < *cap)
		return true;
	size_t wanted = *cap ? *cap * 2 : 256;
	void *p = wanted > COPIES_MAX ? NULL : realloc(*at, wanted * each);
	if (!p)
		return err_nomem(e);
	*at = p;
	*cap = wanted;
	return true;
}

static bool on_source(void *arg, const struct scan_item *item, struct err *e) {
	struct look *lk = arg;
	void *at = lk->source;
	if (!grow(&at, &lk->source_cap, lk->source_count, sizeof *lk->source, e))
		return false;
	lk->source = at;
	lk->source[lk->source_count++] = item->uidl ? uidl_key(item->uidl) : item->uid;
	return true;
}

static bool on_copy(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct look *lk = arg;
	struct header_ident id;
	struct mail_date arrived;
	void *at = lk->copies;
	if (!grow(&at, &lk->copy_cap, lk->copy_count, sizeof *lk->copies, e))
		return false;
	lk->copies = at;
	ident_header(header, n, &id);
	struct copy c = {
		.uid = item->uid, .flags = item->flags, .ident = ident_value(&id), .date = item->date.unix_s
	};
	if (lk->pop && header_arrival_date(header, n, wall_ms() / 1000, &arrived))
		c.header_date = arrived.unix_s;
	c.keywords = lk->keywords.len;
	if (!buf_put(&lk->keywords, item->keywords, strlen(item->keywords) + 1))
		return err_nomem(e);
	lk->copies[lk->copy_count++] = c;
	return true;
}

static int by_u64(const void *va, const void *vb) {
	uint64_t a = *(const uint64_t *)va, b = *(const uint64_t *)vb;
	return a < b ? -1 : a > b;
}

static int by_uid(const void *va, const void *vb) {
	const struct copy *a = va, *b = vb;
	return a->uid < b->uid ? -1 : a->uid > b->uid;
}

static struct copy *copy_by_uid(struct look *lk, uint32_t uid) {
	struct copy wanted = { .uid = uid };
	return uid && lk->copy_count ? bsearch(&wanted, lk->copies, lk->copy_count, sizeof wanted, by_uid) : NULL;
}

/* Exchange gives a revised message a new UID, and ACKED rows have none: look for the fingerprint. */
static struct copy *copy_by_ident(struct look *lk, uint64_t ident) {
	for (size_t i = 0; ident && i < lk->copy_count; i++)
		if (lk->copies[i].ident == ident && !lk->copies[i].claimed)
			return &lk->copies[i];
	return NULL;
}

static bool check_keywords(const struct look *lk, const struct ledger_row *row, const struct copy *c) {
	char kept[KEYWORDS_MAX];
	keep_keywords(&lk->dst_status, row->keywords, kept, sizeof kept);
	for (const char *w = kept; *w;) {
		size_t n = strcspn(w, " ");
		if (!keyword_listed(lk->keywords.data + c->keywords, w, n))
			return false;
		w += n + (w[n] == ' ');
	}
	return true;
}

static void check_copy(struct look *lk, const struct ledger_row *row, struct copy *c) {
	char text[200];
	c->claimed = true;
	lk->sum.checked++;
	lk->result->checked++;
	if (row->ident && row->ident != c->ident)
		differ(lk, VERIFY_HEADER, row->uid, c->uid, "The header at the target is not the one that was copied");
	if (row->state == MSG_ADOPTED)
		return; /* it was there before: its date and flags are its own */
	int64_t date = row->date.valid ? row->date.unix_s : c->header_date;
	if (date && date != c->date) {
		snprintf(text, sizeof text, "The date at the target is %lld seconds off", (long long)(c->date - date));
		differ(lk, VERIFY_DATE, row->uid, c->uid, text);
	}
	uint32_t flags = row->flags & lk->dst_status.permanent_flags;
	if (flags != c->flags) {
		snprintf(text, sizeof text, "The flags are not those that were copied (missing %#x, more %#x)",
			 flags & ~c->flags, c->flags & ~flags);
		differ(lk, VERIFY_FLAGS, row->uid, c->uid, text);
	} else if (!check_keywords(lk, row, c)) {
		differ(lk, VERIFY_FLAGS, row->uid, c->uid, "A keyword that the target can store is missing");
	}
}

static void check_row(struct look *lk, const struct ledger_row *row) {
	struct copy *c;
	switch (row->state) {
	case MSG_FAILED:
		differ(lk, VERIFY_NOT_COPIED, row->uid, 0, "Failed; the failures of this mailbox say why");
		return;
	case MSG_PENDING:
	case MSG_INTENT:
		differ(lk, VERIFY_NOT_COPIED, row->uid, 0, "Not copied yet");
		return;
	case MSG_SKIPPED:
		differ(lk, VERIFY_LEFT_OUT, row->uid, 0, "Left out by a rule");
		return;
	case MSG_VANISHED:
		differ(lk, VERIFY_LEFT_OUT, row->uid, 0, "Gone from the source before it was copied");
		return;
	default:
		break;
	}
	lk->sum.ledger_copied++;
	c = copy_by_uid(lk, row->dst_uid);
	/* Two rows that the server merged share one copy. */
	if (c && c->claimed && row->state != MSG_MERGED)
		c = NULL;
	if (!c)
		c = copy_by_ident(lk, row->ident);
	if (!c)
		differ(lk, VERIFY_MISSING, row->uid, row->dst_uid, "Copied by the ledger, but not at the target now");
	else
		check_copy(lk, row, c);
}

/* Both lists sorted: what is only at the source is new, what is only in the ledger is gone there. */
static void compare_keys(struct look *lk, const uint64_t *ledger, size_t n) {
	size_t i = 0, j = 0;
	while (i < lk->source_count || j < n) {
		int c = i == lk->source_count	    ? 1
			: j == n		    ? -1
			: lk->source[i] < ledger[j] ? -1
						    : lk->source[i] > ledger[j];
		if (c < 0)
			differ(lk, VERIFY_NOT_ENUMERATED, lk->pop ? 0 : (uint32_t)lk->source[i], 0,
			       "At the source, but not yet known here: migrate again");
		else if (c > 0)
			differ(lk, VERIFY_SOURCE_GONE, lk->pop ? 0 : (uint32_t)ledger[j], 0, "No longer at the source");
		i += c <= 0;
		j += c >= 0;
	}
}

static bool check_rows(struct look *lk, struct store *s, int64_t folder, struct err *e) {
	struct ledger_row *rows = calloc(ROWS_AT_ONCE, sizeof *rows);
	uint64_t *keys = NULL;
	size_t n = 0, count = 0, cap = 0;
	uint32_t after = 0;
	bool ok = rows || err_nomem(e);
	while (ok) {
		ok = ledger_rows(s, folder, after, ~0u, rows, ROWS_AT_ONCE, &n, e);
		if (!ok || n == 0)
			break;
		after = rows[n - 1].uid;
		for (size_t i = 0; ok && i < n; i++) {
			void *at = keys;
			ok = grow(&at, &cap, count, sizeof *keys, e);
			keys = at;
			if (!ok)
				break;
			keys[count++] = lk->pop ? uidl_key(rows[i].uidl) : rows[i].uid;
			check_row(lk, &rows[i]);
		}
	}
	if (ok) {
		if (count)
			qsort(keys, count, sizeof *keys, by_u64);
		if (lk->source_count)
			qsort(lk->source, lk->source_count, sizeof *lk->source, by_u64);
		compare_keys(lk, keys, count);
	}
	free(rows);
	free(keys);
	return ok;
}

static bool look_at_target(struct look *lk, struct target *dst, const struct ledger_folder *lf, struct err *e) {
	if (!lf->dst_wire[0])
		return true;
	if (!dst->ops->select(dst, lf->dst_wire, &lk->dst_status, e))
		return false;
	lk->sum.target_messages = lk->dst_status.exists;
	if (lk->dst_status.exists > 0 && !dst->ops->headers(dst, NULL, 1, on_copy, lk, e))
		return false;
	if (lk->copy_count)
		qsort(lk->copies, lk->copy_count, sizeof *lk->copies, by_uid);
	if (lf->dst_uidvalidity && lf->dst_uidvalidity != lk->dst_status.uidvalidity)
		differ(lk, VERIFY_FOLDER, 0, 0,
		       "The target folder was made anew (its UIDVALIDITY changed): migrate again");
	return true;
}

static bool verify_one(struct look *lk, struct store *s, int64_t mailbox, struct source *src, struct target *dst,
		       const struct folder_info *f, struct err *e) {
	struct ledger_folder lf;
	struct folder_status st;
	bool found = false;
	lk->sum = (struct verify_folder){ .source = f->display, .target = "" };
	lk->source_count = lk->copy_count = 0;
	buf_reset(&lk->keywords);
	if (!ledger_folder_find(s, mailbox, f->wire, &lf, &found, e) || !src->ops->select(src, f->wire, &st, e))
		return false;
	lk->sum.source_messages = st.exists;
	if (!found) {
		differ(lk, VERIFY_FOLDER, 0, 0, "The folder is new at the source: migrate again");
	} else if (!lf.skipped) {
		lk->sum.target = lf.dst_display;
		if (st.exists > 0 && !src->ops->scan(src, 1, on_source, lk, e))
			return false;
		if (lf.src_uidvalidity && lf.src_uidvalidity != st.uidvalidity)
			differ(lk, VERIFY_FOLDER, 0, 0,
			       "The source folder was made anew (its UIDVALIDITY changed): migrate again");
		else if (!look_at_target(lk, dst, &lf, e) || !check_rows(lk, s, lf.id, e))
			return false;
	}
	if (lk->sink->folder)
		lk->sink->folder(lk->sink->arg, &lk->sum);
	return true;
}

struct verify_list {
	struct folder_info *at;
	size_t count, cap;
};

static bool on_folder(void *arg, const struct folder_info *f, struct err *e) {
	struct verify_list *l = arg;
	void *at = l->at;
	if (f->attrs & (ATTR_NOSELECT | ATTR_NONEXISTENT))
		return true;
	if (!grow(&at, &l->cap, l->count, sizeof *l->at, e))
		return false;
	l->at = at;
	l->at[l->count++] = *f;
	return true;
}

static bool verify_open(struct look *lk, struct store *s, int64_t mailbox, struct source *src, struct target *dst,
			struct err *e) {
	struct verify_list list = { 0 };
	bool ok = src->ops->list(src, false, on_folder, &list, e);
	lk->pop = !(src->ops->caps(src) & SOURCE_FOLDERS);
	for (size_t i = 0; ok && i < list.count; i++) {
		struct err why;
		if (verify_one(lk, s, mailbox, src, dst, &list.at[i], &why))
			continue;
		if (why.scope > ERR_SCOPE_FOLDER) {
			*e = why;
			ok = false;
		} else {
			differ(lk, VERIFY_FOLDER, 0, 0, why.text);
		}
	}
	free(list.at);
	return ok;
}

bool verify_mailbox(struct store *s, int64_t mailbox, const struct mail_context *ctx, const struct verify_sink *sink,
		    struct verify_result *out, struct err *e) {
	struct endpoint src_ep, dst_ep;
	struct look lk = { .ctx = ctx, .sink = sink, .result = out };
	struct source *src = NULL;
	struct target *dst = NULL;
	*out = (struct verify_result){ 0 };
	buf_init(&lk.keywords, 1u << 30);
	endpoint_init(&src_ep);
	endpoint_init(&dst_ep);
	bool ok = mailbox_endpoints(s, mailbox, &src_ep, &dst_ep, e);
	if (ok && !(src = source_open(ctx, &src_ep, e)))
		ok = err_prefix(e, "Source");
	if (ok && !(dst = target_open(ctx, &dst_ep, e)))
		ok = err_prefix(e, "Target");
	if (ok)
		ok = verify_open(&lk, s, mailbox, src, dst, e);
	if (src)
		src->ops->close(src, true);
	if (dst)
		dst->ops->close(dst, true);
	endpoint_clear(&src_ep);
	endpoint_clear(&dst_ep);
	buf_free(&lk.keywords);
	free(lk.source);
	free(lk.copies);
	return ok;
}
