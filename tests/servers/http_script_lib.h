/* SPDX-License-Identifier: MIT
 *
 * http_script_lib.h - an HTTP server on 127.0.0.1 that gives one answer of a table per request and keeps what it was
 * asked, for tests of what real services rarely do.
 */
#ifndef MAILVAN_TESTS_HTTP_SCRIPT_LIB_H
#define MAILVAN_TESTS_HTTP_SCRIPT_LIB_H

#include <stddef.h>
#include <stdint.h>

enum http_then {
	H_END,	 /* the table ends */
	H_KEEP,	 /* send text, go on with the connection */
	H_CLOSE, /* send text (may be ""), close */
	H_RESET, /* close with RST instead of an answer */
	H_FILL,	 /* send text, then n times the rest of it behind '|'; close */
	H_STALL, /* no answer until the client hangs up */
};

struct http_answer {
	enum http_then then;
	const char *text; /* "{port}" is the server's own */
	size_t n;	  /* of H_FILL; otherwise zero bytes behind the text */
};

/* "HTTP/1.1 STATUS" with HEADERS ("Name: value\r\n" each) and a body of plain text. */
#define H_ANSWER(status, headers, body, length)                                                                        \
	{ H_KEEP, "HTTP/1.1 " status "\r\n" headers "Content-Length: " length "\r\n\r\n" body, 0 }
#define H_EMPTY(status, headers) H_ANSWER(status, headers, "", "0")

#define HTTP_SCRIPT_REQUESTS 32

struct http_script;
struct http_script *http_script_start(const struct http_answer *answers);
uint16_t http_script_port(const struct http_script *s);
/* Ends it. What was not asked for is no failure: look at the count. */
void http_script_finish(struct http_script *s);
unsigned http_script_count(const struct http_script *s);
/* Request i as it came, header and body; "" when there was none. Valid until http_script_free. */
const char *http_script_request(const struct http_script *s, unsigned i);
unsigned http_script_connections(const struct http_script *s);
void http_script_free(struct http_script *s);

#endif
