/* SPDX-License-Identifier: MIT
 *
 * spec.c - the list of good rows; from one of them to a mailbox_spec.
 */
#include "import/spec.h"

#include <stdlib.h>
#include <string.h>

/* What of an option's endpoint holds for every row; the secrets stay with their owner. */
static void take_defaults(struct endpoint *ep, const struct endpoint *from) {
	endpoint_init(ep);
	text_copy(ep->ca_file, sizeof ep->ca_file, from->ca_file);
	text_copy(ep->pin, sizeof ep->pin, from->pin);
	text_copy(ep->proxy, sizeof ep->proxy, from->proxy);
	ep->insecure = from->insecure;
}

struct import_rows *rows_new(const struct import_options *o) {
	struct import_rows *rows = calloc(1, sizeof *rows);
	if (!rows || !tenant_list_copy(&rows->tenants, o->tenants)) {
		free(rows);
		return NULL;
	}
	take_defaults(&rows->source, &o->source);
	take_defaults(&rows->target, &o->target);
	text_copy(rows->batch, sizeof rows->batch, o->batch);
	return rows;
}

bool rows_add(struct import_rows *rows, const struct checked_row *row) {
	if (rows->count == rows->cap) {
		size_t cap = rows->cap ? rows->cap * 2 : 256;
		struct checked_row *list = realloc(rows->list, cap * sizeof *list);
		if (!list)
			return false;
		rows->list = list;
		rows->cap = cap;
	}
	rows->list[rows->count++] = *row;
	return true;
}

void rows_free(struct import_rows *rows) {
	if (!rows)
		return;
	arena_free(&rows->arena);
	tenant_list_free(&rows->tenants);
	free(rows->list);
	free(rows);
}

/* Lengths were checked with the values, so the copies always fit. */
static void fill(struct endpoint *ep, const struct checked_side *side, const struct endpoint *defaults) {
	*ep = *defaults;
	if (side->said) {
		ep->proto = side->proto;
		ep->security = side->security;
		ep->insecure = side->insecure;
		ep->port = side->port;
		text_copy(ep->host, sizeof ep->host, side->host);
	}
	struct err e;
	if (side->tenant)
		tenant_endpoint(side->tenant, ep, &e); /* the host is known: nothing that can fail */
	text_copy(ep->login, sizeof ep->login, side->login);
	if (side->password[0])
		ep->password = (struct secret){ side->password, strlen(side->password) };
}

void spec_lend(const struct import_rows *rows, size_t i, struct mailbox_spec *out) {
	const struct checked_row *row = &rows->list[i];
	*out = (struct mailbox_spec){ 0 };
	fill(&out->source, &row->source, &rows->source);
	fill(&out->target, &row->target, &rows->target);
	text_copy(out->source_identity, sizeof out->source_identity, row->source.identity);
	text_copy(out->target_identity, sizeof out->target_identity, row->target.identity);
	text_copy(out->source_root, sizeof out->source_root, row->root);
	text_copy(out->batch, sizeof out->batch, row->batch[0] ? row->batch : rows->batch);
}

/* A lent password becomes the spec's own. */
static bool own(struct secret *s) {
	struct secret lent = *s;
	*s = (struct secret){ 0 };
	return secret_copy(s, &lent);
}

bool import_spec(const struct import_result *r, size_t i, struct mailbox_spec *out, unsigned *line, struct err *e) {
	spec_lend(r->checked, i, out);
	bool source = own(&out->source.password), target = own(&out->target.password);
	if (line)
		*line = r->checked->list[i].line;
	if (source && target)
		return true;
	import_spec_clear(out);
	return err_nomem(e);
}

void import_spec_clear(struct mailbox_spec *spec) {
	endpoint_clear(&spec->source);
	endpoint_clear(&spec->target);
}
