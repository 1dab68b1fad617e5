/* SPDX-License-Identifier: MIT
 *
 * test_http_answers.c - answers that are too large, endless, not what they say, or from elsewhere.
 */
#include "tests/unit/net/http_fixture.h"

#include "tests/servers/script_server_lib.h"

/* ---- sizes and shapes ---- */

static void test_body_too_large(void **state) {
	(void)state;
	static const struct http_answer answers[] = { { H_FILL, "HTTP/1.1 200 OK\r\n\r\n|0123456789", 200 },
						      OK,
						      { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	struct http_request *q = GET;
	q->max_body = 1000;
	expect_error(f, sent(f, q, "/"), ERR_SERVER_BUG, "larger than 1000 bytes");
	assert_true(sent(f, q, "/"));
	end(f);
}

/* 32 MiB and a little of zeros in 32 KiB of gzip. */
static void test_body_too_large_once_decompressed(void **state) {
	(void)state;
	static char head[] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n";
	size_t n = 0;
	char *bomb = calloc(1, 256 * 1024);
	FILE *gzip = popen("head -c 34000000 /dev/zero | gzip -9", "r");
	assert_non_null(gzip);
	n = fread(bomb, 1, 256 * 1024, gzip);
	assert_int_equal(pclose(gzip), 0);
	assert_in_range(n, 1000, 200 * 1024);
	struct script_step steps[] = { S_EXPECT("^GET / "), S_BYTES(head, sizeof head - 1), S_BYTES(bomb, n), S_HANGUP,
				       S_END };
	struct script_server *server = script_start(steps, NULL);
	static const struct http_answer none[] = { { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	char url[64];
	begin(f, none);
	snprintf(url, sizeof url, "http://127.0.0.1:%u/", script_port(server));
	struct http_request q = { .method = "GET", .url = url };
	expect_error(f, http_send(f->http, &q, &f->r, &f->e), ERR_SERVER_BUG, "larger than 33554432 bytes");
	script_abort(server);
	end(f);
	free(bomb);
}

static void test_endless_header(void **state) {
	(void)state;
	static const struct http_answer answers[] = {
		{ H_FILL, "HTTP/1.1 200 OK\r\n|X-More: 0123456789012345678901234567890123456789\r\n", 40000 },
		H_EMPTY("200 OK", "X-One: 1\r\nX-One: 2\r\n: x\r\nnocolon\r\n"),
		{ H_END, 0, 0 }
	};
	struct fixture fx, *f = &fx;
	char value[8];
	begin(f, answers);
	bool ok = sent(f, GET, "/");
	assert_false(ok);
	assert_true(f->e.cat == ERR_SERVER_BUG || f->e.cat == ERR_NET); /* libcurl has a bound of its own */
	if (sent(f, GET, "/"))
		assert_true(http_header(&f->r, "x-one", value, sizeof value));
	end(f);
}

static void test_endless_header_line(void **state) {
	(void)state;
	static const struct http_answer answers[] = { { H_FILL, "HTTP/1.1 200 OK\r\nX-Long: |0123456789", 40000 },
						      { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	expect_error(f, sent(f, POST(false), "/"), ERR_NET, "not known whether");
	assert_non_null(strstr(f->e.text, "header"));
	assert_null(f->r.body.data);
	end(f);
}

static void test_refusal_of_nuls_that_says_gzip(void **state) {
	(void)state;
	static const struct http_answer answers[] = {
		{ H_KEEP,
		  "HTTP/1.1 403 Forbidden\r\nContent-Encoding: gzip\r\nrequest-id: r1\r\nContent-Length: 100\r\n\r\n",
		  100 },
		{ H_KEEP, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 100\r\n\r\n", 100 },
		{ H_KEEP, "HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\n", 100 },
		{ H_END, 0, 0 }
	};
	struct fixture fx, *f = &fx;
	begin(f, answers);
	assert_true(sent(f, POST(false), "/"));
	assert_int_equal(f->r.status, 403);
	assert_int_equal(f->r.body.len, 0);
	assert_string_equal(f->r.body.data, "");
	assert_string_equal(f->r.request_id, "r1");
	expect_error(f, sent(f, GET, "/"), ERR_SERVER_BUG, "decompress");
	assert_true(sent(f, POST(false), "/"));
	assert_int_equal(f->r.status, 403);
	assert_int_equal(f->r.body.len, 100);
	end(f);
}

static void test_not_http(void **state) {
	(void)state;
	static const struct http_answer answers[] = { { H_CLOSE, "* OK this is IMAP\r\n", 0 }, { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	expect_error(f, sent(f, GET, "/"), ERR_SERVER_BUG, "does not speak HTTP");
	end(f);
}

/* ---- redirects ---- */

static void test_redirects(void **state) {
	(void)state;
	static const struct http_answer answers[] = { H_EMPTY("302 Found", "Location: /other?x=1\r\n"),
						      OK, /* POST, the same body */
						      H_EMPTY("302 Found",
							      "Location: http://127.0.0.1:{port}/report\r\n"),
						      OK, /* GET */
						      H_EMPTY("303 See Other", "Location: /result\r\n"),
						      OK,
						      { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	assert_true(sent(f, POST(true), "/first"));
	assert_int_equal(f->r.status, 200);
	assert_true(sent(f, GET, "/reports"));
	assert_true(sent(f, POST(true), "/job"));
	expect_count(f, 6);
	expect_request(f, 1, "POST /other?x=1 HTTP/1.1");
	expect_request(f, 1, "{\"a\":1}");
	expect_request(f, 1, "Authorization: Bearer");
	expect_request(f, 3, "GET /report HTTP/1.1");
	expect_no(f, 3, "Authorization");
	expect_request(f, 5, "GET /result HTTP/1.1");
	expect_no(f, 5, "{\"a\":1}");
	end(f);
}

static void test_token_stays_with_its_host(void **state) {
	(void)state;
	static const struct http_answer other[] = { OK, { H_END, 0, 0 } };
	struct http_script *elsewhere = http_script_start(other);
	char text[128];
	snprintf(text, sizeof text, "HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:%u/\r\nContent-Length: 0\r\n\r\n",
		 http_script_port(elsewhere));
	struct http_answer answers[] = { { H_KEEP, text, 0 }, { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	/* Another port is another host, and http leads nowhere but back. */
	expect_error(f, sent(f, POST(true), "/"), ERR_SERVER_BUG, "not https");
	http_script_finish(elsewhere);
	assert_int_equal(http_script_count(elsewhere), 0);
	http_script_free(elsewhere);
	end(f);
}

static void test_redirects_that_are_refused(void **state) {
	(void)state;
	static const struct http_answer answers[] = { H_EMPTY("302 Found", "Location: http://example.com/\r\n"),
						      H_EMPTY("302 Found", "Location: file:///etc/passwd\r\n"),
						      H_EMPTY("302 Found", ""),
						      H_EMPTY("302 Found", "Location: /final\r\n"),
						      { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	expect_error(f, sent(f, GET, "/"), ERR_SERVER_BUG, "not https");
	expect_error(f, sent(f, GET, "/"), ERR_SERVER_BUG, "not https");
	expect_error(f, sent(f, GET, "/"), ERR_SERVER_BUG, "nowhere");
	struct http_request *q = GET;
	q->redirects = false;
	assert_true(sent(f, q, "/"));
	assert_int_equal(f->r.status, 302);
	end(f);
}

static void test_redirect_loop(void **state) {
	(void)state;
	static struct http_answer answers[14];
	for (unsigned i = 0; i < 13; i++)
		answers[i] = (struct http_answer)H_EMPTY("302 Found", "Location: /again\r\n");
	struct fixture fx, *f = &fx;
	begin(f, answers);
	expect_error(f, sent(f, GET, "/"), ERR_SERVER_BUG, "more than 10");
	expect_count(f, 11);
	end(f);
}

/* ---- proxies and TLS ---- */

/* The proxy resolves the name; it sees neither token nor path. */
static void test_proxy_that_refuses(void **state) {
	(void)state;
	static const struct http_answer answers[] = { H_EMPTY("407 Proxy Authentication Required", ""),
						      { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	char proxy[64];
	begin(f, answers);
	snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", http_script_port(f->server));
	struct http *through = http_new(f->net, &(struct http_options){ .proxy = proxy, .backoff_ms = 10 }, &f->e);
	struct http_request *q = POST(false);
	q->url = "https://graph.example.invalid/v1.0/users";
	expect_error(f, http_send(through, q, &f->r, &f->e), ERR_NET, "the proxy refuses: it answered 407");
	assert_false(f->r.uncertain);
	expect_count(f, 1);
	expect_request(f, 0, "CONNECT graph.example.invalid:443 HTTP/1.1");
	expect_no(f, 0, "Authorization");
	expect_no(f, 0, "users");
	http_free(through);
	end(f);
}

static void test_handshake_breaks(void **state) {
	(void)state;
	static const struct script_step steps[] = { S_READ(8), S_RESET,	  S_ACCEPT, S_READ(8), S_CLOSE,
						    S_ACCEPT,  S_READ(8), S_RESET,  S_END };
	struct script_server *server = script_start(steps, NULL);
	static const struct http_answer none[] = { { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	char url[64];
	begin(f, none);
	snprintf(url, sizeof url, "https://127.0.0.1:%u/", script_port(server));
	struct http_request *q = POST(false);
	q->url = url;
	expect_error(f, http_send(f->http, q, &f->r, &f->e), ERR_NET, "");
	assert_false(f->r.uncertain);
	assert_int_equal(f->r.attempts, 3);
	script_abort(server);
	end(f);
}

/* Certificates of certs.sh, made once. */
static char certs[] = "/tmp/mailvan-http-XXXXXX";

static int make_certificates(void **state) {
	const char *root = getenv("MAILVAN_ROOT");
	char command[256];
	(void)state;
	if (!mkdtemp(certs))
		return -1;
	snprintf(command, sizeof command, "%s/tests/servers/certs.sh %s", root ? root : ".", certs);
	return system(command);
}

static int remove_certificates(void **state) {
	char command[64];
	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", certs);
	return system(command);
}

static struct script_server *tls_start(const struct script_step *steps, struct script_tls *tls, const char *name) {
	static char files[2][2][96]; /* cert and key of two servers */
	static unsigned which;
	char(*f)[96] = files[which++ % 2];
	snprintf(f[0], sizeof f[0], "%s/%s.pem", certs, name);
	snprintf(f[1], sizeof f[1], "%s/%s.key", certs, name);
	*tls = (struct script_tls){ .cert = f[0], .key = f[1] };
	return script_start(steps, tls);
}

static struct http *tls_client(struct fixture *f, const char *ca) {
	static char path[96];
	snprintf(path, sizeof path, "%s/%s", certs, ca);
	struct http_options o = { .ca_file = *ca ? path : "", .ca_remedy = "give it its CA", .backoff_ms = 10 };
	struct http *h = http_new(f->net, &o, &f->e);
	assert_non_null(h);
	return h;
}

static void test_certificates_are_checked(void **state) {
	(void)state;
	static const struct {
		const char *server, *ca, *says;
	} cases[] = { { "good", "", "certificate is not trusted" },
		      { "good", "other-ca.pem", "; give it its CA" },
		      { "self-signed", "ca.pem", "certificate is not trusted" },
		      { "expired", "ca.pem", "certificate is not trusted" },
		      { "wrong-host", "ca.pem", "for another host name" } };
	static const struct script_step steps[] = { S_TLS, S_END };
	static const struct http_answer none[] = { { H_END, 0, 0 } };
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture fx, *f = &fx;
		struct script_tls tls;
		char url[64];
		struct script_server *server = tls_start(steps, &tls, cases[i].server);
		begin(f, none);
		struct http *h = tls_client(f, cases[i].ca);
		snprintf(url, sizeof url, "https://127.0.0.1:%u/", script_port(server));
		struct http_request q = { .method = "GET", .url = url };
		expect_error(f, http_send(h, &q, &f->r, &f->e), ERR_TLS, cases[i].says);
		http_free(h);
		script_abort(server);
		end(f);
	}
}

#define HEAD S_EXPECT("^POST / HTTP/1.1$"), S_EXPECT("^Host: "), S_EXPECT("^User-Agent: mailvan"), S_EXPECT("^Accept-E")
#define LENGTH S_EXPECT("^Content-Length: 7$"), S_EXPECT("^$"), S_READ(7)

/* The body goes on, the token does not: each line of what the other server gets is expected. */
static void test_token_is_not_redirected(void **state) {
	(void)state;
	static const struct script_step second_steps[] = {
		S_TLS,
		HEAD,
		S_EXPECT("^Accept: application/json$"),
		S_EXPECT("^Content-Type: application/json$"),
		LENGTH,
		S_SEND("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"),
		S_HANGUP,
		S_END
	};
	static const struct http_answer none[] = { { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	struct script_tls tls[2];
	char url[64], moved[160];
	begin(f, none);
	struct script_server *second = tls_start(second_steps, &tls[0], "good");
	snprintf(moved, sizeof moved,
		 "HTTP/1.1 307 Moved\r\nLocation: https://127.0.0.1:%u/\r\nContent-Length: 0\r\n\r\n",
		 script_port(second));
	const struct script_step first_steps[] = { S_TLS,
						   HEAD,
						   S_EXPECT("^Accept: application/json$"),
						   S_EXPECT("^Content-Type: application/json$"),
						   S_EXPECT("^Authorization: Bearer first-token$"),
						   LENGTH,
						   S_SEND(moved),
						   S_HANGUP,
						   S_END };
	struct script_server *first = tls_start(first_steps, &tls[1], "good");
	struct http *h = tls_client(f, "ca.pem");
	struct http_request *q = POST(false);
	snprintf(url, sizeof url, "https://127.0.0.1:%u/", script_port(first));
	q->url = url;
	if (!http_send(h, q, &f->r, &f->e))
		fail_msg("%s", f->e.text);
	assert_int_equal(f->r.status, 401);
	assert_int_equal(f->tokens, 1); /* and a refusal there is no reason for another */
	http_free(h);
	assert_string_equal(script_finish(first), "");
	assert_string_equal(script_finish(second), "");
	end(f);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_body_too_large),
		cmocka_unit_test(test_body_too_large_once_decompressed),
		cmocka_unit_test(test_endless_header),
		cmocka_unit_test(test_endless_header_line),
		cmocka_unit_test(test_refusal_of_nuls_that_says_gzip),
		cmocka_unit_test(test_not_http),
		cmocka_unit_test(test_redirects),
		cmocka_unit_test(test_token_stays_with_its_host),
		cmocka_unit_test(test_redirects_that_are_refused),
		cmocka_unit_test(test_redirect_loop),
		cmocka_unit_test(test_proxy_that_refuses),
		cmocka_unit_test(test_handshake_breaks),
		cmocka_unit_test(test_certificates_are_checked),
		cmocka_unit_test(test_token_is_not_redirected),
	};
	return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
