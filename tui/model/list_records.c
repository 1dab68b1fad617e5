/* SPDX-License-Identifier: MIT
 *
 * list_records.c - the window of a list of records: what is shown of each row, as text.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

#include "tui/model/list.h"

struct record_query list_record_query(const struct list *l) {
	return (struct record_query){ .list = l->records,
				      .tenant = l->tenant,
				      .text = l->text,
				      .about = l->who,
				      .filter = l->named,
				      .sort = &l->records->columns[l->order],
				      .descending = l->descending,
				      .parent = l->parent };
}

void list_records_forget(struct list *l) {
	for (size_t i = 0; i < l->line_count; i++)
		free(l->lines[i].block);
	l->line_count = 0;
}

bool list_records_count(struct list *l, struct store *s, struct err *e) {
	struct record_query q = list_record_query(l);
	return records_count(s, &q, &l->total, e);
}

bool list_records_position(const struct list *l, struct store *s, int64_t id, uint64_t *at, struct err *e) {
	struct record_query q = list_record_query(l);
	bool found;
	return record_position(s, &q, id, at, &found, e) && found;
}

struct loading {
	struct list *list;
	struct err *e;
	bool ok;
};

static bool take_line(void *arg, const struct record *r) {
	struct loading *load = arg;
	struct list *l = load->list;
	const struct record_list *table = l->records;
	char texts[8192], *block;
	size_t used = strlen(r->label) + 1, at[RECORD_COLUMNS_MAX];
	if (l->line_count == l->line_cap)
		return false;
	text_copy(texts, sizeof texts, r->label);
	for (size_t i = 0; i < table->column_count; i++) {
		char one[COLUMN_TEXT_MAX] = "";
		if (table->columns[i].rank < RANK_DETAIL)
			cell_text(one, sizeof one, &table->columns[i], &r->cells[i]);
		size_t n = strlen(one) + 1;
		at[i] = used < sizeof texts - n ? used : strlen(texts); /* the end of the label is an empty text */
		if (at[i] == used) {
			memcpy(texts + used, one, n);
			used += n;
		}
	}
	block = malloc(used);
	if (!block) {
		load->ok = err_nomem(load->e);
		return false;
	}
	memcpy(block, texts, used);
	struct record_line *line = &l->lines[l->line_count++];
	*line = (struct record_line){ .id = r->id, .tenant = r->tenant, .label = block, .block = block };
	for (size_t i = 0; i < table->column_count; i++)
		line->cells[i] = block + at[i];
	return true;
}

bool list_records_load(struct list *l, struct store *s, uint64_t offset, uint64_t limit, struct err *e) {
	struct loading load = { l, e, true };
	struct record_query q = list_record_query(l);
	list_records_forget(l);
	if (l->line_cap < limit) {
		struct record_line *bigger = realloc(l->lines, limit * sizeof *bigger);
		if (!bigger)
			return err_nomem(e);
		l->lines = bigger;
		l->line_cap = limit;
	}
	q.offset = offset;
	q.limit = limit;
	return records_each(s, &q, take_line, &load, e) && load.ok;
}
