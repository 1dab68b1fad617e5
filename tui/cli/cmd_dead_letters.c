/* SPDX-License-Identifier: MIT
 *
 * cmd_dead_letters.c - `mailvan dead-letters`: messages that the target refused for good, or that are too large for it,
 * kept as files.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tui/cli/commands.h"
#include "tui/cli/rows.h"
#include "tui/cli/selection.h"

struct listing {
	struct cli *c;
	json_t *array;
	int dir; /* of --export, else -1 */
	const char *dir_name;
	bool failed;
	struct err *e;
	uint64_t n;
};

static bool add_json(struct listing *l, const struct dead_letter_row *row) {
	const struct dead_letter_facts *f = &row->facts;
	json_t *o = json_pack(
		"{s:o, s:I, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o}", "file", json_text(row->path),
		"mailbox", (json_int_t)row->id.mailbox, "source", json_text_or_null(f->source), "target",
		json_text_or_null(f->target), "folder", json_text_or_null(f->folder), "uid",
		(json_int_t)row->id.uid, "date", json_text_or_null(f->date), "from", json_text_or_null(f->from),
		"subject", json_text_or_null(f->subject), "message_id", json_text_or_null(f->message_id), "arrived",
		json_text_or_null(f->arrived), "flags", json_text_or_null(f->flags), "size", (json_int_t)row->size,
		"reason", json_text_or_null(f->reason));
	return o && json_array_append_new(l->array, o) == 0;
}

static void clean_line(FILE *to, const char *before, const char *text) {
	char clean[4400];
	if (!*text)
		return;
	text_sanitise(clean, sizeof clean, text, strlen(text));
	fprintf(to, "%s%s", before, clean);
}

static void print(FILE *to, const struct dead_letter_row *row) {
	const struct dead_letter_facts *f = &row->facts;
	char bytes[24];
	text_bytes(bytes, sizeof bytes, row->size);
	clean_line(to, "", row->path);
	fprintf(to, ", %s\n   ", bytes);
	clean_line(to, " ", f->source);
	clean_line(to, ", ", f->folder);
	clean_line(to, " UID ", f->uid);
	clean_line(to, ", ", f->date);
	clean_line(to, ", from ", f->from);
	clean_line(to, ", ", f->subject);
	clean_line(to, "\n    ", f->reason);
	fputc('\n', to);
}

/* One file under a name of ours: what lies there already is not written over. */
static bool copy_file(struct listing *l, const char *from, const char *name) {
	char piece[65536];
	ssize_t n = -1;
	int in = open(from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0)
		return err_errno(l->e, ERR_LOCAL_DISK, "Cannot read %s", from);
	int out = openat(l->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool ok = out >= 0;
	while (ok && (n = read(in, piece, sizeof piece)) > 0)
		for (ssize_t done = 0, w; ok && done < n; done += w)
			ok = (w = write(out, piece + done, (size_t)(n - done))) > 0;
	ok = ok && n == 0;
	int why = errno;
	close(in);
	if (out >= 0 && close(out) != 0 && ok) {
		why = errno;
		ok = false;
	}
	errno = why;
	if (ok)
		return true;
	err_errno(l->e, ERR_INPUT, "Cannot write %s/%s", l->dir_name, name);
	if (out >= 0)
		unlinkat(l->dir, name, 0);
	return false;
}

/* DIR/MAILBOX-FOLDER-UIDVALIDITY-UID.eml, and the .txt beside it where there is one. */
static bool export(struct listing *l, const struct dead_letter_row *row) {
	char name[DEAD_LETTER_NAME_MAX], flat[DEAD_LETTER_NAME_MAX], facts[4096 + 8];
	dead_letter_name(name, &row->id);
	text_copy(flat, sizeof flat, name + strlen(DEAD_LETTERS_DIR "/"));
	for (char *slash; (slash = strchr(flat, '/')) != NULL;)
		*slash = '-';
	if (!copy_file(l, row->path, flat))
		return false;
	text_copy(facts, sizeof facts, row->path);
	memcpy(facts + strlen(facts) - 3, "txt", 3);
	memcpy(flat + strlen(flat) - 3, "txt", 3);
	return access(facts, F_OK) != 0 || copy_file(l, facts, flat);
}

static bool each(void *arg, const struct dead_letter_row *row) {
	struct listing *l = arg;
	if (l->dir >= 0 && !export(l, row)) {
		l->failed = true;
		return false;
	}
	if (l->array && !add_json(l, row)) {
		l->failed = !err_nomem(l->e);
		return false;
	}
	if (!l->array)
		print(l->c->out, row);
	l->n++;
	return true;
}

static bool open_export(struct listing *l, const char *dir, struct err *e) {
	l->dir_name = dir;
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return err_errno(e, ERR_INPUT, "Cannot make the directory %s", dir);
	l->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return l->dir >= 0 || err_errno(e, ERR_INPUT, "Cannot open the directory %s", dir);
}

static int list(struct cli *c, struct store *s, struct selection *sel) {
	const char *dir = cli_value(c, "export");
	struct err e;
	struct listing l = { .c = c, .dir = -1, .e = &e };
	bool all = c->arg_count == 0 && !cli_flag(c, "batch");
	err_clear(&e);
	if (c->json)
		l.array = json_array();
	bool ok = (!dir || open_export(&l, dir, &e)) && selection_freeze(s, sel, &e);
	/* Those of mailboxes that were removed are still there, and are listed with all. */
	if (ok && all)
		ok = dead_letters_list(s, 0, each, &l, &e) && !l.failed;
	for (size_t i = 0; ok && !all && i < sel->filter.id_count; i++)
		ok = dead_letters_list(s, sel->ids[i], each, &l, &e) && !l.failed;
	if (l.dir >= 0)
		close(l.dir);
	if (!ok) {
		json_decref(l.array);
		return cli_fail(c, &e);
	}
	if (c->json)
		return cli_print_json(c, json_pack("{s:o}", "dead_letters", l.array), CLI_OK);
	if (l.n == 0)
		fputs("No message was refused for good.\n", c->out);
	else if (dir)
		cli_note(c, "%" PRIu64 " copied to %s", l.n, dir);
	return CLI_OK;
}

static int run_dead_letters(struct cli *c) { return with_selection(c, STORE_LOOK, SELECTION_DEFAULT_ALL, list); }

const struct cli_command cmd_dead_letters = {
	.name = "dead-letters",
	.args = "[MAILBOX...]",
	.summary = "list messages that the target refused for good, kept as files",
	.details =
		"A message that the target refuses for its content, also after the repairs that the project allows "
		"('mailvan set repair'), or because it is too large, is kept as it came from the source, in the "
		"project's directory: "
		"dead-letters/MAILBOX/FOLDER-UIDVALIDITY-UID.eml, all of them numbers, with a .txt beside it that says "
		"whose it is and why it was refused. It counts as failed. 'mailvan retry' sends it again, and the file "
		"goes when it has arrived.\n\n"
		"--export copies the files to DIR, to be handed over or imported by hand. They hold mail: DIR is made "
		"for its owner only.",
	.options = (const struct cli_option[]){ CLI_SELECTION_OPTIONS,
						{ 'x', "export", "DIR", "copy the files to this directory" },
						CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.max_args = 1000,
	.run = run_dead_letters,
};
