/* SPDX-License-Identifier: MIT
 *
 * bodies.c - one loop for both sides: ask, step until all have ended or are missing.
 */
#include "core/work/bodies.h"

struct reader {
	const struct digest_key *key;
	struct body_hasher hasher;
	uint64_t size;
	body_hash_fn *fn;
	void *arg;
};

static bool on_begin(void *arg, uint32_t uid, uint64_t size, struct err *e) {
	struct reader *rd = arg;
	(void)uid, (void)size, (void)e;
	ident_body_begin(&rd->hasher, rd->key);
	rd->size = 0;
	return true;
}

static bool on_data(void *arg, const char *p, size_t n, struct err *e) {
	struct reader *rd = arg;
	(void)e;
	ident_body_add(&rd->hasher, p, n);
	rd->size += n;
	return true;
}

static bool on_end(void *arg, uint32_t uid, struct err *e) {
	struct reader *rd = arg;
	struct hash h;
	ident_body_end(&rd->hasher, &h);
	return rd->fn(rd->arg, uid, &h, rd->size, e);
}

/* A message that cannot be read stays without a hash, and so unmatched: a duplicate is better than a loss. */
static bool on_missing(void *arg, uint32_t uid, const struct err *why, struct err *e) {
	(void)arg, (void)uid;
	if (why->scope < ERR_SCOPE_MAILBOX)
		return true;
	*e = *why;
	return false;
}

static bool read_all(struct reader *rd, const struct body_reader *how, const uint32_t *keys, size_t n, struct err *e) {
	struct source_sink sink = { rd, on_begin, on_data, on_end, on_missing };
	struct source *src = how->src;
	struct target *dst = how->dst;
	if (!(src ? src->ops->fetch(src, keys, n, e) : dst->ops->fetch(dst, keys, n, e)))
		return false;
	mono_ms_t last = mono_ms();
	while ((src ? src->ops->in_flight(src) : dst->ops->fetch_in_flight(dst)) > 0) {
		bool moved = false;
		if (!(src ? src->ops->step(src, &sink, &moved, e) : dst->ops->fetch_step(dst, &sink, &moved, e)))
			return false;
		if (moved)
			last = mono_ms();
		else if (mono_ms() - last > 120000)
			return err_set(e, ERR_NET,
				       "The server sent nothing for two minutes while messages were read back");
		if (!how->wait(how->wait_arg, moved ? 0 : 1000, e))
			return false;
	}
	return true;
}

bool bodies_hash(const struct body_reader *how, const uint32_t *keys, size_t n, struct err *e) {
	struct reader rd = { .key = how->key, .fn = how->fn, .arg = how->arg };
	bool ok = n == 0 || read_all(&rd, how, keys, n, e);
	ident_body_drop(&rd.hasher);
	return ok;
}

struct run_side {
	struct run *run;
	bool source;
};

static bool wait_run(void *arg, int timeout_ms, struct err *e) {
	const struct run_side *side = arg;
	struct run *r = side->run;
	if (timeout_ms == 0)
		return run_check(r, e);
	return run_wait(r, side->source ? r->src : NULL, side->source ? NULL : r->dst, timeout_ms, e);
}

bool bodies_hash_source(struct run *r, const uint32_t *keys, size_t n, body_hash_fn *fn, void *arg, struct err *e) {
	struct run_side side = { r, true };
	return bodies_hash(&(struct body_reader){ store_digest_key(r->store), r->src, NULL, wait_run, &side, fn, arg },
			   keys, n, e);
}

bool bodies_hash_target(struct run *r, const uint32_t *uids, size_t n, body_hash_fn *fn, void *arg, struct err *e) {
	struct run_side side = { r, false };
	return bodies_hash(&(struct body_reader){ store_digest_key(r->store), NULL, r->dst, wait_run, &side, fn, arg },
			   uids, n, e);
}
