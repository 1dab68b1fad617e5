/* SPDX-License-Identifier: MIT
 *
 * xml_read.h - foreign XML and HTML read with care: bounded, and nothing is fetched.
 *
 * The one place that calls libxml2, which is loaded when the first document comes: it brings ICU and the C++ library,
 * 2.4 MiB that a worker would carry for nothing. Nodes may be walked as libxml2 declares them (<libxml/tree.h>).
 */
#ifndef MAILVAN_ADMIN_XML_READ_H
#define MAILVAN_ADMIN_XML_READ_H

#include <stdbool.h>
#include <stddef.h>

struct _xmlDoc; /* libxml2's */
struct _xmlNode;

/* The document, for xml_done; NULL when it is none, when memory is short, when it declares entities of its own, with
 * which a few kilobytes can stand for as many terabytes, or when there is no libxml2. */
struct _xmlDoc *xml_read(const char *xml, size_t n);
/* UTF-8. HTML is repaired rather than refused. */
struct _xmlDoc *html_read(const char *html, size_t n);
/* NULL for no document. */
const struct _xmlNode *xml_root(struct _xmlDoc *doc);
/* The caller's to free; NULL when there is none, or no memory. */
char *xml_content(const struct _xmlNode *n);
char *xml_attribute(const struct _xmlNode *n, const char *name);
/* doc may be NULL. */
void xml_done(struct _xmlDoc *doc);
/* Is libxml2 there? */
bool xml_available(void);

#endif
