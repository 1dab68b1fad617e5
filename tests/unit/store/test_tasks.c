/* SPDX-License-Identifier: MIT
 *
 * test_tasks.c - tasks: added as a whole or not at all, refused when read-only, claimed by one runner, taken over from
 * a dead one, every result with a line of the audit list that nobody can change; lists as queries.
 */
#include "core/store/records.h"
#include "tests/unit/store/task_fixture.h"

static void clear(struct item_row *items, size_t n) {
	for (size_t i = 0; i < n; i++)
		item_clear(&items[i]);
}

static void a_task_runs_from_claim_to_end(void **state) {
	(void)state;
	struct item_row items[8];
	struct task_row t;
	struct err e;
	int64_t task = add(3), id;
	size_t n;
	MUST(task_claim(s, 0, &id, &e));
	assert_int_equal(id, task);
	MUST(task_claim(s, 0, &id, &e)); /* it is ours, and we live */
	assert_int_equal(id, 0);
	MUST(task_items_next(s, task, items, 8, &n, &e));
	assert_int_equal(n, 2); /* of one verb */
	assert_string_equal(items[1].target, "bob@x.test");
	free(items[0].before);
	items[0].before = strdup("{\"enabled\":false}");
	MUST(task_items_sent(s, task, items, 2, &e));
	clear(items, n);
	struct item_result r[] = {
		{ .n = 1, .state = ITEM_DONE, .text = "enabled", .after = "{}", .request_id = "r-1" },
		{ .n = 2, .state = ITEM_FAILED, .text = "no \x1b[31m licence" }
	};
	MUST(task_items_result(s, task, r, 2, &e));
	MUST(task_items_next(s, task, items, 8, &n, &e));
	assert_int_equal(n, 1);
	assert_string_equal(items[0].verb, "user-disable");
	clear(items, n);
	MUST(task_items_result(s, task, &(struct item_result){ .n = 3, .state = ITEM_ALREADY }, 1, &e));
	MUST(task_end(s, task, TASK_DONE, "", &e));
	MUST(task_get(s, task, &t, &e));
	assert_int_equal(t.state, TASK_DONE);
	assert_int_equal(t.done, 2);
	assert_int_equal(t.failed, 1);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM tenant_audit WHERE tenant = 7 AND who = 'tester'"), 3);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM tenant_audit WHERE before = '{\"enabled\":false}'"), 1);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM task_item WHERE text LIKE '%' || char(27) || '%'"), 0);
}

static void what_was_there_first_is_kept(void **state) {
	(void)state;
	struct item_row item;
	struct err e;
	int64_t task = add(1), id;
	size_t n;
	MUST(task_claim(s, 0, &id, &e));
	for (int round = 0; round < 2; round++) {
		MUST(task_items_next(s, task, &item, 1, &n, &e));
		assert_int_equal(n, 1);
		assert_int_equal(item.state, round == 0 ? ITEM_PENDING : ITEM_SENT);
		free(item.before);
		item.before = strdup(round == 0 ? "\"first\"" : "\"second\"");
		MUST(task_items_sent(s, task, &item, 1, &e));
		item_clear(&item);
	}
	assert_int_equal(query_int(dir, "SELECT count(*) FROM task_item WHERE before = '\"first\"'"), 1);
}

static void attempt(int64_t task, const char *seen, const struct item_result *r) {
	struct item_row item;
	struct err e;
	size_t n;
	MUST(task_items_next(s, task, &item, 1, &n, &e));
	assert_int_equal(n, 1);
	free(item.before);
	item.before = strdup(seen);
	MUST(task_items_sent(s, task, &item, 1, &e));
	MUST(task_items_result(s, task, r, 1, &e));
	item_clear(&item);
}

/* An attempt that has certainly done nothing leaves nothing: the next look is the one that counts. */
static void what_waits_is_looked_at_anew(void **state) {
	(void)state;
	struct err e;
	int64_t task = add(1), id;
	MUST(task_claim(s, 0, &id, &e));
	attempt(task, "\"monday\"", &(struct item_result){ .n = 1, .state = ITEM_PENDING });
	attempt(task, "\"tuesday\"", &(struct item_result){ .n = 1, .state = ITEM_FAILED, .text = "refused" });
	assert_int_equal(query_int(dir, "SELECT count(*) FROM tenant_audit WHERE before = '\"tuesday\"'"), 1);
	MUST(task_end(s, task, TASK_DONE, "", &e));
	MUST(task_wish(s, task, TASK_WISH_RETRY, "t", &e));
	MUST(task_claim(s, 0, &id, &e));
	/* Now a part is done, or perhaps all: that look stays. */
	attempt(task, "\"friday\"",
		&(struct item_result){ .n = 1, .state = ITEM_FAILED, .after = "{\"unknown\":true}" });
	MUST(task_end(s, task, TASK_DONE, "", &e));
	MUST(task_wish(s, task, TASK_WISH_RETRY, "t", &e));
	MUST(task_claim(s, 0, &id, &e));
	attempt(task, "\"saturday\"", &(struct item_result){ .n = 1, .state = ITEM_DONE });
	assert_int_equal(query_int(dir, "SELECT count(*) FROM task_item WHERE before = '\"friday\"' AND after IS NULL"),
			 1);
}

/* Undo of the rights on a few thousand folders names each of them. */
static void arguments_may_be_long(void **state) {
	(void)state;
	struct item_row item;
	struct err e;
	int64_t id;
	size_t n, len = TASK_ARGS_MAX - 1;
	char *args = malloc(len + 2);
	assert_non_null(args);
	memset(args, ' ', len + 1);
	memcpy(args, "{}", 2);
	args[len] = '\0';
	struct item_spec i = { "folder-rights", "anna", args, NULL, NULL, 0 };
	struct task_spec t = { .tenant = 7, .verb = "change", .label = "u", .items = &i, .count = 1 };
	MUST(task_add(s, &t, "t", &id, &e));
	MUST(task_items_next(s, id, &item, 1, &n, &e));
	assert_int_equal(strlen(item.args), len);
	item_clear(&item);
	args[len] = ' ';
	args[len + 1] = '\0';
	REFUSED(task_add(s, &t, "t", &id, &e), ERR_INPUT);
	free(args);
}

static void what_is_skipped_is_listed_and_not_done(void **state) {
	static const struct item_spec two[] = { { "user-enable", "anna@x.test", "{}", NULL, NULL, 0 },
						{ "user-create", "bob@x.test", "{}", NULL, "stays \x1b as it is", 0 } };
	(void)state;
	struct item_row items[2];
	struct task_row t;
	struct err e;
	int64_t id;
	size_t n;
	MUST(task_add(s, &(struct task_spec){ .tenant = 7, .verb = "change", .label = "u", .items = two, .count = 2 },
		      "t", &id, &e));
	MUST(task_get(s, id, &t, &e));
	assert_int_equal(t.items, 1);
	MUST(task_items_next(s, id, items, 2, &n, &e));
	assert_int_equal(n, 1);
	clear(items, n);
	assert_int_equal(
		query_int(dir, "SELECT count(*) FROM task_item WHERE state = 5 AND text = 'stays \\x1b as it is'"), 1);
}

static void read_only_refuses_every_change_and_no_reading(void **state) {
	(void)state;
	struct err e;
	int64_t id;
	struct task_spec change = { .tenant = 7, .verb = "change", .label = "x", .items = three, .count = 1 };
	struct task_spec refresh = { .tenant = 7, .verb = "refresh-users", .label = "Read users" };
	MUST(setting_set(s, "read-only", "on", &e));
	REFUSED(task_add(s, &change, "t", &id, &e), ERR_NO_PERMISSION);
	MUST(task_add(s, &refresh, "t", &id, &e));
	MUST(setting_set(s, "read-only", "off", &e));
	MUST(task_add(s, &change, "t", &id, &e));
	store_read_only(s);
	REFUSED(task_add(s, &change, "t", &id, &e), ERR_NO_PERMISSION);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM task"), 2);
}

/* A change that was asked for before the project became read-only stays where it is; reading goes on. */
static void read_only_holds_what_waits(void **state) {
	(void)state;
	struct err e;
	int64_t id, read, change = add(2), paused = add(1);
	struct task_spec refresh = { .tenant = 7, .verb = "refresh-users", .label = "Read users" };
	MUST(task_wish(s, paused, TASK_WISH_PAUSE, "t", &e));
	MUST(setting_set(s, "read-only", "on", &e));
	MUST(task_add(s, &refresh, "t", &read, &e));
	MUST(task_claim(s, 0, &id, &e));
	assert_int_equal(id, read);
	MUST(task_claim(s, 0, &id, &e));
	assert_int_equal(id, 0);
	REFUSED(task_wish(s, paused, TASK_WISH_RESUME, "t", &e), ERR_NO_PERMISSION);
	REFUSED(task_wish(s, paused, TASK_WISH_RETRY, "t", &e), ERR_NO_PERMISSION);
	MUST(task_wish(s, paused, TASK_WISH_STOP, "t", &e));
	MUST(task_progress(s, read, 10, 20, 0, &(bool){ false }, &(bool){ false }, &e));
	MUST(task_end(s, read, TASK_FAILED, "no network", &e));
	MUST(task_wish(s, read, TASK_WISH_RETRY, "t", &e)); /* rows that were read are no items */
	MUST(setting_set(s, "read-only", "off", &e));
	MUST(task_claim(s, 0, &id, &e));
	assert_int_equal(id, change);
}

static void the_same_refresh_is_added_once(void **state) {
	(void)state;
	struct err e;
	int64_t a, b;
	struct task_spec refresh = { .tenant = 7, .verb = "refresh-users", .label = "Read users" };
	MUST(task_add(s, &refresh, "t", &a, &e));
	MUST(task_add(s, &refresh, "t", &b, &e));
	assert_int_equal(a, b);
	MUST(task_claim(s, 0, &b, &e));
	MUST(task_end(s, a, TASK_DONE, "", &e));
	MUST(task_add(s, &refresh, "t", &b, &e));
	assert_int_not_equal(a, b);
}

static void a_dead_runners_task_is_taken_over(void **state) {
	(void)state;
	struct err e;
	int64_t task = add(3), id;
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		struct store *mine = store_open(dir, STORE_MUST_EXIST, NULL, &e);
		_exit(mine && task_claim(mine, 0, &id, &e) && id == task ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	MUST(task_claim(s, 0, &id, &e));
	assert_int_equal(id, task);
}

static void wishes_fit_the_state(void **state) {
	(void)state;
	struct task_row t;
	struct err e;
	bool pause, stop;
	int64_t task = add(2), id;
	MUST(task_wish(s, task, TASK_WISH_PAUSE, "t", &e));
	MUST(task_claim(s, 0, &id, &e));
	assert_int_equal(id, 0);
	MUST(task_wish(s, task, TASK_WISH_RESUME, "t", &e));
	MUST(task_claim(s, task, &id, &e));
	assert_int_equal(id, task);
	MUST(task_wish(s, task, TASK_WISH_STOP, "t", &e));
	MUST(task_get(s, task, &t, &e));
	assert_int_equal(t.state, TASK_RUNNING); /* its runner has to hear of it */
	MUST(task_progress(s, task, 0, 0, 0, &pause, &stop, &e));
	assert_true(stop && !pause);
	MUST(task_end(s, task, TASK_STOPPED, "", &e));
	REFUSED(task_wish(s, task, TASK_WISH_PAUSE, "t", &e), ERR_INPUT);
	MUST(task_wish(s, task, TASK_WISH_RESUME, "t", &e));
	MUST(task_claim(s, task, &id, &e));
	MUST(task_items_result(
		s, task, (struct item_result[]){ { .n = 1, .state = ITEM_DONE }, { .n = 2, .state = ITEM_FAILED } }, 2,
		&e));
	MUST(task_end(s, task, TASK_DONE, "", &e));
	MUST(task_wish(s, task, TASK_WISH_RETRY, "t", &e));
	MUST(task_get(s, task, &t, &e));
	assert_int_equal(t.state, TASK_QUEUED);
	assert_int_equal(t.failed, 0);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM task_item WHERE state = 0"), 1);
	REFUSED(task_wish(s, 4711, TASK_WISH_STOP, "t", &e), ERR_INPUT);
}

static void secrets_are_sealed_and_go_when_done(void **state) {
	(void)state;
	struct secret password = { 0 };
	struct item_row item;
	struct err e;
	int64_t id, claimed;
	size_t n;
	assert_true(secret_set(&password, "S3cret-Needle-Word", 18));
	struct item_spec i = { "user-password", "anna@x.test", "{}", &password, NULL, 0 };
	MUST(task_add(s, &(struct task_spec){ .tenant = 7, .verb = "change", .label = "p", .items = &i, .count = 1 },
		      "t", &id, &e));
	secret_clear(&password);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM secret WHERE instr(sealed, 'Needle')"), 0);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM secret WHERE purpose = 10"), 1);
	MUST(task_claim(s, id, &claimed, &e));
	MUST(task_items_next(s, id, &item, 1, &n, &e));
	assert_string_equal(item.secret.data, "S3cret-Needle-Word");
	item_clear(&item);
	MUST(task_items_result(s, id, &(struct item_result){ .n = 1, .state = ITEM_DONE }, 1, &e));
	assert_int_equal(query_int(dir, "SELECT count(*) FROM secret WHERE purpose = 10"), 0);
}

static void the_audit_list_only_grows(void **state) {
	(void)state;
	struct db db;
	struct err e;
	int64_t id = add(1);
	MUST(task_wish(s, id, TASK_WISH_PAUSE, "t", &e));
	MUST(db_open(&db, dir, DB_WRITE, &e));
	assert_false(db_exec(&db, "DELETE FROM tenant_audit", &e));
	assert_false(db_exec(&db, "UPDATE tenant_audit SET who = 'nobody'", &e));
	/* The other half of the list: what was asked of the workers. */
	MUST(db_exec(&db,
		     "INSERT INTO audit(at, who, command, scope, affected, refused)"
		     " VALUES(1, 't', 'stop', '', 1, 0)",
		     &e));
	assert_false(db_exec(&db, "DELETE FROM audit", &e));
	assert_false(db_exec(&db, "UPDATE audit SET who = 'nobody'", &e));
	db_close(&db);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM tenant_audit WHERE who = 't'"), 1);
}

/* ---- lists ---- */

static void fill_users(unsigned n) {
	struct db db;
	struct err e;
	(void)s;
	MUST(db_open(&db, dir, DB_WRITE, &e));
	MUST(db_exec(&db, "BEGIN", &e));
	for (unsigned i = 1; i <= n; i++) {
		char upn[64];
		snprintf(upn, sizeof upn, "user%05u@x.test", i);
		MUST(db_run(&db, &e,
			    "INSERT INTO directory_user(tenant, guid, upn, name, mail, enabled, kind, location, "
			    "licenses, synced,"
			    " company, department, created, last_sign_in, addresses, bytes) VALUES(?, ?, ?, ?, '', ?, "
			    "'user', 'DE',"
			    " '', 0, '', '', 0, 0, '', ?)",
			    INT(1 + i % 2), TEXT(upn), TEXT(upn), TEXT(i == 3 ? "100%_\x1b name" : "Name"),
			    INT(i % 3 != 0), i == 5 ? NONE : INT(i * 1000)));
	}
	MUST(db_exec(&db, "COMMIT", &e));
	db_close(&db);
}

struct seen {
	unsigned n;
	struct record first;
	char text[100];
};

static bool see(void *arg, const struct record *r) {
	struct seen *x = arg;
	if (x->n++ == 0) {
		x->first = *r;
		text_copy(x->text, sizeof x->text, r->cells[1].text);
	}
	return true;
}

static unsigned count_of(const struct record_query *q) {
	struct seen x = { 0 };
	struct err e;
	uint64_t n;
	MUST(records_count(s, q, &n, &e));
	MUST(records_each(s, q, see, &x, &e));
	assert_int_equal(n, x.n);
	return x.n;
}

static void lists_filter_sort_and_page(void **state) {
	(void)state;
	struct seen x = { 0 };
	struct err e;
	int64_t id;
	fill_users(100);
	struct record_query q = { .list = &record_users, .tenant = 2 };
	assert_int_equal(count_of(&q), 50);
	q.filter = record_filter_find(&record_users, "disabled");
	assert_int_equal(count_of(&q), 17);
	q.filter = NULL;
	q.text = "100%_";
	assert_int_equal(count_of(&q), 1);
	MUST(records_each(s, &q, see, &x, &e));
	assert_string_equal(x.text, "100%_\\x1b name");
	q.text = "'; DROP TABLE task; --";
	assert_int_equal(count_of(&q), 0);
	q.text = NULL;
	q.sort = record_column_find(&record_users, "mailboxBytes");
	q.descending = true;
	q.offset = 1;
	q.limit = 3;
	x = (struct seen){ 0 };
	MUST(records_each(s, &q, see, &x, &e));
	assert_int_equal(x.n, 3);
	assert_string_equal(x.first.label, "user00097@x.test");
	MUST(record_find(s, &record_users, 2, "USER00007@X.test", &id, &e));
	assert_int_equal(id, 7);
	MUST(record_find(s, &record_users, 1, "user00007@x.test", &id, &e));
	assert_int_equal(id, 0);
}

/* Every list's SQL is prepared with every column, filter and order. */
static void every_table_of_lists_is_sql(void **state) {
	(void)state;
	for (size_t l = 0; record_lists[l]; l++) {
		const struct record_list *list = record_lists[l];
		for (size_t other = 0; other < l; other++)
			assert_string_not_equal(record_lists[other]->name, list->name);
		assert_true(list->column_count <= RECORD_COLUMNS_MAX);
		assert_true(list->sort < list->column_count);
		struct record_query q = { .list = list, .tenant = 1, .text = "x", .limit = 5 };
		for (size_t i = 0; i < list->column_count; i++) {
			q.sort = &list->columns[i];
			assert_int_equal(count_of(&q), 0);
		}
		for (size_t i = 0; i < list->filter_count; i++) {
			q.filter = &list->filters[i];
			assert_int_equal(count_of(&q), 0);
		}
	}
}

static void cells_are_for_people(void **state) {
	char text[64];
	struct record_column c = { .type = CELL_BYTES };
	(void)state;
	cell_text(text, sizeof text, &c, &(struct cell){ .number = -1, .text = "" });
	assert_string_equal(text, "unlimited");
	cell_text(text, sizeof text, &c, &(struct cell){ .number = 107374182400, .text = "" });
	assert_string_equal(text, "100.0 GB");
	cell_text(text, sizeof text, &c, &(struct cell){ .number = 1023, .text = "" });
	assert_string_equal(text, "1023 B");
	cell_text(text, sizeof text, &c, &(struct cell){ .number = INT64_MAX, .text = "" });
	assert_string_equal(text, "8191.9 PB");
	cell_text(text, sizeof text, &c, &(struct cell){ .null = true, .text = "" });
	assert_string_equal(text, "");
	c.type = CELL_YES;
	cell_text(text, sizeof text, &c, &(struct cell){ .number = 1, .text = "" });
	assert_string_equal(text, "yes");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		IN_PROJECT(a_task_runs_from_claim_to_end),
		IN_PROJECT(what_was_there_first_is_kept),
		IN_PROJECT(what_waits_is_looked_at_anew),
		IN_PROJECT(arguments_may_be_long),
		IN_PROJECT(what_is_skipped_is_listed_and_not_done),
		IN_PROJECT(read_only_refuses_every_change_and_no_reading),
		IN_PROJECT(read_only_holds_what_waits),
		IN_PROJECT(the_same_refresh_is_added_once),
		IN_PROJECT(a_dead_runners_task_is_taken_over),
		IN_PROJECT(wishes_fit_the_state),
		IN_PROJECT(secrets_are_sealed_and_go_when_done),
		IN_PROJECT(the_audit_list_only_grows),
		IN_PROJECT(lists_filter_sort_and_page),
		IN_PROJECT(every_table_of_lists_is_sql),
		IN_PROJECT(cells_are_for_people),
	};
	return cmocka_run_group_tests_name("store/tasks", tests, NULL, NULL);
}
