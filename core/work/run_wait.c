/* SPDX-License-Identifier: MIT
 *
 * run_wait.c - may this run go on, and waiting for the two connections and the stop flag at once.
 */
#include <poll.h>

#include "core/work/run.h"

static const char *stop_text(int reason) {
	switch (reason) {
	case STOP_PAUSED:
		return "Paused by the operator";
	case STOP_SHUTDOWN:
		return "The worker was asked to stop; the next one goes on";
	default:
		return "Stopped by the operator";
	}
}

bool run_check(struct run *r, struct err *e) {
	int reason = stop_requested(&r->stop);
	if (reason == STOP_LEASE_LOST || mono_ms() >= *r->lease_until)
		return err_set(e, ERR_LEASE_LOST, "Another worker has taken over this mailbox");
	if (reason)
		return err_set(e, ERR_CANCELLED, "%s", stop_text(reason));
	return true;
}

void run_poll(const struct run *r, const struct source *src, const struct target *dst, bool with_stop, int timeout_ms) {
	struct pollfd fds[3];
	nfds_t n = 0;
	if (src)
		fds[n++] = (struct pollfd){ .fd = src->ops->fd(src), .events = src->ops->events(src) };
	if (dst)
		fds[n++] = (struct pollfd){ .fd = dst->ops->fd(dst), .events = dst->ops->events(dst) };
	if (with_stop)
		fds[n++] = (struct pollfd){ .fd = stop_fd(&r->stop), .events = POLLIN };
	poll(fds, n, timeout_ms);
}

bool run_wait(struct run *r, const struct source *src, const struct target *dst, int timeout_ms, struct err *e) {
	run_poll(r, src, dst, true, timeout_ms);
	return run_check(r, e);
}

bool run_sleep(struct run *r, unsigned ms, struct err *e) {
	mono_ms_t until = mono_ms() + ms;
	for (;;) {
		if (!run_check(r, e))
			return false;
		mono_ms_t left = until - mono_ms();
		if (left <= 0)
			return true;
		run_poll(r, NULL, NULL, true, left > 1000 ? 1000 : (int)left);
	}
}
