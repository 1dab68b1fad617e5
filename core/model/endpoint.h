/* SPDX-License-Identifier: MIT
 *
 * endpoint.h - one account on one server, complete enough to open it.
 *
 * Built by core/store (mailbox_endpoints) from a row plus the project's target
 * settings; owned by the caller; endpoint_clear wipes its secret.
 */
#ifndef MAILVAN_MODEL_ENDPOINT_H
#define MAILVAN_MODEL_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/secret.h"

enum proto { PROTO_IMAP, PROTO_POP3 };
enum security { SEC_TLS, SEC_STARTTLS, SEC_NONE, SEC_TLS_LEGACY };

#define HOST_MAX 256
#define LOGIN_MAX 1024
#define PIN_HEX 64

struct endpoint {
	enum proto proto;
	enum security security;
	bool insecure;		 /* TLS without certificate checks: only when the operator said so */
	char pin[PIN_HEX + 1];	 /* SHA-256 of the certificate's SubjectPublicKeyInfo, hex; "" = none */
	char ca_file[1024];	 /* "" = the system's store */
	char proxy[512];	 /* "" = none (the environment is never read) */
	char host[HOST_MAX];	 /* name or address, IPv6 without brackets */
	uint16_t port;
	char login[LOGIN_MAX];	 /* authentication identity */
	char authzid[LOGIN_MAX]; /* mailbox to open when another login opens it; "" = the login's own */
	char user[LOGIN_MAX];	 /* the mailbox itself, for people and for the lease key */
	bool admin;		 /* login and password are an admin's, for many mailboxes (settings.h) */
	struct secret password;
	struct secret bearer;	 /* OAuth token; when present it is used instead of the password */
	int64_t tenant;		 /* signs in with a token of that tenant (store/tenants.h), new for each connection */
};

void endpoint_init(struct endpoint *ep);
void endpoint_clear(struct endpoint *ep);

/* "host", "host:port", "[::1]:993", "imaps://host:port", "imap://" (STARTTLS required),
 * "pop3s://", "pop3://" (STLS required). Sets host, and what the text says of proto,
 * security and port; what it does not say keeps the value it has. Port 0 afterwards
 * means "the default for proto and security": see endpoint_default_port. */
bool endpoint_parse_server(struct endpoint *ep, const char *text, struct err *e);
uint16_t endpoint_default_port(enum proto proto, enum security sec);

/* "tls", "starttls", "none", "tls-legacy", and "insecure" (= TLS, unverified). */
bool endpoint_parse_security(struct endpoint *ep, const char *text, struct err *e);
const char *endpoint_security_name(const struct endpoint *ep);
const char *proto_name(enum proto proto); /* "imap", "pop3" */
/* True when the wire is clear, or certificates are not checked in the ordinary way (off, legacy, a pin): red on
 * the screen, since only the operator's word stands for it. */
bool endpoint_is_weak(const struct endpoint *ep);
/* The same in words: "clear text, no TLS", "certificate not checked (insecure)", ...; "" when it is not weak. */
const char *endpoint_weakness(const struct endpoint *ep);
/* "imaps://host:993", for errors and the screen; never with a login. */
void endpoint_url(char *dst, size_t size, const struct endpoint *ep);

#endif
