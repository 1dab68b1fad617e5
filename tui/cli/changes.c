/* SPDX-License-Identifier: MIT
 *
 * changes.c - what every command that changes a tenant does with its items: say them, print them as PowerShell, or
 * make a task of them and see it through.
 */
#include <stdlib.h>
#include <string.h>

#include "tui/cli/change_items.h"
#include "tui/cli/record_output.h"
#include "tui/cli/signals.h"
#include "tui/cli/task_follow.h"

static int print_dry(struct cli *c, const struct item_spec *items, size_t n) {
	json_t *array = c->json ? json_array() : NULL;
	for (size_t i = 0; i < n; i++) {
		json_t *args = json_loads(items[i].args ? items[i].args : "{}", 0, NULL);
		if (c->json) {
			json_array_append_new(array,
					      json_pack("{s:s, s:s, s:o, s:b}", "target", items[i].target, "change",
							items[i].verb, "arguments", args ? args : json_object(),
							"secret", items[i].secret != NULL));
			continue;
		}
		char *text = json_dumps(args, JSON_COMPACT | JSON_ENCODE_ANY);
		char line[2048], target[600];
		text_sanitise(target, sizeof target, items[i].target, strlen(items[i].target));
		text_sanitise(line, sizeof line, text ? text : "", text ? strlen(text) : 0);
		fprintf(c->out, "%s  %s  %s\n", target, items[i].verb, strcmp(line, "{}") == 0 ? "" : line);
		free(text);
		json_decref(args);
	}
	if (c->json)
		return cli_print_json(c, json_pack("{s:b, s:o}", "dry_run", 1, "items", array), CLI_OK);
	cli_note(c, "Nothing was done: --dry-run.");
	return cli_written(c, CLI_OK);
}

/* Not json_text: a script has to be able to run what it says. Bytes that are no UTF-8 cannot stand in JSON. */
static json_t *lines_json(const struct buf *text) {
	json_t *list = json_array();
	for (size_t at = 0; list && at < text->len;) {
		const char *line = text->data + at, *end = memchr(line, '\n', text->len - at);
		size_t n = end ? (size_t)(end - line) : text->len - at;
		if (json_array_append_new(list, json_stringn(line, n)) != 0) {
			json_decref(list);
			return NULL;
		}
		at += n + 1;
	}
	return list;
}

static int print_powershell(struct cli *c, const struct item_spec *items, size_t n) {
	struct buf text;
	struct err e;
	err_clear(&e);
	buf_init(&text, POWERSHELL_MAX);
	bool ok = change_items_powershell(items, n, &text, &e);
	int code = CLI_OK;
	if (!ok)
		code = cli_fail(c, &e);
	else if (c->json)
		code = cli_print_json(c, json_pack("{s:o}", "powershell", lines_json(&text)), CLI_OK);
	else if (text.len)
		fwrite(text.data, 1, text.len, c->out);
	buf_free(&text);
	return c->json ? code : cli_written(c, code);
}

static int submit(struct cli *c, struct store *s, const struct task_spec *spec, bool detach, int64_t *task) {
	char who[200];
	int64_t id;
	struct err e;
	err_clear(&e);
	command_who(who, sizeof who);
	if (!task_add(s, spec, who, &id, &e))
		return cli_fail(c, &e);
	*task = id;
	if (!detach)
		return task_see_through(c, s, id);
	if (!task_start_detached(s, c->exe, &e))
		return cli_fail(c, &e);
	if (c->json)
		return cli_print_json(c, json_pack("{s:I}", "task", (json_int_t)id), CLI_OK);
	fprintf(c->out, "Task %lld goes on in the background; mailvan task show %lld tells how far it is.\n",
		(long long)id, (long long)id);
	return cli_written(c, CLI_OK);
}

int cli_nothing_to_do(struct cli *c, const char *why) {
	if (c->json)
		return cli_print_json(
			c, json_pack("{s:n, s:i, s:i, s:i, s:[]}", "task", "total", 0, "done", 0, "failed", 0, "items"),
			CLI_OK);
	fprintf(c->out, "%s\n", why);
	return cli_written(c, CLI_OK);
}

int cli_run_items(struct cli *c, struct store *s, const struct tenant *t, const char *label, bool ok,
		  struct change_items *items, const struct err *e) {
	int code = ok ? cli_run_changes(c, s, t, label, items->list, items->n) : cli_fail(c, e);
	change_items_free(items);
	return code;
}

int cli_run_changes(struct cli *c, struct store *s, const struct tenant *t, const char *label,
		    const struct item_spec *items, size_t n) {
	int64_t task;
	return cli_run_task(c, s, t, label, items, n, &task);
}

int cli_run_task(struct cli *c, struct store *s, const struct tenant *t, const char *label,
		 const struct item_spec *items, size_t n, int64_t *task) {
	*task = 0;
	if (cli_flag(c, "powershell"))
		return print_powershell(c, items, n);
	if (cli_flag(c, "dry-run"))
		return print_dry(c, items, n);
	if (n == 0)
		return cli_nothing_to_do(c, "Nothing to do.");
	struct task_spec spec = { .tenant = t->id, .verb = "change", .label = label, .items = items, .count = n };
	return submit(c, s, &spec, cli_flag(c, "detach"), task);
}

int cli_refresh(struct cli *c, struct store *s, const struct tenant *t, const char *refresh, const char *only) {
	char label[TASK_LABEL_MAX], part[TASK_VERB_MAX];
	if (only && snprintf(part, sizeof part, "%s %s", refresh, only) < (int)sizeof part)
		refresh = part;
	const char *name = strchr(refresh, '-');
	snprintf(label, sizeof label, "Read %.150s", name ? name + 1 : refresh);
	struct task_spec spec = { .tenant = t ? t->id : 0, .verb = refresh, .label = label };
	struct task_row row;
	char who[200];
	int64_t id;
	struct err e;
	err_clear(&e);
	command_who(who, sizeof who);
	/* Whoever reads a list prints the list: the task itself is worth a word only when it fails. */
	return task_add(s, &spec, who, &id, &e) ? task_wait(c, s, id, &row) : cli_fail(c, &e);
}
