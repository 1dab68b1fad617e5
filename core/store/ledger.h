/* SPDX-License-Identifier: MIT
 *
 * ledger.h - one row per source message: what is known of its copy. Design section 5.
 *
 * Every change of a row's state adjusts the counts of its folder and mailbox in the same
 * transaction, so that the identity of mailbox.h holds at any instant and after any crash.
 * All writes are conditional on the lease's generation: a worker that lost its lease
 * gets LEASE_LOST and nothing is written.
 *
 * "lazy": queued, committed with the next group (at most 200 ms later), not synced;
 * losing it in a crash only leaves rows in doubt, and resolve finds out.
 */
#ifndef MAILVAN_STORE_LEDGER_H
#define MAILVAN_STORE_LEDGER_H

#include "core/base/hash.h"
#include "core/model/message.h"
#include "core/store/leases.h"

/* A folder of a mailbox, by its wire name at the source. */
struct ledger_folder {
	int64_t id;
	uint32_t src_uidvalidity; /* of the rows; 0 = none enumerated yet */
	uint32_t src_uidnext;	  /* enumeration is complete below this; 0 = never completed */
	uint64_t src_highestmodseq;
	uint32_t dst_uidvalidity; /* of the dst_uids; 0 = unknown */
	bool must_match;	  /* all rows must be matched against the whole target folder before anything is sent */
	char dst_wire[FOLDER_NAME_MAX]; /* "" = not mapped yet */
	char dst_display[FOLDER_NAME_MAX];
	bool skipped; /* left out by a rule */
	bool subscription_known; /* what the source says of it was told to the target */
	struct counts counts;
};

/* Find or create. dst_* as they are in the store. */
bool ledger_folder_open(struct store *s, const struct lease *l, const char *src_wire, const char *src_display,
			struct ledger_folder *out, struct err *e);
/* The same folder again, as the last call that was waited for has left it: lazy writes behind that may be missing. */
bool ledger_folder_reread(struct store *s, const struct lease *l, const char *src_wire, struct ledger_folder *out,
			  struct err *e);
/* Look only; needs no lease (verify). */
bool ledger_folder_find(struct store *s, int64_t mailbox, const char *src_wire, struct ledger_folder *out, bool *found,
			struct err *e);
/* Every folder that the ledger knows, also those that are gone from the source; needs no lease. */
struct ledger_name {
	int64_t id;
	const char *src_wire, *src_display, *dst_wire; /* borrowed */
	uint32_t src_uidvalidity, src_uidnext;	       /* as in ledger_folder */
	uint64_t rows;
	int subscribed; /* at the source, when the target was told last; -1 = not known */
};
typedef bool ledger_name_fn(void *arg, const struct ledger_name *f, struct err *e);
bool ledger_folder_names(struct store *s, int64_t mailbox, ledger_name_fn *fn, void *arg, struct err *e);
/* What the target was told of subscriptions. NORMAL. */
struct ledger_subscription {
	int64_t folder;
	bool on;
};
bool ledger_subscribed(struct store *s, const struct lease *l, const struct ledger_subscription *at, size_t n,
		       struct err *e);
/* Settle the target name (and what to tell people about it). Lazy. */
bool ledger_folder_map(struct store *s, const struct lease *l, int64_t folder, const char *dst_wire,
		       const char *dst_display, bool renamed, const char *note, struct err *e);
/* note NULL keeps it. skipped folders are listed with their reason and hold no rows. */
bool ledger_folder_note(struct store *s, const struct lease *l, int64_t folder, bool skipped, const char *note,
			struct err *e);
/* After a complete enumeration; fails when one of its rows was lost. */
bool ledger_folder_enumerated(struct store *s, const struct lease *l, int64_t folder, uint32_t uidvalidity,
			      uint32_t uidnext, uint64_t highestmodseq, struct err *e);
/* Source UIDVALIDITY changed: rows are dropped, counts go to zero, must_match is set. FULL. */
bool ledger_folder_restart(struct store *s, const struct lease *l, int64_t folder, uint32_t new_uidvalidity,
			   struct err *e);
/* Folders of the source that have other names now, all in one transaction: names may have gone round. */
struct ledger_renaming {
	int64_t folder;
	const char *src_wire; /* NULL: another one has its name, and it has none: it is kept as one that is gone */
	const char *src_display;
};
/* A folder that is known by one of the names, is not among them and has no rows goes; INPUT when it has some. FULL. */
bool ledger_folders_rename(struct store *s, const struct lease *l, const struct ledger_renaming *at, size_t n,
			   struct err *e);
/* Target UIDVALIDITY changed or target folder lost: DONE, ACKED, ADOPTED, MERGED rows become INTENT with
 * dst_uid 0, must_match is set. FULL. */
bool ledger_folder_unmap(struct store *s, const struct lease *l, int64_t folder, uint32_t dst_uidvalidity,
			 struct err *e);
/* Lazy. */
bool ledger_folder_set_dst(struct store *s, const struct lease *l, int64_t folder, uint32_t dst_uidvalidity,
			   struct err *e);
/* The match against the whole target folder is done. */
bool ledger_folder_matched(struct store *s, const struct lease *l, int64_t folder, struct err *e);

/* Insert rows as PENDING; those that exist are left alone, but VANISHED ones become PENDING again. For POP3 (uidl set):
 * uid is assigned here, (uidl, ordinal among equals of this enumeration) is the identity and *uids_out gets the
 * assigned uid per item (may be NULL). Lazy unless uids_out is asked for. */
bool ledger_enumerate(struct store *s, const struct lease *l, int64_t folder, const struct scan_item *items, size_t n,
		      uint32_t *uids_out, struct err *e);

struct ledger_row {
	uint32_t uid;
	uint32_t dst_uid; /* of an INTENT row: where verify has missed its copy, else 0 */
	enum msg_state state;
	uint32_t flags;
	struct mail_date date;
	uint64_t size;	  /* hint at enumeration; exact length once copied */
	uint64_t ident;	  /* header_ident.hash of what was sent; 0 = not known */
	struct hash body; /* ident_body; all zero = not known */
	char keywords[KEYWORDS_MAX];
	char uidl[UIDL_MAX + 1]; /* POP3 */
};

/* Rows in ascending uid order, uid > after, state in the bit mask; at most cap. Sees lazy writes of this process. */
bool ledger_rows(struct store *s, int64_t folder, uint32_t after, unsigned states, struct ledger_row *out, size_t cap,
		 size_t *n, struct err *e);
/* The same without waiting for lazy writes: for rows that nobody has touched since the last ledger_flush. */
bool ledger_rows_untouched(struct store *s, int64_t folder, uint32_t after, unsigned states, struct ledger_row *out,
			   size_t cap, size_t *n, struct err *e);
bool ledger_row_get(struct store *s, int64_t folder, uint32_t uid, struct ledger_row *out, bool *found, struct err *e);

/* Intent before bytes. FULL and conditional on the generation. Asynchronous: the ticket is
 * waited for before the first byte. uidnext: every copy of these will have UID >= uidnext.
 * Only PENDING rows become INTENT; others are left alone. */
struct ticket;
struct ticket *ledger_intent(struct store *s, const struct lease *l, int64_t folder, uint32_t dst_uidvalidity,
			     uint32_t uidnext, const uint32_t *uids, size_t n, struct err *e);
bool ticket_wait(struct ticket *t, struct err *e); /* and frees it */

/* Rows that may have a copy nobody has recorded: are there open intents, and from which target
 * UID on must be looked (the lowest uidnext of batches that hold an INTENT row)? */
bool ledger_open_intents(struct store *s, int64_t folder, uint64_t *rows, uint32_t *uidnext, uint32_t *dst_uidvalidity,
			 struct err *e);
/* DONE/ACKED/ADOPTED rows whose copy may have UID >= uidnext (dst_uid >= uidnext or 0), plus all INTENT rows. */
bool ledger_window_rows(struct store *s, int64_t folder, uint32_t uidnext, uint32_t after, struct ledger_row *out,
			size_t cap, size_t *n, struct err *e);

struct ledger_change {
	uint32_t uid;
	enum msg_state state;
	uint32_t dst_uid;
	uint64_t size;	     /* exact length; 0 = keep */
	uint64_t ident;	     /* 0 = keep */
	struct hash body;    /* zero = keep */
	uint32_t flags_sent; /* what the target was given (system flags) */
	uint32_t keywords_dropped;
	/* for FAILED, SKIPPED, VANISHED */
	enum err_cat cat;
	const char *text, *subject, *from, *date, *message_id; /* copied; NULL = "" */
	/* FAILED: so many of the migrations that are asked for later try it again (ledger_tried_again). Where one does
	 * already, what it had left counts. */
	unsigned again;
};
/* Lazy. SKIPPED only applies to PENDING and INTENT rows: what was copied stays copied. */
bool ledger_change(struct store *s, const struct lease *l, int64_t folder, const struct ledger_change *c, size_t n,
		   struct err *e);
/* Wait until everything queued so far is committed; false: e says what became of a lazy write of this lease. */
bool ledger_flush(struct store *s, const struct lease *l, struct err *e);
/* FAILED rows of the folder of which nobody knows by what name a person would look for them: ascending, at most cap. */
bool ledger_unnamed(struct store *s, int64_t folder, uint32_t *uids, size_t cap, size_t *n, struct err *e);
/* Is the row one that had failed and that this migration tries for the last time by itself? */
bool ledger_tried_again(struct store *s, int64_t folder, uint32_t uid, bool *last, struct err *e);
/* Subject, sender, date and Message-ID of a FAILED row; texts that are known already stay. Lazy. */
bool ledger_name(struct store *s, const struct lease *l, int64_t folder, const struct ledger_change *name,
		 struct err *e);

#endif
