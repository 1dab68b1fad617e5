/* SPDX-License-Identifier: MIT
 *
 * test_users_cache.c - the cached users of a tenant: whole lists, changes only, figures from elsewhere; other tenants
 * are left alone.
 */
#include "tests/unit/store/fixture.h"

#include "core/store/records.h"
#include "core/store/users_cache.h"

struct seen {
	char text[2000];
};

static bool on_row(void *arg, const struct record *r) {
	struct seen *s = arg;
	size_t n = strlen(s->text);
	char line[600] = "";
	for (size_t i = 0; i < record_users.column_count; i++) {
		const struct cell *c = &r->cells[i];
		const char *name = record_users.columns[i].name;
		size_t k = strlen(line);
		if (strcmp(name, "id") == 0 || strcmp(name, "created") == 0 || strcmp(name, "measured") == 0)
			continue;
		if (c->null)
			snprintf(line + k, sizeof line - k, "-,");
		else if (record_users.columns[i].type == CELL_TEXT)
			snprintf(line + k, sizeof line - k, "%s,", c->text);
		else
			snprintf(line + k, sizeof line - k, "%lld,", (long long)c->number);
	}
	snprintf(s->text + n, sizeof s->text - n, "%s\n", line);
	return true;
}

static void expect(struct store *s, int64_t tenant, const char *filter, const char *text) {
	struct seen seen = { "" };
	struct err e;
	struct record_query q = { .list = &record_users, .tenant = tenant };
	if (filter)
		assert_non_null(q.filter = record_filter_find(&record_users, filter));
	MUST(records_each(s, &q, on_row, &seen, &e));
	assert_string_equal(seen.text, text);
}

#define SAVE(tenant_, full_, delta_, ...)                                                                              \
	do {                                                                                                           \
		const struct user_row rows_[] = { __VA_ARGS__ };                                                       \
		struct users_update u_ = {                                                                             \
			.full = (full_), .users = rows_, .user_count = sizeof rows_ / sizeof *rows_, .delta = (delta_) \
		};                                                                                                     \
		MUST(users_cache_save(s, (tenant_), &u_, &e));                                                         \
	} while (0)
#define A                                                                                                              \
	{                                                                                                              \
		.guid = "1", .upn = "a@x", .name = "A", .mail = "a@x", .kind = "user", .location = "DE",               \
		.licenses = "E3", .company = "C", .department = "D", .given = "G", .surname = "S", .job = "J",         \
		.addresses = "SMTP:a@x", .enabled = 1, .synced = 0, .created = 5                                       \
	}
#define B                                                                                                              \
	{                                                                                                              \
		.guid = "2", .upn = "b@x", .name = "B", .mail = "", .kind = "user", .location = "", .licenses = "",    \
		.company = "", .department = "", .addresses = "", .enabled = 0, .synced = 1, .created = 6              \
	}
#define A_LINE "a@x,A,1,E3,user,DE,-,-,-,a@x,C,D,G,S,J,0,-,SMTP:a@x,\n"
#define B_LINE "b@x,B,0,,user,,-,-,-,,,,,,,1,-,,\n"

static void lists(void **state) {
	char dir[64];
	struct err e;
	struct list_state age;
	(void)state;
	dir_make(dir);
	struct store *s = open_store(dir, STORE_CREATE);
	SAVE(1, true, "mark-1", A, B);
	SAVE(2, true, "", A);
	expect(s, 1, NULL, A_LINE B_LINE);
	MUST(list_state_get(s, 1, "refresh-users", &age, &e));
	assert_string_equal(age.delta, "mark-1");
	assert_int_equal(age.rows, 2);
	assert_true(age.refreshed > 0);
	/* Only what is named changes; "" is a value. */
	SAVE(1, false, "mark-2", { .guid = "1", .location = "", .enabled = 0, .synced = -1, .created = -1 });
	expect(s, 1, NULL, "a@x,A,0,E3,user,,-,-,-,a@x,C,D,G,S,J,0,-,SMTP:a@x,\n" B_LINE);
	/* A change of ours moves neither the mark nor the age. */
	SAVE(1, false, NULL, { .guid = "1", .location = "AT", .enabled = 1, .synced = -1, .created = -1 });
	MUST(list_state_get(s, 1, "refresh-users", &age, &e));
	assert_string_equal(age.delta, "mark-2");
	SAVE(1, false, "mark-3", { .guid = "2", .removed = true, .enabled = -1, .synced = -1, .created = -1 },
	     { .guid = "9", .removed = true });
	expect(s, 1, NULL, "a@x,A,1,E3,user,AT,-,-,-,a@x,C,D,G,S,J,0,-,SMTP:a@x,\n");
	SAVE(1, true, "", B);
	expect(s, 1, NULL, B_LINE);
	expect(s, 2, NULL, A_LINE);
	store_close(s);
	dir_remove(dir);
}

static void figures(void **state) {
	char dir[64];
	struct err e;
	struct list_state note;
	(void)state;
	dir_make(dir);
	struct store *s = open_store(dir, STORE_CREATE);
	SAVE(1, true, "", A, B);
	const struct user_size sizes[] = { { "A@X", NULL, 3, 95, 100 },
					   { "b@x", "shared", USER_SIZE_SAME, USER_SIZE_SAME, 50 },
					   { "nobody@x", NULL, 1, 1, 1 } };
	MUST(users_cache_sizes(s, 1, "mailbox-sizes", sizes, 3, 77, "", &e));
	expect(s, 1, NULL,
	       "a@x,A,1,E3,user,DE,95,100,-,a@x,C,D,G,S,J,0,3,SMTP:a@x,\nb@x,B,0,,shared,,-,50,-,,,,,,,1,-,,\n");
	expect(s, 1, "full", "a@x,A,1,E3,user,DE,95,100,-,a@x,C,D,G,S,J,0,3,SMTP:a@x,\n");
	/* The directory calls each a user; who is a room stays one until the kinds say otherwise. */
	SAVE(1, false, "", B);
	expect(s, 1, "shared", "b@x,B,0,,shared,,-,50,-,,,,,,,1,-,,\n");
	const struct user_size kinds[] = { { "a@x", "room", USER_SIZE_SAME, USER_SIZE_SAME, USER_SIZE_SAME } };
	MUST(users_cache_sizes(s, 1, "mailbox-kinds", kinds, 0, 0, "not allowed", &e));
	expect(s, 1, "shared", "b@x,B,0,,shared,,-,50,-,,,,,,,1,-,,\n");
	MUST(list_state_get(s, 1, "mailbox-kinds", &note, &e));
	assert_string_equal(note.delta, "not allowed");
	MUST(users_cache_sizes(s, 1, "mailbox-kinds", kinds, 1, 0, "", &e));
	expect(s, 1, "shared", "a@x,A,1,E3,room,DE,95,100,-,a@x,C,D,G,S,J,0,3,SMTP:a@x,\n");
	/* Not known, never, some day. */
	expect(s, 1, "never-signed-in", "");
	const struct user_sign_in sign_ins[] = { { "1", 1000 }, { "2", 0 } };
	MUST(users_cache_sign_ins(s, 1, sign_ins, 2, "", &e));
	expect(s, 1, "never-signed-in", "b@x,B,0,,user,,-,50,0,,,,,,,1,-,,\n");
	expect(s, 1, "not-active", "b@x,B,0,,user,,-,50,0,,,,,,,1,-,,\n");
	store_close(s);
	dir_remove(dir);
}

int main(void) {
	const struct CMUnitTest tests[] = { cmocka_unit_test(lists), cmocka_unit_test(figures) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
