/* SPDX-License-Identifier: MIT
 *
 * lex.h - the one tokenizer of what an IMAP server says (RFC 9051 section 9), streaming.
 *
 * A pure function of bytes: fed any chunks it gives the same events (a literal's data may
 * come in different pieces). Nothing is stored but the token at hand. Literals stream
 * through. It forgives what servers are known to do (no CR, blanks at line ends, 8-bit
 * atoms, unbalanced parentheses, strings without an end, untagged codes without OK) and
 * refuses only what would break a limit or lose the place in the stream.
 */
#ifndef MAILVAN_MAIL_IMAP_LEX_H
#define MAILVAN_MAIL_IMAP_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"

#define LEX_LINE_MAX 65536	     /* bytes of one response, literals not counted */
#define LEX_LITERAL_MAX UINT32_MAX   /* RFC 3501 "number"; literals stream, so this costs nothing */
#define LEX_DEPTH_MAX 32	     /* parentheses */

enum lex_kind {
	LEX_TAG,	 /* first word of a line: "*", "+" or a tag */
	LEX_ATOM,	 /* also numbers, flags, "BODY[HEADER.FIELDS (A B)]<0>" */
	LEX_NIL,	 /* the atom NIL, any case */
	LEX_STRING,	 /* quoted string, escapes undone */
	LEX_OPEN,	 /* ( */
	LEX_CLOSE,	 /* ), never more of them than of OPEN */
	LEX_CODE_OPEN,	 /* [ after OK, NO, BAD, BYE, PREAUTH; its words follow as atoms */
	LEX_CODE_CLOSE,	 /* its ] */
	LEX_TEXT,	 /* human text up to the end of the line; may be absent */
	LEX_LITERAL,	 /* size bytes follow as DATA, then LITERAL_END */
	LEX_DATA,
	LEX_LITERAL_END,
	LEX_EOL,	 /* the response is complete; empty lines give nothing at all */
};

struct lex_event {
	enum lex_kind kind;
	const char *p; /* borrowed, not terminated */
	size_t n;
	uint64_t size; /* LEX_LITERAL */
};

/* false stops lex_feed, which then returns false; the lexer is not usable afterwards. */
typedef bool lex_fn(void *arg, const struct lex_event *ev, struct err *e);

struct lex {
	struct buf tok;
	int state;
	size_t line_bytes;
	unsigned depth, words;
	bool untagged, in_code, bracket, bracket_quote;
	uint64_t literal_left;
};

void lex_init(struct lex *x);
void lex_free(struct lex *x);
/* e: SERVER_BUG when a limit is broken, else whatever fn set. */
bool lex_feed(struct lex *x, const char *p, size_t n, lex_fn *fn, void *arg, struct err *e);

#endif
