/* SPDX-License-Identifier: MIT
 *
 * test_logins.c - a login that is refused once is not tried for every mailbox that shares it. The clock is ours.
 */
#include "tests/unit/store/fixture.h"

#include <poll.h>
#include <stdatomic.h>

#include "core/work/logins.h"

#define FIVE_MINUTES 300000

static struct logins *l;
static mono_ms_t now;
static struct endpoint ep;

static mono_ms_t clock_now(void) {
	return now;
}

static int setup(void **state) {
	struct err e;
	(void)state;
	now = 1000;
	l = logins_new(clock_now, &e);
	assert_non_null(l);
	endpoint_init(&ep);
	snprintf(ep.host, sizeof ep.host, "mail.example");
	ep.port = 993;
	snprintf(ep.login, sizeof ep.login, "boss");
	assert_true(secret_set(&ep.password, "wrong", 5));
	return 0;
}

static int teardown(void **state) {
	(void)state;
	endpoint_clear(&ep);
	logins_free(l);
	return 0;
}

static bool may(void) {
	struct err e;
	return logins_may(l, &ep, NULL, &e);
}

static void tell(enum err_cat cat) {
	struct err e;
	if (cat != ERR_NONE)
		err_set(&e, cat, "the server said so");
	logins_tell(l, &ep, cat == ERR_NONE ? NULL : &e);
}

static void one_refusal_is_enough(void **state) {
	struct err e;
	(void)state;
	assert_true(may());
	tell(ERR_AUTH_BAD);
	assert_false(logins_may(l, &ep, NULL, &e));
	assert_int_equal(e.cat, ERR_AUTH_BAD);
	assert_non_null(strstr(e.text, "Not tried: the login boss was refused by mail.example at "));
	/* Another name, another server, another password: another login. */
	snprintf(ep.login, sizeof ep.login, "anna");
	assert_true(may());
	tell(ERR_AUTH_BAD);
	snprintf(ep.login, sizeof ep.login, "boss");
	ep.port = 143;
	assert_true(may());
	tell(ERR_AUTH_BAD);
	ep.port = 993;
	assert_false(may());
	assert_true(secret_set(&ep.password, "right", 5));
	assert_true(may());
	tell(ERR_NONE);
	assert_true(may());
	tell(ERR_NONE);
	assert_true(secret_set(&ep.password, "wrong", 5));
	assert_false(may());
	/* And it is not for ever. */
	now += FIVE_MINUTES - 1;
	assert_false(may());
	now++;
	assert_true(may());
	tell(ERR_NONE);
}

static void trouble_is_no_refusal(void **state) {
	(void)state;
	assert_true(may());
	tell(ERR_NET);
	assert_true(may());
	tell(ERR_CONN_LIMIT);
	assert_true(may());
	tell(ERR_AUTH_BAD);
	assert_false(may());
}

/* A mailbox that is not there is refused like a wrong password: two of them tell. */
static void an_admin_is_refused_twice(void **state) {
	(void)state;
	snprintf(ep.authzid, sizeof ep.authzid, "anna");
	assert_true(may());
	tell(ERR_AUTH_BAD);
	snprintf(ep.authzid, sizeof ep.authzid, "bob");
	assert_true(may());
	tell(ERR_AUTH_BAD);
	snprintf(ep.authzid, sizeof ep.authzid, "carol");
	assert_false(may());
}

static void an_admin_that_was_let_in_is_not_doubted(void **state) {
	(void)state;
	ep.admin = true;
	/* A template names the login after each mailbox. */
	for (int i = 0; i < 10; i++) {
		snprintf(ep.login, sizeof ep.login, "user%d*boss", i);
		assert_true(may());
		tell(i == 1 ? ERR_NONE : ERR_AUTH_BAD);
		now += FIVE_MINUTES;
	}
}

static void a_password_that_has_changed_is_refused_once(void **state) {
	(void)state;
	assert_true(may());
	tell(ERR_NONE);
	assert_true(may());
	tell(ERR_AUTH_BAD);
	assert_false(may());
}

static atomic_uint tried, not_tried;

static void *log_in(void *arg) {
	(void)arg;
	struct err e;
	if (!logins_may(l, &ep, NULL, &e)) {
		atomic_fetch_add(&not_tried, 1);
		return NULL;
	}
	atomic_fetch_add(&tried, 1);
	poll(NULL, 0, 100);
	tell(ERR_AUTH_BAD);
	return NULL;
}

/* Those that come while the first one waits for its answer wait as well. */
static void many_at_once_try_once(void **state) {
	pthread_t threads[16];
	(void)state;
	tried = not_tried = 0;
	for (int i = 0; i < 16; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, log_in, NULL), 0);
	for (int i = 0; i < 16; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(tried, 1);
	assert_int_equal(not_tried, 15);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(one_refusal_is_enough),
		T(trouble_is_no_refusal),
		T(an_admin_is_refused_twice),
		T(an_admin_that_was_let_in_is_not_doubted),
		T(a_password_that_has_changed_is_refused_once),
		T(many_at_once_try_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
