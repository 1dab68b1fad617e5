/* SPDX-License-Identifier: MIT
 *
 * faults_scenarios.c - what mailvan is doing when the fault comes, one row each, and how an operator goes on.
 */
#include <stdio.h>
#include <string.h>

#include "core/store/dead_letters.h"
#include "tests/faults/faults.h"

#define LIST_ROWS 12
#define OPEN_INTENT_TRIES 40

static const struct quirks good, by_pop3 = { .pop3 = true }, slow = { .append_ms = 40 };
static const struct quirk_rule no_poison[] = {
	{ .verb = "APPEND", .in = "poison", .act = QUIRK_ANSWER, .text = "NO [CANNOT] not this one" },
	{ 0 },
};
static const struct quirks refusing = { .rules = no_poison };
#define POISON "Message-ID: <poison@quirk.example>\r\nFrom: a@b.example\r\nSubject: poison\r\n\r\nbody\r\n"
static const char *const migrate[ARGS_MAX] = { "migrate", "--all", "--wait" };

/* ---- a list is imported ---- */

static bool write_list(struct world *w) {
	FILE *f = fopen(w->paths.list, "we");
	if (!f)
		return world_wrong(w, "no list") == FINE;
	fputs("SourceIdentity,SourceServer,SourceSecurity,SourceLoginID,SourcePassword,TargetIdentity,TargetServer,"
	      "TargetSecurity,TargetLoginID,TargetPassword,Batch\n", f);
	for (unsigned i = 1; i <= LIST_ROWS; i++)
		fprintf(f, "user%u@old.example,127.0.0.1,none,user%u,\"source, %u\",user%u@new.example,127.0.0.2,none,"
			   "user%u,target %u,batch %u\n", i, i, i, i, i, i, i % 3);
	return fclose(f) == 0 || world_wrong(w, "no list") == FINE;
}

static bool prepare_import(struct world *w) { return world_begin(w, NULL, NULL) && write_list(w); }

struct look {
	struct world *w;
	struct store *s;
	unsigned rows;
	enum verdict verdict;
};

static bool password_is(const struct endpoint *ep, const char *side, unsigned i) {
	char want[32];
	size_t n = (size_t)snprintf(want, sizeof want, "%s%u", side, i);
	return ep->password.len == n && memcmp(ep->password.data, want, n) == 0;
}

static bool look_at_row(void *arg, const struct mailbox_row *row) {
	struct look *l = arg;
	struct endpoint source, target;
	struct err e;
	unsigned i = 0;
	l->rows++;
	endpoint_init(&source);
	endpoint_init(&target);
	if (!mailbox_endpoints(l->s, row->id, &source, &target, &e))
		l->verdict = world_wrong(l->w, "%s: %s", row->source, e.text);
	else if (sscanf(row->source, "user%u@", &i) != 1 || !password_is(&source, "source, ", i) ||
		 !password_is(&target, "target ", i))
		l->verdict = world_wrong(l->w, "%s has another password", row->source);
	endpoint_clear(&source);
	endpoint_clear(&target);
	return l->verdict == FINE;
}

static enum verdict all_imported(struct world *w) {
	struct mailbox_query q = { .sort = SORT_ID, .limit = 1000 };
	struct err e;
	struct look l = { .w = w, .s = store_open(w->paths.project, STORE_MUST_EXIST, NULL, &e) };
	if (!l.s)
		return world_wrong(w, "the project does not open: %s", e.text);
	if (!mailboxes_list(l.s, &q, look_at_row, &l, &e))
		l.verdict = world_wrong(w, "%s", e.text);
	store_close(l.s);
	if (l.verdict != FINE || l.rows == LIST_ROWS)
		return l.verdict;
	world_wrong(w, "%u rows in place of %u", l.rows, LIST_ROWS);
	return l.rows < LIST_ROWS ? LOST : DUPLICATED;
}

/* What was said to be stored is there; else the same list again brings all of it, once. */
static enum verdict recover_import(struct world *w, const struct scenario *s, const struct outcome *out) {
	struct outcome again;
	if (out->code == 0)
		return all_imported(w);
	program_run(&w->paths, s->args, NULL, &again);
	return again.code == 0 ? all_imported(w)
			       : world_wrong(w, "add fails afterwards (%d): %s", again.code, again.text);
}

/* ---- mail is copied ---- */

static bool prepare_imap(struct world *w) { return world_begin(w, &good, &good) && world_project(w); }
/* Somebody has copied the first half by other means. */
static bool prepare_half(struct world *w) {
	if (!prepare_imap(w))
		return false;
	quirk_fill(w->target, "INBOX", 1, 10);
	return true;
}

static bool prepare_pop3(struct world *w) { return world_begin(w, &by_pop3, &good) && world_project(w); }

/* Killed between intent and answer: what comes next has to find out what became of those messages. */
static bool prepare_open_intents(struct world *w) {
	struct outcome out;
	for (uint64_t at = 90, tries = 0; tries < OPEN_INTENT_TRIES; tries++, at += 3) {
		const struct orders kill = { INJECT_POWER, at, POWER_ALL, 0 };
		if (!world_begin(w, &good, &slow) || !world_project(w))
			return false;
		program_run(&w->paths, migrate, &kill, &out);
		quirk_idle(w->target, RUN_LIMIT_MS);
		if (out.code == INJECT_POWER_EXIT && world_open_intents(w) > 0)
			return true;
	}
	world_wrong(w, "no kill left an open intent");
	return false;
}

static enum verdict recover_copy(struct world *w, const struct scenario *s, const struct outcome *out) {
	struct outcome again;
	(void)s, (void)out;
	quirk_idle(w->target, RUN_LIMIT_MS);
	program_run(&w->paths, migrate, NULL, &again);
	if (again.code != 0)
		return world_wrong(w, "migrate fails afterwards (%d): %s", again.code, again.text);
	return world_check(w, 0);
}

/* ---- a message is refused, and kept as a file ---- */

static bool prepare_refused(struct world *w) {
	if (!world_begin(w, &good, &refusing) || !world_project(w))
		return false;
	quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = POISON, .stays = true });
	return true;
}

static bool count_letter(void *arg, const struct dead_letter_row *row) {
	*(unsigned *)arg += row->size == strlen(POISON) ? 1 : 100;
	return true;
}

/* A message that the ledger calls failed is not tried again by itself: its file has to be there. */
static enum verdict recover_refused(struct world *w, const struct scenario *s, const struct outcome *out) {
	struct outcome again;
	struct err e;
	unsigned letters = 0;
	(void)out;
	quirk_idle(w->target, RUN_LIMIT_MS);
	program_run(&w->paths, s->args, NULL, &again);
	if (again.code != s->code)
		return world_wrong(w, "migrate fails afterwards (%d): %s", again.code, again.text);
	struct store *store = store_open(w->paths.project, STORE_MUST_EXIST, NULL, &e);
	bool ok = store && dead_letters_list(store, 0, count_letter, &letters, &e);
	store_close(store);
	if (!ok)
		return world_wrong(w, "%s", e.text);
	enum verdict v = world_check(w, 1);
	if (v != FINE || letters == 1)
		return v;
	world_wrong(w, "%u files of the message that was refused", letters);
	return letters ? WRONG : LOST;
}

/* ---- what was copied is looked at ---- */

static bool prepare_copied(struct world *w) {
	struct outcome out;
	if (!prepare_imap(w))
		return false;
	program_run(&w->paths, migrate, NULL, &out);
	return out.code == 0 || world_wrong(w, "migrate fails: %s", out.text) == FINE;
}

/* Here every message in doubt must be found by its intent: the folder is known, so nothing else is looked at. */
static bool prepare_delta(struct world *w) {
	if (!prepare_copied(w))
		return false;
	quirk_fill(w->source, "INBOX", 101, 112);
	quirk_fill(w->source, "Archive/2019", 113, 118);
	return true;
}

/* It only looked: the same again has nothing to complain of, and all is as it was. */
static enum verdict recover_look(struct world *w, const struct scenario *s, const struct outcome *out) {
	struct outcome again;
	(void)out;
	program_run(&w->paths, s->args, NULL, &again);
	return again.code == 0 ? world_check(w, 0)
			       : world_wrong(w, "%s fails afterwards (%d): %s", s->args[0], again.code, again.text);
}

const struct scenario scenarios[] = {
	{ "import", prepare_import, { "add", "LIST" }, recover_import, false, 0 },
	{ "copy", prepare_imap, { "migrate", "--all", "--wait" }, recover_copy, false, 0 },
	{ "half", prepare_half, { "migrate", "--all", "--wait" }, recover_copy, false, 0 },
	{ "refused", prepare_refused, { "migrate", "--all", "--wait" }, recover_refused, false, 1 },
	{ "pop3", prepare_pop3, { "migrate", "--all", "--wait" }, recover_copy, false, 0 },
	{ "resume", prepare_open_intents, { "migrate", "--all", "--wait" }, recover_copy, false, 0 },
	{ "delta", prepare_delta, { "migrate", "--all", "--wait" }, recover_copy, false, 0 },
	{ "status", prepare_copied, { "status", "--json" }, recover_look, true, 0 },
	{ "report", prepare_copied, { "report", "--output", "FILE" }, recover_look, true, 0 },
	{ "verify", prepare_copied, { "verify", "--all" }, recover_look, true, 0 },
	{ 0 },
};
