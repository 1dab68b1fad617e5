/* SPDX-License-Identifier: MIT
 *
 * endpoints.c - load, save and seal; the target that a row runs against.
 */
#include "core/store/endpoints.h"

#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/store/ledger_int.h"
#include "core/store/sealed.h"

bool endpoint_load(struct db *db, int64_t mailbox, enum side side, struct endpoint *ep, bool *found, struct err *e) {
	endpoint_init(ep);
	*found = false;
	sqlite3_stmt *st =
		db_query(db, e,
			 "SELECT proto, security, insecure, port, host, login, authzid, pin, ca_file, proxy, "
			 "tenant FROM endpoint WHERE mailbox = ? AND side = ?",
			 INT(mailbox), INT(side));
	int more = st ? db_next(db, st, e) : -1;
	if (more <= 0)
		return more == 0;
	ep->proto = (enum proto)db_i64(st, 0);
	ep->security = (enum security)db_i64(st, 1);
	ep->insecure = db_i64(st, 2) != 0;
	ep->port = (uint16_t)db_i64(st, 3);
	db_text(ep->host, sizeof ep->host, st, 4);
	db_text(ep->login, sizeof ep->login, st, 5);
	db_text(ep->authzid, sizeof ep->authzid, st, 6);
	db_text(ep->pin, sizeof ep->pin, st, 7);
	db_text(ep->ca_file, sizeof ep->ca_file, st, 8);
	db_text(ep->proxy, sizeof ep->proxy, st, 9);
	ep->tenant = db_i64(st, 10);
	text_copy(ep->user, sizeof ep->user, ep->authzid[0] ? ep->authzid : ep->login);
	db_done(st);
	*found = true;
	return true;
}

bool endpoint_save(struct db *db, int64_t mailbox, enum side side, const struct endpoint *ep, struct err *e) {
	return db_run(
		db, e,
		"INSERT OR REPLACE INTO endpoint(mailbox, side, proto, security, insecure, port, host, login, authzid, "
		"pin, ca_file, proxy, tenant) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		INT(mailbox), INT(side), INT(ep->proto), INT(ep->security), INT(ep->insecure), INT(ep->port),
		TEXT(ep->host), TEXT(ep->login), TEXT(ep->authzid), TEXT(ep->pin), TEXT(ep->ca_file), TEXT(ep->proxy),
		INT(ep->tenant));
}

static enum vault_purpose password_of(enum side side) {
	return side == SIDE_SOURCE ? VAULT_SOURCE_PASSWORD : VAULT_TARGET_PASSWORD;
}

static enum vault_purpose bearer_of(enum side side) {
	return side == SIDE_SOURCE ? VAULT_SOURCE_BEARER : VAULT_TARGET_BEARER;
}

bool secrets_load(struct store *s, struct db *db, int64_t mailbox, enum side side, struct endpoint *ep, struct err *e) {
	return sealed_get(s, db, password_of(side), mailbox, &ep->password, e) &&
	       sealed_get(s, db, bearer_of(side), mailbox, &ep->bearer, e);
}

static bool save_one(struct store *s, struct db *db, enum vault_purpose purpose, int64_t row,
		     const struct secret *plain, bool *changed, struct err *e) {
	bool same;
	if (!secret_present(plain))
		return true;
	if (!sealed_same(s, db, purpose, row, plain, &same, e))
		return false;
	*changed |= !same;
	return same || sealed_put(s, db, purpose, row, plain, e);
}

bool secrets_save(struct store *s, struct db *db, int64_t mailbox, enum side side, const struct endpoint *ep,
		  bool *changed, struct err *e) {
	return save_one(s, db, password_of(side), mailbox, &ep->password, changed, e) &&
	       save_one(s, db, bearer_of(side), mailbox, &ep->bearer, changed, e);
}

bool secrets_there(struct db *db, int64_t mailbox, enum side side, bool *there, struct err *e) {
	int64_t n;
	if (!db_int(db,
		    db_query(db, e, "SELECT count(*) FROM secret WHERE row = ? AND purpose IN (?, ?)", INT(mailbox),
			     INT(password_of(side)), INT(bearer_of(side))),
		    0, &n, e))
		return false;
	*there = n > 0;
	return true;
}

bool secrets_drop(struct db *db, int64_t mailbox, enum side side, struct err *e) {
	return db_run(db, e, "DELETE FROM secret WHERE row = ? AND purpose IN (?, ?)", INT(mailbox),
		      INT(password_of(side)), INT(bearer_of(side)));
}

static bool plan_server(const struct target_settings *project, struct endpoint *ep, const struct endpoint *own,
			struct err *e) {
	const struct endpoint *from = own->host[0] ? own : &project->server;
	if (!from->host[0])
		return err_set(e, ERR_INPUT,
			       "The target server is not known; set one with: mailvan target set, or give "
			       "TargetServer in the list");
	*ep = *from;
	ep->password = ep->bearer = (struct secret){ 0 };
	ep->login[0] = ep->authzid[0] = ep->user[0] = '\0';
	if (!ep->port)
		ep->port = endpoint_default_port(ep->proto, ep->security);
	/* A project on one private CA names it once. */
	if (!ep->ca_file[0])
		text_copy(ep->ca_file, sizeof ep->ca_file, project->server.ca_file);
	if (!ep->proxy[0])
		text_copy(ep->proxy, sizeof ep->proxy, project->server.proxy);
	return true;
}

bool target_plan(const struct target_settings *project, const struct endpoint *own, bool own_secret,
		 const char *identity, struct target_plan *out, struct err *e) {
	struct endpoint *ep = &out->ep;
	if (!plan_server(project, ep, own, e))
		return false;
	if (!identity[0] && !own->login[0])
		return err_set(e, ERR_INPUT, "The target mailbox is not known; give TargetIdentity in the list");
	/* A row's own password counts more than the project's tenant, and a tenant's token opens every mailbox by its
	 * name. */
	if (own_secret && !own->tenant)
		ep->tenant = 0;
	out->login =
		own->login[0] || own_secret || ep->tenant || project->admin == ADMIN_NONE ? TARGET_OWN : TARGET_ADMIN;
	const char *user = out->login == TARGET_OWN && own->login[0] ? own->login : identity;
	if (!text_copy(ep->user, sizeof ep->user, user))
		return err_set(e, ERR_INPUT, "The target identity is too long");
	if (out->login == TARGET_OWN) {
		text_copy(ep->login, sizeof ep->login, user);
		text_copy(ep->authzid, sizeof ep->authzid, own->authzid);
		return true;
	}
	ep->admin = true;
	if (project->admin == ADMIN_TEMPLATE)
		return login_template_fill(ep->login, sizeof ep->login, project->login_template, project->server.login,
					   identity, e);
	text_copy(ep->login, sizeof ep->login, project->server.login);
	text_copy(ep->authzid, sizeof ep->authzid, identity);
	return true;
}

void target_account_key(char dst[1400], const struct endpoint *target) {
	unsigned port = target->port ? target->port : endpoint_default_port(target->proto, target->security);
	const char *user = target->authzid[0] ? target->authzid : target->user[0] ? target->user : target->login;
	snprintf(dst, KEY_MAX, "%s:%u/%s", target->host, port, user);
	text_lower(dst);
}

bool target_key_update(struct db *db, const struct target_settings *project, int64_t mailbox, bool *moved,
		       struct err *e) {
	struct endpoint own;
	struct target_plan plan;
	struct err unknown;
	char identity[IDENTITY_MAX] = "", before[KEY_MAX] = "", key[KEY_MAX] = "";
	bool found, secret;
	*moved = false;
	sqlite3_stmt *st = db_query(db, e, "SELECT target, target_key FROM mailbox WHERE id = ?", INT(mailbox));
	int more = st ? db_next(db, st, e) : -1;
	if (more <= 0)
		return more == 0;
	db_text(identity, sizeof identity, st, 0);
	db_text(before, sizeof before, st, 1);
	db_done(st);
	if (!endpoint_load(db, mailbox, SIDE_TARGET, &own, &found, e) ||
	    !secrets_there(db, mailbox, SIDE_TARGET, &secret, e))
		return false;
	if (target_plan(project, &own, secret, identity, &plan, &unknown))
		target_account_key(key, &plan.ep);
	if (strcmp(key, before) == 0)
		return true;
	return (!before[0] || ledger_retarget(db, mailbox, moved, e)) &&
	       db_run(db, e, "UPDATE mailbox SET target_key = ? WHERE id = ?", TEXT(key[0] ? key : NULL), INT(mailbox));
}

void source_account_key(char dst[KEY_MAX], const struct endpoint *source) {
	unsigned port = source->port ? source->port : endpoint_default_port(source->proto, source->security);
	snprintf(dst, KEY_MAX, "%s:%u/%s", source->host, port, source->authzid[0] ? source->authzid : source->login);
	text_lower(dst);
}

bool source_key_update(struct db *db, int64_t mailbox, struct err *e) {
	struct endpoint ep;
	char key[KEY_MAX];
	bool found;
	if (!endpoint_load(db, mailbox, SIDE_SOURCE, &ep, &found, e))
		return false;
	source_account_key(key, &ep);
	return db_run(db, e, "UPDATE mailbox SET source_key = ?1 WHERE id = ?2 AND source_key <> ?1", TEXT(key),
		      INT(mailbox));
}

static bool load_target(struct store *s, struct db *db, int64_t id, const char *identity, struct endpoint *target,
			struct err *e) {
	struct target_settings project;
	struct target_plan plan;
	struct endpoint own;
	bool found, secret;
	if (!project_target_load(db, &project, e) || !endpoint_load(db, id, SIDE_TARGET, &own, &found, e) ||
	    !secrets_there(db, id, SIDE_TARGET, &secret, e) || !target_plan(&project, &own, secret, identity, &plan, e))
		return false;
	*target = plan.ep;
	return secrets_load(s, db, plan.login == TARGET_OWN ? id : PROJECT_ROW, SIDE_TARGET, target, e);
}

bool mailbox_endpoints(struct store *s, int64_t id, struct endpoint *source, struct endpoint *target, struct err *e) {
	char identity[IDENTITY_MAX] = "";
	bool found = false;
	endpoint_init(source);
	endpoint_init(target);
	struct db *db = store_read(s, e);
	if (!db)
		return false;
	sqlite3_stmt *st = db_query(db, e, "SELECT target FROM mailbox WHERE id = ?", INT(id));
	int more = st ? db_next(db, st, e) : -1;
	if (more > 0) {
		db_text(identity, sizeof identity, st, 0);
		db_done(st);
	}
	bool ok = more >= 0 && endpoint_load(db, id, SIDE_SOURCE, source, &found, e);
	if (ok && !found)
		ok = err_set(e, ERR_INPUT, "There is no mailbox %lld (any more)", (long long)id);
	ok = ok && secrets_load(s, db, id, SIDE_SOURCE, source, e) && load_target(s, db, id, identity, target, e);
	store_read_end(s, db);
	if (!ok) {
		endpoint_clear(source);
		endpoint_clear(target);
	}
	return ok;
}
