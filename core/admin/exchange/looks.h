/* SPDX-License-Identifier: MIT
 *
 * looks.h - internal to core/admin/exchange: what is there of several changes, asked for ten cmdlets at a time.
 */
#ifndef MAILVAN_ADMIN_EXCHANGE_LOOKS_H
#define MAILVAN_ADMIN_EXCHANGE_LOOKS_H

#include "core/admin/exchange_online.h"

#define LOOK_QUESTIONS_MAX 4

/* parameters: given away; NULL when memory ran out. */
struct look_question {
	const char *cmdlet;
	json_t *parameters;
};
struct look_rules {
	/* What has to be asked about this change; how many. */
	size_t (*ask)(const struct change *c, struct look_question q[LOOK_QUESTIONS_MAX]);
	/* The answers, in the same order, as `before` keeps them: new reference; NULL with e, or with e None when it is
	 * not known. */
	json_t *(*read)(const struct change *c, const struct invoke_part *const answers[LOOK_QUESTIONS_MAX],
			struct err *e);
};
/* As directory_ops.look, n up to INVOKE_BATCH_MAX. What two changes ask alike is asked once. */
bool changes_look(struct exo *x, const struct look_rules *rules, const struct change *c, size_t n,
		  struct change_look *looks, struct err *e);

/* What a cmdlet was asked about is not there, in words that say what it is. Always false. */
bool look_missing(const char *cmdlet, const char *identity, struct err *e);
/* The single object of an answer; NULL with e (NO_MAILBOX when the list is empty). Borrowed. */
const json_t *look_single(const struct invoke_part *answer, const char *identity, struct err *e);

#endif
