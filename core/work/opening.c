/* SPDX-License-Identifier: MIT
 *
 * opening.c - the target lets us in while the source does: both sides' round trips pass at once.
 */
#include "core/work/opening.h"

#include <pthread.h>
#include <stdlib.h>

struct opening {
	pthread_t thread;
	struct store *store;
	const struct mail_context *ctx;
	const struct endpoint *ep;
	struct target *dst;
	struct err err;
};

static void *open_thread(void *arg) {
	struct opening *o = arg;
	o->dst = sign_in_target(o->store, o->ctx, o->ep, &o->err);
	return NULL;
}

struct opening *opening_begin(struct store *s, const struct mail_context *ctx, const struct endpoint *ep) {
	struct opening *o = calloc(1, sizeof *o);
	if (!o)
		return NULL;
	o->store = s;
	o->ctx = ctx;
	o->ep = ep;
	if (pthread_create(&o->thread, NULL, open_thread, o) == 0)
		return o;
	free(o);
	return NULL;
}

struct target *opening_end(struct opening *o, struct err *e) {
	pthread_join(o->thread, NULL);
	struct target *dst = o->dst;
	if (!dst)
		*e = o->err;
	free(o);
	return dst;
}
