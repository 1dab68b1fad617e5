/* SPDX-License-Identifier: MIT
 *
 * http_fixture.h - a session of requests and a server with a table of answers, for the tests of http.
 */
#ifndef TESTS_UNIT_NET_HTTP_FIXTURE_H
#define TESTS_UNIT_NET_HTTP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/base/text.h"
#include "core/net/http.h"
#include "tests/servers/http_script_lib.h"

#define UNUSED __attribute__((unused))
#define OK H_ANSWER("200 OK", "", "{}", "2")

struct fixture {
	struct net *net;
	struct http *http;
	struct http_script *server;
	struct http_response r;
	struct err e;
	struct stop stop;
	unsigned tokens, waits;
	char last_wait[200];
	bool impatient; /* says no to the second time it is asked whether to wait */
};

UNUSED static bool on_wait(void *arg, const char *why, wall_ms_t until) {
	struct fixture *f = arg;
	assert_true(until >= wall_ms() - 1000);
	f->waits++;
	text_copy(f->last_wait, sizeof f->last_wait, why);
	return !f->impatient || f->waits < 2;
}

UNUSED static bool give_token(void *arg, bool renew, struct secret *out, struct err *e) {
	struct fixture *f = arg;
	(void)e;
	f->tokens++;
	return renew ? secret_set(out, "second-token", 12) : secret_set(out, "first-token", 11);
}

UNUSED static void begin(struct fixture *f, const struct http_answer *answers) {
	*f = (struct fixture){ 0 };
	f->net = net_new(NULL, &f->e);
	assert_non_null(f->net);
	assert_true(stop_init(&f->stop, NULL));
	struct http_options o = {
		.stop = &f->stop, .on_wait = on_wait, .wait_arg = f, .backoff_ms = 10, .timeout_ms = 10000
	};
	f->http = http_new(f->net, &o, &f->e);
	assert_non_null(f->http);
	f->server = http_script_start(answers);
	assert_non_null(f->server);
}

UNUSED static void end(struct fixture *f) {
	http_response_clear(&f->r);
	http_free(f->http);
	http_script_free(f->server);
	net_free(f->net);
	stop_free(&f->stop);
}

UNUSED static bool sent(struct fixture *f, struct http_request *q, const char *path) {
	char url[256];
	snprintf(url, sizeof url, "http://127.0.0.1:%u%s", http_script_port(f->server), path);
	q->url = url;
	http_response_clear(&f->r);
	bool ok = http_send(f->http, q, &f->r, &f->e);
	q->url = NULL;
	return ok;
}

#define GET (&(struct http_request){ .method = "GET", .token = give_token, .token_arg = f, .redirects = true })
#define POST(again)                                                                                                    \
	(&(struct http_request){ .method = "POST",                                                                     \
				 .body = "{\"a\":1}",                                                                  \
				 .body_len = 7,                                                                        \
				 .content_type = "application/json",                                                   \
				 .token = give_token,                                                                  \
				 .token_arg = f,                                                                       \
				 .redirects = true,                                                                    \
				 .repeatable = (again) })

UNUSED static void expect_request(struct fixture *f, unsigned i, const char *needle) {
	if (!strstr(http_script_request(f->server, i), needle))
		fail_msg("request %u has no \"%s\":\n%s", i, needle, http_script_request(f->server, i));
}

UNUSED static void expect_no(struct fixture *f, unsigned i, const char *needle) {
	if (strcasestr(http_script_request(f->server, i), needle))
		fail_msg("request %u has \"%s\":\n%s", i, needle, http_script_request(f->server, i));
}

UNUSED static void expect_count(struct fixture *f, unsigned n) {
	http_script_finish(f->server);
	assert_int_equal(http_script_count(f->server), n);
}

UNUSED static void expect_error(struct fixture *f, bool ok, enum err_cat cat, const char *needle) {
	if (ok || f->e.cat != cat || !strstr(f->e.text, needle))
		fail_msg("%s, %s: %s", ok ? "answered" : "failed", err_cat_name(f->e.cat), f->e.text);
}

#endif
