/* SPDX-License-Identifier: MIT
 *
 * pop3_wire.h - POP3 commands out, reply lines in. The one place that writes to the server.
 */
#ifndef MAILVAN_MAIL_POP3_WIRE_H
#define MAILVAN_MAIL_POP3_WIRE_H

#include "core/base/buf.h"
#include "core/mail/source.h"

#define POP3_LINE_MAX 8192 /* of a status or list line; RFC 2449 says 512 */

struct pop3_wire {
	const struct mail_context *ctx;
	struct channel *channel;
	struct buf out; /* commands on their way; `sent` bytes have left */
	size_t sent;
	char *in; /* what arrived: in[pos..len) is not consumed yet */
	size_t pos, len;
	bool crlf; /* the server has ended a line in CRLF */
	bool dead; /* an error made the connection unusable */
};

/* Takes the channel over, also when it fails. */
bool pop3_wire_init(struct pop3_wire *w, const struct mail_context *ctx, struct channel *channel, struct err *e);
void pop3_wire_free(struct pop3_wire *w); /* closes at once, wipes what was queued */

/* Queue a command line without its CRLF. A verb outside the list of source.h, or a line with CR, LF or NUL in
 * it, is refused before a byte is queued (ReadOnly or Input, scope Program: a defect or an attack). */
bool pop3_command(struct pop3_wire *w, const char *line, struct err *e);
bool pop3_command_number(struct pop3_wire *w, const char *verb, uint32_t number, const char *rest, struct err *e);
bool pop3_command_pass(struct pop3_wire *w, const struct secret *password, struct err *e);
/* Queue the answer to a "+ " challenge: base64 or "". */
bool pop3_sasl_answer(struct pop3_wire *w, const char *base64, struct err *e);

/* Never block. *moved is set (never cleared) when bytes moved. */
bool pop3_send_some(struct pop3_wire *w, bool *moved, struct err *e);
bool pop3_receive_some(struct pop3_wire *w, bool *moved, struct err *e);
/* A whole line from what is there: NUL-terminated, without its line end, valid until the next receive. *line is
 * NULL when it is not complete yet. */
bool pop3_next_line(struct pop3_wire *w, char **line, size_t *n, struct err *e);

/* Block until everything queued is sent and wiped; until a line is there; until more bytes are there. */
bool pop3_flush(struct pop3_wire *w, struct err *e);
bool pop3_wait_line(struct pop3_wire *w, char **line, size_t *n, struct err *e);
bool pop3_wait_bytes(struct pop3_wire *w, struct err *e);
/* Block for a status line. *ok: it said +OK. Anything else than +OK, -ERR or "+ " is ServerBug. */
bool pop3_wait_status(struct pop3_wire *w, bool *ok, char **line, struct err *e);

/* What the status line says: "+OK", "-ERR", or neither. */
enum pop3_status { POP3_OK, POP3_ERR, POP3_CONTINUE, POP3_OTHER };
enum pop3_status pop3_status_of(const char *line);
/* Fill e for a refusal: `what` is the sentence before ": server's words", fallback its category when the words are
 * unknown. */
bool pop3_refused(const char *line, enum err_cat fallback, const char *what, struct err *e);

#endif
