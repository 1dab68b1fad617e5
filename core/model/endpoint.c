/* SPDX-License-Identifier: MIT
 *
 * endpoint.c - what an operator writes for a server, read strictly.
 */
#include "core/model/endpoint.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/text.h"

static const struct {
	const char *prefix;
	enum proto proto;
	enum security security;
} schemes[] = {
	{ "imaps://", PROTO_IMAP, SEC_TLS },
	{ "imap://", PROTO_IMAP, SEC_STARTTLS },
	{ "pop3s://", PROTO_POP3, SEC_TLS },
	{ "pop3://", PROTO_POP3, SEC_STARTTLS },
};

static const struct {
	const char *name;
	enum security security;
	bool insecure;
} securities[] = {
	{ "tls", SEC_TLS, false },
	{ "starttls", SEC_STARTTLS, false },
	{ "none", SEC_NONE, false },
	{ "tls-legacy", SEC_TLS_LEGACY, false },
	{ "insecure", SEC_TLS, true },
};

void endpoint_init(struct endpoint *ep) { *ep = (struct endpoint){ .proto = PROTO_IMAP, .security = SEC_TLS }; }

void endpoint_clear(struct endpoint *ep) {
	secret_clear(&ep->password);
	secret_clear(&ep->bearer);
	endpoint_init(ep);
}

static bool bad_server(struct err *e, const char *text, const char *why) {
	char shown[160];
	text_sanitise(shown, sizeof shown, text, strlen(text));
	return err_set(e, ERR_INPUT, "The server \"%s\" %s; write host, host:port or imaps://host:port", shown, why);
}

static bool is_ipv6(const char *host) {
	struct in6_addr a;
	return inet_pton(AF_INET6, host, &a) == 1;
}

/* Letters, digits, '.', '-', '_' and well-formed non-ASCII (an internationalised name). */
static bool is_host_name(const char *host) {
	char clean[HOST_MAX];
	size_t n = strlen(host);
	if (!n || host[0] == '-' || host[0] == '.')
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)host[i];
		if (c < 0x80 && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !strchr(".-_", c))
			return false;
	}
	return text_sanitise(clean, sizeof clean, host, n) == n && memcmp(clean, host, n) == 0;
}

/* Split "host[:port]" or "[v6][:port]" in place; *port stays NULL when none is written. */
static const char *split_authority(char *s, char **host, char **port) {
	*host = s;
	*port = NULL;
	if (*s == '[') {
		char *close = strchr(s, ']');
		if (!close)
			return "lacks the closing bracket of its address";
		*close = '\0';
		*host = s + 1;
		if (close[1] == ':')
			*port = close + 2;
		else if (close[1])
			return "has text after its address";
		return is_ipv6(*host) ? NULL : "has no IPv6 address in its brackets";
	}
	if (is_ipv6(s))
		return NULL;
	char *colon = strchr(s, ':');
	if (colon) {
		*colon = '\0';
		*port = colon + 1;
	}
	return is_host_name(s) ? NULL : "is not a host name";
}

bool endpoint_parse_server(struct endpoint *ep, const char *text, struct err *e) {
	char copy[HOST_MAX + 32], *host, *port;
	enum proto proto = ep->proto;
	enum security security = ep->security;
	uint64_t number = ep->port;
	const char *rest = text;
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		size_t n = strlen(schemes[i].prefix);
		if (strncasecmp(text, schemes[i].prefix, n) == 0) {
			proto = schemes[i].proto;
			security = schemes[i].security;
			rest = text + n;
			break;
		}
	}
	if (rest == text && strstr(text, "://"))
		return bad_server(e, text, "has an unknown scheme (imaps, imap, pop3s or pop3)");
	if (strchr(rest, '@'))
		return bad_server(e, text, "contains a login, which belongs in its own column");
	if (!text_copy(copy, sizeof copy, rest))
		return bad_server(e, text, "is too long");
	size_t n = strlen(copy);
	if (n && rest != text && copy[n - 1] == '/')
		copy[n - 1] = '\0';
	const char *why = split_authority(copy, &host, &port);
	if (why)
		return bad_server(e, text, why);
	if (port && !text_u64(port, 1, 65535, &number))
		return bad_server(e, text, "has a port that is not a number from 1 to 65535");
	if (strlen(host) >= sizeof ep->host)
		return bad_server(e, text, "is too long");
	text_copy(ep->host, sizeof ep->host, host);
	ep->proto = proto;
	ep->security = security;
	ep->port = (uint16_t)number;
	return true;
}

uint16_t endpoint_default_port(enum proto proto, enum security sec) {
	bool implicit = sec == SEC_TLS || sec == SEC_TLS_LEGACY;
	if (proto == PROTO_POP3)
		return implicit ? 995 : 110;
	return implicit ? 993 : 143;
}

bool endpoint_parse_security(struct endpoint *ep, const char *text, struct err *e) {
	for (size_t i = 0; i < sizeof securities / sizeof *securities; i++) {
		if (text_ieq(text, securities[i].name)) {
			ep->security = securities[i].security;
			ep->insecure = securities[i].insecure;
			return true;
		}
	}
	char shown[80];
	text_sanitise(shown, sizeof shown, text, strlen(text));
	return err_set(e, ERR_INPUT, "\"%s\" is no security setting; use tls, starttls, none, tls-legacy or insecure",
		       shown);
}

const char *endpoint_security_name(const struct endpoint *ep) {
	for (size_t i = 0; i < sizeof securities / sizeof *securities; i++)
		if (securities[i].security == ep->security && securities[i].insecure == ep->insecure)
			return securities[i].name;
	return "insecure"; /* STARTTLS or old TLS without checks: the missing check is what matters */
}

const char *proto_name(enum proto proto) { return proto == PROTO_POP3 ? "pop3" : "imap"; }

const char *endpoint_weakness(const struct endpoint *ep) {
	if (ep->security == SEC_NONE)
		return "clear text, no TLS (none)";
	if (ep->pin[0])
		return ep->security == SEC_TLS_LEGACY ? "old TLS (tls-legacy), certificate by its fingerprint (pin)"
						      : "certificate by its fingerprint (pin)";
	if (ep->insecure)
		return ep->security == SEC_TLS_LEGACY ? "old TLS (tls-legacy), certificate not checked (insecure)"
						      : "certificate not checked (insecure)";
	return ep->security == SEC_TLS_LEGACY ? "old TLS (tls-legacy)" : "";
}

bool endpoint_is_weak(const struct endpoint *ep) {
	return endpoint_weakness(ep)[0] != '\0';
}

void endpoint_url(char *dst, size_t size, const struct endpoint *ep) {
	bool implicit = ep->security == SEC_TLS || ep->security == SEC_TLS_LEGACY, v6 = strchr(ep->host, ':') != NULL;
	unsigned port = ep->port ? ep->port : endpoint_default_port(ep->proto, ep->security);
	snprintf(dst, size, "%s%s://%s%s%s:%u", proto_name(ep->proto), implicit ? "s" : "", v6 ? "[" : "", ep->host,
		 v6 ? "]" : "", port);
}
