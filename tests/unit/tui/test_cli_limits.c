/* SPDX-License-Identifier: MIT
 *
 * test_cli_limits.c - what is said of those that wait: of thousands the first ten, and how many more there are.
 */
#include "tui/cli/follow.h"
#include "tui/cli/limits.h"

#include "tests/unit/store/open_project.h"

#define ACCOUNTS 25

static size_t count_of(const char *text, const char *what) {
	size_t n = 0;
	for (const char *p = text; (p = strstr(p, what)) != NULL; p += strlen(what))
		n++;
	return n;
}

static void hold(const char *place, wall_ms_t until) {
	struct place_limit *l = calloc(1, sizeof *l);
	struct err e;
	assert_non_null(l);
	*l = (struct place_limit){ .at_once = 1, .wish = 1, .held_until = until, .cat = ERR_THROTTLED };
	text_copy(l->place, sizeof l->place, place);
	text_copy(l->why, sizeof l->why, "it asked for that");
	MUST(place_limit_save(s, l, &e));
	free(l);
}

static char *printed(unsigned accounts) {
	struct err e;
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);
	assert_non_null(to);
	MUST(limits_print(to, s, accounts, &e));
	fclose(to);
	return text;
}

/* Hosts are few and always named; accounts can be as many as mailboxes. */
static void accounts_are_capped(void **state) {
	char place[64];
	struct err e;
	(void)state;
	for (unsigned i = 0; i < ACCOUNTS; i++) {
		snprintf(place, sizeof place, "imap.old.example:993/user%02u", i);
		hold(place, wall_ms() + 60000);
	}
	hold("imap.old.example:993", wall_ms() + 60000);
	hold("z.example:993", wall_ms() + 60000);
	MUST(store_flush(s, &e));
	char *text = printed(10);
	assert_int_equal(count_of(text, "/user"), 10);
	assert_int_equal(count_of(text, "starts nothing new until"), 12);
	assert_non_null(strstr(text, "imap.old.example:993 starts"));
	assert_non_null(strstr(text, "z.example:993 starts"));
	assert_non_null(strstr(text, "\nand 15 more accounts: mailvan set\n"));
	free(text);
	text = printed(ACCOUNTS - 1);
	assert_non_null(strstr(text, "\nand 1 more account: mailvan set\n"));
	free(text);
	text = printed(ACCOUNTS);
	assert_int_equal(count_of(text, "/user"), ACCOUNTS);
	assert_null(strstr(text, "more account"));
	free(text);
}

static void budget_is_used_up(int64_t id, wall_ms_t until) {
	struct mailbox_progress p = { .id = id,
				      .state = MBOX_QUEUED,
				      .eta_s = -1,
				      .throttled_until = until,
				      .error_cat = ERR_DAILY_BUDGET,
				      .error = "imap.gmail.com:993/anna has read all of the 2.5 GB that it may in 24 "
					       "hours" };
	struct err e;
	MUST(mailboxes_progress(s, &p, 1, &e));
	MUST(store_flush(s, &e));
}

/* `migrate --wait` says once what a mailbox waits for, and until when: it may be a day. */
static void a_used_up_day_is_told_once(void **state) {
	struct mailbox_filter all = { 0 };
	struct err e;
	char *text = NULL;
	size_t n = 0;
	(void)state;
	add_many(s, ACCOUNTS);
	for (int64_t id = 1; id <= ACCOUNTS; id++)
		set_state(s, id, MBOX_QUEUED);
	struct cli c = { .err = open_memstream(&text, &n) };
	assert_non_null(c.err);
	struct follow *f = follow_open(&c, s, &all, &e);
	assert_non_null(f);
	fflush(c.err);
	assert_int_equal(n, 0);
	budget_is_used_up(1, wall_ms() + 3600000);
	follow_close(f);
	assert_int_equal(count_of(text, "user00001@old.example: Queued. Waits until "), 1);
	assert_non_null(strstr(text, "has read all of the 2.5 GB that it may in 24 hours"));
	assert_int_equal(count_of(text, "\n"), 1);
	/* Of many the first ten. Who comes later hears of the first one too: that it waited before. */
	rewind(c.err);
	f = follow_open(&c, s, &all, &e);
	assert_non_null(f);
	fflush(c.err);
	assert_int_equal(count_of(text, "\n"), 1);
	assert_int_equal(count_of(text, "user00001@old.example: Queued already. Waits until "), 1);
	rewind(c.err);
	for (int64_t id = 2; id <= ACCOUNTS; id++)
		budget_is_used_up(id, wall_ms() + 3600000);
	follow_close(f);
	fclose(c.err);
	text[n] = '\0';
	assert_int_equal(count_of(text, "Waits until"), 10);
	assert_int_equal(count_of(text, "\n14 more wait; 'mailvan status' says what for.\n"), 1);
	free(text);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		IN_PROJECT(accounts_are_capped),
		IN_PROJECT(a_used_up_day_is_told_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
