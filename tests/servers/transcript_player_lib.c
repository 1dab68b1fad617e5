/* SPDX-License-Identifier: MIT
 *
 * transcript_player_lib.c - plays transcripts to clients. See transcript_lib.h.
 */
#include "tests/servers/transcript_lib.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/text.h"

#define SEND_MS 3000	 /* a client that reads nothing */

#define HEARD_MAX 4096

struct heard {
	char said[24]; /* its beginning */
	char tag[20];
	bool continued;
};

struct transcript_player {
	const struct transcript *t;
	unsigned silent_ms;
	int listener, wake;
	uint16_t port;
	pthread_t thread;
	struct transcript_client client;
	struct heard heard[HEARD_MAX];
	unsigned heard_count;
	const char *tag[HEARD_MAX]; /* by the recording's count */
	unsigned tags;
};

int transcript_listen(uint16_t *port) {
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, len) == 0 && listen(fd, 64) == 0 &&
	    getsockname(fd, (struct sockaddr *)&at, &len) == 0) {
		*port = ntohs(at.sin_port);
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* 1: fd is ready; 0: time is over; -1: the player is stopped. */
static int wait_for(struct transcript_player *p, int fd, short events, int ms) {
	struct pollfd fds[2] = { { .fd = fd, .events = events }, { .fd = p->wake, .events = POLLIN } };
	int n = poll(fds, 2, ms);
	return n > 0 && fds[1].revents ? -1 : n > 0;
}

static void on_heard(void *arg, const struct transcript_client *c) {
	struct transcript_player *p = arg;
	if (p->heard_count == HEARD_MAX)
		return;
	struct heard *h = &p->heard[p->heard_count++];
	const char *said = transcript_said(c);
	text_copy(h->said, sizeof h->said, said);
	size_t n = said > c->line ? (size_t)(said - c->line) - 1 : strcspn(c->line, " ");
	snprintf(h->tag, sizeof h->tag, "%.*s", (int)n, c->line);
	h->continued = c->after_literal;
}

/* One read of what the client says. false: it is gone, silent for so long, or it is over. */
static bool hear(struct transcript_player *p, int fd, int ms, bool *gone) {
	char chunk[8192];
	int ready = wait_for(p, fd, POLLIN, ms);
	*gone = ready < 0;
	if (ready <= 0)
		return false;
	ssize_t n = recv(fd, chunk, sizeof chunk, 0);
	*gone = n <= 0;
	if (n > 0)
		transcript_client_read(&p->client, chunk, (size_t)n, on_heard, p);
	return n > 0;
}

static bool say(struct transcript_player *p, int fd, const char *bytes, size_t n) {
	while (n) {
		ssize_t sent = -1;
		if (wait_for(p, fd, POLLOUT, SEND_MS) == 1)
			sent = send(fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent <= 0)
			return false;
		bytes += sent;
		n -= (size_t)sent;
	}
	return true;
}

static bool say_entry(struct transcript_player *p, int fd, const struct transcript_entry *x) {
	bool ok = true;
	for (unsigned i = 0; ok && i < x->repeated; i++) {
		if (x->tag) {
			const char *tag = x->tag <= p->tags && p->tag[x->tag - 1] ? p->tag[x->tag - 1] : "A99";
			ok = say(p, fd, tag, strlen(tag));
		}
		ok = ok && say(p, fd, x->bytes, x->n);
	}
	return ok;
}

/* One word, or two with UID. */
static bool same_verb(const char *a, const char *b) {
	size_t n = strncasecmp(a, "UID ", 4) == 0 ? 4 + strcspn(a + 4, " ") : strcspn(a, " ");
	return strncasecmp(a, b, n) == 0 && (b[n] == ' ' || !b[n]);
}

static bool fits(const struct transcript_entry *x, const struct heard *h) {
	return x->kind == SAYS_CLIENT && (!x->n || h->continued || same_verb(x->bytes, h->said));
}

/* The recording's tag for the entry at i: commands have one, what follows a literal has none. */
static void count_tag(struct transcript_player *p, const struct transcript_entry *x, const char *tag) {
	if (p->tags < HEARD_MAX && !x->untagged)
		p->tag[p->tags++] = tag;
}

/* The client's next line, and where in the recording it is said: from i on, else nowhere and it is refused. false: it
 * is gone. *i stays where the client is silent. */
static bool follow(struct transcript_player *p, int fd, unsigned *next, size_t *i) {
	bool gone = false;
	for (;;) {
		while (p->heard_count <= *next && hear(p, fd, (int)p->silent_ms, &gone))
			;
		if (gone)
			return false;
		if (p->heard_count <= *next) {
			count_tag(p, &p->t->entries[*i], NULL);
			return true;
		}
		const struct heard *h = &p->heard[(*next)++];
		size_t at = *i;
		while (at < p->t->count && !fits(&p->t->entries[at], h))
			at++;
		if (at == p->t->count) {
			if (!say(p, fd, h->tag, strlen(h->tag)) || !say(p, fd, " BAD unknown\r\n", 14))
				return false;
			continue;
		}
		for (; *i < at; ++*i)
			if (p->t->entries[*i].kind == SAYS_CLIENT)
				count_tag(p, &p->t->entries[*i], NULL);
		count_tag(p, &p->t->entries[at], h->tag);
		return true;
	}
}

static void converse(struct transcript_player *p, int fd) {
	unsigned next = 0;
	bool gone = false;
	memset(&p->client, 0, offsetof(struct transcript_client, tag));
	p->heard_count = p->tags = 0;
	for (size_t i = 0; i < p->t->count; i++) {
		const struct transcript_entry *x = &p->t->entries[i];
		if (x->kind == SAYS_END || (x->kind == SAYS_SERVER && !say_entry(p, fd, x)))
			return;
		if (x->kind == SAYS_CLIENT && !follow(p, fd, &next, &i))
			return;
	}
	while (hear(p, fd, (int)p->silent_ms, &gone))
		;
}

static void *serve(void *arg) {
	struct transcript_player *p = arg;
	while (wait_for(p, p->listener, POLLIN, -1) == 1) {
		int one = 1, fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		converse(p, fd);
		close(fd);
	}
	return NULL;
}

struct transcript_player *transcript_play(const struct transcript *t, unsigned silent_ms) {
	struct transcript_player *p = calloc(1, sizeof *p);
	if (!p)
		return NULL;
	p->t = t;
	p->silent_ms = silent_ms;
	p->listener = transcript_listen(&p->port);
	p->wake = eventfd(0, EFD_CLOEXEC);
	if (p->listener >= 0 && p->wake >= 0 && pthread_create(&p->thread, NULL, serve, p) == 0)
		return p;
	if (p->listener >= 0)
		close(p->listener);
	if (p->wake >= 0)
		close(p->wake);
	free(p);
	return NULL;
}

uint16_t transcript_port(const struct transcript_player *p) { return p->port; }

void transcript_stop(struct transcript_player *p) {
	uint64_t one = 1;
	ssize_t n = write(p->wake, &one, sizeof one);
	(void)n;
	pthread_join(p->thread, NULL);
	close(p->listener);
	close(p->wake);
	free(p);
}
