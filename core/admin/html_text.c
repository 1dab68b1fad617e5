/* SPDX-License-Identifier: MIT
 *
 * html_text.c - see html_text.h. libxml2 reads the HTML, as broken as it may be.
 */
#include "core/admin/html_text.h"

#include <stdlib.h>
#include <string.h>
#include <libxml/tree.h>

#include "core/admin/xml_read.h"
#include "core/base/text.h"

/* What an element does to the text around it. */
enum effect { NOTHING, HIDDEN, LINE, BLOCK, ITEM, CELL };
static const struct {
	const char *name;
	enum effect effect;
} elements[] = {
	{ "script", HIDDEN }, { "style", HIDDEN }, { "head", HIDDEN },	    { "title", HIDDEN }, { "noscript", HIDDEN },
	{ "br", LINE },	      { "tr", LINE },	   { "div", LINE },	    { "dt", LINE },	 { "dd", LINE },
	{ "p", BLOCK },	      { "ul", BLOCK },	   { "ol", BLOCK },	    { "table", BLOCK },	 { "h1", BLOCK },
	{ "h2", BLOCK },      { "h3", BLOCK },	   { "h4", BLOCK },	    { "h5", BLOCK },	 { "h6", BLOCK },
	{ "pre", BLOCK },     { "hr", BLOCK },	   { "blockquote", BLOCK }, { "li", ITEM },	 { "td", CELL },
	{ "th", CELL },
};

static enum effect effect_of(const char *name) {
	for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++)
		if (text_ieq(elements[i].name, name))
			return elements[i].effect;
	return NOTHING;
}

/* Ends the line that is begun; with blank an empty line follows. Nothing before the first text. */
static void new_line(struct buf *out, size_t start, bool blank) {
	while (out->len > start && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	if (out->len == start)
		return;
	if (out->data[out->len - 1] != '\n')
		buf_putc(out, '\n');
	if (blank && !(out->len - start >= 2 && out->data[out->len - 2] == '\n'))
		buf_putc(out, '\n');
}

/* White space is one blank, and none at the start of a line (a no-break space is white space here too). */
static void put_words(struct buf *out, size_t start, const char *s) {
	for (; *s; s++) {
		bool nbsp = s[0] == '\xC2' && s[1] == '\xA0';
		if (!nbsp && !strchr(" \t\r\n\f\v", *s)) {
			buf_putc(out, *s);
			continue;
		}
		if (out->len > start && out->data[out->len - 1] != ' ' && out->data[out->len - 1] != '\n')
			buf_putc(out, ' ');
		s += nbsp;
	}
}

static void before_element(struct buf *out, size_t start, enum effect effect) {
	if (effect == LINE || effect == ITEM)
		new_line(out, start, false);
	if (effect == BLOCK)
		new_line(out, start, true);
	if (effect == ITEM)
		buf_puts(out, "- ");
	if (effect == CELL && out->len > start && out->data[out->len - 1] != '\n')
		buf_puts(out, " | ");
}

/* The address of a link stands behind its text, unless it is the text. */
static void after_element(struct buf *out, size_t start, const xmlNode *node, size_t text_at, enum effect effect) {
	if (text_ieq((const char *)node->name, "a")) {
		char *href = xml_attribute(node, "href");
		const char *to = href ? href : "";
		if (strncmp(to, "http", 4) == 0 && !(out->data && strstr(out->data + text_at, to))) {
			buf_puts(out, " (");
			put_words(out, start, to);
			buf_putc(out, ')');
		}
		free(href);
	}
	if (effect == BLOCK)
		new_line(out, start, true);
	else if (effect == LINE || effect == ITEM)
		new_line(out, start, false);
}

static void walk(const xmlNode *node, struct buf *out, size_t start, unsigned depth) {
	for (; node && !out->failed; node = node->next) {
		if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE)
			put_words(out, start, node->content ? (const char *)node->content : "");
		if (node->type != XML_ELEMENT_NODE)
			continue;
		enum effect effect = effect_of((const char *)node->name);
		size_t text_at = out->len;
		if (effect == HIDDEN || depth == HTML_DEPTH_MAX)
			continue;
		before_element(out, start, effect);
		walk(node->children, out, start, depth + 1);
		after_element(out, start, node, text_at, effect);
	}
}

bool html_to_text(const char *html, size_t n, struct buf *out) {
	size_t start = out->len;
	if (n == 0)
		return true;
	/* Without a tag or an entity its line breaks mean something. */
	if (!memchr(html, '<', n) && !memchr(html, '&', n))
		return buf_put(out, html, n);
	struct _xmlDoc *doc = html_read(html, n);
	if (!doc)
		return false;
	walk(xml_root(doc), out, start, 0);
	xml_done(doc);
	while (out->len > start && strchr(" \n", out->data[out->len - 1]))
		out->data[--out->len] = '\0';
	return !out->failed;
}
