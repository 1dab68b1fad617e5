/* SPDX-License-Identifier: MIT
 *
 * tenant.h - what the files of the tenant server share: the world (state in SQLite), a request, its answer.
 *
 * The server stands in for Microsoft's token endpoint, Graph, Exchange's InvokeCommand, autodiscover and ActiveSync.
 * It refuses what a source says that the real service refuses: reference/exchange-wire.md (cited as A.1 ... H in
 * comments) and Graph's CSDL. tenant.c's first comment lists what is made up or not enforced. One lock is held while
 * a request is answered; nothing here needs more speed than that.
 */
#ifndef MAILVAN_TESTS_TENANT_H
#define MAILVAN_TESTS_TENANT_H

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TENANT_DOMAIN "contoso.test"
#define TENANT_GUID "11111111-2222-3333-4444-555555555555"
#define APP_CLIENT "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
#define APP_SECRET "s3cret~with.+=signs"
#define PUBLIC_CLIENT "ffffffff-0000-0000-0000-000000000001"
#define TENANT_ADMIN "admin@" TENANT_DOMAIN
#define AUD_GRAPH "https://graph.microsoft.com"
#define AUD_EXCHANGE "https://outlook.office365.com"
#define EXCHANGE_SYSTEM_MAILBOX "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}"

struct csdl;
struct world {
	sqlite3 *db;
	char dir[1024], base[64]; /* base: "https://127.0.0.1:PORT" */
	int log_fd;
	EVP_PKEY *key;	   /* signs access tokens */
	X509 *app;	   /* certificate of the registered app */
	struct csdl *csdl; /* NULL: not there, nothing is checked against it */
	long token_life;   /* seconds */
	int64_t logged;	   /* lines */
};

enum drop { DROP_NO, DROP_BEFORE, DROP_AFTER };

struct ask {
	struct world *w;
	const char *method, *path; /* path decoded, without query */
	char arg[3][400];	   /* what stood for '*' in the route, decoded */
	json_t *query, *headers;   /* name -> value; header names in lower case */
	json_t *body;		   /* JSON, or a form as an object; NULL = none or neither */
	const char *raw;	   /* bytes of the body */
	size_t raw_len;
	json_t *claims; /* of its bearer; NULL on routes without */
	bool part;	/* of a $batch */
};

struct answer {
	int status;
	json_t *headers, *body; /* body: JSON, or NULL: text */
	char *text;		/* malloc'd */
	size_t text_len;
	const char *type; /* of text */
	enum drop drop;
	unsigned delay_ms;
};

typedef void handler_fn(struct ask *q, struct answer *a);

/* ---- answers.c: what every service says alike ---- */
void answer_json(struct answer *a, int status, json_t *body); /* steals body */
void answer_text(struct answer *a, int status, const char *type, const char *text, size_t len);
void answer_header(struct answer *a, const char *name, const char *value);
void answer_clear(struct answer *a);
/* Graph's error body of section D. details: "code|target" of one detail, or NULL. */
void graph_error(struct answer *a, int status, const char *code, const char *details, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
const char *ask_header(const struct ask *q, const char *name); /* "" when absent */
const char *ask_query(const struct ask *q, const char *name);  /* NULL when absent */
/* N of "Prefer: odata.maxpagesize=N", at most max; otherwise when it is not there. */
long ask_page_size(const struct ask *q, long otherwise, long max);

/* In place. plus: '+' is a blank, as in queries and forms. */
void url_unescape(char *s, bool plus);
/* "a=b&c=d" as an object; text is changed, and may be NULL. */
json_t *url_fields(char *text);

/* ---- db.c ---- */
bool db_open(struct world *w, bool *fresh);
/* Arguments by fmt: s text (NULL = SQL NULL), i int64_t, j json_t * (dumped). A column named "x:j" is parsed as JSON,
 * "x:b" is a boolean; all of SQL's errors end the server with a message. */
json_t *db_rows(struct world *w, const char *sql, const char *fmt, ...); /* array of objects */
json_t *db_row(struct world *w, const char *sql, const char *fmt, ...);	 /* object, or NULL */
int64_t db_int(struct world *w, const char *sql, const char *fmt, ...);	 /* -1 without a row */
int db_do(struct world *w, const char *sql, const char *fmt, ...);	 /* rows changed */
void new_guid(char out[37]);
int64_t now_ms(void);
void iso_time(int64_t ms, char out[40]); /* "2026-11-23T08:00:00Z" */

/* ---- seed*.c ---- */
void seed(struct world *w, long users, long waiting, unsigned seed);
void seed_mailboxes(struct world *w, unsigned seed);
void seed_devices(struct world *w, unsigned seed);
void seed_service(struct world *w);
unsigned seed_next(uint64_t *state, unsigned below);

/* ---- jwt.c, token.c ---- */
bool jwt_load(struct world *w);
void base64url(const void *bytes, size_t n, char *out, size_t size); /* without padding */
/* A signed access token with these claims (stolen) and iss, tid, iat, nbf, exp; malloc'd. */
char *jwt_issue(struct world *w, json_t *claims, long life);
/* Claims of a token that this server issued and that is valid now; else NULL and why (static). */
json_t *jwt_check(struct world *w, const char *token, const char **why);
/* A client assertion by the app's certificate (A.2). False: why says what is wrong. */
bool jwt_assertion(struct world *w, const char *token, const char *audience, const char **why);
handler_fn token_post, device_code_post;

/* ---- csdl.c: Graph's published schema ---- */
struct csdl *csdl_load(const char *file);
void csdl_free(struct csdl *c);
/* Does object fit the type ("graph.user"), or the parameters of an action bound to a type? False: why. */
bool csdl_fits(const struct csdl *c, const char *type, const json_t *object, char *why, size_t size);
bool csdl_fits_action(const struct csdl *c, const char *type, const char *action, const json_t *object, char *why,
		      size_t size);
bool csdl_has(const struct csdl *c, const char *type, const char *property);

/* ---- rules.c: misbehaviour on demand, log.c ---- */
/* The next rule for this request, used up by one; NULL. position: of a part of a $batch, from 1; else 0. */
json_t *rule_take(struct world *w, const struct ask *q, int position);
/* What a rule says instead of or beside the true answer. True: the request is not to be carried out. */
bool rule_apply(struct world *w, json_t *rule, struct answer *a);
/* Graph's limit of writes, when one was played; false: answered with a 429. */
bool write_allowed(struct ask *q, struct answer *a);
json_t *setting_get(struct world *w, const char *name); /* newest played setting of that name, or NULL */
void log_request(struct world *w, const struct ask *q, const struct answer *a);
void log_note(struct world *w, const char *text);

/* ---- routes.c ---- */
/* Rules, route, sign-in, handler, log. position as for rule_take. */
void serve(struct ask *q, struct answer *a, int position);
bool holds_role(const json_t *claims, const char *any_of); /* blank separated */

/* ---- graph ---- */
handler_fn users_list, users_delta, user_get, user_create, user_change, user_delete, user_license, user_revoke;
handler_fn organization_get, skus_get, deleted_list, deleted_restore, report_redirect, report_data, purpose_get;
handler_fn user_groups; /* graph_groups.c */
handler_fn graph_batch, issues_list, issue_get, messages_list, message_get, health_list, messages_mark;
/* By id or userPrincipalName, or a 404. {"n":, "doc":} */
json_t *user_find(struct ask *q, struct answer *a, const char *key);
void user_store(struct world *w, json_t *row);
/* Copies what $select names (NULL: the default properties) without what only the server knows. */
json_t *user_view(const json_t *doc, const char *select);
bool sku_has_mailbox(struct world *w, const char *sku);
void mailbox_for_user(struct world *w, const json_t *doc);
/* filter.c: 1 fits, 0 not, -1 not understood. *advanced is set by what needs ConsistencyLevel: eventual. */
int filter_fits(const char *filter, const json_t *doc, bool *advanced);

/* ---- exchange ---- */
handler_fn invoke_post, invoke_batch;
struct cmdlet_run {
	struct ask *q;
	const char *cmdlet;
	const json_t *p;  /* parameters */
	json_t *value;	  /* array to fill */
	json_t *warnings; /* array of strings */
	long from, size;  /* the rows of this page */
	bool sliced;	  /* value holds only those already, and one more if there are more */
	char type[120];	  /* of the exception; "" = went well */
	char text[500];
};
typedef void cmdlet_fn(struct cmdlet_run *r);
/* parameters: "Name:t" blank separated, '!' at the end = mandatory; t: s string, b bool, a strings, i integer,
 * h hashtable or strings, x string or integer. */
struct cmdlet {
	const char *name, *parameters;
	cmdlet_fn *run;
};
extern const struct cmdlet cmdlets[];
bool cmdlet_takes(const struct cmdlet *c, const char *parameter);
bool cmdlet_parameters_fit(struct cmdlet_run *r, const struct cmdlet *c); /* false: failed */
cmdlet_fn get_mailbox, set_mailbox, new_mailbox, get_mailbox_statistics, get_recipient, get_accepted_domain;
cmdlet_fn new_service_principal, get_service_principal, get_cas_mailbox, set_cas_mailbox;
cmdlet_fn get_mailbox_permission, add_mailbox_permission, remove_mailbox_permission;
cmdlet_fn get_recipient_permission, add_recipient_permission, remove_recipient_permission;
cmdlet_fn get_mobile_device, get_mobile_device_statistics, clear_mobile_device, remove_mobile_device;
cmdlet_fn get_device_policy, new_device_policy, set_device_policy, remove_device_policy;
void cmdlet_fail(struct cmdlet_run *r, const char *type, const char *format, ...) __attribute__((format(printf, 3, 4)));
void cmdlet_warn(struct cmdlet_run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *cmdlet_text(const struct cmdlet_run *r, const char *name); /* "" when absent */
/* The mailbox of parameter `name` by address, alias, GUID or display name; NULL and failed when there is none. */
json_t *cmdlet_mailbox(struct cmdlet_run *r, const char *name);
/* Add and Remove of a hashtable, or a whole new list, applied to list; false and failed when it is neither. */
bool cmdlet_list(struct cmdlet_run *r, const char *name, json_t *list);
bool cmdlet_flag(const struct cmdlet_run *r, const char *name, bool otherwise);
/* The strings of an array, or a single one, as a new array. */
json_t *cmdlet_strings(const struct cmdlet_run *r, const char *name);
/* "Property -eq 'value'" of parameter Filter; false and failed when it is something else. */
bool cmdlet_filter(struct cmdlet_run *r, char *property, char *value, size_t size);
/* "99 GB (106,300,440,576 bytes)" */
void size_text(int64_t bytes, char *out, size_t size);

/* ---- discover.c ---- */
handler_fn autodiscover_json, autodiscover_pox, activesync_options, feed_get;

#endif
