/* SPDX-License-Identifier: MIT
 *
 * cmd_user.c - `mailvan user`: the users of a tenant, their licences and passwords.
 */
#include <string.h>

#include "tui/cli/commands.h"
#include "tui/cli/confirm.h"
#include "tui/cli/password.h"
#include "tui/cli/signals.h"
#include "tui/cli/user_verbs.h"
#include "tui/cli/verbs.h"

int user_with_tenant(struct cli *c, user_body *body) {
	struct tenant t;
	int code;
	struct store *s = cli_open_tenant(c, &t, &code);
	if (!s)
		return code;
	code = body(c, s, &t);
	store_close(s);
	return code;
}

/* What a refresh could not read stands beside the list. */
static void say_notes(struct cli *c, struct store *s, int64_t tenant) {
	static const struct {
		const char *list, *what;
	} figures[] = {
		{ "mailbox-sizes", "Mailbox sizes are not known" },
		{ "mailbox-kinds", "Rooms, equipment and shared mailboxes are not told from users" },
		{ "sign-ins", "Last sign-ins are not known" },
	};
	struct list_state state;
	struct err e;
	for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
		if (list_state_get(s, tenant, figures[i].list, &state, &e) && state.delta[0])
			cli_note(c, "%s: %s", figures[i].what, state.delta);
}

static int list(struct cli *c, struct store *s, const struct tenant *t) {
	int code = cli_flag(c, "refresh") ? cli_refresh(c, s, t, record_users.refresh, NULL) : CLI_OK;
	if (code == CLI_OK)
		code = cli_print_records(c, s, &record_users, t->id, 0);
	if (code == CLI_OK && !c->json && !cli_flag(c, "csv"))
		say_notes(c, s, t->id);
	return code;
}

static int licenses(struct cli *c, struct store *s, const struct tenant *t) {
	int code = cli_flag(c, "refresh") ? cli_refresh(c, s, t, record_subscriptions.refresh, NULL) : CLI_OK;
	return code == CLI_OK ? cli_print_records(c, s, &record_subscriptions, t->id, 0) : code;
}

static int show(struct cli *c, struct store *s, const struct tenant *t) {
	int code = cli_flag(c, "refresh") ? cli_refresh(c, s, t, record_users.refresh, c->args[0]) : CLI_OK;
	return code == CLI_OK ? cli_print_record(c, s, &record_users, t->id, c->args[0]) : code;
}

static int do_list(struct cli *c) {
	return user_with_tenant(c, list);
}
static int do_licenses(struct cli *c) {
	return user_with_tenant(c, licenses);
}
static int do_show(struct cli *c) {
	return user_with_tenant(c, show);
}
static int run_list(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_list);
}
static int run_licenses(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_licenses);
}
static int run_show(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_show);
}
static int run_create(struct cli *c) {
	return with_signals(c, STOP_STOPPED, user_create);
}
static int run_enable(struct cli *c) {
	return with_signals(c, STOP_STOPPED, user_enable);
}
static int run_disable(struct cli *c) {
	return with_signals(c, STOP_STOPPED, user_disable);
}
static int run_license(struct cli *c) {
	return with_signals(c, STOP_STOPPED, user_license);
}
static int run_password(struct cli *c) {
	return with_signals(c, STOP_STOPPED, user_password);
}
static int run_import(struct cli *c) {
	return with_signals(c, STOP_STOPPED, user_import);
}
static int run_ldap(struct cli *c) {
	return with_signals(c, STOP_STOPPED, user_ldap);
}

#define USERS_MANY 10000U
#define CHOSEN "tenant all yes filter match anyway " CLI_CHANGE_OPTION_NAMES " "
#define SHEET "password-file password-fd generate passwords keep-password "

static const struct cli_verb verbs[] = {
	{ "list", "", "users as they were read last; --refresh reads what has changed", 0, 0,
	  "tenant " CLI_LIST_OPTION_NAMES, run_list },
	{ "show", "USER", "all that is known of one user; --refresh asks the tenant for this one", 1, 1,
	  "tenant refresh", run_show },
	{ "licenses", "", "subscriptions: bought, used, free", 0, 0, "tenant " CLI_LIST_OPTION_NAMES, run_licenses },
	{ "create", "USER", "create a user, or a room, equipment or shared mailbox (--kind)", 1, 1,
	  "tenant name first-name last-name department job-title company nickname location license kind anyway " SHEET
		  CLI_CHANGE_OPTION_NAMES,
	  run_create },
	{ "import", "FILE", "create the users of a CSV, after saying what it means", 1, 1,
	  "tenant location license update enable skip-invalid anyway passwords keep-password " CLI_CHANGE_OPTION_NAMES,
	  run_import },
	{ "ldap", "",
	  "users of Active Directory or another LDAP server: see them, write them --to FILE, or --create them", 0, 0,
	  "tenant server base filter bind password-file password-fd password-stdin ca starttls domain to create "
	  "location "
	  "license update enable skip-invalid anyway passwords keep-password " CLI_CHANGE_OPTION_NAMES,
	  run_ldap },
	{ "enable", "USER...", "let them sign in, with --location and --license where they lack them", 0, USERS_MANY,
	  CHOSEN "location license", run_enable },
	{ "disable", "USER...", "block sign-in and end their sessions", 0, USERS_MANY, CHOSEN "remove", run_disable },
	{ "license", "USER...", "give (--add) and take (--remove) licences", 0, USERS_MANY,
	  CHOSEN "location add remove", run_license },
	{ "password", "USER...", "set a password that is typed, or --generate one for each", 0, USERS_MANY,
	  CHOSEN SHEET, run_password },
	{ 0 }
};

const struct cli_command cmd_user = {
	.name = "user",
	.args = "VERB [USER...]",
	.summary = "see, create, enable and license the users of a tenant",
	.details =
		"Where several users can be named, --all means everybody in the list as it was read last, and "
		"--filter and --match leave some out: user enable --all --filter not-active --license SPE_E3 "
		"--location DE. Filters: disabled, enabled, unlicensed, never-signed-in, no-location, guests, shared, "
		"synced, not-active, full. Sizes and quotas are in units of 1024, as Exchange says them.\n\n"
		"import reads UserPrincipalName, DisplayName, and as far as there are such columns FirstName, "
		"LastName, UsageLocation, Licenses, Department, JobTitle, Company, MailNickname, Password. It "
		"compares the list with the tenant first: users that are there stay as they are, or with --update "
		"become what the list says (an empty cell changes nothing; licences are only added; what comes from "
		"Active Directory is left). Who is blocked stays so unless --enable is said. --dry-run shows each "
		"difference as field: old -> new. Passwords are made where the list has none, and written once to a "
		"file that only you can read.\n\n"
		"ldap reads userPrincipalName (else uid@--domain), displayName or cn, givenName, sn, department, "
		"company, c; --filter is an LDAP filter there. Without --create it shows what would be done.\n\n"
		"Exit code: 0 done, 1 something failed or licences do not suffice, 2 usage or input, 3 stopped.",
	.options =
		(const struct cli_option[]){
			CLI_TENANT_OPTION,
			CLI_LIST_OPTIONS,
			CLI_CHANGE_OPTIONS,
			{ 'a', "all", NULL, "every user of the list that --filter and --match leave" },
			CLI_YES_OPTION,
			{ 0, "name", "TEXT", "display name" },
			{ 0, "first-name", "TEXT", "given name" },
			{ 0, "last-name", "TEXT", "family name" },
			{ 0, "department", "TEXT", "department" },
			{ 0, "job-title", "TEXT", "job title" },
			{ 0, "company", "TEXT", "company name" },
			{ 0, "nickname", "TEXT", "mail nickname (default: the part before the '@')" },
			{ 0, "location", "CC", "usage location, two letters; a licence needs one" },
			{ 0, "license", "NAME", "licence by its skuPartNumber, such as SPE_E3; may be repeated" },
			{ 0, "add", "NAME", "give this licence; may be repeated" },
			{ 0, "remove", "NAME", "take this licence; may be repeated" },
			{ 0, "kind", "room|equipment|shared", "create a mailbox of this kind instead of a user" },
			{ 0, "update", NULL, "users who are there become what the list says" },
			{ 0, "enable", NULL, "with --update: let them sign in who are blocked" },
			{ 0, "skip-invalid", NULL, "go on with the good rows of a list" },
			{ 0, "anyway", NULL, "go on although licences do not suffice" },
			CLI_PASSWORD_OPTIONS(""),
			{ 0, "generate", NULL, "make a password for each user" },
			{ 0, "passwords", "FILE", "where made passwords are written (default: in the project)" },
			{ 0, "keep-password", NULL, "it need not be changed at the first sign-in" },
			{ 0, "server", "URL", "ldaps://host or ldap://host" },
			{ 0, "base", "DN", "where in the directory to look" },
			{ 0, "bind", "DN", "sign in to the LDAP server as this; default: anonymously" },
			{ 0, "password-stdin", NULL, "read the password for --bind from standard input" },
			{ 0, "ca", "FILE", "certificates that vouch for the LDAP server" },
			{ 0, "starttls", NULL, "TLS on an ldap:// connection" },
			{ 0, "domain", "DOMAIN", "for users who have no userPrincipalName" },
			{ 0, "to", "FILE", "write the users found as a CSV that import reads" },
			{ 0, "create", NULL, "create the users found" },
			CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.min_args = 1,
	.max_args = USERS_MANY + 1,
	.verbs = verbs,
};
