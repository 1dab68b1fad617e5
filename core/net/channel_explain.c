/* SPDX-License-Identifier: MIT
 *
 * channel_explain.c - a failed connection in words the operator can act on.
 *
 * The CURLcode alone says little: the server's own line comes first, then the
 * system's errno, then what OpenSSL said about the certificate.
 */
#include <ctype.h>
#include <errno.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/text.h"
#include "core/net/channel_priv.h"
#include "core/net/classify.h"

void channel_errno_text(char *dst, size_t size, int number) {
	char why[128];
	text_copy(dst, size, strerror_r(number, why, sizeof why));
	/* "Connection refused", but not "RPC: ..." */
	if (dst[0] && !isupper((unsigned char)dst[1]))
		dst[0] = (char)tolower((unsigned char)dst[0]);
}

bool channel_fail(const struct channel *c, struct err *e, enum err_cat cat, const char *fmt, ...) {
	char why[ERR_TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	err_set(e, cat, "Failed to connect to %s: %s", c->where, why);
	e->reach = cat == ERR_NET ? ERR_UNREACHABLE : ERR_REACHED;
	return false;
}

/* The server's own words, with the category they mean, else Net. */
static void refused(const struct channel *c, const char *line, struct err *e) {
	err_set(e, ERR_NET, "%s refuses the connection: %s", c->where, line);
	net_classify_text(line, e);
}

/* What OpenSSL's text means; the first row whose text occurs wins. */
static const struct tls_text {
	const char *seen;
	enum err_cat cat;
	const char *say;
} tls_texts[] = {
	{ "wrong version number", ERR_TLS, "the server does not speak TLS on this port; try starttls" },
	{ "packet length too long", ERR_TLS, "the server does not speak TLS on this port; try starttls" },
	{ "unsupported protocol", ERR_TLS, "the server only knows a TLS that is too old; tls-legacy allows it" },
	{ "protocol version", ERR_TLS, "the server only knows a TLS that is too old; tls-legacy allows it" },
	{ "dh key too small", ERR_TLS, "the server's TLS parameters are too weak; tls-legacy allows them" },
	{ "ee key too small", ERR_TLS, "the server's TLS key is too weak; tls-legacy allows it" },
	{ "ca md too weak", ERR_TLS, "the server's certificate is signed too weakly; tls-legacy allows it" },
	{ "unsafe legacy renegotiation", ERR_TLS, "the server's TLS is too old; tls-legacy allows it" },
	{ "no protocols available", ERR_TLS, "this machine's OpenSSL allows no such old TLS" },
	{ "handshake failure", ERR_TLS, "the TLS handshake failed, no common cipher; tls-legacy may help" },
	{ "SSL_ERROR_SYSCALL", ERR_NET, "the connection broke during the TLS handshake" },
	{ "Connection reset", ERR_NET, "connection reset by peer during the TLS handshake" },
	{ "Broken pipe", ERR_NET, "the connection broke during the TLS handshake" },
	{ "unexpected eof", ERR_NET, "the server closed the connection during the TLS handshake" },
};

static void explain_certificate(const struct channel *c, struct err *e) {
	long verify = X509_V_OK;
	curl_easy_getinfo(c->easy, CURLINFO_SSL_VERIFYRESULT, &verify);
	if (verify == X509_V_ERR_CERT_HAS_EXPIRED)
		channel_fail(c, e, ERR_TLS, "the certificate has expired; a pin accepts it");
	else if (verify == X509_V_ERR_CERT_NOT_YET_VALID)
		channel_fail(c, e, ERR_TLS, "the certificate is not valid yet; check the clock");
	else if (strstr(c->curl_text, "certificate problem"))
		channel_fail(c, e, ERR_TLS, "certificate is not trusted: %s; give the CA file or a pin",
			     X509_verify_cert_error_string(verify));
	else
		channel_fail(c, e, ERR_TLS, "the certificate is for another host name; correct the server's "
			     "name or give a pin");
}

static void explain_handshake(const struct channel *c, struct err *e) {
	for (size_t i = 0; i < sizeof tls_texts / sizeof *tls_texts; i++) {
		if (strcasestr(c->curl_text, tls_texts[i].seen)) {
			channel_fail(c, e, tls_texts[i].cat, "%s", tls_texts[i].say);
			return;
		}
	}
	channel_fail(c, e, ERR_TLS, "TLS failed: %s", c->curl_text);
}

static const char *starttls_name(const struct channel *c) {
	return c->ep->proto == PROTO_IMAP ? "STARTTLS" : "STLS";
}

/* "A002 NO ..." or "-ERR ...": libcurl's tag is one letter and a number. */
static bool is_negative_reply(const char *line) {
	const char *status = strchr(line, ' ');
	return strncasecmp(line, "-ERR", 4) == 0 ||
	       (status && (strncasecmp(status, " NO", 3) == 0 || strncasecmp(status, " BAD", 4) == 0));
}

/* STARTTLS was required and did not happen. */
static void explain_no_starttls(const struct channel *c, struct err *e) {
	const char *name = starttls_name(c);
	if (strncasecmp(c->greeting, "* PREAUTH", 9) == 0)
		channel_fail(c, e, ERR_TLS, "the server logs in by itself (PREAUTH) before %s, so the connection "
			     "cannot be protected", name);
	else if (is_negative_reply(c->last_line))
		channel_fail(c, e, ERR_TLS, "the server refuses %s: %s", name, c->last_line);
	else
		channel_fail(c, e, ERR_TLS, "the server does not offer %s; try tls", name);
}

static void explain_network(const struct channel *c, CURLcode rc, struct err *e) {
	char why[160] = "";
	long number = 0;
	curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &number);
	if (number)
		channel_errno_text(why, sizeof why, (int)number);
	else if (c->ep->proxy[0] && c->curl_text[0])
		text_copy(why, sizeof why, c->curl_text); /* "CONNECT tunnel failed, response 407" */
	else if (rc == CURLE_RECV_ERROR || rc == CURLE_GOT_NOTHING)
		text_copy(why, sizeof why, c->greeting[0] ? "the server closed the connection"
							  : "the server closed the connection before its greeting");
	else
		text_copy(why, sizeof why, c->curl_text[0] ? c->curl_text : curl_easy_strerror(rc));
	channel_fail(c, e, ERR_NET, "%s", why);
	/* Our own want of descriptors says nothing of the server. */
	if (number == EMFILE || number == ENFILE)
		e->reach = ERR_REACHED;
}

static bool is_refusal(const char *line) {
	return strncasecmp(line, "* BYE", 5) == 0 || strncasecmp(line, "-ERR", 4) == 0;
}

/* A greeting that is no greeting: another service, or a server that sent more than it may. */
static void explain_reply(const struct channel *c, struct err *e) {
	bool started = c->ep->security == SEC_STARTTLS && c->greeting[0] && strcmp(c->last_line, c->greeting) != 0;
	if (started)
		channel_fail(c, e, ERR_TLS, "the server sent more than a reply to %s, which looks like an attack; "
			     "no login was sent", starttls_name(c));
	else if (c->greeting[0])
		channel_fail(c, e, ERR_SERVER_BUG, "this is no %s server: %s",
			     c->ep->proto == PROTO_IMAP ? "IMAP" : "POP3", c->greeting);
	else
		channel_fail(c, e, ERR_NET, "the server sent no greeting");
}

void channel_explain(const struct channel *c, CURLcode rc, struct err *e) {
	if (is_refusal(c->greeting)) {
		refused(c, c->greeting, e);
		return;
	}
	if (strncasecmp(c->last_line, "* BYE", 5) == 0) {
		refused(c, c->last_line, e);
		return;
	}
	switch (rc) {
	case CURLE_PEER_FAILED_VERIFICATION: explain_certificate(c, e); break;
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		channel_fail(c, e, ERR_TLS, "the server's key is not the pinned one");
		break;
	case CURLE_SSL_CONNECT_ERROR: explain_handshake(c, e); break;
	case CURLE_USE_SSL_FAILED: explain_no_starttls(c, e); break;
	case CURLE_WEIRD_SERVER_REPLY: explain_reply(c, e); break;
	case CURLE_COULDNT_RESOLVE_HOST:
		channel_fail(c, e, ERR_NET, "the host name is unknown");
		e->reach = ERR_NAME_UNKNOWN;
		break;
	case CURLE_COULDNT_RESOLVE_PROXY:
		channel_fail(c, e, ERR_NET, "the proxy's host name is unknown");
		break;
	case CURLE_OUT_OF_MEMORY: err_nomem(e); break;
	default: explain_network(c, rc, e); break;
	}
}
