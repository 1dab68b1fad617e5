/* SPDX-License-Identifier: MIT
 *
 * stop_at.c - migrates all mailboxes of a project in an engine that ends at a crash point: for scripts with real
 * servers.
 *
 *   stop_at PROJECT POINT    prints "stopped at NAME", or "ended after N points"
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "core/mailvan.h"
#include "tests/crash/engine_lib.h"

static bool queue_all(const char *project, struct err *e) {
	struct store *s = store_open(project, STORE_MUST_EXIST, NULL, e);
	struct mailbox_filter all = { 0 };
	struct command_result done;
	bool ok = s && command_issue(s, CMD_MIGRATE, &all, "test", &done, e);
	store_close(s);
	return ok;
}

int main(int argc, char **argv) {
	struct engine_order order = { .settle_ms = 300, .how = CRASH_EXIT };
	struct nursery nursery;
	struct err e;
	if (argc != 3 || strlen(argv[1]) >= sizeof order.project)
		return 2;
	snprintf(order.project, sizeof order.project, "%s", argv[1]);
	order.stop_at = (unsigned)strtoul(argv[2], NULL, 10);
	if (!nursery_open(&nursery)) {
		perror("fork");
		return 1;
	}
	if (!queue_all(order.project, &e)) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	pid_t pid = engine_start(&nursery, &order);
	int status = pid > 0 ? engine_wait(&nursery, pid) : -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == ENGINE_CRASHED)
		printf("stopped at %s\n", nursery.news[0].at);
	else if (status == 0)
		printf("ended after %u points\n", atomic_load(&nursery.news[0].reached));
	else
		fprintf(stderr, "the engine ended with %#x: %s\n", (unsigned)status, nursery.news[0].error);
	nursery_close(&nursery);
	return status != 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == ENGINE_CRASHED);
}
