/* SPDX-License-Identifier: MIT
 *
 * fuzz_settings.c - what an operator writes for servers, security and logins: accepted text gives an
 * endpoint that is written and read as the same, refused text changes nothing.
 */
#include "core/base/text.h"
#include "core/store/settings.h"
#include "tests/fuzz/fuzz.h"

static void check_server(const char *text) {
	struct endpoint ep, again;
	struct err e = { 0 };
	char url[HOST_MAX + 32];
	endpoint_init(&ep);
	endpoint_init(&again);
	if (!endpoint_parse_server(&ep, text, &e)) {
		fuzz_is_error(&e);
		FUZZ_HOLDS(memcmp(&ep, &again, sizeof ep) == 0);
		return;
	}
	FUZZ_HOLDS(ep.host[0] && !strpbrk(ep.host, "/@ []"));
	fuzz_is_clean(ep.host, sizeof ep.host);
	endpoint_url(url, sizeof url, &ep);
	FUZZ_HOLDS(endpoint_parse_server(&again, url, &e));
	FUZZ_HOLDS(strcmp(again.host, ep.host) == 0 && again.proto == ep.proto && again.security == ep.security);
	FUZZ_HOLDS(again.port == (ep.port ? ep.port : endpoint_default_port(ep.proto, ep.security)));
}

static void check_security(const char *text) {
	struct endpoint ep;
	struct err e = { 0 };
	endpoint_init(&ep);
	if (endpoint_parse_security(&ep, text, &e))
		FUZZ_HOLDS(text_ieq(endpoint_security_name(&ep), text));
	else
		fuzz_is_error(&e);
}

/* template NUL admin NUL identity */
static void check_template(char *text, size_t n) {
	char filled[LOGIN_MAX];
	struct err e = { 0 };
	char *admin = memchr(text, '\n', n),
	     *identity = admin ? memchr(admin + 1, '\n', n - (size_t)(admin + 1 - text)) : 0;
	if (!identity)
		return;
	*admin++ = *identity++ = '\0';
	if (login_template_fill(filled, sizeof filled, text, admin, identity, &e))
		FUZZ_HOLDS(strnlen(filled, sizeof filled) < sizeof filled);
	else
		fuzz_is_error(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	uint64_t number;
	char *text = fuzz_string(data, size), clean[64];
	check_server(text);
	check_security(text);
	if (text_u64(text, 3, 70000, &number))
		FUZZ_HOLDS(number >= 3 && number <= 70000);
	/* Any bytes become clean text that stays as it is, in any room. */
	size_t room = size % sizeof clean + 1;
	FUZZ_HOLDS(text_sanitise(clean, room, (const char *)data, size) == strlen(clean));
	fuzz_is_clean(clean, room);
	char again[sizeof clean];
	FUZZ_HOLDS(text_sanitise(again, sizeof again, clean, strlen(clean)) == strlen(clean));
	FUZZ_HOLDS(strcmp(clean, again) == 0);
	check_template(text, size);
	free(text);
	return 0;
}
