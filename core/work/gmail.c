/* SPDX-License-Identifier: MIT
 *
 * gmail.c - a set of X-GM-MSGIDs, so that \All brings only what no other folder has (design 5.9).
 *
 * Open addressing, 8 bytes an entry; bounded at 16 M messages.
 */
#include <stdlib.h>

#include "core/work/run.h"

#define GMAIL_MAX (16u * 1024 * 1024)

struct gmail_seen {
	uint64_t *slot; /* 0 = free; Gmail's ids are never 0 */
	size_t count, size;
};

struct gmail_seen *gmail_new(void) {
	return calloc(1, sizeof(struct gmail_seen));
}

void gmail_free(struct gmail_seen *g) {
	if (g)
		free(g->slot);
	free(g);
}

static size_t place(const uint64_t *slot, size_t size, uint64_t id) {
	size_t i = (size_t)((id * 0x9E3779B97F4A7C15u) >> 20) & (size - 1);
	while (slot[i] && slot[i] != id)
		i = (i + 1) & (size - 1);
	return i;
}

static bool grow(struct gmail_seen *g) {
	size_t size = g->size ? g->size * 2 : 1024;
	if (size > GMAIL_MAX * 2u)
		return false;
	uint64_t *slot = calloc(size, sizeof *slot);
	if (!slot)
		return false;
	for (size_t i = 0; i < g->size; i++)
		if (g->slot[i])
			slot[place(slot, size, g->slot[i])] = g->slot[i];
	free(g->slot);
	g->slot = slot;
	g->size = size;
	return true;
}

bool gmail_add(struct gmail_seen *g, uint64_t msgid) {
	if (msgid == 0)
		return true;
	if (g->count * 2 >= g->size && !grow(g))
		return false;
	size_t i = place(g->slot, g->size, msgid);
	if (!g->slot[i]) {
		g->slot[i] = msgid;
		g->count++;
	}
	return true;
}

bool gmail_has(const struct gmail_seen *g, uint64_t msgid) {
	return g->size && msgid && g->slot[place(g->slot, g->size, msgid)] == msgid;
}
