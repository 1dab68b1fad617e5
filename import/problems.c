/* SPDX-License-Identifier: MIT
 *
 * problems.c - a bounded list; what does not fit is still counted.
 */
#include "import/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct import_problem *next_slot(struct problems *p) {
	if (p->count == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 16;
		struct import_problem *list = realloc(p->list, cap * sizeof *list);
		if (!list) {
			p->no_memory = true;
			return NULL;
		}
		p->list = list;
		p->cap = cap;
	}
	return &p->list[p->count++];
}

static void put_text(char *dst, size_t size, const char *src) { text_sanitise(dst, size, src, strlen(src)); }

void problem_add(struct problems *p, enum problem_level level, unsigned line, const char *column, const char *fix,
		 const char *fmt, ...) {
	char text[sizeof p->list->text];
	va_list ap;
	if (level == PROBLEM_NOTE)
		p->notes++;
	else
		p->errors++;
	if (p->count >= IMPORT_PROBLEMS_MAX && level != PROBLEM_FATAL) {
		p->dropped++;
		return;
	}
	struct import_problem *slot = next_slot(p);
	if (!slot)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	*slot = (struct import_problem){ .level = level, .line = line };
	put_text(slot->text, sizeof slot->text, text);
	put_text(slot->column, sizeof slot->column, column ? column : "");
	put_text(slot->fix, sizeof slot->fix, fix ? fix : "");
}

/* qsort is not stable: problems of one line keep their order by their place in the list, kept in `at`. */
struct ordered {
	struct import_problem problem;
	size_t at;
};

static int by_line(const void *a, const void *b) {
	const struct ordered *x = a, *y = b;
	if (x->problem.line != y->problem.line)
		return x->problem.line < y->problem.line ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static bool in_order(const struct problems *p) {
	for (size_t i = 1; i < p->count; i++)
		if (p->list[i].line < p->list[i - 1].line)
			return false;
	return true;
}

static void sort(struct problems *p) {
	if (in_order(p))
		return;
	struct ordered *o = malloc(p->count * sizeof *o);
	if (!o) {
		p->no_memory = true;
		return;
	}
	for (size_t i = 0; i < p->count; i++)
		o[i] = (struct ordered){ p->list[i], i };
	qsort(o, p->count, sizeof *o, by_line);
	for (size_t i = 0; i < p->count; i++)
		p->list[i] = o[i].problem;
	free(o);
}

void problems_finish(struct problems *p) {
	sort(p);
	if (!p->dropped)
		return;
	struct import_problem *slot = next_slot(p);
	if (!slot)
		return;
	/* Not counted itself: it stands for those that are. */
	*slot = (struct import_problem){ .level = PROBLEM_NOTE, .line = p->list[p->count - 2].line };
	snprintf(slot->text, sizeof slot->text, "%zu more problems are counted but not listed", p->dropped);
	text_copy(slot->fix, sizeof slot->fix, "Correct those above and add the file again");
	p->dropped = 0; /* said */
}

void import_problem_line(char *dst, size_t size, const struct import_problem *p) {
	static const char *const levels[] = { "note", "error", "error" };
	char where[96] = "file";
	if (p->line && p->column[0])
		snprintf(where, sizeof where, "line %u, %s", p->line, p->column);
	else if (p->line)
		snprintf(where, sizeof where, "line %u", p->line);
	else if (p->column[0])
		snprintf(where, sizeof where, "column %s", p->column);
	snprintf(dst, size, "%s: %s: %s.%s%s%s", where, levels[p->level], p->text, p->fix[0] ? " " : "", p->fix,
		 p->fix[0] && p->fix[strlen(p->fix) - 1] != '?' ? "." : "");
}
