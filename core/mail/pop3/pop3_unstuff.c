/* SPDX-License-Identifier: MIT
 *
 * pop3_unstuff.c - dots off, runs out: only lines that start with a dot cost more than a memchr.
 */
#include "core/mail/pop3/pop3_unstuff.h"

#include <string.h>

void pop3_unstuff_begin(struct pop3_unstuff *u, bool lf_only) {
	u->state = UNSTUFF_LINE_START;
	u->lf_only = lf_only;
}

/* In the middle of a line: goes on to the start of the next one, or to the end of the chunk. */
static const char *skip_line(struct pop3_unstuff *u, const char *p, const char *end) {
	const char *lf = memchr(p, '\n', (size_t)(end - p));
	if (!lf) {
		u->state = end[-1] == '\r' ? UNSTUFF_CR : UNSTUFF_TEXT;
		return end;
	}
	u->state = u->lf_only || (lf > p && lf[-1] == '\r') ? UNSTUFF_LINE_START : UNSTUFF_TEXT;
	return lf + 1;
}

bool pop3_unstuff_add(struct pop3_unstuff *u, const char *p, size_t n, size_t *used, bool *done, pop3_data_fn *fn,
		      void *arg, struct err *e) {
	const char *start = p, *end = p + n, *run = p; /* run: the first byte not handed on yet */
	bool ok = true;
	*done = false;
	while (ok && !*done && p < end) {
		switch (u->state) {
		case UNSTUFF_TEXT:
			p = skip_line(u, p, end);
			break;
		case UNSTUFF_CR:
			u->state = *p == '\n' ? UNSTUFF_LINE_START : UNSTUFF_TEXT;
			p += *p == '\n';
			break;
		case UNSTUFF_LINE_START:
			u->state = UNSTUFF_TEXT;
			if (*p == '.') {
				ok = p == run || fn(arg, run, (size_t)(p - run), e);
				u->state = UNSTUFF_DOT;
				run = ++p;
			}
			break;
		case UNSTUFF_DOT:
			*done = *p == '\n' && u->lf_only;
			u->state = *p == '\r' ? UNSTUFF_DOT_CR : UNSTUFF_TEXT;
			if (*done || *p == '\r')
				run = ++p;
			break;
		case UNSTUFF_DOT_CR:
			*done = *p == '\n';
			if (*done)
				run = ++p;
			else
				ok = fn(arg, "\r", 1, e);
			u->state = UNSTUFF_TEXT;
			break;
		}
	}
	if (ok && p > run)
		ok = fn(arg, run, (size_t)(p - run), e);
	*used = (size_t)(p - start);
	return ok;
}
