/* SPDX-License-Identifier: MIT
 *
 * http_url.c - where a URL points to, redirects, and the two encodings of values.
 */
#include <string.h>

#include "core/base/text.h"
#include "core/net/http_priv.h"

static bool part(CURLU *u, CURLUPart what, unsigned flags, char *dst, size_t size) {
	char *text = NULL;
	bool ok = curl_url_get(u, what, &text, flags) == CURLUE_OK && text_copy(dst, size, text);
	curl_free(text);
	return ok;
}

static bool on_this_machine(const char *host) {
	return text_ieq(host, "localhost") || strcmp(host, "127.0.0.1") == 0 || strcmp(host, "[::1]") == 0;
}

bool http_place_of(const char *url, struct http_place *out, struct err *e) {
	CURLU *u = curl_url();
	if (!u)
		return err_nomem(e);
	bool ok = strlen(url) < HTTP_URL_MAX && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
		  part(u, CURLUPART_SCHEME, 0, out->scheme, sizeof out->scheme) &&
		  part(u, CURLUPART_HOST, 0, out->host, sizeof out->host) &&
		  part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, out->port, sizeof out->port);
	char *name = NULL;
	bool named = curl_url_get(u, CURLUPART_USER, &name, 0) != CURLUE_NO_USER;
	curl_free(name);
	curl_url_cleanup(u);
	if (!ok || named)
		return err_set(e, ERR_INPUT, "\"%.200s\" is not an address to ask", url);
	text_lower(out->host);
	if (strcmp(out->scheme, "https") != 0 && (strcmp(out->scheme, "http") != 0 || !on_this_machine(out->host)))
		return err_set(e, ERR_INPUT, "%s://%s is refused: only https is asked", out->scheme, out->host);
	return true;
}

bool http_same_place(const struct http_place *a, const struct http_place *b) {
	return strcmp(a->scheme, b->scheme) == 0 && strcmp(a->host, b->host) == 0 && strcmp(a->port, b->port) == 0;
}

bool http_url_join(char dst[HTTP_URL_MAX], const char *base, const char *location, struct err *e) {
	CURLU *u = curl_url();
	if (!u)
		return err_nomem(e);
	bool ok = curl_url_set(u, CURLUPART_URL, base, 0) == CURLUE_OK &&
		  curl_url_set(u, CURLUPART_URL, location, CURLU_URLENCODE) == CURLUE_OK &&
		  part(u, CURLUPART_URL, 0, dst, HTTP_URL_MAX);
	curl_url_cleanup(u);
	return ok || err_set(e, ERR_SERVER_BUG, "The server redirects to \"%.200s\", which is no address", location);
}

static bool escape(struct buf *to, const char *value, size_t len) {
	static const char hex[] = "0123456789ABCDEF";
	/* RFC 3986, 2.3: what never needs an escape. */
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];
		if (c && strchr(unreserved, c))
			buf_putc(to, (char)c);
		else
			buf_put(to, (char[]){ '%', hex[c >> 4], hex[c & 15] }, 3);
	}
	return !to->failed;
}

bool http_escape(struct buf *to, const char *value) {
	return escape(to, value, strlen(value));
}

bool http_form_add(struct buf *form, const char *name, const char *value, size_t len) {
	if (form->len)
		buf_putc(form, '&');
	return escape(form, name, strlen(name)) && buf_putc(form, '=') && escape(form, value, len);
}
