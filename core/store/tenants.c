/* SPDX-License-Identifier: MIT
 *
 * tenants.c - tenants in the store; see tenants.h. Their tokens: tenant_tokens.c.
 */
#include "core/store/tenants.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/store/sealed.h"
#include "core/store/settings.h"
#include "core/store/tasks.h"
#include "core/store/tenants_int.h"

#define TENANTS_MAX 1000

/* ---- what an operator may give ---- */

/* It stands in the path of URLs: a domain or a GUID. */
static bool name_settle(struct tenant *t, struct err *e) {
	text_lower(t->name);
	size_t n = strlen(t->name);
	if (!n || strspn(t->name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != n || t->name[0] == '.')
		return err_set(e, ERR_INPUT, "\"%.100s\" is not the domain of a tenant; write contoso.com", t->name);
	return true;
}

static bool starts(const char *s, const char *with) {
	return strncmp(s, with, strlen(with)) == 0;
}

static bool url_settle(char *url, const char *fallback, const char *what, struct err *e) {
	if (!*url)
		return text_copy(url, TENANT_URL_MAX, fallback);
	size_t n = strlen(url);
	while (n && url[n - 1] == '/')
		url[--n] = '\0';
	bool good = starts(url, "https://") || starts(url, "http://127.0.0.1") || starts(url, "http://localhost");
	for (const char *p = url; *p; p++)
		good = good && isgraph((unsigned char)*p) && !strchr("\"<>\\^`{|}?#@", *p);
	return good || err_set(e, ERR_INPUT, "The %s address \"%.200s\" is none; write https://host", what, url);
}

static bool imap_settle(struct tenant *t, struct err *e) {
	uint64_t port;
	if (!t->imap[0])
		return text_copy(t->imap, sizeof t->imap, TENANT_IMAP);
	const char *colon = strrchr(t->imap, ':');
	if (!colon || colon == t->imap || !text_u64(colon + 1, 1, 65535, &port))
		return err_set(e, ERR_INPUT, "\"%.200s\" is not an IMAP server; write host:993", t->imap);
	return true;
}

static bool settle(struct tenant *t, struct err *e) {
	if (t->sign_in < SIGN_IN_SECRET || t->sign_in > SIGN_IN_DEVICE_CODE)
		return err_set(e, ERR_INPUT, "Say how to sign in: with a secret, a certificate or a device code");
	if (!t->client_id[0] || strspn(t->client_id, "abcdefABCDEF0123456789-") != strlen(t->client_id))
		return err_set(e, ERR_INPUT,
			       "The client id is the GUID that the app registration shows as \"Application (client) "
			       "ID\"");
	return name_settle(t, e) && url_settle(t->authority, TENANT_AUTHORITY, "authority", e) &&
	       url_settle(t->graph, TENANT_GRAPH, "Graph", e) &&
	       url_settle(t->exchange, TENANT_EXCHANGE, "Exchange", e) && imap_settle(t, e);
}

/* ---- rows ---- */

#define COLUMNS                                                                                                        \
	"id, name, guid, sign_in, client_id, thumbprint, authority, graph, exchange, ca_file, proxy, imap, company, "  \
	"who, added"

static void read_tenant(sqlite3_stmt *st, struct tenant *t) {
	*t = (struct tenant){ .id = db_i64(st, 0), .sign_in = (enum tenant_sign_in)db_i64(st, 3) };
	db_text(t->name, sizeof t->name, st, 1);
	db_text(t->guid, sizeof t->guid, st, 2);
	db_text(t->client_id, sizeof t->client_id, st, 4);
	db_text(t->thumbprint, sizeof t->thumbprint, st, 5);
	db_text(t->authority, sizeof t->authority, st, 6);
	db_text(t->graph, sizeof t->graph, st, 7);
	db_text(t->exchange, sizeof t->exchange, st, 8);
	db_text(t->ca_file, sizeof t->ca_file, st, 9);
	db_text(t->proxy, sizeof t->proxy, st, 10);
	db_text(t->imap, sizeof t->imap, st, 11);
	db_text(t->company, sizeof t->company, st, 12);
	db_text(t->who, sizeof t->who, st, 13);
	t->added = db_i64(st, 14);
}

static bool get(struct db *db, int64_t id, struct tenant *out, bool *found, struct err *e) {
	sqlite3_stmt *st = db_query(db, e, "SELECT " COLUMNS " FROM tenant WHERE id = ?", INT(id));
	int more = st ? db_next(db, st, e) : -1;
	*found = more > 0;
	if (!*found)
		return more == 0;
	read_tenant(st, out);
	db_done(st);
	return true;
}

bool tenant_must_get(struct db *db, int64_t id, struct tenant *out, struct err *e) {
	bool found;
	return get(db, id, out, &found, e) && (found || err_set(e, ERR_INPUT, "That tenant is not connected any more"));
}

struct save_args {
	struct tenant *t;
	const struct secret *secret, *certificate;
};

static bool insert(struct db *db, struct tenant *t, struct err *e) {
	int64_t n;
	t->added = wall_ms();
	if (!db_int(db, db_query(db, e, "SELECT count(*) FROM tenant"), 0, &n, e))
		return false;
	if (n >= TENANTS_MAX)
		return err_set(e, ERR_INPUT, "A project is connected to %d tenants at most", TENANTS_MAX);
	if (!db_run(db, e,
		    "INSERT INTO tenant(name, guid, sign_in, client_id, thumbprint, authority, graph, exchange, "
		    "ca_file, proxy, imap, company, who, added) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		    TEXT(t->name), TEXT(t->guid), INT(t->sign_in), TEXT(t->client_id), TEXT(t->thumbprint),
		    TEXT(t->authority), TEXT(t->graph), TEXT(t->exchange), TEXT(t->ca_file), TEXT(t->proxy),
		    TEXT(t->imap), TEXT(t->company), TEXT(t->who), INT(t->added)))
		return false;
	t->id = sqlite3_last_insert_rowid(db->h);
	return true;
}

/* Tokens of another sign-in, or for another service, are not kept, nor secrets of another way to do it. */
static bool update(struct db *db, const struct save_args *a, struct err *e) {
	const struct tenant *t = a->t;
	struct tenant old;
	if (!tenant_must_get(db, t->id, &old, e))
		return false;
	bool other = a->secret || a->certificate || old.sign_in != t->sign_in ||
		     strcmp(old.client_id, t->client_id) != 0 || strcmp(old.authority, t->authority) != 0 ||
		     strcmp(old.name, t->name) != 0 || strcmp(old.graph, t->graph) != 0 ||
		     strcmp(old.exchange, t->exchange) != 0;
	bool way = old.sign_in != t->sign_in;
	return (!other || tenant_tokens_drop(db, t->id, e)) && (!way || tenant_secrets_drop(db, t->id, e)) &&
	       db_run(db, e,
		      "UPDATE tenant SET name = ?, guid = ?, sign_in = ?, client_id = ?, thumbprint = ?, authority = "
		      "?, graph = ?, exchange = ?, ca_file = ?, proxy = ?, imap = ?, company = ?, who = ? WHERE id = ?",
		      TEXT(t->name), TEXT(t->guid), INT(t->sign_in), TEXT(t->client_id), TEXT(t->thumbprint),
		      TEXT(t->authority), TEXT(t->graph), TEXT(t->exchange), TEXT(t->ca_file), TEXT(t->proxy),
		      TEXT(t->imap), TEXT(t->company), TEXT(t->who), INT(t->id));
}

static bool save_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct save_args *a = arg;
	int64_t other;
	if (!db_int(db,
		    db_query(db, e, "SELECT id FROM tenant WHERE name = ? AND id <> ?", TEXT(a->t->name),
			     INT(a->t->id)),
		    0, &other, e))
		return false;
	if (other)
		return err_set(e, ERR_INPUT, "%s is connected already; see 'mailvan tenant show %s'", a->t->name,
			       a->t->name);
	return (a->t->id ? update(db, a, e) : insert(db, a->t, e)) &&
	       (!a->secret || sealed_put(s, db, VAULT_TENANT_SECRET, a->t->id, a->secret, e)) &&
	       (!a->certificate || sealed_put(s, db, VAULT_TENANT_CERTIFICATE, a->t->id, a->certificate, e));
}

bool tenant_save(struct store *s, struct tenant *t, const struct secret *secret, const struct secret *certificate,
		 struct err *e) {
	struct tenant copy = *t;
	struct save_args a = { &copy, secret && secret_present(secret) ? secret : NULL,
			       certificate && secret_present(certificate) ? certificate : NULL };
	if (!settle(&copy, e) || !write_wait(s->writer, WRITE_FULL, save_op, &a, e))
		return false;
	*t = copy;
	return true;
}

bool tenant_get(struct store *s, int64_t id, struct tenant *out, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && tenant_must_get(db, id, out, e);
	store_read_end(s, db);
	return ok;
}

bool tenants_each(struct store *s, tenant_fn *fn, void *arg, struct err *e) {
	struct tenant t;
	struct db *db = store_read(s, e);
	sqlite3_stmt *st = db ? db_query(db, e, "SELECT " COLUMNS " FROM tenant ORDER BY name") : NULL;
	int more = -1;
	while (st && (more = db_next(db, st, e)) > 0) {
		read_tenant(st, &t);
		if (!fn(arg, &t)) {
			db_done(st);
			more = 0;
			break;
		}
	}
	store_read_end(s, db);
	return more == 0;
}

struct finding {
	const char *name;
	struct tenant *out;
	unsigned all, found;
};

static bool look(void *arg, const struct tenant *t) {
	struct finding *f = arg;
	f->all++;
	if (*f->name && !text_ieq(f->name, t->name))
		return true;
	*f->out = *t;
	f->found++;
	return true;
}

bool tenant_find(struct store *s, const char *name, struct tenant *out, struct err *e) {
	char usual[TENANT_NAME_MAX] = "";
	struct finding f = { .name = name ? name : "", .out = out };
	if (!tenants_each(s, look, &f, e))
		return false;
	if (!*f.name && f.found > 1) {
		if (!setting_get(s, "tenant", usual, sizeof usual, "", e))
			return false;
		f = (struct finding){ .name = usual, .out = out };
		if (!*usual)
			return err_set(e, ERR_INPUT, "Several tenants are connected, say which with --tenant");
		if (!tenants_each(s, look, &f, e))
			return false;
	}
	if (!f.all)
		return err_set(e, ERR_INPUT, "No tenant is connected; connect one with 'mailvan tenant add'");
	return f.found || err_set(e, ERR_INPUT, "No tenant is called \"%.100s\"; see 'mailvan tenant list'", f.name);
}

struct seen_args {
	int64_t id;
	const char *guid, *company, *who;
};

static bool seen_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct seen_args *a = arg;
	(void)s;
	return db_run(db, e,
		      "UPDATE tenant SET guid = coalesce(nullif(?, ''), guid), company = coalesce(nullif(?, ''), "
		      "company), who = coalesce(nullif(?, ''), who) WHERE id = ?",
		      TEXT(a->guid), TEXT(a->company), TEXT(a->who), INT(a->id));
}

bool tenant_seen(struct store *s, int64_t id, const char *guid, const char *company, const char *who, struct err *e) {
	struct seen_args a = { id, guid, company, who };
	return write_wait(s->writer, WRITE_NORMAL, seen_op, &a, e);
}

/* ---- removing ---- */

/* Every list of a tenant has a column of that name, whoever adds the next one. The audit list stays, and a mailbox is
 * not removed with the tenant it signs in by. */
static bool lists_drop(struct db *db, int64_t id, struct err *e) {
	char tables[64][64];
	unsigned n = 0;
	int more = -1;
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = "
				    "'tenant' WHERE m.type = 'table' AND m.name NOT IN ('tenant_audit', 'endpoint')");
	while (st && (more = db_next(db, st, e)) > 0) {
		if (n == sizeof tables / sizeof *tables) {
			db_done(st);
			return err_set(e, ERR_MEMORY, "More than %u lists of a tenant", n);
		}
		db_text(tables[n++], sizeof *tables, st, 0);
	}
	bool ok = more == 0;
	for (unsigned i = 0; ok && i < n; i++) {
		char *sql = sqlite3_mprintf("DELETE FROM \"%w\" WHERE tenant = ?", tables[i]);
		ok = sql ? db_finish(db, db_query_bound(db, e, sql, false, &INT(id), 1), e) : err_nomem(e);
		sqlite3_free(sql);
	}
	return ok;
}

static bool remove_op(struct store *s, struct db *db, void *arg, struct err *e) {
	int64_t id = *(const int64_t *)arg, busy, mailboxes;
	struct tenant t;
	(void)s;
	if (!tenant_must_get(db, id, &t, e) ||
	    !db_int(db,
		    db_query(db, e, "SELECT id FROM task WHERE tenant = ? AND state = ?", INT(id), INT(TASK_RUNNING)),
		    0, &busy, e) ||
	    !db_int(db, db_query(db, e, "SELECT count(*) FROM endpoint WHERE tenant = ?", INT(id)), 0, &mailboxes, e))
		return false;
	if (busy)
		return err_set(e, ERR_INPUT, "A task of %s is running; end it first: mailvan task stop %lld", t.name,
			       (long long)busy);
	if (mailboxes)
		return err_set(e, ERR_INPUT, "%lld mailboxes sign in by %s; remove or change them first",
			       (long long)mailboxes, t.name);
	return db_run(db, e,
		      "DELETE FROM secret WHERE purpose = ? AND row IN (SELECT i.id FROM task_item i JOIN task k ON "
		      "k.id = i.task WHERE k.tenant = ?)",
		      INT(VAULT_TASK_SECRET), INT(id)) &&
	       db_run(db, e,
		      "DELETE FROM secret WHERE purpose = ? AND row IN (SELECT id FROM enrolment_row WHERE tenant = ?)",
		      INT(VAULT_ENROLMENT_SECRET), INT(id)) &&
	       db_run(db, e,
		      "DELETE FROM secret WHERE purpose = ? AND row IN (SELECT id FROM enrolment WHERE tenant = ?)",
		      INT(VAULT_ENROLMENT_KEY), INT(id)) &&
	       db_run(db, e, "DELETE FROM task_item WHERE task IN (SELECT id FROM task WHERE tenant = ?)", INT(id)) &&
	       tenant_tokens_drop(db, id, e) && tenant_secrets_drop(db, id, e) && lists_drop(db, id, e) &&
	       db_run(db, e, "DELETE FROM setting WHERE name = 'tenant' AND value = ?", TEXT(t.name)) &&
	       db_run(db, e, "DELETE FROM tenant WHERE id = ?", INT(id));
}

bool tenant_remove(struct store *s, int64_t id, struct err *e) {
	return write_wait(s->writer, WRITE_FULL, remove_op, &id, e);
}
