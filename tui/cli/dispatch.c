/* SPDX-License-Identifier: MIT
 *
 * dispatch.c - runs the parsed command, and the few lines that every command prints with.
 */
#include "tui/cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/rows.h"
#include "tui/cli/verbs.h"

int cli_fail(struct cli *c, const struct err *e) {
	fprintf(c->err, "mailvan: %s\n", e->text);
	if (e->cat == ERR_INPUT)
		return CLI_USAGE;
	return e->cat == ERR_CANCELLED ? CLI_STOPPED : CLI_GAPS;
}

/* Everything that is printed by format passes here once, so that a name from a file is harmless. */
static __attribute__((format(printf, 3, 0))) void print_sanitised(FILE *to, const char *prefix, const char *fmt,
								  va_list ap) {
	char raw[1024], clean[2048];
	vsnprintf(raw, sizeof raw, fmt, ap);
	text_sanitise(clean, sizeof clean, raw, strlen(raw));
	fprintf(to, "%s%s\n", prefix, clean);
}

int cli_usage_error(struct cli *c, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	print_sanitised(c->err, "mailvan: ", fmt, ap);
	va_end(ap);
	if (c->command)
		fprintf(c->err, "Try 'mailvan help %s'.\n", c->command->name);
	return CLI_USAGE;
}

void cli_note(struct cli *c, const char *fmt, ...) {
	va_list ap;
	fflush(c->out); /* on a terminal, or in one file, it stands where it was said */
	va_start(ap, fmt);
	print_sanitised(c->err, "", fmt, ap);
	va_end(ap);
}

static int not_printed(struct cli *c, const struct err *e, int code) {
	cli_fail(c, e);
	return code ? code : CLI_GAPS;
}

int cli_written(struct cli *c, int code) {
	struct err e;
	if (fflush(c->out) == 0 && !ferror(c->out))
		return code;
	/* A reader that has seen enough (mailvan status | head) is not a failure of ours. */
	if (errno == EPIPE)
		return code;
	if (c->told_unwritten)
		return code ? code : CLI_GAPS;
	c->told_unwritten = true;
	err_errno(&e, ERR_LOCAL_DISK, "Cannot write the output");
	return not_printed(c, &e, code);
}

int cli_print_json(struct cli *c, json_t *document, int code) {
	struct err e;
	bool ok = document && json_dumpf(document, c->out, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) == 0;
	json_decref(document);
	if (!ok && !ferror(c->out)) {
		err_nomem(&e);
		return not_printed(c, &e, code);
	}
	fputc('\n', c->out);
	return cli_written(c, code);
}

int cli_done(struct cli *c, const char *kind, const char *name, const char *done, int code) {
	char clean[1024];
	if (c->json)
		return cli_print_json(c, json_pack("{s:o, s:s}", kind, json_text(name), "done", done), code);
	text_sanitise(clean, sizeof clean, name, strlen(name));
	fprintf(c->out, "%s: %s\n", clean, done);
	return cli_written(c, code);
}

struct store *cli_open_quietly(const struct cli *c, enum store_mode mode, struct log *log, struct err *e) {
	struct store *s = store_open(c->project, mode, log, e);
	if (!s)
		e->cat = ERR_INPUT;
	else if (c->read_only)
		store_read_only(s);
	return s;
}

struct store *cli_open(struct cli *c, enum store_mode mode, struct log *log) {
	struct err e;
	err_clear(&e);
	struct store *s = cli_open_quietly(c, mode, log, &e);
	if (!s)
		cli_fail(c, &e);
	return s;
}

/* Absolute, because a worker that systemd starts has another working directory. */
static bool make_absolute(char *path, size_t size, struct err *e) {
	char relative[4096];
	if (path[0] == '/')
		return true;
	text_copy(relative, sizeof relative, path);
	if (!getcwd(path, size))
		return err_errno(e, ERR_INPUT, "Cannot tell the current directory; give --project an absolute path");
	size_t n = strlen(path);
	if (n + 1 >= size || !text_copy(path + n + 1, size - n - 1, relative))
		return err_set(e, ERR_INPUT, "The path of the project is too long");
	path[n] = '/';
	return true;
}

static bool settle_project(struct cli *c, struct err *e) {
	const char *named = getenv("MAILVAN_PROJECT");
	if (!c->project[0] && (!named || !*named))
		return store_default_dir(c->project, sizeof c->project, e);
	if (!c->project[0] && !text_copy(c->project, sizeof c->project, named))
		return err_set(e, ERR_INPUT, "The path in $MAILVAN_PROJECT is too long");
	return make_absolute(c->project, sizeof c->project, e);
}

int cli_dispatch(struct cli *c) {
	struct err e;
	err_clear(&e);
	if (c->version && c->json)
		return cli_print_json(c, json_pack("{s:s}", "version", MAILVAN_VERSION), CLI_OK);
	if (c->version) {
		fprintf(c->out, "mailvan %s\n", MAILVAN_VERSION);
		return CLI_OK;
	}
	if (c->dump_commands) {
		cli_dump_commands(c->out);
		return CLI_OK;
	}
	if (c->help) {
		cli_print_help(c->out, c->command);
		return CLI_OK;
	}
	if (!settle_project(c, &e))
		return cli_fail(c, &e);
	return cli_written(c, c->command->verbs ? cli_run_verb(c) : c->command->run(c));
}
