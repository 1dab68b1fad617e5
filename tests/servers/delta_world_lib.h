/* SPDX-License-Identifier: MIT
 *
 * delta_world_lib.h - what tests of later passes share: the delta options, alarms, and what was asked of a source.
 */
#ifndef MAILVAN_TESTS_DELTA_WORLD_LIB_H
#define MAILVAN_TESTS_DELTA_WORLD_LIB_H

#include "core/store/settings.h"
#include "core/store/alarms.h"
#include "tests/servers/quirk_world_lib.h"

/* Copies of what is missing twice go without waiting a minute. */
void delta_options(struct quirk_world *w, bool flags, enum sync_deletes deletes);
/* n messages, "special-1." .. "special-3." among them, are copied; the target has a Trash; then the option is on. */
int64_t delta_begin(struct quirk_world *w, const struct quirks *source, const struct quirks *target, unsigned n,
		    enum sync_deletes how);
/* Another run, in which nothing may be appended, and nothing expunged without UIDs. */
struct mailbox_row delta_again(struct quirk_world *w, int64_t id);
/* "special-N" stands in the message. */
void delta_special(struct quirk_server *s, const char *folder, unsigned n, const char *flags);
/* Has the mailbox an alarm of this name with this text? name NULL: any. text NULL: any. */
bool delta_alarm(struct quirk_world *w, int64_t id, const char *name, const char *text);
/* Bodies that the source was asked for since quirk_forget. */
size_t delta_bodies(struct quirk_world *w);

#endif
