/* SPDX-License-Identifier: MIT
 *
 * cmd_move.c - `mailvan move`: one mailbox, from the command line, as a trial.
 *
 * Successor of the Move-XsPOPMailboxToExchangeOnline cmdlet.
 */
#include <string.h>

#include "tui/cli/commands.h"
#include "tui/cli/control.h"
#include "tui/cli/endpoint_args.h"
#include "tui/cli/password.h"
#include "tui/cli/project_target.h"
#include "tui/cli/runner.h"
#include "tui/cli/signals.h"
#include "tui/cli/status.h"

static bool read_identity(const struct cli *c, const char *option, char dst[IDENTITY_MAX], struct err *e) {
	const char *text = cli_value(c, option);
	if (!text || !*text)
		return err_set(e, ERR_INPUT, "--%s is missing", option);
	return text_copy(dst, IDENTITY_MAX, text) || err_set(e, ERR_INPUT, "--%s is too long", option);
}

static bool read_password(const struct cli *c, const char *side, const struct endpoint *ep, const char *identity,
			  struct secret *out, struct err *e) {
	char file[40], fd[40], whose[LOGIN_MAX + HOST_MAX + 32];
	snprintf(file, sizeof file, "%s-password-file", side);
	snprintf(fd, sizeof fd, "%s-password-fd", side);
	snprintf(whose, sizeof whose, "%s %s", side, *ep->login ? ep->login : identity);
	return password_read_unless(c->stop, cli_value(c, file), cli_value(c, fd), whose, out, e);
}

static bool take_tenant(const struct cli *c, const char *side, const struct tenant_list *tenants, struct endpoint *ep,
			struct err *e) {
	const struct tenant *t;
	return endpoint_args_tenant(c, side, tenants, &t, e) && (!t || tenant_endpoint(t, ep, e));
}

static bool read_source(const struct cli *c, const struct tenant_list *tenants, struct mailbox_spec *spec,
			struct err *e) {
	if (!read_identity(c, "source-identity", spec->source_identity, e) ||
	    !endpoint_args_read(c, "source-", &spec->source, e) ||
	    !take_tenant(c, "source-", tenants, &spec->source, e))
		return false;
	if (!*spec->source.host)
		return err_set(e, ERR_INPUT, "--source-server is missing");
	if (!*spec->source.login && !text_copy(spec->source.login, sizeof spec->source.login, spec->source_identity))
		return err_set(e, ERR_INPUT, "--source-identity is too long for a login");
	if (spec->source.tenant)
		return true;
	return read_password(c, "source", &spec->source, spec->source_identity, &spec->source.password, e);
}

/* The target's password is the row's own unless the project has an admin or a tenant that opens every mailbox. */
static bool read_target(const struct cli *c, struct store *s, const struct tenant_list *tenants,
			struct mailbox_spec *spec, struct err *e) {
	struct target_settings project;
	memset(&project, 0, sizeof project);
	if (!endpoint_args_read(c, "target-", &spec->target, e) ||
	    !take_tenant(c, "target-", tenants, &spec->target, e) || !target_settings_get(s, &project, e))
		return false;
	bool given = cli_flag(c, "target-password-file") || cli_flag(c, "target-password-fd") || *spec->target.login;
	bool admin = project.admin != ADMIN_NONE || (project.server.tenant && !*spec->target.host);
	bool server = *project.server.host != 0;
	endpoint_clear(&project.server);
	if (!*spec->target.host && !server)
		return err_set(e, ERR_INPUT,
			       "Where to? Give --target-server, or set the project's with 'mailvan target set'");
	if (spec->target.tenant || (admin && !given))
		return true;
	return read_password(c, "target", &spec->target, spec->target_identity, &spec->target.password, e);
}

struct search {
	const struct mailbox_spec *spec;
	char server[300];
	int64_t id;
};

/* Rows of one name and server differ in the login only; the newest is the one at hand. */
static bool find_added(void *arg, const struct mailbox_row *row) {
	struct search *search = arg;
	if (text_ieq(row->source, search->spec->source_identity) &&
	    text_ieq(row->target, search->spec->target_identity) && text_ieq(row->source_server, search->server))
		search->id = row->id;
	return true;
}

static int see_through(struct cli *c, struct store *s, int64_t id) {
	struct mailbox_filter filter = { .ids = &id, .id_count = 1 };
	struct command_result result;
	struct mailbox_totals t;
	struct err e;
	err_clear(&e);
	if (!control_issue(s, CMD_MIGRATE, &filter, &result, &e) || !runner_wait(c, s, &filter, 1, &e) ||
	    !mailboxes_totals(s, &filter, &t, &e))
		return cli_fail(c, &e);
	return status_print(c, s, &filter, status_exit_code(&t));
}

static int add_and_move(struct cli *c, struct store *s, const struct mailbox_spec *spec) {
	struct search search = { .spec = spec };
	struct mailbox_query q = { .filter.text = spec->source_identity, .sort = SORT_ID, .limit = UINT32_MAX };
	struct add_result added;
	struct err e;
	err_clear(&e);
	endpoint_url(search.server, sizeof search.server, &spec->source);
	if (!mailboxes_add(s, spec, 1, &added, &e) || !mailboxes_list(s, &q, find_added, &search, &e))
		return cli_fail(c, &e);
	if (!search.id) {
		err_set(&e, ERR_LOCAL_DISK, "The mailbox that was just added cannot be read back");
		return cli_fail(c, &e);
	}
	return see_through(c, s, search.id);
}

static int move(struct cli *c) {
	struct mailbox_spec spec;
	struct tenant_list tenants;
	struct err e;
	memset(&spec, 0, sizeof spec);
	err_clear(&e);
	endpoint_init(&spec.source);
	endpoint_init(&spec.target);
	/* Everything that needs no project is asked first, so that a slip leaves none behind. */
	bool ok = project_tenants_read(c, &tenants, &e) &&
		  read_identity(c, "target-identity", spec.target_identity, &e) && read_source(c, &tenants, &spec, &e);
	const char *batch = cli_value(c, "batch");
	if (ok && batch && !text_copy(spec.batch, sizeof spec.batch, batch))
		ok = err_set(&e, ERR_INPUT, "The batch's name is too long");
	int code;
	struct store *s = ok ? cli_open(c, STORE_CREATE, NULL) : NULL;
	if (!ok)
		code = cli_fail(c, &e);
	else if (!s)
		code = CLI_USAGE;
	else
		code = read_target(c, s, &tenants, &spec, &e) ? add_and_move(c, s, &spec) : cli_fail(c, &e);
	store_close(s);
	tenant_list_free(&tenants);
	endpoint_clear(&spec.source);
	endpoint_clear(&spec.target);
	return code;
}

static int run_move(struct cli *c) { return with_signals(c, STOP_STOPPED, move); }

const struct cli_command cmd_move = {
	.name = "move",
	.args = "",
	.summary = "add one mailbox and migrate it here and now",
	.details =
		"Passwords are asked for, or read from a file or descriptor; never given as an argument, because every "
		"user of the machine can read those. The mailbox stays in the project: moving it again brings what is "
		"new.\n\n"
		"Successor of Move-XsPOPMailboxToExchangeOnline:\n"
		"  mailvan move --source-server pop3s://pop.example.com \\\n"
		"    --source-login anna --source-identity anna@example.com \\\n"
		"    --target-identity anna@example.org --target-server imaps://mail.example.org\n\n"
		"Exit code: 0 Synced, 1 gaps or failure, 2 usage or input, 3 stopped.",
	.options =
		(const struct cli_option[]){
			CLI_ENDPOINT_OPTIONS("source-", CLI_SOURCE_SERVERS),
			CLI_ENDPOINT_TENANT_OPTION("source-"),
			{ 0, "source-protocol", "NAME", "imap (default) or pop3" },
			{ 0, "source-security", "NAME", "tls (default), starttls, none, tls-legacy" },
			{ 0, "source-login", "LOGIN", "login at the source (default: the source identity)" },
			{ 0, "source-identity", "NAME", "the mailbox at the source, usually its address" },
			CLI_PASSWORD_OPTIONS("source-"),
			CLI_ENDPOINT_OPTIONS("target-", CLI_TARGET_SERVERS),
			CLI_ENDPOINT_TENANT_OPTION("target-"),
			{ 0, "target-security", "NAME", "tls (default), starttls, none, tls-legacy" },
			{ 0, "target-login", "LOGIN", "login at the target (default: the project's way)" },
			{ 0, "target-identity", "NAME", "the mailbox at the target" },
			CLI_PASSWORD_OPTIONS("target-"),
			{ 'b', "batch", "NAME", "put it into this batch" },
			CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.run = run_move,
};
