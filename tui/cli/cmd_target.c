/* SPDX-License-Identifier: MIT
 *
 * cmd_target.c - `mailvan target`: where mail goes unless a row of the list says otherwise.
 */
#include <string.h>

#include "tui/cli/commands.h"
#include "tui/cli/endpoint_args.h"
#include "tui/cli/password.h"
#include "tui/cli/project_target.h"
#include "tui/cli/rows.h"

static const char *style_name(enum admin_style style) {
	static const char *const names[] = {
		[ADMIN_NONE] = "none", [ADMIN_AUTHZID] = "authzid", [ADMIN_TEMPLATE] = "template"
	};
	return names[style];
}

/* "" = the target is no tenant. */
static const char *tenant_name(const struct target_settings *t, const struct tenant_list *tenants) {
	for (size_t i = 0; i < tenants->count; i++)
		if (tenants->at[i].id == t->server.tenant)
			return tenants->at[i].name;
	return t->server.tenant ? "(removed)" : "";
}

static int show_json(struct cli *c, const struct target_settings *t, const struct tenant_list *tenants) {
	char url[HOST_MAX + 32] = "";
	if (t->server.host[0])
		endpoint_url(url, sizeof url, &t->server);
	bool admin = t->admin != ADMIN_NONE;
	return cli_print_json(c,
			      json_pack("{s:o, s:o, s:s, s:b, s:o, s:o, s:b, s:o, s:s, s:o}", "server",
					json_text_or_null(url), "tenant", json_text_or_null(tenant_name(t, tenants)),
					"security", endpoint_security_name(&t->server), "insecure", t->server.insecure,
					"ca", json_text_or_null(t->server.ca_file), "pin",
					json_text_or_null(t->server.pin), "weak", endpoint_is_weak(&t->server), "admin",
					json_text_or_null(admin ? t->server.login : ""), "admin_style",
					style_name(t->admin), "login_template",
					json_text_or_null(t->admin == ADMIN_TEMPLATE ? t->login_template : "")),
			      CLI_OK);
}

static void show_line(struct cli *c, const char *label, const char *value, enum tone tone) {
	char clean[1200];
	bool colour = colour_wanted(c, c->out);
	text_sanitise(clean, sizeof clean, value, strlen(value));
	fprintf(c->out, "%-9s %s%s%s\n", label, tone_on(tone, colour), clean, tone_off(tone, colour));
}

static void show_text(struct cli *c, const struct target_settings *t, const struct tenant_list *tenants) {
	char text[1024];
	if (!t->server.host[0]) {
		fputs("No target is set.\n", c->out);
		return;
	}
	endpoint_url(text, sizeof text, &t->server);
	show_line(c, "Server", text, TONE_PLAIN);
	bool weak = endpoint_is_weak(&t->server);
	snprintf(text, sizeof text, "%s%s%s", endpoint_security_name(&t->server),
		 t->server.insecure && !t->server.pin[0] ? ", the certificate is not checked" : "",
		 weak ? " (WEAK)" : "");
	show_line(c, "Security", text, weak ? TONE_BAD : TONE_PLAIN);
	if (t->server.ca_file[0])
		show_line(c, "CA", t->server.ca_file, TONE_PLAIN);
	if (t->server.pin[0])
		show_line(c, "Pin", t->server.pin, TONE_PLAIN);
	if (t->server.tenant) {
		show_line(c, "Tenant", tenant_name(t, tenants), TONE_PLAIN);
		text_copy(text, sizeof text, "none needed: the tenant's token opens every mailbox");
	} else if (t->admin == ADMIN_NONE)
		text_copy(text, sizeof text, "none: each row of the list needs its TargetPassword");
	else if (t->admin == ADMIN_AUTHZID)
		snprintf(text, sizeof text, "%.900s opens every mailbox (authzid)", t->server.login);
	else
		snprintf(text, sizeof text, "%.600s opens every mailbox as %.250s", t->server.login, t->login_template);
	show_line(c, "Admin", text, TONE_PLAIN);
}

static int print(struct cli *c, const struct target_settings *t, const struct tenant_list *tenants) {
	if (c->json)
		return show_json(c, t, tenants);
	show_text(c, t, tenants);
	return CLI_OK;
}

static int show(struct cli *c) {
	static const char *const setters[] = { "server",      "tenant",	       "ca",	     "insecure",
					       "pin",	      "security",      "admin",	     "no-admin",
					       "admin-style", "password-file", "password-fd" };
	struct target_settings t;
	struct tenant_list tenants;
	struct err e;
	for (size_t i = 0; i < sizeof setters / sizeof *setters; i++)
		if (cli_value(c, setters[i]))
			return cli_usage_error(c, "'target show' takes no --%s; did you mean 'target set'?",
					       setters[i]);
	err_clear(&e);
	struct store *s = cli_open(c, STORE_LOOK, NULL);
	if (!s)
		return CLI_USAGE;
	bool ok = tenant_list_load(s, &tenants, &e) && target_settings_get(s, &t, &e);
	store_close(s);
	int code = ok ? print(c, &t, &tenants) : cli_fail(c, &e);
	tenant_list_free(&tenants);
	return code;
}

/* A new server comes with nothing of the old one: a pin or CA of that would only lock it out. */
static bool take_server(struct cli *c, struct target_settings *t, const struct tenant_list *tenants, struct err *e) {
	const struct tenant *tenant;
	if (!endpoint_args_tenant(c, "", tenants, &tenant, e))
		return false;
	if (cli_value(c, "server") || tenant) {
		struct endpoint fresh;
		endpoint_init(&fresh);
		text_copy(fresh.login, sizeof fresh.login, t->server.login);
		t->server = fresh;
	}
	if (!endpoint_args_read(c, "", &t->server, e) || (tenant && !tenant_endpoint(tenant, &t->server, e)))
		return false;
	if (!t->server.host[0])
		return err_set(e, ERR_INPUT, "The project has no target server yet; give --server or --tenant");
	return t->server.proto == PROTO_IMAP ||
	       err_set(e, ERR_INPUT, "A target cannot be POP3; write imaps:// or imap://");
}

static bool take_style(struct cli *c, struct target_settings *t, struct err *e) {
	const char *style = cli_value(c, "admin-style");
	if (!style)
		return true;
	if (t->admin == ADMIN_NONE)
		return err_set(e, ERR_INPUT, "--admin-style needs an admin; give --admin LOGIN");
	t->admin = text_ieq(style, "authzid") ? ADMIN_AUTHZID : ADMIN_TEMPLATE;
	t->login_template[0] = '\0';
	if (t->admin == ADMIN_AUTHZID)
		return true;
	if (!strchr(style, '{'))
		return err_set(e, ERR_INPUT, "--admin-style is authzid or a template such as {user}*{admin}, not '%s'",
			       style);
	return text_copy(t->login_template, sizeof t->login_template, style) ||
	       err_set(e, ERR_INPUT, "The login template is too long");
}

/* A new admin login always brings its password; a password alone replaces the old one. */
static bool take_admin(struct cli *c, struct target_settings *t, struct err *e) {
	const char *admin = cli_value(c, "admin"), *file = cli_value(c, "password-file"),
		   *fd = cli_value(c, "password-fd");
	if (cli_flag(c, "no-admin")) {
		if (admin || file || fd || cli_flag(c, "admin-style"))
			return err_set(e, ERR_INPUT, "--no-admin goes with no other option about the admin");
		t->admin = ADMIN_NONE;
		t->server.login[0] = t->login_template[0] = '\0';
		return true;
	}
	if (admin && (!admin[0] || !text_copy(t->server.login, sizeof t->server.login, admin)))
		return err_set(e, ERR_INPUT, "The login after --admin is empty or too long");
	if (admin && t->admin == ADMIN_NONE)
		t->admin = ADMIN_AUTHZID;
	if (!take_style(c, t, e))
		return false;
	if (!admin && !file && !fd)
		return true;
	if (t->admin == ADMIN_NONE)
		return err_set(e, ERR_INPUT, "A password needs the admin that it belongs to; give --admin LOGIN");
	return password_read(file, fd, t->server.login, &t->server.password, e);
}

static int set(struct cli *c) {
	struct target_settings t = { 0 };
	struct tenant_list tenants;
	uint64_t moved = 0;
	struct err e;
	err_clear(&e);
	/* The project is made last, so that a slip leaves none behind. */
	bool ok = project_tenants_read(c, &tenants, &e) && project_target_read(c, &t, &e) &&
		  take_server(c, &t, &tenants, &e) && take_admin(c, &t, &e) && project_target_write(c, &t, &moved, &e);
	secret_clear(&t.server.password);
	int code = ok ? print(c, &t, &tenants) : cli_fail(c, &e);
	project_target_moved(c, moved);
	tenant_list_free(&tenants);
	return code;
}

static int run_target(struct cli *c) {
	if (strcmp(c->args[0], "show") == 0)
		return show(c);
	if (strcmp(c->args[0], "set") == 0)
		return set(c);
	return cli_usage_error(c, "'%s' is neither set nor show", c->args[0]);
}

const struct cli_command cmd_target = {
	.name = "target",
	.args = "set|show",
	.summary = "say where mail goes unless a row says otherwise",
	.details =
		"One server, and either one admin login that opens every mailbox or a password per row of the list.\n\n"
		"The admin logs in by SASL PLAIN with the mailbox as authorization identity (authzid), or as a login "
		"made from a template with {admin}, {user} (the whole target identity), {local} and {domain}:\n"
		"  --admin-style '{user}*{admin}'            Dovecot's master user\n"
		"  --admin-style '{admin}@{domain}\\{user}'   Exchange\n"
		"Its password is asked for, or read from a file or descriptor.\n\n"
		"With --tenant the target is a tenant of this project: each mailbox is opened by XOAUTH2 with the "
		"tenant's token, which is fetched when it is needed. Neither an admin nor a password is stored. The "
		"server is the tenant's unless --server names another.\n\n"
		"'set' with --server replaces CA, pin and the like too; the admin stays. Without --server it changes "
		"what is given. Mailboxes that were copied already are looked for at the new server by the next run, "
		"and what is not there is copied; one that a worker has must be stopped first. 'show' prints "
		"everything but the password.\n\n"
		"Exit code: 0 done, 2 usage or input.",
	.options =
		(const struct cli_option[]){ CLI_ENDPOINT_OPTIONS("", CLI_TARGET_SERVERS),
					     CLI_ENDPOINT_TENANT_OPTION(""),
					     { 0, "security", "NAME", "tls (default), starttls, none, tls-legacy" },
					     { 0, "admin", "LOGIN", "this login opens every mailbox" },
					     { 0, "admin-style", "authzid|TEMPLATE", "how it does (default authzid)" },
					     { 0, "no-admin", NULL, "forget the admin and its password" },
					     CLI_PASSWORD_OPTIONS(""),
					     CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.min_args = 1,
	.max_args = 1,
	.run = run_target,
};
