/* SPDX-License-Identifier: MIT
 *
 * dead_letters_int.h - what writing and listing dead letters share.
 */
#ifndef MAILVAN_STORE_DEAD_LETTERS_INT_H
#define MAILVAN_STORE_DEAD_LETTERS_INT_H

#include "core/base/buf.h"
#include "core/store/dead_letters.h"

/* The lines of a .txt: "Label: value". A NULL label ends it. */
struct dead_letter_field {
	const char *label;
	size_t offset, size; /* of a text in struct dead_letter_facts */
};
extern const struct dead_letter_field dead_letter_fields[];

/* The directory of a mailbox, or for 0 the one of all; -1, with ERR_NONE when there is none and none is to be made. */
int dead_letters_open(struct store *s, int64_t mailbox, bool make, struct err *e);
/* "12-1000-20", and back from "12-1000-20.eml" (all but the mailbox). */
void dead_letter_file(char dst[DEAD_LETTER_NAME_MAX], const struct dead_letter_id *id);
bool dead_letter_parse(const char *file, struct dead_letter_id *id);

typedef bool dead_letter_id_fn(void *arg, const struct dead_letter_id *id); /* false stops quietly */
/* Every .eml in the directory of a mailbox, in the order of folder, UIDVALIDITY and UID. */
bool dead_letters_each(int dir, int64_t mailbox, dead_letter_id_fn *fn, void *arg, struct err *e);

#endif
