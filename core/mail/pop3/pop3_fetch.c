/* SPDX-License-Identifier: MIT
 *
 * pop3_fetch.c - the streaming half: a window of RETRs on the wire, bodies handed on as they come.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mail/pop3/pop3_session.h"

#define STEP_BYTES ((size_t)256 * 1024)

/* Words of a refused RETR that say that the message is not there any more. */
static const char *const gone_words[] = { "no such message", "not found", "deleted", "expunged", "does not exist",
					  "doesn't exist" };
/* And words that say that the server is about to hang up: no message's fault. */
static const char *const closing_words[] = { "inactiv", "idle", "autologout", "shutting down" };

bool pop3_fetch(struct source *s, const uint32_t *uids, size_t n, struct err *e) {
	struct pop3 *p = (struct pop3 *)s;
	if (p->answered) { /* only what is still wanted is kept */
		memmove(p->queue, p->queue + p->answered, (p->count - p->answered) * sizeof *p->queue);
		p->count -= p->answered;
		p->asked -= p->answered;
		p->answered = 0;
	}
	if (n > POP3_MESSAGES_MAX - p->count)
		return err_set(e, ERR_INPUT, "Too many messages asked for at once");
	if (n > p->cap - p->count) {
		size_t cap = 2 * (p->count + n);
		uint32_t *queue = realloc(p->queue, cap * sizeof *queue);
		if (!queue)
			return err_nomem(e);
		p->queue = queue;
		p->cap = cap;
	}
	if (n)
		memcpy(p->queue + p->count, uids, n * sizeof *uids);
	p->count += n;
	return true;
}

size_t pop3_in_flight(const struct source *s) {
	const struct pop3 *p = (const struct pop3 *)s;
	return p->count - p->answered;
}

static bool ask(struct pop3 *p, struct err *e) {
	size_t window = p->caps.pipelining ? POP3_RETR_WINDOW : 1;
	if (p->asked - p->answered > window / 2)
		return true;
	for (; p->asked < p->count && p->asked - p->answered < window; p->asked++)
		if (!pop3_command_number(&p->wire, "RETR", p->queue[p->asked], "", e))
			return false;
	return true;
}

struct body_sink {
	struct pop3 *p;
	const struct source_sink *sink;
};

static bool on_body(void *arg, const char *data, size_t n, struct err *e) {
	struct body_sink *b = arg;
	const struct source_sink *sink = b->sink;
	if (!b->p->begun) {
		b->p->begun = true;
		if (!sink->begin(sink->arg, b->p->queue[b->p->answered], UINT64_MAX, e))
			return false;
	}
	return sink->data(sink->arg, data, n, e);
}

/* The dot has come. A body without a byte is not a message: no server stores one. */
static bool end_body(struct pop3 *p, const struct source_sink *sink, struct err *e) {
	uint32_t number = p->queue[p->answered++];
	bool begun = p->begun;
	p->in_body = p->begun = false;
	if (begun)
		return sink->end(sink->arg, number, e);
	struct err why;
	err_set(&why, ERR_SERVER_BUG, "The POP3 server sent message %u without a single byte", number);
	why.scope = ERR_SCOPE_MESSAGE;
	return sink->missing(sink->arg, number, &why, e);
}

static bool has_word(const char *line, const char *const *words, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (strcasestr(line, words[i]))
			return true;
	return false;
}

#define HAS_WORD(line, words) has_word(line, words, sizeof(words) / sizeof(words)[0])

/* -ERR to RETR. One message's trouble stays its own; limits and farewells end the connection. */
static bool on_refusal(struct pop3 *p, const struct source_sink *sink, const char *line, struct err *e) {
	struct err why;
	uint32_t number = p->queue[p->answered];
	pop3_refused(line, ERR_SERVER_BUG, "The POP3 server refused to send the message", &why);
	bool limit = why.cat == ERR_THROTTLED || why.cat == ERR_CONN_LIMIT || why.cat == ERR_DAILY_BUDGET;
	if (limit || HAS_WORD(line, closing_words)) {
		*e = why;
		if (!limit)
			pop3_refused(line, ERR_NET, "The POP3 server closed the session", e);
		return false;
	}
	if (HAS_WORD(line, gone_words)) {
		why.cat = ERR_VANISHED;
		why.retry = ERR_RETRY_NEVER;
	}
	why.scope = ERR_SCOPE_MESSAGE;
	p->answered++;
	return sink->missing(sink->arg, number, &why, e);
}

static bool on_status(struct pop3 *p, const struct source_sink *sink, const char *line, struct err *e) {
	enum pop3_status status = pop3_status_of(line);
	if (p->answered == p->asked) /* nobody asked: a farewell */
		return pop3_refused(line, ERR_NET, "The POP3 server ended the session", e);
	if (status == POP3_ERR)
		return on_refusal(p, sink, line, e);
	if (status != POP3_OK)
		return err_set(e, ERR_SERVER_BUG, "The POP3 server answered neither +OK nor -ERR: %.200s", line);
	p->in_body = true;
	p->begun = false;
	pop3_unstuff_begin(&p->body, !p->wire.crlf);
	return true;
}

/* Everything that is in the input buffer. */
static bool parse(struct pop3 *p, const struct source_sink *sink, struct err *e) {
	struct pop3_wire *w = &p->wire;
	struct body_sink body = { p, sink };
	while (w->pos < w->len) {
		if (!p->in_body) {
			char *line;
			size_t n;
			if (!pop3_next_line(w, &line, &n, e))
				return false;
			if (!line)
				return true;
			if (!on_status(p, sink, line, e))
				return false;
			continue;
		}
		size_t used;
		bool done;
		bool ok = pop3_unstuff_add(&p->body, w->in + w->pos, w->len - w->pos, &used, &done, on_body, &body, e);
		w->pos += used;
		if (!ok || (done && !end_body(p, sink, e)))
			return false;
	}
	return true;
}

/* A line that was cut without a word must not keep the pump waiting longer than any other call. */
static bool check_silence(struct pop3 *p, bool progress, struct err *e) {
	mono_ms_t now = mono_ms();
	unsigned idle_ms = channel_idle_ms(p->wire.channel);
	if (progress || p->answered == p->asked)
		p->silent_since = 0;
	else if (!p->silent_since)
		p->silent_since = now;
	else if (now - p->silent_since > (mono_ms_t)idle_ms) {
		p->wire.dead = true;
		return err_set(e, ERR_NET, "The POP3 server has sent nothing for %u seconds", idle_ms / 1000);
	}
	return true;
}

bool pop3_step(struct source *s, const struct source_sink *sink, bool *progress, struct err *e) {
	struct pop3 *p = (struct pop3 *)s;
	struct pop3_wire *w = &p->wire;
	size_t taken = 0;
	*progress = false;
	err_clear(e);
	for (bool more = true; more && taken < STEP_BYTES;) {
		bool received = false;
		if (!ask(p, e) || !pop3_send_some(w, progress, e))
			return false;
		size_t before = w->len - w->pos;
		if (!pop3_receive_some(w, &received, e))
			return false;
		taken += w->len - before;
		*progress |= received;
		more = received;
		if (!parse(p, sink, e)) {
			w->dead = true;
			return pop3_callback_ended(e);
		}
	}
	/* What was answered makes room in the window: send it now, not when the next byte comes. */
	return ask(p, e) && pop3_send_some(w, progress, e) && check_silence(p, *progress, e);
}
