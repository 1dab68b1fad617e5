/* SPDX-License-Identifier: MIT
 *
 * script_server_lib.h - a server on 127.0.0.1 that plays a script, for tests of what real servers rarely do.
 *
 *	static const struct script_step steps[] = {
 *		S_SEND("* OK ready\r\n"),
 *		S_EXPECT("^([^ ]+) CAPABILITY$"), S_SEND("* CAPABILITY IMAP4rev1\r\n$1 OK done\r\n"),
 *		S_EXPECT("^[^ ]+ FETCH "), S_CLOSE, S_END,
 *	};
 *	struct script_server *s = script_start(steps, NULL);
 *	... script_port(s) ...
 *	assert_string_equal(script_finish(s), "");	// waits until the script is over, ends the server
 *
 * It runs in a thread of its own. A client's line that does not match ends the script and is its
 * failure; so does a client that hangs up where more is expected, and 10 s without progress.
 */
#ifndef MAILVAN_TESTS_SCRIPT_SERVER_LIB_H
#define MAILVAN_TESTS_SCRIPT_SERVER_LIB_H

#include <stddef.h>
#include <stdint.h>

enum script_op {
	SCRIPT_END,
	SCRIPT_SEND,   /* text; "$1" is what the last S_EXPECT captured */
	SCRIPT_BYTES,  /* n raw bytes */
	SCRIPT_DRIP,   /* text like S_SEND, one byte per write */
	SCRIPT_FILL,   /* n times the byte text[0]: large literals without large tables */
	SCRIPT_EXPECT, /* the client's next line (without CRLF) matches this extended regular expression */
	SCRIPT_READ,   /* n raw bytes from the client: a literal */
	SCRIPT_DELAY,  /* n milliseconds */
	SCRIPT_TLS,    /* the server's side of a TLS handshake */
	SCRIPT_HANGUP, /* wait until the client hangs up */
	SCRIPT_CLOSE,
	SCRIPT_RESET,  /* close with RST */
	SCRIPT_ACCEPT, /* close, and go on with the next connection */
};

struct script_step {
	enum script_op op;
	const char *text;
	size_t n;
};

#define S_SEND(text) { SCRIPT_SEND, text, 0 }
#define S_BYTES(data, n) { SCRIPT_BYTES, data, n }
#define S_DRIP(text) { SCRIPT_DRIP, text, 0 }
#define S_FILL(byte_text, n) { SCRIPT_FILL, byte_text, n }
#define S_EXPECT(regex) { SCRIPT_EXPECT, regex, 0 }
#define S_READ(n) { SCRIPT_READ, NULL, n }
#define S_DELAY(ms) { SCRIPT_DELAY, NULL, ms }
#define S_TLS { SCRIPT_TLS, NULL, 0 }
#define S_HANGUP { SCRIPT_HANGUP, NULL, 0 }
#define S_CLOSE { SCRIPT_CLOSE, NULL, 0 }
#define S_RESET { SCRIPT_RESET, NULL, 0 }
#define S_ACCEPT { SCRIPT_ACCEPT, NULL, 0 }
#define S_END { SCRIPT_END, NULL, 0 }

/* PEM files for S_TLS (see certs.sh). max_version: 0, or an OpenSSL TLSx_VERSION; with TLS1_VERSION
 * the server is as weak as an old one (SECLEVEL=0). */
struct script_tls {
	const char *cert, *key;
	int max_version;
};

struct script_server;

/* NULL when it cannot listen. steps and tls must outlive the server. */
struct script_server *script_start(const struct script_step *steps, const struct script_tls *tls);
uint16_t script_port(const struct script_server *s);
/* Waits for the script's end, ends the server and says what went wrong ("" = nothing). The text is
 * static per thread and good until the next call. */
const char *script_finish(struct script_server *s);
/* Ends it wherever it is. */
void script_abort(struct script_server *s);
/* A copy (NUL-terminated, to be freed) of everything that clients sent so far. */
char *script_received(struct script_server *s, size_t *n);

#endif
