/* SPDX-License-Identifier: MIT
 *
 * folder_map.h - which target folder a source folder goes to. Pure: names in, names out.
 *
 * INBOX to INBOX (also as "INBOX.x" namespaces say); special-use folders by attribute to the
 * target's folder with the same attribute, their children below it; everything else keeps its
 * path, with the source's namespace prefix taken off, the target's put on, and the
 * delimiter translated. A level that contains the target's delimiter, control characters,
 * leading/trailing blanks, "." ".." or is empty is changed (delimiter -> '_', others %XX). Two sources that
 * would meet in one target (compared without case) get " (2)", " (3)". Every change from the
 * plain name is reported as renamed, with the reason in note.
 */
#ifndef MAILVAN_WORK_FOLDER_MAP_H
#define MAILVAN_WORK_FOLDER_MAP_H

#include "core/base/err.h"
#include "core/model/message.h"

struct folder_mapping {
	char wire[FOLDER_NAME_MAX];    /* modified UTF-7, target delimiter; "" when skipped */
	char display[FOLDER_NAME_MAX]; /* UTF-8, sanitised, '/' between levels */
	bool renamed;
	bool exists; /* the target has it already */
	bool subscribed; /* by us, in this run, or an earlier one has seen to it (subscriptions.c) */
	char note[200];
};

struct folder_map_input {
	const struct folder_info *source;
	size_t source_count;
	const char *source_prefix; /* personal namespace prefix of the source, "" if none */
	const struct folder_info *target;
	size_t target_count;
	const char *target_prefix;
	char target_delimiter; /* 0 = flat */
};

/* out has source_count elements, same order. */
bool folder_map(const struct folder_map_input *in, struct folder_mapping *out, struct err *e);
/* A second choice for a name that the target refused: attempt 1, 2, ... ; false when out of ideas. */
bool folder_map_alternative(const struct folder_mapping *refused, unsigned attempt, char target_delimiter,
			    struct folder_mapping *out);

#endif
