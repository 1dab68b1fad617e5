/* SPDX-License-Identifier: MIT
 *
 * test_imap_script.h - what the tests with scripted IMAP servers share.
 */
#ifndef MAILVAN_TESTS_IMAP_SCRIPT_H
#define MAILVAN_TESTS_IMAP_SCRIPT_H

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/text.h"
#include "core/mail/imap/imap.h"
#include "tests/servers/script_server_lib.h"

#define DEADLINE_MS 10000

/* The channel asks for capabilities; the session hears what it heard, and asks again after the login. */
#define CAPS(caps) S_EXPECT("^([^ ]+) CAPABILITY$"), S_SEND("* CAPABILITY " caps "\r\n$1 OK done\r\n")
#define GREET(caps) S_SEND("* OK ready\r\n"), CAPS(caps)
/* "\0anna\0geheim" */
#define LOGIN_OK S_EXPECT("^([^ ]+) AUTHENTICATE PLAIN AGFubmEAZ2VoZWlt$"), S_SEND("$1 OK in\r\n")
#define DELIMITER S_EXPECT("^([^ ]+) LIST \"\" \"\"$"), S_SEND("* LIST (\\Noselect) \"/\" \"\"\r\n$1 OK done\r\n")
#define BASIC "IMAP4rev1 SASL-IR AUTH=PLAIN"
#define LOGGED_IN(caps) GREET(BASIC), LOGIN_OK, CAPS(caps), DELIMITER
#define FAREWELL S_EXPECT("^([^ ]+) LOGOUT$"), S_SEND("* BYE\r\n$1 OK done\r\n"), S_END

struct imap_test {
	struct net *net;
	struct stop stop;
	struct mail_context ctx;
	struct script_server *server;
	struct endpoint ep;
	struct err e;
};

/* Starts the script; ep is anna with password "geheim" on it, in clear. */
static inline void play(struct imap_test *t, const struct script_step *steps) {
	memset(t, 0, sizeof *t);
	t->net = net_new(NULL, &t->e);
	assert_non_null(t->net);
	assert_true(stop_init(&t->stop, NULL));
	t->ctx = (struct mail_context){ .net = t->net, .stop = &t->stop };
	t->server = script_start(steps, NULL);
	assert_non_null(t->server);
	endpoint_init(&t->ep);
	t->ep.proto = PROTO_IMAP;
	t->ep.security = SEC_NONE;
	t->ep.port = script_port(t->server);
	text_copy(t->ep.host, sizeof t->ep.host, "127.0.0.1");
	text_copy(t->ep.login, sizeof t->ep.login, "anna");
	text_copy(t->ep.user, sizeof t->ep.user, "anna");
	assert_true(secret_set(&t->ep.password, "geheim", 6));
}

/* The script ran to its end as written. */
static inline void played(struct imap_test *t) {
	assert_string_equal(script_finish(t->server), "");
	endpoint_clear(&t->ep);
	stop_free(&t->stop);
	net_free(t->net);
}

static inline struct source *play_source(struct imap_test *t, const struct script_step *steps) {
	play(t, steps);
	struct source *s = source_open(&t->ctx, &t->ep, &t->e);
	if (!s)
		fail_msg("%s (%s)", t->e.text, script_finish(t->server));
	return s;
}

static inline struct target *play_target(struct imap_test *t, const struct script_step *steps) {
	play(t, steps);
	struct target *d = target_open(&t->ctx, &t->ep, &t->e);
	if (!d)
		fail_msg("%s (%s)", t->e.text, script_finish(t->server));
	return d;
}

static inline void wait_fd(int fd, short events) {
	struct pollfd p = { fd, events, 0 };
	assert_true(poll(&p, 1, 100) >= 0);
}

#endif
