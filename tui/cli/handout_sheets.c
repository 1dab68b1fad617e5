/* SPDX-License-Identifier: MIT
 *
 * handout_sheets.c - see handout_sheets.h.
 */
#include "tui/cli/handout_sheets.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHEET_MAX 65536

static size_t column(const struct record_list *l, const char *name) {
	return (size_t)(record_column_find(l, name) - l->columns);
}

/* The default policy, or the one that was named. */
static bool on_policy(void *arg, const struct record *r) {
	struct handout_sheets *x = arg;
	if (x->policy ? !text_ieq(x->policy, r->label) : !r->cells[column(&record_policies, "isDefault")].number)
		return true;
	text_sanitise(x->policy_name, sizeof x->policy_name, r->label, strlen(r->label));
	x->settings = json_loads(r->cells[column(&record_policies, "settings")].text, 0, NULL);
	return false;
}

static bool find_policy(struct handout_sheets *x, struct err *e) {
	struct record_query q = { .list = &record_policies, .tenant = x->tenant->id };
	if (!records_each(x->ctx->store, &q, on_policy, x, e))
		return false;
	if (!x->settings && x->policy)
		return err_set(e, ERR_INPUT,
			       "There is no policy %s in the list that was read; mailvan device policy list --refresh",
			       x->policy);
	return true;
}

struct person {
	char name[300], mail[320], user[320];
};

static bool on_user(void *arg, const struct record *r) {
	struct person *p = arg;
	text_copy(p->name, sizeof p->name, r->cells[column(&record_users, "displayName")].text);
	text_copy(p->user, sizeof p->user, r->label);
	text_copy(p->mail, sizeof p->mail, r->cells[column(&record_users, "mail")].text);
	if (!p->mail[0])
		text_copy(p->mail, sizeof p->mail, r->label);
	return false;
}

/* A user who is not in the list yet gets a sheet too: the address is enough. */
static bool find_person(struct handout_sheets *x, const char *who, struct person *p, struct err *e) {
	int64_t id;
	*p = (struct person){ 0 };
	if (!record_find(x->ctx->store, &record_users, x->tenant->id, who, &id, e))
		return false;
	struct record_query q = { .list = &record_users, .ids = &id, .id_count = 1 };
	if (id)
		return records_each(x->ctx->store, &q, on_user, p, e);
	if (!strchr(who, '@') || strlen(who) >= sizeof p->mail)
		return err_set(e, ERR_INPUT, "%s is neither in the list of users nor an address", who);
	text_copy(p->mail, sizeof p->mail, who);
	text_copy(p->user, sizeof p->user, who);
	return true;
}

/* Asked once for each domain: 300 sheets are not 300 questions. */
static bool find_server(struct handout_sheets *x, const char *mail, struct err *e) {
	const char *domain = strchr(mail, '@');
	char text[700];
	if (x->server.host[0] && domain && strcmp(domain, x->domain) == 0)
		return true;
	text_copy(x->domain, sizeof x->domain, domain ? domain : "");
	if (!autodiscover_phone(x->ctx, x->tenant, mail, &x->server, e))
		return false;
	if (x->server.by != BY_AUTODISCOVER_V2 && x->said) {
		snprintf(text, sizeof text, "%s: server by %s%s%s", mail, discovered_words(x->server.by),
			 x->server.said[0] ? ": " : "", x->server.said);
		x->said(x->arg, text);
	}
	return true;
}

static bool write_file(struct handout_sheets *x, const struct person *p, const struct buf *text, struct err *e) {
	char path[4096], flat[330];
	text_copy(flat, sizeof flat, p->mail);
	for (char *c = flat; *c; c++)
		if (*c == '/' || *c == '.' || (unsigned char)*c < ' ')
			*c = *c == '.' && c > flat ? '.' : '_';
	if ((size_t)snprintf(path, sizeof path, "%s/%s.txt", x->dir, flat) >= sizeof path)
		return err_set(e, ERR_INPUT, "The path of the sheet is too long");
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool ok = fd >= 0 && write(fd, text->data, text->len) == (ssize_t)text->len;
	if (fd >= 0 && close(fd) != 0)
		ok = false;
	return ok || err_errno(e, ERR_LOCAL_DISK, "Cannot write %s", path);
}

static bool one_sheet(struct handout_sheets *x, const char *who, struct err *e) {
	struct person p;
	struct buf text;
	if (!find_person(x, who, &p, e) || !find_server(x, p.mail, e))
		return false;
	struct handout h = { p.name, p.mail, p.user, &x->server, x->tenant->exchange, x->policy_name, x->settings };
	buf_init(&text, SHEET_MAX);
	bool ok = (x->web ? handout_sign_in(&h, &text) : handout_phone(&h, &text)) || err_nomem(e);
	struct handout_sheet sheet = { p.user, p.mail, &x->server, text.data };
	ok = ok && (!x->dir || write_file(x, &p, &text, e)) && (!x->each || x->each(x->arg, &sheet, e));
	x->written += ok;
	buf_free(&text);
	return ok;
}

bool handout_sheets_write(struct handout_sheets *x, const char *const *who, size_t n, struct err *e) {
	struct eas_probe probe;
	if (x->dir && mkdir(x->dir, 0755) != 0 && errno != EEXIST)
		return err_errno(e, ERR_INPUT, "Cannot make the directory %s", x->dir);
	bool ok = find_policy(x, e);
	for (size_t i = 0; ok && i < n; i++)
		ok = one_sheet(x, who[i], e);
	ok = ok && eas_probe(x->ctx, x->tenant, x->server.url, &probe, e);
	if (ok)
		snprintf(x->probe, sizeof x->probe, "%s: %s", x->server.host, probe.text);
	json_decref(x->settings);
	x->settings = NULL;
	return ok;
}
