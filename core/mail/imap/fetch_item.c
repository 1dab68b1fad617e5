/* SPDX-License-Identifier: MIT
 *
 * fetch_item.c - reads the pairs of a FETCH response.
 */
#include "core/mail/imap/fetch_item.h"

#include <string.h>
#include <strings.h>

#define FIRST_PAIR 3 /* n FETCH ( */

bool is_fetch(const struct line *l) {
	return l->tag_kind == LINE_UNTAGGED && l->count >= FIRST_PAIR && line_word(l, 1, "FETCH") &&
	       l->tok[2].kind == TOK_OPEN;
}

uint32_t fetch_uid(const struct line *l) {
	uint64_t uid = 0;
	for (uint32_t i = FIRST_PAIR; i + 1 < l->count; i = line_skip(l, i + 1))
		if (line_word(l, i, "UID") && token_number(l, &l->tok[i + 1], UINT32_MAX, &uid))
			return (uint32_t)uid;
	return 0;
}

bool fetch_is_whole(const struct line *l) {
	uint32_t i = FIRST_PAIR, uids = 0;
	for (; i + 1 < l->count && l->tok[i].kind == TOK_ATOM && l->tok[i + 1].kind != TOK_CLOSE;
	     i = line_skip(l, i + 1))
		uids += line_word(l, i, "UID");
	return !l->overflow && uids <= 1 && i + 1 == l->count && l->tok[i].kind == TOK_CLOSE;
}

static bool is_body(const struct line *l, const struct token *t) { return token_is(l, t, "BODY[]"); }

bool at_body(const struct line *l) { return is_fetch(l) && is_body(l, &l->tok[l->count - 1]); }

static void read_pair(struct fetch_item *out, const struct line *l, uint32_t i) {
	static const char header[] = "BODY[HEADER";
	const struct token *name = &l->tok[i], *value = &l->tok[i + 1];
	uint64_t n = 0;
	if (token_is(l, name, "UID")) {
		if (token_number(l, value, UINT32_MAX, &n))
			out->uid = (uint32_t)n;
	} else if (token_is(l, name, "FLAGS")) {
		out->has_flags = true;
		flags_read(&out->flags, l, i + 1);
	} else if (token_is(l, name, "INTERNALDATE")) {
		out->has_date = true;
		if (value->kind == TOK_STRING)
			date_parse_imap(token_text(l, value), value->len, &out->date);
	} else if (token_is(l, name, "RFC822.SIZE")) {
		out->has_size = true;
		if (token_number(l, value, UINT64_MAX - 1, &n))
			out->size = n;
	} else if (token_is(l, name, "X-GM-MSGID")) {
		if (token_number(l, value, UINT64_MAX, &n))
			out->gm_msgid = n;
	} else if (is_body(l, name)) {
		if (!out->body || value->kind == TOK_STREAMED)
			out->body = value;
	} else if (name->len >= sizeof header - 1 && strncasecmp(token_text(l, name), header, sizeof header - 1) == 0) {
		out->header = value;
	}
}

void fetch_item_read(struct fetch_item *out, const struct line *l) {
	out->uid = 0;
	out->has_flags = out->has_date = out->has_size = false;
	out->flags.system = 0;
	out->flags.any = false;
	out->flags.keywords[0] = '\0';
	out->date = (struct mail_date){ 0 };
	out->size = UINT64_MAX;
	out->gm_msgid = 0;
	out->header = out->body = NULL;
	for (uint32_t i = FIRST_PAIR; i + 1 < l->count; i = line_skip(l, i + 1))
		read_pair(out, l, i);
}

void fetch_item_as_scan(const struct fetch_item *f, struct scan_item *item) {
	*item = (struct scan_item){ .uid = f->uid,
				    .flags = f->flags.system,
				    .keywords = f->flags.keywords,
				    .date = f->date,
				    .size = f->size,
				    .gm_msgid = f->gm_msgid };
}
