/* SPDX-License-Identifier: MIT
 *
 * device_handout.c - `mailvan device handout`: a sheet for each user who sets up a phone.
 */
#include "core/mailvan.h"
#include "tui/cli/device_verbs.h"
#include "tui/cli/handout_sheets.h"
#include "tui/cli/record_output.h"
#include "tui/cli/rows.h"
#include "tui/cli/signals.h"

struct printing {
	struct cli *c;
	bool files;		 /* the sheets are in files already */
	json_t *array, *without; /* --json */
};

static bool print_sheet(void *arg, const struct handout_sheet *s, struct err *e) {
	struct printing *p = arg;
	(void)e;
	if (p->array)
		json_array_append_new(p->array,
				      json_pack("{s:o, s:o, s:o, s:s, s:o, s:s}", "user", json_text(s->user), "mail",
						json_text(s->mail), "server", json_text(s->server->host), "found_by",
						discovered_words(s->server->by), "policy", json_text_or_null(s->policy),
						"text", s->text));
	else if (!p->files)
		fprintf(p->c->out, "%s\n", s->text);
	return true;
}

static void note(void *arg, const char *text) {
	struct printing *p = arg;
	cli_note(p->c, "%s", text);
}

static void on_without(void *arg, const char *user, const char *why) {
	struct printing *p = arg;
	cli_note(p->c, "%s: no sheet: %s", user, why);
	if (p->without)
		json_array_append_new(p->without, json_pack("{s:o, s:s}", "mail", json_text(user), "reason", why));
}

static int do_handout(struct cli *c) {
	struct tenant t;
	struct err e;
	int code;
	err_clear(&e);
	struct store *s = cli_open_tenant(c, &t, &code);
	if (!s)
		return code;
	struct directory_context ctx = { .store = s, .net = net_new(NULL, &e), .stop = c->stop };
	struct printing p = { c, cli_value(c, "out") != NULL, c->json ? json_array() : NULL,
			      c->json ? json_array() : NULL };
	struct handout_sheets x = { .ctx = &ctx,
				    .tenant = &t,
				    .dir = cli_value(c, "out"),
				    .policy = cli_value(c, "policy"),
				    .web = cli_flag(c, "web"),
				    .each = print_sheet,
				    .said = note,
				    .without = on_without,
				    .arg = &p };
	bool ok = ctx.net && handout_sheets_write(&x, (const char *const *)c->args, c->arg_count, &e);
	if (ok && *x.probe)
		cli_note(c, "%s", x.probe);
	code = !ok ? cli_fail(c, &e) : x.left_out ? CLI_GAPS : CLI_OK;
	if (ok && c->json)
		code = cli_print_json(c, json_pack("{s:O, s:O}", "sheets", p.array, "without", p.without), code);
	else if (ok && x.dir)
		fprintf(c->out, "%zu sheet%s in %s\n", x.written, x.written == 1 ? "" : "s", x.dir);
	json_decref(p.array);
	json_decref(p.without);
	net_free(ctx.net);
	store_close(s);
	return code;
}

int cli_device_handout(struct cli *c) {
	return with_signals(c, STOP_STOPPED, do_handout);
}
