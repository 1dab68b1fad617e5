/* SPDX-License-Identifier: MIT
 *
 * cmd_tenant.c - `mailvan tenant`: the tenants of Exchange Online that this project is connected to.
 */
#include <string.h>

#include "tui/cli/commands.h"
#include "tui/cli/confirm.h"
#include "tui/cli/record_output.h"
#include "tui/cli/rows.h"
#include "tui/cli/signals.h"
#include "tui/cli/tenant_args.h"
#include "tui/cli/verbs.h"

/* What every verb that asks the service needs. */
struct session {
	struct store *s;
	struct net *net;
	struct tenant t;
	struct err e;
};

static void session_end(struct session *x) {
	net_free(x->net);
	store_close(x->s);
}

/* Opened for the tenant that is named, else the only one. *code tells of a failure, which was printed. */
static bool session_begin(struct session *x, struct cli *c, int *code) {
	*x = (struct session){ 0 };
	*code = CLI_USAGE;
	if (!(x->s = cli_open(c, STORE_MUST_EXIST, NULL)))
		return false;
	if (tenant_find(x->s, c->arg_count ? c->args[0] : NULL, &x->t, &x->e) && (x->net = net_new(NULL, &x->e)))
		return true;
	*code = cli_fail(c, &x->e);
	session_end(x);
	return false;
}

static void show_code(void *arg, const struct oauth_device *d) {
	struct cli *c = arg;
	int64_t minutes = (d->expires - wall_ms()) / 60000;
	fprintf(c->err, "Open %s in a browser and enter the code\n\n    %s\n\n", d->verification_uri, d->user_code);
	fprintf(c->err, "It is valid for %lld minutes. Waiting; Ctrl+C cancels.\n", (long long)minutes);
	fflush(c->err);
}

static void say_who(struct cli *c, const struct tenant *t) {
	if (!c->json)
		fprintf(c->out, "Signed in to %s as %s. 'mailvan tenant test %s' shows what that may do.\n", t->name,
			t->who[0] ? t->who : "an app", t->name);
}

/* ---- connecting ---- */

static int do_add(struct cli *c) {
	struct session x = { 0 };
	struct secret secret = { 0 }, certificate = { 0 };
	int code;
	if (!text_copy(x.t.name, sizeof x.t.name, c->args[0]))
		return cli_usage_error(c, "the name of the tenant is too long");
	/* The project is made last, so that a slip leaves none behind. */
	bool ok = tenant_args_read(c, &x.t, &secret, &certificate, &x.e) && (x.net = net_new(NULL, &x.e)) != NULL;
	if (!ok) {
		code = cli_fail(c, &x.e);
	} else if (!(x.s = cli_open(c, STORE_CREATE, NULL))) {
		code = CLI_USAGE;
	} else if (!tenant_connect(x.s, x.net, &x.t, &secret, &certificate, c->stop, show_code, c, &x.e)) {
		code = cli_fail(c, &x.e);
	} else {
		say_who(c, &x.t);
		code = c->json ? tenant_print(c, x.s, &x.t) : CLI_OK;
	}
	secret_clear(&secret);
	secret_clear(&certificate);
	session_end(&x);
	return code;
}

static int do_change(struct cli *c) {
	struct session x;
	struct secret secret = { 0 }, certificate = { 0 };
	int code;
	if (!session_begin(&x, c, &code))
		return code;
	if (!tenant_args_read(c, &x.t, &secret, &certificate, &x.e) ||
	    !tenant_save(x.s, &x.t, &secret, &certificate, &x.e))
		code = cli_fail(c, &x.e);
	else
		code = tenant_print(c, x.s, &x.t);
	secret_clear(&secret);
	secret_clear(&certificate);
	session_end(&x);
	return code;
}

static int do_sign_in(struct cli *c) {
	struct session x;
	int code;
	if (!session_begin(&x, c, &code))
		return code;
	if (!tenant_sign_in(x.s, x.net, x.t.id, c->stop, show_code, c, &x.e) || !tenant_get(x.s, x.t.id, &x.t, &x.e)) {
		code = cli_fail(c, &x.e);
	} else {
		say_who(c, &x.t);
		code = c->json ? tenant_print(c, x.s, &x.t) : CLI_OK;
	}
	session_end(&x);
	return code;
}

/* ---- testing ---- */

static json_t *checks_json(const struct tenant *t, const struct directory_check *checks, size_t n, bool ok) {
	json_t *array = json_array();
	for (size_t i = 0; array && i < n; i++)
		json_array_append_new(array, json_pack("{s:o, s:b, s:o, s:o}", "name", json_text(checks[i].name), "ok",
						       checks[i].ok, "text", json_text(checks[i].text), "remedy",
						       json_text_or_null(checks[i].remedy)));
	return json_pack("{s:o, s:b, s:o}", "tenant", json_text(t->name), "ok", ok, "checks", array);
}

static void print_checks(struct cli *c, const struct directory_check *checks, size_t n) {
	bool colour = colour_wanted(c, c->out);
	for (size_t i = 0; i < n; i++) {
		const struct directory_check *k = &checks[i];
		enum tone tone = k->ok ? TONE_GOOD : TONE_BAD;
		fprintf(c->out, "%s%s%s  %s: %s\n", tone_on(tone, colour), k->ok ? "ok   " : "fails",
			tone_off(tone, colour), k->name, k->text);
		if (!k->ok && k->remedy[0])
			fprintf(c->out, "       %s.\n", k->remedy);
	}
}

static int do_test(struct cli *c) {
	struct session x;
	struct directory_check checks[DIRECTORY_CHECKS_MAX];
	size_t n = 0;
	int code;
	if (!session_begin(&x, c, &code))
		return code;
	struct directory_context ctx = { .store = x.s, .net = x.net, .stop = c->stop };
	struct directory *d = directory_open(&ctx, x.t.id, &x.e);
	bool ok = d && d->ops->check(d, checks, &n, &x.e);
	if (!ok) {
		code = cli_fail(c, &x.e);
	} else {
		for (size_t i = 0; i < n; i++)
			ok = ok && checks[i].ok;
		code = ok ? CLI_OK : CLI_GAPS;
		if (c->json)
			code = cli_print_json(c, checks_json(&x.t, checks, n, ok), code);
		else
			print_checks(c, checks, n);
	}
	directory_close(d);
	session_end(&x);
	return code;
}

/* ---- the rest ---- */

static int run_list(struct cli *c) {
	struct store *s = cli_open(c, STORE_LOOK, NULL);
	if (!s)
		return CLI_USAGE;
	int code = tenant_print_list(c, s);
	store_close(s);
	return code;
}

static int run_show(struct cli *c) {
	struct session x;
	int code;
	if (!session_begin(&x, c, &code))
		return code;
	code = tenant_print(c, x.s, &x.t);
	session_end(&x);
	return code;
}

static int run_use(struct cli *c) {
	struct session x;
	int code;
	if (!session_begin(&x, c, &code))
		return code;
	code = setting_set(x.s, "tenant", x.t.name, &x.e) ? cli_done(c, "tenant", x.t.name, "used from now on", CLI_OK)
							  : cli_fail(c, &x.e);
	session_end(&x);
	return code;
}

/* What goes with it is said first: nothing brings it back, and without its tasks no change can be taken back. */
static bool removal_confirmed(struct cli *c, struct session *x) {
	char question[TENANT_NAME_MAX + 400], n[32];
	uint64_t tasks;
	struct record_query q = { .list = &record_tasks,
				  .tenant = x->t.id,
				  .filter = record_filter_find(&record_tasks, "changes") };
	if (!records_count(x->s, &q, &tasks, &x->e))
		return false;
	text_count(n, sizeof n, tasks);
	snprintf(question, sizeof question,
		 "Remove %s with its secrets, lists, enrolment batches and tasks? %s change%s of it can then not be "
		 "undone.\n"
		 "The audit list stays, and nothing is changed in the tenant.",
		 x->t.name, n, tasks == 1 ? "" : "s");
	return cli_confirmed(c, question, "Nothing was removed", &x->e);
}

static int run_remove(struct cli *c) {
	struct session x;
	int code;
	if (!session_begin(&x, c, &code))
		return code;
	code = removal_confirmed(c, &x) && tenant_remove(x.s, x.t.id, &x.e)
		       ? cli_done(c, "tenant", x.t.name, "removed", CLI_OK)
		       : cli_fail(c, &x.e);
	session_end(&x);
	return code;
}

static int run_add(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_add);
}
static int run_change(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_change);
}
static int run_sign_in(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_sign_in);
}
static int run_test(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_test);
}

static int run_grant_imap(struct cli *c) {
	return with_signals(c, STOP_STOPPED, tenant_grant_imap);
}

static const struct cli_verb tenant_verbs[] = {
	{ "add", "NAME", "connect the tenant of this domain and sign in", 1, 1, TENANT_OPTION_NAMES, run_add },
	{ "list", "", "connected tenants", 0, 0, "", run_list },
	{ "show", "[NAME]", "where it is, who is signed in, with which roles and for how long", 0, 1, "", run_show },
	{ "test", "[NAME]", "sign in, look at the roles and ask each service something harmless", 0, 1, "", run_test },
	{ "sign-in", "[NAME]", "sign in again", 0, 1, "", run_sign_in },
	{ "change", "NAME", "another secret, certificate or address", 1, 1, TENANT_OPTION_NAMES, run_change },
	{ "use", "NAME", "the one that is meant when --tenant is not given", 1, 1, "", run_use },
	{ "remove", "NAME", "forget it with its tokens, lists and tasks (no undo then); the audit list stays", 1, 1,
	  "yes", run_remove },
	{ "certificate", "FILE", "make a key and a certificate to sign in with, and say where to upload it", 1, 1,
	  "name days", tenant_certificate },
	{ "grant-imap", "MAILBOX...", "let the app open these mailboxes by IMAP and POP", 1, 1000,
	  "tenant object-id " CLI_CHANGE_OPTION_NAMES, run_grant_imap },
	{ 0 }
};

const struct cli_command cmd_tenant = {
	.name = "tenant",
	.args = "VERB [NAME|MAILBOX...]",
	.summary = "connect to a tenant of Exchange Online, test and show the connection",
	.details =
		"The app signs in with a client secret, which is asked for, with a certificate (PEM or .pfx; the "
		"password of the file is asked for if it has one), or an administrator does with a device code in any "
		"browser.\n\n"
		"'certificate FILE' makes a private key with its self-signed certificate in FILE, and beside it the "
		".cer that the app registration is given: Entra admin center > App registrations > the app > "
		"Certificates & secrets > Certificates > Upload certificate. Then: tenant add NAME --client-id GUID "
		"--certificate FILE.\n\n"
		"'grant-imap' makes the app known to Exchange and gives it Full Access to these mailboxes, which it "
		"needs beside the role IMAP.AccessAsApp to open them. It takes up to an hour to have an effect.\n\n"
		"Secrets are sealed in the project's vault and never an argument of a command. The app registration "
		"needs the permissions that 'test' names. For device codes \"Allow public client flows\" must be on. "
		"The addresses are those of the worldwide cloud unless others are given (national clouds).\n\n"
		"Exit code: 0 done, 1 something fails, 2 usage or input, 3 cancelled.",
	.options = (const struct cli_option[]){ TENANT_OPTIONS,
						CLI_TENANT_OPTION,
						CLI_YES_OPTION,
						{ 0, "name", "TEXT", "of certificate: its subject (mailvan)" },
						{ 0, "days", "N", "of certificate: how long it is valid (365)" },
						{ 0, "object-id", "GUID", "the app's enterprise application" },
						CLI_CHANGE_OPTIONS,
						CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.min_args = 1,
	.max_args = 1001,
	.verbs = tenant_verbs,
};
