/* SPDX-License-Identifier: MIT
 *
 * device_enrol_sheet.c - a batch judged, and the work sheet that a device service asks for.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/csv.h"
#include "tui/cli/device_enrol.h"
#include "tui/cli/record_output.h"
#include "tui/cli/rows.h"
#include "tui/cli/signals.h"

/* ---- check ---- */

static bool reach(struct enrol *x, struct err *e) {
	struct directory_context ctx = { .store = x->s, .net = net_new(NULL, e), .stop = x->c->stop };
	bool ok = ctx.net && enrolment_reach(&ctx, &x->b, e);
	net_free(ctx.net);
	return ok;
}

static bool check(struct enrol *x, int *code, struct err *e) {
	if ((cli_flag(x->c, "reach") && !reach(x, e)) || !enrolment_check(x->s, &x->t, &x->b, true, e) ||
	    !enrolment_find(x->s, x->t.id, x->b.name, &x->b, e))
		return false;
	*code = cli_print_records_of(x->c, x->s, &record_enrolments, x->t.id, "batch", x->b.name);
	if (*code == CLI_OK && x->b.rows[ENROLMENT_PROBLEM])
		*code = CLI_GAPS;
	return true;
}

static int check_batch(struct cli *c) {
	return enrol_run(c, check);
}

int enrol_check(struct cli *c) {
	return with_signals(c, STOP_STOPPED, check_batch);
}

/* ---- sheet ---- */

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

struct sheet {
	struct enrol *x;
	FILE *file;
	size_t written;
	json_t *problems; /* rows that are not ready */
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

static bool write_file(struct sheet *sh, const char *path, struct err *e) {
	char text[80];
	struct enrol *x = sh->x;
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
	return ok;
}

static bool on_problem(void *arg, const struct enrolment_row *r) {
	struct sheet *sh = arg;
	if (r->state == ENROLMENT_PROBLEM)
		json_array_append_new(sh->problems, json_pack("{s:o, s:o}", "email", json_text(r->mail), "problem",
							      json_text(r->problem)));
	return true;
}

/* All that stands in the way, at once. */
static int refuse(struct sheet *sh, json_t *missing) {
	struct cli *c = sh->x->c;
	size_t i;
	json_t *v;
	if (c->json)
		return cli_print_json(
			c, json_pack("{s:b, s:O, s:O}", "written", 0, "missing", missing, "problems", sh->problems),
			CLI_GAPS);
	fputs("mailvan: The sheet is not written. What is missing:\n", c->err);
	json_array_foreach(missing, i, v) fprintf(c->err, "  contract: %s\n", json_string_value(v));
	json_array_foreach(sh->problems, i, v)
		fprintf(c->err, "  %s: %s\n", json_string_value(json_object_get(v, "email")),
			json_string_value(json_object_get(v, "problem")));
	if (sh->x->b.rows[ENROLMENT_READY])
		cli_note(c, "%llu rows are ready; --ready-only takes those alone.",
			 (unsigned long long)sh->x->b.rows[ENROLMENT_READY]);
	else if (json_array_size(sh->problems) == 0)
		cli_note(c, "No row is ready to be sent.");
	return CLI_GAPS;
}

static bool say_written(struct sheet *sh, const char *path, int *code) {
	struct cli *c = sh->x->c;
	if (c->json) {
		*code = cli_print_json(c,
				       json_pack("{s:b, s:o, s:I}", "written", 1, "file", json_text(path), "rows",
						 (json_int_t)sh->written),
				       CLI_OK);
		return true;
	}
	fprintf(c->out, "%zu users in %s\n", sh->written, path);
	cli_note(c,
		 "It holds activation passwords: send it as the service wants it, delete it, then 'device enrol mark "
		 "... --state sent'.");
	*code = cli_written(c, CLI_OK);
	return true;
}

static bool sheet(struct enrol *x, int *code, struct err *e) {
	struct sheet sh = { .x = x, .e = e };
	const char *path = cli_value(x->c, "out");
	if (!path)
		return err_set(e, ERR_INPUT, "Say where the sheet goes: --out FILE");
	if (!enrolment_check(x->s, &x->t, &x->b, true, e) || !enrolment_find(x->s, x->t.id, x->b.name, &x->b, e))
		return false;
	json_t *missing = json_array();
	sh.problems = json_array();
	for (const struct enrolment_key *k = enrolment_keys; k->key; k++)
		if (k->contract && !enrolment_key_filled(k, &x->b))
			json_array_append_new(missing, json_string(k->key));
	bool ok = enrolment_rows(x->s, &x->b, on_problem, &sh, e);
	bool go = json_array_size(missing) == 0 && x->b.rows[ENROLMENT_READY] &&
		  (x->b.rows[ENROLMENT_PROBLEM] == 0 || cli_flag(x->c, "ready-only"));
	if (ok && !go)
		*code = refuse(&sh, missing);
	else
		ok = ok && write_file(&sh, path, e) && say_written(&sh, path, code);
	json_decref(missing);
	json_decref(sh.problems);
	return ok;
}

int enrol_sheet(struct cli *c) {
	return enrol_run(c, sheet);
}
