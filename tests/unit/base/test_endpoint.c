/* SPDX-License-Identifier: MIT
 *
 * test_endpoint.c - what operators write for a server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/text.h"
#include "core/model/endpoint.h"

static const struct {
	const char *text, *host;
	enum proto proto;
	enum security security;
	unsigned port;
} servers[] = {
	/* Before each of them: POP3, no TLS, port 7 - what the text does not say stays. */
	{ "mail.example.com", "mail.example.com", PROTO_POP3, SEC_NONE, 7 },
	{ "mail.example.com:1143", "mail.example.com", PROTO_POP3, SEC_NONE, 1143 },
	{ "imaps://mail.example.com", "mail.example.com", PROTO_IMAP, SEC_TLS, 7 },
	{ "IMAPS://mail.example.com:993/", "mail.example.com", PROTO_IMAP, SEC_TLS, 993 },
	{ "imap://h", "h", PROTO_IMAP, SEC_STARTTLS, 7 },
	{ "pop3s://h:1", "h", PROTO_POP3, SEC_TLS, 1 },
	{ "pop3://192.0.2.1:65535", "192.0.2.1", PROTO_POP3, SEC_STARTTLS, 65535 },
	{ "[::1]:993", "::1", PROTO_POP3, SEC_NONE, 993 },
	{ "[2001:db8::1]", "2001:db8::1", PROTO_POP3, SEC_NONE, 7 },
	{ "2001:db8::1", "2001:db8::1", PROTO_POP3, SEC_NONE, 7 },
	{ "imaps://[2001:db8::1]:10993/", "2001:db8::1", PROTO_IMAP, SEC_TLS, 10993 },
	{ "b\xC3\xBC"
	  "cher.example",
	  "b\xC3\xBC"
	  "cher.example",
	  PROTO_POP3, SEC_NONE, 7 },
};

static struct endpoint before(void) {
	struct endpoint ep;
	endpoint_init(&ep);
	ep.proto = PROTO_POP3;
	ep.security = SEC_NONE;
	ep.port = 7;
	return ep;
}

static void servers_are_read(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
		struct endpoint ep = before();
		struct err e;
		if (!endpoint_parse_server(&ep, servers[i].text, &e))
			fail_msg("%s: %s", servers[i].text, e.text);
		assert_string_equal(ep.host, servers[i].host);
		assert_int_equal(ep.proto, servers[i].proto);
		assert_int_equal(ep.security, servers[i].security);
		assert_int_equal(ep.port, servers[i].port);
	}
}

static void wrong_servers_change_nothing(void **state) {
	static const char *const wrong[] = {
		"",
		"imaps://",
		"imaps://:993",
		":993",
		"host:",
		"host:0",
		"host:65536",
		"host:-1",
		"host:+1",
		"host: 993",
		"host:99999999999999999999",
		"host:993x",
		"host name",
		" host",
		"host ",
		"host\n",
		"http://host",
		"imaps:/host",
		"imaps://host/path",
		"user@host",
		"imaps://user:pass@host",
		"[::1",
		"[::1]993",
		"[::1]:",
		"[host]",
		"[]",
		"::1]:993",
		"1:2:3",
		"-host",
		".host",
		"host;evil",
		"ho\033[mst",
		"ho\xE2\x80\xAEst",
		"h\xFFst",
		"host/",
	};
	static char longest[400];
	(void)state;
	for (size_t i = 0; i <= sizeof wrong / sizeof *wrong; i++) {
		struct endpoint ep = before(), untouched = before();
		struct err e;
		memset(longest, 'a', sizeof longest - 1);
		const char *text = i < sizeof wrong / sizeof *wrong ? wrong[i] : longest;
		if (endpoint_parse_server(&ep, text, &e))
			fail_msg("accepted: %s as %s port %u", text, ep.host, ep.port);
		assert_int_equal(e.cat, ERR_INPUT);
		assert_null(strpbrk(e.text, "\033\n"));
		assert_memory_equal(&ep, &untouched, sizeof ep);
	}
}

static void the_longest_host_fits(void **state) {
	struct endpoint ep = before();
	struct err e;
	char text[HOST_MAX + 16];
	(void)state;
	memset(text, 'a', HOST_MAX - 1);
	memcpy(text + HOST_MAX - 1, ":99", 4);
	assert_true(endpoint_parse_server(&ep, text, &e));
	assert_int_equal(strlen(ep.host), HOST_MAX - 1);
	assert_int_equal(ep.port, 99);
	memset(text, 'a', HOST_MAX);
	memcpy(text + HOST_MAX, ":99", 4);
	assert_false(endpoint_parse_server(&ep, text, &e));
}

static void securities_are_read(void **state) {
	static const struct {
		const char *name;
		enum security security;
		bool insecure, weak;
	} rows[] = {
		{ "tls", SEC_TLS, false, false },    { "starttls", SEC_STARTTLS, false, false },
		{ "none", SEC_NONE, false, true },   { "tls-legacy", SEC_TLS_LEGACY, false, true },
		{ "insecure", SEC_TLS, true, true },
	};
	struct endpoint ep = before();
	struct err e;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(endpoint_parse_security(&ep, rows[i].name, &e));
		assert_int_equal(ep.security, rows[i].security);
		assert_int_equal(ep.insecure, rows[i].insecure);
		assert_int_equal(endpoint_is_weak(&ep), rows[i].weak);
		assert_string_equal(endpoint_security_name(&ep), rows[i].name);
	}
	assert_true(endpoint_parse_security(&ep, "StartTLS", &e));
	assert_false(endpoint_parse_security(&ep, "ssl", &e));
	assert_int_equal(e.cat, ERR_INPUT);
	assert_false(endpoint_parse_security(&ep, "", &e));
	assert_int_equal(ep.security, SEC_STARTTLS);
	ep.insecure = true;
	assert_string_equal(endpoint_security_name(&ep), "insecure");
	assert_true(endpoint_is_weak(&ep));
}

static void urls_name_the_port_and_no_login(void **state) {
	struct endpoint ep;
	char url[300];
	(void)state;
	endpoint_init(&ep);
	text_copy(ep.host, sizeof ep.host, "::1");
	text_copy(ep.login, sizeof ep.login, "anna");
	endpoint_url(url, sizeof url, &ep);
	assert_string_equal(url, "imaps://[::1]:993");
	ep.security = SEC_STARTTLS;
	endpoint_url(url, sizeof url, &ep);
	assert_string_equal(url, "imap://[::1]:143");
	ep.proto = PROTO_POP3;
	ep.security = SEC_TLS_LEGACY;
	text_copy(ep.host, sizeof ep.host, "h");
	endpoint_url(url, sizeof url, &ep);
	assert_string_equal(url, "pop3s://h:995");
	ep.security = SEC_NONE;
	endpoint_url(url, sizeof url, &ep);
	assert_string_equal(url, "pop3://h:110");
	assert_string_equal(proto_name(PROTO_IMAP), "imap");
}

static void clear_forgets_the_secrets(void **state) {
	struct endpoint ep = before();
	(void)state;
	assert_true(secret_set(&ep.password, "pass", 4) && secret_set(&ep.bearer, "token", 5));
	endpoint_clear(&ep);
	assert_false(secret_present(&ep.password) || secret_present(&ep.bearer));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(servers_are_read),
		cmocka_unit_test(wrong_servers_change_nothing),
		cmocka_unit_test(the_longest_host_fits),
		cmocka_unit_test(securities_are_read),
		cmocka_unit_test(urls_name_the_port_and_no_login),
		cmocka_unit_test(clear_forgets_the_secrets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
