/* SPDX-License-Identifier: MIT
 *
 * user_ldap.c - user ldap: who an LDAP server knows, as a list like one from a file.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/csv.h"
#include "tui/cli/ldap_list.h"
#include "tui/cli/password.h"
#include "tui/cli/user_verbs.h"

struct found {
	struct ldap_list people; /* for import */
	FILE *file;		 /* for --to: what a spreadsheet may open; NULL = none */
};

static bool open_file(struct cli *c, struct found *f, struct err *e) {
	const char *to = cli_value(c, "to");
	int fd = to ? open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
	f->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f->file) {
		if (fd >= 0)
			close(fd);
		return !to || err_errno(e, ERR_INPUT, "Cannot make the file for --to");
	}
	csv_header(f->file, ldap_list_header);
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
	const struct ldap_list *l = &f->people;
	struct ldap_source s = { .url = cli_value(c, "server"),
				 .base = cli_value(c, "base") ? cli_value(c, "base") : "",
				 .filter = cli_value(c, "filter"),
				 .bind = cli_value(c, "bind"),
				 .password = &password,
				 .ca_file = cli_value(c, "ca"),
				 .starttls = cli_flag(c, "starttls"),
				 .domain = cli_value(c, "domain"),
				 .stop = c->stop };
	bool ok = read_password(c, &password, e) && open_file(c, f, e) && ldap_list_read(&s, f->file, &f->people, e) &&
		  close_file(f, e);
	secret_clear(&password);
	if (ok)
		cli_note(c, "%zu users found.", l->n);
	if (ok && l->disabled)
		cli_note(c, "%zu are disabled there, and left out.", l->disabled);
	if (ok && l->unusable)
		cli_note(c,
			 "%zu entries have no name to sign in with (--domain makes one of the uid), or a value that "
			 "cannot be used.",
			 l->unusable);
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
	if (ok && f.people.n == 0)
		ok = err_set(&e, ERR_INPUT, "The server has nobody there who fits: look at --base and --filter");
	if (ok)
		ok = import_users_fd(fileno(f.people.list), "the server", &o, &l, &e);
	if (!ok)
		code = cli_fail(c, &e);
	else if (cli_value(c, "to") && !cli_flag(c, "create"))
		code = cli_done(c, "file", cli_value(c, "to"), "written", CLI_OK);
	else
		code = user_list_run(c, s, t, &l);
	import_users_free(&l);
	if (f.file) {
		/* Half a list must not pass for a whole one. */
		fclose(f.file);
		unlink(cli_value(c, "to"));
	}
	ldap_list_free(&f.people);
	return code;
}

int user_ldap(struct cli *c) {
	if (!cli_value(c, "server"))
		return cli_usage_error(c, "which server? Give --server ldaps://host");
	return user_with_tenant(c, ldap);
}
