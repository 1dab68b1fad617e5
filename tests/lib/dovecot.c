/* SPDX-License-Identifier: MIT
 *
 * dovecot.c - see dovecot.h.
 */
#include "tests/lib/dovecot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

static const char *root(void) {
	const char *dir = getenv("MAILVAN_ROOT");
	return dir ? dir : ".";
}

bool test_dovecot_run(const struct test_dovecot *d, const char *command, const char *args) {
	char line[4096];
	snprintf(line, sizeof line, "%s/tests/servers/dovecot.sh %s %s %s >/dev/null", root(), command, d->dir, args);
	return system(line) == 0;
}

static void take_setting(struct test_dovecot *d, char *line) {
	char *value = strchr(line, '=');
	uint64_t port = 0;
	if (!value)
		return;
	*value++ = '\0';
	value[strcspn(value, "\n")] = '\0';
	if (text_u64(value, 1, 65535, &port)) {
		uint16_t *const to[] = { &d->imap, &d->imaps, &d->pop3, &d->pop3s };
		const char *const names[] = { "IMAP_PORT", "IMAPS_PORT", "POP3_PORT", "POP3S_PORT" };
		for (int i = 0; i < 4; i++)
			if (strcmp(line, names[i]) == 0)
				*to[i] = (uint16_t)port;
	} else if (strcmp(line, "CA") == 0) {
		text_copy(d->ca, sizeof d->ca, value);
	} else if (strcmp(line, "CERTS") == 0) {
		text_copy(d->certs, sizeof d->certs, value);
	}
}

bool test_dovecot_start(struct test_dovecot *d, const char *options) {
	char line[512], path[128];
	*d = (struct test_dovecot){ .dir = "/tmp/mailvan-dovecot-XXXXXX" };
	if (!mkdtemp(d->dir) || !test_dovecot_run(d, "start", options))
		return false;
	snprintf(path, sizeof path, "%s/env", d->dir);
	FILE *env = fopen(path, "r");
	if (!env)
		return false;
	while (fgets(line, sizeof line, env))
		take_setting(d, line);
	fclose(env);
	return d->imap && d->imaps && d->pop3 && d->pop3s && d->ca[0];
}

void test_dovecot_stop(struct test_dovecot *d) {
	char line[128];
	if (strncmp(d->dir, "/tmp/mailvan-dovecot-", 21) != 0)
		return;
	test_dovecot_run(d, "stop", "");
	snprintf(line, sizeof line, "rm -rf %s", d->dir);
	if (system(line) != 0)
		fprintf(stderr, "cannot remove %s\n", d->dir);
	d->dir[0] = '\0';
}

void test_cert_path(char *dst, unsigned size, const struct test_dovecot *d, const char *name) {
	snprintf(dst, size, "%s/%s.pem", d->certs, name);
}
