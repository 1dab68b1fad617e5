/* SPDX-License-Identifier: MIT
 *
 * cmd_permission_import.c - `permission import` and `permission export`: the grid as CSV, and what of a CSV differs
 * from the grid.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/permissions.h"
#include "tui/cli/import_problems.h"
#include "tui/cli/permission_csv.h"
#include "tui/cli/permission_import.h"
#include "tui/cli/record_output.h"

/* ---- what the crawl knows ---- */

struct known {
	json_t *mailboxes; /* lower case -> true: looked at */
	json_t *rights;	   /* "mailbox trustee", lower case -> bits: 1 << right, granted on the mailbox itself */
};

static void fold(char *dst, size_t size, const char *a, const char *b) {
	snprintf(dst, size, b ? "%s %s" : "%s%s", a, b ? b : "");
	text_lower(dst);
}

static bool on_mailbox(void *arg, const char *mailbox) {
	struct known *k = arg;
	char key[700];
	fold(key, sizeof key, mailbox, NULL);
	return json_object_set_new_nocheck(k->mailboxes, key, json_true()) == 0;
}

static bool on_known(void *arg, const struct record *r) {
	struct known *k = arg;
	char key[RECORD_LABEL_MAX];
	fold(key, sizeof key, r->label, NULL);
	return json_object_set_new_nocheck(k->rights, key, json_integer(permission_granted(r))) == 0;
}

static bool read_known(struct store *s, int64_t tenant, struct known *k, struct err *e) {
	struct record_query q = { .list = &record_permissions, .tenant = tenant };
	*k = (struct known){ json_object(), json_object() };
	return permissions_crawled(s, tenant, 1, on_mailbox, k, e) && records_each(s, &q, on_known, k, e);
}

/* ---- the difference ---- */

struct diff {
	struct cli *c;
	struct known known;
	struct change_items items;
	uint64_t grants, revokes, same, unseen;
};

static bool add_row(struct diff *d, const struct permission_wishes *w, struct err *e) {
	char key[RECORD_LABEL_MAX], box[700];
	fold(box, sizeof box, w->mailbox, NULL);
	fold(key, sizeof key, w->mailbox, w->trustee);
	bool seen = json_object_get(d->known.mailboxes, box) != NULL;
	json_int_t has = json_integer_value(json_object_get(d->known.rights, key));
	d->unseen += !seen;
	for (size_t i = 0; i < 3; i++) {
		bool grant = w->right[i] == PERMISSION_GRANT;
		if (w->right[i] == PERMISSION_LEAVE)
			continue;
		/* What was never looked at is asked for: it turns out to be so already, or not. */
		if (seen && ((has >> i) & 1) == grant) {
			d->same++;
			continue;
		}
		*(grant ? &d->grants : &d->revokes) += 1;
		if (!permission_item(&d->items, i, grant, w->mailbox, w->trustee, w->auto_mapping, e))
			return false;
	}
	return true;
}

static void say_diff(const struct diff *d) {
	cli_note(d->c, "%llu to grant, %llu to revoke, %llu are so already.", (unsigned long long)d->grants,
		 (unsigned long long)d->revokes, (unsigned long long)d->same);
	if (d->unseen)
		cli_note(d->c,
			 "%llu lines name a mailbox that was not looked at yet: each of their rights is looked at "
			 "when it is its turn.",
			 (unsigned long long)d->unseen);
}

static int run_import(struct cli *c, struct store *s, const struct tenant *t, const struct import_table_result *r) {
	struct diff d = { .c = c };
	struct permission_wishes w;
	char label[TASK_LABEL_MAX];
	struct err e;
	err_clear(&e);
	bool ok = read_known(s, t->id, &d.known, &e);
	for (size_t i = 0; ok && i < r->count; i++)
		if (import_permission(r, i, &w))
			ok = add_row(&d, &w, &e);
	json_decref(d.known.mailboxes);
	json_decref(d.known.rights);
	if (ok)
		say_diff(&d);
	snprintf(label, sizeof label, "Import permissions: %llu to grant, %llu to revoke", (unsigned long long)d.grants,
		 (unsigned long long)d.revokes);
	return cli_run_items(c, s, t, label, ok, &d.items, &e);
}

int permission_import(struct cli *c) {
	struct import_table_result r;
	struct tenant t;
	struct err e;
	int code;
	struct store *s = permission_open(c, &t, &code);
	if (!s)
		return code;
	err_clear(&e);
	if (!import_permissions(c->args[0], &r, &e)) {
		code = cli_fail(c, &e);
	} else if (r.errors > 0) {
		code = import_refused(c, &r);
	} else {
		import_problems_print(c, r.problems, r.problem_count);
		code = run_import(c, s, &t, &r);
	}
	import_table_free(&r);
	store_close(s);
	return code;
}

/* ---- export ---- */

static bool write_row(void *arg, const struct record *r) {
	struct cli *c = arg;
	permission_csv_row(c->out, r);
	return true;
}

int permission_export(struct cli *c) {
	struct tenant t;
	struct err e;
	int code;
	if (c->json)
		return cli_usage_error(c, "export writes CSV; 'permission list --json' has the same as JSON");
	struct store *s = permission_open(c, &t, &code);
	if (!s)
		return code;
	err_clear(&e);
	struct record_query q = { .list = &record_permissions, .tenant = t.id, .text = cli_value(c, "match") };
	permission_csv_header(c->out);
	code = records_each(s, &q, write_row, c, &e) ? cli_written(c, CLI_OK) : cli_fail(c, &e);
	store_close(s);
	return code;
}
