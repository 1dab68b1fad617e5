/* SPDX-License-Identifier: MIT
 *
 * enrol_sheet.c - the work sheet that a device service asks for.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/csv.h"
#include "tui/cli/enrol_steps.h"

/* In the order in which the service asked for them; nothing else may stand between. */
const char *const enrol_sheet_titles[] = { "Company",
					   "Business contact",
					   "Business contact e-mail",
					   "User",
					   "E-mail",
					   "Activation requestor",
					   "Service request number",
					   "IT policy",
					   "Activation password",
					   NULL };

void enrol_sheet_line(FILE *to, const struct enrolment_row *r, const struct secret *password) {
	const char *const cells[] = { r->text[ENROLMENT_COMPANY],
				      r->text[ENROLMENT_CONTACT],
				      r->text[ENROLMENT_CONTACT_MAIL],
				      r->user,
				      r->mail,
				      r->text[ENROLMENT_REQUESTOR],
				      r->text[ENROLMENT_REQUEST_NUMBER],
				      r->text[ENROLMENT_POLICY] };
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		csv_text(to, cells[i]);
		csv_comma(to);
	}
	/* As it is, because it must come out as it went in: it holds no quote and begins no formula
	 * (import/enrolments.c, password_make). */
	fputc('"', to);
	fwrite(password->data, 1, password->len, to);
	fputc('"', to);
	csv_end(to);
}

bool enrol_sheet_allowed(const struct enrol *x, bool ready_only) {
	for (const struct enrolment_key *k = enrolment_keys; k->key; k++)
		if (k->contract && !enrolment_key_filled(k, &x->b))
			return false;
	return x->b.rows[ENROLMENT_READY] && (x->b.rows[ENROLMENT_PROBLEM] == 0 || ready_only);
}

struct sheet {
	struct enrol *x;
	FILE *file;
	size_t written;
	bool failed;
	struct err *e;
};

static bool open_file(struct sheet *sh, const char *path, struct err *e) {
	char shown[300];
	text_sanitise(shown, sizeof shown, path, strlen(path));
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(e, ERR_INPUT, "Cannot make the sheet %s", shown);
	sh->file = fdopen(fd, "w");
	if (!sh->file) {
		close(fd);
		unlink(path);
		return err_nomem(e);
	}
	/* No copy of a password stays in a buffer of stdio. */
	setvbuf(sh->file, NULL, _IONBF, 0);
	return true;
}

static bool on_ready(void *arg, const struct enrolment_row *r) {
	struct sheet *sh = arg;
	struct secret password = { 0 };
	if (r->state != ENROLMENT_READY)
		return true;
	bool ok = enrolment_password(sh->x->s, r->id, &password, sh->e) &&
		  (secret_present(&password) ||
		   err_set(sh->e, ERR_INPUT, "The password of %s is gone; run: device enrol passwords", r->mail));
	if (ok)
		enrol_sheet_line(sh->file, r, &password);
	secret_clear(&password);
	sh->written += ok;
	sh->failed = !ok;
	return ok;
}

bool enrol_sheet_write(struct enrol *x, const char *path, size_t *written, struct err *e) {
	struct sheet sheet = { .x = x, .e = e }, *sh = &sheet;
	char text[80];
	if (!open_file(sh, path, e))
		return false;
	csv_header(sh->file, enrol_sheet_titles);
	bool ok = enrolment_rows(x->s, &x->b, on_ready, sh, e) && !sh->failed;
	if (ok && (ferror(sh->file) || fsync(fileno(sh->file)) != 0))
		ok = err_errno(e, ERR_LOCAL_DISK, "Cannot write the sheet");
	if (fclose(sh->file) != 0 && ok)
		ok = err_errno(e, ERR_LOCAL_DISK, "Cannot write the sheet");
	snprintf(text, sizeof text, "%zu users, with their activation passwords", sh->written);
	/* What cannot be noted does not go out. */
	ok = ok && audit_note(x->s, x->t.id, x->who, "enrolment-sheet", x->b.name, "Done", text, e);
	if (!ok)
		unlink(path);
	*written = sh->written;
	return ok;
}
