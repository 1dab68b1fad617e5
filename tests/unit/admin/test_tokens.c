/* SPDX-License-Identifier: MIT
 *
 * test_tokens.c - tokens are kept, renewed before they end and after a refusal, fetched by one at a time, and nowhere
 * in clear.
 */
#include "tests/unit/store/fixture.h"

#include <pthread.h>
#include <sodium.h>

#include "core/admin/tokens.h"
#include "tests/servers/http_script_lib.h"

#define CLIENT "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
#define SECRET "s3cret~with.+=signs"
#define THREADS 6

struct place {
	char dir[64];
	struct store *s;
	struct log *log;
	struct net *net;
	struct http_script *server;
	struct http_answer *answers;
	struct tenant t;
	struct secret out;
	struct stop stop;
	struct err e;
	unsigned shown;
};

static struct http_answer answer(const char *status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static struct http_answer answer(const char *status, const char *fmt, ...) {
	char body[4096];
	struct buf b;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(body, sizeof body, fmt, ap);
	va_end(ap);
	buf_init(&b, 8192);
	buf_printf(&b, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", status, strlen(body), body);
	return (struct http_answer){ H_KEEP, b.data, 0 };
}

/* An access token that says something of itself. name tells it from others. */
static const char *jwt(char dst[1024], const char *name, const char *upn) {
	char claims[512];
	snprintf(claims, sizeof claims,
		 "{\"tid\":\"1111-2222\",\"upn\":\"%s\",\"app_displayname\":\"van\",\"roles\":[\"User."
		 "ReadWrite.All\"],\"jti\":\"%s\"}",
		 upn, name);
	snprintf(dst, 1024, "eyJhbGciOiJub25lIn0.");
	sodium_bin2base64(dst + strlen(dst), 1000, (const unsigned char *)claims, strlen(claims),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	size_t n = strlen(dst);
	snprintf(dst + n, 1024 - n, ".%s", name);
	return dst;
}

static void begin(struct place *p, enum tenant_sign_in how, const struct http_answer *answers, size_t n) {
	struct err e;
	char path[128];
	*p = (struct place){ 0 };
	dir_make(p->dir);
	p->answers = calloc(n + 1, sizeof *p->answers);
	memcpy(p->answers, answers, n * sizeof *answers);
	p->server = http_script_start(p->answers);
	p->s = open_store(p->dir, STORE_CREATE);
	snprintf(path, sizeof path, "%s/test.log", p->dir);
	p->log = log_open(path, LOG_DEBUG, &e);
	p->net = net_new(p->log, &e);
	assert_non_null(p->net);
	assert_true(stop_init(&p->stop, NULL));
	p->t = (struct tenant){ .sign_in = how };
	text_copy(p->t.name, sizeof p->t.name, "contoso.test");
	text_copy(p->t.client_id, sizeof p->t.client_id, CLIENT);
	snprintf(p->t.authority, sizeof p->t.authority, "http://127.0.0.1:%u", http_script_port(p->server));
}

static void save(struct place *p) {
	struct err e;
	struct secret secret = { 0 };
	assert_true(secret_set(&secret, SECRET, strlen(SECRET)));
	MUST(tenant_save(p->s, &p->t, p->t.sign_in == SIGN_IN_SECRET ? &secret : NULL, NULL, &e));
	secret_clear(&secret);
}

#define BEGIN(how, ...)                                                                                                \
	struct http_answer table[] = { __VA_ARGS__ };                                                                  \
	struct place place, *p = &place;                                                                               \
	begin(p, how, table, sizeof table / sizeof *table)

static void end(struct place *p) {
	http_script_free(p->server);
	for (struct http_answer *a = p->answers; a->then != H_END; a++)
		free((char *)(uintptr_t)a->text);
	free(p->answers);
	secret_clear(&p->out);
	stop_free(&p->stop);
	net_free(p->net);
	log_close(p->log);
	store_close(p->s);
	dir_remove(p->dir);
}

static bool obtain(struct place *p, enum token_resource r, const struct secret *not_this) {
	return token_obtain(p->s, p->net, p->t.id, r, not_this, &p->stop, &p->out, &p->e);
}

static void expect_asked(struct place *p, unsigned n) {
	assert_int_equal(http_script_count(p->server), n);
}

static void expect_sent(struct place *p, unsigned i, const char *needle) {
	if (!strstr(http_script_request(p->server, i), needle))
		fail_msg("request %u has no \"%s\":\n%s", i, needle, http_script_request(p->server, i));
}

static void expect_nowhere(struct place *p, const char *text) {
	char command[512];
	struct err e;
	MUST(store_flush(p->s, &e));
	snprintf(command, sizeof command, "grep -raqF contoso.test %s", p->dir);
	assert_int_equal(system(command), 0); /* what is in clear is found */
	snprintf(command, sizeof command, "grep -raqF -e '%s' %s", text, p->dir);
	if (system(command) == 0)
		fail_msg("\"%s\" stands in clear in the project", text);
}

static void expect_row(struct place *p, enum token_resource r, const char *who) {
	struct err e;
	struct token_row row;
	bool found;
	MUST(token_get(p->s, p->t.id, r, false, &row, &found, &e));
	assert_true(found);
	assert_string_equal(row.who, who);
	assert_string_equal(row.roles, "User.ReadWrite.All");
}

/* ---- keeping and renewing ---- */

static void test_kept_and_renewed(void **state) {
	(void)state;
	char a[1024], b[1024], c[1024];
	struct err e;
	jwt(a, "first", "");
	jwt(b, "second", "");
	jwt(c, "third", "");
	BEGIN(SIGN_IN_SECRET, answer("200 OK", "{\"access_token\":\"%s\",\"expires_in\":3599}", a),
	      answer("200 OK", "{\"access_token\":\"%s\",\"expires_in\":3599}", b),
	      answer("200 OK", "{\"access_token\":\"%s\",\"expires_in\":3599}", c));
	save(p);
	assert_true(obtain(p, TOKEN_GRAPH, NULL));
	assert_string_equal(p->out.data, a);
	assert_true(obtain(p, TOKEN_GRAPH, NULL));
	expect_asked(p, 1);
	expect_row(p, TOKEN_GRAPH, "van");
	MUST(tenant_get(p->s, p->t.id, &p->t, &e));
	assert_string_equal(p->t.guid, "1111-2222");
	assert_string_equal(p->t.who, "van");
	/* Refused by the service: another one. Refused, but somebody else has renewed it meanwhile: that one. */
	struct secret refused = { 0 };
	assert_true(secret_copy(&refused, &p->out));
	assert_true(obtain(p, TOKEN_GRAPH, &refused));
	assert_string_equal(p->out.data, b);
	assert_true(obtain(p, TOKEN_GRAPH, &refused));
	assert_string_equal(p->out.data, b);
	expect_asked(p, 2);
	/* Four minutes are left: not enough to begin anything with. */
	struct token_row row = { .access = refused, .obtained = wall_ms() - 3360000, .expires = wall_ms() + 240000 };
	MUST(token_put(p->s, p->t.id, TOKEN_GRAPH, &row, &e));
	assert_true(obtain(p, TOKEN_GRAPH, NULL));
	assert_string_equal(p->out.data, c);
	expect_sent(p, 0, "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&");
	expect_nowhere(p, a);
	expect_nowhere(p, c);
	expect_nowhere(p, SECRET);
	secret_clear(&refused);
	end(p);
}

static void test_short_lives(void **state) {
	(void)state;
	BEGIN(SIGN_IN_SECRET, answer("200 OK", "{\"access_token\":\"short\",\"expires_in\":60}"));
	save(p);
	assert_true(obtain(p, TOKEN_EXCHANGE, NULL));
	assert_true(obtain(p, TOKEN_EXCHANGE, NULL)); /* half a minute is left to it */
	expect_asked(p, 1);
	expect_sent(p, 0, "&scope=https%3A%2F%2Foutlook.office365.com%2F.default&");
	end(p);
}

static void test_national_cloud(void **state) {
	(void)state;
	BEGIN(SIGN_IN_SECRET, answer("200 OK", "{\"access_token\":\"x\"}"),
	      answer("200 OK", "{\"access_token\":\"y\"}"));
	text_copy(p->t.graph, sizeof p->t.graph, "https://graph.microsoft.us/v1.0");
	text_copy(p->t.exchange, sizeof p->t.exchange, "https://outlook.office365.us");
	save(p);
	assert_true(obtain(p, TOKEN_GRAPH, NULL));
	assert_true(obtain(p, TOKEN_EXCHANGE, NULL));
	expect_sent(p, 0, "&scope=https%3A%2F%2Fgraph.microsoft.us%2F.default&");
	expect_sent(p, 1, "&scope=https%3A%2F%2Foutlook.office365.us%2F.default&");
	end(p);
}

static void *obtain_too(void *arg) {
	struct place *p = arg;
	struct secret out = { 0 };
	struct err e;
	bool ok = token_obtain(p->s, p->net, p->t.id, TOKEN_GRAPH, NULL, &p->stop, &out, &e) &&
		  strcmp(out.data, "only-one") == 0;
	secret_clear(&out);
	return ok ? p : NULL;
}

static void test_one_at_a_time(void **state) {
	(void)state;
	pthread_t threads[THREADS];
	BEGIN(SIGN_IN_SECRET, answer("200 OK", "{\"access_token\":\"only-one\",\"expires_in\":3599}"));
	save(p);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, obtain_too, p), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		void *ok = NULL;
		pthread_join(threads[i], &ok);
		assert_non_null(ok);
	}
	expect_asked(p, 1);
	end(p);
}

/* Another process that asks at the same time. */
static void test_one_process_at_a_time(void **state) {
	(void)state;
	BEGIN(SIGN_IN_SECRET, answer("200 OK", "{\"access_token\":\"only-one\",\"expires_in\":3599}"));
	save(p);
	store_close(p->s);
	int status[2];
	pid_t pids[2];
	for (unsigned i = 0; i < 2; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			struct err e;
			p->s = store_open(p->dir, STORE_MUST_EXIST, NULL, &e);
			_exit(p->s && obtain_too(p) ? 0 : 1);
		}
	}
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(waitpid(pids[i], &status[i], 0), pids[i]);
		assert_int_equal(status[i], 0);
	}
	expect_asked(p, 1);
	p->s = open_store(p->dir, STORE_MUST_EXIST);
	end(p);
}

static void *stop_soon(void *arg) {
	struct place *p = arg;
	usleep(300 * 1000);
	stop_request(&p->stop, 1);
	return NULL;
}

static void test_stop_while_asking(void **state) {
	(void)state;
	pthread_t thread;
	BEGIN(SIGN_IN_SECRET, { H_STALL, strdup(""), 0 });
	save(p);
	assert_int_equal(pthread_create(&thread, NULL, stop_soon, p), 0);
	mono_ms_t start = mono_ms();
	assert_false(obtain(p, TOKEN_GRAPH, NULL));
	assert_int_equal(p->e.cat, ERR_CANCELLED);
	assert_in_range(mono_ms() - start, 250, 1300);
	pthread_join(thread, NULL);
	end(p);
}

/* ---- device code ---- */

static void show(void *arg, const struct oauth_device *d) {
	struct place *p = arg;
	p->shown++;
	assert_string_equal(d->user_code, "ABC12345");
}

#define DEVICE                                                                                                         \
	answer("200 OK", "{\"user_code\":\"ABC12345\",\"device_code\":\"the-device-code\",\"verification_uri\":"       \
			 "\"https://microsoft.com/devicelogin\",\"expires_in\":900,\"interval\":1}")

static void expect_refresh(struct place *p, const char *text) {
	struct err e;
	struct secret refresh = { 0 };
	MUST(refresh_token_get(p->s, p->t.id, &refresh, &e));
	assert_string_equal(secret_present(&refresh) ? refresh.data : "", text);
	secret_clear(&refresh);
}

static void test_nobody_has_signed_in(void **state) {
	(void)state;
	BEGIN(SIGN_IN_DEVICE_CODE, DEVICE);
	save(p);
	assert_false(obtain(p, TOKEN_GRAPH, NULL));
	assert_int_equal(p->e.cat, ERR_AUTH_BAD);
	assert_non_null(strstr(p->e.text, "mailvan tenant sign-in contoso.test"));
	expect_asked(p, 0);
	end(p);
}

static void test_device_code(void **state) {
	(void)state;
	char a[1024], b[1024];
	jwt(a, "graph", "admin@contoso.test");
	jwt(b, "exchange", "admin@contoso.test");
	BEGIN(SIGN_IN_DEVICE_CODE, DEVICE, answer("400 Bad", "{\"error\":\"authorization_pending\"}"),
	      answer("200 OK", "{\"access_token\":\"%s\",\"refresh_token\":\"refresh-one\",\"expires_in\":3599}", a),
	      answer("200 OK", "{\"access_token\":\"%s\",\"refresh_token\":\"refresh-two\",\"expires_in\":3599}", b),
	      answer("400 Bad", "{\"error\":\"invalid_grant\",\"error_codes\":[700082],\"trace_id\":\"x\"}"));
	save(p);
	assert_true(token_sign_in_device(p->s, p->net, p->t.id, &p->stop, show, p, &p->e));
	assert_int_equal(p->shown, 1);
	expect_refresh(p, "refresh-one");
	expect_row(p, TOKEN_GRAPH, "admin@contoso.test");
	assert_true(obtain(p, TOKEN_GRAPH, NULL));
	assert_string_equal(p->out.data, a);
	/* The other service's token comes from the same refresh token, which is replaced. */
	assert_true(obtain(p, TOKEN_EXCHANGE, NULL));
	assert_string_equal(p->out.data, b);
	expect_refresh(p, "refresh-two");
	expect_sent(p, 0, "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default%20offline_access");
	expect_sent(p, 3, "&grant_type=refresh_token&refresh_token=refresh-one");
	expect_sent(p, 3, "&scope=https%3A%2F%2Foutlook.office365.com%2F.default%20offline_access");
	/* Revoked: a person must sign in again. */
	assert_false(obtain(p, TOKEN_EXCHANGE, &p->out));
	assert_int_equal(p->e.cat, ERR_AUTH_BAD);
	assert_non_null(strstr(p->e.text, "contoso.test"));
	assert_non_null(strstr(p->e.text, "sign in again"));
	expect_sent(p, 4, "refresh_token=refresh-two");
	expect_nowhere(p, "refresh-one");
	expect_nowhere(p, "refresh-two");
	expect_nowhere(p, "the-device-code");
	expect_nowhere(p, b);
	end(p);
}

static bool any_op(struct store *s, struct db *db, void *arg, struct err *e) {
	(void)s;
	return db_exec(db, arg, e);
}

/* Whatever becomes of the access token: the refresh token that came with it is the one that counts from now on. */
static void test_refresh_token_is_kept_first(void **state) {
	(void)state;
	struct err e;
	struct secret old = { 0 };
	BEGIN(SIGN_IN_DEVICE_CODE,
	      answer("200 OK", "{\"access_token\":\"x\",\"refresh_token\":\"refresh-two\",\"expires_in\":3599}"));
	save(p);
	assert_true(secret_set(&old, "refresh-one", 11));
	MUST(refresh_token_put(p->s, p->t.id, &old, &e));
	char sql[] = "CREATE TRIGGER full BEFORE INSERT ON token BEGIN SELECT RAISE(ABORT, 'full'); END;";
	MUST(write_wait(p->s->writer, WRITE_NORMAL, any_op, sql, &e));
	assert_false(obtain(p, TOKEN_GRAPH, NULL));
	assert_false(secret_present(&p->out));
	expect_refresh(p, "refresh-two");
	secret_clear(&old);
	end(p);
}

static void test_device_code_is_cancelled(void **state) {
	(void)state;
	pthread_t thread;
	BEGIN(SIGN_IN_DEVICE_CODE, DEVICE, answer("400 Bad", "{\"error\":\"authorization_pending\"}"),
	      answer("400 Bad", "{\"error\":\"authorization_pending\"}"));
	assert_int_equal(pthread_create(&thread, NULL, stop_soon, p), 0);
	mono_ms_t start = mono_ms();
	assert_false(tenant_connect(p->s, p->net, &p->t, NULL, NULL, &p->stop, show, p, &p->e));
	assert_in_range(mono_ms() - start, 250, 1300);
	assert_int_equal(p->e.cat, ERR_CANCELLED);
	assert_int_equal(p->t.id, 0);
	assert_int_equal(query_int(p->dir, "SELECT count(*) FROM tenant"), 0);
	pthread_join(thread, NULL);
	end(p);
}

static void test_device_code_is_declined(void **state) {
	(void)state;
	BEGIN(SIGN_IN_DEVICE_CODE, DEVICE,
	      answer("400 Bad", "{\"error\":\"authorization_declined\",\"error_codes\":[70008]}"));
	save(p);
	assert_false(token_sign_in_device(p->s, p->net, p->t.id, &p->stop, show, p, &p->e));
	assert_int_equal(p->e.cat, ERR_AUTH_BAD);
	assert_non_null(strstr(p->e.text, "declined"));
	expect_refresh(p, "");
	end(p);
}

/* Without offline_access nothing could be done an hour later. */
static void test_device_code_without_refresh(void **state) {
	(void)state;
	BEGIN(SIGN_IN_DEVICE_CODE, DEVICE, answer("200 OK", "{\"access_token\":\"x\",\"expires_in\":3599}"));
	save(p);
	assert_false(token_sign_in_device(p->s, p->net, p->t.id, &p->stop, show, p, &p->e));
	assert_non_null(strstr(p->e.text, "offline_access"));
	end(p);
}

/* ---- connecting ---- */

static void test_connecting(void **state) {
	(void)state;
	char a[1024];
	struct secret secret = { 0 };
	jwt(a, "graph", "");
	BEGIN(SIGN_IN_SECRET, answer("401 No", "{\"error\":\"invalid_client\",\"error_codes\":[7000215]}"),
	      answer("200 OK", "{\"access_token\":\"%s\",\"expires_in\":3599}", a));
	assert_true(secret_set(&secret, SECRET, strlen(SECRET)));
	assert_false(tenant_connect(p->s, p->net, &p->t, &secret, NULL, &p->stop, show, p, &p->e));
	assert_non_null(strstr(p->e.text, "client secret is wrong"));
	assert_int_equal(query_int(p->dir, "SELECT count(*) FROM tenant"), 0);
	assert_int_equal(query_int(p->dir, "SELECT count(*) FROM secret"), 0);
	assert_true(tenant_connect(p->s, p->net, &p->t, &secret, NULL, &p->stop, show, p, &p->e));
	assert_string_equal(p->t.who, "van");
	secret_clear(&secret);
	end(p);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept_and_renewed),
		cmocka_unit_test(test_short_lives),
		cmocka_unit_test(test_national_cloud),
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_one_process_at_a_time),
		cmocka_unit_test(test_stop_while_asking),
		cmocka_unit_test(test_nobody_has_signed_in),
		cmocka_unit_test(test_device_code),
		cmocka_unit_test(test_refresh_token_is_kept_first),
		cmocka_unit_test(test_device_code_is_cancelled),
		cmocka_unit_test(test_device_code_is_declined),
		cmocka_unit_test(test_device_code_without_refresh),
		cmocka_unit_test(test_connecting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
