/* SPDX-License-Identifier: MIT
 *
 * record_write.c - see record_write.h.
 */
#include "tui/cli/record_write.h"

#include "tui/cli/csv.h"
#include "tui/cli/rows.h"

/* As it was stored; what is none after all stays a text. */
static json_t *json_value(const char *text) {
	json_t *value = *text ? json_loads(text, JSON_DECODE_ANY, NULL) : json_null();
	return value ? value : json_text(text);
}

static json_t *json_cell(const struct record_column *c, const struct cell *cell) {
	if (cell->null)
		return json_null();
	switch (c->type) {
	case CELL_TEXT:
		return json_text(cell->text);
	case CELL_JSON:
		return json_value(cell->text);
	case CELL_LINES:
		return json_string(cell->text); /* sanitised already, and its line breaks stay */
	case CELL_TIME:
		return json_time(cell->number);
	case CELL_YES:
		return json_boolean(cell->number);
	case CELL_NUMBER:
	case CELL_BYTES:
		break;
	}
	return json_integer(cell->number);
}

json_t *record_json(const struct record_list *l, const struct record *r) {
	json_t *o = json_object();
	for (size_t i = 0; o && i < l->column_count; i++)
		json_object_set_new(o, l->columns[i].name, json_cell(&l->columns[i], &r->cells[i]));
	return o;
}

bool record_write_json(FILE *to, const struct record_list *l, const struct record *r) {
	json_t *o = record_json(l, r);
	bool ok = o && json_dumpf(o, to, JSON_COMPACT) == 0;
	json_decref(o);
	return ok;
}

void record_write_csv_header(FILE *to, const struct record_list *l) {
	const char *names[RECORD_COLUMNS_MAX + 1] = { NULL };
	for (size_t i = 0; i < l->column_count; i++)
		names[i] = l->columns[i].name;
	csv_header(to, names);
}

void record_write_csv(FILE *to, const struct record_list *l, const struct record *r) {
	char text[64];
	for (size_t i = 0; i < l->column_count; i++) {
		const struct record_column *c = &l->columns[i];
		const struct cell *cell = &r->cells[i];
		if (i)
			csv_comma(to);
		if (cell_is_text(c->type)) {
			csv_text(to, cell->text);
		} else if (c->type == CELL_TIME) {
			/* For programs, wherever they run: UTC, as in --json. */
			time_text(text, sizeof text, cell->null ? 0 : cell->number);
			csv_text(to, text);
		} else if ((c->type == CELL_NUMBER || c->type == CELL_BYTES) && !cell->null && cell->number >= 0) {
			csv_number(to, (uint64_t)cell->number);
		} else {
			cell_text(text, sizeof text, c, cell);
			csv_text(to, text);
		}
	}
	csv_end(to);
}
