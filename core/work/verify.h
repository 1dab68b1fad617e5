/* SPDX-License-Identifier: MIT
 *
 * verify.h - level V2 of reference/correctness.md 8.7: source, ledger and a fresh look at the
 * target, compared folder by folder; every difference is named.
 */
#ifndef MAILVAN_WORK_VERIFY_H
#define MAILVAN_WORK_VERIFY_H

#include "core/mail/source.h"
#include "core/store/ledger.h"

enum verify_kind {
	VERIFY_MISSING, /* ledger says copied; not at the target */
	VERIFY_HEADER,	/* the target's header fingerprint differs */
	VERIFY_DATE,
	VERIFY_FLAGS,	       /* target's flags are not what was sent */
	VERIFY_NOT_ENUMERATED, /* at the source, not in the ledger: arrived since, run migrate again */
	VERIFY_SOURCE_GONE,    /* in the ledger and at the target, no longer at the source (information) */
	VERIFY_NOT_COPIED,     /* failed or pending by the ledger */
	VERIFY_LEFT_OUT,       /* skipped by a rule, or vanished from the source before it was copied (information) */
	VERIFY_FOLDER,	       /* folder missing or unreadable */
	VERIFY_KIND_COUNT
};
const char *verify_kind_name(enum verify_kind k);
bool verify_kind_is_gap(enum verify_kind k); /* false: information only */

struct verify_difference {
	enum verify_kind kind;
	const char *folder; /* display name at the source */
	uint32_t uid, dst_uid;
	const char *subject; /* "" when unknown */
	const char *text;    /* one sentence */
};

struct verify_folder {
	const char *source, *target;
	uint64_t source_messages, ledger_copied, target_messages; /* fresh counts */
	uint64_t checked, gaps;
};

struct verify_sink {
	void *arg;
	void (*difference)(void *arg, const struct verify_difference *d);
	void (*folder)(void *arg, const struct verify_folder *f);
};

struct verify_result {
	uint64_t checked, gaps, notes;
};

bool verify_mailbox(struct store *s, int64_t mailbox, const struct mail_context *ctx, const struct verify_sink *sink,
		    struct verify_result *out, struct err *e);

#endif
