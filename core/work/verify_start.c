/* SPDX-License-Identifier: MIT
 *
 * verify_start.c - start a verification that outlives the terminal.
 */
#include <stdio.h>

#include "core/base/detach.h"
#include "core/work/verify.h"

bool verify_start_detached(struct store *s, const char *exe, char *note, size_t note_size, struct err *e) {
	const char *const args[] = { "--project", store_dir(s), "verify", "--resume", NULL };
	char log_path[4200];
	snprintf(log_path, sizeof log_path, "%s/verify.log", store_dir(s));
	return detach_start(exe, args, log_path, note, note_size, e);
}
