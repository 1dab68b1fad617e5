/* SPDX-License-Identifier: MIT
 *
 * scale.c - what the scheduler and the console ask of a project's store, timed in-process.
 *
 *   scale PROJECT ask          prints lines: LABEL <tab> MEDIAN-MS <tab> WORST-MS
 *   scale PROJECT churn        writes progress of some mailbox every 20 ms until it is killed, as a busy worker does
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mailvan.h"

#define TIMES_MAX 256
#define LEASES 200
#define WINDOW 60

struct timing {
	double ms[TIMES_MAX];
	size_t n;
};

static double now_ms(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static _Noreturn void die(const struct err *e) {
	fprintf(stderr, "scale: %s\n", e->text);
	exit(1);
}

static int by_value(const void *a, const void *b) {
	const double *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static void add(struct timing *t, double begin) {
	if (t->n < TIMES_MAX)
		t->ms[t->n++] = now_ms() - begin;
}

static void report(const char *label, struct timing *t) {
	qsort(t->ms, t->n, sizeof t->ms[0], by_value);
	printf("%s\t%.1f\t%.1f\n", label, t->ms[t->n / 2], t->ms[t->n - 1]);
	fflush(stdout);
	t->n = 0;
}

static bool count_row(void *arg, const struct mailbox_row *row) {
	(void)row;
	++*(size_t *)arg;
	return true;
}

static bool count_batch(void *arg, const struct batch_row *row) {
	(void)row;
	++*(size_t *)arg;
	return true;
}

/* Two hundred leases at once, so that the last ones are looked for among many that are taken. */
static void ask_leases(struct store *s) {
	static struct lease held[LEASES];
	struct timing take = { .n = 0 }, give = { .n = 0 }, none = { .n = 0 };
	struct mailbox_filter nobody = { .text = "there is no such mailbox" };
	struct err e;
	int64_t worker;
	bool found = true;
	size_t n = 0;
	if (!worker_register(s, LEASES, &worker, &e))
		die(&e);
	while (n < LEASES && found) {
		double begin = now_ms();
		if (!lease_next(s, worker, NULL, &held[n], &found, &e))
			die(&e);
		add(&take, begin);
		n += found;
	}
	for (size_t i = 0; i < 20; i++) {
		struct lease l;
		double begin = now_ms();
		if (!lease_next(s, worker, &nobody, &l, &found, &e))
			die(&e);
		add(&none, begin);
	}
	for (size_t i = 0; i < n; i++) {
		double begin = now_ms();
		if (!lease_release(s, &held[i], &e))
			die(&e);
		add(&give, begin);
	}
	worker_unregister(s, worker);
	report("scheduler: lease_next", &take);
	report("scheduler: lease_next that finds nothing", &none);
	report("scheduler: lease_release", &give);
	if (n < LEASES) {
		fprintf(stderr, "scale: only %zu mailboxes could be leased\n", n);
		exit(1);
	}
}

static void ask_windows(struct store *s, uint64_t count) {
	struct timing t = { .n = 0 };
	struct err e;
	size_t rows = 0;
	for (int sort = SORT_ID; sort <= SORT_ERROR; sort++)
		for (int place = 0; place < 6; place++) {
			struct mailbox_query q = { .sort = (enum mailbox_sort)sort,
						   .descending = place % 2 == 1,
						   .offset = count * (unsigned)(place / 2) / 3,
						   .limit = WINDOW };
			double begin = now_ms();
			if (!mailboxes_list(s, &q, count_row, &rows, &e))
				die(&e);
			add(&t, begin);
		}
	report("store: a window of the list, any order and place", &t);
}

static void ask_sums(struct store *s) {
	struct timing totals = { .n = 0 }, batches = { .n = 0 };
	struct mailbox_filter all = { 0 };
	struct mailbox_totals sum;
	struct err e;
	size_t rows = 0;
	for (int i = 0; i < 20; i++) {
		double begin = now_ms();
		if (!mailboxes_totals(s, &all, &sum, &e))
			die(&e);
		add(&totals, begin);
		begin = now_ms();
		if (!batches_list(s, count_batch, &rows, &e))
			die(&e);
		add(&batches, begin);
	}
	report("store: totals of all mailboxes", &totals);
	report("store: totals of every batch", &batches);
}

static _Noreturn void churn(struct store *s, uint64_t count) {
	struct timespec gap = { .tv_nsec = 20 * 1000000 };
	struct err e;
	for (uint64_t i = 0;; i++) {
		struct mailbox_progress p = { .id = (int64_t)(i * 7919 % count) + 1,
					      .state = MBOX_COPYING,
					      .rate_bytes = (double)(i % 97) * 1e4,
					      .rate_messages = (double)(i % 13),
					      .eta_s = (int64_t)(i % 500) };
		if (!mailboxes_progress(s, &p, 1, &e) || !store_flush(s, &e))
			die(&e);
		nanosleep(&gap, NULL);
	}
}

int main(int argc, char **argv) {
	struct mailbox_filter all = { 0 };
	uint64_t count = 0;
	struct err e;
	if (argc != 3 || (strcmp(argv[2], "ask") != 0 && strcmp(argv[2], "churn") != 0)) {
		fputs("usage: scale PROJECT ask|churn\n", stderr);
		return 2;
	}
	struct store *s = store_open(argv[1], STORE_MUST_EXIST, NULL, &e);
	if (!s || !mailboxes_count(s, &all, &count, &e))
		die(&e);
	if (strcmp(argv[2], "churn") == 0)
		churn(s, count);
	ask_windows(s, count);
	ask_sums(s);
	ask_leases(s);
	store_close(s);
	return 0;
}
