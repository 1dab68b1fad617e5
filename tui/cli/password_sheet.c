/* SPDX-License-Identifier: MIT
 *
 * password_sheet.c - see password_sheet.h.
 */
#include "tui/cli/password_sheet.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool name_it(struct password_sheet *s, const char *project, const char *path, struct err *e) {
	char when[40];
	struct tm tm;
	time_t now = time(NULL);
	if (path)
		return text_copy(s->path, sizeof s->path, path) ||
		       err_set(e, ERR_INPUT, "The path of the password sheet is too long");
	strftime(when, sizeof when, "%Y%m%d-%H%M%S", localtime_r(&now, &tm));
	snprintf(s->path, sizeof s->path, "%s/passwords-%s.csv", project, when);
	return true;
}

bool password_sheet_open(struct password_sheet *s, const char *project, const char *path, struct err *e) {
	char shown[300];
	*s = (struct password_sheet){ 0 };
	if (!name_it(s, project, path, e))
		return false;
	text_sanitise(shown, sizeof shown, s->path, strlen(s->path));
	int fd = open(s->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
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

void password_sheet_discard(struct password_sheet *s) {
	if (s->file)
		fclose(s->file);
	s->file = NULL;
	if (s->path[0])
		unlink(s->path);
}
