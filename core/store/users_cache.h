/* SPDX-License-Identifier: MIT
 *
 * users_cache.h - what was read of a tenant's users and subscriptions, written in one transaction each.
 *
 * Readers see the old list or the new one. The lists themselves are in records.h.
 */
#ifndef MAILVAN_STORE_USERS_CACHE_H
#define MAILVAN_STORE_USERS_CACHE_H

#include "core/base/clock.h"
#include "core/store/store.h"

/* Texts are borrowed. NULL, and -1 for the numbers: as it was (a new row gets "" and 0). */
struct user_row {
	const char *guid; /* the key */
	const char *upn, *name, *mail, *kind, *location, *licenses, *company, *department, *given, *surname, *job,
		*addresses;
	int enabled, synced;
	wall_ms_t created;
	bool removed;
	void *block; /* the caller's: what holds the texts */
};
struct subscription_row {
	const char *sku, *part, *status, *plans;
	int64_t enabled, warning, suspended, consumed;
	bool mailbox;
};

struct users_update {
	bool full; /* these are all: others go */
	const struct user_row *users;
	size_t user_count;
	const struct subscription_row *subscriptions; /* always all of them; NULL: as they were */
	size_t subscription_count;
	const char *delta; /* the mark for the next time; "" = none; NULL: neither mark nor age change */
};
bool users_cache_save(struct store *s, int64_t tenant, const struct users_update *u, struct err *e);

/* Figures that come from elsewhere than the list, by the user's name. A row that is not in the list is left out. */
struct user_size {
	const char *upn;
	const char *kind;		/* NULL: as it was */
	int64_t messages, bytes, quota; /* -2: as it was */
};
#define USER_SIZE_SAME (-2)
/* list: "mailbox-sizes" or "mailbox-kinds", whose age and note are kept (list_state; note is its delta). measured: when
 * the service took the figures, 0 = none. */
bool users_cache_sizes(struct store *s, int64_t tenant, const char *list, const struct user_size *rows, size_t n,
		       wall_ms_t measured, const char *note, struct err *e);

struct user_sign_in {
	const char *guid;
	wall_ms_t last; /* 0 = never */
};
bool users_cache_sign_ins(struct store *s, int64_t tenant, const struct user_sign_in *rows, size_t n, const char *note,
			  struct err *e);

#endif
