/* SPDX-License-Identifier: MIT
 *
 * append.h - pipelined APPEND (RFC 9051 6.3.12) and MULTIAPPEND (RFC 3502).
 *
 * Tags are unguessable, so an answer with one of ours can only come from the server itself and
 * not from a message body that it took for commands.
 */
#ifndef MAILVAN_MAIL_IMAP_APPEND_H
#define MAILVAN_MAIL_IMAP_APPEND_H

#include "core/mail/imap/session.h"
#include "core/mail/target.h"

#define APPEND_COMMANDS 1024 /* unanswered at once */
#define APPEND_MESSAGES 4096 /* in them */

struct append_command {
	uint32_t seq;
	uint32_t messages;
	uint32_t first;	  /* absolute number of its first message */
	uint64_t end;	  /* stream position behind its CRLF; UINT64_MAX: not complete yet */
	bool synchronised; /* its message waits for "+" */
	bool answered;
};

struct appender {
	struct imap_session *s;
	uint64_t cookie[APPEND_MESSAGES]; /* ring by absolute number */
	uint32_t message_head, message_next;
	struct append_command command[APPEND_COMMANDS]; /* ring by absolute number */
	uint32_t command_head, command_next;
	bool group_open; /* the last command waits for another message or its end */
	bool open;	 /* a message is being written */
	bool dropped;	 /* its command was refused before its literal could go: swallow it */
	bool exclusive;	 /* nothing else until all is answered */
	uint64_t left;	 /* bytes missing from it */
	const struct target_sink *sink; /* during append_step */
};

void append_init(struct appender *a, struct imap_session *s);
size_t append_room(const struct appender *a);
bool append_begin(struct appender *a, const struct append_message *m, struct err *e);
bool append_data(struct appender *a, const char *p, size_t n, struct err *e);
bool append_end(struct appender *a, bool more_follow, struct err *e);
size_t append_unacked(const struct appender *a);
bool append_step(struct appender *a, const struct target_sink *sink, bool *progress, struct err *e);

#endif
