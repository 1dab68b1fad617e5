/* SPDX-License-Identifier: MIT
 *
 * run_limits.c - what stands between one mailbox and the governor: its places, its bytes, and waits in words.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/net/classify.h"
#include "core/work/governor.h"
#include "core/work/provider.h"
#include "core/work/run.h"

/* ---- places ---- */

void run_retire(struct run *r) {
	if (r->admitted)
		governor_leave(r->governor, &r->lease);
	r->admitted = false;
}

void run_refused(struct run *r, const struct err *why) {
	governor_refused(r->governor, &r->lease, why);
}

void run_reached(struct run *r, enum err_side side) {
	r->was_connected = true;
	governor_reached(r->governor, &r->lease, side);
}

/* ---- bytes ---- */

static uint64_t since(uint64_t now, uint64_t *before) {
	uint64_t n = now > *before ? now - *before : 0;
	*before = now;
	return n;
}

void run_count_bytes(struct run *r) {
	uint64_t in = 0, out = 0;
	if (r->src) {
		r->src->ops->bytes(r->src, &in, &out);
		in = since(in, &r->seen_in);
	}
	if (r->dst) {
		uint64_t ignored;
		r->dst->ops->bytes(r->dst, &ignored, &out);
		out = since(out, &r->seen_out);
	} else {
		out = 0;
	}
	if (in || out)
		governor_moved(r->governor, &r->lease, in, out);
}

bool run_may_read(struct run *r, struct err *e) {
	run_count_bytes(r);
	if (!governor_check_day(r->governor, &r->lease, e))
		return false;
	r->read_pause_ms = governor_read_pause_ms(r->governor);
	return true;
}

/* ---- waits in words ---- */

static void duration(char *dst, size_t size, unsigned ms) {
	unsigned s = (ms + 999) / 1000;
	if (s < 3600)
		snprintf(dst, size, "%u:%02u", s / 60, s % 60);
	else
		snprintf(dst, size, "%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
}

static const char *who(const struct run *r, const struct err *why) {
	const struct endpoint *ep = why->side == ERR_SIDE_SOURCE ? &r->src_ep : &r->dst_ep;
	const struct provider *p = provider_of(ep->host);
	/* Only Exchange has these words, whatever its host is called. */
	if (strcasestr(why->text, "Suggested Backoff Time"))
		return "Exchange";
	return p ? p->name : why->side == ERR_SIDE_NONE ? "The server" : ep->host;
}

void run_wait_words(const struct run *r, struct err *why) {
	char time[32];
	if (!why->wait_named || !why->wait_ms)
		return;
	duration(time, sizeof time, why->wait_ms);
	err_prefix(why, "%.200s asked for %s%s", who(r, why), time,
		   why->wait_ms >= NET_WAIT_MAX_MS ? " or more" : "");
}

void run_put_off(struct run *r, const struct err *why) {
	struct err shown = *why;
	run_wait_words(r, &shown);
	r->state = MBOX_QUEUED;
	run_store_wait(r, r->put_off, &shown);
}
