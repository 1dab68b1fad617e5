/* SPDX-License-Identifier: MIT
 *
 * handlers_marks.c - what the operator marks: one row, all of them, or the others.
 */
#include <stdlib.h>

#include "tui/model/handlers.h"
#include "tui/model/job.h"

void do_mark(struct console *c, const char *arg) {
	int64_t id = list_current_id(&c->list);
	struct err e;
	(void)arg;
	if (!marks_set(&c->list.marks, id, !marks_has(&c->list.marks, id))) {
		err_nomem(&e);
		console_complain(c, &e);
	}
	console_list_key(c, 1);
	console_rechoose(c);
}

/* 30,000 rows are read in a thread: the key is answered at once. */
struct marking {
	struct store *store;
	bool records; /* else mailboxes */
	struct mailbox_query query;
	struct record_query record_query;
	char text[LIST_TEXT_MAX], who[LIST_TEXT_MAX];
	struct marks old, fresh; /* old: what is not to be marked */
	bool ok;
	struct err e;
};

static bool mark_row(void *arg, const struct mailbox_row *row) {
	struct marking *m = arg;
	return marks_has(&m->old, row->id) || marks_append(&m->fresh, row->id);
}

static bool mark_record(void *arg, const struct record *r) {
	struct marking *m = arg;
	return marks_has(&m->old, r->id) || marks_append(&m->fresh, r->id);
}

static void marking_work(void *data) {
	struct marking *m = data;
	if (m->records)
		m->ok = records_each(m->store, &m->record_query, mark_record, m, &m->e);
	else
		m->ok = mailboxes_list(m->store, &m->query, mark_row, m, &m->e);
	marks_sort(&m->fresh);
}

static void marking_finish(struct console *c, void *data) {
	struct marking *m = data;
	char count[32];
	bool same = c && (m->records ? c->list.records == m->record_query.list &&
					       c->list.parent == m->record_query.parent :
				       c->list.kind == LIST_MAILBOXES && c->list.batch == m->query.filter.batch);
	if (same && m->ok) {
		struct marks fresh = m->fresh;
		m->fresh = c->list.marks;
		c->list.marks = fresh;
		console_rechoose(c);
		text_count(count, sizeof count, fresh.count);
		console_note(c, "%s marked", count);
	} else if (same) {
		console_complain(c, &m->e);
	}
	marks_free(&m->old);
	marks_free(&m->fresh);
	free(m);
}

static void mark_many(struct console *c, bool invert) {
	struct err e;
	struct marking *m = calloc(1, sizeof *m);
	bool ok = m != NULL;
	for (size_t i = 0; ok && invert && i < c->list.marks.count; i++)
		ok = marks_append(&m->old, c->list.marks.ids[i]);
	if (!ok) {
		if (m)
			marks_free(&m->old);
		free(m);
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	m->store = c->store;
	text_copy(m->text, sizeof m->text, c->list.text);
	m->records = c->list.kind == LIST_RECORDS;
	if (m->records) {
		m->record_query = list_record_query(&c->list);
		m->record_query.text = m->text;
		text_copy(m->who, sizeof m->who, c->list.who);
		m->record_query.about = m->who;
	}
	m->query = list_query(&c->list);
	m->query.filter.text = m->text;
	m->query.sort = SORT_ID;
	m->query.limit = c->list.total;
	job_start(c, "Marking", marking_work, marking_finish, m);
}

void do_mark_all(struct console *c, const char *arg) {
	(void)arg;
	mark_many(c, false);
}

void do_mark_invert(struct console *c, const char *arg) {
	(void)arg;
	mark_many(c, true);
}

void do_unmark(struct console *c, const char *arg) {
	(void)arg;
	marks_clear(&c->list.marks);
	console_rechoose(c);
}
