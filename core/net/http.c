/* SPDX-License-Identifier: MIT
 *
 * http.c - a request until its final answer: renewed tokens, waits, redirects; see http.h.
 */
#include <poll.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/net/channel_priv.h"
#include "core/net/http_priv.h"

#define BACKOFF_MS 3000
#define REDIRECTS_MAX 10
/* Tries of a connection that does not come about or breaks; a server that answers has HTTP_ATTEMPTS. */
#define LOST_MAX 3
#define SLEEP_SLICE_MS 500

struct http *http_new(struct net *net, const struct http_options *o, struct err *e) {
	struct http *h = calloc(1, sizeof *h);
	if (!h) {
		err_nomem(e);
		return NULL;
	}
	h->net = net;
	h->o = *o;
	h->store = trust_store(&net->trust, o->ca_file ? o->ca_file : "", e);
	if (h->store && (!(h->easy = curl_easy_init()) || !(h->multi = curl_multi_init())))
		err_nomem(e);
	if (h->multi)
		return h;
	http_free(h);
	return NULL;
}

void http_free(struct http *h) {
	if (!h)
		return;
	if (h->easy)
		curl_easy_cleanup(h->easy);
	if (h->multi)
		curl_multi_cleanup(h->multi);
	free(h);
}

/* Bodies may be tokens. */
static void body_drop(struct http_response *r) {
	if (r->body.data)
		sodium_memzero(r->body.data, r->body.cap);
	buf_free(&r->body);
	buf_free(&r->headers);
}

void http_response_clear(struct http_response *r) {
	body_drop(r);
	r->status = 0;
	r->request_id[0] = '\0';
}

bool http_header(const struct http_response *r, const char *name, char *dst, size_t size) {
	size_t n = strlen(name);
	if (size)
		dst[0] = '\0';
	for (const char *line = r->headers.data; line && *line;) {
		const char *end = strchr(line, '\n');
		if (!end)
			return false;
		if (strncmp(line, name, n) == 0 && strncmp(line + n, ": ", 2) == 0) {
			size_t len = (size_t)(end - line) - n - 2;
			if (len >= size)
				return false;
			memcpy(dst, line + n + 2, len);
			dst[len] = '\0';
			return true;
		}
		line = end + 1;
	}
	return false;
}

/* ---- waiting ---- */

/* What the server named, in milliseconds; false when it named nothing. */
static bool retry_after(const struct http_response *r, uint64_t *ms) {
	char value[64], date[64];
	uint64_t seconds;
	if (!http_header(r, "retry-after", value, sizeof value) || !*value)
		return false;
	if (text_u64(value, 0, 1000000000, &seconds)) {
		*ms = seconds * 1000;
		return true;
	}
	/* By the server's own clock where it shows it. */
	time_t then = curl_getdate(value, NULL),
	       now = http_header(r, "date", date, sizeof date) ? curl_getdate(date, NULL) : -1;
	if (now < 0)
		now = (time_t)(wall_ms() / 1000);
	*ms = then > now ? (uint64_t)(then - now) * 1000 : 0;
	return then >= 0;
}

static bool nap(struct http *h, const char *why, uint64_t ms, struct err *e) {
	mono_ms_t end = mono_ms() + (mono_ms_t)ms;
	for (;;) {
		mono_ms_t left = end - mono_ms();
		if (stop_requested(h->o.stop))
			return err_set(e, ERR_CANCELLED, "Stopped while waiting: %s", why);
		if (left <= 0)
			return true;
		if (h->o.on_wait && !h->o.on_wait(h->o.wait_arg, why, wall_ms() + left))
			return err_set(e, ERR_CANCELLED, "Stopped while waiting: %s", why);
		struct pollfd wake = { .fd = stop_fd(h->o.stop), .events = POLLIN };
		poll(&wake, 1, left < SLEEP_SLICE_MS ? (int)left : SLEEP_SLICE_MS);
	}
}

static bool too_long(const char *host, uint64_t ms, struct err *e) {
	err_set(e, ERR_THROTTLED, "%s wants to be asked again in %llu minutes only", host,
		(unsigned long long)((ms + 59999) / 60000));
	e->wait_ms = ms > UINT32_MAX ? UINT32_MAX : (unsigned)ms;
	e->wait_named = true;
	return false;
}

static void place_key(char dst[HTTP_HOST_MAX + 8], const struct http_place *p) {
	snprintf(dst, HTTP_HOST_MAX + 8, "%s:%s", p->host, p->port);
}

static void hold(struct http *h, const struct http_place *p, uint64_t ms) {
	char key[HTTP_HOST_MAX + 8];
	unsigned i = 0;
	place_key(key, p);
	while (i < HTTP_HOLDS && strcmp(h->holds[i].host, key) != 0)
		i++;
	if (i == HTTP_HOLDS)
		i = h->next_hold++ % HTTP_HOLDS;
	text_copy(h->holds[i].host, sizeof h->holds[i].host, key);
	h->holds[i].until = mono_ms() + (mono_ms_t)ms;
}

/* Waits as long as the host has asked for, also when it did so in the answer to another request. */
static bool wait_for_host(struct http *h, const struct http_place *p, struct err *e) {
	char key[HTTP_HOST_MAX + 8], why[HTTP_HOST_MAX + 64];
	mono_ms_t left = 0;
	place_key(key, p);
	for (unsigned i = 0; i < HTTP_HOLDS; i++)
		if (strcmp(h->holds[i].host, key) == 0)
			left = h->holds[i].until - mono_ms();
	if (left <= 0)
		return true;
	if (left > HTTP_WAIT_MAX_MS)
		return too_long(p->host, (uint64_t)left, e);
	snprintf(why, sizeof why, "%s asks to wait", p->host);
	return nap(h, why, (uint64_t)left, e);
}

/* ---- one request ---- */

struct sending {
	struct http *h;
	struct http_hop hop;
	unsigned busy, lost, redirects;
	bool renewed;
	bool maybe_done; /* by one of the attempts so far */
};

static bool may_repeat(const struct sending *s) {
	return s->hop.q->repeatable || strcmp(s->hop.method, "GET") == 0;
}

static uint64_t backoff(const struct http *h, unsigned n) {
	return (uint64_t)(h->o.backoff_ms ? h->o.backoff_ms : BACKOFF_MS) * n;
}

static bool not_known(struct err *e) {
	if (e->cat == ERR_CANCELLED)
		return false;
	char why[ERR_TEXT_MAX];
	text_copy(why, sizeof why, e->text);
	return err_set(e, ERR_NET, "It is not known whether it was carried out: %s", why);
}

/* Somebody behind the one who answers may have carried it out; see http.h. */
static bool may_be_done(long status, bool named) {
	return status == 502 || status == 504 || (status == 503 && !named);
}

static bool is_busy(long status) {
	return status == 408 || status == 429 || status == 502 || status == 503 || status == 504;
}

/* 1: try again. 0: failed, e says why. */
static int after_busy(struct sending *s, struct http_response *out, struct err *e) {
	const struct http_place *p = &s->hop.place;
	char why[HTTP_HOST_MAX + 64];
	uint64_t ms = 0;
	bool named = retry_after(out, &ms) && ms > 0;
	if (named)
		hold(s->h, p, ms);
	s->maybe_done |= may_be_done(out->status, named);
	if (may_be_done(out->status, named) && !may_repeat(s)) {
		err_set(e, ERR_NET, "%s answered %ld", p->host, out->status);
		return not_known(e);
	}
	if (named && ms > HTTP_WAIT_MAX_MS)
		return too_long(p->host, ms, e);
	if (++s->busy >= HTTP_ATTEMPTS) {
		err_set(e, ERR_THROTTLED, "%s is busy: it answered %ld %u times", p->host, out->status, s->busy);
		e->wait_ms = (unsigned)ms;
		e->wait_named = named;
		return 0;
	}
	if (named)
		return 1; /* wait_for_host does */
	snprintf(why, sizeof why, "%s answered %ld", p->host, out->status);
	return nap(s->h, why, backoff(s->h, s->busy), e);
}

static int after_loss(struct sending *s, enum http_end end, struct err *e) {
	char why[ERR_TEXT_MAX];
	bool repeat = end == HTTP_NOT_SENT || may_repeat(s);
	s->maybe_done |= end == HTTP_LOST;
	if (!repeat)
		return not_known(e);
	if (e->cat == ERR_CANCELLED || ++s->lost >= LOST_MAX)
		return 0;
	text_copy(why, sizeof why, e->text);
	return nap(s->h, why, backoff(s->h, s->lost), e);
}

static bool is_redirect(long status) {
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* A GET that is sent elsewhere goes to an address that needs no token or must not see it (exchange-wire.md, D.5: a
 * report's preauthenticated URL refuses one). */
static int follow(struct sending *s, struct http_response *out, struct err *e) {
	char location[HTTP_HEADER_MAX], url[HTTP_URL_MAX];
	struct http_place to;
	struct http_hop *hop = &s->hop;
	if (++s->redirects > REDIRECTS_MAX)
		return err_set(e, ERR_SERVER_BUG, "%s redirects more than %d times", hop->place.host, REDIRECTS_MAX);
	if (!http_header(out, "location", location, sizeof location))
		return err_set(e, ERR_SERVER_BUG, "%s redirects to nowhere", hop->place.host);
	if (!http_url_join(url, hop->url, location, e))
		return 0;
	if (!http_place_of(url, &to, e) || (strcmp(to.scheme, "https") != 0 && !http_same_place(&to, &hop->place)))
		return err_set(e, ERR_SERVER_BUG, "%s redirects to an address that is not https", hop->place.host);
	if (out->status == 303) {
		hop->method = "GET";
		hop->with_body = false;
	}
	if (strcmp(hop->method, "GET") == 0 || !http_same_place(&to, &hop->place))
		hop->with_token = false;
	hop->place = to;
	return text_copy(hop->url, sizeof hop->url, url);
}

static bool token(struct sending *s, bool renew, struct err *e) {
	const struct http_request *q = s->hop.q;
	secret_clear(&s->hop.token);
	if (!q->token(q->token_arg, renew, &s->hop.token, e))
		return false;
	return secret_present(&s->hop.token) || err_set(e, ERR_TOKEN_EXPIRED, "There is no access token");
}

static void note(struct http *h, const struct http_hop *hop, const struct http_response *out) {
	/* Without query and path: either may be a key to what it names. */
	log_line(h->net->log, LOG_DEBUG, "http", "%s %s:%s: %ld, %zu bytes%s%s", hop->method, hop->place.host,
		 hop->place.port, out->status, out->body.len, out->request_id[0] ? ", request " : "", out->request_id);
}

static void keep_request_id(struct http_response *out) {
	char id[128];
	if (http_header(out, "request-id", id, sizeof id) || http_header(out, "x-ms-request-id", id, sizeof id))
		text_sanitise(out->request_id, sizeof out->request_id, id, strlen(id));
}

/* 1: once more. 0: failed. 2: out is the answer. */
static int turn(struct sending *s, struct http_response *out, struct err *e) {
	if (!wait_for_host(s->h, &s->hop.place, e))
		return 0;
	out->attempts++;
	enum http_end end = http_attempt(s->h, &s->hop, out, e);
	if (end == HTTP_GIVEN_UP) {
		bool sent = http_was_sent(s->h);
		s->maybe_done |= sent;
		return sent && !may_repeat(s) ? not_known(e) : 0;
	}
	if (end != HTTP_ANSWERED)
		return after_loss(s, end, e);
	keep_request_id(out);
	note(s->h, &s->hop, out);
	if (is_busy(out->status))
		return after_busy(s, out, e);
	if (out->status == 401 && s->hop.with_token && !s->renewed) {
		s->renewed = true;
		return token(s, true, e);
	}
	if (s->hop.q->redirects && is_redirect(out->status))
		return follow(s, out, e);
	return 2;
}

bool http_send(struct http *h, const struct http_request *q, struct http_response *out, struct err *e) {
	struct sending *s = calloc(1, sizeof *s);
	int next = 0;
	*out = (struct http_response){ 0 };
	if (!s)
		return err_nomem(e);
	s->h = h;
	s->hop = (struct http_hop){ .q = q, .method = q->method, .with_body = true, .with_token = q->token != NULL };
	if (http_place_of(q->url, &s->hop.place, e) && text_copy(s->hop.url, sizeof s->hop.url, q->url) &&
	    (!q->token || token(s, false, e)))
		do
			next = turn(s, out, e);
		while (next == 1);
	secret_clear(&s->hop.token);
	out->uncertain = next != 2 && s->maybe_done;
	free(s);
	if (next == 2)
		return true;
	body_drop(out);
	return false;
}
