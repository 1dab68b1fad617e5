/* SPDX-License-Identifier: MIT
 *
 * into_store.c - the good rows into the store, a bounded number of specs at a time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "import/spec.h"

static bool store_group(const struct import_result *r, size_t first, size_t n, struct mailbox_spec *specs,
			struct store *s, struct add_result *out, struct err *e) {
	struct add_result added;
	for (size_t i = 0; i < n; i++)
		spec_lend(r->checked, first + i, &specs[i]);
	if (!mailboxes_add(s, specs, n, &added, e))
		return false;
	out->added += added.added;
	out->unchanged += added.unchanged;
	out->updated += added.updated;
	out->moved += added.moved;
	if (added.twins && !out->twins) {
		out->twin_id = added.twin_id;
		memcpy(out->twin, added.twin, sizeof out->twin);
		memcpy(out->twin_key, added.twin_key, sizeof out->twin_key);
	}
	out->twins += added.twins;
	if (added.splits && !out->splits) {
		out->split_id = added.split_id;
		memcpy(out->split, added.split, sizeof out->split);
		memcpy(out->split_target, added.split_target, sizeof out->split_target);
	}
	out->splits += added.splits;
	return true;
}

bool import_store(const struct import_result *r, struct store *s, struct add_result *out, struct err *e) {
	size_t group = r->spec_count < IMPORT_GROUP ? r->spec_count : IMPORT_GROUP;
	*out = (struct add_result){ 0 };
	if (!group)
		return true;
	struct mailbox_spec *specs = calloc(group, sizeof *specs);
	if (!specs)
		return err_nomem(e);
	bool ok = true;
	for (size_t at = 0; ok && at < r->spec_count; at += group) {
		size_t n = r->spec_count - at < group ? r->spec_count - at : group;
		ok = store_group(r, at, n, specs, s, out, e);
		if (!ok && at)
			err_prefix(e, "Only the first %zu of %zu rows are stored, add the list again for the rest", at,
				   r->spec_count);
	}
	free(specs);
	return ok;
}

unsigned import_warnings(const struct add_result *added, char text[IMPORT_WARNINGS][IMPORT_WARNING_MAX]) {
	unsigned n = 0;
	char count[24];
	if (added->splits > 0) {
		text_count(count, sizeof count, added->splits);
		snprintf(text[n++], IMPORT_WARNING_MAX,
			 "%s of the added %s in the project already with another target; the first is %s, which goes "
			 "to %s. Both targets will get its mail. If that one was wrong: mailvan remove %lld (what "
			 "was copied there stays)",
			 count, added->splits == 1 ? "rows is" : "rows are", added->split, added->split_target,
			 (long long)added->split_id);
	}
	if (added->twins > 0) {
		text_count(count, sizeof count, added->twins);
		snprintf(text[n++], IMPORT_WARNING_MAX,
			 "%s of the added %s in the project already with the same source and target and another "
			 "server or login; the first is %s from %s. Each of them will be copied. If that is the same "
			 "mailbox at its old address: mailvan remove %lld",
			 count, added->twins == 1 ? "rows is" : "rows are", added->twin, added->twin_key,
			 (long long)added->twin_id);
	}
	return n;
}
