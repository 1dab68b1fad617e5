/* SPDX-License-Identifier: MIT
 *
 * fetch.c - asks for messages, recognises them in what comes, accounts for each one.
 */
#include "core/mail/imap/fetch.h"

#include <stdlib.h>
#include <string.h>

#include "core/mail/imap/fetch_item.h"
#include "core/mail/imap/seqset.h"
#include "core/net/classify.h"

#define STEP_BYTES (256 * 1024)
#define QUEUE_MAX 16000000u
#define DISCARD_MAX (64u * 1024 * 1024) /* bodies that nobody asked for */
#define HOLD_MS 1000

void fetch_init(struct fetcher *f, struct imap_session *s) { *f = (struct fetcher){ .s = s }; }

void fetch_free(struct fetcher *f) {
	free(f->waiting.uids);
	free(f->single.uids);
	*f = (struct fetcher){ 0 };
}

static bool push(struct uid_queue *q, const uint32_t *uids, size_t n, struct err *e) {
	if (q->head > q->count / 2) { /* forget what was sent, so that the queue can run for ever */
		memmove(q->uids, q->uids + q->head, (q->count - q->head) * sizeof *q->uids);
		q->count -= q->head;
		q->head = 0;
	}
	if (n > QUEUE_MAX - q->count)
		return err_set(e, ERR_MEMORY, "Too many messages were asked for at once");
	if (q->count + n > q->cap) {
		size_t cap = q->cap ? q->cap : 1024;
		while (cap < q->count + n)
			cap *= 2;
		uint32_t *p = realloc(q->uids, cap * sizeof *p);
		if (!p)
			return err_nomem(e);
		q->uids = p;
		q->cap = cap;
	}
	memcpy(q->uids + q->count, uids, n * sizeof *uids);
	q->count += n;
	return true;
}

bool fetch_queue(struct fetcher *f, const uint32_t *uids, size_t n, struct err *e) {
	if (f->s->conn.dead)
		return err_set(e, ERR_NET, "%s: the connection is closed", f->s->conn.label);
	if (n && !push(&f->waiting, uids, n, e))
		return false;
	f->in_flight += n;
	return true;
}

size_t fetch_pending(const struct fetcher *f) { return f->in_flight ? f->in_flight : f->flying > 0; }

/* The place of a wanted uid that has not been delivered yet. */
static bool find(struct fetcher *f, uint32_t uid, struct fetch_command **cmd, unsigned *at) {
	for (unsigned c = 0; c < f->flying; c++) {
		struct fetch_command *k = &f->flight[c];
		if (uid < k->uid[0] || uid > k->uid[k->n - 1])
			continue;
		for (unsigned i = 0; i < k->n; i++) {
			if (k->uid[i] != uid || k->got >> i & 1)
				continue;
			*cmd = k;
			*at = i;
			return true;
		}
	}
	return false;
}

static bool wanted(struct fetcher *f, uint32_t uid) {
	struct fetch_command *cmd;
	unsigned at;
	return find(f, uid, &cmd, &at);
}

static bool on_literal(void *arg, const struct line *l, uint64_t size, bool *stream, struct err *e) {
	struct fetcher *f = arg;
	*stream = at_body(l);
	if (!*stream)
		return true;
	uint32_t uid = fetch_uid(l);
	/* A second body in one response, one for nobody, one that we have: read past it. */
	f->discard = f->body || !f->flying || (uid && !wanted(f, uid));
	if (f->discard)
		return true;
	f->body = true;
	f->body_uid = uid;
	return f->sink->begin(f->sink->arg, uid, size, e);
}

static bool on_data(void *arg, const char *p, size_t n, struct err *e) {
	struct fetcher *f = arg;
	if (!f->discard)
		return f->sink->data(f->sink->arg, p, n, e);
	f->discarded += n;
	return f->discarded <= DISCARD_MAX ||
	       err_set(e, ERR_SERVER_BUG, "%s: the server keeps sending messages that were not asked for",
		       f->s->conn.label);
}

static bool deliver_quoted(struct fetcher *f, const struct line *l, const struct token *t, uint32_t uid,
			   struct err *e) {
	const struct source_sink *k = f->sink;
	return k->begin(k->arg, uid, t->len, e) && (!t->len || k->data(k->arg, token_text(l, t), t->len, e)) &&
	       k->end(k->arg, uid, e);
}

/* The body that was begun without a name must get one now. */
static bool unnamed_body(struct fetcher *f, struct err *e) {
	err_set(e, ERR_SERVER_BUG, "%s: the server sent a message without saying which", f->s->conn.label);
	e->retry = ERR_RETRY_NOW;
	return false;
}

/* What follows a literal of the wrong length can be anything. Nothing on this connection can be believed any more. */
static bool wrong_literal(struct fetcher *f, uint32_t uid, struct fetch_command *cmd, unsigned at, struct err *e) {
	struct err why, dead;
	err_set(&why, ERR_SERVER_BUG, "%s: the server sent message %u with another length than it said",
		f->s->conn.label, uid);
	dead = why;
	dead.retry = ERR_RETRY_NOW;
	why.scope = ERR_SCOPE_MESSAGE;
	cmd->got |= (uint64_t)1 << at;
	f->in_flight--;
	if (f->sink->missing(f->sink->arg, uid, &why, e))
		*e = dead;
	return false;
}

static bool on_fetch(struct fetcher *f, const struct line *l, struct err *e) {
	struct fetch_item item;
	struct fetch_command *cmd;
	unsigned at;
	fetch_item_read(&item, l);
	bool begun = f->body;
	uint32_t uid = begun && f->body_uid ? f->body_uid : item.uid;
	f->body = false;
	if (!uid || (!begun && !item.body) || !find(f, uid, &cmd, &at))
		return !begun || unnamed_body(f, e);
	if (!begun && item.body->kind == TOK_NIL) {
		cmd->nil |= (uint64_t)1 << at;
		return true;
	}
	if (!begun && item.body->kind != TOK_STRING)
		return true;
	if (begun && !fetch_is_whole(l))
		return wrong_literal(f, uid, cmd, at, e);
	cmd->got |= (uint64_t)1 << at;
	f->in_flight--;
	return begun ? f->sink->end(f->sink->arg, uid, e) : deliver_quoted(f, l, item.body, uid, e);
}

static bool on_untagged(void *arg, const struct line *l, struct err *e) {
	struct fetcher *f = arg;
	session_track(f->s, l);
	return !is_fetch(l) || on_fetch(f, l, e);
}

/* Is a refusal about this session and not about a message? Then every other one would meet it too. */
static bool concerns_session(const struct err *why) {
	switch (why->cat) {
	case ERR_NET:
	case ERR_THROTTLED:
	case ERR_CONN_LIMIT:
	case ERR_DAILY_BUDGET:
	case ERR_AUTH_BAD:
	case ERR_AUTH_POLICY:
	case ERR_TOKEN_EXPIRED:
		return true;
	default:
		return false;
	}
}

static bool report_missing(struct fetcher *f, const struct fetch_command *cmd, const struct err *refusal,
			   struct err *e) {
	struct err why;
	for (unsigned i = 0; i < cmd->n; i++) {
		if (cmd->got >> i & 1)
			continue;
		if (refusal) {
			why = *refusal;
		} else if (cmd->nil >> i & 1) {
			err_set(&why, ERR_SERVER_BUG, "%s: the server has message %u but gives no body for it",
				f->s->conn.label, cmd->uid[i]);
			why.scope = ERR_SCOPE_MESSAGE;
		} else {
			err_set(&why, ERR_VANISHED, "%s: the server left message %u out", f->s->conn.label,
				cmd->uid[i]);
		}
		f->in_flight--;
		if (!f->sink->missing(f->sink->arg, cmd->uid[i], &why, e))
			return false;
	}
	return true;
}

static bool retry_alone(struct fetcher *f, const struct fetch_command *cmd, struct err *e) {
	for (unsigned i = 0; i < cmd->n; i++)
		if (!(cmd->got >> i & 1) && !push(&f->single, &cmd->uid[i], 1, e))
			return false;
	return true;
}

static bool on_tagged(void *arg, uint32_t seq, const struct line *l, struct err *e) {
	struct fetcher *f = arg;
	unsigned at = 0;
	while (at < f->flying && f->flight[at].seq != seq)
		at++;
	if (at == f->flying)
		return true;
	struct fetch_command cmd = f->flight[at];
	memmove(&f->flight[at], &f->flight[at + 1], (--f->flying - at) * sizeof cmd);
	if (l->status == STATUS_OK) {
		if (line_code(l, "THROTTLED")) /* Gmail: it was done, but slow down */
			f->hold_until = mono_ms() + HOLD_MS;
		return report_missing(f, &cmd, NULL, e);
	}
	struct err why;
	conn_refused(&f->s->conn, l, ERR_SERVER_BUG, ERR_SCOPE_MESSAGE, "the message cannot be read", &why);
	if (concerns_session(&why)) {
		*e = why;
		return false;
	}
	if (cmd.n > 1)
		return retry_alone(f, &cmd, e);
	why.scope = ERR_SCOPE_MESSAGE;
	return report_missing(f, &cmd, &why, e);
}

static bool send_command(struct fetcher *f, struct uid_queue *q, size_t most, struct err *e) {
	struct imap_conn *c = &f->s->conn;
	struct fetch_command *cmd = &f->flight[f->flying];
	char set[FETCH_UIDS * 12];
	size_t n = q->count - q->head;
	n = seqset_write(set, sizeof set, q->uids + q->head, n < most ? n : most);
	*cmd = (struct fetch_command){ .n = (unsigned)n };
	memcpy(cmd->uid, q->uids + q->head, n * sizeof *cmd->uid);
	if (!conn_command(c, "UID FETCH", &cmd->seq, e) || !outq_arg(&c->out, " ", e) || !outq_arg(&c->out, set, e) ||
	    !outq_arg(&c->out, " (UID BODY.PEEK[])", e) || !conn_end(c, e))
		return false;
	q->head += n;
	f->flying++;
	return true;
}

/* How many of the waiting uids go into one command: an ascending run (several
 * fetch_queue calls need not continue each other), FETCH_UIDS at most. */
static size_t run_length(const struct uid_queue *q) {
	size_t n = 1;
	while (n < FETCH_UIDS && q->head + n < q->count && q->uids[q->head + n] > q->uids[q->head + n - 1])
		n++;
	return n;
}

static bool send_commands(struct fetcher *f, struct err *e) {
	if (f->hold_until && f->flying < FETCH_COMMANDS) {
		if (mono_ms() < f->hold_until)
			return true;
		f->hold_until = 0;
	}
	while (f->flying < FETCH_COMMANDS && f->single.head < f->single.count)
		if (!send_command(f, &f->single, 1, e))
			return false;
	while (f->flying < FETCH_COMMANDS && f->waiting.head < f->waiting.count)
		if (!send_command(f, &f->waiting, run_length(&f->waiting), e))
			return false;
	return true;
}

bool fetch_step(struct fetcher *f, const struct source_sink *sink, bool *progress, struct err *e) {
	struct imap_conn *c = &f->s->conn;
	f->sink = sink;
	c->hooks = (struct imap_hooks){ .arg = f,
					.untagged = on_untagged,
					.tagged = on_tagged,
					.literal = on_literal,
					.data = on_data };
	*progress = false;
	err_clear(e);
	bool ok = send_commands(f, e) && conn_io(c, STEP_BYTES, progress, e);
	/* What was answered made room for more. */
	if (ok && *progress && f->flying < FETCH_COMMANDS) {
		bool moved;
		ok = send_commands(f, e) && conn_io(c, 0, &moved, e);
	}
	c->hooks = (struct imap_hooks){ 0 };
	f->sink = NULL;
	if (!ok && e->cat == ERR_NONE)
		err_set(e, ERR_CANCELLED, "Stopped");
	return ok;
}
