/* SPDX-License-Identifier: MIT
 *
 * target_form.c - the project's target settings as a form.
 */
#include "tui/model/target_form.h"

#include <stdlib.h>
#include <string.h>

#include "tui/model/handlers.h"
#include "tui/view/dialogs.h"

enum { T_SERVER, T_CHECK, T_CA, T_STYLE, T_ADMIN, T_PASSWORD, T_TEMPLATE };

static const char *const checks[] = { "verify the certificate", "insecure: do not verify", NULL };
static const char *const styles[] = { "each row has its own login", "one admin login (SASL authzid)",
				      "one admin login by template", NULL };
static const struct field fields[] = {
	[T_SERVER] = { "Server", "imaps://host, imap://host (STARTTLS required), or host:port", FIELD_TEXT, NULL },
	[T_CHECK] = { "Certificate", "Without a check anyone in between can read the mail.", FIELD_CHOICE, checks },
	[T_CA] = { "CA file", "Empty: the system's certificates.", FIELD_PATH, NULL },
	[T_STYLE] = { "Login", "How each mailbox at the target is opened.", FIELD_CHOICE, styles },
	[T_ADMIN] = { "Admin login", "For the two admin styles.", FIELD_TEXT, NULL },
	[T_PASSWORD] = { "Admin password", "Kept in the vault. Empty: the stored one stays.", FIELD_SECRET, NULL },
	[T_TEMPLATE] = { "Template", "For example {user}*{admin} or {admin}@{domain}\\{user}", FIELD_TEXT, NULL },
};

struct pending {
	void (*then)(struct console *c, void *data);
	void (*release)(void *data);
	void *data;
};

static void pending_free(void *data) {
	struct pending *p = data;
	if (p->data && p->release)
		p->release(p->data);
	free(p);
}

static bool fill(struct form *f, struct target_settings *t, struct err *e) {
	static const enum admin_style by_choice[] = { ADMIN_NONE, ADMIN_AUTHZID, ADMIN_TEMPLATE };
	struct endpoint *s = &t->server;
	t->admin = by_choice[form_choice(f, T_STYLE)];
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
	if (!target_settings_get(c->store, &t, e))
		return false;
	bool ok = fill(f, &t, e) && target_settings_set(c->store, &t, e);
	endpoint_clear(&t.server);
	if (!ok)
		return false;
	console_refresh(c);
	console_note(c, "Mail goes to %s", c->target);
	void *data = p->data;
	p->data = NULL;
	if (p->then)
		p->then(c, data);
	return true;
}

void target_form_open(struct console *c, void (*then)(struct console *c, void *data), void (*release)(void *data),
		      void *data) {
	static const struct form_spec spec = {
		.title = "Target server", .ok = "Store", .fields = fields, .count = sizeof fields / sizeof *fields,
		.intro = "Where mail goes when the CSV does not say. Rows with their own target columns keep those.",
		.accept = accept, .release = pending_free,
	};
	struct target_settings t;
	struct err e;
	struct pending *p = calloc(1, sizeof *p);
	if (!p || !target_settings_get(c->store, &t, &e)) {
		if (!p)
			err_nomem(&e);
		free(p);
		if (data && release)
			release(data);
		console_complain(c, &e);
		return;
	}
	*p = (struct pending){ then, release, data };
	struct form *f = dialog_form(c, &spec, p);
	if (f) {
		form_set(f, T_SERVER, c->target);
		form_choose(f, T_CHECK, t.server.insecure ? 1 : 0);
		form_set(f, T_CA, t.server.ca_file);
		form_choose(f, T_STYLE, t.admin == ADMIN_AUTHZID ? 1 : t.admin == ADMIN_TEMPLATE ? 2 : 0);
		form_set(f, T_ADMIN, t.server.login);
		form_set(f, T_TEMPLATE, t.login_template);
	}
	endpoint_clear(&t.server);
}

void do_target(struct console *c, const char *arg) {
	(void)arg;
	target_form_open(c, NULL, NULL, NULL);
}
