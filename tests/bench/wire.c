/* SPDX-License-Identifier: MIT
 *
 * wire.c - bytes, lines and counted answers over a socket, clear or TLS.
 */
#include "tests/bench/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

_Noreturn void die(const char *what, const char *detail) {
	fprintf(stderr, "limit: %s%s%.200s\n", what, *detail ? ": " : "", detail);
	exit(1);
}

void *grown(void *p, size_t size) {
	void *q = realloc(p, size);
	if (!q)
		die("no memory", "");
	return q;
}

/* Bytes. The sockets do not block; everything waits in one place. */

static void wait_for(const struct wire *w, short events) {
	struct pollfd p = { .fd = w->fd, .events = events };
	while (poll(&p, 1, -1) < 0)
		if (errno != EINTR)
			die("poll", strerror(errno));
}

/* Bytes moved; 0 = not now, and *wanted says what to wait for. */
static size_t transfer(struct wire *w, bool sending, char *data, size_t n, short *wanted) {
	*wanted = sending ? POLLOUT : POLLIN;
	if (!w->ssl) {
		ssize_t k = sending ? send(w->fd, data, n, MSG_NOSIGNAL) : recv(w->fd, data, n, 0);
		if (k == 0 || (k < 0 && errno != EAGAIN && errno != EINTR))
			die("the server hung up", "");
		return k > 0 ? (size_t)k : 0;
	}
	size_t done = 0;
	int rc = sending ? SSL_write_ex(w->ssl, data, n, &done) : SSL_read_ex(w->ssl, data, n, &done);
	if (rc > 0)
		return done;
	int why = SSL_get_error(w->ssl, rc);
	if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
		die("TLS broke", "");
	*wanted = why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
	return 0;
}

static bool fill(struct wire *w, bool wait) {
	short wanted;
	if (w->at == w->end)
		w->at = w->end = 0;
	if (w->at > WIRE_BLOCK / 2) {
		memmove(w->in, w->in + w->at, w->end -= w->at);
		w->at = 0;
	}
	if (w->end == WIRE_BLOCK)
		die("a line is too long", "");
	for (;;) {
		size_t n = transfer(w, false, w->in + w->end, WIRE_BLOCK - w->end, &wanted);
		w->end += n;
		if (n || !wait)
			return n > 0;
		wait_for(w, wanted);
	}
}

void wire_take(struct wire *w, char *to, size_t n) {
	while (n) {
		if (w->at == w->end)
			fill(w, true);
		size_t k = w->end - w->at < n ? w->end - w->at : n;
		if (to) {
			memcpy(to, w->in + w->at, k);
			to += k;
		}
		w->at += k;
		n -= k;
	}
}

/* The next line that is here already, without its CRLF; it lives until the next call. */
static char *line_here(struct wire *w) {
	char *start = w->in + w->at, *lf = memchr(start, '\n', w->end - w->at);
	if (!lf)
		return NULL;
	w->at += (size_t)(lf - start) + 1;
	*lf = '\0';
	if (lf > start && lf[-1] == '\r')
		lf[-1] = '\0';
	return start;
}

char *wire_line(struct wire *w) {
	char *line;
	while (!(line = line_here(w)))
		fill(w, true);
	return line;
}

void wire_count(struct wire *w, const char *line) {
	if (line[0] == '*' || line[0] == '+')
		return;
	if (strncmp(line, "a OK", 4) != 0)
		die("refused", line);
	w->answered++;
}

void wire_flush(struct wire *w) {
	size_t sent = 0;
	short wanted;
	while (sent < w->queued) {
		size_t n = transfer(w, true, w->out + sent, w->queued - sent, &wanted);
		sent += n;
		if (n)
			continue;
		/* A server that cannot get rid of its answers stops reading. */
		wait_for(w, wanted | POLLIN);
		if (fill(w, false))
			for (char *line; (line = line_here(w));)
				wire_count(w, line);
	}
	w->queued = 0;
}

void wire_put(struct wire *w, const char *data, size_t n) {
	while (n) {
		if (w->queued == WIRE_BLOCK)
			wire_flush(w);
		size_t k = n < WIRE_BLOCK - w->queued ? n : WIRE_BLOCK - w->queued;
		memcpy(w->out + w->queued, data, k);
		w->queued += k;
		data += k;
		n -= k;
	}
}

void wire_say(struct wire *w, const char *format, ...) {
	char text[1024];
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof text)
		die("a command is too long", format);
	wire_put(w, text, (size_t)n);
}

struct wire *wire_dial(SSL_CTX *tls, int port) {
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((in_port_t)port) };
	struct wire *w = grown(NULL, sizeof *w);
	int one = 1;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	w->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (w->fd < 0 || connect(w->fd, (struct sockaddr *)&to, sizeof to) != 0)
		die("cannot connect", strerror(errno));
	setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	w->ssl = NULL;
	w->at = w->end = w->queued = 0;
	w->commands = w->answered = 0;
	if (tls) {
		w->ssl = SSL_new(tls);
		if (!w->ssl || !SSL_set_fd(w->ssl, w->fd) || SSL_connect(w->ssl) != 1)
			die("no TLS", "");
	}
	fcntl(w->fd, F_SETFL, fcntl(w->fd, F_GETFL) | O_NONBLOCK);
	return w;
}

void wire_close(struct wire *w) {
	SSL_free(w->ssl);
	close(w->fd);
	free(w);
}
