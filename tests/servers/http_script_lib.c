/* SPDX-License-Identifier: MIT
 *
 * http_script_lib.c - see http_script_lib.h.
 */
#include "tests/servers/http_script_lib.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/buf.h"

#define REQUEST_MAX ((size_t)4 << 20)

struct http_script {
	const struct http_answer *next;
	int listener, fd, wake;
	uint16_t port;
	bool ended;
	pthread_t thread;
	pthread_mutex_t lock; /* of requests and the counts */
	struct buf requests[HTTP_SCRIPT_REQUESTS];
	unsigned count, connections;
};

static bool wait_for(struct http_script *s, int fd, short events) {
	struct pollfd fds[2] = { { .fd = fd, .events = events }, { .fd = s->wake, .events = POLLIN } };
	return poll(fds, 2, -1) > 0 && !fds[1].revents;
}

/* A client that opens another connection has done with this one. */
static bool wait_for_request(struct http_script *s) {
	struct pollfd fds[3] = { { .fd = s->fd, .events = POLLIN },
				 { .fd = s->wake, .events = POLLIN },
				 { .fd = s->listener, .events = POLLIN } };
	return poll(fds, 3, -1) > 0 && !fds[1].revents && fds[0].revents;
}

static bool send_all(struct http_script *s, const char *p, size_t n) {
	while (n) {
		ssize_t wrote = wait_for(s, s->fd, POLLOUT) ? send(s->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT) : -1;
		if (wrote <= 0)
			return false;
		p += wrote;
		n -= (size_t)wrote;
	}
	return true;
}

static size_t body_length(const char *head) {
	const char *line = strcasestr(head, "\r\nContent-Length:");
	return line ? strtoul(line + 17, NULL, 10) : 0;
}

/* A whole request; false when the client has hung up or the test is over. */
static bool receive(struct http_script *s, struct buf *b) {
	char chunk[16384];
	for (;;) {
		char *end = b->len ? strstr(b->data, "\r\n\r\n") : NULL;
		if (end && b->len >= (size_t)(end + 4 - b->data) + body_length(b->data))
			return true;
		ssize_t n = wait_for_request(s) ? recv(s->fd, chunk, sizeof chunk, 0) : -1;
		if (n <= 0 || !buf_put(b, chunk, (size_t)n))
			return false;
	}
}

static bool send_text(struct http_script *s, const struct http_answer *a) {
	char port[8];
	struct buf b;
	buf_init(&b, REQUEST_MAX);
	snprintf(port, sizeof port, "%u", s->port);
	const char *text = a->text, *stop = a->then == H_FILL ? strchr(text, '|') : text + strlen(text);
	for (const char *p; (p = strstr(text, "{port}")) && p < stop; text = p + 6) {
		buf_put(&b, text, (size_t)(p - text));
		buf_puts(&b, port);
	}
	buf_put(&b, text, (size_t)(stop - text));
	if (a->then != H_FILL && a->n) { /* zeros behind the text */
		char *room = buf_room(&b, a->n);
		if (room)
			memset(room, 0, a->n), buf_added(&b, a->n);
	}
	bool ok = !b.failed && send_all(s, b.data, b.len);
	for (size_t i = 0; ok && a->then == H_FILL && i < a->n; i++)
		ok = send_all(s, stop + 1, strlen(stop + 1));
	buf_free(&b);
	return ok;
}

static void reset(int fd) {
	struct linger now = { .l_onoff = 1 };
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

/* True: the connection goes on. */
static bool answer(struct http_script *s, const struct http_answer *a) {
	char byte;
	switch (a->then) {
	case H_KEEP:
		return send_text(s, a);
	case H_CLOSE:
	case H_FILL:
		send_text(s, a);
		return false;
	case H_RESET:
		reset(s->fd);
		return false;
	case H_STALL:
		while (wait_for(s, s->fd, POLLIN) && recv(s->fd, &byte, 1, 0) > 0)
			;
		return false;
	default:
		return false;
	}
}

static void serve(struct http_script *s) {
	bool more = true;
	while (more && s->next->then != H_END) {
		struct buf b;
		buf_init(&b, REQUEST_MAX);
		if (!receive(s, &b) || s->count == HTTP_SCRIPT_REQUESTS) {
			buf_free(&b);
			return;
		}
		pthread_mutex_lock(&s->lock);
		s->requests[s->count++] = b;
		pthread_mutex_unlock(&s->lock);
		more = answer(s, s->next++);
	}
}

static void *run(void *arg) {
	struct http_script *s = arg;
	while (s->next->then != H_END && wait_for(s, s->listener, POLLIN)) {
		s->fd = accept(s->listener, NULL, NULL);
		if (s->fd < 0)
			break;
		pthread_mutex_lock(&s->lock);
		s->connections++;
		pthread_mutex_unlock(&s->lock);
		serve(s);
		close(s->fd);
	}
	/* Whoever asks more than the table has is refused at once instead of waiting. */
	close(s->listener);
	return NULL;
}

struct http_script *http_script_start(const struct http_answer *answers) {
	struct http_script *s = calloc(1, sizeof *s);
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof at;
	if (!s)
		return NULL;
	s->next = answers;
	s->wake = eventfd(0, EFD_CLOEXEC);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pthread_mutex_init(&s->lock, NULL);
	if (s->wake < 0 || s->listener < 0 || bind(s->listener, (struct sockaddr *)&at, sizeof at) != 0 ||
	    listen(s->listener, 8) != 0 || getsockname(s->listener, (struct sockaddr *)&at, &n) != 0)
		return NULL;
	s->port = ntohs(at.sin_port);
	return pthread_create(&s->thread, NULL, run, s) == 0 ? s : NULL;
}

uint16_t http_script_port(const struct http_script *s) {
	return s->port;
}

void http_script_finish(struct http_script *s) {
	uint64_t one = 1;
	if (s->ended)
		return;
	s->ended = write(s->wake, &one, sizeof one) == (ssize_t)sizeof one;
	pthread_join(s->thread, NULL);
}

unsigned http_script_count(const struct http_script *s) {
	return s->count;
}

unsigned http_script_connections(const struct http_script *s) {
	return s->connections;
}

const char *http_script_request(const struct http_script *s, unsigned i) {
	return i < s->count ? s->requests[i].data : "";
}

void http_script_free(struct http_script *s) {
	http_script_finish(s);
	for (unsigned i = 0; i < s->count; i++)
		buf_free(&s->requests[i]);
	close(s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
