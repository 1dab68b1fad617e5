/* SPDX-License-Identifier: MIT
 *
 * worker.c - start a worker that outlives the terminal.
 */
#include "core/work/worker.h"

#include <stdio.h>
#include <time.h>

#include "core/base/detach.h"
#include "core/base/text.h"
#include "core/store/leases.h"

#define REGISTER_MS 5000

static bool wait_registered(struct store *s, struct err *e) {
	mono_ms_t until = mono_ms() + REGISTER_MS;
	struct worker_info w;
	while (mono_ms() < until) {
		if (worker_find_live(s, &w, e))
			return true;
		struct timespec nap = { .tv_nsec = 20 * 1000 * 1000 };
		nanosleep(&nap, NULL);
	}
	return err_set(e, ERR_INPUT, "The worker did not start within 5 seconds; see %s/worker.log", store_dir(s));
}

bool worker_start_detached(struct store *s, const char *exe, char *note, size_t note_size, struct err *e) {
	const char *const args[] = { "--project", store_dir(s), "worker", "--idle-exit", NULL };
	char log_path[4200];
	struct worker_info w;
	struct err why;
	text_copy(note, note_size, "");
	if (worker_find_live(s, &w, &why))
		return true;
	snprintf(log_path, sizeof log_path, "%s/worker.log", store_dir(s));
	if (!detach_start(exe, args, log_path, note, note_size, e))
		return false;
	return wait_registered(s, e);
}
