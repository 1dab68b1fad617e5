/* SPDX-License-Identifier: MIT
 *
 * name_gaps.c - messages that failed before their header was read are named for the report: asked for at the source
 * when the folder is done, because nothing may be asked while bodies are on their way.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mail/mime/ident.h"
#include "core/work/run.h"

#define NAMED_MAX 1024 /* of one folder in one run */

static bool on_header(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct folder_job *f = arg;
	char subject[200], from[200], message_id[200], date[64];
	header_field_text(header, n, "Subject", subject, sizeof subject);
	header_field_text(header, n, "From", from, sizeof from);
	header_field_text(header, n, "Message-ID", message_id, sizeof message_id);
	header_field_text(header, n, "Date", date, sizeof date);
	struct ledger_change name = { .uid = folder_uid(f, item->uid ? item->uid : item->number), .subject = subject,
				      .from = from, .message_id = message_id, .date = date };
	return !name.uid || ledger_name(f->run->store, &f->run->lease, f->lf.id, &name, e);
}

static int by_key(const void *a, const void *b) {
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

bool folder_name_gaps(struct folder_job *f, struct err *e) {
	struct run *r = f->run;
	uint32_t *keys = malloc(NAMED_MAX * sizeof *keys);
	size_t n = 0, kept = 0;
	bool ok = keys || err_nomem(e);
	ok = ok && ledger_unnamed(r->store, f->lf.id, keys, NAMED_MAX, &n, e);
	for (size_t i = 0; ok && i < n; i++) {
		uint32_t key = folder_key(f, keys[i]);
		if (key)
			keys[kept++] = key;
	}
	if (ok && kept) {
		qsort(keys, kept, sizeof *keys, by_key);
		/* A name that is not to be had is no reason to stop; a connection that broke is. */
		ok = r->src->ops->headers(r->src, keys, kept, on_header, f, e) || e->scope < ERR_SCOPE_MAILBOX;
	}
	free(keys);
	return ok;
}
