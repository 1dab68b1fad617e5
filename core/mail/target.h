/* SPDX-License-Identifier: MIT
 *
 * target.h - every place that mail can be written to is one of these.
 *
 * Rules as in source.h. Nothing from a source becomes a second command here: folder
 * names go out as literals or quoted strings by one encoder, keywords must be atoms
 * (keyword_is_atom), dates are re-formatted.
 */
#ifndef MAILVAN_MAIL_TARGET_H
#define MAILVAN_MAIL_TARGET_H

#include "core/mail/source.h"

enum target_caps {
	TARGET_UIDPLUS = 1,
	TARGET_LITERAL_PLUS = 2, /* non-synchronizing literals of any size */
	TARGET_MULTIAPPEND = 4,
	TARGET_GMAIL = 8, /* merges equal messages */
	TARGET_MOVE = 16, /* move() */
	/* Exchange: \Flagged counts when it comes by STORE; no keywords; \Deleted hides the message. */
	TARGET_EXCHANGE = 32,
	TARGET_QUOTA = 64, /* quota() may know something */
};

/* What the selected folder counts towards. limit QUOTA_NONE: nobody said that there is one. */
#define QUOTA_NONE UINT64_MAX
struct folder_quota {
	struct quota_use {
		uint64_t used, limit;
	} storage, messages; /* bytes; messages */
};

struct target;

struct append_message {
	uint64_t cookie;      /* comes back in the sink */
	uint32_t flags;	      /* already limited to what the folder stores */
	const char *keywords; /* atoms joined by blanks, already limited; "" for none */
	struct mail_date date;
	uint64_t size;	 /* exact number of bytes that append_data will bring; > 0 */
	bool synchronise; /* force a synchronizing literal, and no other append beside it */
};

struct target_sink {
	void *arg;
	/* Tagged OK. uidvalidity/uid from a well-formed APPENDUID, else 0: still only a hint. */
	bool (*appended)(void *arg, uint64_t cookie, uint32_t uidvalidity, uint32_t uid, struct err *e);
	/* Tagged NO or BAD: certainly not stored (RFC 9051 6.3.12). A BAD to a non-synchronizing literal is reported
	 * before step() fails. grouped: other messages were in the same command, any of them may be the cause (each
	 * is reported). */
	bool (*refused)(void *arg, uint64_t cookie, const struct err *why, bool grouped, struct err *e);
};

struct folder_wish {
	const char *wire; /* borrowed */
	bool create, subscribe;
	bool created, subscribed; /* out */
};

struct target_ops {
	unsigned (*caps)(const struct target *);
	uint64_t (*append_limit)(const struct target *); /* APPENDLIMIT, 0 = not said */
	/* Personal namespace: its prefix ("" or "INBOX.") and delimiter. */
	void (*namespace)(const struct target *, const char **prefix, char *delimiter);
	bool (*list)(struct target *, bool status, folder_fn *, void *arg, struct err *);
	/* ALREADYEXISTS is success. A refused name is FOLDER_NAME, scope FOLDER. */
	bool (*create)(struct target *, const char *wire_name, struct err *);
	/* on: or no longer. */
	bool (*subscribe)(struct target *, const char *wire_name, bool on, struct err *);
	/* A folder, with those below it. A refusal is FOLDER_NAME, scope FOLDER. */
	bool (*rename)(struct target *, const char *wire_name, const char *to, struct err *);
	/* Many at once, in a few round trips. What is refused is only not marked: create() and subscribe() say why. */
	bool (*make)(struct target *, struct folder_wish *, size_t n, struct err *);
	bool (*select)(struct target *, const char *wire_name, struct folder_status *, struct err *);
	bool (*scan)(struct target *, uint32_t first_uid, scan_fn *, void *arg, struct err *);
	bool (*headers)(struct target *, const uint32_t *uids, size_t n, header_fn *, void *arg, struct err *);

	/* The only calls that change what is there, for the opt-in delta options (sync.h). All block, and act on the
	 * given ascending uids of the selected folder only; absent ones are passed over. Errors as in select.
	 * flags and keywords (atoms joined by blanks) are added to or taken from what each message has. */
	bool (*store_flags)(struct target *, const uint32_t *uids, size_t n, bool add, uint32_t flags,
			    const char *keywords, struct err *);
	/* UID MOVE into another folder; needs TARGET_MOVE. */
	bool (*move)(struct target *, const uint32_t *uids, size_t n, const char *wire_name, struct err *);
	/* \Deleted, then UID EXPUNGE; needs TARGET_UIDPLUS. Never EXPUNGE: that takes what others have marked. */
	bool (*expunge)(struct target *, const uint32_t *uids, size_t n, struct err *);

	/* Of the selected folder, asked now; while nothing is appended or fetched. */
	bool (*quota)(struct target *, struct folder_quota *, struct err *);

	/* Bodies for hash comparison and verification: like source fetch, on the selected folder. */
	bool (*fetch)(struct target *, const uint32_t *uids, size_t n, struct err *);
	bool (*fetch_step)(struct target *, const struct source_sink *, bool *progress, struct err *);
	size_t (*fetch_in_flight)(const struct target *);

	/* How many bytes append_data takes now without growing past the output bound. */
	size_t (*append_room)(const struct target *);
	/* Start a message into the selected folder; one message is open at a time. more_follow:
	 * another message will join the same MULTIAPPEND command (ignored without the cap). */
	bool (*append_begin)(struct target *, const struct append_message *, struct err *);
	bool (*append_data)(struct target *, const char *p, size_t n, struct err *);
	bool (*append_end)(struct target *, bool more_follow, struct err *);
	size_t (*append_unacked)(const struct target *); /* messages begun and not yet answered */
	/* As source step. A BAD while non-synchronizing literals are unacknowledged, BYE, or a
	 * tag that is not ours closes the socket at once and returns false: everything unanswered is in doubt. */
	bool (*step)(struct target *, const struct target_sink *, bool *progress, struct err *);
	int (*fd)(const struct target *);
	short (*events)(const struct target *);

	void (*bytes)(const struct target *, uint64_t *in, uint64_t *out);
	unsigned (*round_trip)(const struct target *); /* as of a source */
	void (*close)(struct target *, bool polite);
};

struct target {
	const struct target_ops *ops;
};

struct target *target_open(const struct mail_context *, const struct endpoint *, struct err *);

/* RFC 9051 atom without the leading backslash: what may be sent as a keyword. */
bool keyword_is_atom(const char *s, size_t n);

#endif
