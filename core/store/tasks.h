/* SPDX-License-Identifier: MIT
 *
 * tasks.h - work on a tenant: lists to bring up to date and changes to make, each with its items and their results.
 *
 * A front end adds a task and reads its progress; a runner (core/admin/task_run.h) in this or another process
 * carries it out. Nothing that changes a tenant happens outside a task, so that read-only (task_add), the audit list,
 * pause, resume and undo are in one place. An item goes PENDING -> SENT (durable, before the request leaves) -> DONE,
 * ALREADY, FAILED.
 *
 * Before each attempt it is looked at what is there. That becomes the item's `before`, unless an earlier attempt may
 * have carried something out: the item is SENT, or a result said so by an `after` (touched). Then the first one stays,
 * or undo would go back to what we had made ourselves.
 */
#ifndef MAILVAN_STORE_TASKS_H
#define MAILVAN_STORE_TASKS_H

#include "core/base/clock.h"
#include "core/base/secret.h"
#include "core/store/process.h"
#include "core/store/store.h"

/* Stored: never renumber. */
enum task_state {
	TASK_QUEUED = 0,
	TASK_RUNNING = 1,
	TASK_PAUSED = 2,
	TASK_DONE = 3,
	TASK_FAILED = 4,
	TASK_STOPPED = 5,
	TASK_STATE_COUNT
};
enum item_state {
	ITEM_PENDING = 0,
	ITEM_SENT = 1,
	ITEM_DONE = 2,
	ITEM_ALREADY = 3,
	ITEM_FAILED = 4,
	ITEM_SKIPPED = 5,
	ITEM_STATE_COUNT
};
const char *task_state_name(enum task_state s); /* "Queued", ... */
const char *item_state_name(enum item_state s);

#define TASK_VERB_MAX 64
#define TASK_LABEL_MAX 200
#define TASK_TARGET_MAX 512
#define TASK_ARGS_MAX (1U << 20) /* undo of rights on folders names each of them */
#define TASK_ITEMS_MAX 1000000U

/* One change to make. verb: a name of core/admin/change.h; args: a JSON object, without secrets. */
struct item_spec {
	const char *verb, *target, *args;
	const struct secret *secret; /* a password; NULL = none. Sealed until the item is done, then gone */
	const char *skip;    /* why it is not even tried: it is listed as SKIPPED, and not counted. NULL = do it */
	uint64_t takes_back; /* the item (n) of the task that is undone; 0 = none */
};

struct task_spec {
	int64_t tenant;
	/* "refresh-users", or "refresh-permissions anna@contoso.com" for a part of a list; "change" for a task with
	 * items */
	const char *verb;
	const char *label; /* "Enable 2,000 users", for lists */
	int64_t undoes;	   /* the task that this one takes back; 0 = none */
	bool anyway;	   /* of an undo: what came since does not matter */
	const struct item_spec *items;
	size_t count;
};
/* FULL, all or nothing. NO_PERMISSION when the handle (store_read_only) or the project (setting "read-only" = "on") is
 * read-only and the task has items. A refresh that waits or runs already is not added twice: *id is the one that is
 * there. */
bool task_add(struct store *s, const struct task_spec *t, const char *who, int64_t *id, struct err *e);

/* May anything be changed in a tenant? Else NO_PERMISSION, and e says whose word that is (task_add asks the same). */
bool tasks_may_change(struct store *s, struct err *e);

struct task_row {
	int64_t id, tenant, undoes;
	char verb[TASK_VERB_MAX], label[TASK_LABEL_MAX], who[200];
	enum task_state state;
	uint64_t items, done, failed; /* done includes ALREADY; of a refresh: rows read so far (items 0 = unknown) */
	wall_ms_t added, started, finished, throttled_until;
	char error[400]; /* of the whole task; "" = none */
	bool wants_pause, wants_stop;
};
bool task_get(struct store *s, int64_t id, struct task_row *out, struct err *e); /* INPUT when there is none */
/* The task that takes this one back and is not over in vain; *by = 0: none. */
bool task_undone_by(struct store *s, int64_t id, int64_t *by, struct err *e);

/* What was changed on the same object, or perhaps, after item n of a task: by another task that is not taken back and
 * does not take back one that came since. One that found everything so has changed nothing. before, after: JSON, as in
 * item_row; "" = not known. */
struct item_since {
	uint64_t n;
	const char *before, *after; /* of item n */
	int64_t task;		    /* the later one */
	const char *later_before, *later_after;
};
typedef bool item_since_fn(void *arg, const struct item_since *i);
/* In the order of n, the latest first. The object: target, and trustee or deviceId of the arguments. */
bool task_items_since(struct store *s, int64_t task, item_since_fn *fn, void *arg, struct err *e);

/* RUNNING, but nobody carries it out: its runner died. A new runner goes on with it (task_claim). */
bool task_runner_gone(struct store *s, int64_t id, bool *gone, struct err *e);
/* Anything queued or running? For the console's title and for "is a runner needed". */
bool tasks_open(struct store *s, uint64_t *queued, uint64_t *running, struct err *e);
enum task_wish { TASK_WISH_PAUSE, TASK_WISH_RESUME, TASK_WISH_STOP, TASK_WISH_RETRY };
/* PAUSE: Queued, Running -> Paused. RESUME: Paused, Stopped, Failed -> Queued. STOP. RETRY: Failed items are pending
 * again, Queued. INPUT when the state does not allow it; NO_PERMISSION when RESUME or RETRY would change a tenant that
 * may not be changed. FULL, audited. */
bool task_wish(struct store *s, int64_t id, enum task_wish w, const char *who, struct err *e);

/* ---- for the runner ---- */
struct item_row {
	int64_t task;
	uint64_t n;
	enum item_state state;
	char verb[TASK_VERB_MAX], target[TASK_TARGET_MAX];
	char *args, *before; /* malloc'ed, freed by item_clear; before "" = not known */
	/* Of an item that takes one back: what that one had found and made; NULL: there is none, or it does not matter.
	 */
	char *undone_before, *undone_after;
	bool taken_back; /* by an item of another task that stands */
	bool touched; /* something of it was carried out, or may have been, whatever its state: a result had an "after"
		       */
	struct secret secret;
};
void item_clear(struct item_row *i);

/* The oldest queued task (only: that one, 0 = any), or one whose runner is dead, becomes RUNNING and this process'. *id
 * = 0: none. While nothing may be changed, "any" leaves tasks with items where they are. Tasks that change the same
 * tenant go one after the other, in the order of their numbers, or two of them would leave some targets as the one
 * wants them and some as the other: of "only" those that have to go before it are claimed first. FULL. */
bool task_claim(struct store *s, int64_t only, int64_t *id, struct err *e);
/* Is there a queued one (as in task_claim) that has to wait for another process' changes of its tenant? */
bool task_waits(struct store *s, int64_t only, bool *waits, struct err *e);
/* The next items that are PENDING or SENT, of one verb, up to max. */
bool task_items_next(struct store *s, int64_t task, struct item_row *out, size_t max, size_t *n, struct err *e);
/* Was an attempt made that may have carried something out? Its first `before` is kept. */
bool item_again(const struct item_row *i);
/* FULL: before the request leaves. items[i].before is what is there now; kept unless item_again. */
bool task_items_sent(struct store *s, int64_t task, const struct item_row *items, size_t n, struct err *e);
struct item_result {
	uint64_t n;
	enum item_state state; /* DONE, ALREADY, FAILED, SKIPPED; PENDING: give it back; SENT: not known */
	const char *text;      /* what happened or went wrong; sanitised here */
	const char *after;     /* JSON or NULL. Of what did not succeed: that a part of it was done, or perhaps all */
	const char *request_id;
};
/* Results, the counts of the task, and a line of the audit list for each, in one transaction. FULL. */
bool task_items_result(struct store *s, int64_t task, const struct item_result *r, size_t n, struct err *e);
/* Progress of a refresh; throttled_until 0 = not. Reads the wishes back. Lazy writers call it at most 4 times a second.
 */
bool task_progress(struct store *s, int64_t task, uint64_t done, uint64_t items, wall_ms_t throttled_until, bool *pause,
		   bool *stop, struct err *e);
/* DONE, FAILED (error), PAUSED, STOPPED, QUEUED (given back). */
bool task_end(struct store *s, int64_t task, enum task_state state, const char *error, struct err *e);
/* Every item in order, for undo and reports. */
typedef bool item_fn(void *arg, const struct item_row *i, const char *text);
bool task_items_each(struct store *s, int64_t task, item_fn *fn, void *arg, struct err *e);

#endif
