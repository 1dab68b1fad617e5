/* SPDX-License-Identifier: MIT
 *
 * tenant_tokens.c - what a tenant is signed in with, and its tokens; see tenants.h. All of it is sealed.
 */
#include "core/store/sealed.h"
#include "core/store/tenants_int.h"

bool tenant_tokens_drop(struct db *db, int64_t id, struct err *e) {
	return db_run(db, e, "DELETE FROM token WHERE tenant = ?", INT(id)) &&
	       sealed_drop(db, VAULT_TENANT_REFRESH, id, e) && sealed_drop(db, VAULT_TOKEN_GRAPH, id, e) &&
	       sealed_drop(db, VAULT_TOKEN_EXCHANGE, id, e);
}

bool tenant_secrets_drop(struct db *db, int64_t id, struct err *e) {
	return sealed_drop(db, VAULT_TENANT_SECRET, id, e) && sealed_drop(db, VAULT_TENANT_CERTIFICATE, id, e);
}

bool tenant_secrets(struct store *s, int64_t id, struct secret *secret, struct secret *certificate, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && sealed_get(s, db, VAULT_TENANT_SECRET, id, secret, e) &&
		  sealed_get(s, db, VAULT_TENANT_CERTIFICATE, id, certificate, e);
	store_read_end(s, db);
	return ok;
}

static enum vault_purpose purpose_of(enum token_resource r) {
	return r == TOKEN_GRAPH ? VAULT_TOKEN_GRAPH : VAULT_TOKEN_EXCHANGE;
}

void token_row_clear(struct token_row *t) {
	secret_clear(&t->access);
	*t = (struct token_row){ 0 };
}

bool token_get(struct store *s, int64_t tenant, enum token_resource r, bool with_secret, struct token_row *out,
	       bool *found, struct err *e) {
	struct db *db = store_read(s, e);
	sqlite3_stmt *st =
		db ? db_query(db, e,
			      "SELECT obtained, expires, who, roles FROM token WHERE tenant = ? AND resource "
			      "= ?",
			      INT(tenant), INT(r))
		   : NULL;
	int more = st ? db_next(db, st, e) : -1;
	*found = more > 0;
	*out = (struct token_row){ 0 };
	bool ok = more >= 0;
	if (*found) {
		out->obtained = db_i64(st, 0);
		out->expires = db_i64(st, 1);
		db_text(out->who, sizeof out->who, st, 2);
		db_text(out->roles, sizeof out->roles, st, 3);
		db_done(st);
		ok = !with_secret || sealed_get(s, db, purpose_of(r), tenant, &out->access, e);
	}
	store_read_end(s, db);
	return ok;
}

struct token_args {
	int64_t tenant;
	enum token_resource resource;
	const struct token_row *token;
};

static bool token_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct token_args *a = arg;
	const struct token_row *t = a->token;
	struct tenant there;
	/* A tenant that was removed meanwhile leaves nothing behind. */
	return tenant_must_get(db, a->tenant, &there, e) &&
	       db_run(db, e,
		      "INSERT OR REPLACE INTO token(tenant, resource, obtained, expires, who, roles) VALUES(?, ?, ?, "
		      "?, ?, ?)",
		      INT(a->tenant), INT(a->resource), INT(t->obtained), INT(t->expires), TEXT(t->who),
		      TEXT(t->roles)) &&
	       sealed_put(s, db, purpose_of(a->resource), a->tenant, &t->access, e);
}

bool token_put(struct store *s, int64_t tenant, enum token_resource r, const struct token_row *t, struct err *e) {
	struct token_args a = { tenant, r, t };
	return write_wait(s->writer, WRITE_NORMAL, token_op, &a, e);
}

bool refresh_token_get(struct store *s, int64_t tenant, struct secret *out, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && sealed_get(s, db, VAULT_TENANT_REFRESH, tenant, out, e);
	store_read_end(s, db);
	return ok;
}

struct refresh_args {
	int64_t tenant;
	const struct secret *refresh;
};

static bool refresh_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct refresh_args *a = arg;
	struct tenant there;
	return tenant_must_get(db, a->tenant, &there, e) &&
	       sealed_put(s, db, VAULT_TENANT_REFRESH, a->tenant, a->refresh, e);
}

bool refresh_token_put(struct store *s, int64_t tenant, const struct secret *refresh, struct err *e) {
	struct refresh_args a = { tenant, refresh };
	return write_wait(s->writer, WRITE_FULL, refresh_op, &a, e);
}
