/* SPDX-License-Identifier: MIT
 *
 * test_cli_dead_letters.c - `mailvan dead-letters` lists, and copies without writing over anything; `set repair`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tui/cli/cli.h"

struct fixture {
	char dir[64], project[80], out_dir[80];
	char *out, *err;
};

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at) {
	(void)st, (void)flag, (void)at;
	return remove(path);
}

static void keep(struct store *s, int64_t mailbox, uint32_t uid) {
	struct dead_letter_facts *f = calloc(1, sizeof *f);
	struct err e;
	assert_non_null(f);
	text_copy(f->folder, sizeof f->folder, "INBOX");
	text_copy(f->source, sizeof f->source, "anna@old.example");
	text_copy(f->subject, sizeof f->subject, "hello \033[31m");
	text_copy(f->reason, sizeof f->reason, "BadContent: no");
	struct dead_letter *d = dead_letter_begin(s, &(struct dead_letter_id){ mailbox, 5, 1000, uid }, &e);
	assert_non_null(d);
	assert_true(dead_letter_write(d, "the text\n", 9, &e) && dead_letter_keep(d, f, &e));
	free(f);
}

static int setup(void **state) {
	struct fixture *f = calloc(1, sizeof *f);
	struct mailbox_spec *spec = calloc(1, sizeof *spec);
	struct add_result r;
	struct err e;
	assert_true(f && spec);
	text_copy(f->dir, sizeof f->dir, "/tmp/mailvan-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->project, sizeof f->project, "%s/project", f->dir);
	snprintf(f->out_dir, sizeof f->out_dir, "%s/out", f->dir);
	struct store *s = store_open(f->project, STORE_CREATE, NULL, &e);
	assert_non_null(s);
	text_copy(spec->source_identity, sizeof spec->source_identity, "anna@old.example");
	text_copy(spec->target_identity, sizeof spec->target_identity, "anna@new.example");
	text_copy(spec->source.host, sizeof spec->source.host, "source.test");
	assert_true(mailboxes_add(s, spec, 1, &r, &e));
	keep(s, 1, 20);
	keep(s, 1, 3);
	keep(s, 2, 7); /* of a mailbox that is gone */
	store_close(s);
	free(spec);
	*state = f;
	return 0;
}

static int teardown(void **state) {
	struct fixture *f = *state;
	nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(f->out);
	free(f->err);
	free(f);
	return 0;
}

/* What the command wrote is in f->out and f->err. */
static int run(struct fixture *f, const char *words) {
	char line[256], *argv[16] = { (char[]){ "mailvan" }, (char[]){ "--project" }, f->project }, *rest = line, *word;
	struct cli c = { 0 };
	struct err e;
	size_t n;
	int argc = 3;
	text_copy(line, sizeof line, words);
	while ((word = strsep(&rest, " ")))
		argv[argc++] = word;
	argv[argc] = NULL;
	free(f->out);
	free(f->err);
	c.out = open_memstream(&f->out, &n);
	c.err = open_memstream(&f->err, &n);
	err_clear(&e);
	if (!cli_parse(&c, argc, argv, &e))
		fail_msg("%s", e.text);
	int code = cli_dispatch(&c);
	fclose(c.out);
	fclose(c.err);
	return code;
}

static size_t times(const char *text, const char *what) {
	size_t n = 0;
	for (const char *p = text; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

static void listed(void **state) {
	struct fixture *f = *state;
	assert_int_equal(run(f, "dead-letters"), CLI_OK);
	assert_int_equal(times(f->out, "/dead-letters/"), 3);
	assert_non_null(strstr(f->out, "/dead-letters/1/5-1000-3.eml, 9 B"));
	assert_non_null(strstr(f->out, "BadContent: no"));
	assert_null(strchr(f->out, '\033'));
	assert_int_equal(run(f, "dead-letters anna@old.example"), CLI_OK);
	assert_int_equal(times(f->out, "/dead-letters/"), 2);
	assert_int_equal(run(f, "dead-letters nobody"), CLI_USAGE);
}

static void as_json(void **state) {
	struct fixture *f = *state;
	assert_int_equal(run(f, "dead-letters --json"), CLI_OK);
	json_t *o = json_loads(f->out, 0, NULL);
	const json_t *all = json_object_get(o, "dead_letters"), *first = json_array_get(all, 0);
	assert_int_equal(json_array_size(all), 3);
	assert_int_equal(json_integer_value(json_object_get(first, "mailbox")), 1);
	assert_int_equal(json_integer_value(json_object_get(first, "uid")), 3);
	assert_int_equal(json_integer_value(json_object_get(first, "size")), 9);
	assert_string_equal(json_string_value(json_object_get(first, "folder")), "INBOX");
	assert_true(json_is_null(json_object_get(first, "from")));
	json_decref(o);
}

static void copied(void **state) {
	struct fixture *f = *state;
	char command[200], path[200], text[32] = "";
	struct stat st;
	snprintf(command, sizeof command, "dead-letters --export %s", f->out_dir);
	assert_int_equal(run(f, command), CLI_OK);
	snprintf(path, sizeof path, "%s/1-5-1000-20.eml", f->out_dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	FILE *to = fopen(path, "r");
	assert_non_null(to);
	assert_int_equal(fread(text, 1, sizeof text - 1, to), 9);
	fclose(to);
	assert_string_equal(text, "the text\n");
	snprintf(path, sizeof path, "%s/2-5-1000-7.txt", f->out_dir);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(stat(f->out_dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	/* Not over what somebody may have mended. */
	assert_int_not_equal(run(f, command), CLI_OK);
	assert_non_null(strstr(f->err, "Cannot write"));
}

static void set_repair(void **state) {
	struct fixture *f = *state;
	assert_int_equal(run(f, "set"), CLI_OK);
	assert_non_null(strstr(f->out, "repair safe\n"));
	assert_int_equal(run(f, "set repair all"), CLI_OK);
	assert_non_null(strstr(f->out, "repair all\n"));
	assert_int_equal(run(f, "set repair everything"), CLI_USAGE);
	assert_non_null(strstr(f->err, "off, safe or all"));
	assert_int_equal(run(f, "set --json"), CLI_OK);
	assert_non_null(strstr(f->out, "\"repair\": \"all\""));
}

static void set_non_mail(void **state) {
	struct fixture *f = *state;
	assert_int_equal(run(f, "set"), CLI_OK);
	assert_non_null(strstr(f->out, "non-mail skip\n"));
	assert_int_equal(run(f, "set non-mail copy"), CLI_OK);
	assert_non_null(strstr(f->out, "non-mail copy\n"));
	assert_int_equal(run(f, "set non-mail maybe"), CLI_USAGE);
	assert_non_null(strstr(f->err, "skip or copy"));
	assert_int_equal(run(f, "set --json"), CLI_OK);
	assert_non_null(strstr(f->out, "\"non_mail\": \"copy\""));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void) {
	static const struct CMUnitTest tests[] = { T(listed), T(as_json), T(copied), T(set_repair),
						   T(set_non_mail) };
	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
