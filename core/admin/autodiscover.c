/* SPDX-License-Identifier: MIT
 *
 * autodiscover.c - see autodiscover.h.
 */
#include "core/admin/autodiscover.h"

#include <stdio.h>
#include <string.h>
#include <libxml/tree.h>

#include "core/admin/json_read.h"
#include "core/admin/xml_read.h"
#include "core/base/text.h"

#define ANSWER_MAX (256U << 10)
#define REDIRECTS_MAX 3 /* from one address to another */
#define NS "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/"

const char *discovered_words(enum discovered_by by) {
	return by == BY_AUTODISCOVER_V2	   ? "autodiscover"
	       : by == BY_AUTODISCOVER_POX ? "autodiscover (POX)"
					   : "the address of the tenant's region";
}

static bool host_of(const char *url, char *host, size_t size) {
	const char *p = strncmp(url, "https://", 8) == 0 ? url + 8 : NULL;
	size_t n = p ? strcspn(p, "/?#") : 0;
	if (n == 0 || n >= size)
		return false;
	text_sanitise(host, size, p, n);
	return true;
}

static bool found(struct phone_server *out, const char *url, enum discovered_by by) {
	if (!host_of(url, out->host, sizeof out->host) || strlen(url) >= sizeof out->url)
		return false;
	text_sanitise(out->url, sizeof out->url, url, strlen(url));
	out->by = by;
	return true;
}

/* 1 = found, 0 = this way does not tell, -1 = e. */
static int ask_v2(struct http *h, const struct tenant *t, const char *mail, struct phone_server *out, struct err *e) {
	struct http_response r = { 0 };
	struct buf url;
	int result = -1;
	buf_init(&url, HTTP_URL_MAX);
	buf_printf(&url, "%s/autodiscover/autodiscover.json?Email=", t->exchange);
	if (!http_escape(&url, mail) || !buf_puts(&url, "&Protocol=ActiveSync&RedirectCount=1")) {
		err_set(e, ERR_INPUT, "The address is too long");
	} else if (http_send(h,
			     &(struct http_request){
				     .method = "GET", .url = url.data, .redirects = true, .max_body = ANSWER_MAX },
			     &r, e)) {
		json_t *j = json_read(&r.body, "Autodiscover", e);
		const char *why = json_str(j, "ErrorMessage");
		result = r.status == 200 && found(out, json_str(j, "Url"), BY_AUTODISCOVER_V2);
		if (!result)
			text_sanitise(out->said, sizeof out->said, why, strlen(why));
		json_decref(j);
		err_clear(e);
	}
	http_response_clear(&r);
	buf_free(&url);
	return result;
}

static bool xml_named(const xmlNode *n, const char *name) {
	return n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, name) == 0;
}

static void xml_text(const xmlNode *n, char *dst, size_t size) {
	char *text = xml_content(n);
	text_sanitise(dst, size, text ? text : "", text ? strlen(text) : 0);
	free(text);
}

/* Depth first; a Server is taken when its Type is MobileSync. */
static void pox_walk(const xmlNode *n, struct pox_answer *out, unsigned depth) {
	for (; n && depth < 32; n = n->next) {
		char type[40] = "", url[512] = "";
		if (xml_named(n, "Server")) {
			for (const xmlNode *c = n->children; c; c = c->next) {
				if (xml_named(c, "Type"))
					xml_text(c, type, sizeof type);
				if (xml_named(c, "Url"))
					xml_text(c, url, sizeof url);
			}
			if (strcmp(type, "MobileSync") == 0 && !out->url[0])
				text_copy(out->url, sizeof out->url, url);
		} else if (xml_named(n, "Redirect")) {
			xml_text(n, out->redirect, sizeof out->redirect);
		} else if (xml_named(n, "Message")) {
			xml_text(n, out->error, sizeof out->error);
		}
		pox_walk(n->children, out, depth + 1);
	}
}

bool pox_parse(const char *xml, size_t n, struct pox_answer *out) {
	*out = (struct pox_answer){ 0 };
	struct _xmlDoc *doc = xml_read(xml, n);
	const xmlNode *root = xml_root(doc);
	bool ok = root && xml_named(root, "Autodiscover");
	if (ok)
		pox_walk(root->children, out, 0);
	xml_done(doc);
	return ok;
}

/* '<', '&' and control characters cannot be part of the address in the XML. */
static bool plain_address(const char *mail) {
	return strchr(mail, '@') && !strpbrk(mail, "<>&\"'\r\n\t ") && strlen(mail) < 320;
}

struct token_arg {
	const struct directory_context *ctx;
	const struct tenant *t;
	struct secret used;
};

static bool give_token(void *arg, bool renew, struct secret *out, struct err *e) {
	struct token_arg *a = arg;
	return token_obtain(a->ctx->store, a->ctx->net, a->t->id, TOKEN_EXCHANGE, renew ? &a->used : NULL, a->ctx->stop,
			    out, e) &&
	       (secret_copy(&a->used, out) || err_nomem(e));
}

static int ask_pox(struct http *h, const struct directory_context *ctx, const struct tenant *t, const char *mail,
		   struct phone_server *out, struct err *e) {
	struct token_arg token = { .ctx = ctx, .t = t };
	char url[TENANT_URL_MAX + 64], body[1200], address[320];
	int result = 0;
	text_copy(address, sizeof address, mail);
	snprintf(url, sizeof url, "%s/autodiscover/autodiscover.xml", t->exchange);
	for (int hop = 0; result == 0 && hop < REDIRECTS_MAX && plain_address(address); hop++) {
		struct http_response r = { 0 };
		struct pox_answer answer = { 0 };
		/* No white space around AcceptableResponseSchema's value: servers compare it as it stands (F.2). */
		int n = snprintf(
			body, sizeof body,
			"<Autodiscover xmlns=\"" NS "requestschema/2006\"><Request><EMailAddress>%s</EMailAddress>"
			"<AcceptableResponseSchema>" NS "responseschema/2006</AcceptableResponseSchema></Request>"
			"</Autodiscover>",
			address);
		struct http_request q = { .method = "POST",
					  .url = url,
					  .body = body,
					  .body_len = (size_t)n,
					  .content_type = "text/xml",
					  .token = give_token,
					  .token_arg = &token,
					  .repeatable = true,
					  .max_body = ANSWER_MAX,
					  .accept = "text/xml" };
		if (!http_send(h, &q, &r, e)) {
			result = -1;
		} else if (r.status == 200 && pox_parse(r.body.data ? r.body.data : "", r.body.len, &answer) &&
			   answer.url[0]) {
			result = found(out, answer.url, BY_AUTODISCOVER_POX);
			http_response_clear(&r);
			break;
		} else if (answer.error[0] && !out->said[0]) {
			text_copy(out->said, sizeof out->said, answer.error);
		}
		http_response_clear(&r);
		if (result == 0 && !answer.redirect[0])
			break;
		text_copy(address, sizeof address, answer.redirect);
	}
	secret_clear(&token.used);
	return result;
}

bool autodiscover_phone(const struct directory_context *ctx, const struct tenant *t, const char *mail,
			struct phone_server *out, struct err *e) {
	struct http_options o = {
		.ca_file = t->ca_file, .ca_remedy = TENANT_CA_REMEDY, .proxy = t->proxy, .stop = ctx->stop
	};
	struct http *h = http_new(ctx->net, &o, e);
	*out = (struct phone_server){ 0 };
	if (!h)
		return false;
	int result = ask_v2(h, t, mail, out, e);
	if (result == 0)
		result = ask_pox(h, ctx, t, mail, out, e);
	http_free(h);
	if (result == 0) {
		char url[TENANT_URL_MAX + 40];
		snprintf(url, sizeof url, "%s/Microsoft-Server-ActiveSync", t->exchange);
		result = found(out, url, BY_TABLE);
		if (!result)
			err_set(e, ERR_INPUT, "The tenant's Exchange address is no https address");
	}
	return result > 0;
}

static void probe_words(const struct http_response *r, struct eas_probe *out) {
	char version[80] = "", protocols[120] = "";
	switch (r->status) {
	case 200:
		http_header(r, "ms-server-activesync", version, sizeof version);
		http_header(r, "ms-asprotocolversions", protocols, sizeof protocols);
		snprintf(out->text, sizeof out->text, "ActiveSync answers: server %.60s, protocols %.100s", version,
			 protocols);
		out->alive = true;
		return;
	case 401:
		text_copy(out->text, sizeof out->text, "ActiveSync answers and asks for the sign-in");
		out->alive = true;
		return;
	case 403:
		text_copy(out->text, sizeof out->text, "ActiveSync is switched off or blocked there");
		return;
	case 449:
		text_copy(out->text, sizeof out->text, "ActiveSync answers and wants its policy accepted first");
		out->alive = true;
		return;
	default:
		snprintf(out->text, sizeof out->text, "The server answers with status %ld: that is not ActiveSync",
			 r->status);
	}
}

bool eas_probe(const struct directory_context *ctx, const struct tenant *t, const char *url, struct eas_probe *out,
	       struct err *e) {
	struct http_options o = {
		.ca_file = t->ca_file, .ca_remedy = TENANT_CA_REMEDY, .proxy = t->proxy, .stop = ctx->stop
	};
	struct http *h = http_new(ctx->net, &o, e);
	struct http_response r = { 0 };
	*out = (struct eas_probe){ 0 };
	bool ok = h && http_send(h,
				 &(struct http_request){
					 .method = "OPTIONS", .url = url, .repeatable = true, .max_body = ANSWER_MAX },
				 &r, e);
	if (ok)
		probe_words(&r, out);
	http_response_clear(&r);
	http_free(h);
	return ok;
}
