/* SPDX-License-Identifier: MIT
 *
 * add.c - a list of mailboxes into the project, in one transaction, as often as one likes.
 */
#include "core/store/mailboxes.h"

#include <string.h>

#include "core/base/hash.h"
#include "core/base/text.h"
#include "core/store/endpoints.h"

struct add_args {
	const struct mailbox_spec *specs;
	size_t n;
	struct add_result *out;
	struct target_settings project;
	/* The batch of the row before: lists name few batches, one after the other. */
	char batch_name[BATCH_NAME_MAX];
	int64_t batch;
};

static void add_field(struct hasher *h, const char *text, bool lower) {
	char copy[LOGIN_MAX];
	text_copy(copy, sizeof copy, text);
	if (lower)
		text_lower(copy);
	hash_add(h, copy, strlen(copy) + 1);
}

static uint16_t port_of(const struct endpoint *ep) {
	return ep->port ? ep->port : endpoint_default_port(ep->proto, ep->security);
}

/* What a row is known by: see mailboxes_add in mailboxes.h. */
static void identity_hash(const struct mailbox_spec *m, struct hash *out) {
	struct hasher h;
	uint16_t port = port_of(&m->source);
	unsigned char number[3] = { (unsigned char)m->source.proto, (unsigned char)(port >> 8), (unsigned char)port };
	hash_begin(&h);
	hash_add(&h, number, sizeof number);
	add_field(&h, m->source.host, true);
	add_field(&h, m->source.login, false);
	add_field(&h, m->source_identity, true);
	add_field(&h, m->target_identity, true);
	hash_end(&h, out);
}

static bool batch_id(struct db *db, struct add_args *a, const char *name, int64_t *id, struct err *e) {
	*id = 0;
	if (!name[0])
		return true;
	if (strcmp(name, a->batch_name) != 0) {
		if (!db_run(db, e, "INSERT INTO batch(name) VALUES(?) ON CONFLICT DO NOTHING", TEXT(name)) ||
		    !db_int(db, db_query(db, e, "SELECT id FROM batch WHERE name = ?", TEXT(name)), 0, &a->batch, e))
			return false;
		text_copy(a->batch_name, sizeof a->batch_name, name);
	}
	*id = a->batch;
	return true;
}

static bool merge_text(char *dst, size_t size, const char *src) {
	if (!src[0] || strcmp(dst, src) == 0)
		return false;
	text_copy(dst, size, src);
	return true;
}

/* Takes over what is given; true when that changes anything. An endpoint without a host says nothing of
 * protocol, port and security. */
static bool merge(struct endpoint *dst, const struct endpoint *src) {
	bool changed = false;
	if (src->host[0]) {
		changed = dst->proto != src->proto || dst->security != src->security ||
			  dst->insecure != src->insecure || dst->port != port_of(src) || dst->tenant != src->tenant;
		dst->proto = src->proto;
		dst->security = src->security;
		dst->insecure = src->insecure;
		dst->port = port_of(src);
		dst->tenant = src->tenant;
	}
	changed = (!text_ieq(dst->host, src->host) && merge_text(dst->host, sizeof dst->host, src->host)) || changed;
	changed = merge_text(dst->login, sizeof dst->login, src->login) || changed;
	changed = merge_text(dst->authzid, sizeof dst->authzid, src->authzid) || changed;
	changed = merge_text(dst->pin, sizeof dst->pin, src->pin) || changed;
	changed = merge_text(dst->ca_file, sizeof dst->ca_file, src->ca_file) || changed;
	return merge_text(dst->proxy, sizeof dst->proxy, src->proxy) || changed;
}

/* fresh: the row is new, there is nothing to load. */
static bool merge_side(struct store *s, struct db *db, int64_t id, enum side side, const struct endpoint *given,
		       bool fresh, bool *changed, struct err *e) {
	struct endpoint ep;
	bool found;
	if (fresh)
		endpoint_init(&ep);
	else if (!endpoint_load(db, id, side, &ep, &found, e))
		return false;
	if (merge(&ep, given)) {
		*changed = true;
		if (!endpoint_save(db, id, side, &ep, e))
			return false;
	}
	return secrets_save(s, db, id, side, given, changed, e);
}

/* Mostly a list that is added again after the server got another address or port. */
static bool look_for_twin(struct db *db, struct add_result *out, const struct mailbox_spec *m, struct err *e) {
	sqlite3_stmt *st = db_query(db, e,
				    "SELECT id, source_key FROM mailbox WHERE source = ? AND target = ? ORDER BY id "
				    "LIMIT 1",
				    TEXT(m->source_identity), TEXT(m->target_identity));
	int more = st ? db_next(db, st, e) : -1;
	if (more <= 0)
		return more == 0;
	if (out->twins++ == 0) {
		out->twin_id = db_i64(st, 0);
		text_copy(out->twin, sizeof out->twin, m->source_identity);
		db_text(out->twin_key, sizeof out->twin_key, st, 1);
	}
	db_done(st);
	return true;
}

/* Mostly a list whose target was wrong and has been corrected: the first row goes on to send somebody's mail there. */
static bool look_for_split(struct db *db, struct add_result *out, const struct mailbox_spec *m, const char *source_key,
			   struct err *e) {
	sqlite3_stmt *st =
		db_query(db, e,
			 "SELECT id, target FROM mailbox WHERE source = ? AND source_key = ? AND target <> ? "
			 "ORDER BY id LIMIT 1",
			 TEXT(m->source_identity), TEXT(source_key), TEXT(m->target_identity));
	int more = st ? db_next(db, st, e) : -1;
	if (more <= 0)
		return more == 0;
	if (out->splits++ == 0) {
		out->split_id = db_i64(st, 0);
		text_copy(out->split, sizeof out->split, m->source_identity);
		db_text(out->split_target, sizeof out->split_target, st, 1);
	}
	db_done(st);
	return true;
}

static bool insert(struct store *s, struct db *db, struct add_args *a, const struct mailbox_spec *m,
		   const struct hash *known_by, int64_t batch, struct err *e) {
	struct target_plan plan;
	struct err unknown;
	char key[KEY_MAX] = "", source_key[KEY_MAX];
	bool ignored = false;
	bool own_secret = secret_present(&m->target.password) || secret_present(&m->target.bearer);
	if (target_plan(&a->project, &m->target, own_secret, m->target_identity, &plan, &unknown))
		target_account_key(key, &plan.ep);
	source_account_key(source_key, &m->source);
	if (!look_for_twin(db, a->out, m, e) || !look_for_split(db, a->out, m, source_key, e))
		return false;
	if (!db_run(db, e,
		    "INSERT INTO mailbox(source, target, batch, identity, source_root, target_key, source_key) "
		    "VALUES(?, ?, ?, ?, ?, ?, ?)",
		    TEXT(m->source_identity), TEXT(m->target_identity), INT(batch), BLOB(known_by->bytes, HASH_LEN),
		    TEXT(m->source_root), TEXT(key[0] ? key : NULL), TEXT(source_key)))
		return false;
	int64_t id = sqlite3_last_insert_rowid(db->h);
	a->out->added++;
	return merge_side(s, db, id, SIDE_SOURCE, &m->source, true, &ignored, e) &&
	       merge_side(s, db, id, SIDE_TARGET, &m->target, true, &ignored, e);
}

/* What failed for bad credentials may be tried with the new ones. It stays Failed, so that whoever asks for what has
 * failed finds it. */
static bool touched(struct db *db, const struct add_args *a, int64_t id, struct err *e) {
	bool moved;
	if (!target_key_update(db, &a->project, id, &moved, e))
		return false;
	a->out->moved += moved;
	return source_key_update(db, id, e) &&
	       db_run(db, e,
		      "UPDATE mailbox SET error = 'The login was refused; its row was corrected since: migrate again' "
		      "WHERE id = ? AND state = ? AND error_cat = ?",
		      INT(id), INT(MBOX_FAILED), TEXT(err_cat_name(ERR_AUTH_BAD)));
}

static bool update(struct store *s, struct db *db, struct add_args *a, const struct mailbox_spec *m, int64_t id,
		   int64_t batch, struct err *e) {
	bool changed = false;
	if (!merge_side(s, db, id, SIDE_SOURCE, &m->source, false, &changed, e) ||
	    !merge_side(s, db, id, SIDE_TARGET, &m->target, false, &changed, e))
		return false;
	if (!db_run(db, e, "UPDATE mailbox SET batch = ?1 WHERE id = ?2 AND batch <> ?1 AND ?1 <> 0", INT(batch),
		    INT(id)))
		return false;
	changed = changed || db_changes(db) > 0;
	if (!db_run(db, e, "UPDATE mailbox SET source_root = ?1 WHERE id = ?2 AND source_root <> ?1 AND ?1 <> ''",
		    TEXT(m->source_root), INT(id)))
		return false;
	changed = changed || db_changes(db) > 0;
	if (changed)
		a->out->updated++;
	else
		a->out->unchanged++;
	return !changed || touched(db, a, id, e);
}

static bool add_one(struct store *s, struct db *db, struct add_args *a, const struct mailbox_spec *m, struct err *e) {
	struct hash known_by;
	int64_t id, batch;
	if (!m->source.host[0])
		return err_set(e, ERR_INPUT, "The source server of %s is missing", m->source_identity);
	identity_hash(m, &known_by);
	if (!batch_id(db, a, m->batch, &batch, e) ||
	    !db_int(db, db_query(db, e, "SELECT id FROM mailbox WHERE identity = ?", BLOB(known_by.bytes, HASH_LEN)), 0,
		    &id, e))
		return false;
	return id ? update(s, db, a, m, id, batch, e) : insert(s, db, a, m, &known_by, batch, e);
}

static bool add_op(struct store *s, struct db *db, void *arg, struct err *e) {
	struct add_args *a = arg;
	*a->out = (struct add_result){ 0 };
	if (!project_target_load(db, &a->project, e))
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!add_one(s, db, a, &a->specs[i], e))
			return false;
	return true;
}

bool mailboxes_add(struct store *s, const struct mailbox_spec *specs, size_t n, struct add_result *out, struct err *e) {
	struct add_args a = { .specs = specs, .n = n, .out = out };
	*out = (struct add_result){ 0 };
	if (write_wait(s->writer, WRITE_FULL, add_op, &a, e))
		return true;
	*out = (struct add_result){ 0 };
	return false;
}
