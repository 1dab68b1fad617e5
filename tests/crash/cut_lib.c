/* SPDX-License-Identifier: MIT
 *
 * cut_lib.c - see cut_lib.h.
 */
#include "tests/crash/cut_lib.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNS_MAX 64
#define BLOCK 16384

struct link {
	int fd[2]; /* the client's, the server's; -1 = no connection */
	bool open[2]; /* has not said that it sends no more */
	bool stalled;
};

struct wire {
	pthread_t thread;
	pthread_mutex_t lock; /* of plan, armed, cut, passed */
	struct cut_plan plan;
	bool armed, cut;
	uint64_t passed[CUT_DIRECTIONS];
	int listener, wake;
	uint16_t port, server_port;
	struct link links[CONNS_MAX];
};

static void end_link(struct link *l, bool reset) {
	struct linger now = { .l_onoff = 1 };
	for (int i = 0; i < 2; i++) {
		if (reset)
			setsockopt(l->fd[i], SOL_SOCKET, SO_LINGER, &now, sizeof now);
		close(l->fd[i]);
		l->fd[i] = -1;
	}
}

static void accept_one(struct wire *w) {
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(w->server_port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int one = 1, client = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC);
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct link *free_one = NULL;
	for (int i = 0; i < CONNS_MAX && !free_one; i++)
		if (w->links[i].fd[0] < 0)
			free_one = &w->links[i];
	if (client < 0 || server < 0 || !free_one || connect(server, (struct sockaddr *)&at, sizeof at) != 0) {
		close(client);
		close(server);
		return;
	}
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	*free_one = (struct link){ { client, server }, { true, true }, false };
}

static bool send_all(int fd, const char *p, size_t n) {
	while (n) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		p += sent;
		n -= (size_t)sent;
	}
	return true;
}

/* How many of n bytes may pass; *cut: the wire ends behind them. */
static size_t may_pass(struct wire *w, int direction, size_t n, bool *cut) {
	pthread_mutex_lock(&w->lock);
	uint64_t left = w->plan.after > w->passed[direction] ? w->plan.after - w->passed[direction] : 0;
	*cut = w->armed && !w->cut && (int)w->plan.direction == direction && n >= left;
	if (*cut) {
		n = left;
		w->cut = true;
	}
	w->passed[direction] += n;
	pthread_mutex_unlock(&w->lock);
	return n;
}

static void move(struct wire *w, struct link *l, int from) {
	char block[BLOCK];
	bool cut;
	ssize_t n = recv(l->fd[from], block, sizeof block, 0);
	if (n < 0) {
		end_link(l, true);
		return;
	}
	if (n == 0) {
		l->open[from] = false;
		shutdown(l->fd[1 - from], SHUT_WR);
		if (!l->open[1 - from] || l->stalled)
			end_link(l, false);
		return;
	}
	if (l->stalled)
		return;
	size_t pass = may_pass(w, from == 0 ? CUT_TO_SERVER : CUT_TO_CLIENT, (size_t)n, &cut);
	if (!send_all(l->fd[1 - from], block, pass))
		end_link(l, true);
	else if (cut && w->plan.how == CUT_STALL)
		l->stalled = true;
	else if (cut)
		end_link(l, w->plan.how == CUT_RESET);
}

/* Both sockets block when they are full: only one message is on its way at a time in these tests, and a server
 * that waits for its client to read goes on as soon as it does. */
static void *carry(void *arg) {
	struct wire *w = arg;
	for (;;) {
		struct pollfd fds[2 + 2 * CONNS_MAX] = { { .fd = w->wake, .events = POLLIN },
							 { .fd = w->listener, .events = POLLIN } };
		for (int i = 0; i < CONNS_MAX; i++)
			for (int side = 0; side < 2; side++)
				fds[2 + 2 * i + side] = (struct pollfd){
					.fd = w->links[i].open[side] ? w->links[i].fd[side] : -1, .events = POLLIN
				};
		if (poll(fds, 2 + 2 * CONNS_MAX, -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[0].revents)
			return NULL;
		for (int i = 0; i < CONNS_MAX; i++)
			for (int side = 0; side < 2; side++)
				if (fds[2 + 2 * i + side].revents && w->links[i].fd[side] >= 0)
					move(w, &w->links[i], side);
		if (fds[1].revents)
			accept_one(w);
	}
}

struct wire *wire_start(uint16_t server_port) {
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	struct wire *w = calloc(1, sizeof *w);
	if (!w)
		return NULL;
	for (int i = 0; i < CONNS_MAX; i++)
		w->links[i] = (struct link){ .fd = { -1, -1 } };
	w->server_port = server_port;
	pthread_mutex_init(&w->lock, NULL);
	w->wake = eventfd(0, EFD_CLOEXEC);
	w->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (w->wake < 0 || w->listener < 0 || bind(w->listener, (struct sockaddr *)&at, sizeof at) != 0 ||
	    listen(w->listener, 64) != 0 || getsockname(w->listener, (struct sockaddr *)&at, &len) != 0 ||
	    pthread_create(&w->thread, NULL, carry, w) != 0) {
		free(w);
		return NULL;
	}
	w->port = ntohs(at.sin_port);
	return w;
}

void wire_stop(struct wire *w) {
	uint64_t one = 1;
	if (!w)
		return;
	if (write(w->wake, &one, sizeof one) == sizeof one)
		pthread_join(w->thread, NULL);
	for (int i = 0; i < CONNS_MAX; i++)
		if (w->links[i].fd[0] >= 0)
			end_link(&w->links[i], true);
	close(w->listener);
	close(w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

uint16_t wire_port(const struct wire *w) { return w->port; }

void wire_arm(struct wire *w, const struct cut_plan *plan) {
	pthread_mutex_lock(&w->lock);
	w->armed = plan != NULL;
	w->cut = false;
	w->passed[0] = w->passed[1] = 0;
	if (plan)
		w->plan = *plan;
	pthread_mutex_unlock(&w->lock);
}

bool wire_was_cut(struct wire *w) {
	pthread_mutex_lock(&w->lock);
	bool cut = w->cut;
	pthread_mutex_unlock(&w->lock);
	return cut;
}

uint64_t wire_passed(struct wire *w, enum cut_direction d) {
	pthread_mutex_lock(&w->lock);
	uint64_t n = w->passed[d];
	pthread_mutex_unlock(&w->lock);
	return n;
}
