/* SPDX-License-Identifier: MIT
 *
 * delta_world_lib.c - see delta_world_lib.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/servers/delta_world_lib.h"

void delta_options(struct quirk_world *w, bool flags, enum sync_deletes deletes) {
	struct sync_settings in = { .flags = flags, .deletes = deletes };
	struct err e;
	if (!sync_settings_set(w->store, &in, "vera@test", &e) ||
	    !setting_set(w->store, "sync_deletes_wait_s", "0", &e))
		fail_msg("%s", e.text);
}

void delta_special(struct quirk_server *s, const char *folder, unsigned n, const char *flags) {
	char text[256];
	snprintf(text, sizeof text,
		 "Message-ID: <special-%u.@quirk.example>\r\nFrom: a@b.example\r\nSubject: special %u\r\n\r\n"
		 "body of special-%u.\r\n",
		 n, n, n);
	quirk_add(s, folder, &(struct quirk_message){ .text = text, .flags = flags });
}

struct wanted {
	const char *name, *text;
	bool found;
};

static bool on_alarm(void *arg, const struct alarm_row *row) {
	struct wanted *want = arg;
	want->found |=
		(!want->name || strcmp(row->name, want->name) == 0) && (!want->text || strstr(row->text, want->text));
	print_message("alarm %s [%s]: %s\n", row->name, row->folder, row->text);
	return true;
}

bool delta_alarm(struct quirk_world *w, int64_t id, const char *name, const char *text) {
	struct wanted want = { name, text, false };
	struct err e;
	if (!mailbox_alarms(w->store, id, on_alarm, &want, &e))
		fail_msg("%s", e.text);
	return want.found;
}

size_t delta_bodies(struct quirk_world *w) {
	return quirk_count(w->source, "UID FETCH", "BODY.PEEK[]");
}

int64_t delta_begin(struct quirk_world *w, const struct quirks *source, const struct quirks *target, unsigned n,
		    enum sync_deletes how) {
	int64_t id;
	world_servers(w, source, target);
	quirk_folder(w->target, "Trash", "\\Trash");
	for (unsigned i = 1; i <= 3; i++)
		delta_special(w->source, "INBOX", i, "\\Seen");
	quirk_fill(w->source, "INBOX", 4, n);
	world_move(w, &id);
	delta_options(w, false, how);
	return id;
}

struct mailbox_row delta_again(struct quirk_world *w, int64_t id) {
	quirk_forget(w->source);
	quirk_forget(w->target);
	struct mailbox_row row = world_migrate(w, id);
	/* Whatever happens, nothing that others have marked goes along, and nothing is copied. */
	assert_int_equal(quirk_count(w->target, "EXPUNGE", NULL), 0);
	assert_int_equal(quirk_count(w->target, "CLOSE", NULL), 0);
	assert_int_equal(quirk_count(w->target, "APPEND", NULL), 0);
	return row;
}
