/* SPDX-License-Identifier: MIT
 *
 * graph.h - Microsoft Graph v1.0: requests with paging, $batch and errors in words (reference/exchange-wire.md D, G).
 */
#ifndef MAILVAN_ADMIN_GRAPH_H
#define MAILVAN_ADMIN_GRAPH_H

#include "core/admin/directory.h"
#include "core/admin/json_read.h"

struct graph;
/* Shares the token cache; one per directory. path: "/users?$top=999" behind the tenant's base URL, or a whole URL under
 * it (a nextLink that points elsewhere is refused). */
struct graph *graph_open(const struct directory_context *ctx, const struct tenant *t, struct err *e);
void graph_close(struct graph *g);

/* *status is the final status; the document is NULL for an empty body. False for anything but 2xx: e is the service's
 * error in words with a remedy (graph_errors.c). headers: extra, may be NULL. */
bool graph_call(struct graph *g, const char *method, const char *path, const char *const *headers, const json_t *body,
		json_t **out, char request_id[80], struct err *e);
/* GETs the pages of a collection; fn per member of "value"; false from fn stops quietly (*complete false). The last
 * page's deltaLink is copied to delta when that is not NULL. PAGES_MAX pages at most. */
typedef bool graph_row_fn(void *arg, const json_t *row, struct err *e);
bool graph_pages(struct graph *g, const char *path, const char *const *headers, graph_row_fn *fn, void *arg,
		 char *delta, size_t delta_size, struct err *e);

#define GRAPH_BATCH_MAX 20
struct graph_part {
	const char *method, *path; /* path behind the base URL */
	json_t *body;		   /* stolen; NULL = none */
	int after;		   /* index of the part that must succeed first (dependsOn), or -1 */
	/* filled: */
	int status;	/* 0: not carried out, e says why */
	json_t *answer; /* new reference or NULL */
	struct err e;	/* for anything but 2xx */
	char request_id[80];
	bool unsure; /* no 2xx, and it may have been carried out: answer lost, 5xx. Means nothing for a GET */
};
/* One $batch; parts that are throttled are sent again by their own Retry-After, unless they are not repeatable and may
 * have been carried out (503 without Retry-After, 504). False (e): no part has an answer. */
bool graph_batch(struct graph *g, struct graph_part *parts, size_t n, struct err *e);
void graph_parts_clear(struct graph_part *parts, size_t n);

/* Is this error "another object with the same value exists"? "not there"? */
bool graph_says_exists(const struct err *e, int status, const json_t *answer);
bool graph_says_missing(int status, const json_t *answer);

#endif
