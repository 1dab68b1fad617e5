/* SPDX-License-Identifier: MIT
 *
 * detach.c - see detach.h.
 */
#include "core/base/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/text.h"

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

/* fixed words, EXE, args, NULL; false: there are too many. */
static bool compose(const char *argv[DETACH_ARGS_MAX + 8], const char *const *fixed, const char *exe,
		    const char *const *args) {
	size_t n = 0;
	for (; fixed && fixed[n]; n++)
		argv[n] = fixed[n];
	argv[n++] = exe;
	for (size_t i = 0; args[i]; i++) {
		if (i == DETACH_ARGS_MAX)
			return false;
		argv[n++] = args[i];
	}
	argv[n] = NULL;
	return true;
}

static bool start_by_systemd(const char *exe, const char *const *args) {
	static const char *const words[] = { "systemd-run", "--user", "--collect", "--quiet", "--", NULL };
	const char *argv[DETACH_ARGS_MAX + 8];
	struct err unused;
	pid_t pid;
	int status = -1;
	return compose(argv, words, exe, args) && spawn(argv, NULL, false, &pid, &unused) &&
	       waitpid(pid, &status, 0) == pid && status == 0;
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

bool detach_start(const char *exe, const char *const *args, const char *log_path, char *note, size_t note_size,
		  struct err *e) {
	const char *argv[DETACH_ARGS_MAX + 8];
	pid_t pid;
	text_copy(note, note_size, "");
	if (has_lingering_manager() && start_by_systemd(exe, args))
		return true;
	if (!compose(argv, NULL, exe, args))
		return err_set(e, ERR_INPUT, "Too many arguments for %s", exe);
	if (!spawn(argv, log_path, true, &pid, e))
		return false;
	if (kills_user_processes())
		text_copy(note, note_size,
			  "logind's KillUserProcesses is on: the worker ends with this session unless you run "
			  "loginctl enable-linger");
	return true;
}
