/* SPDX-License-Identifier: MIT
 *
 * project_target.c - read without making a project, write with making one.
 */
#include "tui/cli/project_target.h"

#include <unistd.h>

static bool is_there(const struct cli *c) {
	char path[sizeof c->project + 16];
	snprintf(path, sizeof path, "%s/project.db", c->project);
	return access(path, F_OK) == 0;
}

bool project_tenants_read(const struct cli *c, struct tenant_list *out, struct err *e) {
	*out = (struct tenant_list){ 0 };
	if (!is_there(c))
		return true;
	struct store *s = cli_open_quietly(c, STORE_MUST_EXIST, NULL, e);
	bool ok = s && tenant_list_load(s, out, e);
	store_close(s);
	return ok;
}

bool project_target_read(const struct cli *c, struct target_settings *out, struct err *e) {
	*out = (struct target_settings){ 0 };
	endpoint_init(&out->server);
	if (!is_there(c))
		return true;
	struct store *s = cli_open_quietly(c, STORE_MUST_EXIST, NULL, e);
	bool ok = s && target_settings_get(s, out, e);
	store_close(s);
	return ok;
}

bool project_target_write(const struct cli *c, const struct target_settings *t, uint64_t *moved, struct err *e) {
	struct store *s = cli_open_quietly(c, STORE_CREATE, NULL, e);
	bool ok = s && target_settings_set(s, t, moved, e);
	store_close(s);
	return ok;
}

void project_target_moved(struct cli *c, uint64_t moved) {
	char count[24];
	if (moved == 0)
		return;
	text_count(count, sizeof count, moved);
	cli_note(c,
		 "%s %s copied to another target before. What is there is left as it is; the next run looks for %s "
		 "messages at the new target and copies what is not there: mailvan migrate --all",
		 count, moved == 1 ? "mailbox was" : "mailboxes were", moved == 1 ? "its" : "their");
}
