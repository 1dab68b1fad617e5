/* SPDX-License-Identifier: MIT
 *
 * change_items.c - see change_items.h.
 */
#include "tui/cli/change_items.h"

#include <stdlib.h>
#include <string.h>

/* A secret whose bytes are the arena's. */
struct lent {
	struct lent *next;
	struct secret secret;
};

static bool grow(struct change_items *items) {
	if (items->n < items->cap)
		return true;
	size_t cap = items->cap ? items->cap * 2 : 64;
	struct item_spec *more = realloc(items->list, cap * sizeof *more);
	if (!more)
		return false;
	items->list = more;
	items->cap = cap;
	return true;
}

static const struct secret *lend(struct change_items *items, const char *secret) {
	struct lent *l = calloc(1, sizeof *l);
	char *copy = l ? arena_put(&items->arena, secret, strlen(secret)) : NULL;
	if (!copy) {
		free(l);
		return NULL;
	}
	*l = (struct lent){ items->secrets, { copy, strlen(copy) } };
	items->secrets = l;
	return &l->secret;
}

bool change_items_add(struct change_items *items, enum change_verb verb, const char *target, json_t *args,
		      const char *secret, struct err *e) {
	if (!args)
		return err_nomem(e);
	bool ok = change_check(verb, args, e);
	char *text = ok ? json_dumps(args, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	json_decref(args);
	if (!ok)
		return false;
	struct item_spec item = { .verb = change_name(verb),
				  .target = arena_put(&items->arena, target, strlen(target)),
				  .args = text ? arena_put(&items->arena, text, strlen(text)) : NULL,
				  .secret = secret ? lend(items, secret) : NULL };
	free(text);
	if (!item.target || !item.args || (secret && !item.secret) || !grow(items))
		return err_nomem(e);
	items->list[items->n++] = item;
	return true;
}

void change_items_free(struct change_items *items) {
	while (items->secrets) {
		struct lent *next = items->secrets->next;
		free(items->secrets);
		items->secrets = next;
	}
	arena_free(&items->arena);
	free(items->list);
	*items = (struct change_items){ 0 };
}

bool change_items_powershell(const struct item_spec *items, size_t n, struct buf *out, struct err *e) {
	bool ok = true;
	for (size_t i = 0; ok && i < n; i++) {
		json_t *args = json_loads(items[i].args ? items[i].args : "{}", 0, NULL);
		struct change c = { .verb = change_parse(items[i].verb),
				    .target = items[i].target,
				    .args = args,
				    .secret = items[i].secret };
		ok = change_check(c.verb, args, e) && directory_powershell(&c, out, e);
		if (ok && out->len && out->data[out->len - 1] != '\n')
			buf_putc(out, '\n');
		json_decref(args);
	}
	return ok && (!out->failed || err_nomem(e));
}
