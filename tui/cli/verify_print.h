/* SPDX-License-Identifier: MIT
 *
 * verify_print.h - what verify finds of one mailbox: collected in its thread, printed when it is done.
 *
 * Differences go to an unlinked file in the project directory, already as they will be printed: a mailbox that is
 * missing altogether costs no memory.
 */
#ifndef MAILVAN_CLI_VERIFY_PRINT_H
#define MAILVAN_CLI_VERIFY_PRINT_H

#include "tui/cli/rows.h"

struct finding {
	FILE *lines; /* the differences */
	bool json, colour;
	uint64_t named;
	unsigned kinds; /* bit per enum verify_kind that was found */
	uint64_t alike[VERIFY_KIND_COUNT]; /* text: of the folder at hand, told as one line when it ends */
	json_t *folders;
	struct verification result;
	uint64_t refilled;
	bool ok, trouble; /* trouble: a line could not be kept */
	struct err e;
};

bool finding_open(struct finding *f, struct store *s, bool json, bool colour);
void finding_close(struct finding *f);
/* For struct verify_sink, arg is the finding. */
void finding_difference(void *arg, const struct verify_difference *d);
void finding_folder(void *arg, const struct verify_folder *v);
void finding_print(FILE *to, const struct mailbox_row *row, struct finding *f);
/* One object, without what follows it. False: no memory, or a line was lost. */
bool finding_print_json(FILE *to, const struct mailbox_row *row, struct finding *f);
/* "copy of 300 bodies", the level in words with the number of bodies that were compared. */
void verify_words(char *dst, size_t size, const struct verification *v);

#endif
