/* SPDX-License-Identifier: MIT
 *
 * channel_priv.h - what the three channel*.c files share; nobody else includes it.
 */
#ifndef MAILVAN_NET_CHANNEL_PRIV_H
#define MAILVAN_NET_CHANNEL_PRIV_H

#include <curl/curl.h>
#include <stdint.h>

#include "core/net/channel.h"
#include "core/net/trust.h"

struct net {
	struct log *log;
	struct trust trust;
};

#define SERVER_LINE_MAX 1000
#define CAPABILITY_LINE_MAX 4096

struct channel {
	CURLM *multi;
	CURL *easy;
	SSL *ssl; /* of libcurl, while the connection lives; NULL without TLS */
	X509_STORE *store; /* owned by net's trust; NULL when the chain is not checked */
	const struct endpoint *ep; /* only while channel_open runs */
	int fd;
	bool encrypted;
	size_t stuck; /* bytes of the record that the last send could not finish */
	unsigned connect_ms, idle_ms;
	uint64_t in, out;
	char where[HOST_MAX + 16];	 /* "host:port", for errors */
	char greeting[SERVER_LINE_MAX];	 /* first and last line seen while opening, as received */
	char last_line[SERVER_LINE_MAX];
	char capability[CAPABILITY_LINE_MAX]; /* the last CAPABILITY response, as received; "" = none, or too long */
	char curl_text[CURL_ERROR_SIZE];
};

/* Why the connection could not be opened, in words and with a category. */
void channel_explain(const struct channel *c, CURLcode rc, struct err *e);
/* "Failed to connect to HOST:PORT: ..."; always false. */
bool channel_fail(const struct channel *c, struct err *e, enum err_cat cat, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* errno's text as it stands inside a sentence: "connection refused". */
void channel_errno_text(char *dst, size_t size, int number);

#endif
