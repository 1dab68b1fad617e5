/* SPDX-License-Identifier: MIT
 *
 * feeds.c - RSS 2.0 and Atom (RFC 4287) by libxml2: fetched, read as far as an operator needs them, kept in the store.
 */
#include "core/admin/feeds.h"

#include <stdlib.h>
#include <string.h>
#include <libxml/tree.h>

#include "core/admin/feed_parse.h"
#include "core/admin/html_text.h"
#include "core/admin/json_read.h"
#include "core/admin/xml_read.h"
#include "core/base/date.h"
#include "core/base/text.h"

#define FEED_BYTES_MAX (8U << 20)
#define BODY_MAX (64U * 1024)

static bool named(const xmlNode *n, const char *name) {
	return n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, name) == 0;
}

static const xmlNode *child(const xmlNode *parent, const char *name) {
	for (const xmlNode *n = parent ? parent->children : NULL; n; n = n->next)
		if (named(n, name))
			return n;
	return NULL;
}

/* The text of a node as a string of ours; "" when it is not there. NULL: no memory. */
static char *content(const xmlNode *n) {
	char *text = n ? xml_content(n) : NULL;
	return text ? text : strdup("");
}

/* HTML inside: type="html" of Atom, descriptions of RSS. */
static char *content_text(const xmlNode *n) {
	char *html = content(n);
	struct buf out;
	buf_init(&out, BODY_MAX);
	if (!html)
		return NULL;
	html_to_text(html, strlen(html), &out); /* what does not fit is cut */
	free(html);
	char *text = strdup(out.data ? out.data : "");
	buf_free(&out);
	return text;
}

/* RFC 4287 4.2.7: the link without rel, or rel="alternate". */
static char *atom_link(const xmlNode *entry) {
	for (const xmlNode *n = entry->children; n; n = n->next) {
		if (!named(n, "link"))
			continue;
		char *rel = xml_attribute(n, "rel"), *href = xml_attribute(n, "href");
		bool right = href && (!rel || strcmp(rel, "alternate") == 0);
		free(rel);
		if (right)
			return href;
		free(href);
	}
	return strdup("");
}

static wall_ms_t instant(const xmlNode *n, bool atom) {
	struct mail_date d;
	char *text = content(n);
	wall_ms_t t = 0;
	if (text && atom)
		t = json_instant(text);
	else if (text && date_parse_rfc5322(text, strlen(text), &d))
		t = d.unix_s * 1000;
	free(text);
	return t;
}

static void entry_free(const struct feed_entry *x) {
	/* They are ours: feed_entry only promises not to write to them. */
	free((void *)(uintptr_t)x->guid);
	free((void *)(uintptr_t)x->title);
	free((void *)(uintptr_t)x->link);
	free((void *)(uintptr_t)x->body);
}

static const xmlNode *first(const xmlNode *parent, const char *a, const char *b) {
	const xmlNode *n = child(parent, a);
	return n ? n : child(parent, b);
}

static bool read_entry(const xmlNode *item, bool atom, struct feed_entry *x) {
	char *link = atom ? atom_link(item) : content(child(item, "link"));
	const xmlNode *id = child(item, atom ? "id" : "guid");
	*x = (struct feed_entry){
		.title = content_text(child(item, "title")),
		.link = link,
		.body = content_text(atom ? first(item, "content", "summary") : child(item, "description")),
		.published = instant(atom ? first(item, "updated", "published") : child(item, "pubDate"), atom)
	};
	/* RSS need not have a guid: then it is known by its address, or by its title. */
	x->guid = id ? content(id) : strdup(link && link[0] ? link : x->title ? x->title : "");
	if (x->guid && x->title && x->link && x->body)
		return true;
	entry_free(x);
	return false;
}

void feed_document_free(struct feed_document *d) {
	for (size_t i = 0; i < d->n; i++)
		entry_free(&d->entries[i]);
	free(d->entries);
	free(d->title);
	*d = (struct feed_document){ 0 };
}

static bool read_entries(const xmlNode *list, bool atom, struct feed_document *out, struct err *e) {
	out->entries = calloc(FEED_KEPT, sizeof *out->entries);
	out->title = content_text(child(list, "title"));
	if (!out->entries || !out->title)
		return err_nomem(e);
	for (const xmlNode *n = list->children; n && out->n < FEED_KEPT; n = n->next) {
		if (!named(n, atom ? "entry" : "item"))
			continue;
		if (!read_entry(n, atom, &out->entries[out->n]))
			return err_nomem(e);
		out->n++;
	}
	return true;
}

bool feed_parse(const char *xml, size_t n, struct feed_document *out, struct err *e) {
	*out = (struct feed_document){ 0 };
	struct _xmlDoc *doc = xml_read(xml, n);
	const xmlNode *root = xml_root(doc);
	bool ok = false;
	if (!root && !xml_available())
		err_set(e, ERR_INPUT, "libxml2 cannot be loaded, and without it no feed can be read: install it");
	else if (!root)
		err_set(e, ERR_SERVER_BUG, "what came is not XML, or declares entities of its own");
	else if (named(root, "feed"))
		ok = read_entries(root, true, out, e);
	else if (named(root, "rss") && child(root, "channel"))
		ok = read_entries(child(root, "channel"), false, out, e);
	else
		err_set(e, ERR_SERVER_BUG, "what came is neither RSS nor Atom");
	xml_done(doc);
	if (!ok)
		feed_document_free(out);
	return ok;
}

/* ---- fetching ---- */

struct feeds {
	struct feed_row *rows;
	size_t n, cap;
	bool no_memory;
};

static bool remember(void *arg, const struct feed_row *f) {
	struct feeds *all = arg;
	if (all->n == all->cap) {
		size_t cap = all->cap ? all->cap * 2 : 8;
		struct feed_row *more = realloc(all->rows, cap * sizeof *more);
		if (!more) {
			all->no_memory = true;
			return false;
		}
		all->rows = more;
		all->cap = cap;
	}
	all->rows[all->n++] = *f;
	return true;
}

#define CA_REMEDY "remove the feed and add it with its CA: mailvan service feed add URL --ca FILE"

static bool fetch(const struct directory_context *ctx, const struct feed_row *f, struct http_response *r,
		  struct err *e) {
	struct http_options o = { .ca_file = f->ca_file, .ca_remedy = CA_REMEDY, .stop = ctx->stop };
	struct http *h = http_new(ctx->net, &o, e);
	struct http_request q = { .method = "GET",
				  .url = f->url,
				  .redirects = true,
				  .max_body = FEED_BYTES_MAX,
				  .accept = "application/atom+xml, application/rss+xml, application/xml, text/xml" };
	bool ok = h && http_send(h, &q, r, e);
	http_free(h);
	return ok && (r->status == 200 || err_set(e, ERR_NET, "the server answers with status %ld", r->status));
}

static bool refresh_one(const struct directory_context *ctx, const struct feed_row *f, struct err *why, struct err *e) {
	struct http_response r = { 0 };
	struct feed_document d = { 0 };
	bool ok = fetch(ctx, f, &r, why) && feed_parse(r.body.data ? r.body.data : "", r.body.len, &d, why);
	bool saved = feed_save(ctx->store, f->id, ok && d.title[0] ? d.title : f->url, d.entries, d.n,
			       ok ? "" : why->text, e);
	feed_document_free(&d);
	http_response_clear(&r);
	if (!saved)
		*why = *e;
	return ok && saved;
}

bool feeds_refresh(const struct directory_context *ctx, struct err *e) {
	struct feeds all = { 0 };
	struct err why = { 0 };
	size_t good = 0, i = 0;
	bool ok = feeds_each(ctx->store, remember, &all, e) && (!all.no_memory || err_nomem(e));
	for (; ok && i < all.n && !stop_requested(ctx->stop); i++) {
		good += refresh_one(ctx, &all.rows[i], &why, e);
		if (ctx->progress && !ctx->progress(ctx->progress_arg, i + 1, all.n, 0))
			break;
	}
	free(all.rows);
	if (ok && all.n == 0)
		return err_set(e, ERR_INPUT, "The project follows no feed; mailvan service feed add URL adds one");
	if (ok && i > 0 && good == 0) {
		*e = why;
		return err_prefix(e, "No feed could be read");
	}
	return ok;
}
