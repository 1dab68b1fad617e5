/* SPDX-License-Identifier: MIT
 *
 * append.c - writes messages into the queue.
 */
#include "core/mail/imap/append_priv.h"

#include <string.h>

#include "core/mail/imap/flags.h"

#define STEP_BYTES (256 * 1024)

void append_init(struct appender *a, struct imap_session *s) {
	memset(a, 0, sizeof *a);
	a->s = s;
}

struct append_command *append_last(struct appender *a) {
	return &a->command[(a->command_next - 1) % APPEND_COMMANDS];
}

size_t append_unacked(const struct appender *a) { return a->message_next - a->message_head; }

size_t append_room(const struct appender *a) {
	if (a->open && a->dropped)
		return OUTQ_DATA_MAX;
	if (!a->open && (a->exclusive || append_unacked(a) == APPEND_MESSAGES ||
			 a->command_next - a->command_head == APPEND_COMMANDS))
		return 0;
	return outq_room(&a->s->conn.out);
}

/* The CRLF that makes the last command complete. */
bool append_finish_command(struct appender *a, struct err *e) {
	struct outq *q = &a->s->conn.out;
	a->group_open = false;
	if (!outq_end(q, e))
		return false;
	append_last(a)->end = outq_position(q);
	append_retire(a); /* it may have been refused while it was still going out */
	return true;
}

/* " (flags) "date" " of one message; everything in it was made or checked here. */
static bool compose(struct buf *b, const struct append_message *m, struct err *e) {
	char date[DATE_IMAP_MAX];
	if (!flags_write(b, m->flags, m->keywords)) /* gromox mishandles a message without a flag list: always one */
		return b->failed ? err_nomem(e)
				 : err_set(e, ERR_INPUT, "A keyword that is not an IMAP atom was kept from the target");
	buf_putc(b, ' ');
	if (m->date.valid) {
		date_format_imap(date, &m->date);
		buf_printf(b, "\"%s\" ", date);
	}
	return !b->failed || err_nomem(e);
}

/* The first part of a command; a message of an open group has none. */
static bool start_command(struct appender *a, struct err *e) {
	struct imap_conn *c = &a->s->conn;
	struct append_command *cmd = &a->command[a->command_next % APPEND_COMMANDS];
	*cmd = (struct append_command){ .first = a->message_next, .end = UINT64_MAX };
	if (!conn_command(c, "APPEND", &cmd->seq, e))
		return false;
	a->command_next++;
	return outq_astring(&c->out, a->s->selected, strlen(a->s->selected), e);
}

static bool check_begin(const struct appender *a, const struct append_message *m, struct err *e) {
	if (a->open && !a->dropped)
		return err_set(e, ERR_INPUT, "A message was begun inside another one");
	if (!a->s->selected[0])
		return err_set(e, ERR_INPUT, "No folder is selected to append to");
	if (!m->size || m->size > LEX_LITERAL_MAX)
		return err_set(e, ERR_INPUT, "A message of %llu bytes cannot be appended", (unsigned long long)m->size);
	if (append_unacked(a) == APPEND_MESSAGES || a->command_next - a->command_head == APPEND_COMMANDS)
		return err_set(e, ERR_INPUT, "Too many messages wait for an answer (see append_room)");
	return true;
}

/* Can this message become part of the group, with a literal that needs no waiting? */
static bool joins(struct appender *a, const struct append_message *m) {
	enum literal_kind kind = a->s->conn.out.literals;
	return a->group_open && !append_last(a)->answered && !m->synchronise &&
	       (kind == LITERAL_PLUS || (kind == LITERAL_MINUS && m->size <= LITERAL_MINUS_MAX));
}

bool append_begin(struct appender *a, const struct append_message *m, struct err *e) {
	struct outq *q = &a->s->conn.out;
	struct buf head;
	bool synchronised = false;
	if (!check_begin(a, m, e))
		return false;
	a->open = a->dropped = false;
	buf_init(&head, 4096);
	bool ok = compose(&head, m, e) &&
		  (joins(a, m) || ((!a->group_open || append_finish_command(a, e)) && start_command(a, e))) &&
		  outq_arg(q, head.data, e) && outq_literal(q, m->size, m->synchronise, &synchronised, e);
	buf_free(&head);
	if (!ok)
		return false;
	struct append_command *cmd = append_last(a);
	cmd->synchronised = synchronised;
	cmd->messages++;
	a->cookie[a->message_next++ % APPEND_MESSAGES] = m->cookie;
	a->group_open = false;
	a->open = true;
	a->left = m->size;
	a->exclusive = m->synchronise;
	return true;
}

bool append_data(struct appender *a, const char *p, size_t n, struct err *e) {
	if (!a->open || n > a->left)
		return err_set(e, ERR_INPUT, "More bytes than announced were kept from the target");
	if (!a->dropped && !outq_data(&a->s->conn.out, p, n, e))
		return false;
	a->left -= n;
	return true;
}

bool append_end(struct appender *a, bool more_follow, struct err *e) {
	if (!a->open || (a->left && !a->dropped))
		return err_set(e, ERR_INPUT, "A message ended before its announced size");
	bool dropped = a->dropped;
	a->open = a->dropped = false;
	if (dropped)
		return true;
	struct append_command *cmd = append_last(a);
	if (more_follow && !a->exclusive && !cmd->synchronised && !cmd->answered &&
	    a->s->conn.caps.bits & IMAP_MULTIAPPEND) {
		a->group_open = true;
		return true;
	}
	return append_finish_command(a, e);
}

bool append_step(struct appender *a, const struct target_sink *sink, bool *progress, struct err *e) {
	struct imap_conn *c = &a->s->conn;
	const char *p;
	*progress = false;
	err_clear(e);
	a->sink = sink;
	append_hooks(a);
	bool ok = conn_io(c, STEP_BYTES, progress, e);
	/* A group whose next message does not come must not wait for it: its answer may be waited for. */
	if (ok && !*progress && a->group_open && !outq_sendable(&c->out, &p))
		ok = append_finish_command(a, e) && conn_io(c, 0, progress, e);
	c->our_turn = a->open && !a->dropped && !outq_sendable(&c->out, &p) && !outq_waits(&c->out);
	c->hooks = (struct imap_hooks){ 0 };
	a->sink = NULL;
	if (!ok && e->cat == ERR_NONE)
		err_set(e, ERR_CANCELLED, "Stopped");
	return ok;
}
