/* SPDX-License-Identifier: MIT
 *
 * worker.c - start a worker that outlives the terminal.
 */
#include "core/work/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/store/leases.h"

#define REGISTER_MS 5000

extern char **environ;

/* Runs argv with stdin closed and output to log_path (NULL: /dev/null); setsid when detach. Returns its pid. */
static bool spawn(const char *const argv[], const char *log_path, bool detach, pid_t *pid, struct err *e) {
	/* POSIX declares argv without const and promises not to write to it. */
	union {
		const char *const *given;
		char *const *wanted;
	} args = { .given = argv };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 1, log_path ? log_path : "/dev/null", O_WRONLY | O_CREAT | O_APPEND,
					 0600);
	posix_spawn_file_actions_adddup2(&fa, 1, 2);
	posix_spawn_file_actions_addclosefrom_np(&fa, 3);
	if (detach)
		posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID);
	int rc = posix_spawnp(pid, argv[0], &fa, &attr, args.wanted, environ);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&attr);
	if (rc == 0)
		return true;
	errno = rc;
	return err_errno(e, ERR_INPUT, "Cannot start %s", argv[0]);
}

/* A user manager that stays when the last session ends (loginctl enable-linger). */
static bool has_lingering_manager(void) {
	char path[160];
	const char *runtime = getenv("XDG_RUNTIME_DIR"), *user = getenv("USER");
	if (!runtime || !user || strchr(user, '/') || strlen(user) > 64)
		return false;
	snprintf(path, sizeof path, "/var/lib/systemd/linger/%s", user);
	if (access(path, F_OK) != 0)
		return false;
	snprintf(path, sizeof path, "%.100s/systemd/private", runtime);
	return access(path, F_OK) == 0;
}

static bool start_by_systemd(const char *exe, const char *dir, struct err *e) {
	const char *argv[] = { "systemd-run", "--user", "--collect", "--quiet",	    "--", exe,
			       "--project",   dir,	"worker",    "--idle-exit", NULL };
	pid_t pid;
	int status = -1;
	return spawn(argv, NULL, false, &pid, e) && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool start_by_setsid(const char *exe, const char *dir, struct err *e) {
	const char *argv[] = { exe, "--project", dir, "worker", "--idle-exit", NULL };
	char log_path[4200];
	pid_t pid;
	snprintf(log_path, sizeof log_path, "%s/worker.log", dir);
	return spawn(argv, log_path, true, &pid, e);
}

/* logind ends what a session leaves behind where this is on. */
static bool kills_user_processes(void) {
	FILE *f = fopen("/etc/systemd/logind.conf", "re");
	char line[256];
	bool on = false;
	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, "KillUserProcesses=", 18) == 0)
			on = strncmp(line + 18, "yes", 3) == 0 || line[18] == '1';
	if (f)
		fclose(f);
	return on;
}

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
	struct worker_info w;
	struct err why;
	text_copy(note, note_size, "");
	if (worker_find_live(s, &w, &why))
		return true;
	bool by_systemd = has_lingering_manager() && start_by_systemd(exe, store_dir(s), &why);
	if (!by_systemd) {
		if (!start_by_setsid(exe, store_dir(s), e))
			return false;
		if (kills_user_processes())
			text_copy(note, note_size,
				  "logind's KillUserProcesses is on: the worker ends with this session unless you run "
				  "loginctl enable-linger");
	}
	return wait_registered(s, e);
}
