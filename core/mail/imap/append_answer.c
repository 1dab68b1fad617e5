/* SPDX-License-Identifier: MIT
 *
 * append_answer.c - what the server says to APPENDs, and when it must not be trusted any more.
 */
#include <string.h>

#include "core/base/crash_point.h"
#include "core/mail/imap/append_priv.h"
#include "core/mail/imap/seqset.h"

void append_retire(struct appender *a) {
	while (a->command_head != a->command_next) {
		struct append_command *cmd = &a->command[a->command_head % APPEND_COMMANDS];
		if (!cmd->answered || cmd->end == UINT64_MAX)
			return;
		a->message_head = cmd->first + cmd->messages;
		a->command_head++;
	}
}

static struct append_command *find(struct appender *a, uint32_t seq) {
	for (uint32_t i = a->command_head; i != a->command_next; i++) {
		struct append_command *cmd = &a->command[i % APPEND_COMMANDS];
		if (cmd->seq == seq && !cmd->answered)
			return cmd;
	}
	return NULL;
}

/* Is a literal under way that the server could take for commands when it refuses the APPEND? */
static bool unsafe_literals(const struct appender *a) {
	for (uint32_t i = a->command_head; i != a->command_next; i++) {
		const struct append_command *cmd = &a->command[i % APPEND_COMMANDS];
		if (!cmd->answered && !cmd->synchronised)
			return true;
	}
	return false;
}

/* [APPENDUID validity set]: uids gets one per message. Anything odd makes it no hint at all:
 * DavMail swapped the numbers, isync once overran a buffer with them (CVE-2021-3578). */
static bool read_appenduid(const struct appender *a, const struct line *l, uint32_t *validity, uint32_t *uids,
			   size_t count) {
	uint64_t v = 0;
	const struct token *set = line_at(l, l->code_at + 2);
	if (!line_code(l, "APPENDUID") || l->code_end != l->code_at + 3 || set->kind != TOK_ATOM ||
	    !token_number(l, &l->tok[l->code_at + 1], UINT32_MAX, &v) || v == 0)
		return false;
	*validity = (uint32_t)v;
	return (!a->s->uidvalidity || a->s->uidvalidity == v) &&
	       seqset_read(token_text(l, set), set->len, uids, count);
}

static bool on_stored(struct appender *a, struct append_command *cmd, const struct line *l, struct err *e) {
	uint32_t uids[APPEND_MESSAGES], validity = 0;
	const struct outq *q = &a->s->conn.out;
	if (cmd->end == UINT64_MAX || cmd->end > q->base + q->sent) {
		err_set(e, ERR_SERVER_BUG, "%s: the server confirmed a message before it had all of it",
			a->s->conn.label);
		e->retry = ERR_RETRY_NOW;
		return false;
	}
	cmd->answered = true;
	bool known = read_appenduid(a, l, &validity, uids, cmd->messages);
	struct append_command done = *cmd;
	append_retire(a);
	for (uint32_t i = 0; i < done.messages; i++) {
		uint64_t cookie = a->cookie[(done.first + i) % APPEND_MESSAGES];
		if (!a->sink->appended(a->sink->arg, cookie, known ? validity : 0, known ? uids[i] : 0, e))
			return false;
		CRASH_POINT("imap: an acknowledgement is passed on");
	}
	return true;
}

/* The server said no instead of "+", and the connection took the literal out of the queue: what
 * was queued behind has moved up, and a message still being written has nowhere to go. */
static void drop_literal(struct appender *a, struct append_command *cmd) {
	const struct imap_conn *c = &a->s->conn;
	uint64_t moved = c->cut_to - c->cut_from;
	bool behind = false;
	if (!c->cut_from)
		return;
	if (cmd->end == UINT64_MAX && a->open)
		a->dropped = true;
	cmd->end = c->cut_from;
	for (uint32_t i = a->command_head; i != a->command_next; i++) {
		struct append_command *k = &a->command[i % APPEND_COMMANDS];
		if (behind && k->end != UINT64_MAX)
			k->end -= moved;
		behind = behind || k == cmd;
	}
}

static void explain(const struct appender *a, const struct line *l, struct err *why) {
	conn_refused(&a->s->conn, l, ERR_BAD_CONTENT, ERR_SCOPE_MESSAGE, "the message was refused", why);
	if (line_code(l, "TRYCREATE")) {
		why->cat = ERR_VANISHED;
		why->scope = ERR_SCOPE_FOLDER;
		why->retry = ERR_RETRY_NOW;
	}
}

static bool on_refused(struct appender *a, struct append_command *cmd, const struct line *l, struct err *e) {
	bool fatal = l->status == STATUS_BAD && unsafe_literals(a);
	struct err why;
	explain(a, l, &why);
	cmd->answered = true;
	drop_literal(a, cmd);
	struct append_command done = *cmd;
	append_retire(a);
	for (uint32_t i = 0; i < done.messages; i++) {
		uint64_t cookie = a->cookie[(done.first + i) % APPEND_MESSAGES];
		if (!a->sink->refused(a->sink->arg, cookie, &why, done.messages > 1, e))
			return false;
	}
	if (!fatal)
		return true;
	/* Dovecot reads on in the message as if it were commands: stop it at once. */
	err_set(e, ERR_SERVER_BUG, "%s: closed after a refusal, before message text could be taken for commands",
		a->s->conn.label);
	e->retry = ERR_RETRY_NOW;
	return false;
}

static bool on_tagged(void *arg, uint32_t seq, const struct line *l, struct err *e) {
	struct appender *a = arg;
	struct append_command *cmd = find(a, seq);
	if (!cmd) {
		err_set(e, ERR_SERVER_BUG, "%s: the server answered one command twice", a->s->conn.label);
		e->retry = ERR_RETRY_NOW;
		return false;
	}
	bool ok = l->status == STATUS_OK ? on_stored(a, cmd, l, e) : on_refused(a, cmd, l, e);
	if (!append_unacked(a))
		a->exclusive = false;
	return ok;
}

static bool on_untagged(void *arg, const struct line *l, struct err *e) {
	struct appender *a = arg;
	session_track(a->s, l);
	if (l->status != STATUS_BAD || !unsafe_literals(a))
		return true;
	conn_refused(&a->s->conn, l, ERR_SERVER_BUG, ERR_SCOPE_MAILBOX, "closed while messages were on their way", e);
	if (e->scope < ERR_SCOPE_MAILBOX)
		e->scope = ERR_SCOPE_MAILBOX;
	e->retry = ERR_RETRY_NOW;
	return false;
}

void append_hooks(struct appender *a) {
	a->s->conn.hooks = (struct imap_hooks){ .arg = a, .untagged = on_untagged, .tagged = on_tagged };
}
