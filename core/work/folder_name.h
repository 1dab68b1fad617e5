/* SPDX-License-Identifier: MIT
 *
 * folder_name.h - one folder name: its levels cleaned, shown, and compared without case.
 */
#ifndef MAILVAN_WORK_FOLDER_NAME_H
#define MAILVAN_WORK_FOLDER_NAME_H

#include "core/base/buf.h"
#include "core/model/message.h"

/* Why a level is not what it was. Bits. */
enum level_change {
	LEVEL_DELIMITER = 1, /* held the target's delimiter */
	LEVEL_CONTROL = 2,   /* control characters */
	LEVEL_BLANKS = 4,    /* blanks at an end: Gmail refuses them */
	LEVEL_DOTS = 8,	     /* "." or ".." */
	LEVEL_EMPTY = 16,
	LEVEL_OPAQUE = 32, /* not valid modified UTF-7: taken as UTF-8 or ASCII as it stands */
};

/* Appends one level (n bytes as the source sent them) to out as UTF-8 that a server with this
 * delimiter takes as one level. Adds to *changes. False: out is full. */
bool folder_level_clean(struct buf *out, const char *wire, size_t n, char delimiter, unsigned *changes);
/* A level in UTF-8 appended as modified UTF-7. False: out is full. */
bool folder_level_encode(struct buf *out, const char *utf8, size_t n);
/* Wire name to UTF-8, sanitised, '/' between levels; levels that do not decode are shown as they stand. */
void folder_display(char dst[FOLDER_NAME_MAX], const char *wire, char delimiter);
/* Equal for names that a server without letter case takes for one (ASCII, Latin, Greek, Cyrillic). */
uint64_t folder_fold(const char *utf8);

#endif
