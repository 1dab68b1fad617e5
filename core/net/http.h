/* SPDX-License-Identifier: MIT
 *
 * http.h - HTTPS requests by libcurl, with what every service wants done alike: one session of connections, a
 * bearer that is renewed on a 401, Retry-After obeyed, throttling and overload waited out, sizes bounded.
 *
 * Threads: a struct http belongs to one thread. Nothing here knows what a service's JSON means: see
 * core/admin/graph and core/admin/exchange.
 */
#ifndef MAILVAN_NET_HTTP_H
#define MAILVAN_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/base/stop.h"
#include "core/net/channel.h"

#define HTTP_URL_MAX 8192
#define HTTP_BODY_MAX (32U << 20) /* of a response, unless the request says less */
#define HTTP_HEADERS_MAX 200	  /* lines of a response, each at most HTTP_HEADER_MAX bytes; the rest is dropped */
#define HTTP_HEADER_MAX 4096
#define HTTP_ATTEMPTS 6 /* of one request, in all */
#define HTTP_WAIT_MAX_MS                                                                                               \
	(15U * 60 * 1000) /* a Retry-After above that is an error (Throttled, wait_ms) instead of a wait */

/* Gives the bearer for a request. renew: the one given before was refused with a 401; get another. The secret is
 * the callee's to fill (secret_copy), the caller's to clear. */
typedef bool http_token_fn(void *arg, bool renew, struct secret *out, struct err *e);
/* Asked before and during each wait, twice a second: why, and until when. false: do not wait; the request ends
 * Cancelled.
 */
typedef bool http_wait_fn(void *arg, const char *why, wall_ms_t until);

struct http_options {
	const char *ca_file; /* "" or NULL = the system's store */
	const char *proxy;   /* "" or NULL = none; the environment is never read */
	/* What to do about a certificate that is not trusted, in the words of whoever asks; NULL = nothing is said. */
	const char *ca_remedy;
	const struct stop *stop;
	http_wait_fn *on_wait; /* may be NULL */
	void *wait_arg;
	unsigned timeout_ms; /* for one attempt; 0 = 100,000 */
	/* Tests shorten waits that no server named (3, 6, 9 ... s); 0 = those. What a server named is never shortened.
	 */
	unsigned backoff_ms;
};

struct http;
/* Options are copied, what they point to is borrowed. NULL with e. */
struct http *http_new(struct net *net, const struct http_options *o, struct err *e);
void http_free(struct http *h);

struct http_request {
	const char *method;	    /* "GET", "POST", ... */
	const char *url;	    /* https only, except to 127.0.0.1 and localhost in tests: anything else is INPUT */
	const char *const *headers; /* "Name: value", ends with NULL; may be NULL */
	const void *body;
	size_t body_len;
	const char *content_type; /* of body; NULL = none */
	http_token_fn *token;	  /* NULL: no Authorization. Never sent to another host after a redirect */
	void *token_arg;
	bool repeatable; /* may be sent again when the connection died after it was sent (GET always may) */
	/* Follow up to 10 redirects, https only; for POST the same body again (307, 308, 302 of E.1). A GET that is
	 * redirected goes on without the token, also on the same host (a report's preauthenticated address). */
	bool redirects;
	size_t max_body;    /* 0 = HTTP_BODY_MAX; more is an error (ServerBug) */
	const char *accept; /* NULL = "application/json" */
};

struct http_response {
	long status;
	struct buf body;     /* NUL-terminated after the last byte; may hold NULs */
	struct buf headers;  /* "name: value\n" each, names in lower case; see http_header */
	char request_id[80]; /* request-id or x-ms-request-id of the response, sanitised; "" = none */
	unsigned attempts;
	/* http_send returned false, and one of the attempts may have been carried out all the same: its answer was
	 * lost, not waited for, or came from a gateway. Also of a request that is repeatable; means nothing for a GET.
	 */
	bool uncertain;
};
void http_response_clear(struct http_response *r);
/* The value of a response header (name in lower case) copied to dst; false (dst "") when it is not there. */
bool http_header(const struct http_response *r, const char *name, char *dst, size_t size);

/* Sends and waits for a final answer: true whenever a server has answered, whatever the status; look at it.
 * Before that: a 401 with a token function is tried once more with a renewed token; 408, 429, 502, 503 and 504 are
 * waited out (Retry-After in seconds or as a date, else growing waits) up to HTTP_ATTEMPTS; a lost connection is tried
 * again when the request is repeatable.
 * false: e is Net, TLS, Cancelled (stop, on_wait), Throttled (attempts used up or the wait is too long; wait_ms),
 * Input, ServerBug, or what the token function said. When a request that is not repeatable may have been carried out,
 * the error is Net and its text says that it is not known whether (uncertain). So it is after a 502 or a 504, and after
 * a 503 without Retry-After: with it, with 408 and with 429 the server says that it has not begun (RFC 9110, 15.5.9 and
 * 15.6.4; RFC 6585, 4). Retry-After is honoured between requests of the same host too: the next http_send to it waits.
 * After a failure out holds no memory; status, request_id, attempts and uncertain are those of the last attempt. */
bool http_send(struct http *h, const struct http_request *q, struct http_response *out, struct err *e);

/* Percent-encoding of one query value or path segment; false when it did not fit. */
bool http_escape(struct buf *to, const char *value);
/* application/x-www-form-urlencoded: appends "name=value" with '&' where needed. */
bool http_form_add(struct buf *form, const char *name, const char *value, size_t len);

#endif
