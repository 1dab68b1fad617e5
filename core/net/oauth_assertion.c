/* SPDX-License-Identifier: MIT
 *
 * oauth_assertion.c - a certificate instead of a secret: reading it, and signing with it (exchange-wire.md A.2, RFC
 * 7515 and 7523).
 */
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/net/oauth_int.h"

#define BASE64URL sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define LIFE_S 300
/* A clock that is a little ahead must not make the assertion one of the future. */
#define SKEW_S 60
#define ASSERTION_MAX 8192

static int no_password(char *buf, int size, int rw, void *arg) {
	(void)buf, (void)size, (void)rw, (void)arg;
	return 0; /* rather than asking on the terminal */
}

struct pair {
	EVP_PKEY *key;
	X509 *certificate;
};

static void pair_free(struct pair *p) {
	EVP_PKEY_free(p->key);
	X509_free(p->certificate);
	ERR_clear_error();
}

static bool pair_read(struct pair *p, const struct secret *pem, struct err *e) {
	BIO *in = BIO_new_mem_buf(pem->data, (int)pem->len);
	*p = (struct pair){ 0 };
	if (!in)
		return err_nomem(e);
	p->key = PEM_read_bio_PrivateKey(in, NULL, no_password, NULL);
	BIO_free(in);
	/* From the start again: either may stand first. */
	if ((in = BIO_new_mem_buf(pem->data, (int)pem->len)))
		p->certificate = PEM_read_bio_X509(in, NULL, no_password, NULL);
	BIO_free(in);
	if (!p->key)
		err_set(e, ERR_INPUT,
			"it holds no private key in PEM form without a password; make one with: openssl pkcs12 -in "
			"app.pfx -out app.pem -nodes");
	else if (!p->certificate)
		err_set(e, ERR_INPUT, "it holds no certificate in PEM form; put it behind the private key");
	else if (X509_check_private_key(p->certificate, p->key) != 1)
		err_set(e, ERR_INPUT, "its certificate belongs to another private key");
	else if (EVP_PKEY_get_base_id(p->key) != EVP_PKEY_RSA)
		err_set(e, ERR_INPUT, "its key is not RSA, and the sign-in service takes no other");
	else
		return true;
	pair_free(p);
	return false;
}

static bool fingerprint(const X509 *certificate, const EVP_MD *md, unsigned char digest[EVP_MAX_MD_SIZE], unsigned *n,
			struct err *e) {
	return X509_digest(certificate, md, digest, n) == 1 || err_nomem(e);
}

static bool private_read(const char *path, struct secret *out, struct err *e) {
	struct stat st;
	char *text = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return err_errno(e, ERR_INPUT, "Cannot open the certificate %s", path);
	bool ok = fstat(fd, &st) == 0 || err_errno(e, ERR_INPUT, "Cannot look at %s", path);
	if (ok && (!S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > SECRET_MAX))
		ok = err_set(e, ERR_INPUT, "%s is not a file of a private key and its certificate", path);
	if (ok && (st.st_mode & 077))
		ok = err_set(e, ERR_INPUT, "Others can read the private key in %s; run: chmod 600 %s", path, path);
	if (ok && !(text = malloc((size_t)st.st_size)))
		ok = err_nomem(e);
	ssize_t n = ok ? read(fd, text, (size_t)st.st_size) : 0;
	if (ok && n != st.st_size)
		ok = err_errno(e, ERR_INPUT, "Cannot read %s", path);
	ok = ok && (secret_set(out, text, (size_t)n) || err_nomem(e));
	if (text) {
		sodium_memzero(text, (size_t)st.st_size);
		free(text);
	}
	close(fd);
	return ok;
}

bool oauth_certificate_read(const char *path, struct secret *out, char *thumbprint, size_t size, struct err *e) {
	struct pair p;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	if (!private_read(path, out, e))
		return false;
	if (!pair_read(&p, out, e)) {
		secret_clear(out);
		return err_prefix(e, "The certificate %s cannot be used", path);
	}
	bool ok = X509_cmp_current_time(X509_get0_notAfter(p.certificate)) > 0 ||
		  err_set(e, ERR_INPUT, "The certificate in %s has expired", path);
	/* SHA-1: that is what the app registration shows. */
	ok = ok && fingerprint(p.certificate, EVP_sha1(), digest, &n, e) &&
	     (2 * n + 1 <= size || err_set(e, ERR_INPUT, "The thumbprint is too long"));
	if (ok)
		sodium_bin2hex(thumbprint, size, digest, n);
	else
		secret_clear(out);
	pair_free(&p);
	return ok;
}

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
	if (!fingerprint(certificate, EVP_sha256(), digest, &n, e))
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
	struct pair p;
	struct buf b;
	buf_init(&b, ASSERTION_MAX);
	if (sodium_init() < 0)
		return err_nomem(e);
	if (!pair_read(&p, app->certificate, e))
		return err_prefix(e, "The certificate of %s cannot be used", app->tenant);
	bool ok = put_json(&b, header_of(p.certificate, e)) && buf_putc(&b, '.') &&
		  put_json(&b, claims_of(app, audience)) && sign(&b, p.key) && secret_set(out, b.data, b.len);
	if (!ok)
		err_set(e, ERR_MEMORY, "The sign-in request could not be signed");
	if (b.data)
		sodium_memzero(b.data, b.cap);
	buf_free(&b);
	pair_free(&p);
	return ok;
}
