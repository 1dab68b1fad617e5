/* SPDX-License-Identifier: MIT
 *
 * pump.h - internal to the pump: the state that pump.c (the loop), pump_batch.c (which rows, intents),
 * pump_receive.c (bodies from the source) and pump_send.c (to the target, and its answers) share.
 *
 * A message is held whole up to PARCEL_MEMORY, checked, then announced; a larger one goes through an
 * unlinked file in the project directory. Nothing is announced to the target before all of its bytes are here,
 * so a source that breaks off never leaves half a literal at the target (HACKING.md, "Spool, not cut-through").
 */
#ifndef MAILVAN_WORK_PUMP_H
#define MAILVAN_WORK_PUMP_H

#include "core/base/buf.h"
#include "core/mail/mime/ident.h"
#include "core/work/folder_share.h"
#include "core/work/writers.h"

#define BATCH_ROWS 256
#define BATCH_BYTES (64u * 1024 * 1024)
#define BATCHES 3	  /* being answered, being fetched, prepared */
#define FETCH_AHEAD 512	  /* ask for the next batch when fewer messages than this are on their way */
#define APPEND_WINDOW 512 /* unanswered APPENDs */
#define GROUP_MESSAGES 64 /* one MULTIAPPEND command */
#define GROUP_BYTES (1024u * 1024)
#define PARCEL_MEMORY (1024u * 1024)
#define CHANGES_HELD 128
#define STALL_MS 180000 /* nothing moves on either side */

enum piece_state { PIECE_WAITING, PIECE_SENT, PIECE_SETTLED };

struct piece {
	struct ledger_row row;
	uint32_t key; /* how the source knows it */
	enum piece_state state;
	uint64_t size; /* exact, once it is here */
	uint64_t ident;
	struct hash body;
	uint32_t flags_sent, keywords_dropped;
	bool large;    /* known to be too large for the target: fetched to be kept as a file */
	bool hopeless; /* the target hangs up on it: fetched to be kept as a file, never sent again */
};

struct batch {
	struct piece *pieces; /* ascending uid; room for BATCH_ROWS, kept for the next batch in this place */
	size_t count, unsettled;
	struct ticket *intent; /* NULL once it is known to be durable */
};

/* The message that is arriving or being sent. */
struct parcel {
	struct buf memory; /* the whole message, or its first PARCEL_MEMORY bytes */
	int spool;	   /* -1, or the file that holds all of a larger one */
	uint64_t size;
	struct body_hasher hasher;
	bool open;
};

/* SINGLE: the refusal of the message that is being sent, for pump_climb (pump_repair.h). */
struct refusal {
	struct piece *piece; /* NULL: none */
	struct err why;
};

/* Messages that are too large for the target (pump_large.c). */
struct large {
	unsigned count;		       /* kept, or to be */
	struct large_refusal *refused; /* by the target, in its words */
	unsigned refused_count;
};

/* What refusals leave open, and pump_look_again finds out. */
struct doubts {
	bool keywords; /* has the folder room for more of them? */
	bool quota;    /* is the mailbox full? */
	uint64_t size; /* quota: of the smallest message that was refused */
	struct err why;
};

/* Refusals without a reason (err.bare): is it the message, or the target's bad day? pump_bare.c. */
struct bare {
	struct first_refusal {
		uint32_t uid;
		uint64_t taken; /* when it was refused first */
	} * first;
	size_t count;
	uint64_t taken, taken_before; /* by the target of this folder: so far; before this pass */
	uint64_t aside;	 /* SINGLE: put back in this pass, to be tried again as they are */
	unsigned in_row; /* of them: since the last that was taken */
	struct err why;
};

/* What the target folder held when it was selected; looked up when the first repaired text is about to be sent. */
struct repair_look {
	struct repair_seen {
		uint64_t ident;
		uint32_t uid;
	} * at;
	size_t count, cap;
	bool done;
};

struct uid_list {
	uint32_t *at;
	size_t count, cap;
};

enum pump_mode {
	PUMP_STREAM, /* pipelined, grouped */
	PUMP_SINGLE, /* each message alone with a synchronizing literal: what STREAM could not settle */
};

struct pump {
	struct folder_job *job;
	struct run *run;
	enum pump_mode mode;
	struct batch batch[BATCHES];
	unsigned first, used;	    /* ring */
	struct ledger_row *rows;    /* room for BATCH_ROWS, for loading */
	struct folder_share *share; /* STREAM: with the other lanes of this mailbox; NULL: all rows are ours */
	bool helper;		    /* the share is another lane's */
	uint64_t settled;	    /* by this lane, in this pass */
	mono_ms_t begun;
	uint32_t cursor;   /* rows up to here were loaded in this pass */
	bool exhausted;	   /* no further rows in this pass */
	bool hungry;	   /* no further rows, but the folder is not listed to its end */
	unsigned listings; /* of the share, when it became hungry */
	uint64_t append_limit;
	unsigned caps;
	struct writers writers; /* to the target */
	struct parcel parcel;
	bool group_open; /* an append_end is held back until it is known whether another message follows */
	unsigned group_count;
	uint64_t group_bytes;
	struct ledger_change changes[CHANGES_HELD];
	size_t change_count;
	mono_ms_t change_since;
	struct uid_list gone;	   /* left out by the source, to be looked for at the end of the pass */
	struct uid_list condemned; /* SINGLE: the source dies of them */
	uint64_t left_over; /* rows put back for the next pass */
	bool group_refused; /* of some refused group it is not certain that nothing was stored */
	struct refusal refused;
	struct doubts doubts;
	struct bare bare;
	struct large large;
	unsigned refused_in_row; /* SINGLE: messages that nothing helped, since the last that arrived */
	struct repair_look look;
	bool reading; /* from the source, nothing else: what fails now is the source's */
	bool feeding; /* a literal is half sent: the connection cannot be used for anything else */
};

/* pump_batch.c */
/* *moved: it took time, because more was listed. */
bool pump_refill(struct pump *p, bool *moved, struct err *e);
bool pump_intent_durable(struct pump *p, struct batch *b, struct err *e);
struct piece *pump_piece_by_key(struct pump *p, uint32_t key, struct batch **b);
struct piece *pump_piece_by_uid(struct pump *p, uint32_t uid, struct batch **b);
void pump_settled(struct pump *p, struct batch *b, struct piece *piece);
bool pump_uids_add(struct uid_list *l, uint32_t uid, struct err *e);
bool pump_idle(const struct pump *p); /* no batch has unsettled pieces */
/* Rows that were never sent go back to PENDING; those that were stay INTENT. For every way out, at the end: it also
 * gives back the memory of the batches. */
void pump_release(struct pump *p);

/* pump_receive.c */
extern const struct source_sink pump_source_sink; /* arg is filled in by pump.c */
/* A parcel is filled: memory up to memory.max, then a file. */
void pump_parcel_begin(struct pump *p, struct parcel *pc);
bool pump_parcel_add(struct pump *p, struct parcel *pc, const char *data, size_t n, struct err *e);
void pump_parcel_free(struct parcel *pc);
/* Once it is whole: ident and body of the piece. Ends the hasher. */
void pump_parcel_fingerprint(struct parcel *pc, struct piece *piece);

/* pump_send.c */
bool pump_send(struct pump *p, struct batch *b, struct piece *piece, struct err *e);
bool pump_close_group(struct pump *p, bool more_follow, struct err *e);
/* Until no more than most messages are unanswered. */
bool pump_wait_unacked(struct pump *p, size_t most, struct err *e);
/* One step of the target with the pump's sink; drain: also when the run is to stop. */
bool pump_step_target(struct pump *p, bool *moved, struct err *e);
bool pump_drain_step(struct pump *p, bool *moved, struct err *e);

/* pump.c: more connections for the folder, where they help; to the target alone if that is what is waited for. */
void pump_look_for_more(struct pump *p);
/* pump.c: as folder_pump, a helper's part of it; result: what the owner has to see to. */
bool folder_pump_help(struct folder_job *f, struct folder_share *fs, struct share_result *result, struct err *e);

/* pump_blame.c */
/* After a connection has died: counts it against the message that was unanswered then, or that was to come. */
void pump_blame(struct pump *p, const struct err *why);
/* Is it not to be asked for any more? */
bool pump_condemned(const struct pump *p, uint32_t uid);
/* Everything else has come, so it is not the source's day but these messages: they are named. */
bool pump_settle_condemned(struct pump *p, struct err *e);

/* pump.c: state changes, gathered. */
bool pump_change(struct pump *p, const struct ledger_change *c, struct err *e);
bool pump_flush(struct pump *p, struct err *e);
/* A message that will not be copied: recorded with the header fields that the parcel holds (if with_header). */
bool pump_give_up(struct pump *p, struct batch *b, struct piece *piece, enum msg_state state, const struct err *why,
		  bool with_header, struct err *e);
/* Not stored for certain: pending again, for the next pass. */
bool pump_put_back(struct pump *p, struct batch *b, struct piece *piece, struct err *e);

#endif
