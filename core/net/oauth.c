/* SPDX-License-Identifier: MIT
 *
 * oauth.c - token requests and their answers; see oauth.h.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/net/oauth_int.h"

#define FORM_TYPE "application/x-www-form-urlencoded"
/* Three times what a token and an assertion may have, escaped. */
#define FORM_MAX (128 * 1024)
#define ANSWER_MAX (256 * 1024)
#define TOKEN_LIFE_S 3600
#define INTERVAL_S 5
#define INTERVAL_MAX_S 120
#define DEVICE_LIFE_S 900
#define DEVICE_LIFE_MAX_S 3600

void oauth_token_clear(struct oauth_token *t) {
	secret_clear(&t->access);
	secret_clear(&t->refresh);
	t->expires = 0;
}

void oauth_device_clear(struct oauth_device *d) {
	secret_clear(&d->device_code);
	*d = (struct oauth_device){ 0 };
}

/* ---- one exchange ---- */

struct exchange {
	struct http *h;
	const struct oauth_app *app;
	char url[1024];
	struct buf form;
	const struct secret *told[4]; /* what must not come back in an error */
	unsigned told_count;
	struct http_response response;
	json_t *answer;
};

static bool begin(struct exchange *x, struct http *h, const struct oauth_app *app, const char *endpoint,
		  struct err *e) {
	*x = (struct exchange){ .h = h, .app = app };
	int n = snprintf(x->url, sizeof x->url, "%s/%s/oauth2/v2.0/%s", app->authority, app->tenant, endpoint);
	buf_init(&x->form, FORM_MAX);
	if (n < 0 || (size_t)n >= sizeof x->url)
		return err_set(e, ERR_INPUT, "The address of the sign-in service is too long");
	/* All of it from the start: growing would leave pieces of secrets behind. */
	return (buf_room(&x->form, FORM_MAX) &&
		http_form_add(&x->form, "client_id", app->client_id, strlen(app->client_id))) ||
	       err_nomem(e);
}

static void add(struct exchange *x, const char *name, const char *value) {
	http_form_add(&x->form, name, value, strlen(value));
}

static void add_secret(struct exchange *x, const char *name, const struct secret *value) {
	http_form_add(&x->form, name, value->data, value->len);
	if (x->told_count < sizeof x->told / sizeof *x->told)
		x->told[x->told_count++] = value;
}

/* Our copy of a text that the answer holds; the cast undoes what jansson adds for callers who should not write. */
static void wipe_member(const json_t *o, const char *name) {
	const json_t *v = json_object_get(o, name);
	if (json_is_string(v))
		sodium_memzero((char *)(uintptr_t)json_string_value(v), json_string_length(v));
}

static void end(struct exchange *x) {
	if (x->form.data)
		sodium_memzero(x->form.data, x->form.cap);
	buf_free(&x->form);
	http_response_clear(&x->response);
	wipe_member(x->answer, "access_token");
	wipe_member(x->answer, "refresh_token");
	wipe_member(x->answer, "id_token");
	wipe_member(x->answer, "device_code");
	json_decref(x->answer);
}

/* A service that repeats what it was sent must not bring it into a log. */
static bool refused(struct exchange *x, struct err *e) {
	oauth_refused(&x->response, x->answer, x->app, e);
	for (unsigned i = 0; i < x->told_count; i++)
		if (x->told[i]->len && strstr(e->text, x->told[i]->data))
			err_set(e, e->cat, "The sign-in was refused, and the service repeated a secret in its answer");
	return false;
}

/* True: x->answer is an object, and the status is 200. */
static bool ask(struct exchange *x, struct err *e) {
	struct http_request q = { .method = "POST",
				  .url = x->url,
				  .body = x->form.data,
				  .body_len = x->form.len,
				  .content_type = FORM_TYPE,
				  .repeatable = true,
				  .max_body = ANSWER_MAX };
	if (x->form.failed)
		return err_set(e, ERR_INPUT, "A secret is too long");
	if (!http_send(x->h, &q, &x->response, e))
		return false;
	x->answer = json_loadb(x->response.body.data, x->response.body.len, 0, NULL);
	return (x->response.status == 200 && json_is_object(x->answer)) || refused(x, e);
}

static const char *member(const json_t *o, const char *name) {
	const char *s = json_string_value(json_object_get(o, name));
	return s ? s : "";
}

/* Seconds within [1, max]; older endpoints write them as text. */
static int64_t seconds(const json_t *o, const char *name, int64_t fallback, int64_t max) {
	const json_t *v = json_object_get(o, name);
	uint64_t n = 0;
	if (json_is_integer(v) && json_integer_value(v) > 0)
		n = (uint64_t)json_integer_value(v);
	else if (!json_is_string(v) || !text_u64(json_string_value(v), 1, INT64_MAX, &n))
		return fallback;
	return n > (uint64_t)max ? max : (int64_t)n;
}

static bool keep_token(const json_t *o, const char *name, struct secret *out, struct err *e) {
	const json_t *v = json_object_get(o, name);
	size_t n = json_string_length(v);
	if (!n)
		return true;
	if (n > TOKEN_MAX)
		return err_set(e, ERR_SERVER_BUG, "The sign-in service gave a token of more than %d bytes", TOKEN_MAX);
	if (strlen(json_string_value(v)) != n || strpbrk(json_string_value(v), " \t\r\n"))
		return err_set(e, ERR_SERVER_BUG, "The sign-in service gave a token that no header can hold");
	return secret_set(out, json_string_value(v), n) || err_nomem(e);
}

static bool keep_tokens(const struct exchange *x, struct oauth_token *out, struct err *e) {
	out->expires = wall_ms() + 1000 * seconds(x->answer, "expires_in", TOKEN_LIFE_S, 10 * 86400);
	if (keep_token(x->answer, "access_token", &out->access, e) &&
	    keep_token(x->answer, "refresh_token", &out->refresh, e)) {
		if (secret_present(&out->access))
			return true;
		err_set(e, ERR_SERVER_BUG, "The sign-in service gave no access token");
	}
	oauth_token_clear(out);
	return false;
}

/* ---- the flows ---- */

bool oauth_client_credentials(struct http *h, const struct oauth_app *app, const char *scope, struct oauth_token *out,
			      struct err *e) {
	struct exchange x;
	struct secret assertion = { 0 };
	bool ok = begin(&x, h, app, "token", e);
	if (ok) {
		add(&x, "scope", scope);
		add(&x, "grant_type", "client_credentials");
	}
	if (ok && app->certificate) {
		add(&x, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
		if ((ok = oauth_assertion(app, x.url, &assertion, e)))
			add_secret(&x, "client_assertion", &assertion);
	} else if (ok && app->secret) {
		add_secret(&x, "client_secret", app->secret);
	} else if (ok) {
		ok = err_set(e, ERR_INPUT, "%s has neither a secret nor a certificate to sign in with", app->tenant);
	}
	ok = ok && ask(&x, e) && keep_tokens(&x, out, e);
	end(&x);
	secret_clear(&assertion);
	return ok;
}

bool oauth_refresh(struct http *h, const struct oauth_app *app, const struct secret *refresh, const char *scope,
		   struct oauth_token *out, struct err *e) {
	struct exchange x;
	bool ok = begin(&x, h, app, "token", e);
	if (ok) {
		add(&x, "scope", scope);
		add(&x, "grant_type", "refresh_token");
		add_secret(&x, "refresh_token", refresh);
	}
	ok = ok && ask(&x, e) && keep_tokens(&x, out, e);
	end(&x);
	return ok;
}

static bool keep_device(const struct exchange *x, struct oauth_device *out, struct err *e) {
	const char *code = member(x->answer, "user_code"), *uri = member(x->answer, "verification_uri"),
		   *message = member(x->answer, "message");
	text_sanitise(out->user_code, sizeof out->user_code, code, strlen(code));
	text_sanitise(out->verification_uri, sizeof out->verification_uri, uri, strlen(uri));
	text_sanitise(out->message, sizeof out->message, message, strlen(message));
	out->interval_s = (unsigned)seconds(x->answer, "interval", INTERVAL_S, INTERVAL_MAX_S);
	out->expires = wall_ms() + 1000 * seconds(x->answer, "expires_in", DEVICE_LIFE_S, DEVICE_LIFE_MAX_S);
	if (!keep_token(x->answer, "device_code", &out->device_code, e))
		return false;
	return (secret_present(&out->device_code) && *out->user_code && *out->verification_uri) ||
	       err_set(e, ERR_SERVER_BUG, "The sign-in service gave no code to enter");
}

bool oauth_device_begin(struct http *h, const struct oauth_app *app, const char *scope, struct oauth_device *out,
			struct err *e) {
	struct exchange x;
	bool ok = begin(&x, h, app, "devicecode", e);
	if (ok)
		add(&x, "scope", scope);
	ok = ok && ask(&x, e) && keep_device(&x, out, e);
	end(&x);
	if (!ok)
		oauth_device_clear(out);
	return ok;
}

/* RFC 8628, 3.5. */
static bool goes_on(const struct exchange *x, struct oauth_device *d) {
	const char *error = member(x->answer, "error");
	if (strcmp(error, "slow_down") == 0 && d->interval_s < INTERVAL_MAX_S)
		d->interval_s += 5;
	return strcmp(error, "authorization_pending") == 0 || strcmp(error, "slow_down") == 0;
}

int oauth_device_poll(struct http *h, const struct oauth_app *app, struct oauth_device *d, struct oauth_token *out,
		      struct err *e) {
	struct exchange x;
	int result = -1;
	bool ok = begin(&x, h, app, "token", e);
	if (ok) {
		add(&x, "grant_type", "urn:ietf:params:oauth:grant-type:device_code");
		add_secret(&x, "device_code", &d->device_code);
		ok = ask(&x, e);
	}
	if (ok)
		result = keep_tokens(&x, out, e) ? 1 : -1;
	else if (x.answer && goes_on(&x, d))
		result = 0;
	end(&x);
	return result;
}

/* ---- what a token says of itself ---- */

static void claim(char *dst, size_t size, const json_t *claims, const char *name) {
	const char *s = member(claims, name);
	text_sanitise(dst, size, s, strlen(s));
}

static void claim_roles(struct oauth_claims *out, const json_t *claims) {
	struct buf b;
	size_t i;
	json_t *role;
	buf_init(&b, sizeof out->roles - 1);
	json_array_foreach(json_object_get(claims, "roles"), i, role) {
		const char *s = json_string_value(role);
		if (s && b.len + strlen(s) + 1 <= b.max)
			buf_printf(&b, "%s%s", b.len ? " " : "", s);
	}
	if (b.len)
		text_sanitise(out->roles, sizeof out->roles, b.data, b.len);
	else
		claim(out->roles, sizeof out->roles, claims, "scp");
	buf_free(&b);
}

bool oauth_claims_read(const struct secret *access, struct oauth_claims *out) {
	*out = (struct oauth_claims){ 0 };
	const char *body = access->data ? strchr(access->data, '.') : NULL;
	const char *last = body ? strchr(body + 1, '.') : NULL;
	if (!last || sodium_init() < 0)
		return false;
	size_t n = (size_t)(last - body - 1), len = 0;
	unsigned char *text = malloc(n + 1);
	json_t *claims = NULL;
	if (text && sodium_base642bin(text, n + 1, body + 1, n, NULL, &len, NULL,
				      sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0)
		claims = json_loadb((const char *)text, len, 0, NULL);
	free(text);
	if (!json_is_object(claims)) {
		json_decref(claims);
		return false;
	}
	claim(out->tid, sizeof out->tid, claims, "tid");
	claim(out->upn, sizeof out->upn, claims, *member(claims, "upn") ? "upn" : "preferred_username");
	claim(out->app, sizeof out->app, claims, *member(claims, "app_displayname") ? "app_displayname" : "appid");
	claim(out->aud, sizeof out->aud, claims, "aud");
	claim(out->oid, sizeof out->oid, claims, "oid");
	claim_roles(out, claims);
	json_int_t exp = json_integer_value(json_object_get(claims, "exp"));
	out->expires = exp > 0 && exp < INT64_MAX / 1000 ? 1000 * exp : 0;
	json_decref(claims);
	return true;
}
