/* SPDX-License-Identifier: MIT
 *
 * test_mailboxes.c - adding lists, windows of the list in every order, sums, targets.
 */
#include "tests/unit/store/open_project.h"
static void add(const struct mailbox_spec *m, size_t n, size_t added, size_t unchanged, size_t updated) {
	struct err e;
	struct add_result r;
	MUST(mailboxes_add(s, m, n, &r, &e));
	assert_int_equal(r.added, added);
	assert_int_equal(r.unchanged, unchanged);
	assert_int_equal(r.updated, updated);
}

static void test_add_is_idempotent(void **state) {
	struct mailbox_spec *m = calloc(3, sizeof *m);
	(void)state;
	assert_non_null(m);
	for (unsigned i = 0; i < 3; i++)
		fill_spec(&m[i], i);
	assert_true(secret_set(&m[0].source.password, "first", 5));
	add(m, 3, 3, 0, 0);
	add(m, 3, 0, 3, 0);
	/* Case of hosts and identities, and the default port by its number, are no difference. */
	text_copy(m[1].source.host, sizeof m[1].source.host, "IMAP.old.Example");
	text_copy(m[1].source_identity, sizeof m[1].source_identity, "User00001@OLD.example");
	m[1].source.port = 993;
	add(m, 3, 0, 3, 0);
	/* A login is what its server makes of it. */
	text_copy(m[1].source.login, sizeof m[1].source.login, "USER00001");
	add(m + 1, 1, 1, 0, 0);
	assert_true(secret_set(&m[0].source.password, "second", 6));
	add(m, 1, 0, 0, 1);
	add(m, 1, 0, 1, 0);
	secret_clear(&m[0].source.password); /* not given: kept */
	add(m, 1, 0, 1, 0);
	text_copy(m[0].batch, sizeof m[0].batch, "wave-1");
	add(m, 1, 0, 0, 1);
	m[0].source.insecure = true;
	add(m, 1, 0, 0, 1);
	m[2] = m[0];
	text_copy(m[2].source_identity, sizeof m[2].source_identity, "new@old.example");
	m[1] = m[2]; /* twice in one list */
	add(m + 1, 2, 1, 1, 0);
	free(m);
}

static void test_bad_row_adds_nothing(void **state) {
	struct err e;
	struct add_result r;
	uint64_t n;
	struct mailbox_spec *m = calloc(2, sizeof *m);
	(void)state;
	assert_non_null(m);
	fill_spec(&m[0], 0);
	fill_spec(&m[1], 1);
	m[1].source.host[0] = '\0';
	REFUSED(mailboxes_add(s, m, 2, &r, &e), ERR_INPUT);
	assert_int_equal(r.added, 0);
	MUST(mailboxes_count(s, NULL, &n, &e));
	assert_int_equal(n, 0);
	free(m);
}

static void test_new_password_says_try_again(void **state) {
	struct err e;
	struct mailbox_row row;
	struct mailbox_spec *m = calloc(1, sizeof *m);
	(void)state;
	assert_non_null(m);
	fill_spec(m, 1);
	assert_true(secret_set(&m->source.password, "wrong", 5));
	add(m, 1, 1, 0, 0);
	struct mailbox_progress p = {
		.id = 1, .state = MBOX_FAILED, .error_cat = ERR_AUTH_BAD, .error = "The password was refused"
	};
	MUST(mailboxes_progress(s, &p, 1, &e));
	MUST(store_flush(s, &e));
	add(m, 1, 0, 1, 0);
	MUST(mailbox_get(s, 1, &row, &e));
	assert_true(row.state == MBOX_FAILED && row.error_cat == ERR_AUTH_BAD);
	assert_string_equal(row.error, "The password was refused");
	assert_true(secret_set(&m->source.password, "right", 5));
	add(m, 1, 0, 0, 1);
	MUST(mailbox_get(s, 1, &row, &e));
	assert_true(row.state == MBOX_FAILED && row.error_cat == ERR_AUTH_BAD);
	assert_string_equal(row.error, "The login was refused; its row was corrected since: migrate again");
	secret_clear(&m->source.password);
	free(m);
}

static void endpoints(int64_t id, struct endpoint *src, struct endpoint *dst) {
	struct err e;
	MUST(mailbox_endpoints(s, id, src, dst, &e));
}

static void test_targets(void **state) {
	struct err e;
	struct endpoint src, dst;
	struct mailbox_row row;
	char key[1400];
	struct mailbox_spec *m = calloc(3, sizeof *m);
	struct target_settings *t = calloc(1, sizeof *t), *back = calloc(1, sizeof *back);
	(void)state;
	assert_true(m && t && back);
	for (unsigned i = 0; i < 3; i++) {
		fill_spec(&m[i], i + 1);
		m[i].target.host[0] = '\0';
		assert_true(secret_set(&m[i].source.password, "source secret", 13));
	}
	assert_true(secret_set(&m[1].target.password, "own", 3)); /* a password per row */
	text_copy(m[2].target.login, sizeof m[2].target.login, "carla");
	assert_true(secret_set(&m[2].target.password, "carla's", 7));
	text_copy(m[2].source_root, sizeof m[2].source_root, "INBOX/Team");
	add(m, 3, 3, 0, 0);
	REFUSED(mailbox_endpoints(s, 1, &src, &dst, &e), ERR_INPUT);
	REFUSED(mailbox_endpoints(s, 99, &src, &dst, &e), ERR_INPUT);
	MUST(mailbox_get(s, 1, &row, &e));
	assert_string_equal(row.target_server, "");
	assert_string_equal(row.source_server, "imaps://imap.old.example:993");
	assert_false(row.weak);

	text_copy(t->server.host, sizeof t->server.host, "outlook.example");
	text_copy(t->server.login, sizeof t->server.login, "admin@new.example");
	text_copy(t->server.ca_file, sizeof t->server.ca_file, "/etc/ca.pem");
	assert_true(secret_set(&t->server.password, "admin's", 7));
	t->admin = ADMIN_AUTHZID;
	MUST(target_settings_set(s, t, NULL, &e));
	endpoints(1, &src, &dst);
	assert_string_equal(src.password.data, "source secret");
	assert_string_equal(src.login, "user00001");
	assert_string_equal(dst.host, "outlook.example");
	assert_int_equal(dst.port, 993);
	assert_string_equal(dst.login, "admin@new.example");
	assert_string_equal(dst.authzid, "user00001@new.example");
	assert_string_equal(dst.user, "user00001@new.example");
	assert_string_equal(dst.password.data, "admin's");
	assert_string_equal(dst.ca_file, "/etc/ca.pem");
	target_account_key(key, &dst);
	assert_string_equal(key, "outlook.example:993/user00001@new.example");
	endpoint_clear(&src);
	endpoint_clear(&dst);
	endpoints(2, &src, &dst);
	assert_string_equal(dst.login, "user00002@new.example");
	assert_string_equal(dst.authzid, "");
	assert_string_equal(dst.password.data, "own");
	endpoint_clear(&src);
	endpoint_clear(&dst);
	endpoints(3, &src, &dst);
	assert_string_equal(dst.login, "carla");
	assert_string_equal(dst.password.data, "carla's");
	endpoint_clear(&src);
	endpoint_clear(&dst);

	t->admin = ADMIN_TEMPLATE;
	text_copy(t->login_template, sizeof t->login_template, "{admin}@{domain}\\{user}");
	secret_clear(&t->server.password); /* absent: kept */
	t->server.security = SEC_NONE;
	MUST(target_settings_set(s, t, NULL, &e));
	endpoints(1, &src, &dst);
	assert_string_equal(dst.login, "admin@new.example@new.example\\user00001@new.example");
	assert_string_equal(dst.authzid, "");
	assert_string_equal(dst.password.data, "admin's");
	assert_int_equal(dst.port, 143);
	endpoint_clear(&src);
	endpoint_clear(&dst);
	MUST(mailbox_get(s, 1, &row, &e));
	assert_string_equal(row.target_server, "imap://outlook.example:143");
	assert_true(row.weak);
	MUST(target_settings_get(s, back, &e));
	assert_int_equal(back->admin, ADMIN_TEMPLATE);
	assert_string_equal(back->login_template, t->login_template);
	assert_false(secret_present(&back->server.password));
	/* The admin's password goes with the admin. */
	t->admin = ADMIN_NONE;
	MUST(target_settings_set(s, t, NULL, &e));
	endpoints(1, &src, &dst);
	assert_string_equal(dst.login, "user00001@new.example");
	assert_false(secret_present(&dst.password));
	endpoint_clear(&src);
	endpoint_clear(&dst);
	char root[600];
	MUST(mailbox_source_root(s, 3, root, sizeof root, &e));
	assert_string_equal(root, "INBOX/Team");
	MUST(mailbox_source_root(s, 1, root, sizeof root, &e));
	assert_string_equal(root, "");
	for (unsigned i = 0; i < 3; i++) {
		secret_clear(&m[i].source.password);
		secret_clear(&m[i].target.password);
	}
	free(m);
	free(t);
	free(back);
}

static void test_login_templates(void **state) {
	struct err e;
	char to[64];
	(void)state;
	MUST(login_template_fill(to, sizeof to, "{user}*{admin}", "master", "anna@new.example", &e));
	assert_string_equal(to, "anna@new.example*master");
	MUST(login_template_fill(to, sizeof to, "{local}+{domain}+{identity}", "m", "a@b@c", &e));
	assert_string_equal(to, "a@b+c+a@b@c");
	MUST(login_template_fill(to, sizeof to, "{local}/{domain}", "m", "anna", &e));
	assert_string_equal(to, "anna/");
	MUST(login_template_fill(to, sizeof to, "plain}", "m", "anna", &e));
	assert_string_equal(to, "plain}");
	REFUSED(login_template_fill(to, sizeof to, "{usr}", "m", "anna", &e), ERR_INPUT);
	REFUSED(login_template_fill(to, sizeof to, "{user", "m", "anna", &e), ERR_INPUT);
	REFUSED(login_template_fill(to, 5, "{user}", "m", "anna1", &e), ERR_INPUT);
	MUST(login_template_fill(to, 6, "{user}", "m", "anna1", &e));
}

#define MANY 30000

static void many(void) {
	struct err e;
	struct mailbox_progress *p = calloc(MANY, sizeof *p);
	assert_non_null(p);
	add_many(s, MANY);
	srand(7);
	for (int i = 0; i < MANY; i++)
		p[i] = (struct mailbox_progress){ .id = i + 1,
						  .state = (enum mailbox_state)(rand() % MBOX_STATE_COUNT),
						  .rate_bytes = rand() % 1000,
						  .eta_s = -1,
						  .error_cat = ERR_NET,
						  .error = rand() % 4 ? "" : "Failed to connect: connection refused" };
	MUST(mailboxes_progress(s, p, MANY, &e));
	MUST(store_flush(s, &e));
	free(p);
	run_sql(s, "UPDATE mailbox SET ever_run = 1, n_source = 1000, n_copied = id * 7919 % 1001, n_pending = 1000 "
		   "- id * 7919 % "
		   "1001, bytes_copied = id * 104729 % 99991, target = 'u' || (id * 31 % 1000) || '@new.example', "
		   "batch = 1 + id % 3;"
		   "INSERT INTO batch(id, name) VALUES(1, 'wave-1'), (2, 'wave-2'), (3, 'wave-3')");
}

struct window {
	size_t n;
	struct mailbox_row rows[64];
};

static bool take(void *arg, const struct mailbox_row *row) {
	struct window *w = arg;
	w->rows[w->n++] = *row;
	return w->n < 64;
}

/* < 0 when a stands before b in ascending order. */
static int compare(const struct mailbox_row *a, const struct mailbox_row *b, enum mailbox_sort sort) {
	int c = 0;
	switch (sort) {
	case SORT_SOURCE:
		c = strcasecmp(a->source, b->source);
		break;
	case SORT_TARGET:
		c = strcasecmp(a->target, b->target);
		break;
	case SORT_STATE:
		c = (int)a->state - (int)b->state;
		break;
	case SORT_DONE:
		c = (int)counts_settled(&a->counts) - (int)counts_settled(&b->counts);
		break;
	case SORT_BYTES:
		c = (int)a->bytes_copied - (int)b->bytes_copied;
		break;
	case SORT_RATE:
		c = a->rate_bytes < b->rate_bytes ? -1 : a->rate_bytes > b->rate_bytes;
		break;
	case SORT_ERROR:
		c = strcmp(a->error, b->error);
		break;
	case SORT_ID:
		break;
	}
	return c ? c : a->id < b->id ? -1 : a->id > b->id;
}

static void check_window(const struct mailbox_query *q, const char *name, double *worst) {
	struct err e;
	static struct window w;
	uint64_t at;
	w.n = 0;
	double start = seconds();
	MUST(mailboxes_list(s, q, take, &w, &e));
	double listed = seconds() - start;
	assert_int_equal(w.n, q->limit);
	start = seconds();
	MUST(mailbox_position(s, q, w.rows[w.n - 1].id, &at, &e));
	double found = seconds() - start;
	assert_int_equal(at, q->offset + q->limit - 1);
	for (size_t i = 1; i < w.n; i++)
		assert_true(compare(&w.rows[i - 1], &w.rows[i], q->sort) * (q->descending ? -1 : 1) < 0);
	print_message("  %-7s %s offset %6llu: list %5.1f ms, position %5.1f ms\n", name,
		      q->descending ? "desc" : "asc ", (unsigned long long)q->offset, listed * 1e3, found * 1e3);
	*worst = listed > *worst ? listed : *worst;
	*worst = found > *worst ? found : *worst;
}

static void test_every_order_at_30000(void **state) {
	static const char *const names[] = { "id", "source", "target", "state", "done", "bytes", "rate", "error" };
	double worst = 0;
	(void)state;
	many();
	for (unsigned sort = 0; sort <= SORT_ERROR; sort++) {
		for (int descending = 0; descending < 2; descending++) {
			struct mailbox_query q = { .sort = (enum mailbox_sort)sort,
						   .descending = descending != 0,
						   .limit = 50 };
			check_window(&q, names[sort], &worst);
			q.offset = 29900;
			check_window(&q, names[sort], &worst);
		}
	}
	struct mailbox_query q = {
		.filter = { .text = "USER0", .states = 1U << MBOX_FAILED | 1U << MBOX_SYNCED, .batch = 2 },
		.sort = SORT_RATE,
		.limit = 50,
		.offset = 100
	};
	check_window(&q, "filter", &worst);
	print_message("  slowest: %.1f ms\n", worst * 1e3);
	assert_true(worst < 0.5);
}

static void test_filters(void **state) {
	struct err e;
	uint64_t n, some, at;
	int64_t ids[] = { 5, 7, 40000 };
	(void)state;
	many();
	MUST(mailboxes_count(s, NULL, &n, &e));
	assert_int_equal(n, MANY);
	MUST(mailboxes_count(s, &(struct mailbox_filter){ .ids = ids, .id_count = 3 }, &n, &e));
	assert_int_equal(n, 2);
	MUST(mailboxes_count(s, &(struct mailbox_filter){ .ids = ids, .id_count = 0 }, &n, &e));
	assert_int_equal(n, 0);
	MUST(mailboxes_count(s, &(struct mailbox_filter){ .text = "uSeR00017@OLD" }, &n, &e));
	assert_int_equal(n, 1);
	/* Characters that mean something to LIKE mean themselves. */
	static const char *const absent[] = { "%", "_", "\\", "user_0017@old", "user%17@old", "user\\00017@old" };
	for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
		MUST(mailboxes_count(s, &(struct mailbox_filter){ .text = absent[i] }, &n, &e));
		assert_int_equal(n, 0);
	}
	MUST(mailboxes_count(s, &(struct mailbox_filter){ .batch = 2 }, &n, &e));
	assert_int_equal(n, MANY / 3);
	uint64_t sum = 0;
	for (unsigned st = 0; st < MBOX_STATE_COUNT; st++) {
		MUST(mailboxes_count(s, &(struct mailbox_filter){ .states = 1U << st }, &some, &e));
		sum += some;
	}
	assert_int_equal(sum, MANY);
	struct mailbox_query q = { .filter = { .ids = ids, .id_count = 2 } };
	REFUSED(mailbox_position(s, &q, 6, &at, &e), ERR_INPUT);
	MUST(mailbox_position(s, &q, 7, &at, &e));
	assert_int_equal(at, 1);
}

struct batches {
	unsigned n;
	uint64_t mailboxes, source;
};

static bool on_batch(void *arg, const struct batch_row *b) {
	struct batches *all = arg;
	char name[32];
	snprintf(name, sizeof name, "wave-%u", ++all->n);
	assert_string_equal(b->name, name);
	assert_true(counts_hold(&b->totals.counts));
	all->mailboxes += b->totals.mailboxes;
	all->source += b->totals.counts.source;
	return true;
}

static void test_totals(void **state) {
	struct err e;
	struct mailbox_totals t;
	struct batches all = { 0 };
	int64_t id;
	(void)state;
	many();
	double start = seconds();
	MUST(mailboxes_totals(s, NULL, &t, &e));
	double cold = seconds() - start;
	start = seconds();
	MUST(mailboxes_totals(s, NULL, &t, &e));
	print_message("  totals of %d: %.1f ms, then %.1f ms\n", MANY, cold * 1e3, (seconds() - start) * 1e3);
	assert_int_equal(t.mailboxes, MANY);
	assert_int_equal(t.counts.source, 1000ULL * MANY);
	assert_true(counts_hold(&t.counts));
	uint64_t sum = 0;
	for (unsigned st = 0; st < MBOX_STATE_COUNT; st++)
		sum += t.by_state[st];
	assert_int_equal(sum, MANY);
	MUST(batches_list(s, on_batch, &all, &e));
	assert_true(all.n == 3 && all.mailboxes == MANY && all.source == t.counts.source);
	MUST(batch_find(s, "WAVE-2", &id, &e));
	assert_int_equal(id, 2);
	REFUSED(batch_find(s, "wave-9", &id, &e), ERR_INPUT);
}

static void set_pending(int64_t id, int64_t bytes) {
	struct err e;
	struct db db;
	MUST(db_open(&db, dir, DB_WRITE, &e));
	MUST(db_run(&db, &e, "UPDATE mailbox SET bytes_pending = ? WHERE id = ?", INT(bytes), INT(id)));
	db_close(&db);
}

static void test_eta(void **state) {
	struct err e;
	struct mailbox_totals t;
	(void)state;
	add_many(s, 2);
	MUST(mailboxes_totals(s, NULL, &t, &e));
	assert_int_equal(t.eta_s, -1);
	set_state(s, 1, MBOX_COPYING);
	struct mailbox_progress p = {
		.id = 1, .state = MBOX_COPYING, .rate_bytes = 100, .rate_messages = 2, .eta_s = 50, .started = true
	};
	MUST(mailboxes_progress(s, &p, 1, &e));
	MUST(store_flush(s, &e));
	set_pending(1, 5000);
	MUST(mailboxes_totals(s, NULL, &t, &e));
	assert_int_equal(t.eta_s, 50);
	assert_true(t.rate_bytes > 99 && t.rate_messages > 1);
	set_pending(1, 40);
	MUST(mailboxes_totals(s, NULL, &t, &e));
	assert_int_equal(t.eta_s, 1); /* less than a second, but not none */
	set_pending(1, 0);
	MUST(mailboxes_totals(s, NULL, &t, &e));
	assert_int_equal(t.eta_s, -1); /* at work, and nothing known to be left: that is no estimate */
	set_pending(1, 5000);
	set_state(s, 2, MBOX_QUEUED); /* nobody knows how much that is */
	MUST(mailboxes_totals(s, NULL, &t, &e));
	assert_int_equal(t.eta_s, -1);
	/* Nor once it has been started, until its source was listed. */
	p = (struct mailbox_progress){ .id = 2, .state = MBOX_CONNECTING, .eta_s = -1, .started = true };
	set_state(s, 2, MBOX_CONNECTING);
	MUST(mailboxes_progress(s, &p, 1, &e));
	MUST(store_flush(s, &e));
	MUST(mailboxes_totals(s, NULL, &t, &e));
	assert_int_equal(t.eta_s, -1);
	set_state(s, 1, MBOX_SYNCED);
	struct mailbox_row row;
	MUST(mailbox_get(s, 1, &row, &e));
	assert_true(row.rate_bytes < 1 && row.eta_s == -1 && row.ever_run && row.started > 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		IN_PROJECT(test_add_is_idempotent),
		IN_PROJECT(test_bad_row_adds_nothing),
		IN_PROJECT(test_new_password_says_try_again),
		IN_PROJECT(test_targets),
		cmocka_unit_test(test_login_templates),
		IN_PROJECT(test_every_order_at_30000),
		IN_PROJECT(test_filters),
		IN_PROJECT(test_totals),
		IN_PROJECT(test_eta),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
