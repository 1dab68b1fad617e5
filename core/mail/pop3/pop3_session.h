/* SPDX-License-Identifier: MIT
 *
 * pop3_session.h - what the files of the POP3 source share. Private to core/mail/pop3.
 */
#ifndef MAILVAN_MAIL_POP3_SESSION_H
#define MAILVAN_MAIL_POP3_SESSION_H

#include "core/mail/pop3/pop3_unstuff.h"
#include "core/mail/pop3/pop3_wire.h"
#include "core/mail/source.h"

#define POP3_MESSAGES_MAX 10000000u
#define POP3_RETR_WINDOW 16
#define POP3_TOP_WINDOW 64

/* From CAPA (RFC 2449). When CAPA was refused nothing is known, and everything is tried one at a time. */
struct pop3_caps {
	bool known, pipelining, top, uidl, user, sasl, sasl_plain, sasl_xoauth2;
};

struct pop3 {
	struct source source; /* first: the vtable casts */
	struct mail_context ctx;
	struct pop3_wire wire;
	struct pop3_caps caps;
	bool no_uidl, no_top; /* found out in this session */
	bool selected;
	uint32_t exists;
	uint64_t *sizes; /* exists of them, by number - 1, after the first scan; UINT64_MAX = not listed */

	/* RETR queue: [0, answered) are done, [answered, asked) are on the wire, [asked, count) wait. */
	uint32_t *queue;
	size_t answered, asked, count, cap;
	struct pop3_unstuff body;
	bool in_body, begun; /* begun: the sink knows of the message */
	mono_ms_t silent_since; /* steps find nothing although something is on its way; 0 = they do not */
};

/* pop3_login.c */
bool pop3_read_caps(struct pop3 *p, struct err *e);
bool pop3_login(struct pop3 *p, const struct endpoint *ep, struct err *e);

/* pop3_scan.c */
typedef bool pop3_line_fn(void *arg, char *line, size_t n, struct err *e);
/* The lines of a multi-line reply up to the dot. */
bool pop3_read_lines(struct pop3 *p, pop3_line_fn *fn, void *arg, struct err *e);
bool pop3_stat(struct pop3 *p, struct err *e);
/* STAT and LIST, unless this session has them already. */
bool pop3_need_sizes(struct pop3 *p, struct err *e);
bool pop3_scan(struct source *s, uint32_t first, scan_fn *fn, void *arg, struct err *e);
/* "12 rest": false when there is no number in [1, max]. */
bool pop3_numbered(const char *line, uint32_t max, uint32_t *number, const char **rest);
/* The server's UIDL as it is kept: see pop3.h. dst "" when it is blank. */
void pop3_keep_uidl(char dst[UIDL_MAX + 1], const char *uidl);
struct scan_item pop3_item(const struct pop3 *p, uint32_t number, const char *uidl);

/* pop3_headers.c */
bool pop3_headers(struct source *s, const uint32_t *uids, size_t n, header_fn *fn, void *arg, struct err *e);
/* For scan: the given messages by the identity of their headers. */
bool pop3_scan_by_header(struct pop3 *p, const uint32_t *numbers, size_t n, scan_fn *fn, void *arg, struct err *e);

/* pop3_fetch.c */
bool pop3_fetch(struct source *s, const uint32_t *uids, size_t n, struct err *e);
size_t pop3_in_flight(const struct source *s);
bool pop3_step(struct source *s, const struct source_sink *sink, bool *progress, struct err *e);

/* The end of a callback that returned false: ERR_CANCELLED unless it said why. */
bool pop3_callback_ended(struct err *e);

#endif
