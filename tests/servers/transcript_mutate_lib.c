/* SPDX-License-Identifier: MIT
 *
 * transcript_mutate_lib.c - what can go wrong with a conversation, by a seed. See transcript_lib.h.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/transcript_lib.h"

static unsigned next_random(uint32_t *seed) {
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Said by nobody who means well, or by servers that are known. */
static const char *const hostile[] = {
	"* BYE going home\r\n",
	"* BYE Request is throttled. Suggested Backoff Time: 299961 milliseconds\r\n",
	"* PREAUTH welcome\r\n",
	"+ go on\r\n",
	"+OK\r\n",
	"-ERR [IN-USE] locked\r\n",
	".\r\n",
	"\r\n",
	"* 4294967295 EXISTS\r\n",
	"* 99999999999999999999 EXPUNGE\r\n",
	"* 1 EXPUNGE\r\n",
	"* 0 FETCH (UID 0 FLAGS () BODY[] {0}\r\n)\r\n",
	"* 1 FETCH (UID 4294967295 FLAGS (\\Seen) INTERNALDATE \"00-Jan-0000 99:99:99 +9999\" RFC822.SIZE -1)\r\n",
	"* 1 FETCH (UID 1 BODY[] NIL)\r\n",
	"* 1 FETCH (UID 2 BODY[] {99999999999999999999}\r\n",
	"* 1 FETCH (UID 2 BODY[] {4294967295}\r\nabc",
	"* 1 FETCH (BODY[] {5}\r\nhello)\r\n",
	"* X {18446744073709551615+}\r\n",
	"* X {-1}\r\n",
	"* LIST (\\Noselect) \"/\" \"a\r\nA1 CREATE pwned\"\r\n",
	"* LIST () \"\\\\\" {4}\r\n\x1b[2J\r\n",
	"* LIST () NIL \"&AAA-\"\r\n",
	"* STATUS INBOX (UIDVALIDITY 0 UIDNEXT 0 MESSAGES 18446744073709551616)\r\n",
	"* OK [UIDVALIDITY 99999999999] no\r\n",
	"* OK [UIDNEXT 0] no\r\n",
	"* OK [ALERT] \x1b]0;owned\x07\r\n",
	"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n",
	"* NAMESPACE ((((((((((((((((((((((((((((((((((((((\r\n",
	"* SEARCH 1 2 3 4294967296\r\n",
	"* \"\"\"\" ))))(((( {0}\r\n\r\n",
	"1 4294967296\r\n",
	"0 5\r\n",
};

/* What stands where a number stood. */
static const char *const numbers[] = { "0",	     "-1",	  "1",	     "4294967295",
				       "4294967296", "9.3e+06",	  "",	     "18446744073709551616",
				       "00000000001", "2147483648", "99999999999999999999999999", "(" };
static const char *const words[] = { "OK", "NO", "BAD",	    "BYE",   "PREAUTH", "NIL", "(",
				     ")",  "\"", "{3}\r\n", "FETCH", "+OK",	"-ERR" };

static void replace(struct transcript_entry *x, size_t at, size_t length, const char *by, size_t n) {
	char *bytes = malloc(x->n - length + n + 1);
	if (!bytes)
		return;
	memcpy(bytes, x->bytes, at);
	memcpy(bytes + at, by, n);
	memcpy(bytes + at + n, x->bytes + at + length, x->n - at - length);
	x->n = x->n - length + n;
	bytes[x->n] = '\0';
	free(x->bytes);
	x->bytes = bytes;
}

/* From the n-th run of such bytes: where it is, how long; false when there is none. */
static bool find_run(const struct transcript_entry *x, int (*fits)(int), unsigned n, size_t *at, size_t *length) {
	size_t runs = 0;
	for (int pass = 0; pass < 2; pass++) {
		size_t seen = 0;
		for (size_t i = 0; i < x->n; i++) {
			size_t from = i;
			while (i < x->n && fits((unsigned char)x->bytes[i]))
				i++;
			if (i == from)
				continue;
			if (pass && seen == n % runs) {
				*at = from;
				*length = i - from;
				return true;
			}
			seen++;
		}
		runs = seen;
		if (!runs)
			return false;
	}
	return false;
}

static void change_bytes(struct transcript_entry *x, uint32_t *seed) {
	size_t at = x->n ? next_random(seed) % x->n : 0, length;
	char byte = (char)next_random(seed);
	switch (next_random(seed) % 7) {
	case 0: /* one byte is another */
		replace(x, at, x->n ? 1 : 0, &byte, 1);
		break;
	case 1: /* the rest is missing */
		replace(x, at, x->n - at, "", 0);
		break;
	case 2: /* a byte more */
		replace(x, at, 0, &"\r\n\0\"\\{}()[] *"[next_random(seed) % 13], 1);
		break;
	case 3: /* the line has no end */
		if (x->n >= 2)
			replace(x, x->n - 2, 2 - next_random(seed) % 2, "", 0);
		break;
	case 4:
	case 5: {
		const char *by = numbers[next_random(seed) % (sizeof numbers / sizeof *numbers)];
		if (find_run(x, isdigit, next_random(seed), &at, &length))
			replace(x, at, length, by, strlen(by));
		break;
	}
	case 6: {
		const char *by = words[next_random(seed) % (sizeof words / sizeof *words)];
		if (find_run(x, isupper, next_random(seed), &at, &length))
			replace(x, at, length, by, strlen(by));
		break;
	}
	}
}

/* A long line: it costs the client nothing but time. */
static void grow(struct transcript_entry *x, uint32_t *seed) {
	static const char fill[] = "(x \"\\[{";
	size_t n = (size_t)1 << (4 + next_random(seed) % 15);
	char *bytes = malloc(n);
	if (!bytes)
		return;
	memset(bytes, fill[next_random(seed) % (sizeof fill - 1)], n);
	replace(x, x->n ? next_random(seed) % x->n : 0, 0, bytes, n);
	free(bytes);
}

static void swap(struct transcript *t, size_t a, size_t b) {
	struct transcript_entry x = t->entries[a];
	t->entries[a] = t->entries[b];
	t->entries[b] = x;
}

/* The server says this too, before entry at. */
static void insert(struct transcript *t, size_t at, const char *text) {
	if (!transcript_add(t, SAYS_SERVER, 0, text, strlen(text)))
		return;
	for (size_t i = t->count - 1; i > at; i--)
		swap(t, i, i - 1);
}

static void change(struct transcript *t, uint32_t *seed) {
	size_t at = next_random(seed) % t->count;
	while (t->entries[at].kind != SAYS_SERVER) /* the greeting is one */
		at = at ? at - 1 : t->count - 1;
	struct transcript_entry *x = &t->entries[at];
	switch (next_random(seed) % 14) {
	default: change_bytes(x, seed); break;
	case 7: x->n = 0, x->tag = 0; break; /* never said */
	case 8: x->repeated = next_random(seed) % 8 ? 2 : 20000; break;
	case 9: swap(t, at, next_random(seed) % t->count); break;
	case 10: x->tag = x->tag ? next_random(seed) % 20 : 0; break;
	case 11: grow(x, seed); break;
	case 12: x->kind = SAYS_END; break;
	case 13: insert(t, at, hostile[next_random(seed) % (sizeof hostile / sizeof *hostile)]); break;
	}
}

void transcript_mutate(struct transcript *out, const struct transcript *from, uint32_t seed) {
	*out = (struct transcript){ 0 };
	for (size_t i = 0; i < from->count; i++) {
		const struct transcript_entry *x = &from->entries[i];
		if (!transcript_add(out, x->kind, x->tag, x->bytes, x->n))
			return;
		out->entries[i].untagged = x->untagged;
	}
	if (!seed)
		return;
	uint32_t state = seed * 2654435761u;
	for (unsigned k = next_random(&state) % 4 + 1; k; k--)
		change(out, &state);
}
