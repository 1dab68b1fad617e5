/* SPDX-License-Identifier: MIT
 *
 * decode.h - the bytes of a file, and the UTF-8 text that they stand for.
 */
#ifndef MAILVAN_IMPORT_DECODE_H
#define MAILVAN_IMPORT_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"

struct decoded {
	char *text; /* UTF-8, U+FFFD where the bytes meant nothing; not NUL-terminated; inside owner */
	size_t len;
	size_t bad;	   /* how many U+FFFD were put in */
	char encoding[32]; /* see import.h */
	bool guessed;	   /* Windows-1252, because the bytes are not UTF-8: nothing says it is not another one */
	bool unsupported;  /* UTF-32: text is empty */
	void *owner;
};

/* Read fd to its end, at most IMPORT_FILE_MAX bytes; free with wiped_free. name is for errors. */
bool input_read(int fd, const char *name, unsigned char **bytes, size_t *n, struct err *e);

/* A byte order mark decides; else NULs in the first two characters (a header is ASCII) tell UTF-16; else
 * UTF-8 when the bytes are mostly that; else Windows-1252. Takes over bytes (also on failure); free
 * with decode_free. false: no memory. */
bool decode_text(unsigned char *bytes, size_t n, struct decoded *out, struct err *e);
void decode_free(struct decoded *d);

#endif
