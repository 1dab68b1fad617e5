/* SPDX-License-Identifier: MIT
 *
 * source.h - every place that mail can be read from is one of these.
 *
 * The source is read-only: its implementations send only commands from an
 * allow-list, checked at the one function that writes to the channel
 * (IMAP: CAPABILITY, ID, AUTHENTICATE, LOGIN, ENABLE, NAMESPACE, LIST, LSUB,
 * STATUS, SELECT, EXAMINE, UID FETCH, UID SEARCH, NOOP, UNSELECT, LOGOUT, COMPRESS;
 * POP3: CAPA, AUTH, USER, PASS, STAT, LIST, UIDL, TOP, RETR, NOOP, QUIT).
 *
 * One thread owns a source. The plain calls block until done, stop, or a time-out.
 * fetch/step are the streaming half and never block: the pump polls fd().
 * Errors whose scope is MAILBOX or wider mean that the connection is unusable:
 * the caller closes it. Strings and structs passed to callbacks are borrowed.
 * A callback returning false ends the call with ERR_CANCELLED unless it set *e itself.
 */
#ifndef MAILVAN_MAIL_SOURCE_H
#define MAILVAN_MAIL_SOURCE_H

#include <stdatomic.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/model/endpoint.h"
#include "core/model/message.h"
#include "core/net/channel.h"

enum source_caps {
	SOURCE_FOLDERS = 1,	 /* has folders, flags and dates (IMAP); POP3 has one maildrop */
	SOURCE_GMAIL = 2,	 /* X-GM-EXT-1 */
	SOURCE_STATUS_CHEAP = 4, /* LIST-STATUS: list() with status costs one round trip */
	SOURCE_CONDSTORE = 8,	 /* flags() can leave out what has not changed */
	SOURCE_EXCHANGE = 16,	 /* folders that hold no mail may be listed (work/non_mail.h) */
};

struct source;
struct logins;

/* How mail_open and the blocking calls behave. All pointers outlive the source. */
struct mail_context {
	struct net *net;
	struct log *log; /* may be NULL */
	const struct stop *stop;
	/* mono_ms after which nothing may be sent any more (LEASE_LOST), looked at before every send; NULL = no end. It
	 * moves on while the lease holds. */
	const _Atomic int64_t *send_until;
	struct channel_timeouts timeouts;
	struct logins *logins; /* what this process knows of refused logins (work/logins.h); may be NULL */
};

typedef bool folder_fn(void *arg, const struct folder_info *f, struct err *e);
typedef bool scan_fn(void *arg, const struct scan_item *item, struct err *e);
/* header: the raw bytes of Message-ID, Date, From, Subject and Received fields (IMAP
 * HEADER.FIELDS; POP3: the whole header), for ident_header(). */
typedef bool header_fn(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e);

/* Receives a stream of message bodies. For each wanted message exactly one of
 * end() or missing() is called, unless step() fails. Order is the server's. */
struct source_sink {
	void *arg;
	/* uid may be 0 when the server names it only after the body; end() always knows.
	 * size is exact for IMAP literals, UINT64_MAX when unknown (POP3). */
	bool (*begin)(void *arg, uint32_t uid, uint64_t size, struct err *e);
	bool (*data)(void *arg, const char *p, size_t n, struct err *e);
	bool (*end)(void *arg, uint32_t uid, struct err *e);
	/* Asked for, and the command completed without it. why: VANISHED when the server just left
	 * it out, else the server's refusal. NIL and OK-without-literal arrive here too (SERVER_BUG):
	 * a missing body is never an empty message. */
	bool (*missing)(void *arg, uint32_t uid, const struct err *why, struct err *e);
};

struct source_ops {
	unsigned (*caps)(const struct source *);
	/* Personal namespace: its prefix ("" or "INBOX.") and delimiter (0 = flat). POP3: "" and 0. */
	void (*namespace)(const struct source *, const char **prefix, char *delimiter);
	/* Personal namespace only. status: also fill status_known fields (LIST-STATUS, else STATUS per folder). */
	bool (*list)(struct source *, bool status, folder_fn *, void *arg, struct err *);
	/* Open read-only (EXAMINE; SELECT where EXAMINE misreports UIDVALIDITY, i.e. Courier). */
	bool (*select)(struct source *, const char *wire_name, struct folder_status *, struct err *);
	/* Enumerate the selected folder from first_uid (1 = all), ascending (POP3: in any order), each once, no body.
	 */
	bool (*scan)(struct source *, uint32_t first_uid, scan_fn *, void *arg, struct err *);
	/* The part of that from first_uid to last_uid. Whether all that EXISTS counts is listed is then for the caller
	 * to see. NULL for POP3. */
	bool (*scan_part)(struct source *, uint32_t first_uid, uint32_t last_uid, scan_fn *, void *arg, struct err *);
	/* UID, flags and keywords only, of every message of the selected folder (since 0; whether that is all that
	 * EXISTS counts is for the caller to see) or of those changed since that HIGHESTMODSEQ (needs
	 * SOURCE_CONDSTORE). In any order; what is said last of a UID holds. NULL for POP3. */
	bool (*flags)(struct source *, uint64_t since, scan_fn *, void *arg, struct err *);
	/* Identity headers of the given ascending uids (absent ones are silently left out),
	 * item filled as by scan. uids NULL: all with UID >= n. */
	bool (*headers)(struct source *, const uint32_t *uids, size_t n, header_fn *, void *arg, struct err *);

	/* Queue a fetch of these ascending uids (POP3: message numbers). Copies the array. Never blocks. */
	bool (*fetch)(struct source *, const uint32_t *uids, size_t n, struct err *);
	/* Messages asked for and not yet ended or missing; not 0 while a command is still unanswered. Only at 0
	 * may the blocking calls be made. */
	size_t (*in_flight)(const struct source *);
	/* Write what is queued, read what is there, about 256 KiB at most, calling the sink.
	 * *progress tells whether anything moved. False: the connection is dead (e). */
	bool (*step)(struct source *, const struct source_sink *, bool *progress, struct err *);
	int (*fd)(const struct source *);
	short (*events)(const struct source *); /* POLLIN, POLLOUT when output is queued */

	void (*bytes)(const struct source *, uint64_t *in, uint64_t *out);
	/* ms: the shortest wait for an answer so far; UINT_MAX = not known. NULL for POP3. */
	unsigned (*round_trip)(const struct source *);
	/* polite: LOGOUT, or QUIT and its answer within a second; else just close. Frees the source. */
	void (*close)(struct source *, bool polite);
};

struct source {
	const struct source_ops *ops;
};

/* Connect and log in, once. Chooses the implementation from ep->proto. */
struct source *source_open(const struct mail_context *, const struct endpoint *, struct err *);

#endif
