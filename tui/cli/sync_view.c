/* SPDX-License-Identifier: MIT
 *
 * sync_view.c - see sync_view.h.
 */
#include "tui/cli/sync_view.h"

#include <inttypes.h>
#include <string.h>

#include "tui/cli/rows.h"

static bool take_deletes(struct sync_settings *at, const char *how, struct err *e) {
	for (size_t i = 0; sync_deletes_names[i]; i++)
		if (strcmp(how, sync_deletes_names[i]) == 0) {
			at->deletes = (enum sync_deletes)i;
			at->deletes_who[0] = '\0'; /* it is this operator's word now */
			return true;
		}
	return err_set(e, ERR_INPUT, "--sync-deletes is off, preview, trash or expunge, not '%s'", how);
}

bool sync_options_store(struct cli *c, struct store *s, struct err *e) {
	const char *how = cli_value(c, "sync-deletes");
	bool on = cli_flag(c, "sync-flags"), off = cli_flag(c, "no-sync-flags");
	struct sync_settings at;
	char who[SYNC_WHO_MAX];
	if (!how && !on && !off)
		return true;
	if (on && off)
		return err_set(e, ERR_INPUT, "--sync-flags and --no-sync-flags contradict each other");
	if (!sync_settings_get(s, &at, e) || (how && !take_deletes(&at, how, e)))
		return false;
	at.flags = (at.flags || on) && !off;
	command_who(who, sizeof who);
	return sync_settings_set(s, &at, who, e);
}

bool sync_print(FILE *to, struct store *s, struct err *e) {
	static const char *const does[SYNC_DELETES_COUNT] = {
		[SYNC_DELETES_PREVIEW] = "named, not removed",
		[SYNC_DELETES_TRASH] = "moved to the target's Trash",
		[SYNC_DELETES_EXPUNGE] = "removed for good",
	};
	struct sync_settings at;
	uint64_t warned;
	char who[SYNC_WHO_MAX], n[24];
	if (!sync_settings_get(s, &at, e) || !alarms_count(s, &warned, e))
		return false;
	if (at.flags)
		fputs("Later passes follow flags that change at the source (--sync-flags).\n", to);
	text_sanitise(who, sizeof who, at.deletes_who, strlen(at.deletes_who));
	if (at.deletes != SYNC_DELETES_OFF)
		fprintf(to, "Copies of messages deleted at the source are %s (--sync-deletes %s, asked for by %s).\n",
			does[at.deletes], sync_deletes_names[at.deletes], *who ? who : "nobody known");
	text_count(n, sizeof n, warned);
	if (warned)
		fprintf(to, "%s mailbox%s of the project %s warnings; 'mailvan report' says which, and what to do.\n",
			n, warned == 1 ? "" : "es", warned == 1 ? "has" : "have");
	return true;
}

json_t *sync_json(struct store *s, struct err *e) {
	struct sync_settings at;
	if (!sync_settings_get(s, &at, e))
		return NULL;
	json_t *o = json_pack("{s:b, s:s, s:o}", "flags", at.flags, "deletes", sync_deletes_names[at.deletes],
			      "deletes_by", json_text_or_null(at.deletes_who));
	if (!o)
		err_nomem(e);
	return o;
}
