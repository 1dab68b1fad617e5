/* SPDX-License-Identifier: MIT
 *
 * fuzz_imap_lex.c - the IMAP tokenizer and the lines made of its events: however the bytes are cut into
 * pieces, events, lines and errors are the same, and no token is longer than what came.
 */
#include "core/base/hash.h"
#include "core/mail/imap/line.h"
#include "tests/fuzz/fuzz.h"

struct listener {
	struct hasher events;
	struct line line;
	size_t fed, lines;
	uint64_t literal, data;
	bool in_data;
};

static void note_line(struct listener *t) {
	const struct line *l = &t->line;
	char said[300];
	FUZZ_HOLDS(l->count <= LINE_TOKENS_MAX && l->text.len <= LINE_BYTES_MAX);
	FUZZ_HOLDS(l->code_at <= l->code_end && l->code_end <= l->count);
	FUZZ_HOLDS(l->tag.len > 0);
	for (uint32_t i = 0; i < l->count; i++)
		FUZZ_HOLDS((uint64_t)l->tok[i].off + l->tok[i].len <= l->text.len);
	FUZZ_HOLDS(!l->count || (line_skip(l, 0) > 0 && line_skip(l, 0) <= l->count));
	line_describe(l, said, sizeof said);
	fuzz_is_clean(said, sizeof said);
	hash_add(&t->events, said, strlen(said));
	hash_add(&t->events, l->text.data ? l->text.data : "", l->text.len);
	t->lines++;
	line_reset(&t->line);
}

static bool listen_to(void *arg, const struct lex_event *ev, struct err *e) {
	struct listener *t = arg;
	FUZZ_HOLDS(ev->n <= t->fed);
	if (ev->kind == LEX_LITERAL)
		t->literal = ev->size, t->data = 0;
	if (ev->kind == LEX_DATA) {
		t->data += ev->n;
		FUZZ_HOLDS(ev->n > 0 && t->data <= t->literal);
	}
	if (ev->kind == LEX_LITERAL_END)
		FUZZ_HOLDS(t->data == t->literal);
	if (ev->kind != LEX_DATA || !t->in_data) {
		uint64_t head[2] = { (uint64_t)ev->kind, ev->kind == LEX_DATA ? 0 : ev->n };
		hash_add(&t->events, head, sizeof head);
	}
	t->in_data = ev->kind == LEX_DATA;
	if (ev->n)
		hash_add(&t->events, ev->p, ev->n);
	if (!line_add(&t->line, ev, false, e))
		return false;
	if (t->line.complete)
		note_line(t);
	return true;
}

static bool feed(const uint8_t *data, size_t size, unsigned choice, struct hash *h, struct err *e) {
	struct listener t = { 0 };
	struct lex x;
	unsigned round = 0;
	bool ok = true;
	hash_begin(&t.events);
	line_init(&t.line);
	lex_init(&x);
	while (ok && size) {
		size_t n = fuzz_piece(choice, &round, size);
		char *piece = fuzz_copy(data, n);
		t.fed += n;
		ok = lex_feed(&x, piece, n, listen_to, &t, e);
		free(piece);
		data += n;
		size -= n;
	}
	hash_end(&t.events, h);
	lex_free(&x);
	line_free(&t.line);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct hash whole, pieces;
	struct err e = { 0 }, e2 = { 0 };
	unsigned choice = fuzz_choice(&data, &size);
	bool ok = feed(data, size, 0, &whole, &e);
	FUZZ_HOLDS(feed(data, size, choice | 1, &pieces, &e2) == ok);
	FUZZ_HOLDS(memcmp(&whole, &pieces, sizeof whole) == 0);
	FUZZ_HOLDS(feed(data, size, FUZZ_SINGLE, &pieces, &e2) == ok);
	FUZZ_HOLDS(memcmp(&whole, &pieces, sizeof whole) == 0);
	if (!ok) {
		fuzz_is_error(&e);
		FUZZ_HOLDS(e.cat == ERR_SERVER_BUG && strcmp(e.text, e2.text) == 0);
	}
	return 0;
}
