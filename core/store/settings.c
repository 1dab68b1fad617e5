/* SPDX-License-Identifier: MIT
 *
 * settings.c - named settings, the project's target, login templates.
 */
#include "core/store/settings.h"

#include <string.h>

#include "core/base/text.h"
#include "core/store/endpoints.h"

#define NAME_MAX_LEN 64
#define VALUE_MAX 65536
/* Written by target_settings_set only. */
#define ADMIN_SETTING "target.admin"
#define TEMPLATE_SETTING "target.login_template"

static const char *const admin_names[] = {
	[ADMIN_NONE] = "none", [ADMIN_AUTHZID] = "authzid", [ADMIN_TEMPLATE] = "template"
};

static bool read_setting(struct db *db, const char *name, char *dst, size_t size, const char *fallback, struct err *e) {
	sqlite3_stmt *st = db_query(db, e, "SELECT value FROM setting WHERE name = ?", TEXT(name));
	int more = st ? db_next(db, st, e) : -1;
	if (more < 0)
		return false;
	const char *value = more ? (const char *)sqlite3_column_text(st, 0) : fallback;
	bool fits = text_copy(dst, size, value ? value : "");
	if (more)
		db_done(st);
	return fits || err_set(e, ERR_INPUT, "The setting %s is too long", name);
}

static bool write_setting(struct db *db, const char *name, const char *value, struct err *e) {
	return db_run(db, e, "INSERT OR REPLACE INTO setting(name, value) VALUES(?, ?)", TEXT(name), TEXT(value));
}

bool setting_get(struct store *s, const char *name, char *dst, size_t size, const char *fallback, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && read_setting(db, name, dst, size, fallback, e);
	store_read_end(s, db);
	return ok;
}

struct set_args {
	const char *name, *value;
};

static bool set_op(struct store *s, struct db *db, void *arg, struct err *e) {
	const struct set_args *a = arg;
	(void)s;
	return write_setting(db, a->name, a->value, e);
}

bool setting_set(struct store *s, const char *name, const char *value, struct err *e) {
	struct set_args a = { name, value };
	size_t n = strlen(name);
	if (!n || n > NAME_MAX_LEN || strncmp(name, "target.", 7) == 0)
		return err_set(e, ERR_INPUT, "\"%s\" is not the name of a setting", name);
	if (strlen(value) > VALUE_MAX)
		return err_set(e, ERR_INPUT, "The value of %s is too long", name);
	return write_wait(s->writer, WRITE_FULL, set_op, &a, e);
}

bool project_target_load(struct db *db, struct target_settings *out, struct err *e) {
	char style[16];
	bool found;
	*out = (struct target_settings){ .admin = ADMIN_NONE };
	if (!endpoint_load(db, PROJECT_ROW, SIDE_TARGET, &out->server, &found, e) ||
	    !read_setting(db, ADMIN_SETTING, style, sizeof style, "none", e) ||
	    !read_setting(db, TEMPLATE_SETTING, out->login_template, sizeof out->login_template, "", e))
		return false;
	for (unsigned i = 0; i < sizeof admin_names / sizeof admin_names[0]; i++)
		if (strcmp(style, admin_names[i]) == 0)
			out->admin = (enum admin_style)i;
	return true;
}

bool target_settings_get(struct store *s, struct target_settings *out, struct err *e) {
	struct db *db = store_read(s, e);
	bool ok = db && project_target_load(db, out, e);
	store_read_end(s, db);
	return ok;
}

/* Every row's lease key may have changed. */
static bool update_keys(struct db *db, const struct target_settings *project, uint64_t *moved, struct err *e) {
	int64_t id = 0;
	bool one;
	for (;;) {
		if (!db_int(db, db_query(db, e, "SELECT min(id) FROM mailbox WHERE id > ?", INT(id)), 0, &id, e))
			return false;
		if (id == 0)
			return true;
		if (!target_key_update(db, project, id, &one, e))
			return false;
		*moved += one;
	}
}

struct target_args {
	struct target_settings in;
	uint64_t moved;
};

static bool target_op(struct store *s, struct db *db, void *arg, struct err *e) {
	struct target_args *a = arg;
	struct target_settings in = a->in, project;
	bool changed;
	a->moved = 0;
	if (in.server.host[0] && !in.server.port)
		in.server.port = endpoint_default_port(in.server.proto, in.server.security);
	return endpoint_save(db, PROJECT_ROW, SIDE_TARGET, &in.server, e) &&
	       (in.admin != ADMIN_NONE || secrets_drop(db, PROJECT_ROW, SIDE_TARGET, e)) &&
	       (in.admin == ADMIN_NONE || secrets_save(s, db, PROJECT_ROW, SIDE_TARGET, &in.server, &changed, e)) &&
	       write_setting(db, ADMIN_SETTING, admin_names[in.admin], e) &&
	       write_setting(db, TEMPLATE_SETTING, in.login_template, e) && project_target_load(db, &project, e) &&
	       update_keys(db, &project, &a->moved, e);
}

bool target_settings_set(struct store *s, const struct target_settings *in, uint64_t *moved, struct err *e) {
	char tried[LOGIN_MAX];
	if ((unsigned)in->admin > ADMIN_TEMPLATE)
		return err_set(e, ERR_INPUT, "The admin style is not known");
	if (in->admin != ADMIN_NONE && in->server.tenant)
		return err_set(
			e, ERR_INPUT,
			"A tenant's token opens every mailbox at the target; choose the tenant or an admin login");
	if (in->admin != ADMIN_NONE && !in->server.login[0])
		return err_set(e, ERR_INPUT, "An admin login is needed to open every mailbox; give one");
	if (in->admin == ADMIN_TEMPLATE && !in->login_template[0])
		return err_set(e, ERR_INPUT, "A login template is needed, for example {user}*{admin}");
	if (in->admin == ADMIN_TEMPLATE &&
	    !login_template_fill(tried, sizeof tried, in->login_template, in->server.login, "anna@example.com", e))
		return false;
	struct target_args a = { .in = *in };
	bool ok = write_wait(s->writer, WRITE_FULL, target_op, &a, e);
	if (moved)
		*moved = ok ? a.moved : 0;
	return ok;
}

/* Append n bytes at *at; false when dst is too small. */
static bool put(char *dst, size_t size, size_t *at, const char *src, size_t n) {
	if (n >= size - *at)
		return false;
	memcpy(dst + *at, src, n);
	*at += n;
	dst[*at] = '\0';
	return true;
}

static bool put_field(char *dst, size_t size, size_t *at, const char *name, size_t n, const char *admin,
		      const char *identity, bool *known) {
	const char *sign = strrchr(identity, '@');
	size_t whole = strlen(identity), local = sign ? (size_t)(sign - identity) : whole;
	const struct {
		const char *name, *value;
		size_t len;
	} fields[] = { { "admin", admin, strlen(admin) },
		       { "user", identity, whole },
		       { "identity", identity, whole },
		       { "local", identity, local },
		       { "domain", sign ? sign + 1 : "", sign ? whole - local - 1 : 0 } };
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (strlen(fields[i].name) == n && memcmp(fields[i].name, name, n) == 0)
			return put(dst, size, at, fields[i].value, fields[i].len);
	*known = false;
	return false;
}

bool login_template_fill(char *dst, size_t size, const char *tmpl, const char *admin, const char *identity,
			 struct err *e) {
	size_t at = 0;
	bool known = true;
	if (!size)
		return err_set(e, ERR_INPUT, "The login made from the template is too long");
	dst[0] = '\0';
	for (const char *p = tmpl; *p;) {
		const char *end = *p == '{' ? strchr(p, '}') : NULL;
		bool ok = *p != '{' ? put(dst, size, &at, p, 1)
			  : end	    ? put_field(dst, size, &at, p + 1, (size_t)(end - p - 1), admin, identity, &known)
				    : (known = false);
		if (!known)
			return err_set(e, ERR_INPUT,
				       "The login template \"%s\" has an unknown field; use {admin}, {user}, {local}, "
				       "{domain} or {identity}",
				       tmpl);
		if (!ok)
			return err_set(e, ERR_INPUT, "The login made from the template is too long");
		p = end ? end + 1 : p + 1;
	}
	return true;
}
