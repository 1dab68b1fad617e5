/* SPDX-License-Identifier: MIT
 *
 * dead_letters.h - messages that no repair could get into the target, or that are too large for it, kept as files for a
 * person.
 *
 * PROJECT/dead-letters/MAILBOX/FOLDER-UIDVALIDITY-UID.eml is the message as the source has it, the .txt beside it
 * says whose it is and why. All names are numbers: no text from a server is ever part of a path. Files
 * are 0600, appear whole or not at all, and are on the disk before the ledger says that the message has failed.
 * The files are the truth; the ledger knows nothing of them.
 */
#ifndef MAILVAN_STORE_DEAD_LETTERS_H
#define MAILVAN_STORE_DEAD_LETTERS_H

#include "core/model/mailbox.h"
#include "core/store/store.h"

#define DEAD_LETTERS_DIR "dead-letters"
#define DEAD_LETTER_NAME_MAX 64 /* with the directory: "dead-letters/3/12-1000-20.eml" fits */

struct dead_letter_id {
	int64_t mailbox, folder;
	uint32_t uidvalidity, uid; /* at the source */
};
/* Relative to the project's directory. */
void dead_letter_name(char dst[DEAD_LETTER_NAME_MAX], const struct dead_letter_id *id);

/* What the .txt says; texts are sanitised there. */
struct dead_letter_facts {
	char source[350], target[350]; /* mailboxes */
	char folder[1024];
	char uid[300]; /* or UIDL */
	char date[64], from[200], subject[200], message_id[200];
	char arrived[40], flags[400];
	char reason[ERR_TEXT_MAX + 64];
};
/* Room for a file of that size and what is spooled of it, and as much again: keeping must not fill the disk. */
bool dead_letter_fits(struct store *s, uint64_t size);
struct dead_letter; /* being written */
struct dead_letter *dead_letter_begin(struct store *s, const struct dead_letter_id *id, struct err *e);
/* arg is the struct dead_letter: may be used as a message_sink. */
bool dead_letter_write(void *arg, const char *p, size_t n, struct err *e);
/* Replaces what was kept of the message before. Both free d. */
bool dead_letter_keep(struct dead_letter *d, const struct dead_letter_facts *facts, struct err *e);
void dead_letter_abandon(struct dead_letter *d);

/* Takes away the files of messages of the mailbox that are at the target now. */
bool dead_letters_tidy(struct store *s, int64_t mailbox, struct err *e);

struct dead_letter_row {
	struct dead_letter_id id;
	char path[4096]; /* of the .eml */
	uint64_t size;
	wall_ms_t kept;
	struct dead_letter_facts facts; /* "" where the .txt does not say */
};
typedef bool dead_letter_fn(void *arg, const struct dead_letter_row *row); /* false stops quietly */
/* mailbox 0: all. In the order of mailbox, folder, UID. */
bool dead_letters_list(struct store *s, int64_t mailbox, dead_letter_fn *fn, void *arg, struct err *e);
/* Is there any for the mailbox? Cheap. */
bool dead_letters_any(struct store *s, int64_t mailbox);
bool dead_letter_there(struct store *s, const struct dead_letter_id *id);

#endif
