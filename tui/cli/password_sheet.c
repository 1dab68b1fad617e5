/* SPDX-License-Identifier: MIT
 *
 * password_sheet.c - see password_sheet.h.
 */
#include "tui/cli/password_sheet.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SHEETS_MAX 1000U /* made in one second */

/* nth: from 1; another name for each, where the name is ours to choose. */
static bool name_it(struct password_sheet *s, const char *project, const char *path, unsigned nth, struct err *e) {
	char when[40];
	struct tm tm;
	time_t now = time(NULL);
	if (path)
		return text_copy(s->path, sizeof s->path, path) ||
		       err_set(e, ERR_INPUT, "The path of the password sheet is too long");
	strftime(when, sizeof when, "%Y%m%d-%H%M%S", localtime_r(&now, &tm));
	if (nth == 1)
		snprintf(s->path, sizeof s->path, "%s/passwords-%s.csv", project, when);
	else
		snprintf(s->path, sizeof s->path, "%s/passwords-%s-%u.csv", project, when, nth);
	return true;
}

bool password_sheet_open(struct password_sheet *s, const char *project, const char *path, struct err *e) {
	char shown[300];
	int fd = -1;
	*s = (struct password_sheet){ 0 };
	/* Two commands of a script fall into one second. */
	for (unsigned nth = 1; fd < 0 && nth <= SHEETS_MAX; nth++) {
		if (!name_it(s, project, path, nth, e))
			return false;
		fd = open(s->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (path || errno != EEXIST)
			break;
	}
	text_sanitise(shown, sizeof shown, s->path, strlen(s->path));
	if (fd < 0) {
		s->path[0] = '\0'; /* what is there is not ours */
		return err_errno(e, ERR_INPUT, "Cannot make the password sheet %s", shown);
	}
	s->file = fdopen(fd, "w");
	if (!s->file) {
		close(fd);
		unlink(s->path);
		return err_nomem(e);
	}
	/* No copy of it stays in a buffer of stdio. */
	setvbuf(s->file, NULL, _IONBF, 0);
	fputs("user,password\r\n", s->file);
	return true;
}

static void quoted(FILE *to, const char *text, char *line, size_t size) {
	size_t n = 0;
	line[n++] = '"';
	for (const char *p = text; *p && n + 4 < size; p++) {
		if (*p == '"')
			line[n++] = '"';
		line[n++] = *p;
	}
	line[n++] = '"';
	fwrite(line, 1, n, to);
}

bool password_sheet_add(struct password_sheet *s, const char *user, const char *password, struct err *e) {
	char line[2 * 512 + 8];
	quoted(s->file, user, line, sizeof line);
	fputc(',', s->file);
	quoted(s->file, password, line, sizeof line);
	fputs("\r\n", s->file);
	explicit_bzero(line, sizeof line);
	s->rows++;
	return !ferror(s->file) || err_errno(e, ERR_LOCAL_DISK, "Cannot write the password sheet");
}

bool password_sheet_make(struct password_sheet *s, const char *user, char made[PASSWORD_MADE + 1], struct err *e) {
	return (password_make(made, PASSWORD_MADE + 1, PASSWORD_MADE) ||
		err_set(e, ERR_MEMORY, "The system gives no random numbers")) &&
	       password_sheet_add(s, user, made, e);
}

bool password_sheet_close(struct password_sheet *s, struct err *e) {
	bool ok = !ferror(s->file) && fsync(fileno(s->file)) == 0;
	if (!ok)
		err_errno(e, ERR_LOCAL_DISK, "Cannot write the password sheet");
	ok = fclose(s->file) == 0 && ok;
	s->file = NULL;
	if (!ok)
		unlink(s->path);
	return ok;
}

bool password_sheet_ready(struct cli *c, struct password_sheet *s, struct err *e) {
	if (!password_sheet_close(s, e))
		return false;
	cli_note(c, "Passwords are in %s, and nowhere else.", s->path);
	return true;
}

#define UNSET_NAMED 20U /* the rest is a number */

struct unset {
	struct buf names;
	size_t n, of; /* of: items that set a password */
	bool open;    /* some are not tried yet, or it is not known */
};

/* A user who was created has the password, whatever went wrong behind that. */
static bool on_unset(void *arg, const struct item_row *i, const char *text) {
	struct unset *u = arg;
	enum change_verb verb = change_parse(i->verb);
	bool sets = verb == CHANGE_USER_CREATE || verb == CHANGE_USER_PASSWORD;
	(void)text;
	u->of += sets;
	if (!sets || i->state == ITEM_DONE || i->state == ITEM_ALREADY || (i->state == ITEM_FAILED && i->touched))
		return true;
	u->open |= i->state == ITEM_PENDING || i->state == ITEM_SENT;
	if (u->n++ < UNSET_NAMED)
		buf_printf(&u->names, "%s%s", u->n > 1 ? ", " : "", i->target);
	return true;
}

void password_sheet_tell(struct cli *c, struct store *s, struct password_sheet *sheet, int64_t task) {
	struct unset u = { 0 };
	struct err e;
	char more[60] = "";
	if (task == 0) {
		password_sheet_discard(sheet);
		return;
	}
	buf_init(&u.names, 1U << 16);
	bool known = task_items_each(s, task, on_unset, &u, &e) && (u.n == 0 || u.names.data);
	if (u.n > UNSET_NAMED)
		snprintf(more, sizeof more, " and %zu more", u.n - UNSET_NAMED);
	if (!known)
		cli_note(c, "mailvan task show %lld says which of the passwords in %s were set.", (long long)task,
			 sheet->path);
	else if (u.n == u.of)
		cli_note(c, "No password was set%s: nothing of %s is to be handed out.", u.open ? " yet" : "",
			 sheet->path);
	else
		cli_note(c, "Hand out the passwords in %s, then delete it.", sheet->path);
	if (known && u.n > 0 && u.n < u.of)
		cli_note(c, "Not set%s, and not to be handed out: the passwords of %s%s (mailvan task show %lld).",
			 u.open ? " yet" : "", u.names.data, more, (long long)task);
	buf_free(&u.names);
}

void password_sheet_discard(struct password_sheet *s) {
	if (s->file)
		fclose(s->file);
	s->file = NULL;
	if (s->path[0])
		unlink(s->path);
}
