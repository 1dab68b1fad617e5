/* SPDX-License-Identifier: MIT
 *
 * lex.c - the tokenizer: one state per place in the grammar, no recursion.
 */
#include "core/mail/imap/lex.h"

#include <string.h>
#include <strings.h>

enum state {
	AT_LINE_START,
	IN_TAG,
	AT_GAP,	      /* between tokens */
	IN_ATOM,
	IN_QUOTED,
	IN_ESCAPE,
	IN_SIZE,      /* after '{' */
	AFTER_SIZE,   /* after '}': a line end makes it a literal */
	IN_LITERAL,
	AFTER_STATUS, /* after OK, NO, ...: '[' or text */
	BEFORE_TEXT,  /* one blank is not part of the text */
	IN_TEXT,
};

/* One call of lex_feed. Its functions take the unread bytes and return how many they used. */
struct feed {
	struct lex *x;
	lex_fn *fn;
	void *arg;
	struct err *e;
	bool failed;
};

void lex_init(struct lex *x) {
	*x = (struct lex){ 0 };
	buf_init(&x->tok, LEX_LINE_MAX + 1);
}

void lex_free(struct lex *x) { buf_free(&x->tok); }

static size_t fail(struct feed *f, const char *what) {
	err_set(f->e, ERR_SERVER_BUG, "The server sent a response that cannot be read: %s", what);
	f->failed = true;
	return 0;
}

static void emit(struct feed *f, enum lex_kind kind, const char *p, size_t n) {
	struct lex_event ev = { .kind = kind, .p = p, .n = n };
	if (!f->failed && !f->fn(f->arg, &ev, f->e))
		f->failed = true;
}

static void keep(struct feed *f, const char *p, size_t n) {
	if (!buf_put(&f->x->tok, p, n) && !f->failed) {
		f->failed = true;
		err_nomem(f->e);
	}
}

/* Emit the token that ends with these n bytes; without copying when it began in this chunk. */
static void emit_token(struct feed *f, enum lex_kind kind, const char *p, size_t n) {
	struct lex *x = f->x;
	if (x->tok.len) {
		keep(f, p, n);
		p = x->tok.data;
		n = x->tok.len;
	}
	emit(f, kind, p, n);
	buf_reset(&x->tok);
}

static bool is_word(const char *p, size_t n, const char *word) {
	return strlen(word) == n && strncasecmp(p, word, n) == 0;
}

static bool is_status(const char *p, size_t n) {
	return is_word(p, n, "OK") || is_word(p, n, "NO") || is_word(p, n, "BAD") || is_word(p, n, "BYE") ||
	       is_word(p, n, "PREAUTH");
}

static void end_line(struct feed *f) {
	struct lex *x = f->x;
	if (x->in_code)
		emit(f, LEX_CODE_CLOSE, "", 0);
	emit(f, LEX_EOL, "", 0);
	x->state = AT_LINE_START;
	x->line_bytes = 0;
	x->depth = x->words = 0;
	x->in_code = false;
}

static void end_tag(struct feed *f, const char *p, size_t n) {
	struct lex *x = f->x;
	if (x->tok.len) {
		keep(f, p, n);
		p = x->tok.data;
		n = x->tok.len;
	}
	x->untagged = n == 1 && *p == '*';
	x->state = n == 1 && *p == '+' ? BEFORE_TEXT : AT_GAP;
	emit(f, LEX_TAG, p, n);
	buf_reset(&x->tok);
}

static void end_atom(struct feed *f, const char *p, size_t n) {
	struct lex *x = f->x;
	if (x->tok.len) {
		keep(f, p, n);
		p = x->tok.data;
		n = x->tok.len;
	}
	/* Whatever a tagged line says first is its status: RFC 9051 response-tagged. */
	bool status = x->words++ == 0 && (!x->untagged || is_status(p, n));
	x->state = status ? AFTER_STATUS : AT_GAP;
	x->bracket = x->bracket_quote = false;
	emit(f, is_word(p, n, "NIL") ? LEX_NIL : LEX_ATOM, p, n);
	buf_reset(&x->tok);
}

static size_t at_line_start(struct feed *f, const char *p) {
	if (*p != ' ' && *p != '\r' && *p != '\n') {
		f->x->state = IN_TAG;
		return 0;
	}
	f->x->line_bytes = 0;
	return 1;
}

static size_t in_tag(struct feed *f, const char *p, size_t n) {
	size_t i = 0;
	while (i < n && p[i] != ' ' && p[i] != '\r' && p[i] != '\n')
		i++;
	if (i < n)
		end_tag(f, p, i);
	else
		keep(f, p, n);
	return i;
}

static size_t at_gap(struct feed *f, const char *p) {
	struct lex *x = f->x;
	switch (*p) {
	case ' ':
	case '\t':
	case '\r':
		return 1;
	case '\n':
		end_line(f);
		return 1;
	case '(':
		if (++x->depth > LEX_DEPTH_MAX)
			return fail(f, "more than 32 nested parentheses");
		emit(f, LEX_OPEN, "", 0);
		return 1;
	case ')':
		if (x->depth) {
			x->depth--;
			emit(f, LEX_CLOSE, "", 0);
		}
		return 1;
	case '"':
		x->state = IN_QUOTED;
		return 1;
	case '{':
		x->state = IN_SIZE;
		return 0;
	case '[': /* Exchange says "* [UIDVALIDITY 4]" at times: the OK is missing, nothing else begins like this */
		if (x->untagged && !x->words) {
			x->words++;
			x->in_code = true;
			emit(f, LEX_ATOM, "OK", 2);
			emit(f, LEX_CODE_OPEN, "", 0);
			return 1;
		}
		break;
	case ']':
		if (x->in_code && !x->depth) {
			emit(f, LEX_CODE_CLOSE, "", 0);
			x->in_code = false;
			x->state = BEFORE_TEXT;
			return 1;
		}
	}
	x->state = IN_ATOM;
	return 0;
}

/* Does this byte end the atom that has len bytes so far (last is the one before)? */
static bool ends_atom(struct lex *x, char c, char last, size_t len) {
	if (c == '\r' || c == '\n')
		return true;
	if (x->bracket) { /* "BODY[HEADER.FIELDS ("A" B)]" is one token */
		if (c == '"')
			x->bracket_quote = !x->bracket_quote;
		else if (c == ']' && !x->bracket_quote)
			x->bracket = false;
		return false;
	}
	switch (c) {
	case ' ':
	case '\t':
	case '(':
	case ')':
		return true;
	case '[':
		x->bracket = !x->in_code && x->depth <= 1; /* deeper it is part of a keyword */
		return false;
	case ']':
		return x->in_code && !x->depth;
	case '{': /* "BODY[]{5}" without the blank, and "~{5}" */
		return last == ']' || (last == '~' && len == 1);
	}
	return false;
}

static size_t in_atom(struct feed *f, const char *p, size_t n) {
	struct lex *x = f->x;
	char last = x->tok.len ? x->tok.data[x->tok.len - 1] : '\0';
	size_t i = 0;
	for (; i < n; last = p[i++]) {
		if (!ends_atom(x, p[i], last, x->tok.len + i))
			continue;
		if (p[i] == '{' && last == '~') { /* literal8: the tilde is not a token */
			buf_reset(&x->tok);
			x->state = IN_SIZE;
		} else {
			end_atom(f, p, i);
		}
		return i;
	}
	keep(f, p, n);
	return n;
}

static size_t in_quoted(struct feed *f, const char *p, size_t n) {
	struct lex *x = f->x;
	size_t i = 0;
	while (i < n && p[i] != '"' && p[i] != '\\' && p[i] != '\n' && p[i] != '\r')
		i++;
	if (i == n) {
		keep(f, p, n);
		return n;
	}
	if (p[i] == '\\' || p[i] == '\r') {
		keep(f, p, i);
		if (p[i] == '\\')
			x->state = IN_ESCAPE;
		return i + 1;
	}
	x->state = AT_GAP;
	x->words++;
	emit_token(f, LEX_STRING, p, i);
	return p[i] == '"' ? i + 1 : i; /* a line end closes an unfinished string and the line */
}

static size_t in_escape(struct feed *f, const char *p) {
	f->x->state = IN_QUOTED;
	if (*p == '\r' || *p == '\n')
		return 0;
	keep(f, p, 1);
	return 1;
}

/* '{' and digits up to '}'; anything else turns it into an ordinary atom. */
static size_t in_size(struct feed *f, const char *p) {
	struct lex *x = f->x;
	char c = *p;
	if (c == '}' && x->tok.len) {
		keep(f, p, 1);
		x->state = AFTER_SIZE;
		return 1;
	}
	if ((c == '{' && x->tok.len == 0) || (c >= '0' && c <= '9') || c == '+' || c == '-') {
		keep(f, p, 1);
		return 1;
	}
	x->state = IN_ATOM;
	return 0;
}

/* tok is "{digits}" or "{digits+}" when it is well-formed. */
static bool parse_size(const struct buf *tok, uint64_t *size) {
	size_t end = tok->len - 1;
	if (end > 1 && tok->data[end - 1] == '+')
		end--;
	uint64_t v = 0;
	for (size_t i = 1; i < end; i++) {
		if (tok->data[i] < '0' || tok->data[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(tok->data[i] - '0');
		if (v > LEX_LITERAL_MAX)
			return false;
	}
	*size = v;
	return end > 1;
}

static size_t after_size(struct feed *f, const char *p) {
	struct lex *x = f->x;
	if (*p == '\r')
		return 1;
	if (*p != '\n') {
		x->state = IN_ATOM;
		return 0;
	}
	struct lex_event ev = { .kind = LEX_LITERAL };
	if (!parse_size(&x->tok, &ev.size))
		return fail(f, "a literal with an impossible size");
	buf_reset(&x->tok);
	x->words++;
	x->literal_left = ev.size;
	x->state = IN_LITERAL;
	if (!f->fn(f->arg, &ev, f->e))
		f->failed = true;
	return 1;
}

static size_t in_literal(struct feed *f, const char *p, size_t n) {
	struct lex *x = f->x;
	size_t take = n < x->literal_left ? n : (size_t)x->literal_left;
	if (take)
		emit(f, LEX_DATA, p, take);
	x->literal_left -= take;
	if (!x->literal_left) {
		x->state = AT_GAP;
		emit(f, LEX_LITERAL_END, "", 0);
	}
	return take;
}

static size_t after_status(struct feed *f, const char *p) {
	struct lex *x = f->x;
	switch (*p) {
	case ' ':
	case '\r':
		return 1;
	case '\n':
		end_line(f);
		return 1;
	case '[':
		x->in_code = true;
		x->state = AT_GAP;
		emit(f, LEX_CODE_OPEN, "", 0);
		return 1;
	}
	x->state = IN_TEXT;
	return 0;
}

static size_t before_text(struct feed *f, const char *p) {
	f->x->state = IN_TEXT;
	return *p == ' ' ? 1 : 0;
}

static size_t in_text(struct feed *f, const char *p, size_t n) {
	struct lex *x = f->x;
	const char *lf = memchr(p, '\n', n);
	if (!lf) {
		keep(f, p, n);
		return n;
	}
	keep(f, p, (size_t)(lf - p));
	size_t len = x->tok.len;
	while (len && x->tok.data[len - 1] == '\r')
		len--;
	if (len)
		emit(f, LEX_TEXT, x->tok.data, len);
	buf_reset(&x->tok);
	end_line(f);
	return (size_t)(lf - p) + 1;
}

static size_t step(struct feed *f, const char *p, size_t n) {
	switch ((enum state)f->x->state) {
	case AT_LINE_START: return at_line_start(f, p);
	case IN_TAG: return in_tag(f, p, n);
	case AT_GAP: return at_gap(f, p);
	case IN_ATOM: return in_atom(f, p, n);
	case IN_QUOTED: return in_quoted(f, p, n);
	case IN_ESCAPE: return in_escape(f, p);
	case IN_SIZE: return in_size(f, p);
	case AFTER_SIZE: return after_size(f, p);
	case IN_LITERAL: return in_literal(f, p, n);
	case AFTER_STATUS: return after_status(f, p);
	case BEFORE_TEXT: return before_text(f, p);
	case IN_TEXT: return in_text(f, p, n);
	}
	return fail(f, "internal state"); /* not reached: every state is above */
}

bool lex_feed(struct lex *x, const char *p, size_t n, lex_fn *fn, void *arg, struct err *e) {
	struct feed f = { .x = x, .fn = fn, .arg = arg, .e = e };
	while (n && !f.failed) {
		/* Never look further than the limit, so that it is met at the same byte in any chunking. */
		bool literal = x->state == IN_LITERAL;
		size_t room = LEX_LINE_MAX - x->line_bytes;
		if (!literal && !room) {
			fail(&f, "a line longer than 64 KiB");
			return false;
		}
		size_t before = x->line_bytes;
		size_t used = step(&f, p, literal || n < room ? n : room);
		if (!literal && x->state != AT_LINE_START)
			x->line_bytes = before + used;
		p += used;
		n -= used;
	}
	/* An empty literal is complete with its size; waiting for the next byte would delay the response. */
	if (!f.failed && x->state == IN_LITERAL && !x->literal_left)
		in_literal(&f, p, 0);
	return !f.failed;
}
