/* SPDX-License-Identifier: MIT
 *
 * mailboxes.h - the rows that front ends list: mailboxes, batches, folders, failures.
 *
 * Queries return a window (offset, limit): 30,000 mailboxes cost what 30 do.
 */
#ifndef MAILVAN_STORE_MAILBOXES_H
#define MAILVAN_STORE_MAILBOXES_H

#include "core/model/endpoint.h"
#include "core/model/mailbox.h"
#include "core/store/store.h"

#define IDENTITY_MAX 321
#define BATCH_NAME_MAX 128

/* One mailbox to add. Empty strings and zero numbers mean "not given": the project's
 * target settings fill target columns when the row runs. */
struct mailbox_spec {
	char source_identity[IDENTITY_MAX];
	struct endpoint source; /* complete: host, port (0 = default), login, password, ca_file, ... */
	char source_root[512];	/* UserRoot of Microsoft's CSV: only this folder and below; "" = all */
	char target_identity[IDENTITY_MAX];
	struct endpoint target; /* host "" = the project's; login "" = the project's admin; see settings.h */
	char batch[BATCH_NAME_MAX];
};

struct add_result {
	size_t added, unchanged, updated;
	size_t moved; /* of updated: copied to another target before, and those copies are in doubt from here on */
	/* Of added: source and target identity of a mailbox that is there already, with another server or login; and
	 * the first such mailbox. */
	size_t twins;
	int64_t twin_id;
	char twin[IDENTITY_MAX], twin_key[400]; /* its source, and that one's "host:port/user" */
	/* Of added: the same source, server and login as a mailbox that goes to another target; the first of those. */
	size_t splits;
	int64_t split_id;
	char split[IDENTITY_MAX], split_target[IDENTITY_MAX];
};

/* One transaction, FULL. The same list again changes nothing: a row is known by (source proto,
 * host, port, login, source identity, target identity), texts compared without case for host
 * and identities. A known row with a new password, security or batch is updated (and what has
 * failed with AuthBad says that it may be tried again). INPUT when a row would send a mailbox elsewhere that a worker
 * has. */
bool mailboxes_add(struct store *s, const struct mailbox_spec *specs, size_t n, struct add_result *out, struct err *e);

struct mailbox_row {
	int64_t id;
	char source[IDENTITY_MAX], target[IDENTITY_MAX], batch[BATCH_NAME_MAX];
	char source_server[300], target_server[300]; /* endpoint_url; target "" = none set */
	enum proto proto;
	bool weak;     /* clear text, unverified or legacy on either side: red */
	bool ever_run;
	enum mailbox_state state;
	struct counts counts;
	uint64_t bytes_source, bytes_copied; /* bytes_source: sum of size hints of counts.source */
	uint64_t bytes_pending;		     /* the same of counts.pending */
	double rate_bytes, rate_messages;    /* per second, while Copying */
	int64_t eta_s;			     /* -1 = unknown */
	wall_ms_t throttled_until;	     /* 0 = not */
	wall_ms_t started, finished;	     /* of the last run; 0 = never */
	wall_ms_t first_started;	     /* of the first one */
	enum err_cat error_cat;
	char error[ERR_TEXT_MAX]; /* "" = none */
	/* Last connection test */
	enum { TEST_NONE, TEST_WANTED, TEST_RUNNING, TEST_OK, TEST_BAD } test;
	char test_text[ERR_TEXT_MAX];
	wall_ms_t tested;
	uint64_t dropped_keywords; /* keyword settings the target could not keep */
	uint64_t renamed_folders;
	/* Why only the operator's word stands for a side ("certificate not checked"); "" = it is checked. Static. */
	const char *source_weakness, *target_weakness;
	uint64_t run_ms, throttled_ms; /* of all runs together */
	wall_ms_t uncopied; /* when a message last ceased to be known as copied: earlier looks say nothing; 0 = never */
};

enum mailbox_sort { SORT_ID, SORT_SOURCE, SORT_TARGET, SORT_STATE, SORT_DONE, SORT_BYTES, SORT_RATE, SORT_ERROR };

/* Which mailboxes: all conditions together. The zero struct is all of them. */
struct mailbox_filter {
	const int64_t *ids; /* NULL = any */
	size_t id_count;
	int64_t batch;	 /* 0 = any */
	unsigned states; /* bit per enum mailbox_state, 0 = any */
	const char *text; /* substring of source or target, no case; NULL/"" = any */
};

struct mailbox_query {
	struct mailbox_filter filter;
	enum mailbox_sort sort;
	bool descending;
	uint64_t offset, limit;
};

typedef bool mailbox_row_fn(void *arg, const struct mailbox_row *row); /* false stops quietly */
bool mailboxes_list(struct store *s, const struct mailbox_query *q, mailbox_row_fn *fn, void *arg, struct err *e);
/* The same by id, for who only wants to know which: a fifth of the time. The texts are sanitised; false from fn ends
 * it.
 */
typedef bool mailbox_name_fn(void *arg, int64_t id, const char *source, const char *target);
bool mailboxes_names(struct store *s, const struct mailbox_filter *f, mailbox_name_fn *fn, void *arg, struct err *e);
bool mailboxes_count(struct store *s, const struct mailbox_filter *f, uint64_t *n, struct err *e);
bool mailbox_get(struct store *s, int64_t id, struct mailbox_row *row, struct err *e);
/* Position of a mailbox in a query's order, to keep the cursor on it; false when not in it. */
bool mailbox_position(struct store *s, const struct mailbox_query *q, int64_t id, uint64_t *index, struct err *e);

struct mailbox_totals {
	uint64_t mailboxes;
	uint64_t by_state[MBOX_STATE_COUNT];
	struct counts counts;
	uint64_t bytes_source, bytes_copied;
	double rate_bytes, rate_messages;
	int64_t eta_s; /* -1 = unknown */
};
bool mailboxes_totals(struct store *s, const struct mailbox_filter *f, struct mailbox_totals *out, struct err *e);
/* The same of rows that are listed anyway: from the zero struct, row by row; totals tells it after the end. */
struct mailbox_sum {
	struct mailbox_totals totals;
	/* What an ETA is made of: work that is under way or queued. */
	uint64_t pending_bytes;
	uint64_t unseen; /* queued or connecting and never enumerated: nobody knows how much that is */
	bool ahead;	 /* any */
};
void mailbox_sum_add(struct mailbox_sum *sum, const struct mailbox_row *row);
void mailbox_sum_end(struct mailbox_sum *sum);
/* Queued, or in a worker's hands: also in those of one that has died. */
uint64_t totals_busy(const struct mailbox_totals *t);
/* Nobody is at work: what the worker that died said of its rates is taken out. */
void totals_idle(struct mailbox_totals *t);
void mailbox_row_idle(struct mailbox_row *row);
bool mailbox_row_has_rate(const struct mailbox_row *row);

struct batch_row {
	int64_t id;
	char name[BATCH_NAME_MAX];
	struct mailbox_totals totals;
};
typedef bool batch_row_fn(void *arg, const struct batch_row *row);
bool batches_list(struct store *s, batch_row_fn *fn, void *arg, struct err *e);
bool batch_find(struct store *s, const char *name, int64_t *id, struct err *e); /* false with INPUT when unknown */

struct folder_row {
	int64_t id;
	char source[1024], target[1024]; /* display names; target "" = not created yet */
	bool renamed;			 /* target differs from what the source's name would give */
	bool skipped;			 /* left out by a rule; note says which */
	struct counts counts;
	uint64_t bytes_source, bytes_copied;
	char note[ERR_TEXT_MAX]; /* renaming, skip reason, or the folder's error */
};
typedef bool folder_row_fn(void *arg, const struct folder_row *row);
bool mailbox_folders(struct store *s, int64_t mailbox, folder_row_fn *fn, void *arg, struct err *e);

/* Every message that is not simply copied: failed, skipped, vanished. */
struct failure_row {
	char folder[1024];
	uint32_t uid;
	char uidl[256]; /* POP3 */
	enum msg_state state;
	enum err_cat cat;
	char subject[200], from[200], message_id[200]; /* "" when unknown */
	char date[64];				       /* of the header, else when it arrived; "" when unknown */
	uint64_t size;
	char text[ERR_TEXT_MAX];
	char kept[64]; /* as a dead letter, below the project's directory; text ends with it too. "" = not */
};
typedef bool failure_row_fn(void *arg, const struct failure_row *row);
bool mailbox_failures(struct store *s, int64_t mailbox, failure_row_fn *fn, void *arg, struct err *e);
/* The same of messages that are not copied yet, or in doubt: of these only place, size and arrival are known. */
bool mailbox_pending(struct store *s, int64_t mailbox, failure_row_fn *fn, void *arg, struct err *e);

/* Complete endpoints with secrets, defaults and admin style applied (settings.h).
 * INPUT when the target is not known; VAULT_LOCKED when the key is missing. */
bool mailbox_endpoints(struct store *s, int64_t id, struct endpoint *source, struct endpoint *target, struct err *e);
/* UserRoot of the row ("" = everything). */
bool mailbox_source_root(struct store *s, int64_t id, char *dst, size_t size, struct err *e);
/* Canonical lease key of a target account: "host:port/user", lower case. */
void target_account_key(char dst[1400], const struct endpoint *target);

/* Engine side: state and live figures of a mailbox (lazy, grouped). Counts are not here:
 * the ledger keeps them in its own transactions. */
struct mailbox_progress {
	int64_t id;
	enum mailbox_state state;
	double rate_bytes, rate_messages;
	int64_t eta_s;
	wall_ms_t throttled_until;
	enum err_cat error_cat;
	const char *error; /* NULL = leave as it is, "" = clear */
	bool started, finished; /* stamp the time */
	wall_ms_t wait_since;	/* of a mailbox that goes back to the queue: leases.h */
	unsigned wait_rounds;
};
bool mailboxes_progress(struct store *s, const struct mailbox_progress *p, size_t n, struct err *e);
bool mailbox_set_test(struct store *s, int64_t id, int test, const char *text, struct err *e);

#endif
