/* SPDX-License-Identifier: MIT
 *
 * line.h - one whole response as a flat row of tokens, collected from the lexer's events.
 *
 * Literals that somebody streams are noted but not kept; all others are kept up to
 * LINE_LITERAL_KEEP bytes. Everything is bounded; a response with more tokens than fit is
 * marked `overflow` and is then only good for being ignored.
 */
#ifndef MAILVAN_MAIL_IMAP_LINE_H
#define MAILVAN_MAIL_IMAP_LINE_H

#include "core/mail/imap/lex.h"
#include "core/mail/mime/ident.h"

#define LINE_TOKENS_MAX 8192
#define LINE_LITERAL_KEEP HEADER_KEEP_MAX /* more of one literal is dropped: header fields, folder names */
#define LINE_BYTES_MAX (LINE_LITERAL_KEEP + 4 * 65536)

enum token_kind { TOK_ATOM, TOK_NIL, TOK_STRING, TOK_OPEN, TOK_CLOSE, TOK_STREAMED };

struct token {
	enum token_kind kind;
	uint32_t off, len; /* in text; strings are cut at LINE_LITERAL_KEEP */
};

enum line_status { STATUS_NONE, STATUS_OK, STATUS_NO, STATUS_BAD, STATUS_BYE, STATUS_PREAUTH };

struct line {
	struct buf text; /* the bytes of all tokens */
	struct token *tok;
	uint32_t count, cap;
	bool overflow;

	/* First word of the line. */
	enum { LINE_UNTAGGED, LINE_CONTINUE, LINE_TAGGED } tag_kind;
	struct token tag;
	/* OK, NO, BAD, BYE, PREAUTH, and what follows them. For all others: tokens only. */
	enum line_status status;
	uint32_t code_at, code_end; /* tokens of the response code, without brackets; equal: none */
	struct token human;	    /* its text, or that of "+" */
	bool complete;		    /* LEX_EOL was seen: reset before the next event */

	/* The literal that is being received. */
	bool streaming;
	uint32_t literal_kept;
};

void line_init(struct line *l);
void line_free(struct line *l);
void line_reset(struct line *l);
/* Take one event (not LEX_DATA of a streamed literal). A literal is kept unless stream says so. */
bool line_add(struct line *l, const struct lex_event *ev, bool stream, struct err *e);

/* The bytes of a token; not terminated. */
const char *token_text(const struct line *l, const struct token *t);
bool token_is(const struct line *l, const struct token *t, const char *word); /* ASCII case ignored */
/* Decimal digits only ("9.3e+06", "-1" are none), at most max. */
bool token_number(const struct line *l, const struct token *t, uint64_t max, uint64_t *out);

/* Token i, or NULL at the end. */
const struct token *line_at(const struct line *l, uint32_t i);
bool line_word(const struct line *l, uint32_t i, const char *word);
/* The index after the value at i: a whole parenthesised group counts as one. */
uint32_t line_skip(const struct line *l, uint32_t i);
/* Is the response code this one? Its arguments start at code_at + 1. */
bool line_code(const struct line *l, const char *code);
/* "NO [CODE args] text" for people and for net_classify_text; sanitised. */
void line_describe(const struct line *l, char *dst, size_t size);

#endif
