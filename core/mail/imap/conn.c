/* SPDX-License-Identifier: MIT
 *
 * conn.c - moves bytes between channel, queue and lexer, and answers what needs no meaning.
 */
#include "core/mail/imap/conn.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/crash_point.h"
#include "core/net/classify.h"

#define READ_SIZE (128 * 1024)
#define LAST_WORDS_MAX (1024 * 1024)
/* How long "* OK still here" alone may keep a command waiting. */
#define STILL_HERE_MAX_MS (30 * 60 * 1000)
/* Before one command is answered: so many answers, or a million lines that nobody asked for. */
#define SAID_MAX (16u << 20)
#define CHATTER_WEIGHT 16

bool conn_open(struct imap_conn *c, const struct mail_context *ctx, const struct endpoint *ep, bool read_only,
	       struct err *e) {
	*c = (struct imap_conn){ .ctx = ctx, .read_only = read_only, .round_trip = UINT_MAX };
	snprintf(c->label, sizeof c->label, strchr(ep->host, ':') ? "[%s]:%u" : "%s:%u", ep->host, (unsigned)ep->port);
	lex_init(&c->lex);
	line_init(&c->line);
	c->in = malloc(READ_SIZE);
	if (!c->in)
		return err_nomem(e);
	if (!outq_init(&c->out, read_only, e))
		return false;
	c->ch = channel_open(ctx->net, ep, &ctx->timeouts, ctx->stop, e);
	c->useful_at = mono_ms();
	return c->ch != NULL;
}

/* Nothing more may leave, not even what is queued: message text could become commands. */
static bool kill_channel(struct imap_conn *c) {
	if (c->ch)
		channel_bytes(c->ch, &c->bytes_in, &c->bytes_out);
	channel_close(c->ch);
	c->ch = NULL;
	c->dead = true;
	return false;
}

void conn_bytes(const struct imap_conn *c, uint64_t *in, uint64_t *out) {
	*in = c->bytes_in;
	*out = c->bytes_out;
	if (c->ch)
		channel_bytes(c->ch, in, out);
}

int conn_fd(const struct imap_conn *c) {
	return c->ch ? channel_fd(c->ch) : -1;
}

void conn_close(struct imap_conn *c) {
	kill_channel(c);
	outq_free(&c->out);
	lex_free(&c->lex);
	line_free(&c->line);
	free(c->in);
	*c = (struct imap_conn){ .dead = true };
}

bool conn_command(struct imap_conn *c, const char *verb, uint32_t *seq, struct err *e) {
	if (c->dead)
		return err_set(e, ERR_NET, "%s: the connection is closed", c->label);
	if (!outq_command(&c->out, verb, seq, e))
		return false;
	if (!c->outstanding++)
		c->useful_at = mono_ms();
	return true;
}

bool conn_end(struct imap_conn *c, struct err *e) {
	c->asked_at = mono_ms();
	return outq_end(&c->out, e);
}

bool conn_refused(const struct imap_conn *c, const struct line *l, enum err_cat cat, enum err_scope scope,
		  const char *what, struct err *e) {
	char said[300];
	line_describe(l, said, sizeof said);
	err_set(e, cat, "%s: %s: %s", c->label, what, said);
	e->scope = scope;
	e->side = c->read_only ? ERR_SIDE_SOURCE : ERR_SIDE_TARGET;
	/* ALERT is for people and says nothing of the cause (RFC 9051 7.1). */
	e->bare = !net_classify_text(said, e) && l->status == STATUS_NO &&
		  (l->code_at == l->code_end || line_code(l, "ALERT"));
	return false;
}

static bool on_bye(struct imap_conn *c, const struct line *l, struct err *e) {
	return conn_refused(c, l, ERR_NET, ERR_SCOPE_MAILBOX, "the server closed the connection", e);
}

/* Client and server no longer mean the same place in the conversation. */
static bool confused(const struct imap_conn *c, const char *what, struct err *e) {
	err_set(e, ERR_SERVER_BUG, "%s: %s", c->label, what);
	e->retry = ERR_RETRY_NOW;
	return false;
}

static bool on_tagged(struct imap_conn *c, const struct line *l, struct err *e) {
	uint32_t seq = 0;
	CRASH_POINT("imap: an answer is read");
	if (!outq_seq(&c->out, token_text(l, &l->tag), l->tag.len, &seq) || !c->outstanding ||
	    (l->status != STATUS_OK && l->status != STATUS_NO && l->status != STATUS_BAD))
		return confused(c, "the server answered a command that was never sent", e);
	c->cut_from = c->cut_to = 0;
	if (l->status != STATUS_OK)
		outq_refused(&c->out, seq, &c->cut_from, &c->cut_to);
	else if (outq_owes(&c->out, seq))
		return confused(c, "the server confirmed a command before it had all of it", e);
	c->outstanding--;
	return !c->hooks.tagged || c->hooks.tagged(c->hooks.arg, seq, l, e);
}

static bool on_continue(struct imap_conn *c, const struct line *l, struct err *e) {
	if (outq_continue(&c->out))
		return true;
	if (c->hooks.cont)
		return c->hooks.cont(c->hooks.arg, l, e);
	return confused(c, "the server asked for data that was not announced", e);
}

static void read_caps(struct imap_conn *c, const struct line *l, uint32_t from, uint32_t to) {
	caps_read(&c->caps, l, from, to);
	c->caps_told++;
}

static bool on_untagged(struct imap_conn *c, const struct line *l, struct err *e) {
	if (l->status == STATUS_BYE)
		return on_bye(c, l, e);
	if (line_word(l, 0, "CAPABILITY") && !l->overflow)
		read_caps(c, l, 1, l->count);
	if (line_code(l, "ALERT") && !c->secret) {
		char said[300];
		line_describe(l, said, sizeof said);
		log_line(c->ctx->log, LOG_WARN, c->label, "%s", said);
	}
	return !c->hooks.untagged || c->hooks.untagged(c->hooks.arg, l, e);
}

/* Answers to commands; all else comes at any time, and from a hostile server without end. */
static bool is_answer(const struct line *l) {
	static const char *const first[] = { "LIST", "LSUB", "STATUS", "SEARCH", "ESEARCH", "CAPABILITY", "NAMESPACE" };
	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		if (line_word(l, 0, first[i]))
			return true;
	return line_word(l, 1, "FETCH") || l->code_at < l->code_end;
}

static bool on_line(struct imap_conn *c, struct err *e) {
	const struct line *l = &c->line;
	bool answer = l->tag_kind != LINE_UNTAGGED || is_answer(l);
	if (answer)
		c->useful_at = mono_ms();
	c->lines++;
	c->said = l->tag_kind == LINE_TAGGED ? 0 : c->said + (answer ? 1 : CHATTER_WEIGHT);
	if (c->said > SAID_MAX)
		return confused(c, "the server talks without end and answers nothing", e);
	if (line_code(l, "CAPABILITY") && !l->overflow)
		read_caps(c, l, l->code_at + 1, l->code_end);
	bool ok = l->tag_kind == LINE_TAGGED	 ? on_tagged(c, l, e)
		  : l->tag_kind == LINE_CONTINUE ? on_continue(c, l, e)
						 : on_untagged(c, l, e);
	line_reset(&c->line);
	return ok;
}

static bool take_event(struct imap_conn *c, const struct lex_event *ev, struct err *e) {
	bool stream = false;
	switch (ev->kind) {
	case LEX_DATA:
		if (!c->line.streaming)
			break;
		/* A message that was left half read (session_close after a stop) has no taker any more. */
		return !c->hooks.data || c->hooks.data(c->hooks.arg, ev->p, ev->n, e);
	case LEX_LITERAL:
		if (c->hooks.literal && !c->hooks.literal(c->hooks.arg, &c->line, ev->size, &stream, e))
			return false;
		break;
	case LEX_LITERAL_END:
		if (c->line.streaming && c->hooks.data_end && !c->hooks.data_end(c->hooks.arg, e))
			return false;
		break;
	default:
		break;
	}
	return line_add(&c->line, ev, stream, e) && (ev->kind != LEX_EOL || on_line(c, e));
}

static bool on_event(void *arg, const struct lex_event *ev, struct err *e) {
	struct imap_conn *c = arg;
	c->hook_failed = !take_event(c, ev, e);
	return !c->hook_failed;
}

/* The lexer does not know whose bytes it reads. What a hook says may be about another server: the target's trouble met
 * while a message of the source was passed on. */
static bool name_server(const struct imap_conn *c, struct err *e) {
	if (!c->hook_failed && e->cat == ERR_SERVER_BUG)
		err_prefix(e, "%s", c->label);
	return false;
}

/* A worker that was stopped and wakes up here must not write: somebody else may be writing since. What remains is
 * the instant between this look and the send. */
static bool may_send(const struct imap_conn *c, struct err *e) {
	const _Atomic int64_t *until = c->ctx->send_until;
	return !until || mono_ms() < atomic_load(until) ||
	       err_set(e, ERR_LEASE_LOST, "Another worker has taken over this mailbox");
}

static bool flush(struct imap_conn *c, bool *progress, struct err *e) {
	const char *p;
	size_t n;
	while ((n = outq_sendable(&c->out, &p)) > 0) {
		CRASH_POINT("imap: before a send");
		if (!may_send(c, e))
			return false;
		ssize_t sent = channel_send(c->ch, p, n, e);
		if (sent < 0)
			return false;
		if (sent == 0)
			return true;
		CRASH_POINT("imap: after a send");
		outq_sent(&c->out, (size_t)sent);
		c->useful_at = mono_ms(); /* a long message on a slow line */
		*progress = true;
	}
	return true;
}

/* A message that is waiting keeps its clock; "still here" moves it for half an hour at most. */
static bool check_idle(struct imap_conn *c, bool progress, struct err *e) {
	if (progress || !c->outstanding || c->our_turn) {
		c->idle_since = 0;
		if (progress && c->outstanding && mono_ms() - c->useful_at > STILL_HERE_MAX_MS)
			return err_set(e, ERR_NET, "%s: no answer, only that the server is still there", c->label);
		return true;
	}
	mono_ms_t now = mono_ms();
	if (!c->idle_since)
		c->idle_since = now;
	if (now - c->idle_since > (mono_ms_t)channel_idle_ms(c->ch))
		return err_set(e, ERR_NET, "%s: no answer for %u seconds", c->label, channel_idle_ms(c->ch) / 1000);
	return true;
}

/* Sending failed. What the server said before it hung up can still be read: answers, and a BYE with the reason. */
static bool last_words(struct imap_conn *c, struct err *e) {
	struct err why = *e, end;
	ssize_t n;
	for (size_t got = 0; got < LAST_WORDS_MAX && (n = channel_recv(c->ch, c->in, READ_SIZE, &end)) > 0;
	     got += (size_t)n)
		if (!lex_feed(&c->lex, c->in, (size_t)n, on_event, c, e))
			return name_server(c, e);
	*e = why;
	return false;
}

static bool move_bytes(struct imap_conn *c, size_t most, bool *progress, struct err *e) {
	if (!flush(c, progress, e))
		return last_words(c, e);
	for (size_t got = 0; got < most;) {
		ssize_t n = channel_recv(c->ch, c->in, READ_SIZE, e);
		if (n < 0)
			return false;
		if (n == 0)
			break;
		*progress = true;
		got += (size_t)n;
		if (c->line.streaming) /* a long literal is useful all the time */
			c->useful_at = mono_ms();
		if (!lex_feed(&c->lex, c->in, (size_t)n, on_event, c, e))
			return name_server(c, e);
		if (!flush(c, progress, e)) /* a "+" may have opened a barrier */
			return last_words(c, e);
	}
	return check_idle(c, *progress, e);
}

bool conn_heard(struct imap_conn *c, const char *text, struct err *e) {
	return (lex_feed(&c->lex, text, strlen(text), on_event, c, e) &&
		lex_feed(&c->lex, "\r\n", 2, on_event, c, e)) ||
	       name_server(c, e);
}

void conn_leave(struct imap_conn *c) {
	bool progress;
	struct err e;
	if (!c->dead && flush(c, &progress, &e) && c->out.sent == c->out.bytes.len) {
		channel_bytes(c->ch, &c->bytes_in, &c->bytes_out);
		channel_leave(c->ch);
		c->ch = NULL;
		c->dead = true;
	}
	conn_close(c);
}

bool conn_io(struct imap_conn *c, size_t most, bool *progress, struct err *e) {
	*progress = false;
	if (c->dead)
		return err_set(e, ERR_NET, "%s: the connection is closed", c->label);
	err_clear(e);
	if (move_bytes(c, most, progress, e))
		return true;
	/* Whatever it was about, the connection went with it. */
	if (e->cat != ERR_NONE && e->scope < ERR_SCOPE_MAILBOX)
		e->scope = ERR_SCOPE_MAILBOX;
	return kill_channel(c);
}

short conn_events(const struct imap_conn *c) {
	const char *p;
	return (short)(POLLIN | (!c->dead && outq_sendable(&c->out, &p) ? POLLOUT : 0));
}

bool conn_turn(struct imap_conn *c, struct err *e) {
	bool progress = false;
	if (stop_requested(c->ctx->stop)) {
		err_set(e, ERR_CANCELLED, "%s: stopped", c->label);
		return kill_channel(c);
	}
	if (!conn_io(c, READ_SIZE, &progress, e))
		return false;
	if (progress)
		return true;
	return channel_wait(c->ch, true, (conn_events(c) & POLLOUT) != 0, 0, c->ctx->stop, e) || kill_channel(c);
}

bool conn_run(struct imap_conn *c, unsigned outstanding, struct err *e) {
	bool progress = false;
	if (c->outstanding <= outstanding) /* still get the bytes on their way */
		return conn_io(c, 0, &progress, e);
	while (c->outstanding > outstanding)
		if (!conn_turn(c, e))
			return false;
	mono_ms_t took = mono_ms() - c->asked_at;
	if (outstanding == 0 && took < c->round_trip)
		c->round_trip = (unsigned)took;
	return true;
}
