/* SPDX-License-Identifier: MIT
 *
 * script_server_lib.c - see script_server_lib.h.
 */
#include "tests/servers/script_server_lib.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <regex.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/buf.h"

#define STEP_MS 10000
#define RECEIVED_MAX (256u << 20)
#define LINE_BYTES 65536

struct script_server {
	const struct script_step *steps;
	const struct script_tls *tls;
	int listener, fd, wake;
	uint16_t port;
	SSL_CTX *ctx;
	SSL *ssl;
	pthread_t thread;
	pthread_mutex_t lock; /* of received */
	struct buf received;
	size_t read_to; /* how much of received the script has consumed */
	char captured[256];
	char failure[512];
};

__attribute__((format(printf, 2, 3))) static bool fail(struct script_server *s, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(s->failure, sizeof s->failure, fmt, ap);
	va_end(ap);
	return false;
}

/* Waits for the socket; false when the test is over or nothing happens. */
static bool wait_for(struct script_server *s, int fd, short events) {
	struct pollfd fds[2] = { { .fd = fd, .events = events }, { .fd = s->wake, .events = POLLIN } };
	int n = poll(fds, 2, STEP_MS);
	if (n > 0 && fds[1].revents)
		return fail(s, "aborted");
	return n > 0 || fail(s, "nothing happened for %d s", STEP_MS / 1000);
}

static bool send_all(struct script_server *s, const char *data, size_t n) {
	while (n) {
		ssize_t wrote;
		if (s->ssl) {
			wrote = SSL_write(s->ssl, data, n > INT32_MAX ? INT32_MAX : (int)n);
		} else {
			if (!wait_for(s, s->fd, POLLOUT))
				return false;
			wrote = send(s->fd, data, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		}
		if (wrote <= 0)
			return fail(s, "the client hung up while the server was sending");
		data += wrote;
		n -= (size_t)wrote;
	}
	return true;
}

/* Appends what there is to received; 0 at the end of the connection, -1 on failure. */
static int receive(struct script_server *s) {
	char chunk[16384];
	if (!(s->ssl && SSL_pending(s->ssl)) && !wait_for(s, s->fd, POLLIN))
		return -1;
	ssize_t n = s->ssl ? SSL_read(s->ssl, chunk, sizeof chunk) : recv(s->fd, chunk, sizeof chunk, 0);
	if (n <= 0)
		return 0;
	pthread_mutex_lock(&s->lock);
	bool ok = buf_put(&s->received, chunk, (size_t)n);
	pthread_mutex_unlock(&s->lock);
	return ok ? 1 : (fail(s, "the client sent too much"), -1);
}

static bool get_line(struct script_server *s, char line[LINE_BYTES], const char *wanted) {
	for (;;) {
		size_t left = s->received.len - s->read_to;
		char *from = s->received.data + s->read_to, *end = left ? memchr(from, '\n', left) : NULL;
		if (end) {
			size_t n = (size_t)(end - from);
			s->read_to += n + 1;
			if (n && from[n - 1] == '\r')
				n--;
			n = n < LINE_BYTES ? n : LINE_BYTES - 1;
			memcpy(line, from, n);
			line[n] = '\0';
			return true;
		}
		int got = receive(s);
		if (got <= 0)
			return got < 0 ? false : fail(s, "the client hung up, expected /%s/", wanted);
	}
}

static bool expect(struct script_server *s, const char *pattern) {
	char *line = malloc(LINE_BYTES);
	regmatch_t m[2];
	regex_t re;
	if (!line || regcomp(&re, pattern, REG_EXTENDED) != 0) {
		free(line);
		return fail(s, "bad pattern /%s/", pattern);
	}
	bool ok = get_line(s, line, pattern);
	if (ok && regexec(&re, line, 2, m, 0) != 0)
		ok = fail(s, "expected /%s/, the client sent: %.200s", pattern, line);
	if (ok && re.re_nsub > 0 && m[1].rm_so >= 0)
		snprintf(s->captured, sizeof s->captured, "%.*s", (int)(m[1].rm_eo - m[1].rm_so), line + m[1].rm_so);
	regfree(&re);
	free(line);
	return ok;
}

static bool read_bytes(struct script_server *s, size_t n) {
	while (s->received.len - s->read_to < n) {
		int got = receive(s);
		if (got <= 0)
			return got < 0 ? false : fail(s, "the client hung up inside %zu bytes", n);
	}
	s->read_to += n;
	return true;
}

/* The text with each "$1" replaced by what was captured. */
static bool send_text(struct script_server *s, const char *text, bool drip) {
	struct buf out;
	buf_init(&out, 1u << 24);
	for (const char *p = text; *p; p++) {
		if (p[0] == '$' && p[1] == '1') {
			buf_puts(&out, s->captured);
			p++;
		} else {
			buf_putc(&out, *p);
		}
	}
	bool ok = !out.failed || fail(s, "no memory");
	for (size_t i = 0; ok && drip && i < out.len; i++)
		ok = send_all(s, out.data + i, 1);
	if (ok && !drip)
		ok = send_all(s, out.data, out.len);
	buf_free(&out);
	return ok;
}

static bool send_fill(struct script_server *s, char byte, size_t n) {
	char chunk[16384];
	memset(chunk, byte, sizeof chunk);
	for (size_t part; n; n -= part) {
		part = n < sizeof chunk ? n : sizeof chunk;
		if (!send_all(s, chunk, part))
			return false;
	}
	return true;
}

static bool start_tls(struct script_server *s) {
	if (!s->ctx) {
		s->ctx = SSL_CTX_new(TLS_server_method());
		if (s->ctx && s->tls && s->tls->max_version) {
			SSL_CTX_set_min_proto_version(s->ctx, TLS1_VERSION);
			SSL_CTX_set_max_proto_version(s->ctx, s->tls->max_version);
			SSL_CTX_set_cipher_list(s->ctx, "DEFAULT:@SECLEVEL=0");
		}
		if (!s->ctx || !s->tls || SSL_CTX_use_certificate_chain_file(s->ctx, s->tls->cert) != 1 ||
		    SSL_CTX_use_PrivateKey_file(s->ctx, s->tls->key, SSL_FILETYPE_PEM) != 1)
			return fail(s, "cannot load the certificate");
	}
	s->ssl = SSL_new(s->ctx);
	return s->ssl && SSL_set_fd(s->ssl, s->fd) == 1 && SSL_accept(s->ssl) == 1 ? true : fail(s, "no TLS handshake");
}

static void hang_up(struct script_server *s, bool reset) {
	struct linger now = { .l_onoff = 1, .l_linger = 0 };
	if (s->fd < 0)
		return;
	if (s->ssl && !reset)
		SSL_shutdown(s->ssl);
	SSL_free(s->ssl);
	s->ssl = NULL;
	if (reset)
		setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(s->fd);
	s->fd = -1;
}

static bool accept_next(struct script_server *s) {
	int one = 1;
	struct timeval limit = { .tv_sec = STEP_MS / 1000 };
	hang_up(s, false);
	if (!wait_for(s, s->listener, POLLIN) || (s->fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
		return false;
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit); /* for SSL_read and SSL_accept */
	setsockopt(s->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	s->read_to = s->received.len;
	return true;
}

/* A pause that an abort ends early. */
static bool delay(struct script_server *s, size_t ms) {
	struct pollfd wake = { .fd = s->wake, .events = POLLIN };
	return poll(&wake, 1, (int)ms) == 0 || fail(s, "aborted");
}

static bool wait_hangup(struct script_server *s) {
	int got;
	while ((got = receive(s)) > 0)
		;
	return got == 0;
}

static bool play(struct script_server *s, const struct script_step *step) {
	if (s->fd < 0 && step->op != SCRIPT_ACCEPT)
		return fail(s, "the script goes on after its own close");
	switch (step->op) {
	case SCRIPT_SEND: return send_text(s, step->text, false);
	case SCRIPT_BYTES: return send_all(s, step->text, step->n);
	case SCRIPT_DRIP: return send_text(s, step->text, true);
	case SCRIPT_FILL: return send_fill(s, step->text[0], step->n);
	case SCRIPT_EXPECT: return expect(s, step->text);
	case SCRIPT_READ: return read_bytes(s, step->n);
	case SCRIPT_DELAY: return delay(s, step->n);
	case SCRIPT_TLS: return start_tls(s);
	case SCRIPT_HANGUP: return wait_hangup(s);
	case SCRIPT_CLOSE: hang_up(s, false); return true;
	case SCRIPT_RESET: hang_up(s, true); return true;
	case SCRIPT_ACCEPT: return accept_next(s);
	case SCRIPT_END: break;
	}
	return true;
}

static void *serve(void *arg) {
	struct script_server *s = arg;
	bool ok = accept_next(s);
	for (const struct script_step *step = s->steps; ok && step->op != SCRIPT_END; step++)
		ok = play(s, step);
	hang_up(s, false);
	return NULL;
}

static void dispose(struct script_server *s) {
	if (s->listener >= 0)
		close(s->listener);
	if (s->wake >= 0)
		close(s->wake);
	SSL_CTX_free(s->ctx);
	buf_free(&s->received);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

struct script_server *script_start(const struct script_step *steps, const struct script_tls *tls) {
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	struct script_server *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->steps = steps;
	s->tls = tls;
	s->fd = -1;
	buf_init(&s->received, RECEIVED_MAX);
	pthread_mutex_init(&s->lock, NULL);
	s->wake = eventfd(0, EFD_CLOEXEC);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->wake < 0 || s->listener < 0 || bind(s->listener, (struct sockaddr *)&at, sizeof at) != 0 ||
	    listen(s->listener, 64) != 0 || getsockname(s->listener, (struct sockaddr *)&at, &len) != 0 ||
	    pthread_create(&s->thread, NULL, serve, s) != 0) {
		dispose(s);
		return NULL;
	}
	s->port = ntohs(at.sin_port);
	return s;
}

uint16_t script_port(const struct script_server *s) { return s->port; }

const char *script_finish(struct script_server *s) {
	static _Thread_local char failure[sizeof s->failure];
	pthread_join(s->thread, NULL);
	memcpy(failure, s->failure, sizeof failure);
	dispose(s);
	return failure;
}

void script_abort(struct script_server *s) {
	uint64_t one = 1;
	if (!s)
		return;
	ssize_t n = write(s->wake, &one, sizeof one);
	(void)n;
	pthread_join(s->thread, NULL);
	dispose(s);
}

char *script_received(struct script_server *s, size_t *n) {
	pthread_mutex_lock(&s->lock);
	char *copy = malloc(s->received.len + 1);
	if (copy) {
		if (s->received.len)
			memcpy(copy, s->received.data, s->received.len);
		copy[s->received.len] = '\0';
		if (n)
			*n = s->received.len;
	}
	pthread_mutex_unlock(&s->lock);
	return copy;
}
