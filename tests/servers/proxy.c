/* SPDX-License-Identifier: MIT
 *
 * proxy.c - a TCP proxy on 127.0.0.1 that plays distance, or a server that commits after the line was cut.
 *
 *   proxy --delay MS [--rate KIB] PORT... every byte arrives MS later, in each direction, at full bandwidth or
 *                                         at so many KiB a second for each connection and direction
 *   proxy --hold BYTES --late MS [--cut MS] PORT
 *
 * It listens on one free port for each PORT, prints them, one a line, and runs until it is killed.
 *
 * With --hold, the first connection that has sent BYTES to the server has everything after that held back; the
 * rest of the connections pass. "holding N" is printed when nothing more came for 300 ms. When the client has gone
 * (or, with --cut, MS after "holding", when the proxy drops the client), the held bytes are given to the server
 * MS (--late) later, and "delivered N" is printed once the server has taken them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LISTENERS_MAX 16
#define CONNS_MAX 512
#define BLOCK (64 * 1024)
#define QUEUED_MAX (64L * 1024 * 1024)
#define QUEUED_LIMITED (256L * 1024) /* with --rate: the sender is to feel it */
#define QUIET_MS 300

typedef int64_t ms_t;

struct chunk {
	struct chunk *next;
	ms_t due;
	size_t len, sent;
	char data[];
};

struct flow { /* one direction */
	struct chunk *head, **tail;
	size_t queued;
	bool from_open, to_open; /* EOF not read yet; SHUT_WR not done yet */
	int64_t free_us;	 /* --rate: when the last byte will be through */
};

struct conn {
	int fd[2]; /* 0 the client's, 1 the server's; -1 closed */
	struct flow flow[2]; /* 0 from client to server */
	uint64_t client_sent;
};

struct proxy {
	ms_t delay, late, cut;
	uint64_t hold, rate; /* rate: bytes a second, 0 = any */
	struct {
		int fd;
		uint16_t target;
	} listeners[LISTENERS_MAX];
	size_t listener_count;
	struct conn *conns[CONNS_MAX];
	size_t conn_count;
	struct conn *held; /* the one connection that --hold chose */
	size_t held_bytes;
	ms_t held_last;	   /* when its last byte came */
	ms_t announced, release;
};

static ms_t now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (ms_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t now_us(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct sockaddr_in local(uint16_t port) {
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

/* Ethernet sized segments, acknowledged at once: with loopback's 64 KB segments and delayed ACKs, Nagle's
 * algorithm would stall clients in a way that no real network does. */
static void behave_like_a_network(int fd) {
	int one = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void set_segment_size(int fd) {
	int mss = 1460;
	setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &mss, sizeof mss);
}

static bool listen_for(struct proxy *p, const char *text) {
	char *end;
	unsigned long target = strtoul(text, &end, 10);
	struct sockaddr_in a = local(0);
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (*end || target < 1 || target > 65535 || p->listener_count == LISTENERS_MAX || fd < 0)
		return false;
	set_segment_size(fd);
	if (bind(fd, (void *)&a, len) < 0 || listen(fd, 128) < 0 || getsockname(fd, (void *)&a, &len) < 0)
		return false;
	p->listeners[p->listener_count].fd = fd;
	p->listeners[p->listener_count++].target = (uint16_t)target;
	printf("%u\n", ntohs(a.sin_port));
	return true;
}

static void accept_one(struct proxy *p, size_t i) {
	struct sockaddr_in a = local(p->listeners[i].target);
	struct conn *c = calloc(1, sizeof *c);
	int client = accept(p->listeners[i].fd, NULL, NULL), server = socket(AF_INET, SOCK_STREAM, 0);
	if (!c || client < 0 || server < 0 || p->conn_count == CONNS_MAX)
		goto fail;
	set_segment_size(server);
	if (connect(server, (void *)&a, sizeof a) < 0)
		goto fail;
	behave_like_a_network(client);
	behave_like_a_network(server);
	c->fd[0] = client;
	c->fd[1] = server;
	for (int d = 0; d < 2; d++) {
		c->flow[d].tail = &c->flow[d].head;
		c->flow[d].from_open = c->flow[d].to_open = true;
	}
	p->conns[p->conn_count++] = c;
	return;
fail:
	if (client >= 0)
		close(client);
	if (server >= 0)
		close(server);
	free(c);
}

static void enqueue(struct flow *f, const char *data, size_t n, ms_t due) {
	struct chunk *k = malloc(sizeof *k + n);
	if (!k) {
		perror("proxy");
		exit(1);
	}
	*k = (struct chunk){ .due = due, .len = n };
	memcpy(k->data, data, n);
	*f->tail = k;
	f->tail = &k->next;
	f->queued += n;
}

/* When n more bytes are through a line of limited bandwidth. */
static ms_t through_at(const struct proxy *p, struct flow *f, size_t n) {
	if (!p->rate)
		return now();
	if (f->free_us < now_us())
		f->free_us = now_us();
	f->free_us += (int64_t)(n * 1000000 / p->rate);
	return f->free_us / 1000;
}

static void read_side(struct proxy *p, struct conn *c, int d) {
	char block[BLOCK];
	struct flow *f = &c->flow[d];
	ssize_t n = recv(c->fd[d], block, sizeof block, 0);
	int one = 1;
	setsockopt(c->fd[d], IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		f->from_open = false;
		if (c == p->held && d == 0 && !p->release)
			p->release = now() + p->late;
		return;
	}
	if (d == 0)
		c->client_sent += (uint64_t)n;
	if (d == 0 && p->hold && !p->held && c->client_sent >= p->hold)
		p->held = c;
	if (c == p->held && d == 0) {
		p->held_bytes += (size_t)n;
		p->held_last = now();
	}
	enqueue(f, block, (size_t)n, through_at(p, f, (size_t)n) + p->delay);
}

static bool may_send(const struct proxy *p, const struct conn *c, int d) {
	const struct flow *f = &c->flow[d];
	if (c == p->held && d == 0)
		return p->release && now() >= p->release;
	/* A narrow line is no late server: what a client that is gone had sent arrives at once. */
	if (p->rate && !f->from_open)
		return true;
	return !f->head || f->head->due <= now();
}

static void write_side(struct proxy *p, struct conn *c, int d) {
	struct flow *f = &c->flow[d];
	while (f->head && may_send(p, c, d)) {
		struct chunk *k = f->head;
		ssize_t n = send(c->fd[1 - d], k->data + k->sent, k->len - k->sent, MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n >= 0 && (k->sent += (size_t)n) < k->len)
			continue;
		f->queued -= k->len;
		if (!(f->head = k->next))
			f->tail = &f->head;
		free(k);
	}
	if (!f->head && !f->from_open && f->to_open && may_send(p, c, d)) {
		shutdown(c->fd[1 - d], SHUT_WR);
		f->to_open = false;
	}
}

static void free_conn(struct proxy *p, size_t i) {
	struct conn *c = p->conns[i];
	for (int d = 0; d < 2; d++) {
		for (struct chunk *k; (k = c->flow[d].head);) {
			c->flow[d].head = k->next;
			free(k);
		}
		if (c->fd[d] >= 0)
			close(c->fd[d]);
	}
	if (c == p->held) {
		printf("delivered %zu\n", p->held_bytes);
		p->held = NULL;
		p->hold = 0; /* once */
	}
	free(c);
	p->conns[i] = p->conns[--p->conn_count];
}

/* What time does to the held connection: announce it, cut the client off. */
static void tend_held(struct proxy *p) {
	if (!p->held)
		return;
	if (!p->announced && now() - p->held_last >= QUIET_MS) {
		p->announced = now();
		printf("holding %zu\n", p->held_bytes);
	}
	if (p->cut >= 0 && p->announced && !p->release && now() - p->announced >= p->cut) {
		struct linger hard = { .l_onoff = 1 };
		setsockopt(p->held->fd[0], SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
		close(p->held->fd[0]); /* the client sees a reset */
		p->held->fd[0] = -1;
		p->held->flow[0].from_open = p->held->flow[1].to_open = false;
		p->release = now() + p->late;
	}
}

static int wait_ms(const struct proxy *p) {
	ms_t t = now(), best = 1000;
	for (size_t i = 0; i < p->conn_count; i++)
		for (int d = 0; d < 2; d++)
			if (p->conns[i]->flow[d].head && p->conns[i]->flow[d].head->due > t &&
			    p->conns[i]->flow[d].head->due - t < best)
				best = p->conns[i]->flow[d].head->due - t;
	if (p->held)
		best = best < 20 ? best : 20;
	return (int)best;
}

static short wanted(const struct proxy *p, const struct conn *c, int side) {
	const struct flow *in = &c->flow[side], *out = &c->flow[1 - side];
	bool room = in->queued < (p->rate ? QUEUED_LIMITED : QUEUED_MAX);
	return (short)((in->from_open && room ? POLLIN : 0) | (out->head && may_send(p, c, 1 - side) ? POLLOUT : 0));
}

static void step(struct proxy *p) {
	static struct pollfd fds[LISTENERS_MAX + 2 * CONNS_MAX];
	size_t n = 0, conns = p->conn_count;
	for (size_t i = 0; i < p->listener_count; i++)
		fds[n++] = (struct pollfd){ .fd = p->listeners[i].fd, .events = POLLIN };
	for (size_t i = 0; i < conns; i++)
		for (int side = 0; side < 2; side++) {
			short events = wanted(p, p->conns[i], side);
			/* A side that is done would report POLLHUP for ever. */
			fds[n++] = (struct pollfd){ .fd = events ? p->conns[i]->fd[side] : -1, .events = events };
		}
	if (poll(fds, n, wait_ms(p)) < 0 && errno != EINTR)
		exit(1);
	for (size_t i = 0; i < conns; i++)
		for (int side = 0; side < 2; side++)
			if (fds[p->listener_count + 2 * i + (size_t)side].revents & (POLLIN | POLLHUP | POLLERR))
				if (p->conns[i]->flow[side].from_open)
					read_side(p, p->conns[i], side);
	tend_held(p);
	for (size_t i = conns; i-- > 0;) {
		struct conn *c = p->conns[i];
		write_side(p, c, 0);
		write_side(p, c, 1);
		/* Once the client has gone there is nobody to bring answers to. */
		if (!c->flow[0].to_open && (!c->flow[1].to_open || !c->flow[1].from_open))
			free_conn(p, i);
	}
	for (size_t i = 0; i < p->listener_count; i++)
		if (fds[i].revents & POLLIN)
			accept_one(p, i);
	fflush(stdout);
}

static int64_t number(const char *s) {
	char *end;
	errno = 0;
	long long n = strtoll(s, &end, 10);
	if (errno || *end || end == s || n < 0) {
		fprintf(stderr, "proxy: not a usable number: %s\n", s);
		exit(2);
	}
	return n;
}

int main(int argc, char **argv) {
	static const struct option options[] = {
		{ "delay", required_argument, NULL, 'd' }, { "hold", required_argument, NULL, 'h' },
		{ "late", required_argument, NULL, 'l' },  { "cut", required_argument, NULL, 'c' },
		{ "rate", required_argument, NULL, 'r' },  { NULL, 0, NULL, 0 },
	};
	static struct proxy p = { .cut = -1 };
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (c) {
		case 'd': p.delay = number(optarg); break;
		case 'h': p.hold = (uint64_t)number(optarg); break;
		case 'l': p.late = number(optarg); break;
		case 'c': p.cut = number(optarg); break;
		case 'r': p.rate = (uint64_t)number(optarg) * 1024; break;
		default: return 2;
		}
	}
	signal(SIGPIPE, SIG_IGN);
	for (int i = optind; i < argc; i++)
		if (!listen_for(&p, argv[i])) {
			fprintf(stderr, "proxy: cannot listen for %s: %s\n", argv[i], strerror(errno));
			return 1;
		}
	fflush(stdout);
	if (p.listener_count == 0)
		return 2;
	for (;;)
		step(&p);
}
