/* SPDX-License-Identifier: MIT
 *
 * pop3_source.c - a POP3 session behind the source vtable.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/mail/pop3/pop3.h"
#include "core/mail/pop3/pop3_session.h"

#define QUIT_MS 1000

static unsigned pop3_caps(const struct source *s) {
	(void)s;
	return 0;
}

static bool pop3_list(struct source *s, bool status, folder_fn *fn, void *arg, struct err *e) {
	struct pop3 *p = (struct pop3 *)s;
	struct folder_info f = { .wire = "INBOX", .display = "INBOX" };
	if (status) {
		if (!p->selected && !pop3_stat(p, e))
			return false;
		f.status_known = true;
		f.messages = p->exists;
		f.uidvalidity = 1;
	}
	err_clear(e);
	return fn(arg, &f, e) || pop3_callback_ended(e);
}

static bool pop3_select(struct source *s, const char *wire_name, struct folder_status *status, struct err *e) {
	struct pop3 *p = (struct pop3 *)s;
	if (strcasecmp(wire_name, "INBOX") != 0) {
		err_set(e, ERR_NO_MAILBOX, "A POP3 mailbox has only the folder INBOX");
		e->scope = ERR_SCOPE_FOLDER;
		return false;
	}
	/* A maildrop does not change within a session (RFC 1939 section 5): one STAT is enough. */
	if (!p->selected && !pop3_stat(p, e))
		return false;
	*status = (struct folder_status){ .exists = p->exists, .uidvalidity = 1, .read_only = true };
	return true;
}

static int pop3_fd(const struct source *s) { return channel_fd(((const struct pop3 *)s)->wire.channel); }

static short pop3_events(const struct source *s) {
	const struct pop3 *p = (const struct pop3 *)s;
	bool unasked = p->asked == p->answered && p->asked < p->count;
	return (short)(POLLIN | (unasked || p->wire.sent < p->wire.out.len ? POLLOUT : 0));
}

static void pop3_bytes(const struct source *s, uint64_t *in, uint64_t *out) {
	channel_bytes(((const struct pop3 *)s)->wire.channel, in, out);
}

/* Nothing was marked for deletion, so QUIT deletes nothing; it only tells the server that the session
 * ended in order. A stop has been asked for already, or does not matter for this second. */
static void say_quit(struct pop3 *p) {
	struct pop3_wire *w = &p->wire;
	mono_ms_t deadline = mono_ms() + QUIT_MS;
	struct err ignored;
	char *line = NULL;
	size_t n;
	bool moved;
	if (!pop3_command(w, "QUIT", &ignored))
		return;
	while (pop3_send_some(w, &moved, &ignored) && pop3_next_line(w, &line, &n, &ignored) && !line) {
		moved = false;
		if (!pop3_receive_some(w, &moved, &ignored))
			return;
		if (!moved && !channel_wait(w->channel, true, w->sent < w->out.len, deadline, NULL, &ignored))
			return;
	}
}

static void pop3_close(struct source *s, bool polite) {
	struct pop3 *p = (struct pop3 *)s;
	if (polite && !p->wire.dead && pop3_in_flight(s) == 0)
		say_quit(p);
	pop3_wire_free(&p->wire);
	free(p->queue);
	free(p->sizes);
	free(p);
}

static void pop3_namespace(const struct source *s, const char **prefix, char *delimiter) {
	(void)s;
	*prefix = "";
	*delimiter = '\0';
}

static const struct source_ops ops = {
	.caps = pop3_caps,
	.namespace = pop3_namespace,
	.list = pop3_list,
	.select = pop3_select,
	.scan = pop3_scan,
	.headers = pop3_headers,
	.fetch = pop3_fetch,
	.in_flight = pop3_in_flight,
	.step = pop3_step,
	.fd = pop3_fd,
	.events = pop3_events,
	.bytes = pop3_bytes,
	.close = pop3_close,
};

struct source *pop3_source_open(const struct mail_context *ctx, const struct endpoint *ep, struct err *e) {
	struct pop3 *p = calloc(1, sizeof *p);
	if (!p) {
		err_nomem(e);
		return NULL;
	}
	p->source.ops = &ops;
	p->ctx = *ctx;
	struct channel *channel = channel_open(ctx->net, ep, &p->ctx.timeouts, ctx->stop, e);
	if (!channel || !pop3_wire_init(&p->wire, &p->ctx, channel, e)) {
		free(p);
		return NULL;
	}
	/* What a server offers often changes with the login: asked before it and after it. */
	if (pop3_read_caps(p, e) && pop3_login(p, ep, e) && (!p->caps.known || pop3_read_caps(p, e))) {
		log_line(ctx->log, LOG_DEBUG, ep->user, "POP3 session open, %s",
			 p->caps.pipelining ? "pipelined" : "one command at a time");
		return &p->source;
	}
	pop3_close(&p->source, true);
	return NULL;
}
