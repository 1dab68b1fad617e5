/* SPDX-License-Identifier: MIT
 *
 * run.h - internal to core/work: one mailbox being moved by one thread.
 *
 * Reading order: engine.c (who runs when) -> mailbox_run.c (attempts, retries, final state) ->
 * mailbox_plan.c (which folder goes where) -> folder_run.c (one folder) -> resolve.c (what is
 * there already) -> pump.c (copying).
 */
#ifndef MAILVAN_WORK_RUN_H
#define MAILVAN_WORK_RUN_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/base/text.h"
#include "core/mail/target.h"
#include "core/model/repair.h"
#include "core/store/alarms.h"
#include "core/work/engine.h"
#include "core/work/folder_map.h"

/* A message that a connection died of, or that the target answered BAD to: it is sent alone, with
 * a synchronizing literal, and given up after SUSPECT_DEATHS. One that the source dies of so often is left for the end,
 * and not asked for any more. */
struct suspect {
	int64_t folder;
	uint32_t uid;
	unsigned deaths, source_deaths;
	bool refused; /* without a reason, and then the target took another one of the folder */
	uint64_t refused_before; /* the same, if the lanes of a shared folder come to so many taken ones; 0 = no */
};
/* A folder that the target does not take messages into. */
struct refusing {
	int64_t folder;
	unsigned times; /* in this run */
};
#define SUSPECTS_MAX 4096
#define SUSPECT_DEATHS 2

/* How much room the target had when it was asked last (pump_doubt.c), and what this mailbox had sent by then. */
struct quota_room {
	bool asked;
	uint64_t bytes, messages; /* UINT64_MAX: no limit is known */
	uint64_t sent_bytes, sent_messages;
};

struct run_progress {
	_Atomic uint64_t bytes, messages; /* acknowledged in this run, by all lanes */
	uint64_t last_bytes, last_messages;
	mono_ms_t last_report, last_rate;
	double rate_bytes, rate_messages;
	_Atomic uint64_t folders; /* gone through since folders_wanted was set, by all lanes */
	uint64_t folders_wanted, made, make; /* make: are being made at the target; 0 = none */
	bool noted; /* how far it is with folders stands in the mailbox's row */
};

struct governor;
struct share;

struct run {
	struct run *main;      /* of a helper lane (lanes.c): the run that speaks for the mailbox; else NULL */
	struct share *share;   /* of the folders with the other lanes of this mailbox, while they are copied */
	bool starting;	       /* has a large folder in which others may soon take part */
	unsigned hand;	       /* messages that this lane settles in a moment: folder_share.h; 0 = not known */
	pthread_mutex_t voice; /* of a main run: one callback or note at a time for one mailbox */
	struct store *store;
	struct governor *governor;
	const struct engine_config *cfg;
	struct lease lease;
	struct stop stop;		    /* child of cfg->stop */
	const _Atomic int64_t *lease_until; /* mono_ms until which our lease certainly holds */
	unsigned settle_ms;
	const _Atomic unsigned *busy; /* mailboxes that use a job now; NULL = this one */
	unsigned jobs, lanes;	      /* of the engine; of this mailbox at most */
	char skip_folders[4096];
	bool non_mail; /* folders that hold no mail are copied too: non_mail.h */
	enum repair_mode repair;
	struct mail_context ctx;

	struct endpoint src_ep, dst_ep;
	char source_root[512];
	struct source *src;
	struct target *dst;
	struct opening *opening; /* the target, while it is being opened in the background */
	bool was_connected; /* the side that was used last has let us in once in this run: worth waiting for longer */
	bool target_worked;
	bool target_listed; /* in this attempt */
	bool careful;	    /* every message alone: a server closed the connection without saying why */
	bool one_writer;    /* a further connection to the target was no good (writers.h) */
	unsigned condemned; /* messages that the source dies of, one after the other */
	uint64_t settled;   /* messages settled in this run: progress between attempts */
	bool folder_errors; /* a folder could not be done: the result has gaps */
	struct suspect *suspects;
	size_t suspect_count;
	struct refusing *refusing;
	size_t refusing_count;
	atomic_uint bare_waits; /* of a main run: for a target that refuses without a reason (pump_bare.c) */
	struct quota_room room;
	struct sync_settings sync; /* the delta options: sync.h */
	struct alarm *notes;	   /* alarms of this run, gathered */
	size_t note_count;
	struct gmail_seen *gmail; /* X-GM-MSGIDs found outside \All; NULL unless Gmail */

	struct run_progress progress;
	bool admitted;	      /* it has its places: see governor.h */
	wall_ms_t put_off;    /* when it is to go on, if it goes back to the queue; 0 = it does not */
	wall_ms_t wait_since; /* as in its lease, and up to date */
	unsigned wait_rounds;
	uint64_t seen_in, seen_out; /* of the connections that are open: bytes that the governor knows of */
	unsigned read_pause_ms;	    /* the bandwidth cap: nothing is read from the source for so long */
	enum mailbox_state state;
	struct err fatal; /* scope PROGRAM: the engine must stop (disk full, no memory) */
	atomic_bool done;
};

/* Close both connections; polite: say goodbye. */
void run_close(struct run *r, bool polite);

/* mailbox_wait.c: patience within a run; what lasts longer is in the lease. */
struct patience {
	unsigned now, deaths;
	uint64_t settled;
};
/* After a failed attempt. True: it may be tried again now. False: *e is final, or r->put_off says when to go on. */
bool run_again(struct run *r, struct patience *p, struct err *e);

/* Some seconds in the middle of the work, shown with the time of the next try. */
bool run_pause(struct run *r, unsigned ms, const struct err *why, struct err *e);

/* engine.c's thread body: runs to the end, sets the final state, never fails. */
void mailbox_run(struct run *r);

/* False with Cancelled or LeaseLost when this run must not go on. Called before every write to the target. */
bool run_check(struct run *r, struct err *e);
/* Poll the connections (each may be NULL) and the stop flag. True also on time-out. */
bool run_wait(struct run *r, const struct source *src, const struct target *dst, int timeout_ms, struct err *e);
/* One poll, whatever the result; with_stop: also woken by the stop flag. */
void run_poll(const struct run *r, const struct source *src, const struct target *dst, bool with_stop, int timeout_ms);
bool run_sleep(struct run *r, unsigned ms, struct err *e);

/* progress.c */
void run_set_state(struct run *r, enum mailbox_state state, const struct err *why);
void run_throttled(struct run *r, wall_ms_t until, const struct err *why);
void run_acknowledged(struct run *r, uint64_t bytes);
void run_report(struct run *r, bool last);
/* So many folders have work; each that is through is counted. Where they are many and no message waits, the row says
 * how far it is. */
void run_folders_begin(struct run *r, uint64_t wanted);
void run_folder_done(struct run *r);
/* made of so many are made at the target, before the work begins; of 0: no more. */
void run_folders_made(struct run *r, uint64_t made, uint64_t of);
void run_folder(struct run *r, const char *source, const char *target, bool renamed);
void run_message(struct run *r, const char *folder, uint32_t uid, enum msg_state state, const struct err *why);

/* State and time of a wait, with what it is for. */
void run_store_wait(struct run *r, wall_ms_t until, const struct err *why);

/* run_limits.c: between the run and the governor. */
#define PUT_OFF_MS 3600000 /* a day's limit whose end nobody knows is looked at every hour */
/* Gives its places back, at the end. */
void run_retire(struct run *r);
void run_refused(struct run *r, const struct err *why);
/* That side has let us in. */
void run_reached(struct run *r, enum err_side side);
/* Tell what was moved since the last call. */
void run_count_bytes(struct run *r);
/* Before each read of the source: counts bytes and sets read_pause_ms. False (DailyBudget): the day is used up. */
bool run_may_read(struct run *r, struct err *e);
/* "Exchange asked for 4:59: ..." in front of what was said, when a time was named. */
void run_wait_words(const struct run *r, struct err *why);
/* The run ends here and the mailbox is Queued again, not before r->put_off. */
void run_put_off(struct run *r, const struct err *why);

/* Suspects, in mailbox_run.c. */
struct suspect *run_suspect(struct run *r, int64_t folder, uint32_t uid);
void run_suspect_add(struct run *r, int64_t folder, uint32_t uid);
/* Take over what another lane knows: the worse of both. */
void run_suspect_copy(struct run *r, const struct suspect *from);

/* mailbox_plan.c: the folder list of both sides and the mapping between them. */
struct folder_list {
	struct folder_info *at;
	size_t count, cap;
};
/* A folder_fn; arg is the list. */
bool folder_list_add(void *arg, const struct folder_info *f, struct err *e);
struct plan {
	struct folder_info *src, *dst;
	size_t src_count, dst_count;
	struct folder_mapping *map; /* per source folder */
	uint64_t *rows;		    /* per source folder: about so many messages are to be copied */
	bool *moved;		    /* per source folder: the ledger has another one under its name; NULL: none */
	bool mapped;		    /* the target was listed and map is filled */
};
bool plan_sources(struct run *r, struct plan *p, struct err *e);
bool plan_targets(struct run *r, struct plan *p, struct err *e);
/* Make the target folders of source folders with needs[i] ahead, all at once. What is refused is left to folder_run. */
bool plan_make(struct run *r, struct plan *p, const bool *needs, struct err *e);
/* It is listed and mapped again when it is needed. */
void plan_forget_target(struct plan *p);
void plan_free(struct plan *p);

struct pop_entry {
	uint32_t uid, number;
};

/* folder_run.c: one folder from enumeration to the last acknowledgement. */
struct folder_job {
	struct run *run;
	const struct folder_info *info;
	struct ledger_folder lf;
	struct folder_status src_status, dst_status;
	uint32_t *pop_uids;	      /* POP3: ledger uid by message number - 1; NULL for IMAP */
	struct pop_entry *pop_by_uid; /* the same, ascending uid */
	uint32_t pop_count;
	bool fresh;		  /* no row was known before this listing, and none is matched: none can be in doubt */
	bool some_failed;	  /* a row, now or earlier */
	bool at_target;		  /* its folders are being listed, behind the login: no error of that is the folder's */
	bool selected;		  /* the target folder, and dst_status tells of it */
	uint32_t unlisted;	  /* the first UID that is not listed yet; 0: all are */
	uint32_t step;		  /* about so many are listed at once */
	uint32_t listed, max_uid; /* in the parts so far */
	struct err refused;	  /* the target refused the folder to a message; cat NONE: it did not */
	char gap[ERR_TEXT_MAX];	  /* what keeps the folder from being complete although it was copied; "" = nothing */
};
/* False only for errors that reach beyond the folder; folder-wide ones are noted and set run->folder_errors. */
bool folder_run(struct run *r, struct plan *p, size_t index, struct err *e);
/* The target has its copies no more: said, unless they were put in doubt before, and so somebody knows. */
bool folder_note_lost(struct run *r, const struct ledger_folder *lf, struct err *e);
/* Has anything changed at the source, or is anything left to do? From status and ledger alone. *rows: about so many
 * messages are to be copied then. */
bool folder_needs_work(struct run *r, const struct folder_info *f, bool *needs, uint64_t *rows, struct err *e);

/* same_mailbox.c: false with INPUT when the target folder just selected is the source's own. */
bool folder_is_not_itself(struct folder_job *f, struct err *e);

/* enumerate.c: list what is new at the source into the ledger. Of a large new folder only the beginning, when the rest
 * can follow while that is copied: then f->unlisted is not 0, and folder_enumerate_more goes on from there. It needs a
 * source of which nothing is asked for. Its rows are in the store when it returns. */
bool folder_enumerate(struct folder_job *f, struct err *e);
bool folder_enumerate_more(struct folder_job *f, struct err *e);

/* uidls.c: does the POP3 source that was listed just now call messages that are copied by other names? Noted if so: the
 * rows are to start again, and be matched. */
bool uidls_are_new(struct folder_job *f, bool *yes, struct err *e);

/* The key by which the source's fetch and headers know a ledger row: its UID, or for POP3 its
 * message number in this session (0 = not in the maildrop any more), and back. */
uint32_t folder_key(const struct folder_job *f, uint32_t uid);
uint32_t folder_uid(const struct folder_job *f, uint32_t key);

/* resolve.c: account for what the target holds already (design 5.3). whole: everything in the
 * folder, else UID >= uidnext. */
bool folder_resolve(struct folder_job *f, bool whole, uint32_t uidnext, struct err *e);
/* folder_run.c: the same for the rows whose copies are in doubt, if any are. */
bool folder_resolve_doubt(struct folder_job *f, struct err *e);

/* name_gaps.c: what failed gets subject, sender, date and Message-ID. Nothing may be on its way. */
bool folder_name_gaps(struct folder_job *f, struct err *e);

/* flags_later.c: flags that this target takes by STORE only, after the message (0: none). They are owed from the intent
 * of the rows on, and paid when the folder is copied. */
uint32_t folder_flags_later(const struct folder_job *f);
bool folder_flags_pay(struct folder_job *f, struct err *e);

/* pump.c */
bool folder_pump(struct folder_job *f, struct err *e);

/* gmail.c: the set of X-GM-MSGIDs seen outside \All. */
struct gmail_seen *gmail_new(void);
void gmail_free(struct gmail_seen *g);
bool gmail_add(struct gmail_seen *g, uint64_t msgid);
bool gmail_has(const struct gmail_seen *g, uint64_t msgid);

#endif
