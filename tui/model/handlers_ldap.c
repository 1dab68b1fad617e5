/* SPDX-License-Identifier: MIT
 *
 * handlers_ldap.c - users from Active Directory or any LDAP server: asked in a job's thread, shown with what would be
 * done, and then added as from a CSV.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cli/ldap_list.h"
#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/model/sheet_job.h"
#include "tui/view/dialogs.h"

enum {
	L_SERVER,
	L_STARTTLS,
	L_BIND,
	L_PASSWORD,
	L_BASE,
	L_FILTER,
	L_DOMAIN,
	L_CA,
	L_LOCATION,
	L_LICENSES,
	L_UPDATE,
	L_CHANGE,
	L_SHEET
};
static const struct field ldap_fields[] = {
	[L_SERVER] = { "Server", "ldaps://dc1.contoso.local; ldap:// with StartTLS, or to this machine.", FIELD_TEXT,
		       NULL },
	[L_STARTTLS] = { "StartTLS", "For ldap://: TLS begins after the connection is made.", FIELD_CHECK, NULL },
	[L_BIND] = { "Bind as", "reader@contoso.local, or a DN. Empty: without a name.", FIELD_TEXT, NULL },
	[L_PASSWORD] = { "Password", "Of that name. It is used once and not kept.", FIELD_SECRET, NULL },
	[L_BASE] = { "Base", "OU=Staff,DC=contoso,DC=local. Empty: what the server names first.", FIELD_TEXT, NULL },
	[L_FILTER] = { "Filter", "(department=Sales). Empty: all people who have a name to sign in with.", FIELD_TEXT,
		       NULL },
	[L_DOMAIN] = { "Domain", "Who has no sign-in name gets uid@ this. May stay empty.", FIELD_TEXT, NULL },
	[L_CA] = { "CA file", "Of the server's certificate. Empty: the system's.", FIELD_PATH, NULL },
	[L_LOCATION] = { "Usage location", "Two letters, for people without a country.", FIELD_TEXT, NULL },
	[L_LICENSES] = { "Licences", "For everybody; as in Subscriptions.", FIELD_TEXT, NULL },
	[L_UPDATE] = { "Update", "Users that are there get what they lack.", FIELD_CHECK, NULL },
	[L_CHANGE] = { "Change at once", "Users choose another password at their first sign-in.", FIELD_CHECK, NULL },
	[L_SHEET] = { "Password sheet", "For passwords that are made. Empty: a new file in the project.", FIELD_PATH,
		      NULL },
};

/* What was typed; the job's source. */
struct ldap_wish {
	char url[EDIT_MAX], base[EDIT_MAX], filter[EDIT_MAX], bind[EDIT_MAX], domain[EDIT_MAX], ca[EDIT_MAX * 2];
	bool starttls;
	struct secret password;
	struct stop stop;
};

static void wish_free(void *source) {
	struct ldap_wish *w = source;
	secret_clear(&w->password);
	stop_free(&w->stop);
	free(w);
}

static const char *or_null(const char *text) {
	return *text ? text : NULL;
}

/* The errors name what was given as the command's options are called; here these are fields of that name. */
static void without_dashes(char *text) {
	for (char *p = text; (p = strstr(p, "--")) != NULL; p++)
		memmove(p, p + 2, strlen(p + 2) + 1);
}

/* In the job's thread. */
static bool ask_server(struct sheet_job *j, const struct users_options *o) {
	struct ldap_wish *w = j->source;
	const struct ldap_source from = { .url = w->url,
					  .base = w->base,
					  .filter = or_null(w->filter),
					  .bind = or_null(w->bind),
					  .password = &w->password,
					  .ca_file = w->ca,
					  .starttls = w->starttls,
					  .domain = or_null(w->domain),
					  .stop = &w->stop };
	struct ldap_list l = { 0 };
	bool ok = ldap_list_read(&from, NULL, &l, &j->e);
	secret_clear(&w->password);
	if (!ok)
		without_dashes(j->e.text);
	if (ok && l.n == 0)
		ok = err_set(&j->e, ERR_INPUT, "The server has nobody there who fits: look at the base and the filter");
	ok = ok && import_users_fd(fileno(l.list), "the server", o, &j->list, &j->e);
	int n = snprintf(j->summary, sizeof j->summary, "%zu people found", l.n);
	if (l.disabled)
		n += snprintf(j->summary + n, sizeof j->summary - (size_t)n, " · %zu disabled there, left out",
			      l.disabled);
	if (l.unusable)
		snprintf(j->summary + n, sizeof j->summary - (size_t)n,
			 " · %zu without a name to sign in with, left out (Domain makes one)", l.unusable);
	ldap_list_free(&l);
	return ok;
}

static struct ldap_wish *wish_new(const struct form *f, struct err *e) {
	struct ldap_wish *w = calloc(1, sizeof *w);
	if (!w || !stop_init(&w->stop, NULL)) {
		free(w);
		err_nomem(e);
		return NULL;
	}
	text_copy(w->url, sizeof w->url, form_text(f, L_SERVER));
	text_copy(w->base, sizeof w->base, form_text(f, L_BASE));
	text_copy(w->filter, sizeof w->filter, form_text(f, L_FILTER));
	text_copy(w->bind, sizeof w->bind, form_text(f, L_BIND));
	text_copy(w->domain, sizeof w->domain, form_text(f, L_DOMAIN));
	edit_path(w->ca, sizeof w->ca, form_text(f, L_CA));
	w->starttls = form_choice(f, L_STARTTLS);
	if (secret_present(form_secret(f, L_PASSWORD)) && !secret_copy(&w->password, form_secret(f, L_PASSWORD))) {
		wish_free(w);
		err_nomem(e);
		return NULL;
	}
	return w;
}

static bool ldap_accept(struct console *c, struct form *f, struct err *e) {
	if (!strstr(form_text(f, L_SERVER), "://"))
		return err_set(e, ERR_INPUT, "Name the server as ldaps://HOST or ldap://HOST");
	if (*form_text(f, L_BIND) && !secret_present(form_secret(f, L_PASSWORD)))
		return err_set(e, ERR_INPUT, "Type the password of %.200s", form_text(f, L_BIND));
	if (job_label(c))
		return err_set(e, ERR_INPUT, "Wait a moment: %s", job_label(c));
	struct ldap_wish *w = wish_new(f, e);
	struct sheet_job *j = w ? sheet_job_new(c, e) : NULL;
	if (!j) {
		if (w)
			wish_free(w);
		return false;
	}
	j->people = ask_server;
	j->source = w;
	j->forget = wish_free;
	j->update = form_choice(f, L_UPDATE);
	j->change_at_once = form_choice(f, L_CHANGE);
	snprintf(j->path, sizeof j->path, "%.500s%s%.500s", w->url, *w->base ? "  " : "", w->base);
	if (*form_text(f, L_SHEET))
		edit_path(j->sheet, sizeof j->sheet, form_text(f, L_SHEET));
	if (!sheet_job_place(j, form_text(f, L_LOCATION), form_text(f, L_LICENSES), e)) {
		sheet_job_free(j);
		return false;
	}
	if (sheet_job_start(c, j, "Asking the LDAP server"))
		job_stoppable(c, &w->stop);
	return true;
}

void do_user_ldap(struct console *c, const char *arg) {
	static const struct form_spec spec = { .title = "Users from LDAP",
					       .intro = "Active Directory or any other: people are read, nothing is "
							"written there. You see what would be "
							"done before anything is.",
					       .ok = "Ask the server",
					       .fields = ldap_fields,
					       .count = sizeof ldap_fields / sizeof *ldap_fields,
					       .accept = ldap_accept };
	struct form *f = dialog_form(c, &spec, NULL);
	if (!f)
		return;
	form_set(f, L_SERVER, *arg ? arg : "ldaps://");
	form_choose(f, L_CHANGE, 1);
}
