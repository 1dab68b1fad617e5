/* SPDX-License-Identifier: MIT
 *
 * test_transcripts.c - recorded sessions with changes: whatever a server says, each ends within 5 s, done or
 * with an error that has a category, within bounds of memory. run.sh: timeout=600
 *
 * MAILVAN_TRANSCRIPTS=10000 plays so many (600 unless said), MAILVAN_SEED=n only the n-th, and says what was changed.
 * MAILVAN_RECORD=DIR records the transcripts anew, from Dovecot and from the quirk server, into DIR.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/lib/dovecot.h"
#include "tests/servers/mail_drive_lib.h"
#include "tests/servers/quirk_imap_lib.h"
#include "tests/servers/transcript_lib.h"

#define FOLDER "tests/fuzz/transcripts"
#define THREADS 6
#define DEFAULT_COUNT 600
#define END_MS 5000
#define SILENT_MS 25
#define HANG_S 60
#define RSS_MAX_KB (400u * 1024)

/* An allocation that follows an announced size instead of bytes that came is a crash here. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "max_allocation_size_mb=64:quarantine_size_mb=16"; }

enum side { SOURCE_SIDE, TARGET_SIDE };

static const struct profile {
	const char *name;
	enum side side;
	enum proto proto;
	struct quirks quirks; /* recorded from the quirk server, unless dovecot */
	bool dovecot;
} profiles[] = {
	{ "dovecot-source", SOURCE_SIDE, PROTO_IMAP, { 0 }, true },
	{ "dovecot-target", TARGET_SIDE, PROTO_IMAP, { 0 }, true },
	{ "dovecot-pop3", SOURCE_SIDE, PROTO_POP3, { 0 }, true },
	{ "quirk-source", SOURCE_SIDE, PROTO_IMAP, { .noise = true, .uid_last = true }, false },
	{ "quirk-source-plain",
	  SOURCE_SIDE,
	  PROTO_IMAP,
	  { .caps = "IMAP4rev1", .unordered = true, .twice = true },
	  false },
	{ "quirk-target", TARGET_SIDE, PROTO_IMAP, { .noise = true }, false },
	{ "quirk-target-plain", TARGET_SIDE, PROTO_IMAP, { .caps = "IMAP4rev1", .uidnext = UIDNEXT_ZERO }, false },
};
#define PROFILES (sizeof profiles / sizeof *profiles)

static struct transcript recorded[PROFILES];
static struct net *net;
static atomic_uint next_seed, played, done, errors, slow, wrong, longest_ms;
static unsigned last_seed;
static _Atomic uint32_t at_work[THREADS]; /* the seed of each thread, for the alarm */

static void fill_endpoint(struct endpoint *ep, const struct profile *p, uint16_t port, const char *password) {
	endpoint_init(ep);
	snprintf(ep->host, sizeof ep->host, "127.0.0.1");
	snprintf(ep->login, sizeof ep->login, "anna");
	snprintf(ep->user, sizeof ep->user, "anna");
	ep->proto = p->proto;
	ep->port = port;
	ep->security = SEC_NONE;
	if (!secret_set(&ep->password, password, strlen(password)))
		abort();
}

static void drive(const struct profile *p, uint16_t port, const char *password, unsigned idle_ms,
		  struct drive_result *r) {
	struct mail_context ctx = { .net = net, .timeouts = { .connect_ms = idle_ms, .idle_ms = idle_ms } };
	struct endpoint ep;
	fill_endpoint(&ep, p, port, password);
	if (p->side == SOURCE_SIDE)
		drive_source(&ctx, &ep, r);
	else
		drive_target(&ctx, &ep, r);
	endpoint_clear(&ep);
}

static void print_changes(const struct transcript *t, const struct transcript *from) {
	char said[200];
	for (size_t i = 0; i < t->count; i++) {
		const struct transcript_entry *a = &t->entries[i], *b = i < from->count ? &from->entries[i] : NULL;
		if (b && a->kind == b->kind && a->tag == b->tag && a->repeated == b->repeated && a->n == b->n &&
		    memcmp(a->bytes, b->bytes, a->n) == 0)
			continue;
		transcript_describe(t, i, said, sizeof said);
		fprintf(stderr, "  %s (x%u)\n", said, a->repeated);
		if (t->count != from->count)
			return; /* everything behind has moved */
	}
}

static void fault(uint32_t seed, const char *what, const struct drive_result *r) {
	fprintf(stderr, "seed %u (%s): %s: %s\n", seed, profiles[seed % PROFILES].name, what, r->error.text);
	wrong++;
}

static void play(uint32_t seed) {
	const struct profile *p = &profiles[seed % PROFILES];
	struct drive_result r;
	struct transcript t;
	/* The first of each profile is as recorded. */
	bool as_recorded = seed < PROFILES;
	transcript_mutate(&t, &recorded[seed % PROFILES], as_recorded ? 0 : seed);
	struct transcript_player *player = transcript_play(&t, as_recorded ? 3000 : SILENT_MS);
	if (!player)
		abort();
	mono_ms_t began = mono_ms();
	drive(p, transcript_port(player), "geheim", as_recorded ? 5000 : 400, &r);
	unsigned took = (unsigned)(mono_ms() - began), most = longest_ms;
	while (took > most && !atomic_compare_exchange_weak(&longest_ms, &most, took))
		;
	transcript_stop(player);
	played++;
	*(r.done ? &done : &errors) += 1;
	if (r.broken[0])
		fault(seed, r.broken, &r);
	if (!r.done && (r.error.cat <= ERR_NONE || r.error.cat >= ERR_CAT_COUNT))
		fault(seed, "ended without an error that has a category", &r);
	if (as_recorded && (!r.done || r.missing || r.refused || !(r.bodies + r.stored)))
		fault(seed, "as recorded it does not succeed", &r);
	if (took > END_MS) {
		slow++;
		fault(seed, "took more than 5 s", &r);
	}
	if (getenv("MAILVAN_SEED")) {
		fprintf(stderr, "seed %u (%s): %s in %u ms %s\n", seed, p->name, r.done ? "done" : "failed", took,
			r.error.text);
		print_changes(&t, &recorded[seed % PROFILES]);
	}
	transcript_free(&t);
}

static void *work(void *arg) {
	_Atomic uint32_t *mine = arg;
	for (uint32_t seed; (seed = next_seed++) < last_seed;) {
		*mine = seed;
		play(seed);
	}
	return NULL;
}

static void on_alarm(int signal) {
	(void)signal;
	for (size_t i = 0; i < THREADS; i++)
		fprintf(stderr, "hanging? seed %u\n", at_work[i]);
	abort();
}

static bool record(const struct profile *p, const char *dir) {
	struct test_dovecot dovecot = { 0 };
	struct quirk_server *quirk = NULL;
	struct drive_result r;
	char path[512];
	snprintf(path, sizeof path, "%s/%s.txt", dir, p->name);
	if (p->dovecot) {
		if (!test_dovecot_start(&dovecot, p->side == SOURCE_SIDE ? "" : "--role target"))
			return false;
		test_dovecot_run(
			&dovecot, "load",
			"anna INBOX -f S -k \\$Forwarded tests/fuzz/corpus/header/plain tests/fuzz/corpus/header/words "
			"tests/fuzz/corpus/header/folded -f '' tests/fuzz/corpus/header/lf");
		test_dovecot_run(&dovecot, "load", "anna Entwürfe tests/fuzz/corpus/header/dates");
	} else {
		quirk = quirk_start(&p->quirks);
		if (!quirk)
			return false;
		quirk_folder(quirk, "Sent", "\\Sent");
		quirk_fill(quirk, "INBOX", 1, 4);
		quirk_fill(quirk, "Sent", 5, 6);
	}
	uint16_t port = quirk ? quirk_port(quirk) : p->proto == PROTO_POP3 ? dovecot.pop3 : dovecot.imap;
	struct transcript_recorder *recorder = transcript_record(port);
	if (!recorder)
		return false;
	drive(p, transcript_record_port(recorder), "pass", 10000, &r);
	bool ok = transcript_record_finish(recorder, path) && r.done && !r.broken[0];
	printf("%s: %u folders, %u listed, %u bodies, %u stored %s%s\n", path, r.folders, r.listed, r.bodies, r.stored,
	       r.error.text, r.broken);
	quirk_stop(quirk);
	if (p->dovecot)
		test_dovecot_stop(&dovecot);
	return ok;
}

static void play_all(void) {
	pthread_t threads[THREADS];
	for (size_t i = 0; i < PROFILES; i++) {
		char path[256];
		snprintf(path, sizeof path, FOLDER "/%s.txt", profiles[i].name);
		if (!transcript_load(&recorded[i], path)) {
			fprintf(stderr, "%s: cannot be read\n", path);
			wrong++;
			return;
		}
	}
	signal(SIGALRM, on_alarm);
	alarm(last_seed / 10 + HANG_S);
	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work, &at_work[i]) != 0)
			abort();
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < PROFILES; i++)
		transcript_free(&recorded[i]);
}

int main(void) {
	const char *count = getenv("MAILVAN_TRANSCRIPTS"), *one = getenv("MAILVAN_SEED"),
		   *dir = getenv("MAILVAN_RECORD");
	struct rusage used;
	struct err e;
	net = net_new(NULL, &e);
	if (!net)
		return 1;
	for (size_t i = 0; dir && i < PROFILES; i++)
		if (!record(&profiles[i], dir))
			wrong++;
	last_seed = count ? (unsigned)strtoul(count, NULL, 10) : DEFAULT_COUNT;
	if (one) {
		next_seed = (unsigned)strtoul(one, NULL, 10);
		last_seed = next_seed + 1;
	}
	if (!dir)
		play_all();
	net_free(net);
	getrusage(RUSAGE_SELF, &used);
	if (used.ru_maxrss > RSS_MAX_KB) {
		fprintf(stderr, "%ld KiB of memory were in use\n", used.ru_maxrss);
		wrong++;
	}
	printf("transcripts: %u played, %u went on to their end, %u ended in a classified error, %u too slow, longest "
	       "%u ms, "
	       "%ld MiB\n",
	       (unsigned)played, (unsigned)done, (unsigned)errors, (unsigned)slow, (unsigned)longest_ms,
	       used.ru_maxrss / 1024);
	printf("%u passed, %u failed\n", wrong ? 0 : 1, (unsigned)wrong);
	return wrong ? 1 : 0;
}
