/* SPDX-License-Identifier: MIT
 *
 * test_channel_script.c - the channel against what good servers do not do: refusals, attacks, silence.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <cmocka.h>
#include <openssl/ssl.h>

#include "core/base/text.h"
#include "core/net/channel.h"
#include "tests/servers/script_server_lib.h"

#define CAPABILITY S_EXPECT("^([^ ]+) CAPABILITY$"), S_SEND("* CAPABILITY IMAP4rev1 STARTTLS\r\n$1 OK done\r\n")

struct fixture {
	struct net *net;
	char dir[64], cert[96], key[96], ca[96];
	struct script_tls tls;
};

static int group_setup(void **state) {
	struct fixture *f = calloc(1, sizeof *f);
	struct err e;
	char command[256];
	const char *root = getenv("MAILVAN_ROOT");
	if (!f || !(f->net = net_new(NULL, &e)))
		return -1;
	text_copy(f->dir, sizeof f->dir, "/tmp/mailvan-certs-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(command, sizeof command, "%s/tests/servers/certs.sh %s", root ? root : ".", f->dir);
	snprintf(f->cert, sizeof f->cert, "%s/good.pem", f->dir);
	snprintf(f->key, sizeof f->key, "%s/good.key", f->dir);
	snprintf(f->ca, sizeof f->ca, "%s/ca.pem", f->dir);
	f->tls = (struct script_tls){ .cert = f->cert, .key = f->key };
	*state = f;
	return system(command) == 0 ? 0 : -1;
}

static int group_teardown(void **state) {
	struct fixture *f = *state;
	char command[128];
	snprintf(command, sizeof command, "rm -rf %s", f->dir);
	int rc = system(command);
	net_free(f->net);
	free(f);
	return rc;
}

static struct endpoint endpoint(const struct fixture *f, enum proto proto, enum security security, uint16_t port) {
	struct endpoint ep;
	endpoint_init(&ep);
	ep.proto = proto;
	ep.security = security;
	ep.port = port;
	text_copy(ep.host, sizeof ep.host, "127.0.0.1");
	text_copy(ep.ca_file, sizeof ep.ca_file, f->ca);
	return ep;
}

/* Plays the script against channel_open, which must fail; gives back the error. */
static struct err refused(struct fixture *f, const struct script_step *steps, enum proto proto,
			  enum security security) {
	struct script_server *s = script_start(steps, &f->tls);
	assert_non_null(s);
	struct endpoint ep = endpoint(f, proto, security, script_port(s));
	struct err e;
	err_clear(&e);
	assert_null(channel_open(f->net, &ep, NULL, NULL, &e));
	assert_string_equal(script_finish(s), "");
	return e;
}

static void says(const struct err *e, enum err_cat cat, const char *text) {
	assert_string_equal(err_cat_name(e->cat), err_cat_name(cat));
	if (!strstr(e->text, text))
		fail_msg("\"%s\" does not say \"%s\"", e->text, text);
}

static void bye_greeting_is_classified(void **state) {
	static const struct script_step limit[] = {
		S_SEND("* BYE [UNAVAILABLE] Maximum number of connections from user+IP exceeded\r\n"), S_CLOSE, S_END
	};
	static const struct script_step backoff[] = {
		S_SEND("* BYE Request is throttled. Suggested Backoff Time: 2500 milliseconds\r\n"), S_CLOSE, S_END
	};
	static const struct script_step plain[] = { S_SEND("* BYE \033[31mgo away\r\n"), S_CLOSE, S_END };
	struct err e = refused(*state, limit, PROTO_IMAP, SEC_NONE);
	says(&e, ERR_CONN_LIMIT, "Maximum number of connections");
	assert_int_equal(e.retry, ERR_RETRY_LATER);
	e = refused(*state, backoff, PROTO_IMAP, SEC_NONE);
	says(&e, ERR_THROTTLED, "Request is throttled");
	assert_int_equal(e.wait_ms, 2500);
	e = refused(*state, plain, PROTO_IMAP, SEC_NONE);
	says(&e, ERR_NET, "refuses the connection: * BYE \\x1b[31mgo away");
	assert_null(strchr(e.text, '\033'));
}

static void bye_instead_of_capabilities_is_classified(void **state) {
	static const struct script_step steps[] = { S_SEND("* OK ready\r\n"), S_EXPECT("CAPABILITY"),
						    S_SEND("* BYE Too many connections\r\n"), S_CLOSE, S_END };
	struct err e = refused(*state, steps, PROTO_IMAP, SEC_NONE);
	says(&e, ERR_CONN_LIMIT, "* BYE Too many connections");
}

static void pop3_err_greeting_is_classified(void **state) {
	static const struct script_step busy[] = { S_SEND("-ERR [SYS/TEMP] try later\r\n"), S_CLOSE, S_END };
	struct err e = refused(*state, busy, PROTO_POP3, SEC_NONE);
	says(&e, ERR_NET, "refuses the connection: -ERR [SYS/TEMP] try later");
	assert_int_equal(e.retry, ERR_RETRY_LATER);
}

static void preauth_is_refused(void **state) {
	static const struct script_step clear[] = {
		S_SEND("* PREAUTH welcome\r\n"), S_EXPECT("^([^ ]+) CAPABILITY$"),
		S_SEND("* CAPABILITY IMAP4rev1\r\n$1 OK done\r\n"), S_HANGUP, S_END
	};
	static const struct script_step starttls[] = {
		S_SEND("* PREAUTH welcome\r\n"), CAPABILITY, S_HANGUP, S_END
	};
	struct err e = refused(*state, clear, PROTO_IMAP, SEC_NONE);
	says(&e, ERR_AUTH_POLICY, "PREAUTH");
	e = refused(*state, starttls, PROTO_IMAP, SEC_STARTTLS);
	says(&e, ERR_TLS, "PREAUTH");
}

static void missing_starttls_is_refused(void **state) {
	static const struct script_step imap[] = { S_SEND("* OK ready\r\n"), S_EXPECT("^([^ ]+) CAPABILITY$"),
						   S_SEND("* CAPABILITY IMAP4rev1\r\n$1 OK done\r\n"),
						   S_HANGUP, S_END };
	static const struct script_step pop3[] = { S_SEND("+OK ready\r\n"), S_EXPECT("^CAPA$"),
						   S_SEND("+OK\r\nUSER\r\n.\r\n"), S_HANGUP, S_END };
	struct err e = refused(*state, imap, PROTO_IMAP, SEC_STARTTLS);
	says(&e, ERR_TLS, "does not offer STARTTLS");
	e = refused(*state, pop3, PROTO_POP3, SEC_STARTTLS);
	says(&e, ERR_TLS, "does not offer STLS");
}

/* CVE-2011-0411 and its many siblings: plain text after the OK must not be read as protected. */
static void injection_after_starttls_is_refused(void **state) {
	static const struct script_step imap[] = {
		S_SEND("* OK ready\r\n"), CAPABILITY, S_EXPECT("^([^ ]+) STARTTLS$"),
		S_SEND("$1 OK go\r\n* CAPABILITY IMAP4rev1 AUTH=INJECTED\r\n"), S_HANGUP, S_END
	};
	static const struct script_step pop3[] = { S_SEND("+OK ready\r\n"), S_EXPECT("^CAPA$"),
						   S_SEND("+OK\r\nSTLS\r\n.\r\n"), S_EXPECT("^STLS$"),
						   S_SEND("+OK go\r\n+OK injected\r\n"), S_HANGUP, S_END };
	struct err e = refused(*state, imap, PROTO_IMAP, SEC_STARTTLS);
	says(&e, ERR_TLS, "more than a reply to STARTTLS");
	e = refused(*state, pop3, PROTO_POP3, SEC_STARTTLS);
	says(&e, ERR_TLS, "more than a reply to STLS");
}

static void refused_starttls_is_no_downgrade(void **state) {
	static const struct script_step steps[] = { S_SEND("* OK ready\r\n"), CAPABILITY,
						    S_EXPECT("^([^ ]+) STARTTLS$"), S_SEND("$1 NO not today\r\n"),
						    S_HANGUP, S_END };
	struct err e = refused(*state, steps, PROTO_IMAP, SEC_STARTTLS);
	says(&e, ERR_TLS, "NO not today");
}

static void no_imap_server_is_named(void **state) {
	static const struct script_step steps[] = { S_SEND("* HTTP nonsense\r\n"), S_HANGUP, S_END };
	struct err e = refused(*state, steps, PROTO_IMAP, SEC_NONE);
	says(&e, ERR_SERVER_BUG, "this is no IMAP server: * HTTP nonsense");
}

static void hang_up_before_the_greeting(void **state) {
	static const struct script_step closes[] = { S_CLOSE, S_END };
	static const struct script_step resets[] = { S_RESET, S_END };
	struct err e = refused(*state, closes, PROTO_IMAP, SEC_NONE);
	says(&e, ERR_NET, "the server closed the connection before its greeting");
	e = refused(*state, resets, PROTO_IMAP, SEC_NONE);
	says(&e, ERR_NET, "connection reset by peer");
	e = refused(*state, closes, PROTO_IMAP, SEC_TLS);
	says(&e, ERR_NET, "during the TLS handshake");
}

static void clear_server_on_a_tls_port(void **state) {
	static const struct script_step steps[] = { S_SEND("* OK ready\r\n"), S_HANGUP, S_END };
	struct err e = refused(*state, steps, PROTO_IMAP, SEC_TLS);
	says(&e, ERR_TLS, "does not speak TLS on this port");
}

static void old_tls_needs_tls_legacy(void **state) {
	static const struct script_step steps[] = { S_TLS, S_SEND("* OK old\r\n"), CAPABILITY, S_HANGUP, S_END };
	struct fixture *f = *state;
	struct err e;
	f->tls.max_version = TLS1_VERSION;
	static const struct script_step fails[] = { S_TLS, S_END };
	struct script_server *s = script_start(fails, &f->tls);
	struct endpoint ep = endpoint(f, PROTO_IMAP, SEC_TLS, script_port(s));
	err_clear(&e);
	assert_null(channel_open(f->net, &ep, NULL, NULL, &e));
	says(&e, ERR_TLS, "tls-legacy allows it");
	assert_string_equal(script_finish(s), "no TLS handshake");
	s = script_start(steps, &f->tls);
	ep = endpoint(f, PROTO_IMAP, SEC_TLS_LEGACY, script_port(s));
	struct channel *c = channel_open(f->net, &ep, NULL, NULL, &e);
	f->tls.max_version = 0;
	if (!c)
		fail_msg("%s", e.text);
	assert_true(channel_encrypted(c));
	assert_string_equal(channel_greeting(c), "* OK old");
	channel_close(c);
	assert_string_equal(script_finish(s), "");
}

static void greeting_may_come_byte_by_byte(void **state) {
	static const struct script_step steps[] = { S_DRIP("* OK [CAPABILITY IMAP4rev1] slow\r\n"), CAPABILITY,
						    S_EXPECT("^x NOOP$"), S_DRIP("* 1 EXISTS\r\n"), S_CLOSE, S_END };
	struct fixture *f = *state;
	struct script_server *s = script_start(steps, NULL);
	struct endpoint ep = endpoint(f, PROTO_IMAP, SEC_NONE, script_port(s));
	struct err e;
	char text[64];
	size_t len = 0;
	struct channel *c = channel_open(f->net, &ep, NULL, NULL, &e);
	assert_non_null(c);
	assert_string_equal(channel_greeting(c), "* OK [CAPABILITY IMAP4rev1] slow");
	assert_false(channel_encrypted(c));
	assert_int_equal(channel_send(c, "x NOOP\r\n", 8, &e), 8);
	for (;;) {
		ssize_t n = channel_recv(c, text + len, sizeof text - len, &e);
		if (n < 0)
			break;
		len += (size_t)n;
		if (n == 0)
			assert_true(channel_wait(c, true, false, 0, NULL, &e));
	}
	assert_int_equal(len, strlen("* 1 EXISTS\r\n"));
	assert_memory_equal(text, "* 1 EXISTS\r\n", len);
	says(&e, ERR_NET, "closed the connection");
	channel_close(c);
	assert_string_equal(script_finish(s), "");
}

static void refused_port_says_so(void **state) {
	struct fixture *f = *state;
	/* A port that was free a moment ago and has no listener. */
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	struct endpoint ep = endpoint(f, PROTO_POP3, SEC_TLS, ntohs(at.sin_port));
	char expected[128];
	struct err e;
	snprintf(expected, sizeof expected, "Failed to connect to 127.0.0.1:%u: connection refused", ep.port);
	assert_null(channel_open(f->net, &ep, NULL, NULL, &e));
	close(fd);
	assert_string_equal(e.text, expected);
	assert_int_equal(e.cat, ERR_NET);
	assert_int_equal(e.retry, ERR_RETRY_LATER);
}

static void unknown_name_says_so(void **state) {
	struct fixture *f = *state;
	struct endpoint ep = endpoint(f, PROTO_IMAP, SEC_TLS, 993);
	struct err e;
	text_copy(ep.host, sizeof ep.host, "no-such-host.invalid"); /* RFC 6761 */
	assert_null(channel_open(f->net, &ep, NULL, NULL, &e));
	says(&e, ERR_NET, "Failed to connect to no-such-host.invalid:993: the host name is unknown");
}

static void the_environment_sets_no_proxy(void **state) {
	static const struct script_step steps[] = { S_SEND("* OK ready\r\n"), CAPABILITY, S_HANGUP, S_END };
	struct fixture *f = *state;
	struct err e;
	struct script_server *s = script_start(steps, NULL);
	struct endpoint ep = endpoint(f, PROTO_IMAP, SEC_NONE, script_port(s));
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	struct channel *c = channel_open(f->net, &ep, NULL, NULL, &e);
	assert_non_null(c);
	channel_close(c);
	assert_string_equal(script_finish(s), "");
	text_copy(ep.proxy, sizeof ep.proxy, "http://127.0.0.1:1");
	assert_null(channel_open(f->net, &ep, NULL, NULL, &e));
	unsetenv("all_proxy");
	says(&e, ERR_NET, "connection refused");
}

static void a_proxy_is_used(void **state) {
	static const struct script_step steps[] = {
		S_EXPECT("^CONNECT 192\\.0\\.2\\.1:143 HTTP/1\\.1$"), S_EXPECT("^Host: 192"), S_EXPECT("^Proxy-"),
		S_EXPECT("^$"), S_SEND("HTTP/1.1 200 go ahead\r\nX-Proxy: yes\r\n\r\n"), S_SEND("* OK behind it\r\n"),
		CAPABILITY, S_EXPECT("^([^ ]+) STARTTLS$"), S_SEND("$1 OK go\r\n"), S_TLS, CAPABILITY, S_HANGUP, S_END
	};
	static const struct script_step refuses[] = { S_EXPECT("^CONNECT "),
						      S_SEND("HTTP/1.1 403 no\r\nContent-Length: 0\r\n\r\n"),
						      S_HANGUP, S_END };
	struct fixture *f = *state;
	struct err e;
	struct script_server *s = script_start(steps, &f->tls);
	struct endpoint ep = endpoint(f, PROTO_IMAP, SEC_STARTTLS, 143);
	text_copy(ep.host, sizeof ep.host, "192.0.2.1"); /* RFC 5737: nobody; only the proxy is connected to */
	snprintf(ep.proxy, sizeof ep.proxy, "http://127.0.0.1:%u", script_port(s));
	ep.insecure = true;
	struct channel *c = channel_open(f->net, &ep, NULL, NULL, &e);
	if (!c)
		fail_msg("%s", e.text);
	assert_string_equal(channel_greeting(c), "* OK behind it");
	assert_true(channel_encrypted(c));
	channel_close(c);
	assert_string_equal(script_finish(s), "");
	s = script_start(refuses, &f->tls);
	snprintf(ep.proxy, sizeof ep.proxy, "http://127.0.0.1:%u", script_port(s));
	assert_null(channel_open(f->net, &ep, NULL, NULL, &e));
	says(&e, ERR_NET, "CONNECT tunnel failed, response 403");
	assert_string_equal(script_finish(s), "");
}

static void *request_stop(void *arg) {
	struct timespec nap = { .tv_nsec = 100000000 };
	nanosleep(&nap, NULL); /* so that the other thread is most likely asleep: either way must work */
	stop_request(arg, 1);
	return NULL;
}

static void stop_ends_a_silent_connect(void **state) {
	static const struct script_step steps[] = { S_HANGUP, S_END };
	static const enum security ways[] = { SEC_NONE, SEC_TLS, SEC_STARTTLS };
	struct fixture *f = *state;
	for (int i = 0; i < 6; i++) {
		struct stop parent, child;
		struct err e;
		pthread_t thread;
		assert_true(stop_init(&parent, NULL) && stop_init(&child, &parent));
		struct script_server *s = script_start(steps, NULL);
		struct endpoint ep = endpoint(f, PROTO_IMAP, ways[i % 3], script_port(s));
		mono_ms_t start = mono_ms();
		assert_int_equal(pthread_create(&thread, NULL, request_stop, i < 3 ? &child : &parent), 0);
		assert_null(channel_open(f->net, &ep, NULL, &child, &e));
		assert_true(mono_ms() - start < 1100);
		says(&e, ERR_CANCELLED, "Stopped");
		pthread_join(thread, NULL);
		assert_string_equal(script_finish(s), "");
		stop_free(&child);
		stop_free(&parent);
	}
}

static void stop_ends_a_wait(void **state) {
	static const struct script_step steps[] = { S_SEND("* OK ready\r\n"), CAPABILITY, S_HANGUP, S_END };
	struct fixture *f = *state;
	struct stop stop;
	struct err e;
	pthread_t thread;
	assert_true(stop_init(&stop, NULL));
	struct script_server *s = script_start(steps, NULL);
	struct endpoint ep = endpoint(f, PROTO_IMAP, SEC_NONE, script_port(s));
	struct channel *c = channel_open(f->net, &ep, NULL, &stop, &e);
	assert_non_null(c);
	assert_true(channel_wait(c, true, true, 0, &stop, &e)); /* writable at once */
	mono_ms_t start = mono_ms();
	assert_int_equal(pthread_create(&thread, NULL, request_stop, &stop), 0);
	assert_false(channel_wait(c, true, false, 0, &stop, &e));
	assert_true(mono_ms() - start < 1100);
	says(&e, ERR_CANCELLED, "Stopped");
	pthread_join(thread, NULL);
	channel_close(c);
	assert_string_equal(script_finish(s), "");
	stop_free(&stop);
}

static void silence_ends_in_time(void **state) {
	static const struct script_step mute[] = { S_HANGUP, S_END };
	static const struct script_step idle[] = { S_SEND("* OK ready\r\n"), CAPABILITY, S_HANGUP, S_END };
	static const struct channel_timeouts times = { .connect_ms = 300, .idle_ms = 200 };
	struct fixture *f = *state;
	struct err e;
	struct script_server *s = script_start(mute, NULL);
	struct endpoint ep = endpoint(f, PROTO_IMAP, SEC_NONE, script_port(s));
	mono_ms_t start = mono_ms();
	assert_null(channel_open(f->net, &ep, &times, NULL, &e));
	assert_in_range(mono_ms() - start, 290, 3000);
	says(&e, ERR_NET, "connected, but the server sent no greeting within 1 s");
	assert_string_equal(script_finish(s), "");
	s = script_start(idle, NULL);
	ep.port = script_port(s);
	struct channel *c = channel_open(f->net, &ep, &(struct channel_timeouts){ .idle_ms = 200 }, NULL, &e);
	assert_non_null(c);
	assert_int_equal(channel_idle_ms(c), 200);
	start = mono_ms();
	assert_false(channel_wait(c, true, false, 0, NULL, &e));
	assert_in_range(mono_ms() - start, 190, 3000);
	says(&e, ERR_NET, "No answer from 127.0.0.1:");
	channel_close(c);
	assert_string_equal(script_finish(s), "");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bye_greeting_is_classified),
		cmocka_unit_test(bye_instead_of_capabilities_is_classified),
		cmocka_unit_test(pop3_err_greeting_is_classified),
		cmocka_unit_test(preauth_is_refused),
		cmocka_unit_test(missing_starttls_is_refused),
		cmocka_unit_test(injection_after_starttls_is_refused),
		cmocka_unit_test(refused_starttls_is_no_downgrade),
		cmocka_unit_test(no_imap_server_is_named),
		cmocka_unit_test(hang_up_before_the_greeting),
		cmocka_unit_test(clear_server_on_a_tls_port),
		cmocka_unit_test(old_tls_needs_tls_legacy),
		cmocka_unit_test(greeting_may_come_byte_by_byte),
		cmocka_unit_test(refused_port_says_so),
		cmocka_unit_test(unknown_name_says_so),
		cmocka_unit_test(the_environment_sets_no_proxy),
		cmocka_unit_test(a_proxy_is_used),
		cmocka_unit_test(stop_ends_a_silent_connect),
		cmocka_unit_test(stop_ends_a_wait),
		cmocka_unit_test(silence_ends_in_time),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
