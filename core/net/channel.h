/* SPDX-License-Identifier: MIT
 *
 * channel.h - a byte stream to a mail server: name lookup, proxy, TLS or STARTTLS
 * and certificate checks by libcurl (CURLOPT_CONNECT_ONLY, no credentials), then
 * raw, non-blocking send and receive. Design section 4 is its contract; this file's
 * .c is the only place that knows libcurl for mail.
 *
 * Threads: a struct net is shared; a struct channel belongs to one thread.
 */
#ifndef MAILVAN_NET_CHANNEL_H
#define MAILVAN_NET_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/model/endpoint.h"

/* Process-wide: curl_global_init, one X509_STORE per CA file, RLIMIT_NOFILE raised, SIGPIPE ignored. */
struct net;
struct net *net_new(struct log *log, struct err *e);
void net_free(struct net *net);

struct channel;

struct channel_timeouts {
	unsigned connect_ms; /* 0 = 30,000 */
	unsigned idle_ms;    /* no byte either way; 0 = 120,000 */
};

/* Connect, negotiate TLS (also STARTTLS/STLS, required and never opportunistic:
 * PREAUTH or bytes after the STARTTLS reply are refused) and return after the
 * server's CAPABILITY/CAPA reply, before any login. Errors name host and port and say
 * the server's own line or the system's reason:
 * "Failed to connect to pop.example.com:995: connection refused".
 * A BYE greeting or -ERR greeting is classified (ConnLimit, Throttled, ...), not Net.
 * Returns NULL on failure. stop is honoured within a second (name lookup aside). */
struct channel *channel_open(struct net *net, const struct endpoint *ep, const struct channel_timeouts *t,
			     const struct stop *stop, struct err *e);
/* Closes the socket at once, by a reset: bytes that the kernel still holds never leave. NULL is fine. */
void channel_close(struct channel *c);
/* Closes in order: what was sent still arrives. For a farewell whose answer nobody waits for. */
void channel_leave(struct channel *c);

/* The greeting line without CRLF ("* OK ... ready"), sanitised; "" if none was seen. */
const char *channel_greeting(const struct channel *c);
/* The CAPABILITY response that libcurl has asked for, without CRLF, as received (bytes, not for a screen). "" when
 * there was none, when it is too long, and after STARTTLS, where an earlier one came in clear. */
const char *channel_capability(const struct channel *c);
bool channel_encrypted(const struct channel *c);

/* What one channel_recv returns at most; a larger n costs nothing and gives nothing. */
#define CHANNEL_READ_MAX (128 * 1024)
/* n bytes read (> 0), 0 = would block (wait for channel_events), -1 = error or EOF
 * (e: Net "... closed the connection"). Drain to 0 before polling: TLS buffers. */
ssize_t channel_recv(struct channel *c, void *buf, size_t n, struct err *e);
/* n bytes taken (> 0, maybe fewer than n), 0 = would block, -1 = error. After fewer than n the next send
 * starts with the bytes that were not taken, at least as many of them as before (TLS holds a record back). */
ssize_t channel_send(struct channel *c, const void *buf, size_t n, struct err *e);

int channel_fd(const struct channel *c);
/* Wait until readable (want_read) and/or writable (want_write), stop, or deadline.
 * true = try again; false = e is Cancelled (stop) or Net (timed out). deadline 0 = idle_ms from now. */
bool channel_wait(struct channel *c, bool want_read, bool want_write, mono_ms_t deadline, const struct stop *stop,
		  struct err *e);
/* Bytes received and sent since open, for counters. */
void channel_bytes(const struct channel *c, uint64_t *in, uint64_t *out);
unsigned channel_idle_ms(const struct channel *c);

#endif
