/* SPDX-License-Identifier: MIT
 *
 * test_cli_parse.c - options, operands, hints, and that every table row is usable.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tui/cli/verbs.h"
#include "tui/cli/cli.h"

#define ARGS(...) ((char *[]){ (char[]){ "mailvan" }, __VA_ARGS__, NULL })
#define A(s) ((char[]){ s })

static bool parse(struct cli *c, char **argv, struct err *e) {
	int argc = 0;
	while (argv[argc])
		argc++;
	memset(c, 0, sizeof *c);
	err_clear(e);
	c->out = stdout;
	c->err = stderr;
	return cli_parse(c, argc, argv, e);
}

static void options_may_stand_anywhere(void **state) {
	(void)state;
	struct cli c;
	struct err e;
	assert_true(parse(&c,
			  ARGS(A("--project"), A("/p"), A("migrate"), A("anna@a"), A("--wait"), A("7"), A("-j"), A("3"),
			       A("--json")),
			  &e));
	assert_string_equal(c.project, "/p");
	assert_string_equal(c.command->name, "migrate");
	assert_int_equal(c.arg_count, 2);
	assert_string_equal(c.args[0], "anna@a");
	assert_string_equal(c.args[1], "7");
	assert_true(cli_flag(&c, "wait"));
	assert_true(c.json);
	assert_string_equal(cli_value(&c, "jobs"), "3");
}

static void forms_of_a_value(void **state) {
	(void)state;
	struct cli c;
	struct err e;
	assert_true(parse(&c, ARGS(A("migrate"), A("--batch=one"), A("-btwo")), &e));
	assert_string_equal(cli_value(&c, "batch"), "two");
	assert_string_equal(cli_value_at(&c, "batch", 0), "one");
	assert_null(cli_value_at(&c, "batch", 2));
	assert_true(parse(&c, ARGS(A("migrate"), A("-aw"), A("--skip-folder=")), &e));
	assert_true(cli_flag(&c, "all") && cli_flag(&c, "wait"));
	assert_string_equal(cli_value(&c, "skip-folder"), "");
	/* A value that looks like an option is still the value. */
	assert_true(parse(&c, ARGS(A("migrate"), A("--batch"), A("--wait")), &e));
	assert_string_equal(cli_value(&c, "batch"), "--wait");
	assert_false(cli_flag(&c, "wait"));
}

static void two_dashes_end_the_options(void **state) {
	(void)state;
	struct cli c;
	struct err e;
	assert_true(parse(&c, ARGS(A("status"), A("--"), A("--all"), A("-x")), &e));
	assert_int_equal(c.arg_count, 2);
	assert_string_equal(c.args[0], "--all");
	assert_false(cli_flag(&c, "all"));
}

static void mistakes_name_what_was_meant(void **state) {
	(void)state;
	static const struct {
		const char *words[4], *says;
	} rows[] = {
		{ { "migrat" }, "Did you mean 'migrate'?" },
		{ { "stauts" }, "Did you mean 'status'?" },
		{ { "migrate", "--fialed" }, "Did you mean --failed?" },
		{ { "migrate", "--fail" }, "Did you mean --failed?" },
		{ { "migrate", "--wait=yes" }, "--wait takes no value" },
		{ { "migrate", "--batch" }, "--batch needs a value" },
		{ { "migrate", "-b" }, "-b needs a value" },
		{ { "migrate", "-Z" }, "There is no option -Z" },
		{ { "worker", "--json" }, "nothing to print as JSON" },
		{ { "worker", "x" }, "one operand too many" },
		{ { "completion" }, "An operand is missing" },
		{ { "zzzzzzzzzz" }, "'mailvan help' lists them" },
		{ { "--project=", "status" }, "--project needs" },
		{ { "--wait", "migrate" }, "before the command's name" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *argv[6] = { A("mailvan") };
		struct cli c;
		struct err e;
		for (size_t k = 0; k < 4 && rows[i].words[k]; k++)
			argv[k + 1] = strdup(rows[i].words[k]);
		assert_false(parse(&c, argv, &e));
		assert_int_equal(e.cat, ERR_INPUT);
		if (!strstr(e.text, rows[i].says))
			fail_msg("'%s' does not say '%s'", e.text, rows[i].says);
		for (size_t k = 1; k < 5; k++)
			free(argv[k]);
	}
}

static void numbers_are_checked(void **state) {
	(void)state;
	struct cli c;
	struct err e;
	uint64_t n;
	assert_true(parse(&c, ARGS(A("migrate"), A("--jobs"), A("12")), &e));
	assert_true(cli_number(&c, "jobs", 1, 100, 0, &n, &e));
	assert_int_equal(n, 12);
	assert_false(cli_number(&c, "jobs", 1, 10, 0, &n, &e));
	assert_non_null(strstr(e.text, "from 1 to 10, not '12'"));
	assert_true(cli_number(&c, "nothing", 1, 10, 4, &n, &e));
	assert_int_equal(n, 4);
	assert_true(parse(&c, ARGS(A("migrate"), A("--jobs"), A("-1")), &e));
	assert_false(cli_number(&c, "jobs", 1, 100, 0, &n, &e));
}

static void too_many_options_are_refused(void **state) {
	(void)state;
	char option[] = "--skip-folder=x";
	char *argv[CLI_OPTIONS_MAX + 4] = { A("mailvan"), A("migrate") };
	struct cli c;
	struct err e;
	for (size_t i = 0; i < CLI_OPTIONS_MAX + 1; i++)
		argv[i + 2] = option;
	assert_false(parse(&c, argv, &e));
	assert_non_null(strstr(e.text, "Too many options"));
}

static void help_wins_over_missing_operands(void **state) {
	(void)state;
	struct cli c;
	struct err e;
	assert_true(parse(&c, ARGS(A("completion"), A("--help")), &e));
	assert_true(c.help);
	assert_string_equal(c.command->name, "completion");
}

static void check_options(const struct cli_option *own, const struct cli_option *other) {
	for (const struct cli_option *o = own; o && o->name; o++) {
		assert_true(strlen(o->help) > 8);
		assert_true(o->help[strlen(o->help) - 1] != '.');
		for (const struct cli_option *p = o + 1; p->name; p++) {
			assert_string_not_equal(o->name, p->name);
			assert_false(o->letter && o->letter == p->letter);
		}
		for (const struct cli_option *p = other; p && p->name; p++) {
			assert_string_not_equal(o->name, p->name);
			assert_false(o->letter && o->letter == p->letter);
		}
	}
}

/* Each option that a verb names is one of its command. */
static void check_verb_options(const struct cli_command *command, const struct cli_verb *v) {
	char names[1000];
	assert_true(text_copy(names, sizeof names, v->options));
	for (char *save, *n = strtok_r(names, " ", &save); n; n = strtok_r(NULL, " ", &save)) {
		const struct cli_option *o = command->options;
		while (o && o->name && strcmp(o->name, n) != 0)
			o++;
		if (!o || !o->name)
			fail_msg("%s %s names --%s, which its command does not have", command->name, v->name, n);
	}
}

static void check_verbs(const struct cli_command *command, const struct cli_verb *verbs) {
	for (const struct cli_verb *v = verbs; v && v->name; v++) {
		assert_non_null(v->run);
		assert_true(strlen(v->summary) > 8);
		assert_true(v->summary[strlen(v->summary) - 1] != '.');
		assert_true(v->max_args >= v->min_args);
		assert_true(v->max_args < command->max_args);
		assert_true((*v->args != 0) == (v->max_args > 0));
		check_verb_options(command, v);
		for (const struct cli_verb *other = v + 1; other->name; other++)
			assert_string_not_equal(other->name, v->name);
	}
}

/* The rows that help, completion and the man page are made of: nothing missing, nothing twice. */
static void every_row_is_complete(void **state) {
	(void)state;
	check_options(cli_global_options, NULL);
	for (size_t i = 0; cli_commands[i]; i++) {
		const struct cli_command *command = cli_commands[i];
		assert_true((command->run != NULL) != (command->verbs != NULL)); /* one or the other */
		check_verbs(command, command->verbs);
		for (const struct cli_verb_group *g = command->verb_groups; g && g->name; g++)
			check_verbs(command, g->verbs);
		assert_non_null(command->args);
		assert_true(strlen(command->summary) > 8);
		assert_true(command->summary[strlen(command->summary) - 1] != '.');
		assert_true(command->max_args >= command->min_args);
		assert_true((*command->args != 0) == (command->max_args > 0));
		check_options(command->options, cli_global_options);
		for (size_t k = i + 1; cli_commands[k]; k++)
			assert_string_not_equal(command->name, cli_commands[k]->name);
	}
}

static void the_issue_s_commands_are_there(void **state) {
	(void)state;
	static const char *const wanted[] = { "add",	"target", "test",  "move",   "migrate", "status", "pause",
					      "resume", "stop",	  "retry", "verify", "report",	"worker", "remove" };
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		bool found = false;
		for (size_t k = 0; cli_commands[k]; k++)
			found |= strcmp(cli_commands[k]->name, wanted[i]) == 0;
		if (!found)
			fail_msg("no command %s", wanted[i]);
	}
}

static char *captured(void (*print)(FILE *)) {
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	assert_non_null(to);
	print(to);
	fclose(to);
	return text;
}

static void print_all_help(FILE *to) {
	cli_print_help(to, NULL);
	for (size_t i = 0; cli_commands[i]; i++)
		cli_print_help(to, cli_commands[i]);
}

static void help_names_everything_and_stays_narrow(void **state) {
	(void)state;
	char *text = captured(print_all_help);
	for (size_t i = 0; cli_commands[i]; i++) {
		assert_non_null(strstr(text, cli_commands[i]->summary));
		for (const struct cli_option *o = cli_commands[i]->options; o && o->name; o++)
			assert_non_null(strstr(text, o->help));
	}
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1)
		if (end - line > 120)
			fail_msg("too wide: %.*s", (int)(end - line), line);
	free(text);
}

static void dump_has_a_row_for_each(void **state) {
	(void)state;
	char *text = captured(cli_dump_commands);
	size_t commands = 0, rows = 0;
	for (size_t i = 0; cli_commands[i]; i++)
		commands++;
	for (char *p = text; (p = strstr(p, "command\t")); p++)
		rows++;
	assert_int_equal(rows, commands);
	assert_non_null(strstr(text, "verb\tdevice policy\tshow\tNAME\t"));
	assert_non_null(strstr(text, "option\tmigrate\t--wait\t\t"));
	assert_non_null(strstr(text, "option\t*\t--json\t"));
	free(text);
}

static void completion_is_valid_bash(void **state) {
	(void)state;
	FILE *bash = popen(
		"bash -c 'source /dev/stdin && COMP_WORDS=(mailvan migr) COMP_CWORD=1 && _mailvan && "
		"[ \"${COMPREPLY[*]}\" = migrate ] && COMP_WORDS=(mailvan device enr) COMP_CWORD=2 && _mailvan && "
		"[ \"${COMPREPLY[*]}\" = enrol ] && COMP_WORDS=(mailvan -p /x migrate --wa) COMP_CWORD=4 && _mailvan "
		"&& [ \"${COMPREPLY[*]}\" = --wait ]'",
		"w");
	assert_non_null(bash);
	cli_print_completion(bash);
	assert_int_equal(pclose(bash), 0);
}

static void nearest_is_near(void **state) {
	(void)state;
	static const char *const names[] = { "status", "stop", "resume", "report", NULL };
	assert_string_equal(cli_nearest("statsu", names), "status");
	assert_string_equal(cli_nearest("repotr", names), "report");
	assert_string_equal(cli_nearest("res", names), "resume");
	assert_null(cli_nearest("qqqqqq", names));
	assert_null(cli_nearest("xylophone-xylophone-xylophone-xylophone-xylophone", names));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_may_stand_anywhere),
		cmocka_unit_test(forms_of_a_value),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(mistakes_name_what_was_meant),
		cmocka_unit_test(numbers_are_checked),
		cmocka_unit_test(too_many_options_are_refused),
		cmocka_unit_test(help_wins_over_missing_operands),
		cmocka_unit_test(every_row_is_complete),
		cmocka_unit_test(the_issue_s_commands_are_there),
		cmocka_unit_test(help_names_everything_and_stays_narrow),
		cmocka_unit_test(dump_has_a_row_for_each),
		cmocka_unit_test(completion_is_valid_bash),
		cmocka_unit_test(nearest_is_near),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
