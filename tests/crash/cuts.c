/* SPDX-License-Identifier: MIT
 *
 * cuts.c - cuts the wire to the source or the target after a random byte, and compares the two sides.
 *
 *   cuts [--cuts N] [--total N] [--seed S] [--crew P] [--scenario TEXT] [--only CASE]
 *
 * N cuts of every scenario (200), or with --total N of all together. A failure is printed with the options that repeat
 * it. Ends with figures and "N passed, N failed".
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "tests/crash/crew_lib.h"
#include "tests/crash/cut_lib.h"
#include "tests/crash/options_lib.h"

/* A stalled connection is given up after this; a server has carried out all it was given after that. */
#define IDLE_MS 1500
#define SETTLE_MS 200
#define RUNS_MAX 5

static const char *const how_names[CUT_HOWS] = { "reset", "close", "stall" };
enum side { SOURCE, TARGET, SIDES };

struct options {
	unsigned cuts, total, seed, crew, only;
	const char *scenario;
};

/* What every process of the crew reads; bytes is filled by the probe. */
struct task {
	unsigned seed;
	_Atomic uint64_t bytes[][SIDES][CUT_DIRECTIONS];
};
static struct task *task;

struct cut {
	enum side side;
	struct cut_plan plan;
};

/* xorshift64*, so that a seed means the same everywhere. */
static uint64_t next_random(uint64_t *state) {
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 2685821657736338717u;
}

/* The cut of a case depends on the seed and its numbers alone. */
static struct cut cut_of(const struct crew_case *c) {
	uint64_t state = (uint64_t)task->seed << 32 ^ (uint64_t)(c->scenario + 1) << 20 ^ (c->number + 1);
	for (int i = 0; i < 8; i++)
		next_random(&state);
	struct cut cut = { .side = (enum side)(next_random(&state) >> 33) % SIDES };
	cut.plan.direction = (enum cut_direction)((next_random(&state) >> 33) % CUT_DIRECTIONS);
	cut.plan.how = (enum cut_how)((next_random(&state) >> 33) % CUT_HOWS);
	uint64_t bytes = atomic_load(&task->bytes[c->scenario][cut.side][cut.plan.direction]);
	cut.plan.after = (next_random(&state) >> 16) % (bytes ? bytes : 1);
	return cut;
}

struct wired {
	struct scene s;
	struct scenario scenario; /* with longer settling */
	struct wire *wire[SIDES];
};

static bool open_wired(struct wired *w, unsigned scenario, struct nursery *n) {
	w->scenario = scenarios[scenario];
	if (!w->scenario.settle_ms)
		w->scenario.settle_ms = SETTLE_MS;
	if (!scene_open(&w->s, &w->scenario, n))
		return false;
	w->wire[SOURCE] = wire_start(w->s.source_port);
	w->wire[TARGET] = wire_start(w->s.target_port);
	if (!w->wire[SOURCE] || !w->wire[TARGET])
		return scene_fail(&w->s, "the wires cannot listen");
	w->s.source_port = wire_port(w->wire[SOURCE]);
	w->s.target_port = wire_port(w->wire[TARGET]);
	w->s.idle_ms = IDLE_MS;
	return scene_prepare(&w->s);
}

/* A run that gave up is asked for again, as an operator would. */
static bool to_the_end(struct scene *s) {
	for (unsigned i = 0; i < RUNS_MAX; i++)
		if (!scene_run(s))
			return false;
		else if (scene_synced(s))
			return true;
		else if (!scene_queue(s))
			return false;
	return scene_fail(s, "not synced after %u runs", RUNS_MAX);
}

static void one_cut(struct nursery *n, const struct crew_case *c, struct tally *t) {
	struct wired w = { 0 };
	struct cut cut = cut_of(c);
	bool ok = open_wired(&w, c->scenario, n);
	if (ok) {
		wire_arm(w.wire[cut.side], &cut.plan);
		ok = to_the_end(&w.s);
		atomic_fetch_add(wire_was_cut(w.wire[cut.side]) ? &t->injected : &t->unreached, 1);
		wire_arm(w.wire[cut.side], NULL);
		scene_quiet(&w.s);
		ok = ok && scene_judge(&w.s);
	}
	atomic_fetch_add(&t->lost, (unsigned)w.s.lost);
	atomic_fetch_add(&t->twice, (unsigned)w.s.twice);
	atomic_fetch_add(&t->failed, !ok);
	if (!ok) {
		char again[300];
		snprintf(again, sizeof again, "--seed %u --scenario '%s' --only %u (%s, %s, %s after %llu bytes)",
			 task->seed, w.scenario.name, c->number + 1, cut.side == SOURCE ? "source" : "target",
			 cut.plan.direction == CUT_TO_SERVER ? "to the server" : "to the client",
			 how_names[cut.plan.how], (unsigned long long)cut.plan.after);
		crew_report(again, &w.s);
	}
	wire_stop(w.wire[SOURCE]);
	wire_stop(w.wire[TARGET]);
	scene_close(&w.s);
}

static void probe(struct nursery *n, const struct crew_case *c, struct tally *t) {
	struct wired w = { 0 };
	bool ok = open_wired(&w, c->scenario, n);
	if (ok) {
		wire_arm(w.wire[SOURCE], NULL);
		wire_arm(w.wire[TARGET], NULL);
		ok = scene_run(&w.s);
		for (int side = 0; side < SIDES; side++)
			for (int d = 0; d < CUT_DIRECTIONS; d++)
				atomic_store(&task->bytes[c->scenario][side][d],
					     wire_passed(w.wire[side], (enum cut_direction)d));
		ok = ok && scene_judge(&w.s);
	}
	atomic_store(&t->points, 1);
	atomic_fetch_add(&t->failed, !ok);
	if (!ok)
		crew_report(w.scenario.name, &w.s);
	wire_stop(w.wire[SOURCE]);
	wire_stop(w.wire[TARGET]);
	scene_close(&w.s);
}

/* Those that are about processes are no matter of wires. */
static bool wanted(const struct options *o, unsigned i) {
	return !scenarios[i].kinds && !scenarios[i].meddle &&
	       (!o->scenario || strstr(scenarios[i].name, o->scenario));
}

static struct crew_case *all_cuts(const struct options *o, size_t *count) {
	unsigned per = o->cuts > o->only ? o->cuts : o->only;
	struct crew_case *cases = calloc(scenario_count * (per + 1), sizeof *cases);
	*count = 0;
	if (!cases)
		exit(2);
	for (unsigned n = 0; n < per; n++)
		for (unsigned i = 0; i < scenario_count; i++)
			if (wanted(o, i) && (!o->only || n + 1 == o->only) && (!o->total || *count < o->total))
				cases[(*count)++] = (struct crew_case){ .scenario = i, .number = n };
	return cases;
}

static int print_figures(const struct tally *tallies, size_t cases, bool complete) {
	unsigned profiles = 0, injected = 0, lost = 0, twice = 0, failed = !complete;
	for (unsigned i = 0; i < scenario_count; i++) {
		const struct tally *t = &tallies[i];
		if (!t->points)
			continue;
		profiles++;
		printf("  %-44s %5u cuts %3u not reached %3u lost %3u duplicated%s\n", scenarios[i].name, t->injected,
		       t->unreached, t->lost, t->twice, t->failed ? "  FAILED" : "");
		injected += t->injected;
		lost += t->lost;
		twice += t->twice;
		failed += t->failed;
	}
	printf("cut wires: %u scenarios, %u faults injected, %u lost, %u duplicated\n", profiles, injected, lost,
	       twice);
	size_t all = cases + profiles;
	printf("%zu passed, %u failed\n", all - (failed < all ? failed : all), failed);
	return failed || !injected;
}

static struct options parse(int argc, char **argv) {
	struct options o = { .cuts = 200, .seed = (unsigned)time(NULL), .crew = 16 };
	const struct option_row rows[] = {
		{ "cuts", &o.cuts, NULL }, { "total", &o.total, NULL }, { "seed", &o.seed, NULL },
		{ "crew", &o.crew, NULL }, { "only", &o.only, NULL },	{ "scenario", NULL, &o.scenario },
		{ NULL, NULL, NULL },
	};
	options_read(argc, argv, rows);
	return o;
}

int main(int argc, char **argv) {
	struct options o = parse(argc, argv);
	struct tally *tallies = crew_tallies();
	struct crew_case *probes = calloc(scenario_count, sizeof *probes);
	size_t count = 0;
	signal(SIGPIPE, SIG_IGN);
	task = crew_shared(sizeof *task + scenario_count * sizeof *task->bytes);
	if (!probes)
		return 2;
	task->seed = o.seed;
	printf("seed %u\n", o.seed);
	for (unsigned i = 0; i < scenario_count; i++)
		if (wanted(&o, i))
			probes[count++] = (struct crew_case){ .scenario = i };
	bool complete = crew_run(o.crew, probes, count, probe, tallies);
	free(probes);
	struct crew_case *cases = all_cuts(&o, &count);
	complete = crew_run(o.crew, cases, count, one_cut, tallies) && complete;
	free(cases);
	return print_figures(tallies, count, complete);
}
