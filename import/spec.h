/* SPDX-License-Identifier: MIT
 *
 * spec.h - the good rows of a file, and what a row leaves to the options.
 */
#ifndef MAILVAN_IMPORT_SPEC_H
#define MAILVAN_IMPORT_SPEC_H

#include "import/check.h"

struct import_rows {
	struct checked_row *list;
	size_t count, cap;
	struct arena arena; /* their strings */
	struct endpoint source, target; /* the options' ca_file, pin, proxy; no login, no secret */
	char batch[BATCH_NAME_MAX];
	struct tenant_list tenants; /* never changes: rows point into it */
};

struct import_rows *rows_new(const struct import_options *o);
bool rows_add(struct import_rows *rows, const struct checked_row *row);
void rows_free(struct import_rows *rows);

/* As import_spec, but the passwords stay the rows': never cleared, not used after rows_free. For the
 * store, which only reads them: 200,000 guarded mappings take 5 s, and a process may have no more than 16,000. */
void spec_lend(const struct import_rows *rows, size_t i, struct mailbox_spec *out);

#endif
