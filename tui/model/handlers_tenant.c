/* SPDX-License-Identifier: MIT
 *
 * handlers_tenant.c - connecting a tenant, signing in again, and choosing among several.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/view/dialog_code.h"
#include "tui/view/dialogs.h"

enum { C_NAME, C_CLIENT, C_KIND, C_SECRET, C_CERTIFICATE, C_AUTHORITY, C_GRAPH, C_EXCHANGE, C_IMAP, C_CA, C_PROXY };
static const char *const kinds[] = { "device code: you sign in with a browser", "client secret",
				     "certificate (a .pem or .pfx with its key)", NULL };
static const enum tenant_sign_in kind_of[] = { SIGN_IN_DEVICE_CODE, SIGN_IN_SECRET, SIGN_IN_CERTIFICATE };
static const struct field fields[] = {
	[C_NAME] = { "Tenant", "Its domain: contoso.com or contoso.onmicrosoft.com.", FIELD_TEXT, NULL },
	[C_CLIENT] = { "Client id", "Of the app registration in Entra, as 8-4-4-4-12 hex digits.", FIELD_TEXT, NULL },
	[C_KIND] = { "Sign in by", "As a person (device code), or as the app.", FIELD_CHOICE, kinds },
	[C_SECRET] = { "Client secret", "Its value, not its id. Of a protected certificate: the password of its file.",
		       FIELD_SECRET, NULL },
	[C_CERTIFICATE] = { "Certificate", "Private key and certificate in one file, .pem or .pfx. Kept in the vault.",
			    FIELD_PATH, NULL },
	[C_AUTHORITY] = { "Authority", "Empty: " TENANT_AUTHORITY ". Other clouds have their own.", FIELD_TEXT, NULL },
	[C_GRAPH] = { "Graph", "Empty: " TENANT_GRAPH ".", FIELD_TEXT, NULL },
	[C_EXCHANGE] = { "Exchange", "Empty: " TENANT_EXCHANGE ".", FIELD_TEXT, NULL },
	[C_IMAP] = { "IMAP", "Empty: " TENANT_IMAP ".", FIELD_TEXT, NULL },
	[C_CA] = { "CA file", "Empty: the system's certificates.", FIELD_PATH, NULL },
	[C_PROXY] = { "Proxy", "http://proxy:3128. Empty: none.", FIELD_TEXT, NULL },
};

struct connecting {
	struct code_state code;
	struct store *store;
	struct tenant tenant; /* id 0: a new one */
	struct secret secret;
	char certificate[EDIT_MAX];
	bool keep; /* sign in as before, nothing is changed */
	bool ok;
	struct err e;
};

static void connecting_free(struct connecting *j) {
	code_state_free(&j->code);
	secret_clear(&j->secret);
	free(j);
}

static bool connect_with(struct connecting *j, struct net *net, const struct secret *certificate) {
	struct tenant *t = &j->tenant;
	if (t->id == 0)
		return tenant_connect(j->store, net, t, &j->secret, certificate, &j->code.stop, code_state_show,
				      &j->code, &j->e) &&
		       setting_set(j->store, "tenant", t->name, &j->e);
	return (j->keep || tenant_save(j->store, t, &j->secret, certificate, &j->e)) &&
	       tenant_sign_in(j->store, net, t->id, &j->code.stop, code_state_show, &j->code, &j->e) &&
	       tenant_get(j->store, t->id, t, &j->e);
}

/* In the job's thread, which talks to the service; it stops when the dialog goes. */
static void connect_work(void *data) {
	struct connecting *j = data;
	struct secret certificate = { NULL, 0 };
	char path[4200];
	snprintf(path, sizeof path, "%s/tasks.log", store_dir(j->store));
	struct log *log = log_open(path, LOG_INFO, &j->e);
	struct net *net = log ? net_new(log, &j->e) : NULL;
	bool locked;
	j->ok = net &&
		(!*j->certificate ||
		 oauth_certificate_read(j->certificate, secret_present(&j->secret) ? &j->secret : NULL, &certificate,
					j->tenant.thumbprint, sizeof j->tenant.thumbprint, &locked, &j->e));
	if (*j->certificate) /* it was the password of the file */
		secret_clear(&j->secret);
	j->ok = j->ok && connect_with(j, net, &certificate);
	secret_clear(&certificate);
	net_free(net);
	log_close(log);
}

static void connect_finish(struct console *c, void *data) {
	struct connecting *j = data;
	if (c) {
		bool given_up = stop_requested(&j->code.stop) != 0;
		dialog_code_close(c, &j->code);
		console_refresh(c);
		console_show_node(c);
		if (j->ok)
			console_note(c, "Signed in to %s%s%s. F5 reads a list", j->tenant.name,
				     *j->tenant.who ? " as " : "", j->tenant.who);
		else if (given_up)
			console_note(c, "Signing in was given up");
		else
			console_complain(c, &j->e);
	}
	connecting_free(j);
}

static struct connecting *connecting_new(struct console *c, const char *name, struct err *e) {
	char title[TENANT_NAME_MAX + 32];
	struct connecting *j = calloc(1, sizeof *j);
	if (!j) {
		err_nomem(e);
		return NULL;
	}
	snprintf(title, sizeof title, "Signing in to %.80s", name);
	if (!code_state_init(&j->code, title, e)) {
		free(j);
		return NULL;
	}
	j->store = c->store;
	return j;
}

static void begin(struct console *c, struct connecting *j) {
	if (job_start(c, "Signing in", connect_work, connect_finish, j))
		dialog_code(c, &j->code);
}

static bool fill(struct connecting *j, const struct form *f, struct err *e) {
	struct tenant *t = &j->tenant;
	t->sign_in = kind_of[form_choice(f, C_KIND)];
	bool fits = text_copy(t->name, sizeof t->name, form_text(f, C_NAME)) &&
		    text_copy(t->client_id, sizeof t->client_id, form_text(f, C_CLIENT)) &&
		    text_copy(t->authority, sizeof t->authority, form_text(f, C_AUTHORITY)) &&
		    text_copy(t->graph, sizeof t->graph, form_text(f, C_GRAPH)) &&
		    text_copy(t->exchange, sizeof t->exchange, form_text(f, C_EXCHANGE)) &&
		    text_copy(t->imap, sizeof t->imap, form_text(f, C_IMAP)) &&
		    text_copy(t->ca_file, sizeof t->ca_file, form_text(f, C_CA)) &&
		    text_copy(t->proxy, sizeof t->proxy, form_text(f, C_PROXY));
	if (!fits)
		return err_set(e, ERR_INPUT, "One of the texts is too long");
	if (!*t->name || !*t->client_id)
		return err_set(e, ERR_INPUT, "Name the tenant's domain and the app's client id");
	if (t->id)
		return true; /* what it signs in with is there */
	if (t->sign_in == SIGN_IN_SECRET && !secret_present(form_secret(f, C_SECRET)))
		return err_set(e, ERR_INPUT, "Type the client secret");
	if (t->sign_in == SIGN_IN_CERTIFICATE && !*form_text(f, C_CERTIFICATE))
		return err_set(e, ERR_INPUT, "Name the file with the certificate and its key");
	return true;
}

static bool accept(struct console *c, struct form *f, struct err *e) {
	const struct tenant *was = form_data(f);
	struct connecting *j = connecting_new(c, form_text(f, C_NAME), e);
	if (!j)
		return false;
	if (was)
		j->tenant = *was;
	bool ok = fill(j, f, e);
	if (ok && j->tenant.sign_in != SIGN_IN_DEVICE_CODE && secret_present(form_secret(f, C_SECRET)))
		ok = secret_copy(&j->secret, form_secret(f, C_SECRET)) || err_nomem(e);
	if (ok && j->tenant.sign_in == SIGN_IN_CERTIFICATE)
		text_copy(j->certificate, sizeof j->certificate, form_text(f, C_CERTIFICATE));
	if (!ok) {
		connecting_free(j);
		return false;
	}
	begin(c, j);
	return true;
}

static void open_form(struct console *c, const struct tenant *t) {
	static const struct form_spec spec = {
		.title = "Connect a tenant",
		.intro = "Exchange Online. README says which rights the app needs; what lies below the certificate is "
			 "for national clouds and proxies.",
		.ok = "Sign in",
		.fields = fields,
		.count = sizeof fields / sizeof *fields,
		.accept = accept,
		.release = free,
	};
	struct tenant *copy = t ? malloc(sizeof *copy) : NULL;
	struct form *f = dialog_form(c, &spec, copy);
	if (!f || !copy)
		return;
	*copy = *t;
	form_set(f, C_NAME, t->name);
	form_set(f, C_CLIENT, t->client_id);
	for (unsigned i = 0; i < 3; i++)
		if (kind_of[i] == t->sign_in)
			form_choose(f, C_KIND, i);
	form_set(f, C_AUTHORITY, t->authority);
	form_set(f, C_GRAPH, t->graph);
	form_set(f, C_EXCHANGE, t->exchange);
	form_set(f, C_IMAP, t->imap);
	form_set(f, C_CA, t->ca_file);
	form_set(f, C_PROXY, t->proxy);
}

void do_connect(struct console *c, const char *arg) {
	(void)arg;
	open_form(c, NULL);
}

/* The same as before with a device code; else the form, where a secret or certificate can be replaced. */
void do_sign_in(struct console *c, const char *arg) {
	struct err e;
	(void)arg;
	if (c->tenant.is.sign_in != SIGN_IN_DEVICE_CODE) {
		open_form(c, &c->tenant.is);
		return;
	}
	struct connecting *j = connecting_new(c, c->tenant.is.name, &e);
	if (!j) {
		console_complain(c, &e);
		return;
	}
	j->tenant = c->tenant.is;
	j->keep = true;
	begin(c, j);
}

#define TENANTS_SHOWN 60

struct names {
	char name[TENANTS_SHOWN][TENANT_NAME_MAX];
	size_t count;
};

static bool take_name(void *arg, const struct tenant *t) {
	struct names *n = arg;
	text_copy(n->name[n->count++], TENANT_NAME_MAX, t->name);
	return n->count < TENANTS_SHOWN;
}

static void choose(struct console *c, const char *name) {
	struct tenant t;
	struct err e;
	if (!tenant_find(c->store, name, &t, &e) || !setting_set(c->store, "tenant", t.name, &e)) {
		console_complain(c, &e);
		return;
	}
	console_refresh(c);
	console_show_node(c);
	console_note(c, "The lists are those of %s", t.name);
}

static void tenant_picked(struct console *c, size_t index) {
	struct names n = { .count = 0 };
	struct err e;
	if (!tenants_each(c->store, take_name, &n, &e))
		console_complain(c, &e);
	else if (index < n.count)
		choose(c, n.name[index]);
}

void do_choose_tenant(struct console *c, const char *arg) {
	struct names n = { .count = 0 };
	const char *items[TENANTS_SHOWN];
	size_t cursor = 0;
	struct err e;
	if (*arg) {
		choose(c, arg);
		return;
	}
	if (!tenants_each(c->store, take_name, &n, &e)) {
		console_complain(c, &e);
		return;
	}
	for (size_t i = 0; i < n.count; i++) {
		items[i] = n.name[i];
		cursor = strcmp(n.name[i], c->tenant.is.name) == 0 ? i : cursor;
	}
	dialog_pick(c, &(struct pick){ .title = "Tenant",
				       .items = items,
				       .count = n.count,
				       .cursor = cursor,
				       .accept = tenant_picked });
}
