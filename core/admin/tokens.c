/* SPDX-License-Identifier: MIT
 *
 * tokens.c - see tokens.h.
 */
#include "core/admin/tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"

#define LOCK_FILE "tokens.lock"
#define LOCK_SLICE_MS 100
#define POLL_SLICE_MS 200
#define SCOPE_MAX (TENANT_URL_MAX + 32)

/* ---- what is asked for ---- */

static bool on_this_machine(const char *url) {
	const char *host = strstr(url, "://");
	return host && (strncmp(host, "://127.0.0.1", 12) == 0 || strncmp(host, "://localhost", 12) == 0);
}

/* The resource is the service's host: so it is in every national cloud. A server on this machine (a proxy, a test's)
 * stands for the worldwide service. */
static void scope_of(char dst[SCOPE_MAX], const struct tenant *t, enum token_resource r) {
	const char *url = r == TOKEN_GRAPH ? t->graph : t->exchange;
	if (on_this_machine(url))
		url = r == TOKEN_GRAPH ? TENANT_GRAPH : TENANT_EXCHANGE;
	const char *host = strstr(url, "://");
	size_t n = host ? (size_t)(host + 3 - url) + strcspn(host + 3, "/") : strlen(url);
	snprintf(dst, SCOPE_MAX, "%.*s/.default%s", (int)n, url,
		 t->sign_in == SIGN_IN_DEVICE_CODE ? " offline_access" : "");
}

/* ---- one at a time ---- */

static bool pause_for(const struct stop *stop, int ms) {
	struct pollfd wake = { .fd = stop_fd(stop), .events = POLLIN };
	if (!stop_requested(stop))
		poll(&wake, 1, ms);
	return !stop_requested(stop);
}

/* One byte of the file for each tenant. The lock belongs to the descriptor, so that it holds between threads too, and
 * goes when the process dies. -1: e. */
static int lock(struct store *s, int64_t tenant, const struct stop *stop, struct err *e) {
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/" LOCK_FILE, store_dir(s));
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		err_errno(e, ERR_LOCAL_DISK, "Cannot open %s", path);
		return -1;
	}
	struct flock byte = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = tenant, .l_len = 1 };
	while (fcntl(fd, F_OFD_SETLK, &byte) != 0) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			err_errno(e, ERR_LOCAL_DISK, "Cannot lock %s", path);
		else if (pause_for(stop, LOCK_SLICE_MS))
			continue;
		else
			err_set(e, ERR_CANCELLED, "Stopped while another process renews the token");
		close(fd);
		return -1;
	}
	return fd;
}

/* ---- what is there ---- */

/* Half of its life is left to a token that lives shorter than twice the margin. */
static bool lasts(const struct token_row *t) {
	wall_ms_t life = t->expires - t->obtained, margin = life < 2 * TOKEN_MARGIN_MS ? life / 2 : TOKEN_MARGIN_MS,
		  now = wall_ms();
	/* A clock that was set back says nothing about how old it is. */
	return now >= t->obtained && t->expires - now > margin;
}

static bool is_same(const struct secret *a, const struct secret *b) {
	return b && secret_present(b) && a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* *found: out is filled. */
static bool from_vault(struct store *s, int64_t tenant, enum token_resource r, const struct secret *not_this,
		       struct secret *out, bool *found, struct err *e) {
	struct token_row row;
	bool there, ok = token_get(s, tenant, r, true, &row, &there, e);
	*found = ok && there && secret_present(&row.access) && lasts(&row) && !is_same(&row.access, not_this);
	if (*found)
		ok = secret_copy(out, &row.access) || err_nomem(e);
	token_row_clear(&row);
	return ok;
}

/* ---- a new one ---- */

struct signing_in {
	struct store *s;
	struct tenant t;
	struct secret secret, certificate;
	struct http *http;
	struct oauth_app app;
};

static bool begin(struct signing_in *x, struct store *s, struct net *net, int64_t tenant, const struct stop *stop,
		  struct err *e) {
	*x = (struct signing_in){ .s = s };
	if (!tenant_get(s, tenant, &x->t, e) || !tenant_secrets(s, tenant, &x->secret, &x->certificate, e))
		return false;
	struct http_options o = {
		.ca_file = x->t.ca_file, .ca_remedy = TENANT_CA_REMEDY, .proxy = x->t.proxy, .stop = stop
	};
	x->http = http_new(net, &o, e);
	x->app = (struct oauth_app){ .authority = x->t.authority, .tenant = x->t.name, .client_id = x->t.client_id };
	if (x->t.sign_in == SIGN_IN_SECRET && secret_present(&x->secret))
		x->app.secret = &x->secret;
	if (x->t.sign_in == SIGN_IN_CERTIFICATE && secret_present(&x->certificate))
		x->app.certificate = &x->certificate;
	return x->http != NULL;
}

static void end(struct signing_in *x) {
	http_free(x->http);
	secret_clear(&x->secret);
	secret_clear(&x->certificate);
}

/* The refresh token first: the old one may be worth nothing from now on. */
static bool keep(struct signing_in *x, enum token_resource r, const struct oauth_token *t, struct err *e) {
	struct oauth_claims c;
	struct token_row row = { .access = t->access, .obtained = wall_ms(), .expires = t->expires };
	if (secret_present(&t->refresh) && !refresh_token_put(x->s, x->t.id, &t->refresh, e))
		return false;
	if (oauth_claims_read(&t->access, &c)) {
		text_copy(row.who, sizeof row.who, *c.upn ? c.upn : c.app);
		text_copy(row.roles, sizeof row.roles, c.roles);
		if (!tenant_seen(x->s, x->t.id, c.tid, "", row.who, e))
			return false;
	}
	return token_put(x->s, x->t.id, r, &row, e);
}

static bool redeem(struct signing_in *x, const char *scope, struct oauth_token *t, struct err *e) {
	struct secret refresh = { 0 };
	bool ok = refresh_token_get(x->s, x->t.id, &refresh, e);
	if (ok && !secret_present(&refresh))
		ok = err_set(e, ERR_AUTH_BAD, "Nobody has signed in yet: mailvan tenant sign-in %s", x->t.name);
	else if (ok)
		ok = oauth_refresh(x->http, &x->app, &refresh, scope, t, e);
	secret_clear(&refresh);
	return ok;
}

static bool fetch(struct store *s, struct net *net, int64_t tenant, enum token_resource r, const struct stop *stop,
		  struct secret *out, struct err *e) {
	struct signing_in x;
	struct oauth_token t = { 0 };
	char scope[SCOPE_MAX];
	bool ok = begin(&x, s, net, tenant, stop, e);
	if (ok) {
		scope_of(scope, &x.t, r);
		ok = x.t.sign_in == SIGN_IN_DEVICE_CODE ? redeem(&x, scope, &t, e)
							: oauth_client_credentials(x.http, &x.app, scope, &t, e);
		if (!ok && e->cat != ERR_CANCELLED)
			err_prefix(e, "Signing in to %s", x.t.name);
	}
	ok = ok && keep(&x, r, &t, e) && (secret_copy(out, &t.access) || err_nomem(e));
	oauth_token_clear(&t);
	end(&x);
	return ok;
}

bool token_obtain(struct store *s, struct net *net, int64_t tenant, enum token_resource r,
		  const struct secret *not_this, const struct stop *stop, struct secret *out, struct err *e) {
	bool found;
	if (!from_vault(s, tenant, r, not_this, out, &found, e))
		return false;
	if (found)
		return true;
	int fd = lock(s, tenant, stop, e);
	if (fd < 0)
		return false;
	/* Whoever had the lock may have brought one. */
	bool ok =
		from_vault(s, tenant, r, not_this, out, &found, e) && (found || fetch(s, net, tenant, r, stop, out, e));
	close(fd);
	return ok;
}

bool token_missing(struct err *e) {
	if (e->retry == ERR_RETRY_NEVER && e->cat != ERR_CANCELLED)
		e->scope = ERR_SCOPE_PROGRAM;
	return false;
}

/* ---- device code ---- */

static bool wait_for_poll(const struct oauth_device *d, const struct stop *stop, struct err *e) {
	mono_ms_t until = mono_ms() + 1000 * (mono_ms_t)d->interval_s;
	while (mono_ms() < until)
		if (!pause_for(stop, POLL_SLICE_MS))
			return err_set(e, ERR_CANCELLED, "The sign-in was cancelled");
	return wall_ms() < d->expires || err_set(e, ERR_AUTH_BAD,
						 "The code was not entered in time; sign in again: mailvan tenant "
						 "sign-in");
}

/* Somebody is typing meanwhile: a network that is away for a moment must not end it. */
static bool passes(const struct err *e) {
	return e->cat == ERR_NET || e->cat == ERR_THROTTLED;
}

static bool poll_until(struct signing_in *x, struct oauth_device *d, const struct stop *stop, struct oauth_token *t,
		       struct err *e) {
	int got = 0;
	while (got == 0) {
		if (!wait_for_poll(d, stop, e))
			return false;
		got = oauth_device_poll(x->http, &x->app, d, t, e);
		if (got < 0 && !passes(e))
			return false;
		if (got < 0)
			got = 0;
	}
	return secret_present(&t->refresh) ||
	       err_set(e, ERR_AUTH_POLICY, "The service gave no refresh token: allow offline_access to the app");
}

bool token_sign_in_device(struct store *s, struct net *net, int64_t tenant, const struct stop *stop,
			  device_show_fn *show, void *arg, struct err *e) {
	struct signing_in x;
	struct oauth_device d = { 0 };
	struct oauth_token t = { 0 };
	char scope[SCOPE_MAX];
	bool ok = begin(&x, s, net, tenant, stop, e);
	if (ok && x.t.sign_in != SIGN_IN_DEVICE_CODE)
		ok = err_set(e, ERR_INPUT, "%s signs in with a %s, not with a code", x.t.name,
			     x.t.sign_in == SIGN_IN_SECRET ? "secret" : "certificate");
	if (ok) {
		scope_of(scope, &x.t, TOKEN_GRAPH);
		ok = oauth_device_begin(x.http, &x.app, scope, &d, e);
	}
	if (ok) {
		show(arg, &d);
		ok = poll_until(&x, &d, stop, &t, e);
	}
	int fd = ok ? lock(s, tenant, stop, e) : -1;
	ok = fd >= 0 && keep(&x, TOKEN_GRAPH, &t, e);
	if (fd >= 0)
		close(fd);
	oauth_device_clear(&d);
	oauth_token_clear(&t);
	end(&x);
	return ok;
}

/* ---- connecting ---- */

bool tenant_sign_in(struct store *s, struct net *net, int64_t tenant, const struct stop *stop, device_show_fn *show,
		    void *arg, struct err *e) {
	struct tenant t;
	struct token_row row = { 0 };
	struct secret token = { 0 };
	bool found;
	if (!tenant_get(s, tenant, &t, e))
		return false;
	if (t.sign_in == SIGN_IN_DEVICE_CODE)
		return token_sign_in_device(s, net, tenant, stop, show, arg, e);
	bool ok = token_get(s, tenant, TOKEN_GRAPH, true, &row, &found, e) &&
		  token_obtain(s, net, tenant, TOKEN_GRAPH, &row.access, stop, &token, e);
	token_row_clear(&row);
	secret_clear(&token);
	return ok;
}

bool tenant_connect(struct store *s, struct net *net, struct tenant *t, const struct secret *secret,
		    const struct secret *certificate, const struct stop *stop, device_show_fn *show, void *arg,
		    struct err *e) {
	struct err other;
	if (!tenant_save(s, t, secret, certificate, e))
		return false;
	if (tenant_sign_in(s, net, t->id, stop, show, arg, e))
		return tenant_get(s, t->id, t, e);
	tenant_remove(s, t->id, &other);
	t->id = 0;
	return false;
}
