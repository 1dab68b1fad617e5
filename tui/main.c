/* SPDX-License-Identifier: MIT
 *
 * main.c - the process made safe, then a subcommand, the console, or the status.
 */
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tui/cli/commands.h"
#include "tui/console.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

/* Passwords are in this process: no core file, and no other process of the user may attach. */
static void close_the_process(void) {
	umask(077);
	signal(SIGPIPE, SIG_IGN);
#ifndef SANITIZED
	/* LeakSanitizer attaches to its own process. */
	struct rlimit none = { 0, 0 };
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	setrlimit(RLIMIT_CORE, &none);
#endif
}

/* Names of folders are UTF-8: a locale that is not set (cron) must not cut them. One that was asked for stays. */
static void settle_locale(void) {
	const char *asked = getenv("LC_ALL");
	if (!asked || !*asked)
		asked = getenv("LC_CTYPE");
	if (!asked || !*asked)
		asked = getenv("LANG");
	if (!setlocale(LC_ALL, "") || !asked || !*asked)
		setlocale(LC_ALL, "C.UTF-8");
	setlocale(LC_NUMERIC, "C");
}

static void find_exe(struct cli *c, const char *argv0) {
	ssize_t n = readlink("/proc/self/exe", c->exe, sizeof c->exe - 1);
	if (n > 0)
		c->exe[n] = 0;
	else
		text_copy(c->exe, sizeof c->exe, argv0);
}

static int console(struct cli *c) {
	struct err e;
	err_clear(&e);
	struct store *s = cli_open(c, STORE_CREATE, NULL);
	if (!s)
		return CLI_USAGE;
	int code = console_run(s, c->project, c->exe, &e) == 0 ? CLI_OK : cli_fail(c, &e);
	store_close(s);
	return code;
}

/* `mailvan` alone: the console where there is a terminal, else what `mailvan status` prints. */
static const struct cli_command cmd_none = {
	.name = "", .args = "", .summary = "the console", .flags = CLI_JSON | CLI_HIDDEN, .run = console
};

static void print_action(void *arg, const struct action_text *a) {
	fprintf(arg, "action\t%s\t%s\t%s\t%s\t%s\t%s\n", a->id, a->keys, a->verb, a->context, a->label, a->help);
}

/* glibc raises the size from which memory is given back to the system with every large block that is freed; a message
 * of a megabyte would stay with us for good. */
static void give_memory_back(void) {
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	mallopt(M_TRIM_THRESHOLD, 256 * 1024);
}

int main(int argc, char **argv) {
	struct cli c;
	struct err e;
	memset(&c, 0, sizeof c);
	give_memory_back();
	close_the_process();
	settle_locale();
	c.out = stdout;
	c.err = stderr;
	find_exe(&c, argc > 0 ? argv[0] : "mailvan");
	err_clear(&e);
	if (sodium_init() < 0) {
		err_set(&e, ERR_LOCAL_DISK, "The random number source of this system does not work");
		return cli_fail(&c, &e);
	}
	if (!cli_parse(&c, argc, argv, &e))
		return cli_usage_error(&c, "%s", e.text);
	if (c.dump_actions) {
		actions_dump(print_action, c.out);
		return CLI_OK;
	}
	if (!c.command && !c.help) {
		bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !c.json;
		c.command = terminal ? &cmd_none : &cmd_status;
	}
	return cli_dispatch(&c);
}
