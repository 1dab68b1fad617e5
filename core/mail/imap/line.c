/* SPDX-License-Identifier: MIT
 *
 * line.c - collects lexer events into a row of tokens.
 */
#include "core/mail/imap/line.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/text.h"

static const char *const status_words[] = { "", "OK", "NO", "BAD", "BYE", "PREAUTH" };

void line_init(struct line *l) {
	*l = (struct line){ 0 };
	buf_init(&l->text, LINE_BYTES_MAX);
}

void line_free(struct line *l) {
	buf_free(&l->text);
	free(l->tok);
	*l = (struct line){ 0 };
}

void line_reset(struct line *l) {
	struct buf text = l->text;
	struct token *tok = l->tok;
	uint32_t cap = l->cap;
	*l = (struct line){ .text = text, .tok = tok, .cap = cap };
	buf_reset(&l->text);
}

const char *token_text(const struct line *l, const struct token *t) {
	return l->text.data ? l->text.data + t->off : "";
}

bool token_is(const struct line *l, const struct token *t, const char *word) {
	return t->kind == TOK_ATOM && strlen(word) == t->len && strncasecmp(token_text(l, t), word, t->len) == 0;
}

bool token_number(const struct line *l, const struct token *t, uint64_t max, uint64_t *out) {
	const char *p = token_text(l, t);
	uint64_t v = 0;
	if (t->kind != TOK_ATOM || !t->len)
		return false;
	for (uint32_t i = 0; i < t->len; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		uint64_t digit = (uint64_t)(p[i] - '0');
		if (digit > max || v > (max - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	return true;
}

const struct token *line_at(const struct line *l, uint32_t i) { return i < l->count ? &l->tok[i] : NULL; }

bool line_word(const struct line *l, uint32_t i, const char *word) {
	return i < l->count && token_is(l, &l->tok[i], word);
}

uint32_t line_skip(const struct line *l, uint32_t i) {
	uint32_t depth = 0;
	for (; i < l->count; i++) {
		if (l->tok[i].kind == TOK_OPEN)
			depth++;
		else if (l->tok[i].kind == TOK_CLOSE && depth)
			depth--;
		if (!depth)
			return i + 1;
	}
	return i;
}

bool line_code(const struct line *l, const char *code) {
	return l->code_at < l->code_end && line_word(l, l->code_at, code);
}

void line_describe(const struct line *l, char *dst, size_t size) {
	struct buf b;
	buf_init(&b, 2048);
	buf_puts(&b, status_words[l->status]);
	for (uint32_t i = l->code_at; i < l->code_end && i < l->code_at + 16; i++) {
		buf_putc(&b, ' ');
		if (i == l->code_at)
			buf_putc(&b, '[');
		if (l->tok[i].kind != TOK_OPEN && l->tok[i].kind != TOK_CLOSE)
			buf_put(&b, token_text(l, &l->tok[i]), l->tok[i].len < 256 ? l->tok[i].len : 256);
	}
	if (l->code_at < l->code_end)
		buf_putc(&b, ']');
	if (l->human.len) {
		if (b.len)
			buf_putc(&b, ' ');
		buf_put(&b, token_text(l, &l->human), l->human.len < 1024 ? l->human.len : 1024);
	}
	text_sanitise(dst, size, b.data ? b.data : "", b.len);
	buf_free(&b);
}

static bool keep_text(struct line *l, struct token *t, const char *p, size_t n, struct err *e) {
	t->off = (uint32_t)l->text.len;
	t->len = (uint32_t)n;
	if (n > LINE_BYTES_MAX - l->text.len) {
		l->overflow = true;
		t->len = 0;
		return true;
	}
	return buf_put(&l->text, p, n) || err_nomem(e);
}

static bool push(struct line *l, enum token_kind kind, const char *p, size_t n, struct err *e) {
	if (l->count == LINE_TOKENS_MAX) {
		l->overflow = true;
		return true;
	}
	if (l->count == l->cap) {
		uint32_t cap = l->cap ? l->cap * 2 : 64;
		struct token *tok = realloc(l->tok, cap * sizeof *tok);
		if (!tok)
			return err_nomem(e);
		l->tok = tok;
		l->cap = cap;
	}
	l->tok[l->count].kind = kind;
	return keep_text(l, &l->tok[l->count++], p, n, e);
}

static void read_status(struct line *l) {
	for (unsigned s = STATUS_OK; s <= STATUS_PREAUTH; s++)
		if (line_word(l, 0, status_words[s]))
			l->status = (enum line_status)s;
}

static bool add_data(struct line *l, const struct lex_event *ev, struct err *e) {
	size_t room = LINE_LITERAL_KEEP - l->literal_kept;
	size_t n = ev->n < room ? ev->n : room;
	if (l->overflow || !l->count || !n)
		return true;
	struct token *t = &l->tok[l->count - 1];
	if (n > LINE_BYTES_MAX - l->text.len) {
		l->overflow = true;
		return true;
	}
	if (!buf_put(&l->text, ev->p, n))
		return err_nomem(e);
	t->len += (uint32_t)n;
	l->literal_kept += (uint32_t)n;
	return true;
}

bool line_add(struct line *l, const struct lex_event *ev, bool stream, struct err *e) {
	switch (ev->kind) {
	case LEX_TAG:
		l->tag_kind = ev->n == 1 && *ev->p == '*' ? LINE_UNTAGGED
			    : ev->n == 1 && *ev->p == '+' ? LINE_CONTINUE
							  : LINE_TAGGED;
		return keep_text(l, &l->tag, ev->p, ev->n, e);
	case LEX_ATOM:
		if (!push(l, TOK_ATOM, ev->p, ev->n, e))
			return false;
		if (l->count == 1)
			read_status(l);
		return true;
	case LEX_NIL:
		return push(l, TOK_NIL, ev->p, ev->n, e);
	case LEX_STRING:
		return push(l, TOK_STRING, ev->p, ev->n, e);
	case LEX_OPEN:
		return push(l, TOK_OPEN, "", 0, e);
	case LEX_CLOSE:
		return push(l, TOK_CLOSE, "", 0, e);
	case LEX_CODE_OPEN:
		l->code_at = l->code_end = l->count;
		return true;
	case LEX_CODE_CLOSE:
		l->code_end = l->count;
		return true;
	case LEX_TEXT:
		return keep_text(l, &l->human, ev->p, ev->n, e);
	case LEX_LITERAL:
		l->streaming = stream;
		l->literal_kept = 0;
		return push(l, stream ? TOK_STREAMED : TOK_STRING, "", 0, e);
	case LEX_DATA:
		return l->streaming || add_data(l, ev, e);
	case LEX_LITERAL_END:
		l->streaming = false;
		return true;
	case LEX_EOL:
		l->complete = true;
		return true;
	}
	return true;
}
