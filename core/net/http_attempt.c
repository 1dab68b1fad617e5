/* SPDX-License-Identifier: MIT
 *
 * http_attempt.c - one request and its answer by libcurl.
 */
#include <openssl/ssl.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/version.h"
#include "core/net/channel_priv.h"
#include "core/net/curl_run.h"
#include "core/net/http_priv.h"

#define CONNECT_MS 30000
#define TIMEOUT_MS 100000
/* All lines of a response, also those that are dropped: an endless header must end somewhere. */
#define HEADER_BYTES_MAX (1024 * 1024)
/* Room from the start, so that a token is not left behind in a smaller piece of memory. */
#define BODY_ROOM (64 * 1024)

struct flight {
	const struct http_hop *hop;
	struct http_response *out;
	struct curl_slist *lines;
	size_t header_bytes;
	unsigned header_lines;
	bool too_large, endless;
	X509_STORE *store;
};

/* ---- what comes ---- */

static void keep_line(struct flight *f, const char *line, size_t n) {
	const char *colon = memchr(line, ':', n);
	if (!colon || n > HTTP_HEADER_MAX || f->header_lines >= HTTP_HEADERS_MAX || memchr(line, '\0', n))
		return;
	size_t name = (size_t)(colon - line), at = f->out->headers.len;
	const char *value = colon + 1, *end = line + n;
	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	f->header_lines++;
	buf_put(&f->out->headers, line, name);
	buf_puts(&f->out->headers, ": ");
	buf_put(&f->out->headers, value, (size_t)(end - value));
	buf_putc(&f->out->headers, '\n');
	for (size_t i = at; i < at + name && i < f->out->headers.len; i++)
		if (f->out->headers.data[i] >= 'A' && f->out->headers.data[i] <= 'Z')
			f->out->headers.data[i] = (char)(f->out->headers.data[i] + ('a' - 'A'));
}

static size_t on_header(char *data, size_t size, size_t n, void *arg) {
	struct flight *f = arg;
	size_t len = size * n, cut = len;
	while (cut && (data[cut - 1] == '\r' || data[cut - 1] == '\n'))
		cut--;
	f->header_bytes += len;
	if (f->header_bytes > HEADER_BYTES_MAX) {
		f->endless = true;
		return 0;
	}
	if (cut >= 5 && memcmp(data, "HTTP/", 5) == 0) { /* what stood before was an interim answer */
		buf_reset(&f->out->headers);
		f->header_lines = 0;
	} else {
		keep_line(f, data, cut);
	}
	return len;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg) {
	struct flight *f = arg;
	if (buf_put(&f->out->body, data, size * n))
		return size * n;
	f->too_large = true;
	return 0;
}

/* ---- what goes ---- */

static CURLcode on_ssl_ctx(CURL *easy, void *ctx, void *arg) {
	struct flight *f = arg;
	(void)easy;
	SSL_CTX_set1_cert_store(ctx, f->store);
	return CURLE_OK;
}

static bool add_line(struct flight *f, const char *line) {
	struct curl_slist *longer = curl_slist_append(f->lines, line);
	if (longer)
		f->lines = longer;
	return longer != NULL;
}

static bool add_field(struct flight *f, const char *name, const char *value) {
	char line[512];
	int n = snprintf(line, sizeof line, "%s: %s", name, value);
	return n > 0 && (size_t)n < sizeof line && add_line(f, line);
}

static bool add_token(struct flight *f, const struct secret *token) {
	static const char prefix[] = "Authorization: Bearer ";
	char *p = malloc(sizeof prefix + token->len);
	if (!p)
		return false;
	memcpy(p, prefix, sizeof prefix - 1);
	memcpy(p + sizeof prefix - 1, token->data, token->len + 1);
	bool ok = add_line(f, p);
	sodium_memzero(p, sizeof prefix + token->len);
	free(p);
	return ok;
}

/* A line end in one would begin a header of somebody else's choice. */
static bool lines_are_whole(const struct http_hop *hop) {
	bool whole = !hop->with_token || !strpbrk(hop->token.data, "\r\n");
	for (const char *const *line = hop->q->headers; whole && line && *line; line++)
		whole = !strpbrk(*line, "\r\n");
	return whole;
}

static bool set_lines(CURL *c, struct flight *f) {
	const struct http_request *q = f->hop->q;
	bool ok = add_field(f, "Accept", q->accept ? q->accept : "application/json") && add_line(f, "Expect:") &&
		  (f->hop->with_body && q->content_type ? add_field(f, "Content-Type", q->content_type)
							: add_line(f, "Content-Type:")) &&
		  (!f->hop->with_token || add_token(f, &f->hop->token));
	for (const char *const *line = q->headers; ok && line && *line; line++)
		ok = add_line(f, *line);
	return ok && curl_easy_setopt(c, CURLOPT_HTTPHEADER, f->lines) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE) == CURLE_OK;
}

static bool set_method(CURL *c, const struct http_hop *hop) {
	const struct http_request *q = hop->q;
	bool body = hop->with_body && q->body, post = strcmp(hop->method, "POST") == 0;
	bool ok = curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, hop->method) == CURLE_OK;
	if (body || post)
		ok = ok && curl_easy_setopt(c, CURLOPT_POSTFIELDS, body ? q->body : "") == CURLE_OK &&
		     curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(body ? q->body_len : 0)) == CURLE_OK;
	if (strcmp(hop->method, "HEAD") == 0)
		ok = ok && curl_easy_setopt(c, CURLOPT_NOBODY, 1L) == CURLE_OK;
	/* A connection that was kept may be dead by now, and libcurl would then send the request a second time by
	 * itself. */
	return ok && (q->repeatable || strcmp(hop->method, "GET") == 0 ||
		      curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK);
}

static bool set_tls(CURL *c, struct flight *f) {
	return curl_easy_setopt(c, CURLOPT_CAINFO, NULL) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_CAPATH, NULL) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_CA_CACHE_TIMEOUT, 0L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_SSL_CTX_FUNCTION, on_ssl_ctx) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_SSL_CTX_DATA, f) == CURLE_OK;
}

static bool set_options(struct http *h, struct flight *f) {
	CURL *c = h->easy;
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	return curl_easy_setopt(c, CURLOPT_URL, f->hop->url) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, f->hop->place.scheme) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_PROXY, h->o.proxy ? h->o.proxy : "") == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip") == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_USERAGENT, "mailvan/" MAILVAN_VERSION) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->curl_text) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_HEADERDATA, f) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEDATA, f) == CURLE_OK && set_lines(c, f) && set_method(c, f->hop) &&
	       set_tls(c, f);
}

/* ---- how it ended ---- */

static enum http_end fail(const struct http_hop *hop, enum http_end end, enum err_cat cat, const char *why,
			  struct err *e) {
	err_set(e, cat, "%s:%s: %s", hop->place.host, hop->place.port, why);
	return end;
}

/* OpenSSL's words when the peer was gone: that is no fault of the certificate's. */
static bool hung_up(const char *text) {
	static const char *const seen[] = { "SSL_ERROR_SYSCALL", "reset", "Broken pipe", "unexpected eof" };
	for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
		if (strcasestr(text, seen[i]))
			return true;
	return false;
}

static enum http_end tls_failed(struct http *h, const struct http_hop *hop, CURLcode rc, struct err *e) {
	char why[ERR_TEXT_MAX];
	long verify = X509_V_OK;
	curl_easy_getinfo(h->easy, CURLINFO_SSL_VERIFYRESULT, &verify);
	if (rc == CURLE_SSL_CONNECT_ERROR && hung_up(h->curl_text))
		return fail(hop, HTTP_NOT_SENT, ERR_NET, "the connection broke during the TLS handshake", e);
	if (strstr(h->curl_text, "certificate problem"))
		snprintf(why, sizeof why, "the certificate is not trusted (%s)%s%s",
			 X509_verify_cert_error_string(verify), h->o.ca_remedy ? "; " : "",
			 h->o.ca_remedy ? h->o.ca_remedy : "");
	else if (rc == CURLE_PEER_FAILED_VERIFICATION)
		snprintf(why, sizeof why, "the certificate is for another host name");
	else
		snprintf(why, sizeof why, "TLS failed: %s", h->curl_text[0] ? h->curl_text : curl_easy_strerror(rc));
	return fail(hop, HTTP_GIVEN_UP, ERR_TLS, why, e);
}

/* The connection stood (what a proxy was asked before that does not count), and a byte of the request was written. */
bool http_was_sent(const struct http *h) {
	curl_off_t ready = 0;
	long sent = 0;
	curl_easy_getinfo(h->easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
	curl_easy_getinfo(h->easy, CURLINFO_REQUEST_SIZE, &sent);
	return ready > 0 && sent > 0;
}

static enum http_end network_failed(struct http *h, const struct http_hop *hop, CURLcode rc, struct err *e) {
	char why[160] = "";
	long number = 0, proxy = 0;
	curl_easy_getinfo(h->easy, CURLINFO_OS_ERRNO, &number);
	curl_easy_getinfo(h->easy, CURLINFO_HTTP_CONNECTCODE, &proxy);
	if (proxy >= 300) {
		snprintf(why, sizeof why, "the proxy refuses: it answered %ld", proxy);
		return fail(hop, HTTP_GIVEN_UP, ERR_NET, why, e);
	}
	if (rc == CURLE_OPERATION_TIMEDOUT)
		text_copy(why, sizeof why, "no answer in time");
	else if (rc == CURLE_GOT_NOTHING || rc == CURLE_PARTIAL_FILE)
		text_copy(why, sizeof why, "the server closed the connection before its answer was complete");
	else if (number)
		channel_errno_text(why, sizeof why, (int)number);
	else
		text_copy(why, sizeof why, h->curl_text[0] ? h->curl_text : curl_easy_strerror(rc));
	return fail(hop, http_was_sent(h) ? HTTP_LOST : HTTP_NOT_SENT, ERR_NET, why, e);
}

static enum http_end explain(struct http *h, struct flight *f, CURLcode rc, struct err *e) {
	const struct http_hop *hop = f->hop;
	char why[100];
	long status = 0;
	if (f->too_large) {
		snprintf(why, sizeof why, "the answer is larger than %zu bytes", f->out->body.max);
		return fail(hop, HTTP_GIVEN_UP, ERR_SERVER_BUG, why, e);
	}
	if (f->endless)
		return fail(hop, HTTP_GIVEN_UP, ERR_SERVER_BUG, "the answer's header does not end", e);
	switch (rc) {
	case CURLE_BAD_CONTENT_ENCODING:
		/* A refusal by InvokeCommand may say gzip and be a row of NULs (exchange-wire.md, E.1). */
		curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
		buf_reset(&f->out->body);
		f->out->status = status;
		if (status >= 400)
			return HTTP_ANSWERED;
		return fail(hop, HTTP_GIVEN_UP, ERR_SERVER_BUG, "the answer does not decompress", e);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
		return tls_failed(h, hop, rc, e);
	case CURLE_COULDNT_RESOLVE_HOST:
		return fail(hop, HTTP_GIVEN_UP, ERR_NET, "the host name is unknown", e);
	case CURLE_COULDNT_RESOLVE_PROXY:
		return fail(hop, HTTP_GIVEN_UP, ERR_NET, "the proxy's host name is unknown", e);
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		return fail(hop, HTTP_GIVEN_UP, ERR_SERVER_BUG, "what answers there does not speak HTTP", e);
	case CURLE_OUT_OF_MEMORY:
		/* Also what libcurl says of a header line of more than 100 KB. */
		if (http_was_sent(h))
			return fail(hop, HTTP_GIVEN_UP, ERR_SERVER_BUG, "the answer's header is too long", e);
		err_nomem(e);
		return HTTP_GIVEN_UP;
	default:
		return network_failed(h, hop, rc, e);
	}
}

static enum http_end fly(struct http *h, struct flight *f, struct err *e) {
	CURLcode rc = CURLE_OK;
	long status = 0;
	unsigned timeout = h->o.timeout_ms ? h->o.timeout_ms : TIMEOUT_MS;
	enum curl_end end = curl_run(h->multi, h->o.stop, mono_ms() + timeout, &rc);
	if (end == CURL_BROKEN) {
		err_nomem(e);
		return HTTP_GIVEN_UP;
	}
	if (end == CURL_STOPPED) {
		err_set(e, ERR_CANCELLED, "Stopped while %s was asked", f->hop->place.host);
		return http_was_sent(h) ? HTTP_LOST : HTTP_NOT_SENT;
	}
	if (end == CURL_TIMED_OUT)
		return network_failed(h, f->hop, CURLE_OPERATION_TIMEDOUT, e);
	if (rc != CURLE_OK)
		return explain(h, f, rc, e);
	curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
	f->out->status = status;
	return HTTP_ANSWERED;
}

/* libcurl keeps copies of the lines until it is done with them; ours are wiped, because one holds the token. */
static void lines_free(struct curl_slist *lines) {
	for (struct curl_slist *l = lines; l; l = l->next)
		sodium_memzero(l->data, strlen(l->data));
	curl_slist_free_all(lines);
}

enum http_end http_attempt(struct http *h, const struct http_hop *hop, struct http_response *out, struct err *e) {
	struct flight f = { .hop = hop, .out = out, .store = h->store };
	size_t max = hop->q->max_body ? hop->q->max_body : HTTP_BODY_MAX;
	enum http_end end = HTTP_GIVEN_UP;
	http_response_clear(out);
	curl_easy_reset(h->easy); /* also what is known of the last one: http_was_sent */
	h->curl_text[0] = '\0';
	if (!lines_are_whole(hop))
		return fail(hop, HTTP_GIVEN_UP, ERR_INPUT, "a header or a token holds a line end", e);
	buf_init(&out->body, max);
	buf_init(&out->headers, (size_t)HTTP_HEADERS_MAX * (HTTP_HEADER_MAX + 4));
	if (!buf_room(&out->body, max < BODY_ROOM ? max : BODY_ROOM) || !buf_put(&out->body, "", 0) ||
	    !buf_put(&out->headers, "", 0) || !set_options(h, &f) ||
	    curl_multi_add_handle(h->multi, h->easy) != CURLM_OK) {
		err_nomem(e);
	} else {
		end = fly(h, &f, e);
		curl_multi_remove_handle(h->multi, h->easy);
	}
	curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, NULL);
	lines_free(f.lines);
	return end;
}
