/* SPDX-License-Identifier: MIT
 *
 * transcript_lib.h - recorded sessions: kept as text, changed by a seed, and played to a client.
 *
 * A file is a conversation, one line each:
 *	C UID FETCH 1:* (FLAGS)		the client says a line: only its first word counts, or two with UID
 *	S $3 OK done\r\n		the server says bytes; \r \n \\ \xNN; "$3" in front: the client's third tag
 * The player says what the server says as soon as the client has said what it said in the recording. A client that says
 * something else is answered from where the recording has that, or with BAD, so that mailvan may learn to talk in
 * another way; one that falls silent is answered all the same, because where a conversation was changed it may
 * wait for what never comes. At the end, and at "X", the player hangs up.
 */
#ifndef MAILVAN_TESTS_TRANSCRIPT_LIB_H
#define MAILVAN_TESTS_TRANSCRIPT_LIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSCRIPT_BYTES_MAX (1u << 20) /* of what one entry says */

enum transcript_kind { SAYS_CLIENT, SAYS_SERVER, SAYS_END };

struct transcript_entry {
	enum transcript_kind kind;
	unsigned tag;	   /* the client's tag in front, counted from 1; 0 = none */
	unsigned repeated; /* said so often; floods without the memory */
	bool untagged;	   /* a client's line behind a literal: "c" in the file */
	char *bytes;
	size_t n;
};

struct transcript {
	struct transcript_entry *entries;
	size_t count, cap;
};

/* false: the file cannot be read, or a line is none of the above. */
bool transcript_load(struct transcript *t, const char *path);
void transcript_free(struct transcript *t);
bool transcript_add(struct transcript *t, enum transcript_kind kind, unsigned tag, const char *bytes, size_t n);
/* A copy with one to four changes, the same ones for the same seed. seed 0: none. */
void transcript_mutate(struct transcript *out, const struct transcript *from, uint32_t seed);
/* What was changed, for a failure: one line without control bytes. */
void transcript_describe(const struct transcript *t, size_t entry, char *dst, size_t size);

/* Plays t to each client that connects. A client that says nothing for silent_ms is silent; where t is not changed that
 * is long, so that a slow machine does not change it either. t outlives the player; NULL when it cannot listen. */
struct transcript_player *transcript_play(const struct transcript *t, unsigned silent_ms);
uint16_t transcript_port(const struct transcript_player *p);
void transcript_stop(struct transcript_player *p);

/* Stands between a client and a server on 127.0.0.1 and writes down the first conversation. */
struct transcript_recorder *transcript_record(uint16_t server_port);
uint16_t transcript_record_port(const struct transcript_recorder *r);
/* Waits for its end and writes the file. */
bool transcript_record_finish(struct transcript_recorder *r, const char *path);

/* A socket that listens on 127.0.0.1, -1: none. */
int transcript_listen(uint16_t *port);

/* The client's side of the wire, as player and recorder read it: lines, tags, literals skipped. */
struct transcript_client {
	char line[512]; /* the line at hand, cut */
	size_t len;
	uint64_t literal;
	bool continued; /* the next line goes on behind a literal: it has no tag */
	bool after_literal; /* the line at hand did */
	unsigned lines, tags;
	char tag[4096][20];
};
/* What it says without the tag. */
const char *transcript_said(const struct transcript_client *c);
typedef void transcript_line_fn(void *arg, const struct transcript_client *c);
void transcript_client_read(struct transcript_client *c, const char *p, size_t n, transcript_line_fn *fn, void *arg);

#endif
