/* SPDX-License-Identifier: MIT
 *
 * jwt.c - access tokens of this server (RS256), and the certificate assertions that clients sign (A.2: PS256, RS256).
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/tenant/tenant.h"

static FILE *open_in(struct world *w, const char *name) {
	char file[1100];
	snprintf(file, sizeof file, "%s/%s", w->dir, name);
	return fopen(file, "r");
}

bool jwt_load(struct world *w) {
	FILE *f = open_in(w, "jwt.key");
	if (f) {
		w->key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
		fclose(f);
	}
	f = open_in(w, "app.pem");
	if (f) {
		w->app = PEM_read_X509(f, NULL, NULL, NULL);
		fclose(f);
	}
	return w->key && w->app;
}

void base64url(const void *bytes, size_t n, char *out, size_t size) {
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const unsigned char *b = bytes;
	size_t o = 0;
	for (size_t i = 0; i < n && o + 5 < size; i += 3) {
		unsigned v =
			(unsigned)b[i] << 16 | (i + 1 < n ? (unsigned)b[i + 1] << 8 : 0) | (i + 2 < n ? b[i + 2] : 0);
		size_t chars = n - i >= 3 ? 4 : n - i + 1;
		for (size_t k = 0; k < chars; k++)
			out[o++] = digits[v >> (18 - 6 * k) & 63];
	}
	out[o] = '\0';
}

/* Bytes, or -1. */
static int unbase64url(const char *in, size_t n, unsigned char *out, size_t size) {
	unsigned v = 0, bits = 0;
	size_t o = 0;
	for (size_t i = 0; i < n; i++) {
		char c = in[i];
		unsigned d = c >= 'A' && c <= 'Z'   ? (unsigned)(c - 'A')
			     : c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 26
			     : c >= '0' && c <= '9' ? (unsigned)(c - '0') + 52
			     : c == '-'		    ? 62
			     : c == '_'		    ? 63
						    : 64;
		if (d == 64 || o + 1 >= size)
			return -1;
		v = v << 6 | d;
		bits += 6;
		if (bits >= 8)
			out[o++] = (unsigned char)(v >> (bits -= 8));
	}
	out[o] = '\0';
	return (int)o;
}

/* header.claims, read but not believed; signature and what it covers for the caller. */
struct parts {
	json_t *header, *claims;
	unsigned char signature[1024];
	int signature_len;
	size_t covered;
};

static bool split(const char *token, struct parts *p) {
	static unsigned char text[32768];
	const char *dot = strchr(token, '.'), *second = dot ? strchr(dot + 1, '.') : NULL;
	memset(p, 0, sizeof *p);
	if (!second || strlen(token) >= sizeof text)
		return false;
	int n = unbase64url(token, (size_t)(dot - token), text, sizeof text);
	p->header = n > 0 ? json_loadb((char *)text, (size_t)n, 0, NULL) : NULL;
	n = unbase64url(dot + 1, (size_t)(second - dot - 1), text, sizeof text);
	p->claims = n > 0 ? json_loadb((char *)text, (size_t)n, 0, NULL) : NULL;
	p->signature_len = unbase64url(second + 1, strlen(second + 1), p->signature, sizeof p->signature);
	p->covered = (size_t)(second - token);
	return json_is_object(p->header) && json_is_object(p->claims) && p->signature_len > 0;
}

static bool verify(const char *token, const struct parts *p, EVP_PKEY *key, bool pss) {
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pk = NULL;
	bool good = EVP_DigestVerifyInit(md, &pk, EVP_sha256(), NULL, key) == 1 &&
		    (!pss || (EVP_PKEY_CTX_set_rsa_padding(pk, RSA_PKCS1_PSS_PADDING) == 1 &&
			      EVP_PKEY_CTX_set_rsa_pss_saltlen(pk, RSA_PSS_SALTLEN_DIGEST) == 1)) &&
		    EVP_DigestVerify(md, p->signature, (size_t)p->signature_len, (const unsigned char *)token,
				     p->covered) == 1;
	EVP_MD_CTX_free(md);
	return good;
}

char *jwt_issue(struct world *w, json_t *claims, long life) {
	char head[200], *text, *token;
	unsigned char signature[512];
	size_t n = sizeof signature;
	int64_t now = now_ms() / 1000;
	json_object_set_new(claims, "iss", json_string("https://sts.windows.net/" TENANT_GUID "/"));
	/* Real ones are the service principal's object id; Dovecot takes no token without. */
	json_object_set(claims, "sub", json_object_get(claims, "appid"));
	json_object_set_new(claims, "tid", json_string(TENANT_GUID));
	json_object_set_new(claims, "iat", json_integer(now));
	json_object_set_new(claims, "nbf", json_integer(now - 5));
	json_object_set_new(claims, "exp", json_integer(now + life));
	db_do(w, "UPDATE counter SET value = value + 1 WHERE name = 'token'", "");
	json_object_set_new(claims, "serial",
			    json_integer(db_int(w, "SELECT value FROM counter WHERE name = 'token'", "")));
	/* Dovecot's local validation looks for the key "default" when no kid names another. */
	base64url("{\"typ\":\"JWT\",\"alg\":\"RS256\",\"kid\":\"default\"}", 43, head, sizeof head);
	text = json_dumps(claims, JSON_COMPACT);
	size_t size = strlen(head) + strlen(text) * 2 + 1024, len;
	token = calloc(1, size);
	if (!token)
		abort();
	len = (size_t)snprintf(token, size, "%s.", head);
	base64url(text, strlen(text), token + len, size - len);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	if (EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, w->key) != 1 ||
	    EVP_DigestSign(md, signature, &n, (unsigned char *)token, strlen(token)) != 1)
		abort();
	EVP_MD_CTX_free(md);
	len = strlen(token);
	token[len++] = '.';
	base64url(signature, n, token + len, size - len);
	free(text);
	json_decref(claims);
	return token;
}

json_t *jwt_check(struct world *w, const char *token, const char **why) {
	struct parts p;
	*why = "CompactToken parsing failed with error code: 80049217";
	if (split(token, &p)) {
		json_int_t exp = json_integer_value(json_object_get(p.claims, "exp"));
		json_int_t serial = json_integer_value(json_object_get(p.claims, "serial"));
		if (!verify(token, &p, w->key, false))
			*why = "Access token validation failure. Invalid signature.";
		else if (exp * 1000 <= now_ms() ||
			 serial <= db_int(w, "SELECT value FROM counter WHERE name = 'tokens_from'", ""))
			*why = "Lifetime validation failed, the token is expired.";
		else
			*why = NULL;
	}
	json_t *claims = *why ? NULL : json_incref(p.claims);
	json_decref(p.header);
	json_decref(p.claims);
	return claims;
}

static bool text_is(const json_t *o, const char *name, const char *value) {
	const char *v = json_string_value(json_object_get(o, name));
	return v && strcmp(v, value) == 0;
}

/* x5t#S256 is SHA-256 of the certificate's DER, x5t SHA-1 of it. */
static bool names_certificate(struct world *w, const json_t *header) {
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	char text[100];
	bool new_form = json_object_get(header, "x5t#S256") != NULL;
	X509_digest(w->app, new_form ? EVP_sha256() : EVP_sha1(), digest, &n);
	base64url(digest, n, text, sizeof text);
	return text_is(header, new_form ? "x5t#S256" : "x5t", text);
}

bool jwt_assertion(struct world *w, const char *token, const char *audience, const char **why) {
	struct parts p;
	EVP_PKEY *key = X509_get_pubkey(w->app);
	int64_t now = now_ms() / 1000;
	*why = "AADSTS50027: JWT token is invalid or malformed.";
	if (split(token, &p)) {
		bool pss = text_is(p.header, "alg", "PS256");
		json_int_t exp = json_integer_value(json_object_get(p.claims, "exp"));
		json_int_t nbf = json_integer_value(json_object_get(p.claims, "nbf"));
		if (!pss && !text_is(p.header, "alg", "RS256"))
			*why = "AADSTS5002738: Invalid JWT token. The algorithm is not supported.";
		else if (!names_certificate(w, p.header))
			*why = "AADSTS700027: The certificate with identifier used to sign the client assertion is "
			       "not registered on application.";
		else if (!verify(token, &p, key, pss))
			*why = "AADSTS700027: Client assertion failed signature validation.";
		else if (!text_is(p.claims, "aud", audience))
			*why = "AADSTS700023: Client assertion audience claim does not match Realm issuer.";
		else if (!text_is(p.claims, "iss", APP_CLIENT) || !text_is(p.claims, "sub", APP_CLIENT))
			*why = "AADSTS700021: Client assertion application identifier doesn't match 'client_id' "
			       "parameter.";
		else if (!json_is_string(json_object_get(p.claims, "jti")))
			*why = "AADSTS50027: JWT token is invalid or malformed: no jti.";
		else if (exp <= now || nbf > now + 300 || exp > now + 600 + 300)
			*why = "AADSTS700024: Client assertion is not within its valid time range.";
		else
			*why = NULL;
	}
	json_decref(p.header);
	json_decref(p.claims);
	EVP_PKEY_free(key);
	return !*why;
}
