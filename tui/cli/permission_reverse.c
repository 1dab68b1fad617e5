/* SPDX-License-Identifier: MIT
 *
 * permission_reverse.c - `permission reverse`: what a user can open, by itself and through groups of which it is a
 * member. The grid is from the last crawl; the groups are asked for once after each, because nobody can ask for those
 * of 30,000 users beforehand.
 */
#include <stdlib.h>
#include <string.h>

#include "tui/cli/device_verbs.h"
#include "tui/cli/permission_import.h"
#include "tui/cli/record_output.h"
#include "tui/cli/rows.h"

struct reverse {
	struct cli *c;
	struct store *s;
	const struct tenant *t;
	const char *trustee;
	json_t *rows;	     /* with --json */
	const char *through; /* the group whose rows are read, or NULL */
	uint64_t n, denied;  /* rows of rights; rows of nothing but denials */
	json_t *groups;	     /* {"groups": [...], "unnamed": n}, or NULL: not known */
	wall_ms_t groups_at;
	struct err why; /* why they could not be read */
};

/* ---- the groups ---- */

static bool ask_groups(struct reverse *v, const char *upn, struct err *e) {
	v->groups = device_ask(v->c, v->s, v->t, "groups", upn, &v->why);
	if (!v->groups)
		return v->why.cat != ERR_CANCELLED || (*e = v->why, false);
	char *text = json_dumps(v->groups, JSON_COMPACT);
	bool ok = text ? memberships_put(v->s, v->t->id, upn, text, e) : err_nomem(e);
	free(text);
	v->groups_at = wall_ms();
	return ok;
}

/* The kept ones as long as they are not older than the grid. False: the store cannot be read, or Ctrl+C. */
static bool find_groups(struct reverse *v, struct err *e) {
	char upn[RECORD_LABEL_MAX], *text = NULL;
	if (!memberships_user(v->s, v->t->id, v->trustee, upn, sizeof upn, e))
		return false;
	if (!*upn)
		return true;
	if (!memberships_current(v->s, v->t->id, upn, &text, &v->groups_at, e))
		return false;
	if (text)
		v->groups = json_loads(text, 0, NULL);
	free(text);
	return v->groups || ask_groups(v, upn, e);
}

/* ---- the rows ---- */

static const char *cell_of(const struct record *r, const char *column) {
	return record_cell(r, &record_permissions, column)->text;
}

/* "Yes" and "Inherited" in whatever words; of a right that is denied, the denial goes first. */
static bool opens(const char *says) {
	return *says && !strstr(says, "Deny") && !strstr(says, "denied");
}

static bool on_reverse(void *arg, const struct record *r) {
	struct reverse *v = arg;
	bool first = true, any = false, denied = false;
	for (size_t i = 0; i < 3; i++) {
		const char *says = cell_of(r, permission_rights[i].column);
		any |= opens(says);
		denied |= *says && !opens(says);
	}
	v->denied += denied && !any;
	if (!any)
		return true;
	v->n++;
	if (v->rows)
		return json_array_append_new(v->rows, json_pack("{s:o, s:o, s:o, s:o, s:o}", "mailbox",
								json_text(cell_of(r, "mailbox")), "fullAccess",
								json_text(cell_of(r, "fullAccess")), "sendAs",
								json_text(cell_of(r, "sendAs")), "sendOnBehalf",
								json_text(cell_of(r, "sendOnBehalf")), "through",
								v->through ? json_text(v->through) : json_null())) == 0;
	fprintf(v->c->out, "%s ", cell_of(r, "mailbox"));
	for (size_t i = 0; i < 3; i++) {
		const char *says = cell_of(r, permission_rights[i].column);
		if (!*says)
			continue;
		fprintf(v->c->out, "%s %s%s%s", first ? "" : ",", permission_rights[i].title,
			strcmp(says, "Yes") == 0 ? "" : ": ", strcmp(says, "Yes") == 0 ? "" : says);
		first = false;
	}
	if (v->through) {
		char clean[400];
		text_sanitise(clean, sizeof clean, v->through, strlen(v->through));
		fprintf(v->c->out, ", through %s", clean);
	}
	fputc('\n', v->c->out);
	return true;
}

static bool rows_of(struct reverse *v, const char *trustee, struct err *e) {
	struct record_query q = { .list = &record_permissions,
				  .tenant = v->t->id,
				  .equal = record_column_find(&record_permissions, "trustee"),
				  .value = trustee };
	return records_each(v->s, &q, on_reverse, v, e);
}

/* Exchange names a trustee by its address; by its name where the crawl could not tell which recipient that is. */
static bool group_rows(struct reverse *v, struct err *e) {
	json_t *group;
	size_t i;
	json_array_foreach(json_object_get(v->groups, "groups"), i, group) {
		const char *mail = json_string_value(json_object_get(group, "mail")),
			   *name = json_string_value(json_object_get(group, "name"));
		v->through = mail && *mail ? mail : name;
		if (!v->through || text_ieq(v->through, v->trustee))
			continue;
		if (!rows_of(v, v->through, e) ||
		    (name && *name && v->through != name && !text_ieq(name, v->through) && !rows_of(v, name, e)))
			return false;
	}
	v->through = NULL;
	return true;
}

/* ---- how far the answer may be trusted ---- */

static void say_grid(struct reverse *v, const struct crawl_status *at) {
	struct cli *c = v->c;
	char count[32], when[40];
	text_count(count, sizeof count, at->mailboxes);
	clock_text(when, sizeof when, at->oldest);
	if (at->mailboxes == 0) {
		cli_note(c, "No mailbox was looked at yet: mailvan permission list --refresh does.");
		return;
	}
	if (v->n == 0)
		cli_note(c, "%s opens no mailbox of those that were looked at.", v->trustee);
	if (v->denied)
		cli_note(c,
			 "%llu mailboxes are denied and not listed; mailvan permission list --trustee %s --filter "
			 "denied shows them.",
			 (unsigned long long)v->denied, v->trustee);
	cli_note(c, "%s mailboxes were looked at, the first of them at %s%s.", count, when,
		 at->unfinished ? "; the last crawl was broken off (--refresh goes on)" : "");
	if (at->failed)
		cli_note(c, "%llu of them could not be asked at the last attempt.", (unsigned long long)at->failed);
}

static void say_groups(struct reverse *v) {
	struct cli *c = v->c;
	char when[40];
	long long unnamed = json_integer_value(json_object_get(v->groups, "unnamed"));
	clock_text(when, sizeof when, v->groups_at);
	if (v->why.cat == ERR_NO_MAILBOX)
		cli_note(c, "%s is no user of the directory: only what is granted to it itself is listed.", v->trustee);
	else if (v->why.cat != ERR_NONE)
		cli_note(c, "The groups of %s could not be read, so only what is granted to it itself is listed: %s",
			 v->trustee, v->why.text);
	else if (v->groups)
		cli_note(c, "A member of %zu groups, as of %s.",
			 json_array_size(json_object_get(v->groups, "groups")) + (size_t)unnamed, when);
	if (unnamed)
		cli_note(c,
			 "Of %lld of them the sign-in may not read the names, so what they open is missing: grant "
			 "GroupMember.Read.All in Entra admin center > App registrations > API permissions, then "
			 "--refresh.",
			 unnamed);
}

static json_t *groups_json(const struct reverse *v) {
	json_t *read = json_pack("{s:o, s:o, s:o, s:O?}", "at", json_time(v->groups ? v->groups_at : 0), "error",
				 json_text_or_null(v->why.text), "unnamed",
				 v->groups ? json_incref(json_object_get(v->groups, "unnamed")) : json_null(), "names",
				 json_object_get(v->groups, "groups"));
	return read;
}

static int print_reverse(struct reverse *v) {
	struct crawl_status at;
	struct cli *c = v->c;
	struct err e;
	err_clear(&e);
	if (!permissions_status(v->s, v->t->id, &at, &e) || !rows_of(v, v->trustee, &e) ||
	    (v->t->id != TENANT_TARGET && !find_groups(v, &e)) || !group_rows(v, &e))
		return cli_fail(c, &e);
	if (c->json)
		return cli_print_json(c,
				      json_pack("{s:o, s:I, s:I, s:o, s:b, s:o, s:O}", "trustee", json_text(v->trustee),
						"mailboxes_looked_at", (json_int_t)at.mailboxes, "mailboxes_failed",
						(json_int_t)at.failed, "oldest", json_time(at.oldest), "unfinished",
						at.unfinished, "groups", groups_json(v), "rows", v->rows),
				      CLI_OK);
	say_grid(v, &at);
	say_groups(v);
	return cli_written(c, CLI_OK);
}

int permission_reverse(struct cli *c) {
	struct tenant t;
	int code;
	struct store *s = permission_open(c, &t, &code);
	if (!s)
		return code;
	code = cli_flag(c, "refresh") ? cli_refresh(c, s, &t, record_permissions.refresh, NULL) : CLI_OK;
	if (code == CLI_OK) {
		struct reverse v = { .c = c, .s = s, .t = &t, .trustee = c->args[0] };
		v.rows = c->json ? json_array() : NULL;
		code = print_reverse(&v);
		json_decref(v.rows);
		json_decref(v.groups);
	}
	store_close(s);
	return code;
}
