/* SPDX-License-Identifier: MIT
 *
 * test_cli_selection.c - which rows a command line means, on a real store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <spawn.h>
#include <unistd.h>

#include "tui/cli/report.h"
#include "tui/cli/selection.h"

extern char **environ;

struct fixture {
	char dir[64];
	struct store *s;
};

static void add(struct store *s, const char *source, const char *target, const char *batch) {
	struct mailbox_spec spec;
	struct add_result r;
	struct err e;
	memset(&spec, 0, sizeof spec);
	endpoint_init(&spec.source);
	endpoint_init(&spec.target);
	text_copy(spec.source_identity, sizeof spec.source_identity, source);
	text_copy(spec.target_identity, sizeof spec.target_identity, target);
	text_copy(spec.source.host, sizeof spec.source.host, "source.test");
	text_copy(spec.source.login, sizeof spec.source.login, source);
	text_copy(spec.target.host, sizeof spec.target.host, "target.test");
	text_copy(spec.batch, sizeof spec.batch, batch);
	assert_true(secret_set(&spec.source.password, "p", 1));
	if (!mailboxes_add(s, &spec, 1, &r, &e))
		fail_msg("%s", e.text);
	assert_int_equal(r.added, 1);
	endpoint_clear(&spec.source);
	endpoint_clear(&spec.target);
}

static int setup(void **state) {
	struct fixture *f = calloc(1, sizeof *f);
	struct err e;
	text_copy(f->dir, sizeof f->dir, "/tmp/mailvan-test-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	f->s = store_open(f->dir, STORE_MUST_EXIST, NULL, &e);
	assert_null(f->s);
	f->s = store_open(f->dir, STORE_CREATE, NULL, &e);
	if (!f->s)
		fail_msg("%s", e.text);
	add(f->s, "anna@old", "anna@new", "one"); /* 1 */
	add(f->s, "bob@old", "bob@new", "one");   /* 2 */
	add(f->s, "carl@old", "joint@new", "");   /* 3 */
	add(f->s, "dora@old", "joint@new", "");   /* 4 */
	*state = f;
	return 0;
}

static int teardown(void **state) {
	struct fixture *f = *state;
	char rm[] = "rm", flags[] = "-rf", *argv[] = { rm, flags, f->dir, NULL };
	pid_t pid;
	int status;
	store_close(f->s);
	assert_int_equal(posix_spawnp(&pid, "rm", NULL, NULL, argv, environ), 0);
	waitpid(pid, &status, 0);
	free(f);
	return 0;
}

/* Words after the command; the ids that it means, "!" and a part of the error, or "" for no ids (all). */
static void check(struct store *s, enum selection_rule rule, const char *words, const char *expected) {
	char line[256], found[128] = "", *argv[16] = { (char[]){ "mailvan" }, (char[]){ "stop" } }, *rest = line, *word;
	struct selection sel;
	struct cli c;
	struct err e;
	int argc = 2;
	memset(&c, 0, sizeof c);
	err_clear(&e);
	text_copy(line, sizeof line, words);
	while ((word = strsep(&rest, " ")))
		if (*word)
			argv[argc++] = word;
	assert_true(cli_parse(&c, argc, argv, &e));
	if (!selection_read(&c, s, rule, &sel, &e)) {
		if (*expected != '!' || !strstr(e.text, expected + 1))
			fail_msg("%s: %s, not %s", words, e.text, expected);
		assert_int_equal(e.cat, ERR_INPUT);
		return;
	}
	if (!selection_freeze(s, &sel, &e))
		fail_msg("%s", e.text);
	for (size_t i = 0; i < sel.filter.id_count; i++) {
		size_t n = strlen(found);
		snprintf(found + n, sizeof found - n, "%s%d", i ? " " : "", (int)sel.ids[i]);
	}
	assert_string_equal(found, expected);
	selection_free(&sel);
}

static void what_is_meant(void **state) {
	struct fixture *f = *state;
	check(f->s, SELECTION_REQUIRED, "--all", "1 2 3 4");
	check(f->s, SELECTION_DEFAULT_ALL, "", "1 2 3 4");
	check(f->s, SELECTION_REQUIRED, "", "!Which mailboxes?");
	check(f->s, SELECTION_REQUIRED, "--batch one", "1 2");
	check(f->s, SELECTION_REQUIRED, "--batch two", "!two");
	check(f->s, SELECTION_REQUIRED, "anna@old", "1");
	check(f->s, SELECTION_REQUIRED, "BOB@NEW 1", "1 2");
	check(f->s, SELECTION_REQUIRED, "joint@new", "3 4");
	check(f->s, SELECTION_REQUIRED, "4 dora@old 4", "4");
	check(f->s, SELECTION_REQUIRED, "nobody anna@old 99", "!'nobody', '99'");
	check(f->s, SELECTION_REQUIRED, "anna@old --all", "!not two of them");
	check(f->s, SELECTION_REQUIRED, "--all --batch one", "!not both");
	check(f->s, SELECTION_DEFAULT_ALL, "old", "!'old'");
}

static void freezing_keeps_the_rows(void **state) {
	struct fixture *f = *state;
	struct selection sel;
	struct command_result r;
	struct err e;
	memset(&sel, 0, sizeof sel);
	sel.filter.states = 1u << MBOX_STOPPED;
	assert_true(selection_freeze(f->s, &sel, &e));
	assert_int_equal(sel.filter.id_count, 4);
	assert_true(command_issue(f->s, CMD_MIGRATE, &sel.filter, "test", &r, &e));
	assert_int_equal(r.affected, 4);
	/* By state none would be left now. */
	assert_true(command_issue(f->s, CMD_STOP, &sel.filter, "test", &r, &e));
	assert_int_equal(r.affected, 4);
	selection_free(&sel);
}

static void report_formats(void **state) {
	struct fixture *f = *state;
	static const char *const starts[] = { "No messages are known yet.", "{", "\"record\"" };
	struct selection sel;
	struct err e;
	memset(&sel, 0, sizeof sel);
	assert_true(selection_freeze(f->s, &sel, &e));
	for (int i = REPORT_TEXT; i <= REPORT_CSV; i++) {
		char *text = NULL;
		size_t size;
		FILE *to = open_memstream(&text, &size);
		if (!report_write(f->s, &sel, (enum report_format)i, to, false, &e))
			fail_msg("%s", e.text);
		fclose(to);
		assert_memory_equal(text, starts[i], strlen(starts[i]));
		assert_non_null(strstr(text, "dora@old"));
		assert_null(strstr(text, "verified "));
		free(text);
	}
	selection_free(&sel);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_meant, setup, teardown),
		cmocka_unit_test_setup_teardown(freezing_keeps_the_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(report_formats, setup, teardown),
	};
	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
