/* SPDX-License-Identifier: MIT
 *
 * cmd_add.c - `mailvan add`: a list of mailboxes into the project, or everything that is wrong with it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import/import.h"
#include "tui/cli/commands.h"
#include "tui/cli/endpoint_args.h"
#include "tui/cli/import_problems.h"
#include "tui/cli/project_target.h"
#include "tui/cli/rows.h"

struct add {
	struct cli *c;
	const char *file; /* "-" = standard input */
	struct import_options options;
	struct tenant_list tenants;
	struct target_settings project; /* as it is, or as this command will make it */
	bool set_target;		/* the project has no target yet and gets this one */
	struct import_result list;
	struct add_result added;
	uint64_t moved; /* by the project's new target */
	bool stored;
};

static bool same_server(const struct endpoint *a, const struct endpoint *b) {
	unsigned port_a = a->port ? a->port : endpoint_default_port(a->proto, a->security);
	unsigned port_b = b->port ? b->port : endpoint_default_port(b->proto, b->security);
	return a->proto == b->proto && a->security == b->security && a->insecure == b->insecure && port_a == port_b &&
	       a->tenant == b->tenant &&
	       text_ieq(a->host, b->host) && strcmp(a->pin, b->pin) == 0 && strcmp(a->ca_file, b->ca_file) == 0;
}

static bool be_imap(const struct endpoint *ep, struct err *e) {
	return ep->proto == PROTO_IMAP ||
	       err_set(e, ERR_INPUT, "--target-server cannot be POP3; write imaps:// or imap://");
}

/* The first --target-server becomes the project's, so that a script needs nothing else. Once the
 * project has a target, another one in the options is for the rows of this list. */
static bool plan_target(struct add *a, struct err *e) {
	struct endpoint *ep = &a->options.target, *project = &a->project.server;
	const struct tenant *tenant;
	if (!endpoint_args_tenant(a->c, "target-", &a->tenants, &tenant, e))
		return false;
	bool named = cli_value(a->c, "target-server") || tenant, has = project->host[0] != '\0';
	if (has && !named)
		*ep = *project; /* --target-ca and the like then change this server's, for these rows */
	if (!endpoint_args_read(a->c, "target-", ep, e) || (tenant && !tenant_endpoint(tenant, ep, e)) ||
	    !be_imap(ep, e))
		return false;
	a->set_target = named && !has;
	if (a->set_target) {
		char login[LOGIN_MAX];
		text_copy(login, sizeof login, project->login);
		*project = *ep;
		text_copy(project->login, sizeof project->login, login);
	}
	if (a->set_target || (has && same_server(ep, project)))
		endpoint_init(ep); /* rows that name no server follow the project's, also when that changes */
	ep->login[0] = ep->authzid[0] = '\0';
	a->options.project = *project;
	a->options.target_known = project->host[0] || ep->host[0];
	a->options.target_admin = a->project.admin != ADMIN_NONE || project->tenant;
	return true;
}

/* Which server that is, each row says: IMAP and POP3 are at different ports. */
static bool plan_source(struct add *a, struct err *e) {
	const struct tenant *tenant;
	if (!endpoint_args_read(a->c, "source-", &a->options.source, e) ||
	    !endpoint_args_tenant(a->c, "source-", &a->tenants, &tenant, e))
		return false;
	a->options.source.tenant = tenant ? tenant->id : 0;
	return true;
}

static bool plan(struct add *a, struct err *e) {
	const char *batch = cli_value(a->c, "batch");
	endpoint_init(&a->options.source);
	endpoint_init(&a->options.target);
	if (batch && (!batch[0] || !text_copy(a->options.batch, sizeof a->options.batch, batch)))
		return err_set(e, ERR_INPUT, "The name after --batch is empty or too long");
	a->options.tenants = &a->tenants;
	return project_tenants_read(a->c, &a->tenants, e) && plan_source(a, e) &&
	       project_target_read(a->c, &a->project, e) && plan_target(a, e);
}

static bool read_list(struct add *a, struct err *e) {
	if (strcmp(a->file, "-") == 0)
		return import_csv_fd(STDIN_FILENO, "standard input", &a->options, &a->list, e);
	return import_csv(a->file, &a->options, &a->list, e);
}

static bool store_list(struct add *a, struct err *e) {
	if (a->set_target && !project_target_write(a->c, &a->project, &a->moved, e))
		return false;
	struct store *s = cli_open_quietly(a->c, STORE_CREATE, NULL, e);
	bool ok = s && import_store(&a->list, s, &a->added, e);
	store_close(s);
	a->stored = ok;
	return ok;
}

static void put_part(FILE *to, const char **comma, uint64_t n, const char *what) {
	char count[24];
	if (!n)
		return;
	text_count(count, sizeof count, n);
	fprintf(to, "%s%s %s", *comma, count, what);
	*comma = ", ";
}

/* "300 rows: 298 added, 2 unchanged." */
static void print_summary(const struct add *a) {
	const struct import_result *l = &a->list;
	const char *comma = " ";
	char rows[24];
	FILE *to = a->c->out;
	text_count(rows, sizeof rows, l->rows);
	fprintf(to, "%s %s:", rows, l->rows == 1 ? "row" : "rows");
	if (a->stored) {
		put_part(to, &comma, a->added.added, "added");
		put_part(to, &comma, a->added.updated, "updated");
		put_part(to, &comma, a->added.unchanged, "unchanged");
	} else {
		put_part(to, &comma, l->spec_count, "good");
	}
	put_part(to, &comma, l->duplicates, l->duplicates == 1 ? "duplicate" : "duplicates");
	put_part(to, &comma, l->rows - l->spec_count - l->duplicates, "not usable");
	fputs(a->stored ? ".\n" : l->rows ? "; nothing was stored.\n" : " nothing was stored.\n", to);
}

/* The passwords are sealed in the project now; the file still shows them. */
static void remind(const struct add *a) {
	struct stat st;
	if (strcmp(a->file, "-") == 0 || stat(a->file, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	cli_note(a->c, "%s still holds the passwords in clear%s. When you no longer need it: shred -u -- '%s'", a->file,
		 st.st_mode & 077 ? ", and others on this machine can read it" : "", a->file);
}

/* What is stored and may not be what was meant. */
static void warn(const struct add *a) {
	char text[IMPORT_WARNINGS][IMPORT_WARNING_MAX];
	project_target_moved(a->c, a->moved + a->added.moved);
	unsigned n = import_warnings(&a->added, text);
	for (unsigned i = 0; i < n; i++)
		cli_note(a->c, "%s", text[i]);
}

static int print_json(const struct add *a, int code) {
	const struct import_result *l = &a->list;
	const char delimiter[2] = { l->delimiter, '\0' };
	json_t *o = json_pack("{s:o, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}",
			      "file", json_text(a->file), "stored", a->stored, "rows", (json_int_t)l->rows, "good",
			      (json_int_t)l->spec_count, "added", (json_int_t)a->added.added, "updated",
			      (json_int_t)a->added.updated, "unchanged", (json_int_t)a->added.unchanged, "moved",
			      (json_int_t)(a->moved + a->added.moved), "twins", (json_int_t)a->added.twins,
			      "splits", (json_int_t)a->added.splits,
			      "duplicates", (json_int_t)l->duplicates, "errors", (json_int_t)l->errors, "notes",
			      (json_int_t)l->notes,
			      "encoding", json_text_or_null(l->encoding), "delimiter", json_text_or_null(delimiter),
			      "problems", import_problems_json(l->problems, l->problem_count));
	return cli_print_json(a->c, o, code);
}

static int add_list(struct add *a) {
	struct err e;
	err_clear(&e);
	if (!plan(a, &e) || !read_list(a, &e))
		return cli_fail(a->c, &e);
	bool clean = a->list.errors == 0;
	bool wanted = clean || (cli_flag(a->c, "skip-invalid") && a->list.spec_count > 0);
	int code = wanted ? CLI_OK : CLI_USAGE;
	if (!a->c->json)
		import_problems_print(a->c, a->list.problems, a->list.problem_count);
	if (wanted && !cli_flag(a->c, "dry-run") && !store_list(a, &e))
		return cli_fail(a->c, &e);
	if (a->c->json) {
		if (a->stored)
			warn(a);
		return print_json(a, code);
	}
	print_summary(a);
	fflush(a->c->out); /* what follows is on the other stream */
	if (a->stored)
		warn(a);
	if (a->stored)
		remind(a);
	else if (!wanted && a->list.spec_count)
		cli_note(a->c, "Correct the list, or store its good rows with --skip-invalid");
	return code;
}

static int run_add(struct cli *c) {
	struct add *a = calloc(1, sizeof *a);
	struct err e;
	if (!a) {
		err_nomem(&e);
		return cli_fail(c, &e);
	}
	a->c = c;
	a->file = c->args[0];
	int code = add_list(a);
	import_free(&a->list);
	tenant_list_free(&a->tenants);
	free(a);
	return code;
}

const struct cli_command cmd_add = {
	.name = "add",
	.args = "FILE",
	.summary = "add the mailboxes of a CSV list to the project",
	.details =
		"FILE is a CSV list with a header, '-' is standard input:\n"
		"  SourceIdentity,SourceServer,SourceLoginID,SourcePassword,TargetIdentity\n"
		"or\n"
		"  EmailAddress,UserName,Password[,UserRoot]\n"
		"in any order and case, with commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252. Optional "
		"columns: SourceProtocol, SourcePort, SourceSecurity, TargetServer, TargetPort, TargetSecurity, "
		"TargetLoginID, TargetPassword, SourceTenant, TargetTenant, Batch. What a row says counts more than an "
		"option.\n\n"
		"SourceTenant and TargetTenant name a tenant of the project (see 'mailvan help tenant'), whose token "
		"opens the mailbox: such a row needs no login and no password, and no server either unless it is "
		"another one than the tenant's.\n\n"
		"The project is made where there is none. The first --target-server becomes the project's target (see "
		"'mailvan help target'). A list with errors is not stored: all of them are printed, with line, column "
		"and what to do. Notes do not matter to that. Adding the same list again changes nothing.\n\n"
		"Exit code: 0 stored (or good, with --dry-run), 2 not stored because of errors.",
	.options = (const struct cli_option[]){
		CLI_ENDPOINT_OPTIONS("target-", CLI_TARGET_SERVERS),
		CLI_ENDPOINT_TENANT_OPTION("target-"),
		CLI_ENDPOINT_OPTIONS("source-", CLI_SOURCE_SERVERS),
		CLI_ENDPOINT_TENANT_OPTION("source-"),
		{ 'b', "batch", "NAME", "put rows that name no batch into this one" },
		{ 0, "skip-invalid", NULL, "store the good rows although others have errors" },
		{ 'n', "dry-run", NULL, "look at the list, store nothing" },
		CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.min_args = 1,
	.max_args = 1,
	.run = run_add,
};
