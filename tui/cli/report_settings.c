/* SPDX-License-Identifier: MIT
 *
 * report_settings.c - the settings of the project that say how the mail was moved, each one row of a table.
 */
#include <string.h>

#include "tui/cli/report_formats.h"

/* A name of settings.h, what people call it, and what is said when it is not set (NULL: nothing). */
static const struct {
	const char *name, *label, *fallback;
} named[] = {
	{ "jobs", "Mailboxes at once", "8" },
	{ "rate", "Bandwidth limit", NULL },
	{ "skip_folders", "Folders left out", NULL },
	{ "non-mail", "Folders of Exchange that hold no mail", NULL },
	{ "repair", "Repair of refused messages", REPAIR_MODE_DEFAULT },
};

static struct setting_line *add(struct report *r, const char *label) {
	if (r->setting_count == REPORT_SETTINGS_MAX)
		return NULL;
	struct setting_line *line = &r->settings[r->setting_count++];
	*line = (struct setting_line){ .label = label };
	return line;
}

static void add_text(struct report *r, const char *label, const char *text) {
	struct setting_line *line = add(r, label);
	if (line)
		text_copy(line->text, sizeof line->text, text);
}

static bool add_named(struct report *r, struct err *e) {
	char text[400];
	for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
		if (!setting_get(r->store, named[i].name, text, sizeof text,
				 named[i].fallback ? named[i].fallback : "", e))
			return false;
		for (char *p = text; *p; p++)
			if (*p == '\n')
				*p = ' ';
		uint64_t rate;
		if (strcmp(named[i].name, "rate") == 0 && text_parse_bytes(text, &rate)) {
			char size[24];
			text_bytes(size, sizeof size, rate);
			snprintf(text, sizeof text, "%s per second", size);
		}
		if (*text)
			add_text(r, named[i].label, text);
	}
	return true;
}

static bool add_target(struct report *r, struct err *e) {
	struct target_settings target = { 0 };
	char url[400];
	endpoint_init(&target.server);
	bool ok = target_settings_get(r->store, &target, e);
	if (ok && target.server.host[0]) {
		endpoint_url(url, sizeof url, &target.server);
		add_text(r, "Target server of the project", url);
		struct setting_line *line = &r->settings[r->setting_count - 1];
		line->weak = endpoint_is_weak(&target.server);
		size_t n = strlen(line->text);
		if (line->weak)
			snprintf(line->text + n, sizeof line->text - n, ", %s", endpoint_weakness(&target.server));
		if (target.admin != ADMIN_NONE)
			add_text(r, "Target login", "one administrator's login for all mailboxes");
		if (target.server.tenant)
			add_text(r, "Target login", "the token of a tenant for all mailboxes");
	}
	endpoint_clear(&target.server);
	return ok;
}

static bool add_sync(struct report *r, struct err *e) {
	struct sync_settings sync;
	if (!sync_settings_get(r->store, &sync, e))
		return false;
	add_text(r, "Flags changed later", sync.flags ? "followed" : "not followed");
	add_text(r, "Messages deleted later at the source",
		 sync.deletes == SYNC_DELETES_OFF ? "stay at the target" : sync_deletes_names[sync.deletes]);
	return true;
}

bool settings_read(struct report *r, struct err *e) {
	return add_target(r, e) && add_named(r, e) && add_sync(r, e);
}
