/* SPDX-License-Identifier: MIT
 *
 * xml_read.c - see xml_read.h.
 */
#include "core/admin/xml_read.h"

#include <dlfcn.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS(X)                                                                                                   \
	X(xmlReadMemory)                                                                                               \
	X(htmlReadMemory)                                                                                              \
	X(xmlFreeDoc)                                                                                                  \
	X(xmlDocGetRootElement)                                                                                        \
	X(xmlNodeGetContent)                                                                                           \
	X(xmlGetNoNsProp)

/* A document's `_private`, which libxml2 leaves to its users. */
struct library {
#define MEMBER(name) __typeof__(name) *name;
	FUNCTIONS(MEMBER)
	xmlFreeFunc *free_text; /* the variable xmlFree */
};

/* LIBXML2_SONAME: of the library whose headers these are, from the Makefile. It is never unloaded; loading it again
 * only counts. */
static bool load(struct library *l) {
	void *so = dlopen(LIBXML2_SONAME, RTLD_NOW | RTLD_LOCAL), *at;
	bool ok = so != NULL;
	/* POSIX: a void * holds a function's address. */
#define FIND(name)                                                                                                     \
	at = ok ? dlsym(so, #name) : NULL;                                                                             \
	ok = ok && at;                                                                                                 \
	memcpy(&l->name, &at, sizeof at);
	FUNCTIONS(FIND)
	l->free_text = ok ? (xmlFreeFunc *)dlsym(so, "xmlFree") : NULL;
	return l->free_text != NULL;
}

bool xml_available(void) {
	struct library l;
	return load(&l);
}

static const struct library *of(const struct _xmlDoc *doc) {
	return doc->_private;
}

/* Takes over both. */
static struct _xmlDoc *keep(struct library *l, struct _xmlDoc *doc) {
	if (doc)
		doc->_private = l;
	else
		free(l);
	return doc;
}

struct _xmlDoc *xml_read(const char *xml, size_t n) {
	/* No network, no external entities, and libxml2's own bound on depth (no XML_PARSE_HUGE). */
	const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA;
	struct library *l = n > INT_MAX ? NULL : malloc(sizeof *l);
	struct _xmlDoc *doc = l && load(l) ? l->xmlReadMemory(xml, (int)n, NULL, NULL, options) : NULL;
	keep(l, doc);
	/* What libxml2 bounds is the parsing; whoever asks for a node's text afterwards would have them expanded. */
	if (!doc || !doc->intSubset || (!doc->intSubset->entities && !doc->intSubset->pentities))
		return doc;
	xml_done(doc);
	return NULL;
}

struct _xmlDoc *html_read(const char *html, size_t n) {
	const int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET;
	struct library *l = n > INT_MAX ? NULL : malloc(sizeof *l);
	return keep(l, l && load(l) ? l->htmlReadMemory(html, (int)n, NULL, "UTF-8", options) : NULL);
}

const struct _xmlNode *xml_root(struct _xmlDoc *doc) {
	return doc ? of(doc)->xmlDocGetRootElement(doc) : NULL;
}

static char *ours(const struct library *l, xmlChar *text) {
	char *copy = text ? strdup((const char *)text) : NULL;
	if (text)
		(*l->free_text)(text);
	return copy;
}

char *xml_content(const struct _xmlNode *n) {
	return ours(of(n->doc), of(n->doc)->xmlNodeGetContent(n));
}

char *xml_attribute(const struct _xmlNode *n, const char *name) {
	return ours(of(n->doc), of(n->doc)->xmlGetNoNsProp(n, (const xmlChar *)name));
}

void xml_done(struct _xmlDoc *doc) {
	if (!doc)
		return;
	struct library *l = doc->_private;
	l->xmlFreeDoc(doc);
	free(l);
}
