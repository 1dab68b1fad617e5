/* SPDX-License-Identifier: MIT
 *
 * feed_parse.h - a feed's document as entries.
 */
#ifndef MAILVAN_ADMIN_FEED_PARSE_H
#define MAILVAN_ADMIN_FEED_PARSE_H

#include "core/store/service_cache.h"

struct feed_document {
	char *title;
	struct feed_entry *entries; /* at most FEED_KEPT, in the document's order; texts owned by the document */
	size_t n;
};
/* RSS 2.0 or Atom. False with e (ServerBug), and nothing to free. */
bool feed_parse(const char *xml, size_t n, struct feed_document *out, struct err *e);
void feed_document_free(struct feed_document *d);

#endif
