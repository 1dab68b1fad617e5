/* SPDX-License-Identifier: MIT
 *
 * marks.c - a set of mailbox ids: what the operator marked.
 */
#include "tui/model/marks.h"

#include <stdlib.h>
#include <string.h>

void marks_free(struct marks *m) {
	free(m->ids);
	memset(m, 0, sizeof *m);
}

void marks_clear(struct marks *m) { m->count = 0; }

/* The first place whose id is not smaller. */
static size_t place(const struct marks *m, int64_t id) {
	size_t low = 0, high = m->count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (m->ids[mid] < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool marks_has(const struct marks *m, int64_t id) {
	size_t at = place(m, id);
	return at < m->count && m->ids[at] == id;
}

static bool room(struct marks *m) {
	if (m->count < m->cap)
		return true;
	size_t cap = m->cap ? m->cap * 2 : 64;
	int64_t *bigger = realloc(m->ids, cap * sizeof *bigger);
	if (!bigger)
		return false;
	m->ids = bigger;
	m->cap = cap;
	return true;
}

bool marks_set(struct marks *m, int64_t id, bool on) {
	size_t at = place(m, id);
	bool there = at < m->count && m->ids[at] == id;
	if (there == on)
		return true;
	if (on && !room(m))
		return false;
	size_t behind = m->count - at;
	if (on) {
		memmove(m->ids + at + 1, m->ids + at, behind * sizeof *m->ids);
		m->ids[at] = id;
		m->count++;
	} else {
		memmove(m->ids + at, m->ids + at + 1, (behind - 1) * sizeof *m->ids);
		m->count--;
	}
	return true;
}

bool marks_append(struct marks *m, int64_t id) {
	if (!room(m))
		return false;
	m->ids[m->count++] = id;
	return true;
}

static int by_id(const void *a, const void *b) {
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

void marks_sort(struct marks *m) {
	if (m->count == 0)
		return;
	qsort(m->ids, m->count, sizeof *m->ids, by_id);
	size_t kept = 1;
	for (size_t i = 1; i < m->count; i++)
		if (m->ids[i] != m->ids[kept - 1])
			m->ids[kept++] = m->ids[i];
	m->count = kept;
}
