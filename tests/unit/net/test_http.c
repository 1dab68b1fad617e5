/* SPDX-License-Identifier: MIT
 *
 * test_http.c - requests until their final answer: renewed tokens, waits, lost connections.
 */
#include "tests/unit/net/http_fixture.h"

#include <pthread.h>

/* ---- what is sent and what comes back ---- */

static void test_request_and_answer(void **state) {
	(void)state;
	static const struct http_answer answers[] = { H_ANSWER("201 Created", "Request-Id: abc\r\nX-Warnings: none\r\n",
							       "{\"b\":2}", "7"),
						      OK,
						      { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	char value[64];
	begin(f, answers);
	struct http_request *q = POST(true);
	q->headers = (const char *[]){ "X-AnchorMailbox: UPN:a@b", NULL };
	assert_true(sent(f, q, "/v1.0/users?$top=1"));
	assert_int_equal(f->r.status, 201);
	assert_string_equal(f->r.body.data, "{\"b\":2}");
	assert_string_equal(f->r.request_id, "abc");
	assert_true(http_header(&f->r, "x-warnings", value, sizeof value));
	assert_string_equal(value, "none");
	assert_false(http_header(&f->r, "x-warn", value, sizeof value));
	assert_true(sent(f, GET, "/two"));
	expect_count(f, 2);
	expect_request(f, 0, "POST /v1.0/users?$top=1 HTTP/1.1\r\n");
	expect_request(f, 0, "\r\nAuthorization: Bearer first-token\r\n");
	expect_request(f, 0, "\r\nX-AnchorMailbox: UPN:a@b\r\n");
	expect_request(f, 0, "\r\nContent-Type: application/json\r\n");
	expect_request(f, 0, "\r\n\r\n{\"a\":1}");
	expect_no(f, 0, "Expect:");
	expect_no(f, 1, "Content-Type");
	assert_int_equal(http_script_connections(f->server), 1); /* kept alive */
	end(f);
}

static void test_addresses_that_are_refused(void **state) {
	(void)state;
	static const char *const urls[] = { "http://mail.example.com/",
					    "http://127.0.0.1.example.com/",
					    "http://127.0.0.1@example.com",
					    "https://user@example.com/",
					    "ftp://127.0.0.1/",
					    "nonsense",
					    "file:///etc/passwd",
					    "" };
	static const struct http_answer none[] = { { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, none);
	for (unsigned i = 0; i < sizeof urls / sizeof *urls; i++) {
		struct http_request q = { .method = "GET", .url = urls[i] };
		expect_error(f, http_send(f->http, &q, &f->r, &f->e), ERR_INPUT, i < 2 ? "https" : "");
	}
	end(f);
}

static void test_encodings(void **state) {
	(void)state;
	struct buf b;
	buf_init(&b, 100);
	assert_true(http_escape(&b, "a b/c'ü~"));
	assert_string_equal(b.data, "a%20b%2Fc%27%C3%BC~");
	buf_reset(&b);
	assert_true(http_form_add(&b, "client_secret", "s3cret~with.+=signs", 19));
	assert_true(http_form_add(&b, "x", "\0", 1));
	assert_string_equal(b.data, "client_secret=s3cret~with.%2B%3Dsigns&x=%00");
	buf_free(&b);
	buf_init(&b, 5);
	assert_false(http_escape(&b, "////"));
	buf_free(&b);
}

/* ---- tokens ---- */

static void test_token_is_renewed_once(void **state) {
	(void)state;
	static const struct http_answer answers[] = { H_EMPTY("401 Unauthorized", ""),
						      OK,
						      H_EMPTY("401 Unauthorized", ""),
						      H_EMPTY("401 Unauthorized", ""),
						      { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	assert_true(sent(f, POST(false), "/"));
	assert_int_equal(f->r.status, 200);
	assert_int_equal(f->tokens, 2);
	assert_true(sent(f, GET, "/"));
	assert_int_equal(f->r.status, 401);
	expect_count(f, 4);
	expect_request(f, 0, "Bearer first-token\r\n");
	expect_request(f, 1, "Bearer second-token\r\n");
	expect_request(f, 1, "{\"a\":1}");
	end(f);
}

static bool hostile_token(void *arg, bool renew, struct secret *out, struct err *e) {
	(void)arg, (void)renew, (void)e;
	return secret_set(out, "x\r\nX-Evil: 1", 12);
}

static void test_token_with_a_line_end(void **state) {
	(void)state;
	static const struct http_answer answers[] = { OK, { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	struct http_request *q = GET;
	q->token = hostile_token;
	expect_error(f, sent(f, q, "/"), ERR_INPUT, "line end");
	expect_count(f, 0);
	end(f);
}

/* ---- waits ---- */

static void test_retry_after_seconds(void **state) {
	(void)state;
	static const struct http_answer answers[] = { H_EMPTY("429 Too Many Requests", "Retry-After: 1\r\n"),
						      OK,
						      { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	mono_ms_t start = mono_ms();
	assert_true(sent(f, POST(false), "/"));
	assert_in_range(mono_ms() - start, 950, 8000);
	assert_int_equal(f->r.attempts, 2);
	assert_true(f->waits > 0);
	assert_string_equal(f->last_wait, "127.0.0.1 asks to wait");
	end(f);
}

/* Measured from the server's own clock, which is an hour behind here. */
static void test_retry_after_date(void **state) {
	(void)state;
	static const struct http_answer answers[] = {
		H_EMPTY("503 Service Unavailable", "Date: Mon, 23 Nov 2026 01:00:00 GMT\r\n"
						   "Retry-After: Mon, 23 Nov 2026 01:00:01 GMT\r\n"),
		OK,
		H_EMPTY("503 Service Unavailable", "Date: Mon, 23 Nov 2026 01:00:00 GMT\r\n"
						   "Retry-After: Mon, 23 Nov 2026 01:30:00 GMT\r\n"),
		{ H_END, 0, 0 }
	};
	struct fixture fx, *f = &fx;
	begin(f, answers);
	mono_ms_t start = mono_ms();
	assert_true(sent(f, GET, "/"));
	assert_in_range(mono_ms() - start, 950, 8000);
	expect_error(f, sent(f, GET, "/"), ERR_THROTTLED, "30 minutes");
	assert_int_equal(f->e.wait_ms, 30 * 60 * 1000);
	assert_true(f->e.wait_named);
	/* The same host is not asked again before that. */
	expect_error(f, sent(f, GET, "/"), ERR_THROTTLED, "30 minutes");
	expect_count(f, 3);
	end(f);
}

static void test_overload_without_a_time(void **state) {
	(void)state;
	static const struct http_answer answers[] = { H_EMPTY("503 Service Unavailable", ""),
						      H_EMPTY("502 Bad Gateway", ""),
						      H_EMPTY("408 Timeout", ""),
						      H_EMPTY("504 Gateway Timeout", ""),
						      H_EMPTY("429 Too Many", ""),
						      H_EMPTY("503 Again", ""),
						      { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	expect_error(f, sent(f, POST(true), "/"), ERR_THROTTLED, "answered 503 6 times");
	expect_count(f, HTTP_ATTEMPTS);
	assert_string_equal(f->last_wait, "127.0.0.1 answered 429");
	end(f);
}

/* Somebody behind the gateway may have done it. */
static void test_gateway_loses_what_must_not_be_repeated(void **state) {
	(void)state;
	static const struct http_answer answers[] = { H_EMPTY("504 Gateway Timeout", ""), OK, { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	expect_error(f, sent(f, POST(false), "/"), ERR_NET, "not known whether");
	assert_true(f->r.uncertain);
	expect_count(f, 1);
	end(f);
}

/* With a Retry-After the server has not begun; without one nobody knows. */
static void test_unavailable_and_not_to_be_repeated(void **state) {
	(void)state;
	static const struct http_answer answers[] = { H_EMPTY("503 Service Unavailable", "Retry-After: 1\r\n"),
						      OK,
						      H_EMPTY("503 Service Unavailable", ""),
						      OK,
						      { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	assert_true(sent(f, POST(false), "/"));
	assert_false(f->r.uncertain);
	expect_error(f, sent(f, POST(false), "/"), ERR_NET, "not known whether");
	assert_true(f->r.uncertain);
	expect_count(f, 3);
	end(f);
}

/* One of its attempts may have been carried out, whatever the last one has met. */
static void test_repeated_in_vain(void **state) {
	(void)state;
	static const struct http_answer answers[] = { { H_RESET, "", 0 },
						      H_EMPTY("429 Too Many", "Retry-After: 7200\r\n"),
						      { H_END, 0, 0 } };
	static const struct http_answer busy[] = { H_EMPTY("429 Too Many", "Retry-After: 7200\r\n"), { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	expect_error(f, sent(f, POST(true), "/"), ERR_THROTTLED, "120 minutes");
	assert_true(f->r.uncertain);
	end(f);
	begin(f, busy);
	expect_error(f, sent(f, POST(true), "/"), ERR_THROTTLED, "120 minutes");
	assert_false(f->r.uncertain);
	end(f);
}

static void test_no_more_patience(void **state) {
	(void)state;
	static const struct http_answer answers[] = { H_EMPTY("429 Too Many", "Retry-After: 60\r\n"),
						      OK,
						      { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	f->impatient = true;
	mono_ms_t start = mono_ms();
	expect_error(f, sent(f, POST(false), "/"), ERR_CANCELLED, "Stopped while waiting");
	assert_in_range(mono_ms() - start, 0, 5000);
	assert_false(f->r.uncertain);
	expect_count(f, 1);
	end(f);
}

static void *stop_soon(void *arg) {
	struct fixture *f = arg;
	usleep(300 * 1000);
	stop_request(&f->stop, 1);
	return NULL;
}

static void stopped_within_a_second(struct http_request *q, struct fixture *f, bool uncertain) {
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, stop_soon, f), 0);
	mono_ms_t start = mono_ms();
	expect_error(f, sent(f, q, "/"), ERR_CANCELLED, "Stopped");
	assert_in_range(mono_ms() - start, 250, 1300);
	assert_int_equal(f->r.uncertain, uncertain);
	pthread_join(thread, NULL);
}

static void test_stop_while_waiting(void **state) {
	(void)state;
	static const struct http_answer answers[] = { H_EMPTY("429 Too Many", "Retry-After: 60\r\n"), { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	stopped_within_a_second(POST(false), f, false);
	end(f);
}

static void test_stop_while_asking(void **state) {
	(void)state;
	static const struct http_answer answers[] = { { H_STALL, "", 0 }, { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	stopped_within_a_second(POST(false), f, true);
	end(f);
}

/* ---- lost connections ---- */

static void test_lost_before_the_answer(void **state) {
	(void)state;
	static const struct http_answer answers[] = { { H_RESET, "", 0 }, { H_CLOSE, "", 0 }, OK, { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	assert_true(sent(f, POST(true), "/"));
	expect_count(f, 3);
	end(f);
}

static void test_lost_and_not_to_be_repeated(void **state) {
	(void)state;
	static const struct http_answer answers[] = { { H_RESET, "", 0 }, OK, { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	expect_error(f, sent(f, POST(false), "/"), ERR_NET, "not known whether");
	assert_true(f->r.uncertain);
	expect_count(f, 1);
	end(f);
}

/* libcurl itself repeats a request when a connection that it kept breaks before the first byte of an answer. */
static void test_kept_connection_breaks(void **state) {
	(void)state;
	static const struct http_answer answers[] = { OK, { H_RESET, "", 0 }, OK, { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, answers);
	assert_true(sent(f, GET, "/"));
	expect_error(f, sent(f, POST(false), "/"), ERR_NET, "not known whether");
	expect_count(f, 2);
	end(f);
}

static void test_lost_in_the_middle_of_the_answer(void **state) {
	(void)state;
	static const struct http_answer answers[] = {
		{ H_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", 0 },
		OK,
		{ H_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", 0 },
		{ H_END, 0, 0 }
	};
	struct fixture fx, *f = &fx;
	begin(f, answers);
	assert_true(sent(f, GET, "/"));
	assert_string_equal(f->r.body.data, "{}");
	expect_error(f, sent(f, POST(false), "/"), ERR_NET, "not known whether");
	end(f);
}

static void test_nobody_there(void **state) {
	(void)state;
	static const struct http_answer none[] = { { H_END, 0, 0 } };
	struct fixture fx, *f = &fx;
	begin(f, none);
	http_script_finish(f->server);
	expect_error(f, sent(f, POST(false), "/"), ERR_NET, "refused");
	assert_false(f->r.uncertain);
	assert_true(f->waits > 0); /* tried again: nothing was sent */
	end(f);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_and_answer),
		cmocka_unit_test(test_addresses_that_are_refused),
		cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_token_is_renewed_once),
		cmocka_unit_test(test_token_with_a_line_end),
		cmocka_unit_test(test_retry_after_seconds),
		cmocka_unit_test(test_retry_after_date),
		cmocka_unit_test(test_overload_without_a_time),
		cmocka_unit_test(test_gateway_loses_what_must_not_be_repeated),
		cmocka_unit_test(test_unavailable_and_not_to_be_repeated),
		cmocka_unit_test(test_repeated_in_vain),
		cmocka_unit_test(test_no_more_patience),
		cmocka_unit_test(test_stop_while_waiting),
		cmocka_unit_test(test_stop_while_asking),
		cmocka_unit_test(test_lost_before_the_answer),
		cmocka_unit_test(test_lost_and_not_to_be_repeated),
		cmocka_unit_test(test_kept_connection_breaks),
		cmocka_unit_test(test_lost_in_the_middle_of_the_answer),
		cmocka_unit_test(test_nobody_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
