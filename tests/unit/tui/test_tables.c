/* SPDX-License-Identifier: MIT
 *
 * test_tables.c - the tables check themselves: keys, verbs, help, handlers; columns and layouts at every size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tui/console.h"
#include "tui/model/layout.h"
#include "tui/tables/actions.h"
#include "tui/tables/columns.h"
#include "tui/tables/figures.h"
#include "tui/term/utf8.h"

static void every_action_is_complete(void **state) {
	(void)state;
	for (size_t i = 0; i < actions_count(); i++) {
		const struct action *a = action_at(i);
		assert_true(a->id && *a->id && a->label && *a->label && a->run && a->keys[0]);
		assert_true(a->help && strlen(a->help) > 10 && a->help[strlen(a->help) - 1] == '.');
		assert_true(utf8_cells(a->help) <= 72); /* fits the help page at 80 columns */
		assert_true(utf8_cells(a->label) <= 26); /* and the label the actions pane */
		assert_true(!(a->flags & ACT_BAR) == !a->brief);
		assert_ptr_equal(action_by_id(a->id), a);
		for (int k = 0; k < NODE_KIND_COUNT; k++)
			if (a->verb && action_here(a, (enum node_kind)k))
				assert_ptr_equal(action_by_verb((enum node_kind)k, a->verb, strlen(a->verb)), a);
		assert_true(a->where < 1u << NODE_KIND_COUNT);
		assert_true(!(a->flags & ACT_CHANGES) || a->where); /* a change is never there everywhere */
	}
	assert_null(action_by_verb(NODE_MAILBOXES, "nonsense", 8));
	assert_null(action_by_verb(NODE_MAILBOXES, "", 0));
	assert_string_equal(action_by_verb(NODE_MAILBOXES, "mig", 3)->id, "migrate");
	assert_null(action_by_verb(NODE_MAILBOXES, "re", 2)); /* refresh, resume, retry, ... */
	assert_string_equal(action_by_verb(NODE_USERS, "enable", 6)->id, "user-enable");
	assert_null(action_by_verb(NODE_USERS, "migrate", 7));
}

static bool moves_the_cursor(int32_t key) {
	static const int32_t moves[] = { K_UP, K_DOWN, K_LEFT, K_RIGHT, K_HOME, K_END, K_PGUP, K_PGDN, K_ENTER, K_ESC,
					 K_SHIFT_UP, K_SHIFT_DOWN, 'h', 'j', 'k', 'l', '+', '-' };
	for (size_t i = 0; i < sizeof moves / sizeof *moves; i++)
		if (moves[i] == key)
			return true;
	return false;
}

/* In one place; the same key may do something else in another list. */
static void no_key_means_two_things(void **state) {
	(void)state;
	for (size_t i = 0; i < actions_count(); i++) {
		const struct action *a = action_at(i);
		for (size_t k = 0; k < ACTION_KEYS_MAX && a->keys[k]; k++) {
			char label[KEY_NAME_MAX];
			key_label(label, a->keys[k]);
			assert_int_equal(key_from_label(label), a->keys[k]);
			for (int n = 0; n < NODE_KIND_COUNT; n++) /* the first with this key here is this one */
				if (action_here(a, (enum node_kind)n))
					assert_ptr_equal(action_by_key((enum node_kind)n, a->keys[k]), a);
			assert_false(moves_the_cursor(a->keys[k]));
			assert_false(a->keys[k] == K_F(11)); /* terminals take it for full screen */
		}
	}
}

struct dump {
	size_t rows;
	bool saw_migrate;
};

static void take_action(void *arg, const struct action_text *a) {
	struct dump *d = arg;
	d->rows++;
	assert_true(*a->id && *a->keys && *a->label && *a->help && *a->context);
	assert_null(strpbrk(a->help, "\t\n"));
	if (strcmp(a->id, "add") == 0)
		assert_string_equal(a->keys, "a F7 Ins");
	if (strcmp(a->id, "remove") == 0)
		assert_true(a->dangerous);
	d->saw_migrate = d->saw_migrate || strcmp(a->verb, "migrate") == 0;
}

static void documents_get_every_row(void **state) {
	(void)state;
	struct dump d = { 0 };
	actions_dump(take_action, &d);
	assert_int_equal(d.rows, actions_count());
	assert_true(d.saw_migrate);
}

static void every_node_has_a_way_up(void **state) {
	(void)state;
	for (int k = 0; k < NODE_KIND_COUNT; k++) {
		const struct node_row *row = node_row((enum node_kind)k);
		assert_true(*row->help);
		assert_true(node_depth((enum node_kind)k) < 4);
		assert_true(row->list == LIST_OVERVIEW || row->list == LIST_TENANT || row->records || *row->empty);
		assert_true((row->list == LIST_RECORDS) == (row->records != NULL));
		const char *const named[] = { row->count, row->alert };
		for (size_t i = 0; row->records && i < 2; i++)
			assert_true(!named[i] || !*named[i] || record_filter_find(row->records, named[i]));
	}
}

static void columns_fit_every_width(void **state) {
	(void)state;
	const struct column *all[16] = { columns_of(LIST_MAILBOXES), columns_of(LIST_BATCHES) };
	struct column made[14][COLUMNS_MAX + 1];
	size_t lists = 2;
	for (size_t i = 0; record_lists[i]; i++) {
		assert_true(lists < 16);
		columns_of_records(record_lists[i], made[i]);
		size_t shown = 0;
		for (size_t k = 0; k < record_lists[i]->column_count; k++)
			shown += record_lists[i]->columns[k].rank < RANK_DETAIL;
		assert_true(shown > 0 && shown <= COLUMNS_MAX); /* none is left out for want of room in the table */
		all[lists++] = made[i];
	}
	for (size_t list = 0; list < lists; list++) {
		size_t before = 0;
		for (int w = 16; w < 300; w++) {
			struct column_place places[COLUMNS_MAX];
			size_t n = columns_place(all[list], w, places);
			assert_true(n >= 1);
			for (size_t i = 0; i < n; i++) {
				assert_true(places[i].w >= places[i].column->width);
				assert_int_equal(places[i].x, i ? places[i - 1].x + places[i - 1].w + 1 : 0);
			}
			if (w >= 46)
				assert_true(places[n - 1].x + places[n - 1].w <= w);
			if (w == 46 || w == 56 || w == 90 || w == 160) {
				assert_true(n >= before);
				before = n;
			}
		}
	}
}

static bool overlap(struct rect a, struct rect b) {
	return a.w > 0 && a.h > 0 && b.w > 0 && b.h > 0 && a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h &&
	       b.y < a.y + a.h;
}

static bool within(struct rect r, int w, int h) { return r.x >= 0 && r.y >= 0 && r.x + r.w <= w && r.y + r.h <= h; }

/* No size is too small to draw, nothing overlaps, and the focus is always on a pane that is there. */
static void layouts_hold_at_every_size(void **state) {
	(void)state;
	for (int w = 1; w <= 240; w++) {
		for (int h = 1; h <= 70; h++) {
			struct layout l;
			layout_compute(&l, w, h, PANE_LIST);
			struct rect all[] = { l.title, l.status, l.keys, l.panes[0], l.panes[1], l.panes[2] };
			for (size_t i = 0; i < 6; i++) {
				assert_true(all[i].w == 0 || all[i].h == 0 || within(all[i], w, h));
				for (size_t k = 0; k < i; k++)
					assert_false(overlap(all[i], all[k]));
			}
			assert_true(l.panes[PANE_LIST].w > 0 && l.panes[PANE_LIST].h > 0);
			assert_true(l.inside[PANE_LIST].h >= 1);
		}
	}
	struct layout l;
	layout_compute(&l, 120, 40, PANE_LIST);
	assert_true(l.panes[PANE_TREE].w && l.panes[PANE_ACTIONS].w && !l.single);
	layout_compute(&l, 80, 24, PANE_LIST);
	assert_true(l.panes[PANE_TREE].w && !l.panes[PANE_ACTIONS].w && l.borders);
	layout_compute(&l, 79, 24, PANE_ACTIONS);
	assert_true(l.single && l.panes[PANE_ACTIONS].w == 79 && !l.panes[PANE_LIST].w);
	layout_compute(&l, 40, 10, PANE_LIST);
	assert_true(!l.borders && l.keys.h == 0 && l.status.h == 1 && l.inside[PANE_LIST].h == 8);
}

/* Design section 1: 26,081 of 26,089 is 99.9 %, never 100 %. */
static void percent_never_says_more_than_is_known(void **state) {
	(void)state;
	struct counts c = { .source = 26089, .copied = 26081, .failed = 8 };
	assert_int_equal(figure_permille(&c, true), 999);
	c = (struct counts){ .source = 26089, .copied = 26089 };
	assert_int_equal(figure_permille(&c, true), 1000);
	assert_int_equal(figure_permille(&c, false), 999); /* more folders may come */
	c = (struct counts){ .source = 10000000, .copied = 9999999, .pending = 1 };
	assert_int_equal(figure_permille(&c, true), 999);
	c = (struct counts){ .source = 10, .copied = 4, .adopted = 4, .merged = 1, .skipped = 1 };
	assert_int_equal(figure_permille(&c, true), 1000); /* a skipped one is not wanted */
	c = (struct counts){ .source = 0 };
	assert_int_equal(figure_permille(&c, false), 0);
	for (uint64_t n = 1; n < 3000; n++) {
		c = (struct counts){ .source = n, .copied = n - 1, .pending = 1 };
		assert_true(figure_permille(&c, true) < 1000);
	}
}

static void every_state_has_its_own_sign_and_word(void **state) {
	(void)state;
	for (int a = 0; a < MBOX_STATE_COUNT; a++) {
		assert_true(strlen(state_text((enum mailbox_state)a)) > 4);
		assert_true(utf8_cells(state_text((enum mailbox_state)a)) <= 14);
		for (int b = 0; b < a; b++) {
			const char *one = state_text((enum mailbox_state)a), *two = state_text((enum mailbox_state)b);
			size_t n = strcspn(one, " ");
			assert_true(n != strcspn(two, " ") || memcmp(one, two, n) != 0);
		}
	}
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_action_is_complete),
		cmocka_unit_test(no_key_means_two_things),
		cmocka_unit_test(documents_get_every_row),
		cmocka_unit_test(every_node_has_a_way_up),
		cmocka_unit_test(columns_fit_every_width),
		cmocka_unit_test(layouts_hold_at_every_size),
		cmocka_unit_test(percent_never_says_more_than_is_known),
		cmocka_unit_test(every_state_has_its_own_sign_and_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
