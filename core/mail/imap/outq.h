/* SPDX-License-Identifier: MIT
 *
 * outq.h - the bytes on their way to an IMAP server, and the only way to put them there.
 *
 * Pure: no I/O. A command is outq_command, arguments, outq_end. Arguments that come from
 * elsewhere (folder names, logins) go through outq_astring; nothing but a literal can carry
 * CR, LF or NUL, so one command stays one command. On a source's queue outq_command
 * refuses every command that is not on the read-only list (source.h).
 *
 * A synchronizing literal puts a barrier: bytes behind it stay until outq_continue ("+").
 */
#ifndef MAILVAN_MAIL_IMAP_OUTQ_H
#define MAILVAN_MAIL_IMAP_OUTQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"

#define OUTQ_DATA_MAX (512 * 1024)    /* message bytes held at once: outq_room */
#define OUTQ_SLACK (256 * 1024)	      /* commands beside them */
#define OUTQ_BARRIERS 64
#define OUTQ_TAG_PREFIX 8

#define OUTQ_OPEN UINT64_MAX /* the end of a command that is not complete yet */

/* Where a synchronizing literal begins, in which command, and where that command ends. */
struct barrier {
	uint64_t at, end;
	uint32_t seq;
};

enum literal_kind { LITERAL_SYNC, LITERAL_MINUS, LITERAL_PLUS }; /* RFC 7888 */
#define LITERAL_MINUS_MAX 4096

struct outq {
	struct buf bytes;
	size_t sent;	 /* of bytes */
	uint64_t base;	 /* stream position of bytes.data[0] */
	struct barrier barrier[OUTQ_BARRIERS];
	unsigned barriers;
	bool source;	 /* read-only: check the allow-list */
	bool wipe;	 /* holds a secret until it is drained */
	enum literal_kind literals;
	char prefix[OUTQ_TAG_PREFIX + 1]; /* random: nothing inside a message can guess a tag */
	uint32_t next_seq;
};

bool outq_init(struct outq *q, bool source, struct err *e);
void outq_free(struct outq *q);

/* Start "TAG verb"; *seq is the number that outq_seq finds in the answer's tag. On a source
 * a verb outside the list is a program error (Input) and nothing is written. */
bool outq_command(struct outq *q, const char *verb, uint32_t *seq, struct err *e);
/* Our own words: " ..." with the blank. Refused when they hold CR, LF or NUL. */
bool outq_arg(struct outq *q, const char *text, struct err *e);
/* Blank and any bytes but NUL: quoted where they are printable ASCII without '"' and '\', else a literal. */
bool outq_astring(struct outq *q, const char *s, size_t n, struct err *e);
/* "{n}" CRLF as the server allows it; the caller puts exactly n bytes behind it.
 * force: synchronizing whatever the server offers. *synchronised tells what it became. */
bool outq_literal(struct outq *q, uint64_t n, bool force, bool *synchronised, struct err *e);
bool outq_data(struct outq *q, const char *p, size_t n, struct err *e);
bool outq_end(struct outq *q, struct err *e);
/* A line of a SASL exchange: base64 text, then CRLF. Wiped once sent. */
bool outq_secret_line(struct outq *q, const char *base64, size_t n, struct err *e);
/* From here to the next drain the queue holds a secret of up to n bytes: make room first, so
 * that growing does not leave a copy behind, and wipe afterwards. */
bool outq_expect_secret(struct outq *q, size_t n, struct err *e);

/* Message bytes that fit now. */
size_t outq_room(const struct outq *q);
uint64_t outq_position(const struct outq *q); /* of the next byte to be put */
/* What may be sent now; 0 bytes when drained or behind a barrier. */
size_t outq_sendable(const struct outq *q, const char **p);
void outq_sent(struct outq *q, size_t n);
bool outq_waits(const struct outq *q); /* everything up to a barrier is sent */
/* "+" came. false: nobody waits for one. */
bool outq_continue(struct outq *q);
/* Command seq was refused. If its literal still waits for "+", its unsent rest [*from, *to) of the
 * stream is forgotten (sent later it would be commands), what is behind moves up, and true is returned. */
bool outq_refused(struct outq *q, uint32_t seq, uint64_t *from, uint64_t *to);
/* Does a literal of command seq wait for "+"? */
bool outq_owes(const struct outq *q, uint32_t seq);
/* The number in one of our tags; false when it is not ours. */
bool outq_seq(const struct outq *q, const char *tag, size_t n, uint32_t *seq);

#endif
