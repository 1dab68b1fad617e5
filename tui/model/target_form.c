/* SPDX-License-Identifier: MIT
 *
 * target_form.c - the project's target settings as a form. The ways to log in are the three of settings.h, and the
 * token of each tenant that is connected.
 */
#include "tui/model/target_form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/handlers.h"
#include "tui/view/dialogs.h"

enum { T_SERVER, T_CHECK, T_CA, T_STYLE, T_ADMIN, T_PASSWORD, T_TEMPLATE };

static const char *const checks[] = { "verify the certificate", "insecure: do not verify", NULL };
static const struct {
	const char *label;
	enum admin_style style;
} styles[] = { { "each row has its own login", ADMIN_NONE },
	       { "one admin login (SASL authzid)", ADMIN_AUTHZID },
	       { "one admin login by template", ADMIN_TEMPLATE } };
#define STYLES (sizeof styles / sizeof *styles)
static const struct field fields[] = {
	[T_SERVER] = { "Server", "imaps://host, imap://host (STARTTLS required), or host:port", FIELD_TEXT, NULL },
	[T_CHECK] = { "Certificate", "Without a check anyone in between can read the mail.", FIELD_CHOICE, checks },
	[T_CA] = { "CA file", "Empty: the system's certificates.", FIELD_PATH, NULL },
	[T_STYLE] = { "Login", "How each mailbox at the target is opened.", FIELD_CHOICE, NULL },
	[T_ADMIN] = { "Admin login", "For the two admin styles.", FIELD_TEXT, NULL },
	[T_PASSWORD] = { "Admin password", "Kept in the vault. Empty: the stored one stays.", FIELD_SECRET, NULL },
	[T_TEMPLATE] = { "Template", "For example {user}*{admin} or {admin}@{domain}\\{user}", FIELD_TEXT, NULL },
};

struct tenant_label {
	char text[TENANT_NAME_MAX + 32];
};

/* Lives as long as the form, and so does what the form is made of. */
struct pending {
	void (*then)(struct console *c, void *data);
	void (*release)(void *data);
	void *data;
	struct form_spec spec;
	struct field fields[sizeof fields / sizeof *fields];
	struct tenant_list tenants;
	struct tenant_label *labels;
	const char **choices; /* styles, tenants, NULL */
};

static void pending_free(void *data) {
	struct pending *p = data;
	if (p->data && p->release)
		p->release(p->data);
	tenant_list_free(&p->tenants);
	free(p->labels);
	free(p->choices);
	free(p);
}

static bool list_choices(struct pending *p, struct err *e) {
	size_t n = p->tenants.count;
	p->labels = calloc(n + 1, sizeof *p->labels);
	p->choices = calloc(STYLES + n + 1, sizeof *p->choices);
	if (!p->labels || !p->choices)
		return err_nomem(e);
	for (size_t i = 0; i < STYLES; i++)
		p->choices[i] = styles[i].label;
	for (size_t i = 0; i < n; i++) {
		snprintf(p->labels[i].text, sizeof p->labels[i].text, "token of %s, no password",
			 p->tenants.at[i].name);
		p->choices[STYLES + i] = p->labels[i].text;
	}
	return true;
}

/* The server stays empty, or is another one than the tenant's. What is shown of another target is not meant: a token
 * would go to it. */
static bool fill_tenant(struct console *c, struct form *f, const struct tenant *tenant, struct target_settings *t,
			struct err *e) {
	struct endpoint *s = &t->server;
	const char *server = form_text(f, T_SERVER);
	bool own = *server && (s->tenant == tenant->id || strcmp(server, c->target) != 0);
	endpoint_clear(s);
	t->admin = ADMIN_NONE;
	t->login_template[0] = '\0';
	if (own && !endpoint_parse_server(s, server, e))
		return false;
	s->insecure = form_choice(f, T_CHECK) == 1;
	if (!text_copy(s->ca_file, sizeof s->ca_file, form_text(f, T_CA)))
		return err_set(e, ERR_INPUT, "One of the texts is too long");
	return tenant_endpoint(tenant, s, e) &&
	       (s->proto == PROTO_IMAP || err_set(e, ERR_INPUT, "The target must be an IMAP server"));
}

static bool fill(struct form *f, struct target_settings *t, struct err *e) {
	struct endpoint *s = &t->server;
	t->admin = styles[form_choice(f, T_STYLE)].style;
	s->tenant = 0;
	if (!*form_text(f, T_SERVER))
		return err_set(e, ERR_INPUT, "Name the server that the mail goes to");
	if (!endpoint_parse_server(s, form_text(f, T_SERVER), e))
		return false;
	if (s->proto != PROTO_IMAP)
		return err_set(e, ERR_INPUT, "The target must be an IMAP server");
	s->insecure = form_choice(f, T_CHECK) == 1;
	if (!text_copy(s->ca_file, sizeof s->ca_file, form_text(f, T_CA)) ||
	    !text_copy(t->login_template, sizeof t->login_template, form_text(f, T_TEMPLATE)) ||
	    !text_copy(s->login, sizeof s->login, t->admin == ADMIN_NONE ? "" : form_text(f, T_ADMIN)))
		return err_set(e, ERR_INPUT, "One of the texts is too long");
	if (t->admin != ADMIN_NONE && !*s->login)
		return err_set(e, ERR_INPUT, "Name the admin's login, or choose a login per row");
	if (t->admin == ADMIN_TEMPLATE && !*t->login_template)
		return err_set(e, ERR_INPUT, "Give the template, for example {user}*{admin}");
	if (t->admin != ADMIN_NONE && secret_present(form_secret(f, T_PASSWORD)) &&
	    !secret_copy(&s->password, form_secret(f, T_PASSWORD)))
		return err_nomem(e);
	return true;
}

static bool accept(struct console *c, struct form *f, struct err *e) {
	struct pending *p = form_data(f);
	struct target_settings t;
	uint64_t moved = 0;
	if (!target_settings_get(c->store, &t, e))
		return false;
	unsigned choice = form_choice(f, T_STYLE);
	bool ok = choice < STYLES ? fill(f, &t, e) : fill_tenant(c, f, &p->tenants.at[choice - STYLES], &t, e);
	ok = ok && target_settings_set(c->store, &t, &moved, e);
	endpoint_clear(&t.server);
	if (!ok)
		return false;
	console_refresh(c);
	if (moved)
		console_note(c, "Mail goes to %s. %llu mailboxes were copied elsewhere: migrate them again", c->target,
			     (unsigned long long)moved);
	else
		console_note(c, "Mail goes to %s", c->target);
	void *data = p->data;
	p->data = NULL;
	if (p->then)
		p->then(c, data);
	return true;
}

static unsigned choice_of(const struct pending *p, const struct target_settings *t) {
	for (size_t i = 0; t->server.tenant && i < p->tenants.count; i++)
		if (p->tenants.at[i].id == t->server.tenant)
			return (unsigned)(STYLES + i);
	for (unsigned i = 0; i < STYLES; i++)
		if (styles[i].style == t->admin)
			return i;
	return 0;
}

static void make_spec(struct pending *p) {
	memcpy(p->fields, fields, sizeof fields);
	p->fields[T_STYLE].choices = p->choices;
	p->spec = (struct form_spec){
		.title = "Target server", .ok = "Store", .fields = p->fields, .count = sizeof fields / sizeof *fields,
		.intro = "Where mail goes when the CSV does not say. Rows with their own target columns keep those.",
		.accept = accept, .release = pending_free,
	};
}

void target_form_open(struct console *c, void (*then)(struct console *c, void *data), void (*release)(void *data),
		      void *data) {
	struct target_settings t;
	struct err e;
	struct pending *p = calloc(1, sizeof *p);
	if (!p) {
		err_nomem(&e);
		if (data && release)
			release(data);
		console_complain(c, &e);
		return;
	}
	p->then = then;
	p->release = release;
	p->data = data;
	if (!tenant_list_load(c->store, &p->tenants, &e) || !list_choices(p, &e) ||
	    !target_settings_get(c->store, &t, &e)) {
		pending_free(p);
		console_complain(c, &e);
		return;
	}
	make_spec(p);
	struct form *f = dialog_form(c, &p->spec, p);
	if (f) {
		form_set(f, T_SERVER, c->target);
		form_choose(f, T_CHECK, t.server.insecure ? 1 : 0);
		form_set(f, T_CA, t.server.ca_file);
		form_choose(f, T_STYLE, choice_of(p, &t));
		form_set(f, T_ADMIN, t.server.login);
		form_set(f, T_TEMPLATE, t.login_template);
	}
	endpoint_clear(&t.server);
}

void do_target(struct console *c, const char *arg) {
	(void)arg;
	target_form_open(c, NULL, NULL, NULL);
}
