/* SPDX-License-Identifier: MIT
 *
 * oauth_certificate.c - the certificate that an app signs in with (exchange-wire.md A.2): read from PEM or PKCS#12 (RFC
 * 7292), and made anew.
 */
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/net/oauth_int.h"

#define KEY_BITS 2048

/* The password for libcrypto; none is given rather than one asked for on the terminal. */
static int give_password(char *buf, int size, int rw, void *arg) {
	const struct secret *password = arg;
	(void)rw;
	if (!password || !password->data || password->len > (size_t)size)
		return 0;
	memcpy(buf, password->data, password->len);
	return (int)password->len;
}

static void *for_callback(const struct secret *password) {
	return (void *)(uintptr_t)password; /* which reads it only */
}

void key_pair_free(struct key_pair *p) {
	EVP_PKEY_free(p->key);
	X509_free(p->certificate);
	*p = (struct key_pair){ 0 };
	ERR_clear_error();
}

static bool key_pair_check(struct key_pair *p, struct err *e) {
	if (!p->key)
		err_set(e, ERR_INPUT,
			"it holds no private key that can be read; put it before the certificate, as PEM");
	else if (!p->certificate)
		err_set(e, ERR_INPUT, "it holds no certificate in PEM form; put it behind the private key");
	else if (X509_check_private_key(p->certificate, p->key) != 1)
		err_set(e, ERR_INPUT, "its certificate belongs to another private key");
	else if (EVP_PKEY_get_base_id(p->key) != EVP_PKEY_RSA)
		err_set(e, ERR_INPUT, "its key is not RSA, and the sign-in service takes no other");
	else
		return true;
	key_pair_free(p);
	return false;
}

bool key_pair_read(struct key_pair *p, const struct secret *pem, const struct secret *password, struct err *e) {
	BIO *in = BIO_new_mem_buf(pem->data, (int)pem->len);
	*p = (struct key_pair){ 0 };
	if (!in)
		return err_nomem(e);
	p->key = PEM_read_bio_PrivateKey(in, NULL, give_password, for_callback(password));
	BIO_free(in);
	/* From the start again: either may stand first. */
	if ((in = BIO_new_mem_buf(pem->data, (int)pem->len)))
		p->certificate = PEM_read_bio_X509(in, NULL, give_password, NULL);
	BIO_free(in);
	return key_pair_check(p, e);
}

bool certificate_fingerprint(const X509 *certificate, const EVP_MD *md, unsigned char digest[EVP_MAX_MD_SIZE],
			     unsigned *n, struct err *e) {
	return X509_digest(certificate, md, digest, n) == 1 || err_nomem(e);
}

/* SHA-1: that is what the app registration shows. */
static bool thumbprint_of(const X509 *certificate, char *dst, size_t size, struct err *e) {
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	if (!certificate_fingerprint(certificate, EVP_sha1(), digest, &n, e))
		return false;
	if (2 * n + 1 > size)
		return err_set(e, ERR_INPUT, "The thumbprint is too long");
	sodium_bin2hex(dst, size, digest, n);
	return true;
}

/* ---- reading ---- */

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

static bool pem_read(struct key_pair *p, const struct secret *file, const struct secret *password, bool *locked,
		     struct err *e) {
	/* "BEGIN ENCRYPTED PRIVATE KEY" (PKCS#8), or "Proc-Type: 4,ENCRYPTED" of older ones. */
	if (!strstr(file->data, "ENCRYPTED"))
		return key_pair_read(p, file, NULL, e);
	if (key_pair_read(p, file, password, e))
		return true;
	/* Another fault than the password's, if the key itself could be read. */
	BIO *in = BIO_new_mem_buf(file->data, (int)file->len);
	EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, give_password, for_callback(password)) : NULL;
	*locked = in && !key;
	EVP_PKEY_free(key);
	BIO_free(in);
	ERR_clear_error();
	return *locked ? err_set(e, ERR_INPUT, password ? "its password is another" : "it is protected by a password")
		       : false;
}

static bool pkcs12_open(struct key_pair *p, PKCS12 *file, const struct secret *password, bool *locked, struct err *e) {
	const char *typed = password && password->data ? password->data : NULL;
	/* Without a password there are two ways to have none. */
	if (PKCS12_verify_mac(file, typed, typed ? (int)password->len : 0) != 1 &&
	    (typed || PKCS12_verify_mac(file, "", 0) != 1)) {
		*locked = true;
		return err_set(e, ERR_INPUT, typed ? "its password is another" : "it is protected by a password");
	}
	if (PKCS12_parse(file, typed ? typed : "", &p->key, &p->certificate, NULL) != 1)
		return err_set(e, ERR_INPUT,
			       "it is encrypted by a method that is too old (RC2 or RC4): export it again with AES, or "
			       "run: openssl pkcs12 -legacy -in app.pfx -out app.pem -nodes");
	return key_pair_check(p, e);
}

static bool pkcs12_read(struct key_pair *p, const struct secret *file, const struct secret *password, bool *locked,
			struct err *e) {
	const unsigned char *at = (const unsigned char *)file->data;
	PKCS12 *p12 = d2i_PKCS12(NULL, &at, (long)file->len);
	if (!p12)
		return err_set(e, ERR_INPUT, "it is neither PEM nor PKCS#12 (.pfx)");
	bool ok = pkcs12_open(p, p12, password, locked, e);
	PKCS12_free(p12);
	return ok;
}

/* Key and certificate as PEM without a password: what the vault seals, and oauth_assertion reads. */
static bool pair_text(const struct key_pair *p, struct secret *out, struct err *e) {
	char *text = NULL;
	BIO *mem = BIO_new(BIO_s_secmem());
	bool ok = mem && PEM_write_bio_PrivateKey(mem, p->key, NULL, NULL, 0, NULL, NULL) == 1 &&
		  PEM_write_bio_X509(mem, p->certificate) == 1;
	long n = ok ? BIO_get_mem_data(mem, &text) : 0;
	ok = ok && n > 0 && secret_set(out, text, (size_t)n);
	if (text)
		sodium_memzero(text, (size_t)n);
	BIO_free(mem);
	return ok || err_nomem(e);
}

bool oauth_certificate_read(const char *path, const struct secret *password, struct secret *out, char *thumbprint,
			    size_t size, bool *locked, struct err *e) {
	struct key_pair p = { 0 };
	struct secret file = { 0 };
	*locked = false;
	if (!private_read(path, &file, e))
		return false;
	bool ok = strstr(file.data, "-----BEGIN") ? pem_read(&p, &file, password, locked, e)
						  : pkcs12_read(&p, &file, password, locked, e);
	secret_clear(&file);
	if (!ok) {
		key_pair_free(&p);
		return err_prefix(e, "The certificate %s cannot be used", path);
	}
	ok = X509_cmp_current_time(X509_get0_notAfter(p.certificate)) > 0 ||
	     err_set(e, ERR_INPUT, "The certificate in %s has expired", path);
	ok = ok && thumbprint_of(p.certificate, thumbprint, size, e) && pair_text(&p, out, e);
	key_pair_free(&p);
	return ok;
}

/* ---- making ---- */

static X509 *self_signed(EVP_PKEY *key, const char *name, unsigned days) {
	unsigned char serial[16];
	X509 *x = X509_new();
	BIGNUM *number = RAND_bytes(serial, sizeof serial) == 1 ? BN_bin2bn(serial, sizeof serial, NULL) : NULL;
	X509_NAME *subject = x ? X509_get_subject_name(x) : NULL;
	bool ok =
		number && subject && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x)) &&
		X509_set_version(x, X509_VERSION_3) == 1 &&
		X509_gmtime_adj(X509_getm_notBefore(x), -300) && /* a clock that is ahead */
		X509_gmtime_adj(X509_getm_notAfter(x), (long)days * 86400) &&
		X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0) == 1 &&
		X509_set_issuer_name(x, subject) == 1 && X509_set_pubkey(x, key) == 1 &&
		X509_sign(x, key, EVP_sha256()) > 0;
	BN_free(number);
	if (ok)
		return x;
	X509_free(x);
	return NULL;
}

/* A file that was not there before, with these bytes and this mode. */
static bool new_file(const char *path, mode_t mode, const char *text, size_t n, struct err *e) {
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return err_errno(e, ERR_INPUT, "Cannot make the file %s", path);
	bool ok = write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	if (ok)
		return true;
	err_errno(e, ERR_LOCAL_DISK, "Cannot write %s", path);
	unlink(path);
	return false;
}

static bool write_pair(const struct key_pair *p, const char *path, const char *upload, struct err *e) {
	struct secret both = { 0 };
	bool ok = pair_text(p, &both, e) && new_file(path, 0600, both.data, both.len, e);
	const char *certificate = ok ? strstr(both.data, "-----BEGIN CERTIFICATE") : NULL;
	if (ok && !(certificate && new_file(upload, 0644, certificate, strlen(certificate), e))) {
		unlink(path);
		ok = false;
	}
	secret_clear(&both);
	return ok;
}

bool oauth_certificate_make(const char *path, const char *upload, const char *name, unsigned days,
			    char thumbprint[OAUTH_THUMBPRINT_MAX], struct err *e) {
	struct key_pair p = { .key = EVP_RSA_gen(KEY_BITS) };
	if (p.key)
		p.certificate = self_signed(p.key, name, days);
	bool ok =
		p.certificate != NULL ||
		err_set(e, ERR_INPUT, "No certificate can be made for the name \"%.64s\": 64 characters at most", name);
	ok = ok && thumbprint_of(p.certificate, thumbprint, OAUTH_THUMBPRINT_MAX, e) && write_pair(&p, path, upload, e);
	key_pair_free(&p);
	return ok;
}
