/* SPDX-License-Identifier: MIT
 *
 * oauth_assertion.c - a certificate instead of a secret: signing with it (exchange-wire.md A.2, RFC 7515 and 7523).
 */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/net/oauth_int.h"

#define BASE64URL sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define LIFE_S 300
/* A clock that is a little ahead must not make the assertion one of the future. */
#define SKEW_S 60
#define ASSERTION_MAX 8192

static bool put_base64url(struct buf *b, const void *data, size_t n) {
	size_t room = sodium_base64_ENCODED_LEN(n, BASE64URL);
	char *to = buf_room(b, room);
	if (!to)
		return false;
	sodium_bin2base64(to, room, data, n, BASE64URL);
	buf_added(b, strlen(to));
	return true;
}

static bool put_json(struct buf *b, json_t *o) {
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	bool ok = text && put_base64url(b, text, strlen(text));
	free(text);
	json_decref(o);
	return ok;
}

static json_t *header_of(const X509 *certificate, struct err *e) {
	unsigned char digest[EVP_MAX_MD_SIZE];
	char text[sodium_base64_ENCODED_LEN(32, BASE64URL)];
	unsigned n = 0;
	if (!certificate_fingerprint(certificate, EVP_sha256(), digest, &n, e))
		return NULL;
	sodium_bin2base64(text, sizeof text, digest, n, BASE64URL);
	return json_pack("{s:s, s:s, s:s}", "alg", "PS256", "typ", "JWT", "x5t#S256", text);
}

static json_t *claims_of(const struct oauth_app *app, const char *audience) {
	unsigned char r[16];
	char id[37];
	json_int_t now = wall_ms() / 1000;
	randombytes_buf(r, sizeof r);
	r[6] = (unsigned char)(0x40 | (r[6] & 0x0F)); /* a random GUID: RFC 9562, 5.4 */
	r[8] = (unsigned char)(0x80 | (r[8] & 0x3F));
	snprintf(id, sizeof id, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", r[0], r[1],
		 r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13], r[14], r[15]);
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "aud", audience, "iss", app->client_id, "sub",
			 app->client_id, "jti", id, "nbf", now - SKEW_S, "iat", now, "exp", now + LIFE_S);
}

/* PS256: RSASSA-PSS with SHA-256, the salt as long as the hash (RFC 7518, 3.5). */
static bool sign(struct buf *b, EVP_PKEY *key) {
	unsigned char *signature = NULL;
	size_t n = 0;
	EVP_PKEY_CTX *how;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestSignInit(ctx, &how, EVP_sha256(), NULL, key) == 1 &&
		  EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
		  EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1 &&
		  EVP_DigestSign(ctx, NULL, &n, (const unsigned char *)b->data, b->len) == 1 &&
		  (signature = malloc(n)) != NULL &&
		  EVP_DigestSign(ctx, signature, &n, (const unsigned char *)b->data, b->len) == 1 && buf_putc(b, '.') &&
		  put_base64url(b, signature, n);
	free(signature);
	EVP_MD_CTX_free(ctx);
	return ok;
}

bool oauth_assertion(const struct oauth_app *app, const char *audience, struct secret *out, struct err *e) {
	struct key_pair p;
	struct buf b;
	buf_init(&b, ASSERTION_MAX);
	if (sodium_init() < 0)
		return err_nomem(e);
	if (!key_pair_read(&p, app->certificate, NULL, e))
		return err_prefix(e, "The certificate of %s cannot be used", app->tenant);
	bool ok = put_json(&b, header_of(p.certificate, e)) && buf_putc(&b, '.') &&
		  put_json(&b, claims_of(app, audience)) && sign(&b, p.key) && secret_set(out, b.data, b.len);
	if (!ok)
		err_set(e, ERR_MEMORY, "The sign-in request could not be signed");
	if (b.data)
		sodium_memzero(b.data, b.cap);
	buf_free(&b);
	key_pair_free(&p);
	return ok;
}
