/* SPDX-License-Identifier: MIT
 *
 * test_oauth.c - what is asked of the sign-in service, what its answers and refusals become, and that no secret shows.
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
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sodium.h>

#include "core/base/text.h"
#include "core/net/oauth.h"
#include "tests/servers/http_script_lib.h"

#define CLIENT "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
#define SECRET "s3cret~with.+=signs"
#define GRAPH "https://graph.microsoft.com/.default"

struct fixture {
	struct net *net;
	struct http *http;
	struct http_script *server;
	char authority[64];
	struct secret secret, certificate;
	struct oauth_app app;
	struct oauth_token token;
	struct err e;
};

static void begin(struct fixture *f, const struct http_answer *answers) {
	*f = (struct fixture){ 0 };
	f->net = net_new(NULL, &f->e);
	assert_non_null(f->net);
	f->http = http_new(f->net, &(struct http_options){ .backoff_ms = 10 }, &f->e);
	assert_non_null(f->http);
	f->server = http_script_start(answers);
	assert_non_null(f->server);
	snprintf(f->authority, sizeof f->authority, "http://127.0.0.1:%u", http_script_port(f->server));
	assert_true(secret_set(&f->secret, SECRET, strlen(SECRET)));
	f->app = (struct oauth_app){
		.authority = f->authority, .tenant = "contoso.test", .client_id = CLIENT, .secret = &f->secret
	};
}

static void end(struct fixture *f) {
	oauth_token_clear(&f->token);
	secret_clear(&f->secret);
	secret_clear(&f->certificate);
	http_free(f->http);
	http_script_free(f->server);
	net_free(f->net);
}

/* An answer with its length; text is freed by the caller. */
static struct http_answer answer(const char *status, const char *body) {
	struct buf b;
	buf_init(&b, 1 << 20);
	buf_printf(&b, "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", status,
		   strlen(body), body);
	return (struct http_answer){ H_KEEP, b.data, 0 };
}

static const char *body_of(struct fixture *f, unsigned i) {
	const char *end = strstr(http_script_request(f->server, i), "\r\n\r\n");
	return end ? end + 4 : "";
}

#define PLAY(...)                                                                                                      \
	struct http_answer answers[] = { __VA_ARGS__, { H_END, "", 0 } };                                              \
	struct fixture fx, *f = &fx;                                                                                   \
	begin(f, answers)
static void done(struct fixture *f, struct http_answer *answers) {
	end(f);
	for (struct http_answer *a = answers; a->then != H_END; a++)
		free((char *)(uintptr_t)a->text);
}

/* ---- client credentials ---- */

static void test_secret(void **state) {
	(void)state;
	PLAY(answer("200 OK", "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"eyJ.x.y\"}"));
	wall_ms_t now = wall_ms();
	assert_true(oauth_client_credentials(f->http, &f->app, GRAPH, &f->token, &f->e));
	assert_string_equal(f->token.access.data, "eyJ.x.y");
	assert_false(secret_present(&f->token.refresh));
	assert_in_range(f->token.expires - now, 3590000, 3610000);
	const char *request = http_script_request(f->server, 0);
	assert_non_null(strstr(request, "POST /contoso.test/oauth2/v2.0/token HTTP/1.1\r\n"));
	assert_non_null(strstr(request, "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
	assert_string_equal(body_of(f, 0), "client_id=" CLIENT "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
					   "&grant_type=client_credentials&client_secret=s3cret~with.%2B%3Dsigns");
	done(f, answers);
}

/* A private key, and the self-signed certificate of key, in one file; days < 0: it has ended. */
static void make_file(char path[64], EVP_PKEY *key, int days, EVP_PKEY *private) {
	text_copy(path, 64, "/tmp/mailvan-oauth-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	FILE *out = fdopen(fd, "w");
	X509 *x = X509_new();
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -20L * 86400);
	X509_gmtime_adj(X509_getm_notAfter(x), days * 86400L);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)"app", -1, -1,
				   0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_PrivateKey(out, private, NULL, NULL, 0, NULL, NULL), 1);
	assert_int_equal(PEM_write_X509(out, x), 1);
	X509_free(x);
	fclose(out);
}

static void make_certificate(char path[64], EVP_PKEY *key, int days) {
	make_file(path, key, days, key);
}

static size_t decoded(const char *text, size_t n, unsigned char *out, size_t size) {
	size_t len = 0;
	assert_int_equal(
		sodium_base642bin(out, size, text, n, NULL, &len, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING), 0);
	out[len] = '\0';
	return len;
}

static void verify_assertion(const char *jwt, EVP_PKEY *key, const char *audience) {
	unsigned char part[2048];
	const char *first = strchr(jwt, '.'), *second = strchr(first + 1, '.');
	decoded(jwt, (size_t)(first - jwt), part, sizeof part);
	json_t *header = json_loads((const char *)part, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(header, "alg")), "PS256");
	assert_int_equal(json_string_length(json_object_get(header, "x5t#S256")), 43);
	decoded(first + 1, (size_t)(second - first - 1), part, sizeof part);
	json_t *claims = json_loads((const char *)part, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(claims, "aud")), audience);
	assert_string_equal(json_string_value(json_object_get(claims, "iss")), CLIENT);
	assert_string_equal(json_string_value(json_object_get(claims, "sub")), CLIENT);
	assert_int_equal(json_string_length(json_object_get(claims, "jti")), 36);
	json_int_t now = wall_ms() / 1000, exp = json_integer_value(json_object_get(claims, "exp"));
	assert_in_range(exp - now, 200, 600); /* A.2: 5 to 10 minutes */
	assert_true(json_integer_value(json_object_get(claims, "nbf")) <= now);
	json_decref(header);
	json_decref(claims);
	size_t n = decoded(second + 1, strlen(second + 1), part, sizeof part);
	EVP_PKEY_CTX *how;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	assert_int_equal(EVP_DigestVerifyInit(ctx, &how, EVP_sha256(), NULL, key), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST), 1);
	assert_int_equal(EVP_DigestVerify(ctx, part, n, (const unsigned char *)jwt, (size_t)(second - jwt)), 1);
	EVP_MD_CTX_free(ctx);
}

static void test_certificate(void **state) {
	(void)state;
	PLAY(answer("200 OK", "{\"expires_in\":\"60\",\"access_token\":\"t\"}"),
	     answer("200 OK", "{\"expires_in\":60,\"access_token\":\"t\"}"));
	char path[64], thumbprint[80], audience[1024];
	EVP_PKEY *key = EVP_RSA_gen(2048);
	make_certificate(path, key, 30);
	bool locked;
	assert_true(oauth_certificate_read(path, NULL, &f->certificate, thumbprint, sizeof thumbprint, &locked, &f->e));
	assert_int_equal(strlen(thumbprint), 40);
	f->app.certificate = &f->certificate;
	assert_true(oauth_client_credentials(f->http, &f->app, GRAPH, &f->token, &f->e));
	assert_true(oauth_client_credentials(f->http, &f->app, GRAPH, &f->token, &f->e));
	snprintf(audience, sizeof audience, "%s/contoso.test/oauth2/v2.0/token", f->authority);
	const char *one = strstr(body_of(f, 0), "&client_assertion="),
		   *two = strstr(body_of(f, 1), "&client_assertion=");
	assert_non_null(strstr(body_of(f, 0), "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-"
					      "type%3Ajwt-bearer&"));
	assert_null(strstr(body_of(f, 0), "client_secret"));
	verify_assertion(one + 18, key, audience);
	assert_string_not_equal(one, two); /* each is used once */
	EVP_PKEY_free(key);
	unlink(path);
	done(f, answers);
}

static void refused_file(const char *path, const char *needle) {
	struct secret pem = { 0 };
	char thumbprint[80];
	bool locked;
	struct err e;
	assert_false(oauth_certificate_read(path, NULL, &pem, thumbprint, sizeof thumbprint, &locked, &e));
	assert_false(secret_present(&pem));
	if (e.cat != ERR_INPUT || !strstr(e.text, needle))
		fail_msg("%s: %s", path, e.text);
}

static void write_file(const char *path, const char *text) {
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void test_certificates_that_are_refused(void **state) {
	(void)state;
	char path[64];
	EVP_PKEY *rsa = EVP_RSA_gen(2048), *ec = EVP_EC_gen("P-256"), *other = EVP_RSA_gen(2048);
	refused_file("/nonexistent.pem", "Cannot open");
	make_certificate(path, rsa, -1);
	refused_file(path, "expired");
	chmod(path, 0644);
	refused_file(path, "Others can read");
	unlink(path);
	make_certificate(path, ec, 30);
	refused_file(path, "not RSA");
	unlink(path);
	make_file(path, rsa, 30, other);
	refused_file(path, "another private key");
	FILE *out = fopen(path, "w");
	assert_int_equal(PEM_write_PrivateKey(out, rsa, NULL, NULL, 0, NULL, NULL), 1);
	fclose(out);
	refused_file(path, "no certificate");
	out = fopen(path, "w");
	assert_int_equal(PEM_write_PrivateKey(out, rsa, EVP_aes_128_cbc(), (const unsigned char *)"pw", 2, NULL, NULL),
			 1);
	fclose(out);
	refused_file(path, "protected by a password");
	write_file(path, "hello\n");
	refused_file(path, "neither PEM nor PKCS#12");
	write_file(path, "");
	refused_file(path, "not a file of");
	unlink(path);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(other);
}

/* ---- device code and refresh ---- */

static void test_device_code(void **state) {
	(void)state;
	PLAY(answer("200 OK",
		    "{\"user_code\":\"ABC12345\",\"device_code\":\"dev-code-1\",\"verification_uri\":\"https://"
		    "microsoft.com/devicelogin\",\"expires_in\":900,\"interval\":1,\"message\":\"To sign in\\u001b"
		    "[31m\"}"),
	     answer("400 Bad Request", "{\"error\":\"authorization_pending\",\"error_codes\":[70016]}"),
	     answer("400 Bad Request", "{\"error\":\"slow_down\"}"),
	     answer("200 OK", "{\"access_token\":\"a1\",\"refresh_token\":\"r1\",\"expires_in\":3600}"));
	struct oauth_device d = { 0 };
	f->app.secret = NULL;
	assert_true(oauth_device_begin(f->http, &f->app, GRAPH " offline_access", &d, &f->e));
	assert_string_equal(d.user_code, "ABC12345");
	assert_string_equal(d.message, "To sign in\\x1b[31m");
	assert_int_equal(d.interval_s, 1);
	assert_int_equal(oauth_device_poll(f->http, &f->app, &d, &f->token, &f->e), 0);
	assert_int_equal(d.interval_s, 1);
	assert_int_equal(oauth_device_poll(f->http, &f->app, &d, &f->token, &f->e), 0);
	assert_int_equal(d.interval_s, 6); /* RFC 8628, 3.5 */
	assert_int_equal(oauth_device_poll(f->http, &f->app, &d, &f->token, &f->e), 1);
	assert_string_equal(f->token.access.data, "a1");
	assert_string_equal(f->token.refresh.data, "r1");
	assert_non_null(strstr(http_script_request(f->server, 0), "POST /contoso.test/oauth2/v2.0/devicecode "));
	assert_string_equal(body_of(f, 0),
			    "client_id=" CLIENT "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default%20offline_access");
	assert_string_equal(body_of(f, 1), "client_id=" CLIENT "&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3A"
					   "device_code&device_code=dev-code-1");
	oauth_device_clear(&d);
	done(f, answers);
}

static void test_refresh(void **state) {
	(void)state;
	PLAY(answer("200 OK", "{\"access_token\":\"a2\",\"refresh_token\":\"r2\",\"expires_in\":3600}"));
	struct secret old = { 0 };
	assert_true(secret_set(&old, "r1", 2));
	assert_true(oauth_refresh(f->http, &f->app, &old, GRAPH, &f->token, &f->e));
	assert_string_equal(f->token.refresh.data, "r2");
	assert_string_equal(body_of(f, 0), "client_id=" CLIENT "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
					   "&grant_type=refresh_token&refresh_token=r1");
	secret_clear(&old);
	done(f, answers);
}

/* ---- refusals ---- */

#define TRACE "\"trace_id\":\"255d1aef-8c98-452f-ac51-23d051240864\",\"correlation_id\":\"fb3d2015-bc17-4bb9-bb85\""
#define REFUSAL(error, code)                                                                                           \
	"{\"error\":\"" error "\",\"error_description\":\"AADSTS" code ": The service says so. And more.\\r\\nTrace "  \
	"ID: 1\",\"error_codes\":[" code "]," TRACE "}"

static void test_refusals_in_words(void **state) {
	(void)state;
	static const struct {
		const char *status, *body;
		enum err_cat cat;
		const char *says;
	} cases[] = {
		{ "401 Unauthorized", REFUSAL("invalid_client", "7000215"), ERR_AUTH_BAD, "client secret is wrong" },
		{ "401 Unauthorized", REFUSAL("invalid_client", "7000222"), ERR_AUTH_BAD, "has expired" },
		{ "401 Unauthorized", REFUSAL("invalid_client", "7000218"), ERR_AUTH_POLICY,
		  "Allow public client flows" },
		{ "401 Unauthorized", REFUSAL("invalid_client", "700027"), ERR_AUTH_BAD,
		  "certificate is not the app's" },
		{ "401 Unauthorized", REFUSAL("invalid_client", "50012"), ERR_AUTH_BAD, "clock" },
		{ "401 Unauthorized", REFUSAL("invalid_client", "700024"), ERR_AUTH_BAD, "clock" },
		{ "400 Bad", REFUSAL("unauthorized_client", "700016"), ERR_INPUT, "--client-id" },
		{ "400 Bad", REFUSAL("invalid_request", "90002"), ERR_INPUT, "no such tenant" },
		{ "400 Bad", REFUSAL("invalid_grant", "65001"), ERR_AUTH_POLICY, "consent" },
		{ "400 Bad", REFUSAL("access_denied", "53003"), ERR_AUTH_BAD, "declined" },
		{ "400 Bad", REFUSAL("invalid_grant", "53003"), ERR_AUTH_POLICY, "Conditional Access" },
		{ "400 Bad", REFUSAL("interaction_required", "50076"), ERR_AUTH_POLICY, "second factor" },
		{ "400 Bad", REFUSAL("interaction_required", "50079"), ERR_AUTH_POLICY, "second factor" },
		{ "400 Bad", REFUSAL("invalid_grant", "50034"), ERR_AUTH_BAD, "does not know the user" },
		{ "400 Bad", REFUSAL("invalid_grant", "50173"), ERR_AUTH_BAD, "sign-in" },
		{ "400 Bad", REFUSAL("invalid_grant", "70008"), ERR_AUTH_BAD, "mailvan tenant sign-in" },
		{ "400 Bad", REFUSAL("invalid_grant", "700082"), ERR_AUTH_BAD, "not used for too long" },
		{ "400 Bad", REFUSAL("authorization_declined", "70008"), ERR_AUTH_BAD, "declined" },
		{ "400 Bad", REFUSAL("expired_token", "70020"), ERR_AUTH_BAD, "not entered in time" },
		/* Unknown: the service's own first sentence, its code and what support asks for. */
		{ "400 Bad", REFUSAL("invalid_grant", "99999"), ERR_AUTH_BAD,
		  "refused: The service says so (AADSTS99999, trace 255d1aef-8c98-452f-ac51-23d051240864)" },
		{ "400 Bad", "{\"error\":\"weird\"}", ERR_AUTH_POLICY, "refused: weird" },
		{ "500 Oops", REFUSAL("server_error", "90033"), ERR_NET, "The service says so" },
		{ "404 Not Found", "<html>\x1b[31m</html>", ERR_SERVER_BUG, "--authority" },
		{ "200 OK", "[]", ERR_SERVER_BUG, "--authority" },
		{ "200 OK", "{\"token_type\":\"Bearer\"}", ERR_SERVER_BUG, "no access token" },
		{ "200 OK", "{\"access_token\":\"a b\"}", ERR_SERVER_BUG, "no header can hold" },
	};
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		PLAY(answer(cases[i].status, cases[i].body));
		assert_false(oauth_client_credentials(f->http, &f->app, GRAPH, &f->token, &f->e));
		if (f->e.cat != cases[i].cat || !strstr(f->e.text, cases[i].says))
			fail_msg("%s: %s: %s", cases[i].body, err_cat_name(f->e.cat), f->e.text);
		assert_false(secret_present(&f->token.access));
		done(f, answers);
	}
}

/* A service (or what stands in its place) that repeats what it was sent. */
static void test_secrets_do_not_come_back(void **state) {
	(void)state;
	PLAY(answer("400 Bad", "{\"error\":\"invalid_client\",\"error_description\":\"You sent " SECRET "\"}"),
	     answer("400 Bad", "{\"error\":\"" SECRET "\"}"));
	for (unsigned i = 0; i < 2; i++) {
		assert_false(oauth_client_credentials(f->http, &f->app, GRAPH, &f->token, &f->e));
		assert_null(strstr(f->e.text, SECRET));
		assert_non_null(strstr(f->e.text, "refused"));
	}
	done(f, answers);
}

static void test_huge_token(void **state) {
	(void)state;
	struct buf b;
	buf_init(&b, 100000);
	buf_puts(&b, "{\"access_token\":\"");
	for (unsigned i = 0; i < TOKEN_MAX + 1; i++)
		buf_putc(&b, 'x');
	buf_puts(&b, "\"}");
	PLAY(answer("200 OK", b.data));
	assert_false(oauth_client_credentials(f->http, &f->app, GRAPH, &f->token, &f->e));
	assert_int_equal(f->e.cat, ERR_SERVER_BUG);
	buf_free(&b);
	done(f, answers);
}

/* ---- claims ---- */

static bool claims_of(const char *payload, struct oauth_claims *out) {
	char text[4096] = "eyJhbGciOiJub25lIn0.";
	struct secret token = { 0 };
	sodium_bin2base64(text + strlen(text), sizeof text - strlen(text), (const unsigned char *)payload,
			  strlen(payload), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	snprintf(text + strlen(text), sizeof text - strlen(text), ".c2ln");
	assert_true(secret_set(&token, text, strlen(text)));
	bool ok = oauth_claims_read(&token, out);
	secret_clear(&token);
	return ok;
}

static void test_claims(void **state) {
	(void)state;
	struct oauth_claims c;
	assert_true(
		claims_of("{\"tid\":\"g\",\"app_displayname\":\"van\",\"appid\":\"id\",\"aud\":\"x\",\"roles\":[\"A\","
			  "\"B\",3],\"exp\":100}",
			  &c));
	assert_string_equal(c.tid, "g");
	assert_string_equal(c.app, "van");
	assert_string_equal(c.roles, "A B");
	assert_int_equal(c.expires, 100000);
	assert_true(claims_of("{\"upn\":\"a\\u001b@b\",\"scp\":\"A B\",\"exp\":99999999999999999}", &c));
	assert_string_equal(c.upn, "a\\x1b@b");
	assert_string_equal(c.roles, "A B");
	assert_int_equal(c.expires, 0);
	assert_true(claims_of("{\"roles\":\"none\",\"upn\":3}", &c));
	assert_string_equal(c.roles, "");
	assert_false(claims_of("[]", &c));
	assert_false(claims_of("no json", &c));
	struct secret opaque = { 0 };
	assert_false(oauth_claims_read(&opaque, &c));
	assert_true(secret_set(&opaque, "EwBgA8l6BAAU", 12));
	assert_false(oauth_claims_read(&opaque, &c));
	assert_true(secret_set(&opaque, "..", 2));
	assert_false(oauth_claims_read(&opaque, &c));
	secret_clear(&opaque);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_certificate),
		cmocka_unit_test(test_certificates_that_are_refused),
		cmocka_unit_test(test_device_code),
		cmocka_unit_test(test_refresh),
		cmocka_unit_test(test_refusals_in_words),
		cmocka_unit_test(test_secrets_do_not_come_back),
		cmocka_unit_test(test_huge_token),
		cmocka_unit_test(test_claims),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
