/* SPDX-License-Identifier: MIT
 *
 * console_fixture.h - a real project in a temporary directory with a mailbox in every state, and a console on it.
 */
#ifndef TESTS_UNIT_TUI_CONSOLE_FIXTURE_H
#define TESTS_UNIT_TUI_CONSOLE_FIXTURE_H

#include <locale.h>

#include "tests/unit/store/fixture.h"
#include "core/mailvan.h"
#include "tui/model/job.h"
#include "tui/model/state.h"
#include "tui/tables/actions.h"
#include "tui/view/dialog.h"
#include "tui/view/screen.h"

struct seed {
	const char *name, *batch;
	enum mailbox_state state;
	uint32_t messages, copied, failed;
	double rate;
	int64_t eta;
	enum err_cat cat;
	const char *error;
	bool weak;
};

/* 2020-02-03 14:05:10 UTC: never today, so that the date is always said. */
#define THROTTLED_UNTIL 1580738710000LL

static const struct seed seeds[] = {
	{ "anna@contoso.com", "wave-1", MBOX_COPYING, 9450, 8112, 0, 31200000, 43, ERR_NONE, "", false },
	{ "bob@contoso.com", "wave-1", MBOX_THROTTLED, 4000, 1020, 0, 0, -1, ERR_THROTTLED,
	  "The target asked to wait 90 seconds", false },
	{ "carla@contoso.com", "wave-1", MBOX_SYNCED, 2113, 2113, 0, 0, -1, ERR_NONE, "", false },
	{ "dirk@contoso.com", "wave-1", MBOX_FAILED, 0, 0, 0, 0, -1, ERR_AUTH_BAD,
	  "imaps://old.example:993 refused the password of dirk: Authentication failed", false },
	{ "eva@contoso.com", "wave-2", MBOX_SYNCED_WITH_GAPS, 1500, 1497, 3, 0, -1, ERR_TOO_LARGE,
	  "3 messages were not copied", false },
	{ "frank@contoso.com", "wave-2", MBOX_QUEUED, 0, 0, 0, 0, -1, ERR_NONE, "", false },
	{ "gina@contoso.com", "wave-2", MBOX_PAUSED, 600, 599, 0, 0, -1, ERR_NONE, "", false },
	{ "hans@contoso.com", "wave-2", MBOX_STOPPED, 0, 0, 0, 0, -1, ERR_NONE, "", true },
	{ "jürgen.müller@contoso.com", "wave-2", MBOX_CONNECTING, 0, 0, 0, 0, -1, ERR_NONE, "", false },
	{ "東京支社@contoso.com", "Übersee", MBOX_STOPPED, 0, 0, 0, 0, -1, ERR_NONE, "", false },
};
#define SEEDS (sizeof seeds / sizeof *seeds)

UNUSED static void seed_specs(struct store *s) {
	struct err e;
	struct add_result added;
	struct mailbox_spec *specs = calloc(SEEDS, sizeof *specs);
	assert_non_null(specs);
	for (size_t i = 0; i < SEEDS; i++) {
		struct mailbox_spec *m = &specs[i];
		text_copy(m->source_identity, sizeof m->source_identity, seeds[i].name);
		size_t local = strcspn(seeds[i].name, "@");
		snprintf(m->target_identity, sizeof m->target_identity, "%.*s@fabrikam.com", (int)local, seeds[i].name);
		text_copy(m->source.host, sizeof m->source.host, "old.example");
		text_copy(m->target.host, sizeof m->target.host, "new.example");
		text_copy(m->source.login, sizeof m->source.login, seeds[i].name);
		text_copy(m->batch, sizeof m->batch, seeds[i].batch);
		m->source.security = seeds[i].weak ? SEC_NONE : SEC_TLS;
	}
	MUST(mailboxes_add(s, specs, SEEDS, &added, &e));
	free(specs);
}

UNUSED static void seed_messages(struct store *s, const struct lease *l, const struct seed *seed) {
	struct err e;
	struct ledger_folder folder;
	struct scan_item *items = calloc(seed->messages, sizeof *items);
	struct ledger_change *changes = calloc(seed->messages, sizeof *changes);
	uint32_t n = 0;
	assert_non_null(items);
	assert_non_null(changes);
	MUST(ledger_folder_open(s, l, "INBOX", "INBOX", &folder, &e));
	for (uint32_t i = 0; i < seed->messages; i++)
		items[i] = (struct scan_item){ .uid = i + 1, .keywords = "", .size = 40000 };
	MUST(ledger_enumerate(s, l, folder.id, items, seed->messages, NULL, &e));
	for (; n < seed->copied; n++)
		changes[n] = (struct ledger_change){ .uid = n + 1, .state = MSG_DONE, .dst_uid = n + 1, .size = 40000 };
	for (; n < seed->copied + seed->failed; n++)
		changes[n] = (struct ledger_change){
			.uid = n + 1,
			.state = MSG_FAILED,
			.cat = ERR_TOO_LARGE,
			.text = "The message of 80.0 MB is larger than the target takes (50.0 MB)",
			.subject = "Holiday\x1b[2J pictures",
			.from = "otto@contoso.com",
			.date = "22 Nov 2026"
		};
	if (n)
		MUST(ledger_change(s, l, folder.id, changes, n, &e));
	MUST(ledger_folder_map(s, l, folder.id, "INBOX", "INBOX", false, "", &e));
	MUST(ledger_folder_open(s, l, "Projekte.2019\\alt", "Projekte/2019\\alt", &folder, &e));
	MUST(ledger_folder_map(s, l, folder.id, "Projekte/2019_alt", "Projekte/2019_alt", true,
			       "The target does not take \\ in names", &e));
	free(items);
	free(changes);
}

UNUSED static void seed_state(struct store *s, int64_t worker, int64_t id, const struct seed *seed) {
	struct err e;
	struct command_result r;
	struct lease l;
	bool found;
	struct mailbox_filter only = { .ids = &id, .id_count = 1 };
	if (seed->state == MBOX_STOPPED)
		return;
	MUST(command_issue(s, CMD_MIGRATE, &only, "test", &r, &e));
	if (seed->state == MBOX_QUEUED)
		return;
	MUST(lease_next(s, worker, &only, &l, &found, &e));
	assert_true(found);
	if (seed->messages)
		seed_messages(s, &l, seed);
	struct mailbox_progress p = { .id = id, .state = seed->state, .rate_bytes = seed->rate,
				      .rate_messages = seed->rate / 100000, .eta_s = seed->eta, .error_cat = seed->cat,
				      .error = seed->error, .started = true };
	p.finished = mailbox_state_finished(seed->state);
	p.throttled_until = seed->state == MBOX_THROTTLED ? THROTTLED_UNTIL : 0;
	MUST(mailboxes_progress(s, &p, 1, &e));
	MUST(store_flush(s, &e));
	if (!mailbox_state_active(seed->state))
		MUST(lease_release(s, &l, &e));
}

/* Mailboxes 1..SEEDS in the order of the table, and a worker (this process) that has the active ones. */
UNUSED static int64_t seed_project(struct store *s) {
	struct err e;
	int64_t worker;
	seed_specs(s);
	MUST(worker_register(s, 8, &worker, &e));
	for (size_t i = 0; i < SEEDS; i++)
		seed_state(s, worker, (int64_t)i + 1, &seeds[i]);
	MUST(worker_heartbeat(s, worker, 3, &e));
	MUST(store_flush(s, &e));
	return worker;
}

UNUSED static struct console *console_on(struct store *s, int w, int h) {
	struct err e;
	struct console *c = console_new(s, "/srv/contoso", "/nowhere/mailvan", &e);
	if (!c)
		fail_msg("console_new: %s", e.text);
	c->worker.pid = 4711; /* what is drawn must not depend on this run */
	text_copy(c->worker.host, sizeof c->worker.host, "mover");
	console_resize(c, w, h);
	return c;
}

UNUSED static void press(struct console *c, const char *name) {
	struct key k = { .code = key_from_label(name) };
	if (k.code == K_NONE)
		fail_msg("no key is called \"%s\"", name);
	console_key(c, &k, mono_ms());
}

UNUSED static void type(struct console *c, const char *text) {
	for (; *text; text++)
		console_key(c, &(struct key){ .code = (unsigned char)*text }, mono_ms());
}

/* Ticks until the job is done; a console that never finishes fails the test. */
UNUSED static void finish_job(struct console *c) {
	mono_ms_t deadline = mono_ms() + 30000;
	while (job_label(c)) {
		if (mono_ms() > deadline)
			fail_msg("the job \"%s\" does not end", job_label(c));
		console_tick(c, mono_ms());
		usleep(1000);
	}
}

/* The screen as text; the caller frees out. */
UNUSED static void screen_text(const struct console *c, bool ascii, struct buf *out) {
	struct grid *g = grid_new(c->layout.w, c->layout.h, ascii);
	assert_non_null(g);
	console_draw(c, g);
	buf_reset(out);
	assert_true(grid_dump(g, out));
	grid_free(g);
}

UNUSED static bool on_screen(const struct console *c, const char *text) {
	struct buf b;
	buf_init(&b, 1 << 20);
	screen_text(c, false, &b);
	bool there = strstr(b.data, text) != NULL;
	buf_free(&b);
	return there;
}

#endif
