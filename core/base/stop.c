/* SPDX-License-Identifier: MIT
 *
 * stop.c - an atomic and an eventfd.
 */
#include "core/base/stop.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool stop_init(struct stop *s, const struct stop *parent) {
	atomic_init(&s->set, 0);
	s->parent = parent;
	s->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return s->fd >= 0;
}

void stop_free(struct stop *s) {
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

void stop_request(struct stop *s, int reason) {
	int expected = 0;
	uint64_t one = 1;
	if (!atomic_compare_exchange_strong(&s->set, &expected, reason))
		return;
	/* The counter cannot overflow: only the first request writes. */
	ssize_t n = write(s->fd, &one, sizeof one);
	(void)n;
}

int stop_requested(const struct stop *s) {
	for (; s; s = s->parent) {
		int reason = atomic_load(&s->set);
		if (reason)
			return reason;
	}
	return 0;
}

int stop_fd(const struct stop *s) { return s ? s->fd : -1; }
