/* SPDX-License-Identifier: MIT
 *
 * test_channel.c - the channel against a real Dovecot: every way of TLS, every way a certificate can be wrong.
 */
#include <pthread.h>
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
#include "core/net/channel.h"
#include "core/net/channel_priv.h"
#include "tests/lib/dovecot.h"

struct fixture {
	struct test_dovecot good, expired, wrong_host, self_signed;
	struct net *net;
};

static int group_setup(void **state) {
	struct fixture *f = calloc(1, sizeof *f);
	struct err e;
	char shared[256];
	if (!f || !(f->net = net_new(NULL, &e)) || !test_dovecot_start(&f->good, "--role source --max-conn 300"))
		return -1;
	*state = f;
	snprintf(shared, sizeof shared, "--certs %s --cert expired", f->good.certs);
	if (!test_dovecot_start(&f->expired, shared))
		return -1;
	snprintf(shared, sizeof shared, "--certs %s --cert wrong-host", f->good.certs);
	if (!test_dovecot_start(&f->wrong_host, shared))
		return -1;
	snprintf(shared, sizeof shared, "--certs %s --cert self-signed", f->good.certs);
	return test_dovecot_start(&f->self_signed, shared) ? 0 : -1;
}

static int group_teardown(void **state) {
	struct fixture *f = *state;
	test_dovecot_stop(&f->expired);
	test_dovecot_stop(&f->wrong_host);
	test_dovecot_stop(&f->self_signed);
	test_dovecot_stop(&f->good);
	net_free(f->net);
	free(f);
	return 0;
}

static struct endpoint endpoint(const struct fixture *f, enum proto proto, enum security security, uint16_t port) {
	struct endpoint ep;
	endpoint_init(&ep);
	ep.proto = proto;
	ep.security = security;
	ep.port = port;
	text_copy(ep.host, sizeof ep.host, "127.0.0.1");
	text_copy(ep.ca_file, sizeof ep.ca_file, f->good.ca);
	return ep;
}

/* Each send from another place in memory, as from a buffer that moves. */
static void say_bytes(struct channel *c, const char *data, size_t n) {
	static char places[2][50000];
	struct err e;
	for (int place = 0; n; place = !place) {
		size_t part = n < sizeof places[0] ? n : sizeof places[0];
		memcpy(places[place], data, part);
		ssize_t took = channel_send(c, places[place], part, &e);
		assert_true(took >= 0);
		data += took;
		n -= (size_t)took;
		if ((size_t)took < part)
			assert_true(channel_wait(c, false, true, 0, NULL, &e));
	}
}

static void say(struct channel *c, const char *line) { say_bytes(c, line, strlen(line)); }

/* Reads until a line that starts with `start`; false at the end of the connection. */
static bool hear(struct channel *c, const char *start, struct err *e) {
	char text[65536];
	size_t len = 0;
	for (;;) {
		ssize_t n = channel_recv(c, text + len, sizeof text - len - 1, e);
		if (n < 0)
			return false;
		len += (size_t)n;
		text[len] = '\0';
		char in_line[64];
		snprintf(in_line, sizeof in_line, "\n%s", start);
		if (strncmp(text, start, strlen(start)) == 0 || strstr(text, in_line))
			return true;
		if (n == 0 && !channel_wait(c, true, false, mono_ms() + 5000, NULL, e))
			return false;
	}
}

static struct channel *opened(struct fixture *f, const struct endpoint *ep) {
	struct err e;
	err_clear(&e);
	struct channel *c = channel_open(f->net, ep, NULL, NULL, &e);
	if (!c)
		fail_msg("channel_open: %s", e.text);
	return c;
}

static void refused(struct fixture *f, const struct endpoint *ep, enum err_cat cat, const char *text) {
	struct err e;
	err_clear(&e);
	struct channel *c = channel_open(f->net, ep, NULL, NULL, &e);
	assert_null(c);
	assert_string_equal(err_cat_name(e.cat), err_cat_name(cat));
	if (!strstr(e.text, text))
		fail_msg("\"%s\" does not say \"%s\"", e.text, text);
}

static void login_works(struct fixture *f, enum proto proto, enum security security, uint16_t port) {
	struct endpoint ep = endpoint(f, proto, security, port);
	struct channel *c = opened(f, &ep);
	struct err e;
	uint64_t in, out;
	assert_int_equal(channel_encrypted(c), security != SEC_NONE);
	if (proto == PROTO_IMAP) {
		assert_int_equal(strncmp(channel_greeting(c), "* OK ", 5), 0);
		say(c, "x1 LOGIN anna pass\r\n");
		assert_true(hear(c, "x1 OK", &e));
	} else {
		assert_int_equal(strncmp(channel_greeting(c), "+OK", 3), 0);
		say(c, "USER anna\r\n");
		assert_true(hear(c, "+OK", &e));
		say(c, "PASS pass\r\n");
		assert_true(hear(c, "+OK", &e));
	}
	channel_bytes(c, &in, &out);
	assert_true(in > 3 && out == (proto == PROTO_IMAP ? 20u : 22u));
	channel_close(c);
}

static void imaps(void **state) {
	struct fixture *f = *state;
	login_works(f, PROTO_IMAP, SEC_TLS, f->good.imaps);
}

static void imap_starttls(void **state) {
	struct fixture *f = *state;
	login_works(f, PROTO_IMAP, SEC_STARTTLS, f->good.imap);
}

static void imap_clear(void **state) {
	struct fixture *f = *state;
	login_works(f, PROTO_IMAP, SEC_NONE, f->good.imap);
}

static void pop3s(void **state) {
	struct fixture *f = *state;
	login_works(f, PROTO_POP3, SEC_TLS, f->good.pop3s);
}

static void pop3_stls(void **state) {
	struct fixture *f = *state;
	login_works(f, PROTO_POP3, SEC_STARTTLS, f->good.pop3);
}

static void pop3_clear(void **state) {
	struct fixture *f = *state;
	login_works(f, PROTO_POP3, SEC_NONE, f->good.pop3);
}

static void legacy_still_checks_the_certificate(void **state) {
	struct fixture *f = *state;
	login_works(f, PROTO_IMAP, SEC_TLS_LEGACY, f->good.imaps);
	struct endpoint ep = endpoint(f, PROTO_IMAP, SEC_TLS_LEGACY, f->self_signed.imaps);
	refused(f, &ep, ERR_TLS, "certificate is not trusted");
}

static void wrong_ca_is_refused(void **state) {
	struct fixture *f = *state;
	struct endpoint ep = endpoint(f, PROTO_IMAP, SEC_TLS, f->good.imaps);
	test_cert_path(ep.ca_file, sizeof ep.ca_file, &f->good, "other-ca");
	refused(f, &ep, ERR_TLS, "certificate is not trusted: ");
	ep.security = SEC_STARTTLS;
	ep.port = f->good.imap;
	refused(f, &ep, ERR_TLS, "certificate is not trusted: ");
	ep.proto = PROTO_POP3;
	ep.port = f->good.pop3;
	refused(f, &ep, ERR_TLS, "certificate is not trusted: ");
	ep.ca_file[0] = '\0'; /* the system's store does not know the test CA either */
	refused(f, &ep, ERR_TLS, "certificate is not trusted: ");
}

static void self_signed_is_refused(void **state) {
	struct fixture *f = *state;
	struct endpoint ep = endpoint(f, PROTO_IMAP, SEC_TLS, f->self_signed.imaps);
	refused(f, &ep, ERR_TLS, "certificate is not trusted: self-signed certificate; give the CA file or a pin");
	/* ... unless that very certificate is what the operator gave as CA. */
	test_cert_path(ep.ca_file, sizeof ep.ca_file, &f->good, "self-signed");
	channel_close(opened(f, &ep));
}

static void expired_is_refused(void **state) {
	struct fixture *f = *state;
	struct endpoint ep = endpoint(f, PROTO_IMAP, SEC_TLS, f->expired.imaps);
	refused(f, &ep, ERR_TLS, "the certificate has expired");
	ep.insecure = true;
	channel_close(opened(f, &ep));
}

static void wrong_host_is_refused(void **state) {
	struct fixture *f = *state;
	struct endpoint ep = endpoint(f, PROTO_IMAP, SEC_TLS, f->wrong_host.imaps);
	refused(f, &ep, ERR_TLS, "the certificate is for another host name");
	ep.insecure = true;
	channel_close(opened(f, &ep));
}

static void missing_ca_file_is_named(void **state) {
	struct fixture *f = *state;
	struct endpoint ep = endpoint(f, PROTO_IMAP, SEC_TLS, f->good.imaps);
	text_copy(ep.ca_file, sizeof ep.ca_file, "/nonexistent/ca.pem");
	refused(f, &ep, ERR_INPUT, "Cannot read the CA file /nonexistent/ca.pem: ");
	text_copy(ep.ca_file, sizeof ep.ca_file, "/dev/null");
	refused(f, &ep, ERR_INPUT, "holds no certificate");
}

static void pin_decides(void **state) {
	struct fixture *f = *state;
	struct endpoint ep = endpoint(f, PROTO_IMAP, SEC_TLS, f->good.imaps);
	char path[200];
	snprintf(path, sizeof path, "%s/good.pin", f->good.certs);
	FILE *pin = fopen(path, "r");
	assert_non_null(pin);
	assert_int_equal(fread(ep.pin, 1, PIN_HEX, pin), PIN_HEX);
	fclose(pin);
	test_cert_path(ep.ca_file, sizeof ep.ca_file, &f->good, "other-ca");
	channel_close(opened(f, &ep)); /* the pin stands in for the CA */
	ep.security = SEC_STARTTLS;
	ep.port = f->good.imap;
	channel_close(opened(f, &ep));
	ep.pin[0] = ep.pin[0] == '0' ? '1' : '0';
	refused(f, &ep, ERR_TLS, "the server's key is not the pinned one");
	ep.insecure = true; /* and is not overruled */
	refused(f, &ep, ERR_TLS, "the server's key is not the pinned one");
	text_copy(ep.pin, sizeof ep.pin, "abc");
	refused(f, &ep, ERR_INPUT, "64 hexadecimal digits");
}

static void end_of_connection_is_reported(void **state) {
	struct fixture *f = *state;
	const uint16_t ports[] = { f->good.imaps, f->good.imap };
	for (int i = 0; i < 2; i++) {
		struct endpoint ep = endpoint(f, PROTO_IMAP, i ? SEC_NONE : SEC_TLS, ports[i]);
		struct channel *c = opened(f, &ep);
		struct err e;
		err_clear(&e);
		say(c, "x LOGOUT\r\n");
		assert_true(hear(c, "x OK", &e));
		assert_false(hear(c, "never", &e));
		assert_int_equal(e.cat, ERR_NET);
		assert_non_null(strstr(e.text, "closed the connection"));
		channel_close(c);
	}
}

/* 40 MB that the server does not want to read at once: sends that block, in the middle of TLS records. */
static void large_sends_arrive_whole(void **state) {
	struct fixture *f = *state;
	enum { SIZE = 40 << 20 };
	struct endpoint ep = endpoint(f, PROTO_IMAP, SEC_TLS, f->good.imaps);
	struct channel *c = opened(f, &ep);
	struct err e;
	char command[64], *body = malloc(SIZE);
	assert_non_null(body);
	for (size_t i = 0; i < SIZE; i++)
		body[i] = i % 64 == 62 ? '\r' : i % 64 == 63 ? '\n' : (char)('a' + (i / 64 + i) % 26);
	say(c, "a LOGIN big pass\r\n");
	assert_true(hear(c, "a OK", &e));
	snprintf(command, sizeof command, "b APPEND INBOX {%d+}\r\n", SIZE);
	say(c, command);
	say_bytes(c, body, SIZE);
	say(c, "\r\nc SELECT INBOX\r\n");
	assert_true(hear(c, "c OK", &e));
	say(c, "d FETCH 1 BODY.PEEK[]\r\n");
	size_t got = 0, at = 0;
	char chunk[30000];
	while (at < SIZE) {
		ssize_t n = channel_recv(c, chunk, sizeof chunk, &e);
		assert_true(n >= 0);
		const char *p = chunk, *end = chunk + n;
		if (!got && n)
			p = (const char *)memchr(chunk, '\n', (size_t)n) + 1;
		got += (size_t)n;
		for (; p < end && at < SIZE; p++, at++)
			if (*p != body[at])
				fail_msg("byte %zu differs", at);
		if (n == 0)
			assert_true(channel_wait(c, true, false, 0, NULL, &e));
	}
	free(body);
	channel_close(c);
}

static void hundred_channels_share_one_store(void **state) {
	struct fixture *f = *state;
	struct endpoint ep = endpoint(f, PROTO_IMAP, SEC_TLS, f->good.imaps);
	char copy[256], command[600];
	snprintf(copy, sizeof copy, "%s/short-lived-ca.pem", f->good.dir);
	snprintf(command, sizeof command, "cp %s %s", f->good.ca, copy);
	assert_int_equal(system(command), 0);
	text_copy(ep.ca_file, sizeof ep.ca_file, copy);
	struct channel *all[100];
	for (int i = 0; i < 100; i++) {
		all[i] = opened(f, &ep);
		assert_ptr_equal(all[i]->store, all[0]->store);
		/* The certificate is verified from here on with a file that is no longer there. */
		if (i == 0)
			assert_int_equal(unlink(copy), 0);
	}
	/* libcurl added nothing of its own: one certificate, the test CA. */
	assert_int_equal(sk_X509_OBJECT_num(X509_STORE_get0_objects(all[0]->store)), 1);
	for (int i = 0; i < 100; i++)
		channel_close(all[i]);
}

/* The positive half of wrong_ca_is_refused: without a CA file the system's certificates decide. */
static void the_system_store_is_used(void **state) {
	struct fixture *f = *state;
	struct err e;
	struct endpoint ep = endpoint(f, PROTO_IMAP, SEC_TLS, f->good.imaps);
	struct net *net = net_new(NULL, &e);
	assert_non_null(net);
	setenv("SSL_CERT_FILE", ep.ca_file, 1); /* OpenSSL's own way to move the system's store */
	ep.ca_file[0] = '\0';
	struct channel *c = channel_open(net, &ep, NULL, NULL, &e);
	unsetenv("SSL_CERT_FILE");
	if (!c)
		fail_msg("%s", e.text);
	channel_close(c);
	net_free(net);
}

struct opener {
	struct net *net;
	struct endpoint ep;
	struct err e;
	bool ok;
};

static void *open_twenty(void *arg) {
	struct opener *o = arg;
	o->ok = true;
	for (int i = 0; i < 20 && o->ok; i++) {
		struct channel *c = channel_open(o->net, &o->ep, NULL, NULL, &o->e);
		o->ok = c != NULL;
		channel_close(c);
	}
	return NULL;
}

static void threads_open_at_once(void **state) {
	struct fixture *f = *state;
	struct err e;
	struct net *net = net_new(NULL, &e); /* whose store is not loaded yet */
	struct opener openers[8];
	pthread_t threads[8];
	assert_non_null(net);
	for (int i = 0; i < 8; i++) {
		openers[i] = (struct opener){ .net = net, .ep = endpoint(f, PROTO_IMAP, SEC_TLS, f->good.imaps) };
		assert_int_equal(pthread_create(&threads[i], NULL, open_twenty, &openers[i]), 0);
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(threads[i], NULL);
		if (!openers[i].ok)
			fail_msg("%s", openers[i].e.text);
	}
	net_free(net);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(imaps),
		cmocka_unit_test(imap_starttls),
		cmocka_unit_test(imap_clear),
		cmocka_unit_test(pop3s),
		cmocka_unit_test(pop3_stls),
		cmocka_unit_test(pop3_clear),
		cmocka_unit_test(legacy_still_checks_the_certificate),
		cmocka_unit_test(wrong_ca_is_refused),
		cmocka_unit_test(self_signed_is_refused),
		cmocka_unit_test(expired_is_refused),
		cmocka_unit_test(wrong_host_is_refused),
		cmocka_unit_test(missing_ca_file_is_named),
		cmocka_unit_test(pin_decides),
		cmocka_unit_test(end_of_connection_is_reported),
		cmocka_unit_test(large_sends_arrive_whole),
		cmocka_unit_test(hundred_channels_share_one_store),
		cmocka_unit_test(the_system_store_is_used),
		cmocka_unit_test(threads_open_at_once),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
