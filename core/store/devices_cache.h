/* SPDX-License-Identifier: MIT
 *
 * devices_cache.h - mobile devices and their policies, as the tenant said when it was asked last.
 */
#ifndef MAILVAN_STORE_DEVICES_CACHE_H
#define MAILVAN_STORE_DEVICES_CACHE_H

#include "core/base/clock.h"
#include "core/store/store.h"

/* What the list of devices says. All texts as the service wrote them; none is NULL. */
struct device_facts {
	const char *identity, *mailbox, *device_id, *name, *type, *model, *os, *client, *version, *state, *reason,
		*phone, *imei;
	wall_ms_t first_sync;
};
/* Some of the list. round: the same for all of one refresh, and greater than that of the one before. */
bool devices_put(struct store *s, int64_t tenant, wall_ms_t round, const struct device_facts *facts, size_t n,
		 struct err *e);
/* The list is complete: devices of an older round are gone. mailbox: only its own; NULL = all, and the list's age is
 * now. */
bool devices_end(struct store *s, int64_t tenant, wall_ms_t round, const char *mailbox, struct err *e);

/* What the statistics of one device say. wipe: in words; "" = none. */
struct device_statistics {
	const char *identity, *device_id, *status, *policy, *policy_status, *phone;
	char wipe[200];
	wall_ms_t last_sync, last_attempt;
};
/* The devices of a mailbox, measured now (also when it has none any more). */
bool devices_measured(struct store *s, int64_t tenant, const char *mailbox, const struct device_statistics *at,
		      size_t n, struct err *e);
/* Mailboxes with devices that were not measured since then, by name. *out and the names in it are malloc'ed. */
bool devices_unmeasured(struct store *s, int64_t tenant, wall_ms_t since, char ***out, size_t *n, struct err *e);

/* One device as it is known; found = false when it is not. */
struct device_row {
	char identity[1024], mailbox[512], device_id[256], name[256], client[64], version[64], state[64], status[64];
	char wipe[200];
};
/* key: the identity, the device id, or the name where only one device is called so (INPUT otherwise). */
bool device_find(struct store *s, int64_t tenant, const char *key, struct device_row *out, bool *found, struct err *e);
/* After a change: state and reason, or status and wipe (NULL = as they are). */
bool device_changed(struct store *s, int64_t tenant, const char *identity, const char *state, const char *reason,
		    const char *status, const char *wipe, struct err *e);
/* The same by mailbox and device id, for allow and block. */
bool device_access_changed(struct store *s, int64_t tenant, const char *mailbox, const char *device_id,
			   const char *state, struct err *e);
bool device_forget(struct store *s, int64_t tenant, const char *identity, struct err *e);

struct policy_facts {
	const char *name;
	bool is_default;
	char *settings; /* JSON object */
};
bool policies_replace(struct store *s, int64_t tenant, const struct policy_facts *at, size_t n, struct err *e);
/* One that was made or changed. */
bool policy_put(struct store *s, int64_t tenant, const char *name, const char *settings, struct err *e);
/* Its settings, malloc'ed; *out NULL when there is none of that name. */
bool policy_settings_get(struct store *s, int64_t tenant, const char *name, char **out, struct err *e);

#endif
