/* SPDX-License-Identifier: MIT
 *
 * handout_sheets.c - see handout_sheets.h.
 */
#include "tui/cli/handout_sheets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tui/cli/handout_users.h"

#define SHEET_MAX 65536

static void say(struct handout_sheets *x, const char *text) {
	if (x->said)
		x->said(x->arg, text);
}

/* ---- policies ---- */

static bool on_policy(void *arg, const struct record *r) {
	struct handout_sheets *x = arg;
	json_t *settings = json_loads(record_cell(r, &record_policies, "settings")->text, 0, NULL);
	json_t *one = json_pack("{s:b, s:o}", "default", record_cell(r, &record_policies, "isDefault")->number != 0,
				"settings", settings ? settings : json_object());
	return json_object_set_new(x->policies, r->label, one) == 0;
}

/* name "": the default one. NULL: there is no such policy among those that were read. */
static const json_t *policy_of(const struct handout_sheets *x, const char *name, const char **found) {
	const char *key;
	json_t *p;
	json_object_foreach(x->policies, key, p) if (*name ? text_ieq(key, name) : json_yes(p, "default")) {
		*found = key;
		return json_object_get(p, "settings");
	}
	return NULL;
}

static bool read_policies(struct handout_sheets *x, struct err *e) {
	struct record_query q = { .list = &record_policies, .tenant = x->tenant->id };
	const char *found;
	x->policies = json_object();
	if (!x->policies)
		return err_nomem(e);
	if (!records_each(x->ctx->store, &q, on_policy, x, e))
		return false;
	if (x->policy && !policy_of(x, x->policy, &found))
		return err_set(e, ERR_INPUT,
			       "There is no policy %s in the list that was read; mailvan device policy list --refresh",
			       x->policy);
	if (!x->web && json_object_size(x->policies) == 0)
		say(x, "The device policies were never read, so the sheets cannot say what they demand: mailvan device "
		       "policy list --refresh");
	return true;
}

/* ---- a sheet ---- */

/* The address of who has no mailbox here is worth a sheet only if autodiscover sends it to another server. */
static const char *why_not(const struct handout_sheets *x, const struct handout_user *u) {
	const char *here = strstr(x->tenant->exchange, "://");
	size_t n = strlen(u->server.host);
	bool same = here && strncasecmp(here + 3, u->server.host, n) == 0 && (!here[3 + n] || here[3 + n] == '/');
	if (u->access.e.cat == ERR_NO_MAILBOX && (same || u->server.by == BY_TABLE))
		return "Exchange Online has no mailbox of that address";
	if (x->web && !u->access.web)
		return "web mail is switched off for this mailbox: mailvan device protocols MAILBOX owa=on";
	if (!x->web && !u->access.activesync && !u->access.outlook_app)
		return "no phone may open this mailbox: mailvan device protocols MAILBOX activesync=on "
		       "outlook-mobile=on";
	return NULL;
}

/* What an operator should know before the sheet goes out. */
static void remark(struct handout_sheets *x, const struct handout_user *u, const char *policy, bool known) {
	char text[ERR_TEXT_MAX + 600];
	const struct phone_access *a = &u->access;
	if (u->server.by != BY_AUTODISCOVER_V2) {
		snprintf(text, sizeof text, "%s: server by %s%s%s", u->mail, discovered_words(u->server.by),
			 u->server.said[0] ? ": " : "", u->server.said);
		say(x, text);
	}
	if (a->e.cat == ERR_NO_MAILBOX) {
		snprintf(text, sizeof text,
			 "%s: no mailbox in Exchange Online; the sheet names the server that autodiscover names",
			 u->mail);
		say(x, text);
	} else if (a->e.cat != ERR_NONE && strcmp(x->last, a->e.text) != 0) {
		text_copy(x->last, sizeof x->last, a->e.text);
		snprintf(text, sizeof text, "%s: what phones may do with this mailbox could not be read: %s", u->mail,
			 a->e.text);
		say(x, text);
	} else if (!x->web && a->activesync != a->outlook_app) {
		snprintf(text, sizeof text, "%s: %s is switched off for this mailbox, so the sheet leaves it out",
			 u->mail, a->activesync ? "the Outlook app" : "ActiveSync");
		say(x, text);
	}
	if (!x->web && !known && *policy && json_object_size(x->policies)) {
		snprintf(text, sizeof text,
			 "%s: the policy \"%s\" is not in the list that was read; mailvan device policy list --refresh",
			 u->mail, policy);
		say(x, text);
	}
}

static bool write_file(struct handout_sheets *x, const char *mail, const struct buf *text, struct err *e) {
	char path[4096], flat[330];
	text_copy(flat, sizeof flat, mail);
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

static bool one_sheet(struct handout_sheets *x, const struct handout_user *u, struct err *e) {
	const char *why = why_not(x, u), *policy = "";
	struct buf text;
	if (why) {
		x->left_out++;
		if (x->without)
			x->without(x->arg, u->mail, why);
		return true;
	}
	const char *named = x->policy ? x->policy : u->access.policy;
	bool unknown = !x->policy && u->access.e.cat != ERR_NONE; /* whose policy? not the default one's by guess */
	const json_t *settings = unknown ? NULL : policy_of(x, named, &policy);
	remark(x, u, named, settings != NULL);
	struct handout h = { .name = u->name,
			     .mail = u->mail,
			     .user = u->user,
			     .server = &u->server,
			     .exchange = x->tenant->exchange,
			     .policy = policy,
			     .settings = settings,
			     .activesync = u->access.activesync,
			     .outlook_app = u->access.outlook_app };
	buf_init(&text, SHEET_MAX);
	bool ok = (x->web ? handout_sign_in(&h, &text) : handout_phone(&h, &text)) || err_nomem(e);
	struct handout_sheet sheet = { u->user, u->mail, &u->server, policy, text.data };
	ok = ok && (!x->dir || write_file(x, u->mail, &text, e)) && (!x->each || x->each(x->arg, &sheet, e));
	x->written += ok;
	text_copy(x->probed, sizeof x->probed, u->server.url);
	text_copy(x->host, sizeof x->host, u->server.host);
	buf_free(&text);
	return ok;
}

static bool write_all(struct handout_sheets *x, const char *const *who, size_t n, struct err *e) {
	struct handout_user *users = calloc(HANDOUT_USERS_MAX, sizeof *users);
	bool ok = users || err_nomem(e);
	for (size_t at = 0; ok && at < n; at += HANDOUT_USERS_MAX) {
		size_t some = n - at < HANDOUT_USERS_MAX ? n - at : HANDOUT_USERS_MAX;
		ok = handout_users_find(x->ctx, x->tenant, who + at, some, users, e);
		for (size_t i = 0; ok && i < some; i++)
			ok = one_sheet(x, &users[i], e);
	}
	free(users);
	return ok;
}

/* The sheets are there: a server that does not answer is something to say, not a failure of theirs. */
static bool probe(struct handout_sheets *x, struct err *e) {
	struct eas_probe answer;
	if (!x->written)
		return true;
	bool asked = eas_probe(x->ctx, x->tenant, x->probed, &answer, e);
	if (!asked && e->cat == ERR_CANCELLED)
		return false;
	snprintf(x->probe, sizeof x->probe, "%.255s: %.300s", x->host, asked ? answer.text : e->text);
	err_clear(e);
	return true;
}

bool handout_sheets_write(struct handout_sheets *x, const char *const *who, size_t n, struct err *e) {
	if (x->dir && mkdir(x->dir, 0755) != 0 && errno != EEXIST)
		return err_errno(e, ERR_INPUT, "Cannot make the directory %s", x->dir);
	bool ok = read_policies(x, e) && write_all(x, who, n, e) && probe(x, e);
	json_decref(x->policies);
	x->policies = NULL;
	return ok;
}
