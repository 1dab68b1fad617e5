/* SPDX-License-Identifier: MIT
 *
 * test_pop3_fixture.h - a POP3 source and the scripted server that it talks to.
 *
 * Include after cmocka.h.
 */
#ifndef MAILVAN_TESTS_POP3_FIXTURE_H
#define MAILVAN_TESTS_POP3_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/mail/pop3/pop3.h"
#include "tests/servers/script_server_lib.h"

/* libcurl's greeting and CAPA, then ours, the login, and CAPA once more. */
#define GREET S_SEND("+OK ready\r\n"), S_EXPECT("^CAPA$"), S_SEND("-ERR\r\n")
#define CAPA(list) S_EXPECT("^CAPA$"), S_SEND("+OK\r\n" list ".\r\n")
#define LOGIN S_EXPECT("^USER anna$"), S_SEND("+OK\r\n"), S_EXPECT("^PASS s3cret$"), S_SEND("+OK in\r\n")
#define OPENED(list) GREET, CAPA(list), LOGIN, CAPA(list)
#define ALL "PIPELINING\r\nTOP\r\nUIDL\r\nUSER\r\n"
#define QUITS S_EXPECT("^QUIT$"), S_SEND("+OK bye\r\n"), S_HANGUP, S_END

struct fixture {
	struct net *net;
	struct stop stop;
	struct mail_context ctx;
	struct endpoint ep;
	struct script_server *server;
	struct source *source;
	struct err e;
};

static inline void begin(struct fixture *f, const struct script_step *steps) {
	*f = (struct fixture){ 0 };
	f->net = net_new(NULL, &f->e);
	assert_non_null(f->net);
	assert_true(stop_init(&f->stop, NULL));
	f->ctx = (struct mail_context){ .net = f->net, .stop = &f->stop, .timeouts = { 5000, 5000 } };
	endpoint_init(&f->ep);
	f->ep.proto = PROTO_POP3;
	f->ep.security = SEC_NONE;
	text_copy(f->ep.host, sizeof f->ep.host, "127.0.0.1");
	text_copy(f->ep.login, sizeof f->ep.login, "anna");
	assert_true(secret_set(&f->ep.password, "s3cret", 6));
	f->server = script_start(steps, NULL);
	assert_non_null(f->server);
	f->ep.port = script_port(f->server);
}

static inline bool open_source(struct fixture *f) {
	f->source = pop3_source_open(&f->ctx, &f->ep, &f->e);
	return f->source != NULL;
}

static inline void must_open(struct fixture *f) {
	if (!open_source(f))
		fail_msg("%s; server: %s", f->e.text, script_finish(f->server));
}

/* Closes, and holds the server to its script; nothing that changes a maildrop was ever sent. */
static inline void end(struct fixture *f, bool polite) {
	size_t n;
	if (f->source)
		f->source->ops->close(f->source, polite);
	char *sent = script_received(f->server, &n);
	assert_non_null(sent);
	assert_null(strcasestr(sent, "DELE"));
	assert_null(strcasestr(sent, "RSET"));
	free(sent);
	endpoint_clear(&f->ep);
	stop_free(&f->stop);
	net_free(f->net);
	assert_string_equal(script_finish(f->server), "");
}

/* For a server whose script the client rightly leaves unfinished. */
static inline void end_early(struct fixture *f) {
	if (f->source)
		f->source->ops->close(f->source, false);
	script_abort(f->server);
	endpoint_clear(&f->ep);
	stop_free(&f->stop);
	net_free(f->net);
}

#endif
