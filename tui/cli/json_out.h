/* SPDX-License-Identifier: MIT
 *
 * json_out.h - JSON written member by member, for lists that can hold the whole project. A document of jansson's has an
 * allocation and a hash for each member: 30,000 mailboxes took ten times as long as reading them from the store.
 *
 * Members go to the array or object that was opened last; key is NULL in an array. Whoever calls sees to it that what
 * is opened is closed. When memory runs out text.failed stays set and the rest is ignored.
 */
#ifndef MAILVAN_CLI_JSON_OUT_H
#define MAILVAN_CLI_JSON_OUT_H

#include <jansson.h>
#include <stdio.h>

#include "core/mailvan.h"

struct json_out {
	struct buf text; /* what json_out_write has not taken yet */
	bool more;	 /* a member stands before the next one */
};

#define JSON_OUT_MAX ((size_t)4 * 1024 * 1024) /* of text between two writes: one mailbox with all its warnings */
#define JSON_OUT_INIT                                                                                                  \
	{                                                                                                              \
		.text = {.max = JSON_OUT_MAX }                                                                         \
	}

void json_out_open(struct json_out *o, const char *key, char bracket);
void json_out_close(struct json_out *o, char bracket);
/* Foreign text: sanitised, and cut at 4 KiB, as json_text does. */
void json_out_text(struct json_out *o, const char *key, const char *s);
void json_out_text_or_null(struct json_out *o, const char *key, const char *s); /* "" becomes null */
void json_out_number(struct json_out *o, const char *key, int64_t n);
void json_out_bool(struct json_out *o, const char *key, bool yes);
void json_out_null(struct json_out *o, const char *key);
void json_out_time(struct json_out *o, const char *key, wall_ms_t t); /* null for 0 */
/* "2026-11-22T20:47:57Z"; false for 0. */
bool time_text(char *dst, size_t size, wall_ms_t t);
/* Takes the reference; NULL counts as memory that ran out. */
void json_out_value(struct json_out *o, const char *key, json_t *value);
/* Hands on what there is and forgets it. False: no memory. What the stream says is the stream's (ferror). */
bool json_out_write(struct json_out *o, FILE *to);
/* The same once that is worth a system call. */
bool json_out_blocks(struct json_out *o, FILE *to);
void json_out_free(struct json_out *o);

#endif
