/* SPDX-License-Identifier: MIT
 *
 * xml_read.h - foreign XML read with care: bounded, and nothing is fetched.
 */
#ifndef MAILVAN_ADMIN_XML_READ_H
#define MAILVAN_ADMIN_XML_READ_H

#include <stddef.h>

struct _xmlDoc; /* libxml2's */

/* The document, the caller's to xmlFreeDoc; NULL when it is none, when memory is short, or when it declares entities of
 * its own, with which a few kilobytes can stand for as many terabytes. */
struct _xmlDoc *xml_read(const char *xml, size_t n);

#endif
