/* SPDX-License-Identifier: MIT
 *
 * channel.c - bytes in and out of an open connection, waiting for it, and its end.
 */
#include "core/net/channel.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/text.h"
#include "core/net/channel_priv.h"

/* One TLS record. OpenSSL wants a record that would block repeated with at least the same length. */
#define TLS_PIECE 16384
#define CLEAR_PIECE (256 * 1024)
/* An upper bound on one sleep: the stop flag of a parent has no descriptor here. */
#define WAIT_SLICE_MS 500

void channel_leave(struct channel *c) {
	if (!c)
		return;
	if (c->multi && c->easy)
		curl_multi_remove_handle(c->multi, c->easy);
	curl_easy_cleanup(c->easy);
	curl_multi_cleanup(c->multi);
	free(c);
}

void channel_close(struct channel *c) {
	if (!c)
		return;
	/* Reset instead of FIN: bytes still in the kernel are dropped, so that a peer that lost track of
	 * a literal (BAD while messages are on the wire) gets no more of them to take for commands. */
	struct linger now = { .l_onoff = 1, .l_linger = 0 };
	if (c->fd >= 0)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	channel_leave(c);
}

const char *channel_capability(const struct channel *c) { return c->capability; }

const char *channel_greeting(const struct channel *c) { return c->greeting; }

bool channel_encrypted(const struct channel *c) { return c->encrypted; }

int channel_fd(const struct channel *c) { return c->fd; }

unsigned channel_idle_ms(const struct channel *c) { return c->idle_ms; }

void channel_bytes(const struct channel *c, uint64_t *in, uint64_t *out) {
	*in = c->in;
	*out = c->out;
}

static ssize_t broken(const struct channel *c, CURLcode rc, int number, struct err *e) {
	char why[160];
	if (number && number != EAGAIN)
		channel_errno_text(why, sizeof why, number);
	else
		text_copy(why, sizeof why, c->curl_text[0] ? c->curl_text : curl_easy_strerror(rc));
	err_set(e, ERR_NET, "The connection to %s broke: %s", c->where, why);
	return -1;
}

ssize_t channel_recv(struct channel *c, void *buf, size_t n, struct err *e) {
	size_t got = 0;
	c->curl_text[0] = '\0';
	errno = 0;
	CURLcode rc = curl_easy_recv(c->easy, buf, n, &got);
	if (rc == CURLE_AGAIN)
		return 0;
	if (rc != CURLE_OK && !strstr(c->curl_text, "unexpected eof"))
		return broken(c, rc, errno, e);
	if (rc != CURLE_OK || got == 0) {
		/* Many servers end TLS without close_notify: that is a close like any other here,
		 * because every reply and literal has an end of its own. */
		err_set(e, ERR_NET, "%s closed the connection", c->where);
		return -1;
	}
	c->in += got;
	return (ssize_t)got;
}

ssize_t channel_send(struct channel *c, const void *buf, size_t n, struct err *e) {
	const char *from = buf;
	size_t done = 0, most = c->encrypted ? TLS_PIECE : CLEAR_PIECE;
	CURLcode rc = CURLE_OK;
	if (n < c->stuck) {
		err_set(e, ERR_NET, "The connection to %s broke: a send was repeated with fewer bytes", c->where);
		return -1;
	}
	while (done < n) {
		size_t piece = n - done < most ? n - done : most, took = 0;
		c->curl_text[0] = '\0';
		errno = 0;
		rc = curl_easy_send(c->easy, from + done, piece, &took);
		c->stuck = rc == CURLE_AGAIN && c->encrypted ? piece : 0;
		done += took;
		if (rc != CURLE_OK || took == 0)
			break;
	}
	c->out += done;
	return rc == CURLE_OK || rc == CURLE_AGAIN ? (ssize_t)done : broken(c, rc, errno, e);
}

/* true = something happened or the slice is over; false = e is filled. */
static bool poll_once(const struct channel *c, short events, int stop, mono_ms_t left, bool *ready, struct err *e) {
	struct pollfd fds[2] = { { .fd = c->fd, .events = events }, { .fd = stop, .events = POLLIN } };
	int n = poll(fds, 2, left < WAIT_SLICE_MS ? (int)left : WAIT_SLICE_MS);
	if (n < 0 && errno != EINTR)
		return err_errno(e, ERR_NET, "Cannot wait for %s", c->where);
	*ready = n > 0 && fds[0].revents;
	return true;
}

bool channel_wait(struct channel *c, bool want_read, bool want_write, mono_ms_t deadline, const struct stop *stop,
		  struct err *e) {
	mono_ms_t start = mono_ms();
	short events = (short)((want_read ? POLLIN : 0) | (want_write ? POLLOUT : 0));
	if (!deadline)
		deadline = start + c->idle_ms;
	for (;;) {
		bool ready = false;
		mono_ms_t left = deadline - mono_ms();
		if (stop_requested(stop))
			return err_set(e, ERR_CANCELLED, "Stopped while waiting for %s", c->where);
		if (!poll_once(c, events, stop_fd(stop), left > 0 ? left : 0, &ready, e))
			return false;
		if (ready)
			return true;
		if (left <= 0)
			return err_set(e, ERR_NET, "No answer from %s for %lld s", c->where,
				       (long long)((mono_ms() - start + 999) / 1000));
	}
}
