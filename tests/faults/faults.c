/* SPDX-License-Identifier: MIT
 *
 * faults.c - every allocation and every write to disk fails in turn, and the power goes: plan, workers, figures.
 *
 *   faults [--points N] [--seconds N] [--seed N] [--jobs N] [--only SCENARIO] [--at N] [--mode N] KIND...
 *
 * KIND is alloc, disk, power or lie (a control that must go wrong). For each scenario and mode the steps of an
 * undisturbed run are counted, and then one of them fails per run: all of them, in an order that is spread over the
 * whole from the beginning, so that N points or N seconds are a fair sample. Threads do not allocate in the same order
 * twice: points cover that by count. --at and --mode repeat one run and show what was said.
 * MAILVAN is the program, MAILVAN_INJECT_SO the library.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/faults/faults.h"

#define ROWS_MAX 64
#define BASE_MAX 80
#define WORKERS_MAX 32

static const struct kind {
	const char *option, *title;
	enum inject_kind inject;
	int first_mode;
	const char *modes[4]; /* by number from first_mode on, NULL: none */
	bool control; /* must go wrong, or the harness is blind */
} kinds[] = {
	{ "alloc", "allocations", INJECT_ALLOC, INJECT_ONCE, { "once", "from there on" }, false },
	{ "disk",
	  "disk",
	  INJECT_DISK,
	  INJECT_ONCE,
	  { "full once", "full from there on", "broken once", "broken from there on" },
	  false },
	{ "power",
	  "power loss",
	  INJECT_POWER,
	  POWER_STRICT,
	  { "nothing unsynced survives", "something unsynced survives" },
	  false },
	{ "lie", "power loss on a disk that lies", INJECT_POWER, POWER_LIE, { "must be noticed" }, true },
};
#define KINDS (sizeof kinds / sizeof *kinds)
#define LYING_FROM_MAX 24 /* the sync after which the disk lies */
#define CONTROL_POINTS 24

enum { INJECTED, LEAKED, CRASHED, HUNG, MISSING, EXTRA, UNCLEAR, FIGURES };
static const char *const figures[FIGURES] = { "injected", "leaked",	"crashed", "hung",
					      "lost",	  "duplicated", "wrong" };

struct row {
	const struct kind *kind;
	const struct scenario *scenario;
	int mode; /* of the kind, from 0 */
	uint64_t steps;
	atomic_ullong got[FIGURES];
};

static volatile sig_atomic_t asked_to_stop; /* what is begun is finished, and nothing is left in memory's file system */

static void on_signal(int number) {
	(void)number;
	asked_to_stop = 1;
}

struct plan { /* shared by the workers */
	struct row rows[ROWS_MAX];
	size_t row_count;
	atomic_ullong next;
	uint64_t points, seed;
	int64_t at; /* -1: all */
	mono_ms_t until;
	unsigned jobs;
	const char *only;
	int only_mode; /* -1: all */
};

/* One of each: the i-th point visited, with the rows' own length. A step coprime to it, near the golden ratio. */
static uint64_t gcd(uint64_t a, uint64_t b) { return b ? gcd(b, a % b) : a; }

static uint64_t point(uint64_t steps, uint64_t i, uint64_t seed) {
	uint64_t stride = steps * 618 / 1000 | 1;
	while (gcd(stride, steps) != 1)
		stride++;
	return (seed + i * (stride % steps)) % steps + 1;
}

static void paths_init(struct paths *p, const char *base, unsigned worker) {
	snprintf(p->dir, sizeof p->dir, "%s/%u", base, worker);
	snprintf(p->root, sizeof p->root, "%s/root", p->dir);
	snprintf(p->project, sizeof p->project, "%s/home/project", p->root);
	snprintf(p->image, sizeof p->image, "%s/image", p->dir);
	snprintf(p->report, sizeof p->report, "%s/steps", p->dir);
	snprintf(p->list, sizeof p->list, "%s/list.csv", p->dir);
	snprintf(p->output, sizeof p->output, "%s/output", p->dir);
	snprintf(p->file, sizeof p->file, "%s/file", p->root);
	mkdir(p->dir, 0700);
}

static void complain(struct plan *pl, const struct row *r, uint64_t at, const struct outcome *out, const char *what,
		     const char *why) {
	if (r->kind->control)
		return;
	static const char form[] =
		"%s %s, %s, step %llu (%s): %s: %s\n  exit %d signal %d; repeat: --only %s --mode %d --at %llu "
		"--seed %llu %s\n  said: %s\n";
	dprintf(STDOUT_FILENO, form, r->kind->title, r->scenario->name, r->kind->modes[r->mode],
		(unsigned long long)at, out->report.site, what, why, out->code, out->signal, r->scenario->name, r->mode,
		(unsigned long long)at, (unsigned long long)pl->seed, r->kind->option,
		pl->at >= 0 || strlen(out->text) < 3000 ? out->text : out->text + strlen(out->text) - 3000);
}

/* What the run itself came to. */
static int judge(const struct row *r, const struct world *w, const struct outcome *out, const char **why) {
	*why = "";
	if (out->hung)
		return *why = "it did not end", HUNG;
	if (strstr(out->text, "LeakSanitizer"))
		return *why = "a leak", LEAKED;
	if (out->signal || out->code == 99 || strstr(out->text, "Sanitizer") || strstr(out->text, "runtime error"))
		return *why = "a crash", CRASHED;
	if (r->kind->inject == INJECT_POWER && out->code == INJECT_POWER_EXIT)
		return INJECTED;
	if (out->code < 0 || out->code > 3)
		return *why = "an exit code that is not documented", UNCLEAR;
	if (out->code == r->scenario->code)
		return INJECTED;
	if (r->kind->inject == INJECT_ALLOC && !strstr(out->text, "memory") && !strstr(out->text, "Cannot start"))
		return *why = "a failure that does not speak of memory", UNCLEAR;
	if (r->kind->inject == INJECT_DISK && !strstr(out->text, w->paths.root))
		return *why = "a failure that does not name what could not be written", UNCLEAR;
	return INJECTED;
}

static bool injected(const struct row *r, const struct outcome *out) {
	return r->kind->inject == INJECT_POWER ? out->code == INJECT_POWER_EXIT : out->report.fired > 0;
}

static struct orders order(const struct row *r, uint64_t at, uint64_t seed) {
	return (struct orders){ r->kind->inject, at, r->kind->first_mode + r->mode, seed };
}

static bool prepared(const struct scenario *s, struct world *w) {
	bool ok = w->ready || s->prepare(w);
	w->ready = ok && s->looks;
	return ok;
}

static void run_point(struct plan *pl, struct row *r, struct world *w, uint64_t at) {
	static const int by_verdict[] = { [LOST] = MISSING, [DUPLICATED] = EXTRA, [WRONG] = UNCLEAR };
	const struct orders orders = order(r, at, r->kind->control ? (pl->seed + at) % LYING_FROM_MAX : pl->seed + at);
	struct outcome out;
	const char *why;
	if (!prepared(r->scenario, w)) {
		memset(&out, 0, sizeof out);
		atomic_fetch_add(&r->got[UNCLEAR], 1);
		complain(pl, r, at, &out, "cannot be prepared", w->why);
		return;
	}
	program_run(&w->paths, r->scenario->args, &orders, &out);
	if (pl->at >= 0)
		dprintf(STDOUT_FILENO, "exit %d, %llu steps, %llu fired, %s\n%s\n", out.code,
			(unsigned long long)out.report.steps, (unsigned long long)out.report.fired, out.report.site,
			out.text);
	/* Threads: this time there were fewer steps. */
	if (!injected(r, &out) && !out.hung && !out.signal)
		return;
	atomic_fetch_add(&r->got[INJECTED], 1);
	int what = judge(r, w, &out, &why);
	if (what != INJECTED) {
		atomic_fetch_add(&r->got[what], 1);
		complain(pl, r, at, &out, figures[what], why);
	}
	if (r->kind->inject == INJECT_POWER && at == 0)
		out.code = 0; /* it had come to its end */
	enum verdict v = r->scenario->recover(w, r->scenario, &out);
	if (v != FINE) {
		w->ready = false;
		atomic_fetch_add(&r->got[by_verdict[v]], 1);
		complain(pl, r, at, &out, figures[by_verdict[v]], w->why);
	}
}

static uint64_t points_of(const struct plan *pl, const struct row *r) {
	uint64_t all = r->steps + (r->kind->inject == INJECT_POWER); /* and one at the end */
	if (r->kind->control)
		return CONTROL_POINTS;
	return pl->at >= 0 ? 1 : pl->points && pl->points < all ? pl->points : all;
}

static uint64_t point_of(const struct plan *pl, const struct row *r, uint64_t i) {
	if (pl->at >= 0)
		return (uint64_t)pl->at;
	if (r->kind->inject == INJECT_POWER)
		return i == 0 ? 0 : point(r->steps, i - 1, pl->seed);
	return point(r->steps, i, pl->seed);
}

static void work(struct plan *pl, const char *base, unsigned number) {
	struct world *w = calloc(2, sizeof *w), *copied = w + 1; /* what only looks, looks at the same again */
	uint64_t longest = 0;
	if (!w || sodium_init() < 0)
		exit(2);
	paths_init(&w->paths, base, 2 * number);
	paths_init(&copied->paths, base, 2 * number + 1);
	for (size_t i = 0; i < pl->row_count; i++)
		longest = points_of(pl, &pl->rows[i]) > longest ? points_of(pl, &pl->rows[i]) : longest;
	for (uint64_t k; (k = atomic_fetch_add(&pl->next, 1)) < longest * pl->row_count;) {
		struct row *r = &pl->rows[k % pl->row_count];
		if (k / pl->row_count >= points_of(pl, r))
			continue;
		if (asked_to_stop)
			break;
		/* A first point of each row in any case. */
		if (pl->until && mono_ms() > pl->until && k >= pl->row_count)
			break;
		run_point(pl, r, r->scenario->looks ? copied : w, point_of(pl, r, k / pl->row_count));
	}
	world_end(w);
	world_end(copied);
	free(w);
	exit(0);
}

/* How many steps an undisturbed run has. */
static bool count_steps(struct plan *pl, struct row *r, const char *base) {
	const struct orders orders = order(r, UINT64_MAX, 0);
	struct outcome out;
	struct world *w = calloc(1, sizeof *w);
	if (!w)
		return false;
	paths_init(&w->paths, base, 2 * WORKERS_MAX);
	bool ok = r->scenario->prepare(w);
	if (ok) {
		program_run(&w->paths, r->scenario->args, &orders, &out);
		ok = out.code == r->scenario->code && out.report.steps > 0;
		r->steps = out.report.steps;
		if (!ok)
			complain(pl, r, 0, &out, "the undisturbed run fails", "");
	} else {
		printf("%s cannot be prepared: %s\n", r->scenario->name, w->why);
	}
	world_end(w);
	free(w);
	return ok;
}

static bool plan_kind(struct plan *pl, const struct kind *kind, const char *base) {
	for (const struct scenario *s = scenarios; s->name; s++) {
		/* Of all scenarios this one has nothing but its intents to find a copy by. */
		if (kind->control && strcmp(s->name, "delta") != 0)
			continue;
		if ((pl->only && strcmp(pl->only, s->name) != 0) || (kind->inject == INJECT_POWER && s->looks))
			continue;
		for (int mode = 0; mode < 4 && kind->modes[mode]; mode++) {
			struct row *r = &pl->rows[pl->row_count];
			if (pl->only_mode >= 0 && pl->only_mode != mode)
				continue;
			*r = (struct row){ .kind = kind, .scenario = s, .mode = mode };
			if (!count_steps(pl, r, base))
				return false;
			pl->row_count += r->steps > 0;
		}
	}
	return true;
}

static bool run_workers(struct plan *pl, const char *base) {
	pid_t pids[WORKERS_MAX];
	bool ok = true;
	fflush(NULL);
	for (unsigned i = 0; i < pl->jobs; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			work(pl, base, i);
	}
	for (unsigned i = 0; i < pl->jobs; i++) {
		int status;
		pid_t ended;
		do
			ended = waitpid(pids[i], &status, 0);
		while (ended < 0 && errno == EINTR);
		ok &= ended == pids[i] && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	}
	return ok && !asked_to_stop;
}

static bool row_ok(const struct row *r) {
	uint64_t bad = 0;
	for (int f = INJECTED + 1; f < FIGURES; f++)
		bad += r->got[f];
	return r->got[INJECTED] > 0 && (bad > 0) == r->kind->control;
}

static void print_kind(const struct plan *pl, const struct kind *kind, unsigned *passed, unsigned *failed) {
	uint64_t sum[FIGURES] = { 0 }, steps = 0;
	for (size_t i = 0; i < pl->row_count; i++) {
		const struct row *r = &pl->rows[i];
		for (int f = 0; f < FIGURES; f++)
			sum[f] += r->got[f];
		steps += r->steps;
		bool ok = row_ok(r);
		*passed += ok;
		*failed += !ok;
		printf("%-5s %s: %s, %s: %llu of %llu steps\n", ok ? "ok" : "FAIL", kind->title, r->scenario->name,
		       kind->modes[r->mode], (unsigned long long)r->got[INJECTED], (unsigned long long)r->steps);
	}
	if (kind->control) {
		uint64_t noticed = sum[MISSING] + sum[EXTRA] + sum[UNCLEAR];
		printf("control, %s: noticed %llu times in %llu (it must be)\n", kind->title,
		       (unsigned long long)noticed, (unsigned long long)sum[INJECTED]);
		return;
	}
	printf("%s: %llu faults injected (of %llu steps, seed %llu)", kind->title, (unsigned long long)sum[INJECTED],
	       (unsigned long long)steps, (unsigned long long)pl->seed);
	for (int f = INJECTED + 1; f < FIGURES; f++) {
		if (f == LEAKED && !getenv("MAILVAN_LEAKS_SHOW"))
			printf(", leaks not looked for");
		else
			printf(", %llu %s", (unsigned long long)sum[f], figures[f]);
	}
	puts("");
}

static bool run_kind(struct plan *pl, const struct kind *kind, uint64_t seconds, unsigned *passed, unsigned *failed) {
	char base[BASE_MAX];
	const char *tmp = getenv("TMPDIR");
	if (!tmp || (strncmp(tmp, "/dev/shm", 8) != 0 && access("/dev/shm", W_OK) == 0))
		tmp = "/dev/shm"; /* many small files */
	if ((size_t)snprintf(base, sizeof base, "%s/mvf.XXXXXX", tmp) >= sizeof base || !mkdtemp(base))
		return false;
	pl->row_count = 0;
	atomic_store(&pl->next, 0);
	bool ok = plan_kind(pl, kind, base);
	pl->until = seconds ? mono_ms() + (mono_ms_t)seconds * 1000 : 0;
	ok = ok && run_workers(pl, base);
	print_kind(pl, kind, passed, failed);
	remove_tree(base);
	return ok;
}

static uint64_t number(const char *text) { return strtoull(text, NULL, 10); }

static bool read_options(int argc, char **argv, struct plan *pl, uint64_t *seconds) {
	static const struct option options[] = { { "points", 1, NULL, 'p' }, { "seconds", 1, NULL, 's' },
						 { "seed", 1, NULL, 'r' },   { "jobs", 1, NULL, 'j' },
						 { "only", 1, NULL, 'o' },   { "at", 1, NULL, 'a' },
						 { "mode", 1, NULL, 'm' },   { 0 } };
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (c) {
		case 'p': pl->points = number(optarg); break;
		case 's': *seconds = number(optarg); break;
		case 'r': pl->seed = number(optarg); break;
		case 'j': pl->jobs = (unsigned)number(optarg); break;
		case 'o': pl->only = optarg; break;
		case 'a': pl->at = (int64_t)number(optarg); break;
		case 'm': pl->only_mode = (int)number(optarg); break;
		default: return false;
		}
	}
	return pl->jobs >= 1 && pl->jobs <= WORKERS_MAX && optind < argc && getenv("MAILVAN") &&
	       getenv("MAILVAN_INJECT_SO");
}

int main(int argc, char **argv) {
	struct plan *pl = mmap(NULL, sizeof *pl, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t seconds = 0;
	unsigned passed = 0, failed = 0;
	if (pl == MAP_FAILED)
		return 2;
	*pl = (struct plan){ .seed = (uint64_t)getpid(), .jobs = 6, .at = -1, .only_mode = -1 };
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!read_options(argc, argv, pl, &seconds)) {
		fputs("usage: see the head of faults.c\n", stderr);
		return 2;
	}
	for (; optind < argc; optind++) {
		size_t kind = 0;
		while (kind < KINDS && strcmp(kinds[kind].option, argv[optind]) != 0)
			kind++;
		if (kind == KINDS || !run_kind(pl, &kinds[kind], seconds, &passed, &failed))
			failed++;
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
