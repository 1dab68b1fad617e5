/* SPDX-License-Identifier: MIT
 *
 * selection.c - operands looked up in one pass over the rows.
 */
#include "tui/cli/selection.h"

#include <stdlib.h>
#include <string.h>

struct lookup {
	const struct cli *c;
	bool *known; /* one per operand */
	int64_t *ids;
	size_t count, cap;
	bool failed;
};

static bool names(const char *operand, int64_t id, const char *source, const char *target) {
	uint64_t n;
	if (text_u64(operand, 1, INT64_MAX, &n) && (int64_t)n == id)
		return true;
	return text_ieq(operand, source) || text_ieq(operand, target);
}

static bool keep(struct lookup *l, int64_t id) {
	if (l->count == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 16;
		int64_t *ids = reallocarray(l->ids, cap, sizeof *ids);
		if (!ids) {
			l->failed = true;
			return false;
		}
		l->ids = ids;
		l->cap = cap;
	}
	l->ids[l->count++] = id;
	return true;
}

static bool look(void *arg, int64_t id, const char *source, const char *target) {
	struct lookup *l = arg;
	bool hit = false;
	for (unsigned i = 0; i < l->c->arg_count; i++) {
		if (names(l->c->args[i], id, source, target))
			hit = l->known[i] = true;
	}
	return !hit || keep(l, id);
}

static bool all_known(const struct lookup *l, struct err *e) {
	struct buf list;
	size_t unknown = 0;
	buf_init(&list, ERR_TEXT_MAX);
	for (unsigned i = 0; i < l->c->arg_count; i++) {
		if (l->known[i])
			continue;
		buf_printf(&list, "%s'%s'", unknown ? ", " : "", l->c->args[i]);
		unknown++;
	}
	if (unknown)
		err_set(e, ERR_INPUT, "No mailbox has the id, source or target %s", list.data ? list.data : "given");
	buf_free(&list);
	return unknown == 0;
}

static bool read_operands(const struct cli *c, struct store *s, struct selection *out, struct err *e) {
	struct lookup l = { .c = c, .known = calloc(c->arg_count, sizeof(bool)) };
	struct mailbox_filter everything = { 0 };
	bool ok = l.known || err_nomem(e);
	if (ok)
		ok = mailboxes_names(s, &everything, look, &l, e);
	if (ok && l.failed)
		ok = err_nomem(e);
	if (ok)
		ok = all_known(&l, e);
	free(l.known);
	out->ids = l.ids;
	out->filter.ids = l.ids;
	out->filter.id_count = l.count;
	return ok;
}

bool selection_read(const struct cli *c, struct store *s, enum selection_rule rule, struct selection *out,
		    struct err *e) {
	const char *batch = cli_value(c, "batch");
	uint64_t n = 0;
	memset(out, 0, sizeof *out);
	if (c->arg_count && (batch || cli_flag(c, "all")))
		return err_set(e, ERR_INPUT, "Name mailboxes, or a batch, or --all: not two of them");
	if (batch && cli_flag(c, "all"))
		return err_set(e, ERR_INPUT, "Give --batch or --all, not both");
	if (!c->arg_count && !batch && !cli_flag(c, "all") && rule == SELECTION_REQUIRED)
		return err_set(e, ERR_INPUT, "Which mailboxes? Name them, or give --batch NAME or --all");
	if (batch && !batch_find(s, batch, &out->filter.batch, e))
		return false;
	if (c->arg_count && !read_operands(c, s, out, e)) {
		selection_free(out);
		return false;
	}
	if (rule == SELECTION_DEFAULT_ALL)
		return true;
	if (!mailboxes_count(s, &out->filter, &n, e)) {
		selection_free(out);
		return false;
	}
	if (n == 0) {
		selection_free(out);
		return err_set(e, ERR_INPUT, "The project has no mailboxes; 'mailvan add FILE' brings them in");
	}
	return true;
}

static bool take(void *arg, int64_t id, const char *source, const char *target) {
	(void)source, (void)target;
	return keep(arg, id);
}

bool selection_freeze(struct store *s, struct selection *sel, struct err *e) {
	struct lookup l = { 0 };
	if (!mailboxes_names(s, &sel->filter, take, &l, e) || (l.failed && !err_nomem(e))) {
		free(l.ids);
		return false;
	}
	free(sel->ids);
	memset(sel, 0, sizeof *sel);
	sel->ids = l.ids;
	sel->filter.ids = l.ids;
	sel->filter.id_count = l.count;
	return true;
}

void selection_free(struct selection *sel) {
	free(sel->ids);
	memset(sel, 0, sizeof *sel);
}

int with_selection(struct cli *c, enum store_mode mode, enum selection_rule rule, selection_body *body) {
	struct selection sel;
	struct err e;
	int code;
	err_clear(&e);
	struct store *s = cli_open(c, mode, NULL);
	if (!s)
		return CLI_USAGE;
	if (selection_read(c, s, rule, &sel, &e)) {
		code = body(c, s, &sel);
		selection_free(&sel);
	} else {
		code = cli_fail(c, &e);
	}
	store_close(s);
	return code;
}
