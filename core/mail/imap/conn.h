/* SPDX-License-Identifier: MIT
 *
 * conn.h - one IMAP connection: queue out, tokens in, tags matched, everything bounded.
 *
 * What every command needs is here (BYE, "+", foreign tags, capabilities, alerts, time-outs);
 * what a response means is said by hooks. conn_io never blocks, conn_run does.
 */
#ifndef MAILVAN_MAIL_IMAP_CONN_H
#define MAILVAN_MAIL_IMAP_CONN_H

#include "core/mail/imap/caps.h"
#include "core/mail/imap/line.h"
#include "core/mail/imap/outq.h"
#include "core/mail/source.h"

/* Each may be NULL. Returning false makes the connection unusable. */
struct imap_hooks {
	void *arg;
	bool (*untagged)(void *arg, const struct line *l, struct err *e);
	/* seq as given by outq_command; status is OK, NO or BAD. See cut_from. */
	bool (*tagged)(void *arg, uint32_t seq, const struct line *l, struct err *e);
	/* "+" that no literal waits for. NULL: it is an error. */
	bool (*cont)(void *arg, const struct line *l, struct err *e);
	/* A literal begins behind the tokens of l; *stream true: its bytes go to data, else they are kept in l. */
	bool (*literal)(void *arg, const struct line *l, uint64_t size, bool *stream, struct err *e);
	bool (*data)(void *arg, const char *p, size_t n, struct err *e);
	bool (*data_end)(void *arg, struct err *e);
};

struct imap_conn {
	const struct mail_context *ctx;
	struct channel *ch; /* NULL once dead */
	uint64_t bytes_in, bytes_out; /* of a dead one */
	char label[HOST_MAX + 8]; /* "host:port" for errors */
	struct outq out;
	struct lex lex;
	struct line line;
	struct imap_hooks hooks;
	char *in; /* read buffer */
	struct caps caps;
	unsigned caps_told; /* how often the server has told them */
	uint64_t cut_from, cut_to; /* in tagged(): what outq_refused took out of the queue; cut_from 0: nothing */
	unsigned outstanding; /* commands not yet answered */
	uint64_t lines;	      /* responses so far, to see progress */
	uint64_t said;	      /* untagged responses since the last tagged one; see on_line */
	mono_ms_t useful_at;  /* when something other than "* OK still here" came */
	mono_ms_t asked_at;   /* when the last command was queued */
	unsigned round_trip;  /* ms: as long as it took at least until all was answered; UINT_MAX = nothing was yet */
	mono_ms_t idle_since; /* conn_io found nothing since; 0 = it did */
	bool dead;	      /* an error or BYE was met */
	bool our_turn;	      /* the server waits for the rest of a message: no time runs */
	bool read_only;	      /* the source's side: see conn_open */
	bool secret;	      /* in a SASL exchange: nothing is logged */
	bool hook_failed;     /* the error is not about what the server sent */
};

/* Connect as ep says; no login. read_only: the queue only takes what a source may send. */
bool conn_open(struct imap_conn *c, const struct mail_context *ctx, const struct endpoint *ep, bool read_only,
	       struct err *e);
/* Closes the socket at once and frees what c holds. */
void conn_close(struct imap_conn *c);
/* The same, but what is queued is still sent where it can be sent at once: for a farewell. */
void conn_leave(struct imap_conn *c);

/* Start a command; outq_arg and friends on c->out, then conn_end. */
bool conn_command(struct imap_conn *c, const char *verb, uint32_t *seq, struct err *e);
bool conn_end(struct imap_conn *c, struct err *e);

/* Write what may be written and read what is there, about `most` bytes at most. Any failure here
 * and in the calls below closes the socket at once. */
bool conn_io(struct imap_conn *c, size_t most, bool *progress, struct err *e);
/* Until no more than `outstanding` commands are unanswered. */
bool conn_run(struct imap_conn *c, unsigned outstanding, struct err *e);
/* One more round of conn_run: returns after anything was read or written. */
bool conn_turn(struct imap_conn *c, struct err *e);
/* Take one line as if the server had said it now: what was read before the connection was ours. */
bool conn_heard(struct imap_conn *c, const char *line, struct err *e);
short conn_events(const struct imap_conn *c);
int conn_fd(const struct imap_conn *c); /* -1 when dead */
void conn_bytes(const struct imap_conn *c, uint64_t *in, uint64_t *out);

/* The error for a NO or BAD: "host:993: WHAT: NO [CODE] text", classified by the server's words,
 * else category cat with this scope. Always returns false. */
bool conn_refused(const struct imap_conn *c, const struct line *l, enum err_cat cat, enum err_scope scope,
		  const char *what, struct err *e);

#endif
