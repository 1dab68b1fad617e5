/* SPDX-License-Identifier: MIT
 *
 * service_cache.h - what was read of a service's health, announcements and feeds. The lists are in records.h.
 *
 * Texts are borrowed. Every list is saved in one transaction: readers see the old or the new one. What an operator has
 * read stays read until the service changes it.
 */
#ifndef MAILVAN_STORE_SERVICE_CACHE_H
#define MAILVAN_STORE_SERVICE_CACHE_H

#include "core/base/clock.h"
#include "core/store/store.h"

struct announcement_row {
	const char *code, *title, *category, *severity, *services, *body;
	bool major;
	wall_ms_t act_by, started, ended, modified; /* 0 = none */
};
bool announcements_save(struct store *s, int64_t tenant, const struct announcement_row *rows, size_t n, struct err *e);

struct issue_row {
	const char *code, *title, *service, *status, *classification, *feature, *body;
	bool resolved;
	wall_ms_t started, ended, modified;
};
struct health_row {
	const char *service, *status;
};
bool issues_save(struct store *s, int64_t tenant, const struct issue_row *rows, size_t n,
		 const struct health_row *health, size_t health_n, struct err *e);
typedef bool health_fn(void *arg, const char *service, const char *status);
bool health_each(struct store *s, int64_t tenant, health_fn *fn, void *arg, struct err *e);
/* When the oldest entry of the list began, of whatever service; 0 = the list is empty. */
bool issues_oldest(struct store *s, int64_t tenant, wall_ms_t *oldest, struct err *e);
/* Incidents (not advisories) of a service, by start. ended 0: not over. */
typedef bool incident_fn(void *arg, const char *code, wall_ms_t started, wall_ms_t ended);
bool incidents_each(struct store *s, int64_t tenant, const char *service, incident_fn *fn, void *arg, struct err *e);

#define FEED_URL_MAX 2000
struct feed_row {
	int64_t id;
	char url[FEED_URL_MAX], ca_file[1024], title[300], error[400];
	wall_ms_t read;
};
/* INPUT when it is there, or not https. FULL. */
bool feed_add(struct store *s, const char *url, const char *ca_file, struct err *e);
/* With its entries. INPUT when there is none. */
bool feed_remove(struct store *s, const char *url, struct err *e);
typedef bool feed_fn(void *arg, const struct feed_row *f);
bool feeds_each(struct store *s, feed_fn *fn, void *arg, struct err *e);
struct feed_entry {
	const char *guid, *title, *link, *body;
	wall_ms_t published;
};
/* Entries are added and renewed; those that the feed no longer has stay, FEED_KEPT newest of them. error: it could not
 * be read. */
#define FEED_KEPT 500
bool feed_save(struct store *s, int64_t feed, const char *title, const struct feed_entry *entries, size_t n,
	       const char *error, struct err *e);

#endif
