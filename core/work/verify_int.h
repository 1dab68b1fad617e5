/* SPDX-License-Identifier: MIT
 *
 * verify_int.h - internal to verify: one folder looked at afresh.
 *
 * Reading order: verify.c (the mailbox, its folders) -> verify_source.c and verify_look.c (what is there now) ->
 * verify_rows.c (the ledger's rows against it) -> verify_flags.c -> verify_bodies.c (bodies) -> verify_extra.c (what is
 * there twice) -> verify_moved.c (what is elsewhere) -> verify_name.c (naming a difference). A folder is held in memory
 * one at a time: 16 bytes for up to 64 neighbouring messages of the source (POP3: 13 for each), 24 for a message of the
 * target, 12 more for one with keywords; 8 more where UIDs do not tell all.
 */
#ifndef MAILVAN_WORK_VERIFY_INT_H
#define MAILVAN_WORK_VERIFY_INT_H

#include "core/base/buf.h"
#include "core/base/numset.h"
#include "core/mail/target.h"
#include "core/work/match.h"
#include "core/work/verify.h"

#define VERIFY_ROWS_AT_ONCE 64
#define VERIFY_ITEMS_MAX (64u * 1024 * 1024)
#define NAMED_AT_ONCE 256
#define PICKS_AT_ONCE 256
#define VERIFY_FLAG_NAMES 6 /* the five of enum msg_flag, and any keyword */

/* A folder of a million is a million of these, hence the packing: date and size by copy_date and copy_size. */
struct copy {
	uint64_t ident;
	uint32_t uid, owner; /* owner: the row that it is the copy of, 0 = none yet */
	uint32_t date;
	uint32_t size : 25;
	uint32_t flags : 5;
	uint32_t body_good : 1;
	uint32_t long_header : 1; /* beyond what earlier versions took a fingerprint of */
};

/* What few messages have, by UID. */
struct note {
	uint32_t uid, low;
	int32_t high;
};
struct notes {
	struct note *at; /* ascending UID */
	size_t count, cap;
};

/* A difference that still waits for its name. */
struct named {
	enum verify_kind kind;
	uint32_t uid, dst_uid, number;
	uint64_t size;
	bool known; /* the header was read */
	char date[64], from[200], subject[200], message_id[200], text[200];
};

/* A row whose body is to be compared. */
struct pick {
	uint32_t uid, number, dst_uid;
	uint64_t ident, size;
	struct mail_date date;
	struct hash copied, source, found; /* as it was sent (by the ledger), as both sides have it now */
	bool copied_known, source_known, found_known;
	const struct repaired *repaired; /* NULL: sent as it came */
	bool header_differs;		 /* by the fingerprint; the body, which includes it, has the last word */
};

/* A message that was not sent as it came (store/repairs.h): its copy is as it was sent, not as the source has it. */
struct repaired {
	uint64_t folder; /* hash of its display name */
	uint32_t uid;
	struct hash source_body;
};

/* A row whose copy is not in its folder. */
struct missing {
	uint32_t uid, number, dst_uid; /* number: of the source's message, 0 when it is gone */
	uint64_t ident, size;
	struct mail_date date;
};

/* Messages of the whole target with a Message-ID that are no copies of their own folder, by ident. */
struct strays {
	struct stray {
		uint64_t ident;
		uint32_t folder; /* index into folders */
	} *at;
	size_t count, cap;
	char (*folders)[FOLDER_NAME_MAX]; /* display names */
	size_t folder_count, folder_cap;
	bool known;
};

struct look {
	struct store *store;
	int64_t mailbox;
	const struct mail_context *ctx;
	struct visit visit;
	bool told; /* something of the folder at hand: it is not looked at again */
	const struct verify_options *how;
	const struct verify_sink *sink;
	struct verification *result;
	struct source *src;
	struct target *dst;
	bool pop;

	struct difference_row *kept; /* for the store */
	size_t kept_count;
	uint64_t *refilled;
	uint64_t random, sample_wanted, sample_left;
	struct strays strays;	   /* of the mailbox, once a copy is missing */
	struct repaired *repaired; /* of the mailbox, by folder and UID */
	size_t repaired_count, repaired_cap;

	/* The folder at hand. */
	struct verify_folder sum;
	struct ledger_folder lf;
	bool at_source; /* the source has the folder and it is selected */
	bool at_target;
	bool target_gone; /* the target has no such folder any more: no copy is there */
	bool headers;	  /* the copies' headers were read, not only their UIDs */
	uint32_t largest; /* row with the most bytes */
	uint64_t largest_size;
	uint64_t open; /* rows whose copy is not certain by its UID */
	struct {
		uint64_t sent, gone; /* copies that were sent with a flag, and those of them that lack it */
	} flags[VERIFY_FLAG_NAMES];
	struct numset unseen; /* IMAP: UIDs at the source that no row of the ledger has had yet */
	/* POP3: hashes of the UIDLs, ascending, and how the source knows each message in this session. */
	uint64_t *keys;
	uint32_t *numbers;
	bool *seen; /* a row of the ledger has it */
	size_t source_count, number_cap, key_cap;
	struct copy *copies; /* ascending UID */
	size_t copy_count, copy_cap;
	struct notes large;    /* sizes that a copy has no room for */
	struct notes odd;      /* dates that a copy has no room for */
	struct notes arrivals; /* POP3: dates of headers that are not the INTERNALDATE which was made from them */
	struct notes worded;   /* offsets into keywords; copies without keywords have none */
	uint32_t *by_ident;    /* indices of copies by ident and UID; NULL until somebody asks */
	uint32_t *used;	       /* at the first index of a run of equal idents: how far copy_by_ident has used it up */
	struct buf keywords;
	struct folder_status dst_status;
	struct named *named;
	size_t named_count;
	struct pick *picks, *wrong; /* to be read; read and not equal */
	size_t pick_count, wrong_count, wrong_cap;
	struct missing *missing; /* in the end those that are nowhere else, for the refill */
	size_t missing_count, missing_cap;
};

bool look_grow(void **at, size_t *cap, size_t count, size_t each, struct err *e);
bool look_reserve(void **at, size_t *cap, size_t count, size_t each, struct err *e);
void sort_where_needed(void *at, size_t n, size_t each, int (*compare)(const void *, const void *));

/* verify_source.c */
bool look_at_source(struct look *lk, const char *wire, struct err *e);
/* Marks the row's message as seen, and how the source knows it (never 0); 0: it is not there. */
uint32_t source_number(struct look *lk, const struct ledger_row *row);
/* The next one that no row has; *cursor: 0 to begin with. False: there is none. */
bool source_unseen(const struct look *lk, uint64_t *cursor, uint32_t *number);

/* verify_look.c */
bool look_at_target(struct look *lk, bool headers, struct err *e);
void look_forget(struct look *lk); /* the folder at hand */
void look_free(struct look *lk);
struct copy *copy_by_uid(struct look *lk, uint32_t uid);
bool look_index(struct look *lk, struct err *e); /* by_ident, once; nothing without headers */
/* The run of equal fingerprints in by_ident: first index, and one behind the last; none without headers. */
bool ident_run(struct look *lk, uint64_t ident, size_t *first, size_t *end, struct err *e);
/* The next copy with this fingerprint that is nobody's, or NULL. */
bool copy_by_ident(struct look *lk, uint64_t ident, struct copy **out, struct err *e);
/* INTERNALDATE in seconds, 0 = unknown. */
int64_t copy_date(const struct look *lk, const struct copy *c);
uint64_t copy_size(const struct look *lk, const struct copy *c); /* UINT64_MAX: unknown */
const char *copy_keywords(const struct look *lk, const struct copy *c);
int64_t copy_arrival(const struct look *lk, uint32_t uid); /* see look.arrivals; 0: none */

/* verify_notes.c */
bool notes_add(struct notes *l, uint32_t uid, int64_t value, struct err *e);
void notes_sort(struct notes *l); /* after the last one */
bool notes_find(const struct notes *l, uint32_t uid, int64_t *value);

/* verify_rows.c */
#define VERIFY_COPIED (1u << MSG_ACKED | 1u << MSG_DONE | 1u << MSG_ADOPTED | 1u << MSG_MERGED)
bool verify_rows(struct look *lk, struct err *e);
/* The folder's rows in these states, ascending. */
typedef bool verify_row_fn(struct look *lk, const struct ledger_row *row, void *arg, struct err *e);
bool verify_each_row(struct look *lk, int64_t folder, unsigned states, verify_row_fn *fn, void *arg, struct err *e);

/* verify_moved.c: what is not in its folder is told at the folder's end: as moved, or as missing. */
bool verify_missing_add(struct look *lk, const struct ledger_row *row, uint32_t number, struct err *e);
bool verify_missing_end(struct look *lk, struct err *e);
void verify_strays_free(struct strays *st);

/* verify_flags.c */
bool verify_flags(struct look *lk, const struct ledger_row *row, uint32_t number, const struct copy *c, struct err *e);
bool verify_flags_end(struct look *lk, struct err *e); /* what the copies of a folder say together */

/* verify_repaired.c */
bool verify_load_repaired(struct look *lk, struct err *e);
const struct repaired *verify_repaired(const struct look *lk,
				       uint32_t uid); /* of the folder at hand; NULL = as it came */

#define HEADER_DIFFERS_TEXT "The header at the target is not the one that was copied"
/* verify_bodies.c: choose, read, compare, and settle what was paired wrongly. */
/* number: of the source's message, 0 when it is gone. header_differs: read whatever the level. */
bool verify_body_later(struct look *lk, const struct ledger_row *row, uint32_t number, const struct copy *c,
		       bool header_differs, struct err *e);
bool verify_bodies_end(struct look *lk, struct err *e);
/* Hashes of these ascending UIDs of the target folder, 0 bytes where one cannot be read. */
bool verify_target_hashes(struct look *lk, const uint32_t *uids, size_t n, struct hash *out, bool *known,
			  struct err *e);

/* verify_extra.c */
bool verify_extra(struct look *lk, struct err *e);

/* verify_name.c: a difference, named and told to the sink in the order in which it was found. */
bool verify_differ(struct look *lk, const struct named *d, struct err *e);
bool verify_folder_differs(struct look *lk, enum verify_kind kind, const char *text, struct err *e);
bool verify_name_all(struct look *lk, struct err *e);
/* What is known of a row without asking anybody. */
struct named named_row(enum verify_kind kind, const struct ledger_row *row, uint32_t number, uint32_t dst_uid);
void named_date(struct named *d, const struct mail_date *date);

#endif
