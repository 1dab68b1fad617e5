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

#include <stdatomic.h>

#include "core/base/text.h"
#include "core/mail/target.h"
#include "core/work/engine.h"
#include "core/work/folder_map.h"

/* A message that a connection died of, or that the target answered BAD to: it is sent alone, with
 * a synchronizing literal, and given up after SUSPECT_DEATHS. */
struct suspect {
	int64_t folder;
	uint32_t uid;
	unsigned deaths;
};
#define SUSPECTS_MAX 4096
#define SUSPECT_DEATHS 2

struct run_progress {
	uint64_t bytes, messages; /* acknowledged in this run */
	uint64_t last_bytes, last_messages;
	mono_ms_t last_report, last_rate;
	double rate_bytes, rate_messages;
};

struct run {
	struct store *store;
	const struct engine_config *cfg;
	struct lease lease;
	struct stop stop;		    /* child of cfg->stop */
	const _Atomic int64_t *lease_until; /* mono_ms until which our lease certainly holds */
	unsigned settle_ms;
	char skip_folders[4096];
	struct mail_context ctx;

	struct endpoint src_ep, dst_ep;
	char source_root[512];
	struct source *src;
	struct target *dst;
	bool was_connected; /* the side that was used last has let us in once in this run: worth waiting for longer */
	bool target_worked;
	bool careful;	    /* every message alone: the target closed the connection without saying why */
	uint64_t settled;   /* messages settled in this run: progress between attempts */
	bool folder_errors; /* a folder could not be done: the result has gaps */
	struct suspect *suspects;
	size_t suspect_count;
	struct gmail_seen *gmail; /* X-GM-MSGIDs found outside \All; NULL unless Gmail */

	struct run_progress progress;
	enum mailbox_state state;
	struct err fatal;     /* scope PROGRAM: the engine must stop (disk full, no memory) */
	atomic_bool sleeping; /* waiting for a retry time: does not use up a job */
	atomic_bool done;
};

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
void run_message(struct run *r, const char *folder, uint32_t uid, enum msg_state state, const struct err *why);

/* Suspects, in mailbox_run.c. */
struct suspect *run_suspect(struct run *r, int64_t folder, uint32_t uid);
void run_suspect_add(struct run *r, int64_t folder, uint32_t uid);

/* mailbox_plan.c: the folder list of both sides and the mapping between them. */
struct plan {
	struct folder_info *src, *dst;
	size_t src_count, dst_count;
	struct folder_mapping *map; /* per source folder */
	bool mapped;		    /* the target was listed and map is filled */
};
bool plan_sources(struct run *r, struct plan *p, struct err *e);
bool plan_targets(struct run *r, struct plan *p, struct err *e);
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
	char gap[ERR_TEXT_MAX]; /* what keeps the folder from being complete although it was copied; "" = nothing */
};
/* False only for errors that reach beyond the folder; folder-wide ones are noted and set run->folder_errors. */
bool folder_run(struct run *r, struct plan *p, size_t index, struct err *e);
/* Has anything changed at the source, or is anything left to do? From status and ledger alone. */
bool folder_needs_work(struct run *r, const struct folder_info *f, bool *needs, struct err *e);

/* enumerate.c: list what is new at the source into the ledger. */
bool folder_enumerate(struct folder_job *f, struct err *e);

/* The key by which the source's fetch and headers know a ledger row: its UID, or for POP3 its
 * message number in this session (0 = not in the maildrop any more), and back. */
uint32_t folder_key(const struct folder_job *f, uint32_t uid);
uint32_t folder_uid(const struct folder_job *f, uint32_t key);

/* resolve.c: account for what the target holds already (design 5.3). whole: everything in the
 * folder, else UID >= uidnext. */
bool folder_resolve(struct folder_job *f, bool whole, uint32_t uidnext, struct err *e);

/* pump.c */
bool folder_pump(struct folder_job *f, struct err *e);

/* gmail.c: the set of X-GM-MSGIDs seen outside \All. */
struct gmail_seen *gmail_new(void);
void gmail_free(struct gmail_seen *g);
bool gmail_add(struct gmail_seen *g, uint64_t msgid);
bool gmail_has(const struct gmail_seen *g, uint64_t msgid);

#endif
