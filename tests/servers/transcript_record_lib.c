/* SPDX-License-Identifier: MIT
 *
 * transcript_record_lib.c - writes conversations down. See transcript_lib.h.
 */
#include "tests/servers/transcript_lib.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECORD_MS 2000 /* a recording ends when both sides are silent */

struct transcript_recorder {
	int listener;
	uint16_t port, server;
	pthread_t thread;
	struct transcript t;
	struct transcript_client client;
	char line[65536]; /* what the server has begun to say */
	size_t len;
	bool ok, login; /* login: the last line began one */
};

/* Words of the client, without its tag and without what is secret. */
static void on_client_line(void *arg, const struct transcript_client *c) {
	static const char *const secret[] = { "AUTHENTICATE", "LOGIN", "PASS", "AUTH" };
	struct transcript_recorder *r = arg;
	const char *said = transcript_said(c);
	size_t n = strcspn(said, " ");
	bool login = false, answer = r->login && said == c->line && !said[n] && n > 8; /* to a challenge */
	for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
		login |= strlen(secret[i]) == n && strncmp(said, secret[i], n) == 0;
	n = answer ? 0 : login ? n : strlen(said);
	r->login = login;
	r->ok = transcript_add(&r->t, SAYS_CLIENT, 0, said, n) && r->ok;
	if (r->ok)
		r->t.entries[r->t.count - 1].untagged = answer || c->after_literal;
}

static void end_server_line(struct transcript_recorder *r) {
	unsigned tag = 0;
	size_t n = r->len ? strcspn(r->line, " ") : 0;
	for (unsigned i = r->client.tags; i-- > 0 && !tag;)
		if (n > 1 && strlen(r->client.tag[i]) == n && memcmp(r->client.tag[i], r->line, n) == 0)
			tag = i + 1;
	if (!tag)
		n = 0;
	r->ok = transcript_add(&r->t, SAYS_SERVER, tag, r->line + n, r->len - n) && r->ok;
	r->len = 0;
}

static void on_server(struct transcript_recorder *r, const char *p, size_t n) {
	for (; n; p++, n--) {
		r->line[r->len++] = *p;
		r->line[r->len] = '\0';
		if (*p == '\n' || r->len == sizeof r->line - 1)
			end_server_line(r);
	}
}

static void relay(struct transcript_recorder *r, int client, int server) {
	char chunk[16384];
	struct pollfd fds[2] = { { .fd = client, .events = POLLIN }, { .fd = server, .events = POLLIN } };
	while (poll(fds, 2, RECORD_MS) > 0) {
		bool from_server = fds[1].revents != 0; /* first: it was said before what the client says now */
		ssize_t n = recv(from_server ? server : client, chunk, sizeof chunk, 0);
		if (n <= 0)
			break;
		if (from_server)
			on_server(r, chunk, (size_t)n);
		else
			transcript_client_read(&r->client, chunk, (size_t)n, on_client_line, r);
		if (send(from_server ? client : server, chunk, (size_t)n, MSG_NOSIGNAL) != n)
			break;
	}
	if (r->len)
		end_server_line(r);
}

static void *take_down(void *arg) {
	struct transcript_recorder *r = arg;
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(r->server),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int client = accept4(r->listener, NULL, NULL, SOCK_CLOEXEC);
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	r->ok = client >= 0 && server >= 0 && connect(server, (struct sockaddr *)&at, sizeof at) == 0;
	if (r->ok)
		relay(r, client, server);
	close(client);
	close(server);
	return NULL;
}

struct transcript_recorder *transcript_record(uint16_t server_port) {
	struct transcript_recorder *r = calloc(1, sizeof *r);
	if (!r)
		return NULL;
	r->server = server_port;
	r->listener = transcript_listen(&r->port);
	if (r->listener >= 0 && pthread_create(&r->thread, NULL, take_down, r) == 0)
		return r;
	free(r);
	return NULL;
}

uint16_t transcript_record_port(const struct transcript_recorder *r) { return r->port; }

static void write_entry(FILE *f, const struct transcript_entry *x) {
	fprintf(f, "%c ", x->untagged ? 'c' : "CSX"[x->kind]);
	if (x->tag)
		fprintf(f, "$%u", x->tag);
	for (size_t i = 0; i < x->n; i++) {
		unsigned char c = (unsigned char)x->bytes[i];
		if (c == '\r' || c == '\n')
			fputs(c == '\r' ? "\\r" : "\\n", f);
		else if (c == '\\')
			fputs("\\\\", f);
		else if (c < ' ' || c >= 127 || (c == '$' && !i && !x->tag))
			fprintf(f, "\\x%02x", c);
		else
			fputc(c, f);
	}
	fputc('\n', f);
}

bool transcript_record_finish(struct transcript_recorder *r, const char *path) {
	pthread_join(r->thread, NULL);
	close(r->listener);
	FILE *f = r->ok ? fopen(path, "we") : NULL;
	for (size_t i = 0; f && i < r->t.count; i++)
		write_entry(f, &r->t.entries[i]);
	bool ok = f && fclose(f) == 0;
	transcript_free(&r->t);
	free(r);
	return ok;
}
