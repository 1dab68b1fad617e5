/* SPDX-License-Identifier: MIT
 *
 * wire.h - for limit.c: a connection to a mail server on 127.0.0.1 that never blocks the server: while it sends, it
 * takes the answers in. Every error ends the program.
 */
#ifndef MAILVAN_BENCH_WIRE_H
#define MAILVAN_BENCH_WIRE_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#define WIRE_BLOCK (256u * 1024)

struct wire {
	int fd;
	SSL *ssl; /* NULL: clear text */
	char in[WIRE_BLOCK], out[WIRE_BLOCK];
	size_t at, end, queued;
	unsigned commands, answered; /* of IMAP, all with the tag "a" */
};

_Noreturn void die(const char *what, const char *detail);
void *grown(void *p, size_t size);

struct wire *wire_dial(SSL_CTX *tls, int port);
void wire_close(struct wire *w);
/* Gathered, and sent in large blocks. */
void wire_put(struct wire *w, const char *data, size_t n);
void wire_say(struct wire *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void wire_flush(struct wire *w);
/* The next line without its CRLF; it lives until the next call. */
char *wire_line(struct wire *w);
/* n bytes as they come; to NULL throws them away. */
void wire_take(struct wire *w, char *to, size_t n);
/* A line that is a tagged answer counts, and must be OK; others pass. */
void wire_count(struct wire *w, const char *line);

/* An IMAP command whose answer is counted. */
#define COMMAND(w, ...) ((w)->commands++, wire_say(w, "a " __VA_ARGS__))

#endif
