/* SPDX-License-Identifier: MIT
 *
 * channel_open.c - from an endpoint to a connected, verified channel: options for libcurl and the wait for it.
 *
 * CURLOPT_CONNECT_ONLY without credentials: libcurl connects, negotiates TLS (or
 * STARTTLS, required), asks for the capabilities and stops there. What a server sends
 * unasked right behind its reply to that (libcurl 7.88 reads it and forgets it) never
 * reaches channel_recv: before a login that is at most a BYE, and the end follows.
 */
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sodium/utils.h>

#include "core/base/text.h"
#include "core/net/channel_priv.h"
#include "core/net/curl_run.h"

#define DEFAULT_CONNECT_MS 30000
#define DEFAULT_IDLE_MS 120000
#define TLS_READ_AHEAD (64 * 1024)

/* Every line that the server sends before libcurl hands over: the greeting and the last one are kept. */
static size_t on_server_line(char *data, size_t size, size_t n, void *arg) {
	struct channel *c = arg;
	size_t len = size * n, cut = len;
	while (cut && (data[cut - 1] == '\r' || data[cut - 1] == '\n'))
		cut--;
	text_sanitise(c->last_line, sizeof c->last_line, data, cut);
	if (cut > 13 && strncasecmp(data, "* CAPABILITY ", 13) == 0 && c->ep->security != SEC_STARTTLS) {
		c->capability[0] = '\0';
		if (cut < sizeof c->capability && !memchr(data, '\0', cut))
			memcpy(c->capability, data, cut), c->capability[cut] = '\0';
	}
	if (!c->greeting[0])
		memcpy(c->greeting, c->last_line, sizeof c->greeting);
	return len;
}

/* libcurl does not show the SSL of a connection that only connects. */
static void on_tls_message(int sent, int version, int type, const void *data, size_t n, SSL *ssl, void *arg) {
	struct channel *c = arg;
	(void)sent, (void)version, (void)type, (void)data, (void)n;
	c->ssl = ssl;
}

/* Called by libcurl for each new SSL_CTX, after its own settings. */
static CURLcode on_ssl_ctx(CURL *easy, void *ssl_ctx, void *arg) {
	struct channel *c = arg;
	SSL_CTX *ctx = ssl_ctx;
	(void)easy;
	/* A send that would block is repeated from the pump's buffer, which may have moved and grown by then. */
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_default_read_buffer_len(ctx, TLS_READ_AHEAD);
	SSL_CTX_set_msg_callback(ctx, on_tls_message);
	SSL_CTX_set_msg_callback_arg(ctx, c);
	if (c->store)
		SSL_CTX_set1_cert_store(ctx, c->store);
	if (c->ep->security != SEC_TLS_LEGACY)
		return CURLE_OK;
	/* Old Exchange and Domino servers. No anonymous or null ciphers: those would defeat verification. */
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT);
	if (!SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) ||
	    !SSL_CTX_set_cipher_list(ctx, "ALL:!aNULL:!eNULL:@SECLEVEL=0"))
		return CURLE_SSL_CIPHER;
	return CURLE_OK;
}

/* "sha256//" and base64, from 64 hexadecimal digits. */
static bool curl_pin(char dst[64], const char *hex, struct err *e) {
	unsigned char key[PIN_HEX / 2];
	const char *end;
	size_t n;
	if (sodium_hex2bin(key, sizeof key, hex, strlen(hex), NULL, &n, &end) != 0 || *end || n != sizeof key)
		return err_set(e, ERR_INPUT, "A pin is the SHA-256 of the server's public key in %d hexadecimal digits",
			       PIN_HEX);
	memcpy(dst, "sha256//", 8);
	sodium_bin2base64(dst + 8, 64 - 8, key, sizeof key, sodium_base64_VARIANT_ORIGINAL);
	return true;
}

static bool set_tls(struct net *net, struct channel *c, struct err *e) {
	const struct endpoint *ep = c->ep;
	bool check = !ep->insecure && !ep->pin[0];
	char pin[64];
	CURL *h = c->easy;
	if (check && !(c->store = trust_store(&net->trust, ep->ca_file, e)))
		return false;
	if (ep->pin[0] && !curl_pin(pin, ep->pin, e))
		return false;
	/* libcurl's own loading of CA files is off: the shared store takes its place. */
	bool ok = curl_easy_setopt(h, CURLOPT_CAINFO, NULL) == CURLE_OK &&
		  curl_easy_setopt(h, CURLOPT_CAPATH, NULL) == CURLE_OK &&
		  curl_easy_setopt(h, CURLOPT_CA_CACHE_TIMEOUT, 0L) == CURLE_OK &&
		  curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, check ? 1L : 0L) == CURLE_OK &&
		  curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, check ? 2L : 0L) == CURLE_OK &&
		  curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
		  curl_easy_setopt(h, CURLOPT_SSL_CTX_FUNCTION, on_ssl_ctx) == CURLE_OK &&
		  curl_easy_setopt(h, CURLOPT_SSL_CTX_DATA, c) == CURLE_OK;
	if (ok && ep->security == SEC_TLS_LEGACY)
		ok = curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_0) == CURLE_OK;
	if (ok && ep->pin[0])
		ok = curl_easy_setopt(h, CURLOPT_PINNEDPUBLICKEY, pin) == CURLE_OK;
	if (ok && ep->security == SEC_STARTTLS)
		ok = curl_easy_setopt(h, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL) == CURLE_OK;
	/* Without one of these the connection would be weaker than asked for: better none. */
	return ok || err_set(e, ERR_TLS, "This libcurl lacks a TLS option that is needed: 7.87 or later with OpenSSL");
}

static bool set_options(struct net *net, struct channel *c, struct err *e) {
	const struct endpoint *ep = c->ep;
	char url[HOST_MAX + 32];
	CURL *h = c->easy;
	endpoint_url(url, sizeof url, ep);
	bool ok = curl_easy_setopt(h, CURLOPT_URL, url) == CURLE_OK &&
		  curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "imap,imaps,pop3,pop3s") == CURLE_OK &&
		  curl_easy_setopt(h, CURLOPT_CONNECT_ONLY, 1L) == CURLE_OK &&
		  curl_easy_setopt(h, CURLOPT_PROXY, ep->proxy) == CURLE_OK && /* "": the environment is not read */
		  curl_easy_setopt(h, CURLOPT_ERRORBUFFER, c->curl_text) == CURLE_OK &&
		  curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_server_line) == CURLE_OK &&
		  curl_easy_setopt(h, CURLOPT_HEADERDATA, c) == CURLE_OK &&
		  curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_server_line) == CURLE_OK &&
		  curl_easy_setopt(h, CURLOPT_WRITEDATA, c) == CURLE_OK;
	if (!ok)
		return err_nomem(e);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	/* The most that one curl_easy_recv returns, whatever it is asked for: 16 KiB if nobody says more. */
	curl_easy_setopt(h, CURLOPT_BUFFERSIZE, (long)CHANNEL_READ_MAX);
	curl_easy_setopt(h, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(h, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)c->connect_ms);
	curl_easy_setopt(h, CURLOPT_HTTPPROXYTUNNEL, 1L);	  /* for a proxy that speaks HTTP */
	curl_easy_setopt(h, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* its reply is not the greeting */
	return ep->security == SEC_NONE || set_tls(net, c, e);
}

static void describe(struct channel *c) {
	const struct endpoint *ep = c->ep;
	bool v6 = strchr(ep->host, ':') != NULL;
	unsigned port = ep->port ? ep->port : endpoint_default_port(ep->proto, ep->security);
	snprintf(c->where, sizeof c->where, "%s%s%s:%u", v6 ? "[" : "", ep->host, v6 ? "]" : "", port);
}

static bool timed_out(const struct channel *c, struct err *e) {
	curl_off_t connected = 0;
	curl_easy_getinfo(c->easy, CURLINFO_CONNECT_TIME_T, &connected);
	const char *what = !connected ? "no answer" : c->greeting[0] ? "the server stopped answering"
								     : "connected, but the server sent no greeting";
	return channel_fail(c, e, ERR_NET, "%s within %u s", what, (c->connect_ms + 999) / 1000);
}

static bool run(struct channel *c, const struct stop *stop, struct err *e) {
	CURLcode rc = CURLE_OK;
	enum curl_end end = curl_run(c->multi, stop, mono_ms() + c->connect_ms, &rc);
	if (end == CURL_STOPPED)
		return err_set(e, ERR_CANCELLED, "Stopped while connecting to %s", c->where);
	if (end == CURL_BROKEN)
		return err_nomem(e);
	if (end == CURL_TIMED_OUT || rc == CURLE_OPERATION_TIMEDOUT)
		return timed_out(c, e);
	if (rc != CURLE_OK)
		channel_explain(c, rc, e);
	return rc == CURLE_OK;
}

/* libcurl did what was asked; this is the second look, at what must never be wrong. */
static bool check(struct channel *c, struct err *e) {
	curl_socket_t fd = CURL_SOCKET_BAD;
	curl_off_t handshake = 0;
	curl_easy_getinfo(c->easy, CURLINFO_ACTIVESOCKET, &fd);
	curl_easy_getinfo(c->easy, CURLINFO_APPCONNECT_TIME_T, &handshake); /* 0: no handshake was completed */
	c->fd = fd;
	c->encrypted = handshake > 0;
	if (fd == CURL_SOCKET_BAD)
		return channel_fail(c, e, ERR_NET, "the connection was lost");
	if (strncasecmp(c->greeting, "* PREAUTH", 9) == 0)
		return channel_fail(c, e, ERR_AUTH_POLICY, "the server logs in by itself (PREAUTH), so nobody "
				    "can say whose mailbox this is");
	if (c->ep->security != SEC_NONE && !c->encrypted)
		return channel_fail(c, e, ERR_TLS, "the connection is not encrypted");
	/* Several records in one read from now on: OpenSSL reads the five bytes of a record's head on their own
	 * otherwise, and Dovecot's records have 4 KiB. Not before: libcurl polls the socket for what would be in
	 * OpenSSL's buffer already. Our own readers drain first. */
	if (c->ssl) {
		SSL_set_msg_callback(c->ssl, NULL);
		SSL_set_read_ahead(c->ssl, 1);
	}
	return true;
}

struct channel *channel_open(struct net *net, const struct endpoint *ep, const struct channel_timeouts *t,
			     const struct stop *stop, struct err *e) {
	struct channel *c = calloc(1, sizeof *c);
	if (!c) {
		err_nomem(e);
		return NULL;
	}
	c->fd = -1;
	c->ep = ep;
	c->connect_ms = t && t->connect_ms ? t->connect_ms : DEFAULT_CONNECT_MS;
	c->idle_ms = t && t->idle_ms ? t->idle_ms : DEFAULT_IDLE_MS;
	describe(c);
	c->easy = curl_easy_init();
	c->multi = curl_multi_init();
	bool ok = c->easy && c->multi ? set_options(net, c, e) : err_nomem(e);
	if (ok && curl_multi_add_handle(c->multi, c->easy) != CURLM_OK)
		ok = err_nomem(e);
	ok = ok && run(c, stop, e) && check(c, e);
	c->ep = NULL;
	if (ok) {
		log_line(net->log, LOG_DEBUG, "net", "connected to %s%s", c->where, c->encrypted ? " (TLS)" : "");
		return c;
	}
	log_line(net->log, LOG_DEBUG, "net", "%s", e->text);
	channel_close(c);
	return NULL;
}
