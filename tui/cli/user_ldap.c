/* SPDX-License-Identifier: MIT
 *
 * user_ldap.c - user ldap: who an LDAP server knows, as a list like one from a file.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tui/cli/csv.h"
#include "tui/cli/password.h"
#include "tui/cli/user_verbs.h"

static const char *const header[] = { "UserPrincipalName", "DisplayName", "FirstName", "LastName", "UsageLocation",
				      "Department",	   "JobTitle",	  "Company",   NULL };

struct found {
	FILE *list; /* for import: exactly what the server says */
	FILE *file; /* for --to: what a spreadsheet may open; NULL = none */
	size_t n, disabled;
};

static void put_exact(FILE *to, const char *text, bool first) {
	fputs(first ? "\"" : ",\"", to);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', to);
		fputc(*text, to);
	}
	fputc('"', to);
}

static bool on_user(void *arg, const struct ldap_user *u) {
	struct found *f = arg;
	const char *const values[] = { u->upn,	   u->name,	  u->given, u->surname,
				       u->country, u->department, u->job,   u->company };
	if (u->disabled) {
		f->disabled++;
		return true;
	}
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		put_exact(f->list, values[i], i == 0);
		if (!f->file)
			continue;
		if (i)
			csv_comma(f->file);
		csv_text(f->file, values[i]);
	}
	fputs("\r\n", f->list);
	if (f->file)
		csv_end(f->file);
	f->n++;
	return true;
}

static bool open_lists(struct cli *c, struct found *f, struct err *e) {
	const char *to = cli_value(c, "to");
	int fd = memfd_create("ldap", MFD_CLOEXEC);
	f->list = fd < 0 ? NULL : fdopen(fd, "w+");
	if (!f->list) {
		if (fd >= 0)
			close(fd);
		return err_errno(e, ERR_MEMORY, "Cannot keep the list");
	}
	for (size_t i = 0; header[i]; i++)
		put_exact(f->list, header[i], i == 0);
	fputs("\r\n", f->list);
	if (!to)
		return true;
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	f->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f->file) {
		if (fd >= 0)
			close(fd);
		return err_errno(e, ERR_INPUT, "Cannot make the file for --to");
	}
	csv_header(f->file, header);
	return true;
}

static bool close_file(struct found *f, struct err *e) {
	if (!f->file)
		return true;
	bool ok = !ferror(f->file);
	ok = fclose(f->file) == 0 && ok;
	f->file = NULL;
	return ok || err_errno(e, ERR_LOCAL_DISK, "Cannot write the file for --to");
}

static bool read_password(struct cli *c, struct secret *out, struct err *e) {
	const char *fd = cli_flag(c, "password-stdin") ? "0" : cli_value(c, "password-fd");
	return !cli_value(c, "bind") ||
	       password_read_unless(c->stop, cli_value(c, "password-file"), fd, cli_value(c, "bind"), out, e);
}

static bool read_people(struct cli *c, struct found *f, struct err *e) {
	struct secret password = { 0 };
	size_t unusable = 0;
	struct ldap_source s = { .url = cli_value(c, "server"),
				 .base = cli_value(c, "base") ? cli_value(c, "base") : "",
				 .filter = cli_value(c, "filter"),
				 .bind = cli_value(c, "bind"),
				 .password = &password,
				 .ca_file = cli_value(c, "ca"),
				 .starttls = cli_flag(c, "starttls"),
				 .domain = cli_value(c, "domain"),
				 .stop = c->stop };
	bool ok = read_password(c, &password, e) && open_lists(c, f, e) && ldap_users(&s, on_user, f, &unusable, e) &&
		  close_file(f, e) && (fflush(f->list) == 0 || err_errno(e, ERR_MEMORY, "Cannot keep the list"));
	secret_clear(&password);
	if (ok)
		cli_note(c, "%zu users found.", f->n);
	if (ok && f->disabled)
		cli_note(c, "%zu are disabled there, and left out.", f->disabled);
	if (ok && unusable)
		cli_note(c,
			 "%zu entries have no name to sign in with (--domain makes one of the uid), or a value that "
			 "cannot be used.",
			 unusable);
	return ok;
}

static int ldap(struct cli *c, struct store *s, const struct tenant *t) {
	struct found f = { 0 };
	struct user_list l = { 0 };
	struct users_options o;
	char location[8], licenses[400];
	struct err e;
	int code;
	err_clear(&e);
	bool ok = user_list_options(c, t, location, licenses, &o, &e) && read_people(c, &f, &e);
	if (ok && f.n == 0)
		ok = err_set(&e, ERR_INPUT, "The server has nobody there who fits: look at --base and --filter");
	if (ok)
		ok = lseek(fileno(f.list), 0, SEEK_SET) == 0 ? import_users_fd(fileno(f.list), "the server", &o, &l, &e)
							     : err_errno(&e, ERR_MEMORY, "Cannot read the list");
	if (!ok)
		code = cli_fail(c, &e);
	else if (cli_value(c, "to") && !cli_flag(c, "create"))
		code = cli_written(c, CLI_OK);
	else
		code = user_list_run(c, s, t, &l);
	import_users_free(&l);
	if (f.file) {
		/* Half a list must not pass for a whole one. */
		fclose(f.file);
		unlink(cli_value(c, "to"));
	}
	if (f.list)
		fclose(f.list);
	return code;
}

int user_ldap(struct cli *c) {
	if (!cli_value(c, "server"))
		return cli_usage_error(c, "which server? Give --server ldaps://host");
	return user_with_tenant(c, ldap);
}
