/* SPDX-License-Identifier: MIT
 *
 * enrolments.h - batches of users who are to be enrolled with a device server that somebody else runs.
 *
 * A batch has the contract's data and defaults, a row is a user in it; what a row leaves empty is the batch's. All of
 * it is mailvan's own: nothing here changes a tenant. What is judged of a row is in core/admin/enrolment.h. The lists
 * are record_enrolments (records.h) and record_enrolment_batches. Every change is a line of the audit list, written
 * with it.
 */
#ifndef MAILVAN_STORE_ENROLMENTS_H
#define MAILVAN_STORE_ENROLMENTS_H

#include "core/base/clock.h"
#include "core/base/secret.h"
#include "core/store/store.h"

/* FIELD(symbol, column): a row has these too. */
#define ENROLMENT_ROW_FIELDS(FIELD)                                                                                    \
	FIELD(SERVER, "server")                                                                                        \
	FIELD(COMPANY, "company")                                                                                      \
	FIELD(CONTACT, "contact")                                                                                      \
	FIELD(CONTACT_MAIL, "contact_mail")                                                                            \
	FIELD(REQUESTOR, "requestor")                                                                                  \
	FIELD(REQUEST_NUMBER, "request_number")                                                                        \
	FIELD(POLICY, "policy")
#define ENROLMENT_FIELDS(FIELD)                                                                                        \
	ENROLMENT_ROW_FIELDS(FIELD)                                                                                    \
	FIELD(SRP_ID, "srp_id")                                                                                        \
	FIELD(CAL_IDS, "cal_ids") /* separated by blanks */                                                            \
	FIELD(SUPPORT_CONTRACT, "support_contract")

enum enrolment_field {
#define FIELD(symbol, column) ENROLMENT_##symbol,
	ENROLMENT_FIELDS(FIELD)
#undef FIELD
		ENROLMENT_FIELD_COUNT
};
#define ENROLMENT_ROW_FIELD_COUNT (ENROLMENT_POLICY + 1)

#define ENROLMENT_TEXT_MAX 256	 /* with its NUL, of a row */
#define ENROLMENT_FIELD_MAX 2048 /* of a batch: licence ids are a list */
#define ENROLMENT_ROWS_MAX 100000U
#define ENROLMENT_PASSWORD_DAYS 7
#define ENROLMENT_PASSWORD_MS ((wall_ms_t)ENROLMENT_PASSWORD_DAYS * 24 * 60 * 60 * 1000)

/* Stored by name. New: not checked yet. Problem and Ready come from the check, the rest from what the service said. */
enum enrolment_state {
	ENROLMENT_NEW,
	ENROLMENT_PROBLEM,
	ENROLMENT_READY,
	ENROLMENT_SENT,
	ENROLMENT_ACTIVE,
	ENROLMENT_FAILED,
	ENROLMENT_STATE_COUNT
};
const char *enrolment_state_name(enum enrolment_state s); /* "New", ... */
/* Case ignored; COUNT when it is none. */
enum enrolment_state enrolment_state_parse(const char *name);

/* The two IT policies of the hosted service; their settings are in core/admin/enrolment.h. */
#define ENROLMENT_POLICY_OFF "no device password"
#define ENROLMENT_POLICY_ON "device password required"
/* The name as it is written, or NULL. Case ignored. */
const char *enrolment_policy(const char *name);

struct enrolment {
	int64_t id, tenant;
	char name[128];
	char text[ENROLMENT_FIELD_COUNT][ENROLMENT_FIELD_MAX];
	bool has_key; /* the authentication key is in the vault */
	uint64_t rows[ENROLMENT_STATE_COUNT];
	wall_ms_t made;
};

/* INPUT when the name is taken, or has what text_sanitise changes. *id is the new batch's. FULL, as all that changes
 * something here. */
bool enrolment_add(struct store *s, int64_t tenant, const char *name, const char *server, const char *company,
		   const char *who, int64_t *id, struct err *e);
/* INPUT when there is none. */
bool enrolment_find(struct store *s, int64_t tenant, const char *name, struct enrolment *out, struct err *e);
/* Contract data and defaults. INPUT when the value is too long. */
bool enrolment_set(struct store *s, const struct enrolment *b, enum enrolment_field f, const char *value,
		   const char *who, struct err *e);
/* The key that proves to the infrastructure whose server it is: sealed, never read back but to be replaced. */
bool enrolment_set_key(struct store *s, const struct enrolment *b, const struct secret *key, const char *who,
		       struct err *e);
/* With rows and secrets. */
bool enrolment_remove(struct store *s, const struct enrolment *b, const char *who, struct err *e);

/* ---- rows ---- */

/* Borrowed; NULL or "": as it was, or the batch's. */
struct enrolment_put {
	const char *mail; /* the key */
	const char *upn, *user, *license, *text[ENROLMENT_ROW_FIELD_COUNT];
	const char *password; /* valid for ENROLMENT_PASSWORD_DAYS from now */
};
/* New rows are New; what was Problem or Ready and is put again is New again. text: of the audit's line ("from a list").
 * INPUT when the batch would have more than ENROLMENT_ROWS_MAX. */
bool enrolment_put(struct store *s, const struct enrolment *b, const struct enrolment_put *rows, size_t n,
		   const char *who, const char *text, struct err *e);

struct enrolment_row {
	int64_t id;
	char mail[320], upn[320], user[ENROLMENT_TEXT_MAX], license[ENROLMENT_TEXT_MAX];
	char text[ENROLMENT_ROW_FIELD_COUNT][ENROLMENT_TEXT_MAX]; /* the row's or the batch's */
	enum enrolment_state state;
	char problem[1024];
	wall_ms_t expires, reached;
	bool data_plan, removed;
	char unreached[300];

	/* What the cached list of users says of upn, else of mail. */
	bool listed, enabled, licensed, mailbox;
	char listed_upn[320], listed_company[ENROLMENT_TEXT_MAX], kind[16];

	/* Another row, of this or another batch and not Failed, with the same address or sign-in name. "" = none. */
	char other_mail[320], other_batch[128], other_server[ENROLMENT_TEXT_MAX];
};
/* false ends the walk quietly. Nothing that waits for the writer may be called from it. */
typedef bool enrolment_row_fn(void *arg, const struct enrolment_row *r);
bool enrolment_rows(struct store *s, const struct enrolment *b, enrolment_row_fn *fn, void *arg, struct err *e);

/* Of one row; -1, NULL and 0: as it was. */
struct enrolment_change {
	int64_t row;
	int state, data_plan, removed;
	const char *problem, *note, *unreached;
	wall_ms_t reached;
	const struct secret *password; /* valid from now on */
};
#define ENROLMENT_CHANGE_EMPTY                                                                                         \
	{ .state = -1, .data_plan = -1, .removed = -1 }
/* One transaction. action NULL: what was only looked at (a check), no line in the audit list. */
bool enrolment_change(struct store *s, const struct enrolment *b, const struct enrolment_change *list, size_t n,
		      const char *who, const char *action, const char *text, struct err *e);
bool enrolment_rows_remove(struct store *s, const struct enrolment *b, const int64_t *rows, size_t n, const char *who,
			   const char *text, struct err *e);
/* Leaves out absent when there is none. */
bool enrolment_password(struct store *s, int64_t row, struct secret *out, struct err *e);

/* Users of the cached list. name: sign-in name or address of one; NULL: all who are licensed, have a mailbox and may
 * sign in. */
struct enrolment_user {
	char upn[320], name[ENROLMENT_TEXT_MAX], mail[320];
};
typedef bool enrolment_user_fn(void *arg, const struct enrolment_user *u);
bool enrolment_users(struct store *s, int64_t tenant, const char *name, enrolment_user_fn *fn, void *arg,
		     struct err *e);

extern const struct record_list record_enrolment_batches; /* records_enrolments.c */

#endif
