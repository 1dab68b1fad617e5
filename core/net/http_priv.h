/* SPDX-License-Identifier: MIT
 *
 * http_priv.h - what the http*.c files share; nobody else includes it.
 */
#ifndef MAILVAN_NET_HTTP_PRIV_H
#define MAILVAN_NET_HTTP_PRIV_H

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

#include "core/net/http.h"

/* Hosts that said when they want to hear of us again. */
#define HTTP_HOLDS 8
#define HTTP_HOST_MAX 256

struct http {
	struct net *net;
	struct http_options o;
	X509_STORE *store; /* owned by net's trust */
	CURL *easy;
	CURLM *multi;
	char curl_text[CURL_ERROR_SIZE];
	struct {
		char host[HTTP_HOST_MAX + 8];
		mono_ms_t until;
	} holds[HTTP_HOLDS];
	unsigned next_hold;
};

/* Where a URL points to. */
struct http_place {
	char scheme[8], host[HTTP_HOST_MAX], port[8];
};
/* INPUT: not a URL, with a user name in it, or http to anything but this machine. */
bool http_place_of(const char *url, struct http_place *out, struct err *e);
bool http_same_place(const struct http_place *a, const struct http_place *b);
/* location may be relative to base. SERVER_BUG when the result is no URL that fits. */
bool http_url_join(char dst[HTTP_URL_MAX], const char *base, const char *location, struct err *e);

/* One request as it goes out now: another place or method than was asked for after a redirect. */
struct http_hop {
	const struct http_request *q;
	char url[HTTP_URL_MAX];
	struct http_place place;
	const char *method;
	bool with_body, with_token;
	struct secret token;
};

/* NOT_SENT: lost before anything of it went out. LOST: it may have arrived. */
enum http_end { HTTP_ANSWERED, HTTP_NOT_SENT, HTTP_LOST, HTTP_GIVEN_UP };
/* Fills out->status, headers and body. For anything but ANSWERED e says why; GIVEN_UP: trying again is of no use. */
enum http_end http_attempt(struct http *h, const struct http_hop *hop, struct http_response *out, struct err *e);

/* May the last attempt have reached the server? */
bool http_was_sent(const struct http *h);

#endif
