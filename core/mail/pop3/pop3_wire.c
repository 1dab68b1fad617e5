/* SPDX-License-Identifier: MIT
 *
 * pop3_wire.c - the allow-list, the queue of commands, and lines out of the byte stream.
 */
#include "core/mail/pop3/pop3_wire.h"

#include <sodium/utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/crash_point.h"
#include "core/net/classify.h"

#define IN_SIZE ((size_t)64 * 1024)
#define OUT_MAX ((size_t)256 * 1024) /* one SASL answer (SECRET_MAX in base64) and a window of commands */

bool pop3_wire_init(struct pop3_wire *w, const struct mail_context *ctx, struct channel *channel, struct err *e) {
	*w = (struct pop3_wire){ .ctx = ctx, .channel = channel };
	buf_init(&w->out, OUT_MAX);
	w->in = malloc(IN_SIZE);
	/* All of it at once: growing would leave copies of a password behind. */
	if (w->in && buf_room(&w->out, OUT_MAX / 2))
		return true;
	pop3_wire_free(w);
	return err_nomem(e);
}

static void wipe_out(struct pop3_wire *w) {
	if (w->out.data)
		sodium_memzero(w->out.data, w->out.len);
	buf_reset(&w->out);
	w->sent = 0;
}

void pop3_wire_free(struct pop3_wire *w) {
	channel_close(w->channel);
	wipe_out(w);
	buf_free(&w->out);
	free(w->in);
	*w = (struct pop3_wire){ .dead = true };
}

/* The source is read-only: DELE and RSET are not in this list, and nothing else writes to the channel. */
static bool verb_allowed(const char *line) {
	static const char *const verbs[] = { "CAPA", "AUTH", "USER", "PASS", "STAT", "LIST",
					     "UIDL", "TOP",  "RETR", "NOOP", "QUIT" };
	size_t n = strcspn(line, " ");
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strlen(verbs[i]) == n && strncasecmp(line, verbs[i], n) == 0)
			return true;
	return false;
}

static bool put_line(struct pop3_wire *w, const char *a, const char *b, size_t b_len, struct err *e) {
	if (w->out.len - w->sent + strlen(a) + b_len + 2 > OUT_MAX / 2)
		return err_set(e, ERR_INPUT, "A POP3 command is too long");
	buf_puts(&w->out, a);
	buf_put(&w->out, b, b_len);
	buf_puts(&w->out, "\r\n");
	return !w->out.failed || err_nomem(e);
}

static bool queue(struct pop3_wire *w, const char *line, const char *argument, size_t argument_len, struct err *e) {
	if (!verb_allowed(line)) {
		err_set(e, ERR_READ_ONLY, "The command %.*s is not allowed on a POP3 source", (int)strcspn(line, " "),
			line);
		e->scope = ERR_SCOPE_PROGRAM;
		return false;
	}
	if (strpbrk(line, "\r\n") || memchr(argument, '\r', argument_len) || memchr(argument, '\n', argument_len) ||
	    memchr(argument, '\0', argument_len)) {
		err_set(e, ERR_INPUT, "A login name or password for POP3 must not hold line ends");
		e->scope = ERR_SCOPE_MAILBOX;
		return false;
	}
	return put_line(w, line, argument, argument_len, e);
}

bool pop3_command(struct pop3_wire *w, const char *line, struct err *e) { return queue(w, line, "", 0, e); }

bool pop3_command_number(struct pop3_wire *w, const char *verb, uint32_t number, const char *rest, struct err *e) {
	char line[64];
	snprintf(line, sizeof line, "%s %u%s", verb, number, rest);
	return queue(w, line, "", 0, e);
}

bool pop3_command_pass(struct pop3_wire *w, const struct secret *password, struct err *e) {
	return queue(w, "PASS ", password->data, password->len, e);
}

bool pop3_sasl_answer(struct pop3_wire *w, const char *base64, struct err *e) {
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
	if (base64[strspn(base64, alphabet)])
		return err_set(e, ERR_INPUT, "A SASL answer is not base64");
	return put_line(w, "", base64, strlen(base64), e);
}

bool pop3_send_some(struct pop3_wire *w, bool *moved, struct err *e) {
	while (w->sent < w->out.len) {
		CRASH_POINT("pop3: before a send");
		ssize_t n = channel_send(w->channel, w->out.data + w->sent, w->out.len - w->sent, e);
		if (n < 0)
			return !(w->dead = true);
		if (n == 0)
			return true;
		*moved = true;
		w->sent += (size_t)n;
	}
	wipe_out(w);
	return true;
}

bool pop3_receive_some(struct pop3_wire *w, bool *moved, struct err *e) {
	if (w->pos) {
		memmove(w->in, w->in + w->pos, w->len - w->pos);
		w->len -= w->pos;
		w->pos = 0;
	}
	ssize_t n = w->len < IN_SIZE ? channel_recv(w->channel, w->in + w->len, IN_SIZE - w->len, e) : 0;
	if (n < 0)
		return !(w->dead = true);
	if (n > 0)
		CRASH_POINT("pop3: after a read");
	w->len += (size_t)n;
	*moved |= n > 0;
	return true;
}

bool pop3_next_line(struct pop3_wire *w, char **line, size_t *n, struct err *e) {
	char *start = w->in + w->pos, *lf = memchr(start, '\n', w->len - w->pos);
	*line = NULL;
	if ((lf ? (size_t)(lf - start) : w->len - w->pos) > POP3_LINE_MAX) {
		w->dead = true;
		return err_set(e, ERR_SERVER_BUG, "The POP3 server sent a line of more than %d bytes", POP3_LINE_MAX);
	}
	if (!lf)
		return true;
	w->pos += (size_t)(lf - start) + 1;
	if (lf > start && lf[-1] == '\r') {
		w->crlf = true;
		lf--;
	}
	*lf = '\0';
	*line = start;
	*n = (size_t)(lf - start);
	return true;
}

static bool wait_for(struct pop3_wire *w, bool read, struct err *e) {
	bool ok = channel_wait(w->channel, read, w->sent < w->out.len, 0, w->ctx->stop, e);
	w->dead |= !ok;
	return ok;
}

static bool not_stopped(struct pop3_wire *w, struct err *e) {
	return !stop_requested(w->ctx->stop) || err_set(e, ERR_CANCELLED, "Stopped");
}

bool pop3_flush(struct pop3_wire *w, struct err *e) {
	bool moved = false;
	while (pop3_send_some(w, &moved, e)) {
		if (w->sent == w->out.len)
			return true;
		if (!wait_for(w, false, e))
			return false;
	}
	return false;
}

bool pop3_wait_bytes(struct pop3_wire *w, struct err *e) {
	/* A server that never lets us wait must not keep a stop from being seen. */
	if (!not_stopped(w, e) || !pop3_flush(w, e))
		return false;
	for (bool moved = false; pop3_receive_some(w, &moved, e);) {
		if (moved)
			return true;
		if (!wait_for(w, true, e))
			return false;
	}
	return false;
}

bool pop3_wait_line(struct pop3_wire *w, char **line, size_t *n, struct err *e) {
	while (pop3_next_line(w, line, n, e)) {
		if (*line)
			return true;
		if (!pop3_wait_bytes(w, e))
			return false;
	}
	return false;
}

enum pop3_status pop3_status_of(const char *line) {
	if (strncasecmp(line, "+OK", 3) == 0)
		return POP3_OK;
	if (strncasecmp(line, "-ERR", 4) == 0)
		return POP3_ERR;
	return line[0] == '+' && (line[1] == ' ' || line[1] == '\0') ? POP3_CONTINUE : POP3_OTHER;
}

bool pop3_wait_status(struct pop3_wire *w, bool *ok, char **line, struct err *e) {
	size_t n;
	if (!pop3_wait_line(w, line, &n, e))
		return false;
	enum pop3_status status = pop3_status_of(*line);
	*ok = status == POP3_OK;
	if (status != POP3_OTHER)
		return true;
	w->dead = true;
	return err_set(e, ERR_SERVER_BUG, "The POP3 server answered neither +OK nor -ERR: %.200s", *line);
}

bool pop3_refused(const char *line, enum err_cat fallback, const char *what, struct err *e) {
	const char *words = strncasecmp(line, "-ERR", 4) == 0 ? line + 4 : line;
	words += strspn(words, " ");
	err_set(e, fallback, "%s: %.250s", what, words[0] ? words : "the server gave no reason");
	e->side = ERR_SIDE_SOURCE;
	net_classify_text(line, e);
	return false;
}
