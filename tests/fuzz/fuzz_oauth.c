/* SPDX-License-Identifier: MIT
 *
 * fuzz_oauth.c - what a sign-in service says: claims of a token, refusals, and redirects. Nothing of it reaches a
 * person with control bytes, and no redirect leads to clear text on another machine.
 */
#include "core/net/http_priv.h"
#include "core/net/oauth_int.h"
#include "tests/fuzz/fuzz.h"

static void claims(const uint8_t *data, size_t size) {
	struct secret token = { 0 };
	struct oauth_claims c;
	if (size > TOKEN_MAX || !secret_set(&token, (const char *)data, size))
		return;
	if (oauth_claims_read(&token, &c)) {
		fuzz_is_clean(c.tid, sizeof c.tid);
		fuzz_is_clean(c.upn, sizeof c.upn);
		fuzz_is_clean(c.app, sizeof c.app);
		fuzz_is_clean(c.aud, sizeof c.aud);
		fuzz_is_clean(c.oid, sizeof c.oid);
		fuzz_is_clean(c.roles, sizeof c.roles);
		FUZZ_HOLDS(c.expires >= 0);
	}
	secret_clear(&token);
}

static void refusal(const uint8_t *data, size_t size) {
	const struct oauth_app app = { .authority = "https://login.example", .tenant = "contoso.test" };
	const struct http_response r = { .status = 400 };
	struct err e = { 0 };
	json_t *answer = json_loadb((const char *)data, size, 0, NULL);
	FUZZ_HOLDS(!oauth_refused(&r, answer, &app, &e));
	fuzz_is_error(&e);
	json_decref(answer);
}

static void redirect(const uint8_t *data, size_t size) {
	static const char base[] = "https://graph.example/v1.0/users?$top=1";
	struct http_place from, to;
	struct err e = { 0 };
	char url[HTTP_URL_MAX], *location = fuzz_string(data, size);
	FUZZ_HOLDS(http_place_of(base, &from, &e));
	if (!http_url_join(url, base, location, &e)) {
		fuzz_is_error(&e);
	} else if (!http_place_of(url, &to, &e)) {
		fuzz_is_error(&e);
	} else {
		FUZZ_HOLDS(strlen(url) < HTTP_URL_MAX && !strpbrk(url, "\r\n"));
		FUZZ_HOLDS(strcmp(to.scheme, "https") == 0 || strcmp(to.host, "localhost") == 0 ||
			   strcmp(to.host, "127.0.0.1") == 0 || strcmp(to.host, "[::1]") == 0);
		FUZZ_HOLDS(to.host[0] && to.port[0]);
	}
	free(location);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	unsigned choice = fuzz_choice(&data, &size) % 3;
	if (choice == 0)
		claims(data, size);
	else if (choice == 1)
		refusal(data, size);
	else
		redirect(data, size);
	return 0;
}
