/* SPDX-License-Identifier: MIT
 *
 * oauth_int.h - what the oauth*.c files share; nobody else includes it.
 */
#ifndef MAILVAN_NET_OAUTH_INT_H
#define MAILVAN_NET_OAUTH_INT_H

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "core/net/oauth.h"

/* A.2: the signed assertion that takes the place of a secret; audience is the URL it is sent to. */
bool oauth_assertion(const struct oauth_app *app, const char *audience, struct secret *out, struct err *e);

/* oauth_certificate.c: an RSA key and its certificate. password: of an encrypted key; NULL: the key must not be. */
struct key_pair {
	EVP_PKEY *key;
	X509 *certificate;
};
bool key_pair_read(struct key_pair *p, const struct secret *pem, const struct secret *password, struct err *e);
void key_pair_free(struct key_pair *p);
bool certificate_fingerprint(const X509 *certificate, const EVP_MD *md, unsigned char digest[EVP_MAX_MD_SIZE],
			     unsigned *n, struct err *e);

/* An answer that is no success, in words. Always false. */
bool oauth_refused(const struct http_response *r, const json_t *answer, const struct oauth_app *app, struct err *e);

#endif
