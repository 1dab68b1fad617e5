/* SPDX-License-Identifier: MIT
 *
 * test_certificate.c - the certificate of an app, from each kind of file that administrators have, with the right, a
 * wrong and no password; and one that mailvan makes itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "core/base/text.h"
#include "core/net/oauth.h"

struct fixture {
	char dir[64], path[128], upload[128], made[OAUTH_THUMBPRINT_MAX];
	EVP_PKEY *key;
	X509 *certificate;
};

static int begin(void **state) {
	struct fixture *f = calloc(1, sizeof *f);
	struct err e;
	assert_non_null(f);
	text_copy(f->dir, sizeof f->dir, "/tmp/mailvan-pfx-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof f->path, "%s/app.pem", f->dir);
	snprintf(f->upload, sizeof f->upload, "%s/app.cer", f->dir);
	assert_true(oauth_certificate_make(f->path, f->upload, "mailvan", 30, f->made, &e));
	FILE *in = fopen(f->path, "r");
	f->key = PEM_read_PrivateKey(in, NULL, NULL, NULL);
	f->certificate = PEM_read_X509(in, NULL, NULL, NULL);
	fclose(in);
	assert_non_null(f->key);
	assert_non_null(f->certificate);
	*state = f;
	return 0;
}

static int end(void **state) {
	struct fixture *f = *state;
	unlink(f->path);
	unlink(f->upload);
	rmdir(f->dir);
	EVP_PKEY_free(f->key);
	X509_free(f->certificate);
	free(f);
	return 0;
}

/* What a file becomes, and that it is the same key and certificate. */
static void reads(struct fixture *f, const char *password) {
	struct secret given = { 0 }, out = { 0 };
	char thumbprint[OAUTH_THUMBPRINT_MAX];
	bool locked;
	struct err e;
	if (password)
		assert_true(secret_set(&given, password, strlen(password)));
	if (!oauth_certificate_read(f->path, password ? &given : NULL, &out, thumbprint, sizeof thumbprint, &locked,
				    &e))
		fail_msg("%s", e.text);
	assert_false(locked);
	assert_string_equal(thumbprint, f->made);
	BIO *mem = BIO_new_mem_buf(out.data, (int)out.len);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(mem, NULL, NULL, NULL);
	assert_non_null(key); /* without a password from now on */
	assert_int_equal(EVP_PKEY_eq(key, f->key), 1);
	assert_non_null(strstr(out.data, "-----BEGIN CERTIFICATE-----"));
	EVP_PKEY_free(key);
	BIO_free(mem);
	secret_clear(&given);
	secret_clear(&out);
}

static void refuses(struct fixture *f, const char *password, bool wants_password, const char *says) {
	struct secret given = { 0 }, out = { 0 };
	char thumbprint[OAUTH_THUMBPRINT_MAX];
	bool locked;
	struct err e;
	if (password)
		assert_true(secret_set(&given, password, strlen(password)));
	assert_false(oauth_certificate_read(f->path, password ? &given : NULL, &out, thumbprint, sizeof thumbprint,
					    &locked, &e));
	assert_false(secret_present(&out));
	assert_int_equal(e.cat, ERR_INPUT);
	assert_int_equal(locked, wants_password);
	if (!strstr(e.text, says))
		fail_msg("%s", e.text);
	secret_clear(&given);
}

static void write_pfx(struct fixture *f, const char *password, EVP_PKEY *key, int cipher) {
	FILE *out = fopen(f->path, "w");
	PKCS12 *p12 = PKCS12_create(password, "app", key, f->certificate, NULL, cipher, cipher, 0, 0, 0);
	assert_non_null(p12);
	assert_int_equal(i2d_PKCS12_fp(out, p12), 1);
	PKCS12_free(p12);
	fclose(out);
}

static void a_pfx(void **state) {
	struct fixture *f = *state;
	write_pfx(f, "p\xC3\xA4ss", f->key, 0);
	reads(f, "p\xC3\xA4ss");
	refuses(f, NULL, true, "protected by a password");
	refuses(f, "another", true, "password is another");
	/* As Windows exports it by default, and without a password in both ways. */
	write_pfx(f, "pw", f->key, NID_pbe_WithSHA1And3_Key_TripleDES_CBC);
	reads(f, "pw");
	write_pfx(f, "", f->key, 0);
	reads(f, NULL);
	write_pfx(f, NULL, f->key, 0);
	reads(f, NULL);
}

static void a_pem_with_a_password(void **state) {
	struct fixture *f = *state;
	static const struct {
		const char *name;
		bool traditional;
	} kinds[] = { { "PKCS#8", false }, { "older", true } };
	for (size_t i = 0; i < 2; i++) {
		BIO *out = BIO_new_file(f->path, "w");
		const unsigned char *pw = (const unsigned char *)"pw";
		assert_int_equal(kinds[i].traditional ? PEM_write_bio_PrivateKey_traditional(
								out, f->key, EVP_aes_128_cbc(), pw, 2, NULL, NULL)
						      : PEM_write_bio_PKCS8PrivateKey(out, f->key, EVP_aes_128_cbc(),
										      "pw", 2, NULL, NULL),
				 1);
		assert_int_equal(PEM_write_bio_X509(out, f->certificate), 1);
		BIO_free(out);
		reads(f, "pw");
		refuses(f, NULL, true, "protected by a password");
		refuses(f, "another", true, "password is another");
	}
	/* The password fits, and something else is wrong. */
	BIO *out = BIO_new_file(f->path, "w");
	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(out, f->key, EVP_aes_128_cbc(), "pw", 2, NULL, NULL), 1);
	BIO_free(out);
	refuses(f, "pw", false, "no certificate");
}

static void other_files(void **state) {
	struct fixture *f = *state;
	EVP_PKEY *ec = EVP_EC_gen("P-256");
	X509 *x = X509_dup(f->certificate);
	X509_set_pubkey(x, ec);
	assert_true(X509_sign(x, ec, EVP_sha256()) > 0);
	PKCS12 *p12 = PKCS12_create("pw", "app", ec, x, NULL, 0, 0, 0, 0, 0);
	FILE *out = fopen(f->path, "w");
	i2d_PKCS12_fp(out, p12);
	fclose(out);
	PKCS12_free(p12);
	X509_free(x);
	EVP_PKEY_free(ec);
	refuses(f, "pw", false, "not RSA");
	out = fopen(f->path, "w");
	fwrite("\x30\x82\x00\x04\x02\x01\x03\x00", 1, 8, out);
	fclose(out);
	refuses(f, "pw", false, "neither PEM nor PKCS#12");
}

static void one_that_is_made(void **state) {
	struct fixture *f = *state;
	struct stat st;
	struct err e;
	char thumbprint[OAUTH_THUMBPRINT_MAX], text[8192] = "";
	reads(f, NULL);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	FILE *in = fopen(f->upload, "r");
	assert_true(fread(text, 1, sizeof text - 1, in) > 100);
	fclose(in);
	assert_null(strstr(text, "PRIVATE"));
	assert_int_equal(EVP_PKEY_get_bits(f->key), 2048);
	assert_int_equal(X509_verify(f->certificate, f->key), 1);
	int days, seconds;
	assert_int_equal(ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(f->certificate)), 1);
	assert_in_range(days, 29, 30);
	/* What is there stays: a key that is in use must not be lost by a slip. */
	assert_false(oauth_certificate_make(f->path, f->upload, "mailvan", 30, thumbprint, &e));
	assert_non_null(strstr(e.text, "exists"));
	reads(f, NULL);
	unlink(f->path);
	assert_false(oauth_certificate_make(f->path, f->upload, "mailvan", 30, thumbprint, &e));
	assert_int_not_equal(access(f->path, F_OK), 0); /* no half of a pair */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
int main(void) {
	const struct CMUnitTest tests[] = { TEST(a_pfx), TEST(a_pem_with_a_password), TEST(other_files),
					    TEST(one_that_is_made) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
