/* SPDX-License-Identifier: MIT
 *
 * endpoints.h - endpoints and their secrets in the store, and how a row's target comes about.
 */
#ifndef MAILVAN_STORE_ENDPOINTS_H
#define MAILVAN_STORE_ENDPOINTS_H

#include "core/model/endpoint.h"
#include "core/store/mailboxes.h"
#include "core/store/settings.h"
#include "core/store/store_int.h"

enum side { SIDE_SOURCE = 0, SIDE_TARGET = 1 };
/* The project's target server is the target of this mailbox number. */
#define PROJECT_ROW 0
#define KEY_MAX 1400

/* Without secrets. A missing row gives an empty endpoint (host "") and *found false. */
bool endpoint_load(struct db *db, int64_t mailbox, enum side side, struct endpoint *ep, bool *found, struct err *e);
bool endpoint_save(struct db *db, int64_t mailbox, enum side side, const struct endpoint *ep, struct err *e);

/* The password (and bearer) of a side; absent ones stay absent. */
bool secrets_load(struct store *s, struct db *db, int64_t mailbox, enum side side, struct endpoint *ep, struct err *e);
/* Seals what is present and differs from what is sealed; *changed is set, never cleared. */
bool secrets_save(struct store *s, struct db *db, int64_t mailbox, enum side side, const struct endpoint *ep,
		  bool *changed, struct err *e);
/* Is a password or bearer sealed for it? */
bool secrets_there(struct db *db, int64_t mailbox, enum side side, bool *there, struct err *e);
bool secrets_drop(struct db *db, int64_t mailbox, enum side side, struct err *e);

/* The project's settings as they are stored, without secrets. */
bool project_target_load(struct db *db, struct target_settings *out, struct err *e);

/* A row's own target columns and what of the project's is put in their place. */
enum target_login { TARGET_OWN, TARGET_ADMIN };
struct target_plan {
	struct endpoint ep;	 /* no secrets */
	enum target_login login; /* whose password opens it */
};
/* own: as loaded (may be empty); own_secret: the row has a password of its own. INPUT when no server or no
 * account is known. */
bool target_plan(const struct target_settings *project, const struct endpoint *own, bool own_secret,
		 const char *identity, struct target_plan *out, struct err *e);
/* Brings mailbox.target_key up to date (NULL: the target is not known). *moved: it had copies at another target, which
 * are in doubt now (ledger_retarget). INPUT when that must not be, because a worker has it. */
bool target_key_update(struct db *db, const struct target_settings *project, int64_t mailbox, bool *moved,
		       struct err *e);
/* "host:port/user", lower case: the account whose connections and bytes are counted. */
void source_account_key(char dst[KEY_MAX], const struct endpoint *source);
/* The same of mailbox.source_key, by the stored endpoint. */
bool source_key_update(struct db *db, int64_t mailbox, struct err *e);

#endif
