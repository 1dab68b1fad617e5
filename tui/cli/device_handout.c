/* SPDX-License-Identifier: MIT
 *
 * device_handout.c - `mailvan device handout`: a sheet for each user who sets up a phone.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mailvan.h"
#include "tui/cli/device_sheets.h"
#include "tui/cli/record_output.h"
#include "tui/cli/rows.h"
#include "tui/cli/signals.h"

#define SHEET_MAX 65536

struct sheets {
	struct cli *c;
	struct store *s;
	struct tenant t;
	struct directory_context ctx;
	const char *dir; /* NULL: to c->out */
	char policy[300];
	json_t *settings;
	char domain[256]; /* that server was found for */
	struct phone_server server;
	json_t *array; /* --json */
};

static size_t column(const struct record_list *l, const char *name) {
	return (size_t)(record_column_find(l, name) - l->columns);
}

/* The default policy, or the one that --policy names. */
static bool on_policy(void *arg, const struct record *r) {
	struct sheets *x = arg;
	const char *named = cli_value(x->c, "policy");
	if (named ? !text_ieq(named, r->label) : !r->cells[column(&record_policies, "isDefault")].number)
		return true;
	text_sanitise(x->policy, sizeof x->policy, r->label, strlen(r->label));
	x->settings = json_loads(r->cells[column(&record_policies, "settings")].text, 0, NULL);
	return false;
}

static bool find_policy(struct sheets *x, struct err *e) {
	struct record_query q = { .list = &record_policies, .tenant = x->t.id };
	if (!records_each(x->s, &q, on_policy, x, e))
		return false;
	if (!x->settings && cli_value(x->c, "policy"))
		return err_set(e, ERR_INPUT,
			       "There is no policy %s in the list that was read; mailvan device policy list --refresh",
			       cli_value(x->c, "policy"));
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
static bool find_person(struct sheets *x, const char *who, struct person *p, struct err *e) {
	int64_t id;
	*p = (struct person){ 0 };
	if (!record_find(x->s, &record_users, x->t.id, who, &id, e))
		return false;
	struct record_query q = { .list = &record_users, .ids = &id, .id_count = 1 };
	if (id)
		return records_each(x->s, &q, on_user, p, e);
	if (!strchr(who, '@') || strlen(who) >= sizeof p->mail)
		return err_set(e, ERR_INPUT, "%s is neither in the list of users nor an address", who);
	text_copy(p->mail, sizeof p->mail, who);
	text_copy(p->user, sizeof p->user, who);
	return true;
}

/* Asked once for each domain: 300 sheets are not 300 questions. */
static bool find_server(struct sheets *x, const char *mail, struct err *e) {
	const char *domain = strchr(mail, '@');
	if (x->server.host[0] && domain && strcmp(domain, x->domain) == 0)
		return true;
	text_copy(x->domain, sizeof x->domain, domain ? domain : "");
	if (!autodiscover_phone(&x->ctx, &x->t, mail, &x->server, e))
		return false;
	if (x->server.by != BY_AUTODISCOVER_V2)
		cli_note(x->c, "%s: server by %s%s%s", mail, discovered_words(x->server.by),
			 x->server.said[0] ? ": " : "", x->server.said);
	return true;
}

static bool write_file(struct sheets *x, const struct person *p, const struct buf *text, struct err *e) {
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

static bool one_sheet(struct sheets *x, const char *who, struct err *e) {
	struct person p;
	struct buf text;
	if (!find_person(x, who, &p, e) || !find_server(x, p.mail, e))
		return false;
	struct handout h = { p.name, p.mail, p.user, &x->server, x->t.exchange, x->policy, x->settings };
	buf_init(&text, SHEET_MAX);
	bool ok = (cli_flag(x->c, "web") ? handout_sign_in(&h, &text) : handout_phone(&h, &text)) || err_nomem(e);
	if (ok && x->dir)
		ok = write_file(x, &p, &text, e);
	else if (ok && x->array)
		json_array_append_new(x->array,
				      json_pack("{s:o, s:o, s:o, s:s, s:s}", "user", json_text(p.user), "mail",
						json_text(p.mail), "server", json_text(x->server.host), "found_by",
						discovered_words(x->server.by), "text", text.data));
	else if (ok)
		fprintf(x->c->out, "%s\n", text.data);
	buf_free(&text);
	return ok;
}

static bool all_sheets(struct sheets *x, struct err *e) {
	struct eas_probe probe;
	if (x->dir && mkdir(x->dir, 0755) != 0 && errno != EEXIST)
		return err_errno(e, ERR_INPUT, "Cannot make the directory %s", x->dir);
	if (!find_policy(x, e))
		return false;
	for (unsigned i = 0; i < x->c->arg_count; i++)
		if (!one_sheet(x, x->c->args[i], e))
			return false;
	if (!eas_probe(&x->ctx, &x->t, x->server.url, &probe, e))
		return false;
	cli_note(x->c, "%s: %s", x->server.host, probe.text);
	return true;
}

static int do_handout(struct cli *c) {
	struct sheets x = { .c = c, .dir = cli_value(c, "out") };
	struct err e;
	int code;
	err_clear(&e);
	x.s = cli_open_tenant(c, &x.t, &code);
	if (!x.s)
		return code;
	x.ctx = (struct directory_context){ .store = x.s, .net = net_new(NULL, &e), .stop = c->stop };
	x.array = c->json ? json_array() : NULL;
	bool ok = x.ctx.net && all_sheets(&x, &e);
	code = ok ? CLI_OK : cli_fail(c, &e);
	if (ok && c->json && !x.dir) {
		code = cli_print_json(c, json_pack("{s:O}", "sheets", x.array), CLI_OK);
	} else if (ok && x.dir) {
		fprintf(c->out, "%u sheets in %s\n", c->arg_count, x.dir);
	}
	json_decref(x.array);
	json_decref(x.settings);
	net_free(x.ctx.net);
	store_close(x.s);
	return code;
}

int cli_device_handout(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_handout);
}
