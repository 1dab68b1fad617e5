/* SPDX-License-Identifier: MIT
 *
 * opening.c - the target answers while the source does: both sides' round trips pass at once.
 */
#include "core/work/opening.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/work/sign_in.h"

struct opening {
	pthread_t thread;
	struct store *store;
	const struct mail_context *ctx;
	const struct endpoint *ep;
	struct target *dst;
	bool list;
	struct folder_list folders;
	struct err err, list_err;
};

static void *open_thread(void *arg) {
	struct opening *o = arg;
	o->dst = sign_in_target(o->store, o->ctx, o->ep, &o->err);
	if (!o->dst || !o->list || o->dst->ops->list(o->dst, false, folder_list_add, &o->folders, &o->list_err))
		err_clear(&o->list_err);
	return NULL;
}

struct opening *opening_begin(struct store *s, const struct mail_context *ctx, const struct endpoint *ep, bool list) {
	struct opening *o = calloc(1, sizeof *o);
	if (!o)
		return NULL;
	o->store = s;
	o->ctx = ctx;
	o->ep = ep;
	o->list = list;
	if (pthread_create(&o->thread, NULL, open_thread, o) == 0)
		return o;
	free(o);
	return NULL;
}

struct target *opening_end(struct opening *o, struct folder_list *folders, struct err *why, struct err *e) {
	pthread_join(o->thread, NULL);
	struct target *dst = o->dst;
	if (!dst)
		*e = o->err;
	if (folders) {
		*folders = o->folders;
		*why = o->list_err;
	} else {
		free(o->folders.at);
	}
	free(o);
	return dst;
}

struct selecting {
	pthread_t thread;
	struct target *dst;
	const char *wire;
	struct folder_status st;
	bool ok;
	struct err err;
};

static void *select_thread(void *arg) {
	struct selecting *o = arg;
	o->ok = o->dst->ops->select(o->dst, o->wire, &o->st, &o->err);
	return NULL;
}

struct selecting *selecting_begin(struct target *dst, const char *wire) {
	struct selecting *o = calloc(1, sizeof *o);
	if (!o)
		return NULL;
	o->dst = dst;
	o->wire = wire;
	if (pthread_create(&o->thread, NULL, select_thread, o) == 0)
		return o;
	free(o);
	return NULL;
}

bool selecting_end(struct selecting *o, struct folder_status *st, struct err *e) {
	pthread_join(o->thread, NULL);
	bool ok = o->ok;
	if (ok)
		*st = o->st;
	else
		*e = o->err;
	free(o);
	return ok;
}
