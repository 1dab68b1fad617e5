/* SPDX-License-Identifier: MIT
 *
 * html_text.h - HTML of a service or a feed as text for a terminal: blocks become lines, lists get dashes, links keep
 * their address, scripts and styles go.
 */
#ifndef MAILVAN_ADMIN_HTML_TEXT_H
#define MAILVAN_ADMIN_HTML_TEXT_H

#include "core/base/buf.h"

#define HTML_DEPTH_MAX 256 /* elements inside each other; what is deeper is left out */

/* Appends to out (its max bounds the text). Plain text stays plain text. The text is UTF-8 and still foreign: sanitise
 * before it is shown. False: out is full or there is no memory. */
bool html_to_text(const char *html, size_t n, struct buf *out);

#endif
