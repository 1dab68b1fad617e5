/* SPDX-License-Identifier: MIT
 *
 * points.c - stops a migration at each of its crash points in turn, in every scenario, lets another worker go on, and
 * compares the two sides.
 *
 *   points [--every K [--offset O]] [--crew N] [--scenario TEXT] [--at POINT] [--kind NAME]
 *
 * A failure is printed with the options that repeat it. Ends with figures and "N passed, N failed".
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/store/leases.h"
#include "tests/crash/crew_lib.h"
#include "tests/crash/options_lib.h"

static const char *const kind_names[FAULT_KINDS] = { "exit", "served", "here", "away" };
#define TAKE_OVER_MS (LEASE_MS * 3)
#define MUCH_TOO_LONG_MS 1000000

struct options {
	unsigned every, offset, crew, at;
	const char *scenario, *kind;
};

static bool ended_by(int status, int signal) { return WIFSIGNALED(status) && WTERMSIG(status) == signal; }

static void pass_ms(unsigned ms) {
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
	nanosleep(&t, NULL);
}

/* The stopped one is alive, of this host and silent: the next worker must end it before it takes over. */
static bool replaced_here(struct scene *s, pid_t pid) {
	bool locked;
	if (!scene_age_worker(s, MUCH_TOO_LONG_MS, true, &locked))
		return false;
	if (locked)
		pass_ms(LEASE_MS + 500);
	if (!scene_run(s))
		return false;
	int status;
	mono_ms_t give_up = mono_ms() + TAKE_OVER_MS;
	while (!engine_peek(s->nursery, pid, &status) && mono_ms() < give_up)
		pass_ms(10);
	return ended_by(status, SIGKILL) || scene_fail(s, "the stopped worker was not ended: %#x", (unsigned)status);
}

static bool wakes_up(struct scene *s, pid_t pid) {
	kill(pid, SIGCONT);
	int status = engine_wait(s->nursery, pid);
	return WIFEXITED(status) || scene_fail(s, "the worker that woke up ended with %#x", (unsigned)status);
}

/* The stopped one is of another host: its lease runs out; then it wakes up and must not write any more. */
static bool replaced_away(struct scene *s, pid_t pid) {
	mono_ms_t give_up = mono_ms() + TAKE_OVER_MS;
	bool locked;
	if (!scene_age_worker(s, 0, false, &locked))
		return false;
	if (locked) /* nobody can take over from it */
		return wakes_up(s, pid);
	if (!scene_run(s))
		return false;
	if (!scene_synced(s)) /* when it stopped all may have been done */
		pass_ms(LEASE_MS - 1000);
	while (!scene_synced(s)) {
		if (mono_ms() > give_up)
			return scene_fail(s, "the lease of a worker on another host does not run out");
		if (!scene_run(s))
			return false;
	}
	return wakes_up(s, pid);
}

/* True when the fault happened; false: why is set, or the point was not reached. */
static bool inject(struct scene *s, unsigned at, enum fault_kind kind, bool *happened) {
	struct engine_order order = scene_order(s);
	order.stop_at = at;
	order.how = kind == FAULT_EXIT ? CRASH_EXIT : CRASH_STOP;
	pid_t pid = engine_start(s->nursery, &order);
	int status = pid > 0 ? engine_wait(s->nursery, pid) : -1;
	*happened = !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	if (!*happened || (WIFEXITED(status) && WEXITSTATUS(status) == ENGINE_CRASHED))
		return true;
	if (!WIFSTOPPED(status))
		return scene_fail(s, "the engine ended with %#x: %s", (unsigned)status, s->nursery->news[0].error);
	if ((kind == FAULT_HERE || kind == FAULT_AWAY) && scene_has_lease(s)) {
		bool ok = kind == FAULT_HERE ? replaced_here(s, pid) : replaced_away(s, pid);
		if (!ok)
			kill(pid, SIGKILL); /* or it would stand there for ever */
		return ok;
	}
	scene_quiet(s);
	kill(pid, SIGKILL);
	status = engine_wait(s->nursery, pid);
	return ended_by(status, SIGKILL) || scene_fail(s, "it cannot be killed: %#x", (unsigned)status);
}

static void one_fault(struct nursery *n, const struct crew_case *c, struct tally *t) {
	struct scene s;
	bool happened = false;
	bool ok = scene_open(&s, &scenarios[c->scenario], n) && scene_prepare(&s) &&
		  inject(&s, c->number, (enum fault_kind)c->kind, &happened) && scene_heal(&s) && scene_judge(&s);
	atomic_fetch_add(happened ? &t->injected : &t->unreached, 1);
	atomic_fetch_add(&t->lost, (unsigned)s.lost);
	atomic_fetch_add(&t->twice, (unsigned)s.twice);
	atomic_fetch_add(&t->failed, !ok);
	if (!ok) {
		char again[300];
		snprintf(again, sizeof again, "--scenario '%s' --at %u --kind %s (%s)", scenarios[c->scenario].name,
			 c->number, kind_names[c->kind], n->news[0].at);
		crew_report(again, &s);
	}
	scene_close(&s);
}

/* How many points are there? And nothing goes wrong without a fault. */
static void probe(struct nursery *n, const struct crew_case *c, struct tally *t) {
	struct scene s;
	struct engine_order order;
	bool ok = scene_open(&s, &scenarios[c->scenario], n) && scene_prepare(&s);
	if (ok) {
		order = scene_order(&s);
		pid_t pid = engine_start(n, &order);
		int status = pid > 0 ? engine_wait(n, pid) : -1;
		atomic_store(&t->points, atomic_load(&n->news[0].reached));
		ok = (status == 0 || scene_fail(&s, "the engine ended with %#x: %s", (unsigned)status,
						n->news[0].error)) &&
		     scene_heal(&s) && scene_judge(&s);
	}
	atomic_fetch_add(&t->failed, !ok);
	if (!ok)
		crew_report(scenarios[c->scenario].name, &s);
	scene_close(&s);
}

static bool wanted(const struct options *o, unsigned scenario, unsigned kind) {
	unsigned kinds = scenarios[scenario].kinds;
	if (!kinds)
		kinds = 1u << FAULT_EXIT | 1u << FAULT_SERVED;
	return (!o->scenario || strstr(scenarios[scenario].name, o->scenario)) && kinds & 1u << kind &&
	       (!o->kind || strcmp(o->kind, kind_names[kind]) == 0);
}

/* Threads do not take turns alike every time: a few points more than the probe saw. */
static unsigned points_of(const struct tally *t) {
	unsigned n = atomic_load(&t->points);
	return n + n / 20;
}

static struct crew_case *all_faults(const struct options *o, const struct tally *tallies, size_t *count) {
	size_t cap = 0, seen = 0;
	for (unsigned i = 0; i < scenario_count; i++)
		cap += points_of(&tallies[i]) * FAULT_KINDS;
	struct crew_case *cases = calloc(cap + 1, sizeof *cases);
	*count = 0;
	if (!cases)
		exit(2);
	/* The slow kinds first, so that nobody waits for them at the end. */
	for (unsigned kind = FAULT_KINDS; kind-- > 0;)
		for (unsigned i = 0; i < scenario_count; i++)
			for (unsigned n = 1; n <= points_of(&tallies[i]) && wanted(o, i, kind); n++)
				if (o->at ? n == o->at : (seen++ + o->offset) % o->every == 0)
					cases[(*count)++] = (struct crew_case){ i, n, kind };
	return cases;
}

static int print_figures(const struct options *o, const struct tally *tallies, size_t cases, bool complete) {
	unsigned injected = 0, lost = 0, twice = 0, failed = !complete, shown = 0;
	for (unsigned i = 0; i < scenario_count; i++) {
		const struct tally *t = &tallies[i];
		if (!t->points)
			continue;
		printf("  %-44s %4u points %5u faults %3u not reached %3u lost %3u duplicated%s\n", scenarios[i].name,
		       t->points, t->injected, t->unreached, t->lost, t->twice, t->failed ? "  FAILED" : "");
		shown++;
		injected += t->injected;
		lost += t->lost;
		twice += t->twice;
		failed += t->failed;
	}
	if (o->every > 1)
		printf("every %uth point, offset %u\n", o->every, o->offset);
	printf("crash points: %u scenarios, %u faults injected, %u lost, %u duplicated\n", shown, injected, lost,
	       twice);
	printf("%zu passed, %u failed\n", cases + shown - (failed < cases + shown ? failed : cases + shown), failed);
	return failed || !injected;
}

static struct options parse(int argc, char **argv) {
	struct options o = { .every = 1, .offset = (unsigned)(time(NULL) % 1000), .crew = 12 };
	const struct option_row rows[] = {
		{ "every", &o.every, NULL }, { "offset", &o.offset, NULL },	{ "crew", &o.crew, NULL },
		{ "at", &o.at, NULL },	     { "scenario", NULL, &o.scenario }, { "kind", NULL, &o.kind },
		{ NULL, NULL, NULL },
	};
	options_read(argc, argv, rows);
	if (!o.every)
		o.every = 1;
	return o;
}

int main(int argc, char **argv) {
	struct options o = parse(argc, argv);
	struct tally *tallies = crew_tallies();
	struct crew_case *probes = calloc(scenario_count, sizeof *probes);
	size_t count = 0;
	signal(SIGPIPE, SIG_IGN);
	if (!probes)
		return 2;
	for (unsigned i = 0; i < scenario_count; i++)
		if (!o.scenario || strstr(scenarios[i].name, o.scenario))
			probes[count++] = (struct crew_case){ .scenario = i };
	bool complete = crew_run(o.crew, probes, count, probe, tallies);
	free(probes);
	struct crew_case *cases = all_faults(&o, tallies, &count);
	complete = crew_run(o.crew, cases, count, one_fault, tallies) && complete;
	free(cases);
	return print_figures(&o, tallies, count, complete);
}
