/* SPDX-License-Identifier: MIT
 *
 * html.h - foreign text inside a page: nothing in it becomes markup.
 */
#ifndef MAILVAN_CLI_HTML_H
#define MAILVAN_CLI_HTML_H

#include <stdio.h>

/* Sanitised (text.h), then & < > " ' as references: safe as element content and inside quoted attributes. */
void html_text(FILE *to, const char *text);
/* <TAG class="CLASS">text</TAG>; class NULL = none. tag and class are ours. */
void html_element(FILE *to, const char *tag, const char *class, const char *text);
/* The head of a page that needs nothing from elsewhere and may load nothing; body is open afterwards. */
void html_begin(FILE *to, const char *title);
void html_end(FILE *to);

#endif
