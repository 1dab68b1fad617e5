/* SPDX-License-Identifier: MIT
 *
 * bodies.h - read whole messages from either side only to hash them.
 */
#ifndef MAILVAN_WORK_BODIES_H
#define MAILVAN_WORK_BODIES_H

#include "core/mail/mime/ident.h"
#include "core/work/run.h"

/* Called once per message that could be read; those that could not are left out. */
typedef bool body_hash_fn(void *arg, uint32_t key, const struct hash *hash, uint64_t size, struct err *e);

/* One of the two connections, and how to wait for it. */
struct body_reader {
	const struct digest_key *key; /* the project's */
	struct source *src;
	struct target *dst;
	/* Until something may have moved, timeout_ms at most (0: only look); false when it is time to stop. */
	bool (*wait)(void *arg, int timeout_ms, struct err *e);
	void *wait_arg;
	body_hash_fn *fn;
	void *arg;
};
/* keys ascending, of the selected folder. */
bool bodies_hash(const struct body_reader *how, const uint32_t *keys, size_t n, struct err *e);

/* The same for a mailbox being moved. */
bool bodies_hash_source(struct run *r, const uint32_t *keys, size_t n, body_hash_fn *fn, void *arg, struct err *e);
bool bodies_hash_target(struct run *r, const uint32_t *uids, size_t n, body_hash_fn *fn, void *arg, struct err *e);

#endif
