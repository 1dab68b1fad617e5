/* SPDX-License-Identifier: MIT
 *
 * verify.h - source, ledger and a fresh look at the target, compared folder by folder; every difference is named.
 *
 * Levels V0 to V4 of reference/correctness.md 8.7 (enum verify_level). Nothing is changed at either side: the source by
 * its nature, the target because only SELECT, FETCH and SEARCH are used. The result is stored when the look went to
 * its end (store/verification.h).
 */
#ifndef MAILVAN_WORK_VERIFY_H
#define MAILVAN_WORK_VERIFY_H

#include "core/mail/source.h"
#include "core/store/ledger.h"
#include "core/store/verification.h"
#include "core/work/visit.h"

enum verify_kind {
	VERIFY_MISSING, /* ledger says copied; not at the target */
	VERIFY_HEADER,	/* the target's header fingerprint differs */
	VERIFY_BODY,	/* header equal, body not (levels 3 and 4) */
	VERIFY_UNREAD,	/* a body that could not be read back */
	VERIFY_DATE,
	VERIFY_FLAGS,	       /* a flag has not arrived: still owed, or dropped by the target */
	VERIFY_DUPLICATE,      /* stands at the target more often than at the source */
	VERIFY_NOT_ENUMERATED, /* at the source, not in the ledger: arrived since, run migrate again */
	VERIFY_NOT_COPIED,     /* failed or pending by the ledger */
	VERIFY_COUNT,	       /* level 0: the numbers of a folder do not fit */
	VERIFY_FOLDER,	       /* folder missing or unreadable */
	VERIFY_SOURCE_GONE,    /* in the ledger and at the target, no longer at the source (information) */
	VERIFY_LEFT_OUT,       /* left out on purpose, or vanished from the source with no copy (information) */
	VERIFY_DATE_RANGE,     /* another date than the source's, which no server need keep (information) */
	VERIFY_FLAGS_CHANGED,  /* flags that were set or taken away at the target since (information) */
	VERIFY_MOVED,	       /* a copy that is in another folder of the target now (information) */
	VERIFY_KIND_COUNT
};
const char *verify_kind_name(enum verify_kind k);
const char *verify_kind_remedy(enum verify_kind k);   /* one sentence; "" = nothing to do */
enum verify_kind verify_kind_parse(const char *name); /* VERIFY_KIND_COUNT when unknown */
bool verify_kind_is_gap(enum verify_kind k);	      /* false: information only */

struct verify_difference {
	enum verify_kind kind;
	const char *folder; /* display name at the source */
	uint32_t uid, dst_uid;
	const char *date, *from, *subject, *message_id; /* sanitised; "" when unknown */
	uint64_t size;					/* UINT64_MAX when unknown */
	const char *text;				/* one sentence */
};

struct verify_folder {
	const char *source, *target;
	uint64_t source_messages, ledger_copied, target_messages; /* fresh counts */
	uint64_t source_bytes, target_bytes;			  /* as the servers say; 0 at level 0 */
	uint64_t checked, bodies, gaps;
	uint64_t others; /* at the target, nobody's copy */
};

struct verify_sink {
	void *arg;
	void (*difference)(void *arg, const struct verify_difference *d);
	void (*folder)(void *arg, const struct verify_folder *f);
	/* n more of the ledger's rows are done with; may be NULL. From this mailbox's thread. */
	void (*progress)(void *arg, uint64_t n);
};

#define VERIFY_SAMPLE_DEFAULT 300 /* no difference among 300: with 95 % certainty fewer than 1 % differ */

struct verify_options {
	int level;
	uint64_t bodies; /* level 3: taken at random of a mailbox. Beside them always: the largest message of each
			  * folder, repaired messages, and copies that nobody has hashed (adopted by header and size,
			  * found after a crash) */
	uint64_t seed;	 /* the same seed takes the same messages of an unchanged ledger */
	bool refill;	 /* put rows whose copy is missing in doubt (ledger_refill) */
};

/* Under the limits of visits (NULL: none); a folder that meets trouble that passes is looked at again.
 * *refilled: rows that were put in doubt. False: not to the end; what was found went to the sink all the same. */
bool verify_mailbox(struct store *s, int64_t mailbox, const struct mail_context *ctx, const struct visits *visits,
		    const struct verify_options *how, const struct verify_sink *sink, struct verification *out,
		    uint64_t *refilled, struct err *e);

/* Starts `EXE --project DIR verify --resume` detached: it carries out the run that was added last
 * (store/verify_runs.h). What it names goes to DIR/verify.log. note: a warning for the operator, or "". */
bool verify_start_detached(struct store *s, const char *exe, char *note, size_t note_size, struct err *e);

#endif
