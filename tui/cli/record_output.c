/* SPDX-License-Identifier: MIT
 *
 * record_output.c - see record_output.h. Rows are written as they are read: a list may have 30,000.
 */
#include "tui/cli/record_output.h"

#include <stdlib.h>
#include <string.h>

#include "tui/cli/record_write.h"
#include "tui/cli/rows.h"
#include "tui/cli/table.h"

struct printing {
	struct table_column titles[RECORD_COLUMNS_MAX + 1]; /* the table's as long as it lives */
	struct cli *c;
	const struct record_list *list;
	struct table *table; /* for people */
	bool csv, details;
	uint64_t n;
	bool failed;
};

static bool print_json(struct printing *p, const struct record *r) {
	fputs(p->n ? ",\n  " : "\n  ", p->c->out);
	return record_write_json(p->c->out, p->list, r);
}

static bool print_csv(struct printing *p, const struct record *r) {
	record_write_csv(p->c->out, p->list, r);
	return true;
}

static bool print_row(struct printing *p, const struct record *r) {
	char texts[RECORD_COLUMNS_MAX][200];
	struct table_cell cells[RECORD_COLUMNS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < p->list->column_count; i++) {
		if (p->list->columns[i].rank >= RANK_DETAIL)
			continue;
		cell_text(texts[n], sizeof texts[n], &p->list->columns[i], &r->cells[i]);
		/* However long it is: the end of a text may be what matters. */
		cells[n] = (struct table_cell){ .text = p->list->columns[i].type == CELL_TEXT ? r->cells[i].text
											      : texts[n] };
		n++;
	}
	return table_add(p->table, cells);
}

static bool on_record(void *arg, const struct record *r) {
	struct printing *p = arg;
	bool ok = p->c->json ? print_json(p, r) : p->csv ? print_csv(p, r) : print_row(p, r);
	p->n++;
	p->failed = !ok;
	return ok;
}

static bool begin(struct printing *p) {
	size_t n = 0;
	for (size_t i = 0; i < p->list->column_count; i++) {
		const struct record_column *c = &p->list->columns[i];
		if (c->rank < RANK_DETAIL)
			p->titles[n++] =
				(struct table_column){ c->title, c->type == CELL_NUMBER || c->type == CELL_BYTES };
	}
	if (p->csv)
		record_write_csv_header(p->c->out, p->list);
	else if (!p->c->json)
		p->table = table_new(p->titles);
	return p->csv || p->c->json || p->table;
}

/* --sort name or -name. */
static bool choose_order(struct cli *c, struct record_query *q, struct err *e) {
	const char *by = cli_value(c, "sort");
	if (!by)
		return true;
	q->descending = by[0] == '-';
	q->sort = record_column_find(q->list, by + q->descending);
	if (q->sort)
		return true;
	err_set(e, ERR_INPUT, "The list \"%s\" has no column %s; --json shows their names", q->list->title,
		by + q->descending);
	return false;
}

static bool choose_filter(struct cli *c, struct record_query *q, struct err *e) {
	const char *name = cli_value(c, "filter");
	char names[400] = "";
	size_t at = 0;
	if (!name)
		return true;
	q->filter = record_filter_find(q->list, name);
	if (q->filter)
		return true;
	for (size_t i = 0; i < q->list->filter_count && at < sizeof names - 40; i++)
		at += (size_t)snprintf(names + at, sizeof names - at, "%s%.36s", i ? ", " : "",
				       q->list->filters[i].name);
	return err_set(e, ERR_INPUT, "The list \"%s\" has no filter %s; it has: %s", q->list->title, name,
		       names[0] ? names : "none");
}

static void say_age(struct cli *c, const struct record_list *l, const struct list_state *state) {
	char when[40];
	if (!l->refresh)
		return;
	clock_text(when, sizeof when, state->refreshed);
	if (state->refreshed)
		cli_note(c, "As of %s; --refresh reads the list again.", when);
	else
		cli_note(c, "This list was never read from the tenant: --refresh does.");
}

static bool print_list(struct cli *c, struct store *s, const struct record_query *q, const struct list_state *state,
		       uint64_t total, struct err *e) {
	struct printing p = { .c = c, .list = q->list, .csv = cli_flag(c, "csv") };
	if (c->json) {
		fprintf(c->out, "{\"list\":\"%s\",\"total\":%llu,\"refreshed\":", q->list->name,
			(unsigned long long)total);
		json_t *t = json_time(state->refreshed);
		json_dumpf(t, c->out, JSON_ENCODE_ANY);
		json_decref(t);
		fputs(",\"rows\":[", c->out);
	}
	bool ok = begin(&p) && records_each(s, q, on_record, &p, e);
	/* What cannot be written is cli_written's to tell. */
	if (ok && p.failed && !ferror(c->out))
		ok = err_nomem(e);
	if (c->json)
		fputs(p.n ? "\n]}\n" : "]}\n", c->out);
	if (ok && p.table && p.n)
		table_print(p.table, c->out, colour_wanted(c, c->out));
	if (ok && p.table && !p.n && !(q->text && q->text[0]) && !q->filter && !q->equal)
		fprintf(c->out, "%s\n", q->list->empty);
	table_free(p.table);
	return ok;
}

static int print_query(struct cli *c, struct store *s, struct record_query q) {
	const struct record_list *l = q.list;
	int64_t tenant = q.tenant;
	struct list_state state = { 0 };
	uint64_t limit = 0, total = 0;
	struct err e;
	err_clear(&e);
	if (c->json && cli_flag(c, "csv"))
		return cli_usage_error(c, "--json and --csv exclude each other");
	if (!cli_number(c, "limit", 1, 100000000, 0, &limit, &e) || !choose_order(c, &q, &e) ||
	    !choose_filter(c, &q, &e) || !records_count(s, &q, &total, &e) ||
	    (l->refresh && !list_state_get(s, tenant, l->refresh, &state, &e)))
		return cli_fail(c, &e);
	q.limit = limit;
	if (!print_list(c, s, &q, &state, total, &e))
		return cli_fail(c, &e);
	if (!c->json && !cli_flag(c, "csv")) {
		if (limit && total > limit)
			cli_note(c, "%llu of %llu rows.", (unsigned long long)limit, (unsigned long long)total);
		say_age(c, l, &state);
	}
	return cli_written(c, CLI_OK);
}

int cli_print_records(struct cli *c, struct store *s, const struct record_list *l, int64_t tenant, int64_t parent) {
	return print_query(
		c, s,
		(struct record_query){ .list = l, .tenant = tenant, .parent = parent, .text = cli_value(c, "match") });
}

int cli_print_records_of(struct cli *c, struct store *s, const struct record_list *l, int64_t tenant,
			 const char *column, const char *value) {
	return print_query(c, s,
			   (struct record_query){ .list = l,
						  .tenant = tenant,
						  .text = cli_value(c, "match"),
						  .equal = record_column_find(l, column),
						  .value = value });
}

static bool on_single(void *arg, const struct record *r) {
	struct printing *p = arg;
	char text[8192];
	size_t width = 0;
	p->n++;
	if (p->c->json) {
		cli_print_json(p->c, record_json(p->list, r), CLI_OK);
		return false;
	}
	for (size_t i = 0; i < p->list->column_count; i++)
		if (text_columns(p->list->columns[i].title) > width)
			width = text_columns(p->list->columns[i].title);
	for (size_t i = 0; i < p->list->column_count; i++) {
		if (p->list->columns[i].type == CELL_LINES) {
			fprintf(p->c->out, "\n%s\n", r->cells[i].text);
			continue;
		}
		cell_text(text, sizeof text, &p->list->columns[i], &r->cells[i]);
		fprintf(p->c->out, "%-*s  %s\n", (int)width, p->list->columns[i].title, text);
	}
	return false;
}

int cli_print_record(struct cli *c, struct store *s, const struct record_list *l, int64_t tenant, const char *label) {
	struct printing p = { .c = c, .list = l };
	int64_t id;
	struct err e;
	err_clear(&e);
	if (!record_find(s, l, tenant, label, &id, &e))
		return cli_fail(c, &e);
	if (!id) {
		err_set(&e, ERR_INPUT, "There is no %s %s in the list that was read; --refresh reads it again",
			l->object, label);
		return cli_fail(c, &e);
	}
	struct record_query q = { .list = l, .tenant = tenant, .ids = &id, .id_count = 1 };
	if (!records_each(s, &q, on_single, &p, &e))
		return cli_fail(c, &e);
	return cli_written(c, CLI_OK);
}

struct store *cli_open_tenant(struct cli *c, struct tenant *t, int *code) {
	struct err e;
	err_clear(&e);
	struct store *s = cli_open(c, STORE_MUST_EXIST, NULL);
	*code = CLI_USAGE;
	if (!s)
		return NULL;
	if (tenant_find(s, cli_value(c, "tenant"), t, &e))
		return s;
	*code = cli_fail(c, &e);
	store_close(s);
	return NULL;
}
