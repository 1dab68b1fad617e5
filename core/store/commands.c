/* SPDX-License-Identifier: MIT
 *
 * commands.c - requests of front ends: done at once where nobody works, else left as a wish.
 */
#include "core/store/commands.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/store/endpoints.h"
#include "core/store/filter.h"
#include "core/store/ledger_int.h"

#define STATE(s) (1U << MBOX_##s)
#define ACTIVE (STATE(CONNECTING) | STATE(COPYING) | STATE(THROTTLED))

/* states: where the command does something; why: what to say elsewhere. */
static const struct {
	const char *name;
	unsigned states;
	const char *why;
} commands[CMD_COUNT] = {
	[CMD_MIGRATE] = { "migrate",
			  STATE(STOPPED) | STATE(PAUSED) | STATE(SYNCED) | STATE(SYNCED_WITH_GAPS) | STATE(FAILED),
			  "It is queued or running already" },
	[CMD_PAUSE] = { "pause", STATE(QUEUED) | ACTIVE, "It is neither queued nor running" },
	[CMD_RESUME] = { "resume", STATE(PAUSED), "It is not paused" },
	[CMD_STOP] = { "stop", STATE(QUEUED) | STATE(PAUSED) | ACTIVE, "It is neither queued, paused nor running" },
	[CMD_RETRY] = { "retry", STATE(FAILED) | STATE(SYNCED_WITH_GAPS), "Nothing in it has failed" },
	[CMD_TEST] = { "test", ~0U, "" },
	[CMD_REMOVE] = { "remove", ~ACTIVE, "It is running; stop it first" },
};

const char *command_name(enum command c) {
	return (unsigned)c < CMD_COUNT ? commands[c].name : "unknown";
}

const char *command_refusal(enum command c, enum mailbox_state state) {
	return commands[c].states & 1U << state ? NULL : commands[c].why;
}

/* A mailbox as it stands when the command arrives. */
struct subject {
	int64_t id;
	enum mailbox_state state;
	enum wish_stored wish;
	bool leased;
};

struct subjects {
	struct subject *items;
	size_t n, cap;
};

static bool subjects_read(struct db *db, const struct mailbox_filter *f, struct subjects *list, struct err *e) {
	struct filter_query q;
	int more = -1;
	filter_begin(&q);
	buf_puts(&q.sql, "SELECT m.id, m.state, m.wish, EXISTS(SELECT 1 FROM lease l WHERE l.mailbox = m.id) FROM "
			 "mailbox m WHERE ");
	bool ok = filter_where(&q, f, e);
	buf_puts(&q.sql, " ORDER BY m.id");
	sqlite3_stmt *st = ok ? filter_run(&q, db, e) : NULL;
	while (st && (more = db_next(db, st, e)) > 0) {
		if (list->n == list->cap) {
			size_t cap = list->cap ? list->cap * 2 : 256;
			struct subject *p = realloc(list->items, cap * sizeof *p);
			if (!p) {
				db_done(st);
				more = -1;
				err_nomem(e);
				break;
			}
			list->items = p;
			list->cap = cap;
		}
		list->items[list->n++] = (struct subject){ db_i64(st, 0), (enum mailbox_state)db_i64(st, 1),
							   (enum wish_stored)db_i64(st, 2), db_i64(st, 3) != 0 };
	}
	filter_end(&q);
	return more == 0;
}

static bool set_wish(struct db *db, int64_t id, enum wish_stored wish, struct err *e) {
	return db_run(db, e, "UPDATE mailbox SET wish = ? WHERE id = ?", INT(wish), INT(id));
}

static bool set_state(struct db *db, int64_t id, enum mailbox_state state, struct err *e) {
	return db_run(db, e,
		      "UPDATE mailbox SET state = ?1, wish = 0, rate_bytes = 0, rate_messages = 0, eta_s = -1, "
		      "throttled_until = 0, wait_since = 0, wait_rounds = 0,"
		      " error_cat = CASE WHEN ?1 = ?2 THEN '' ELSE error_cat END, error = CASE WHEN ?1 = ?2 THEN '' "
		      "ELSE error END"
		      " WHERE id = ?3",
		      INT(state), INT(MBOX_QUEUED), INT(id));
}

static bool remove_mailbox(struct db *db, int64_t id, struct err *e) {
	int64_t folder, batch;
	do {
		if (!db_int(db, db_query(db, e, "SELECT min(id) FROM folder WHERE mailbox = ?", INT(id)), 0, &folder,
			    e) ||
		    (folder && (!ledger_drop_rows(db, folder, e) ||
				!db_run(db, e, "DELETE FROM removal WHERE folder = ?", INT(folder)) ||
				!db_run(db, e, "DELETE FROM folder WHERE id = ?", INT(folder)))))
			return false;
	} while (folder);
	if (!db_run(db, e, "DELETE FROM alarm WHERE mailbox = ?", INT(id)))
		return false;
	return verification_forget(db, id, e) && secrets_drop(db, id, SIDE_SOURCE, e) &&
	       secrets_drop(db, id, SIDE_TARGET, e) &&
	       db_run(db, e, "DELETE FROM endpoint WHERE mailbox = ?", INT(id)) &&
	       db_int(db, db_query(db, e, "SELECT batch FROM mailbox WHERE id = ?", INT(id)), 0, &batch, e) &&
	       db_run(db, e, "DELETE FROM mailbox WHERE id = ?", INT(id)) &&
	       db_run(db, e, "DELETE FROM batch WHERE id = ?1 AND NOT EXISTS(SELECT 1 FROM mailbox WHERE batch = ?1)",
		      INT(batch));
}

/* Nobody has the mailbox: what is asked for happens now. */
static bool act(struct db *db, enum command c, const struct subject *m, struct err *e) {
	switch (c) {
	case CMD_RETRY:
	case CMD_MIGRATE:
		return ledger_retry_mailbox(db, m->id, c == CMD_RETRY, e) && set_state(db, m->id, MBOX_QUEUED, e);
	case CMD_RESUME:
		return set_state(db, m->id, MBOX_QUEUED, e);
	case CMD_PAUSE:
		return set_state(db, m->id, MBOX_PAUSED, e);
	case CMD_STOP:
		return set_state(db, m->id, MBOX_STOPPED, e);
	case CMD_REMOVE:
		return remove_mailbox(db, m->id, e);
	default:
		return true;
	}
}

/* A worker has it: it will see the wish. Done and about to be given back, it can still be wanted once more. */
static bool ask(struct db *db, enum command c, const struct subject *m, bool *did, struct err *e) {
	bool pending = m->wish == WISHED_PAUSE || m->wish == WISHED_STOP;
	switch (c) {
	case CMD_PAUSE:
	case CMD_STOP:
		*did = command_refusal(c, m->state) == NULL;
		return !*did || set_wish(db, m->id, c == CMD_PAUSE ? WISHED_PAUSE : WISHED_STOP, e);
	case CMD_MIGRATE:
	case CMD_RESUME:
	case CMD_RETRY:
		*did = (pending && c != CMD_RETRY) || command_refusal(c, m->state) == NULL;
		return !*did || ((c == CMD_RESUME || ledger_retry_mailbox(db, m->id, c == CMD_RETRY, e)) &&
				 set_wish(db, m->id, WISHED_GO_ON, e));
	default:
		*did = false;
		return true;
	}
}

static bool carry_out(struct db *db, enum command c, const struct subject *m, bool *did, struct err *e) {
	if (c == CMD_TEST) {
		*did = true;
		return db_run(db, e, "UPDATE mailbox SET test = ? WHERE id = ? AND test <> ?", INT(TEST_WANTED),
			      INT(m->id), INT(TEST_RUNNING));
	}
	if (m->leased)
		return ask(db, c, m, did, e);
	*did = command_refusal(c, m->state) == NULL;
	return !*did || act(db, c, m, e);
}

struct issue_args {
	enum command c;
	const struct mailbox_filter *f;
	const char *who;
	struct command_result *out;
};

static bool issue_all(struct db *db, const struct issue_args *a, struct err *e) {
	struct subjects list = { 0 };
	bool ok = subjects_read(db, a->f, &list, e);
	for (size_t i = 0; ok && i < list.n; i++) {
		bool did = false;
		ok = carry_out(db, a->c, &list.items[i], &did, e);
		if (did)
			a->out->affected++;
		else
			a->out->refused++;
	}
	free(list.items);
	return ok;
}

static bool issue_op(struct store *s, struct db *db, void *arg, struct err *e) {
	struct issue_args *a = arg;
	char scope[400];
	(void)s;
	*a->out = (struct command_result){ 0 };
	filter_words(scope, sizeof scope, a->f);
	return issue_all(db, a, e) &&
	       db_run(db, e, "INSERT INTO audit(at, who, command, scope, affected, refused) VALUES(?, ?, ?, ?, ?, ?)",
		      INT(wall_ms()), TEXT(a->who), TEXT(command_name(a->c)), TEXT(scope), INT(a->out->affected),
		      INT(a->out->refused));
}

bool command_issue(struct store *s, enum command c, const struct mailbox_filter *f, const char *who,
		   struct command_result *out, struct err *e) {
	struct issue_args a = { c, f, who, out };
	*out = (struct command_result){ 0 };
	if ((unsigned)c >= CMD_COUNT)
		return err_set(e, ERR_INPUT, "The command is not known");
	if (workers_reap(s, REAP_GONE, e) && write_wait(s->writer, WRITE_FULL, issue_op, &a, e))
		return true;
	*out = (struct command_result){ 0 };
	return false;
}

/* Who logged in, if the kernel knows (proc(5), loginuid); -1 is "nobody did". */
static bool login_uid(uid_t *out) {
	char text[32] = "";
	uint64_t n;
	FILE *f = fopen("/proc/self/loginuid", "re");
	if (!f)
		return false;
	bool ok = fgets(text, sizeof text, f) != NULL;
	fclose(f);
	text[strcspn(text, "\n")] = '\0';
	if (!ok || !text_u64(text, 0, UINT32_MAX - 1, &n))
		return false;
	*out = (uid_t)n;
	return true;
}

/* root is everybody who may use sudo: who it was before is what an audit asks for. Only root is believed what sudo left
 * in the environment; anybody else could have put it there. "" = nobody else. */
static void before_root(char dst[64]) {
	const char *sudo = getenv("SUDO_USER");
	uid_t login;
	struct passwd *pw;
	dst[0] = '\0';
	if (getuid() != 0)
		return;
	if (login_uid(&login) && login != 0 && (pw = getpwuid(login)) != NULL)
		text_copy(dst, 64, pw->pw_name);
	else if (sudo && strcmp(sudo, "root") != 0)
		text_copy(dst, 64, sudo);
}

/* SSH_CONNECTION is "client port server port" (ssh(1)). */
void command_who(char *dst, size_t size) {
	char raw[512], tty[64] = "", person[64];
	const char *ssh = getenv("SSH_CONNECTION"), *name = tty;
	before_root(person);
	struct passwd *pw = getpwuid(getuid());
	for (int fd = 0; fd < 3 && !tty[0]; fd++)
		if (ttyname_r(fd, tty, sizeof tty) != 0)
			tty[0] = '\0';
	if (strncmp(tty, "/dev/", 5) == 0)
		name = tty + 5;
	const char *as = *person ? " as " : "";
	int n = pw ? snprintf(raw, sizeof raw, "%s%s%.200s", person, as, pw->pw_name)
		   : snprintf(raw, sizeof raw, "%s%suid %u", person, as, (unsigned)getuid());
	size_t at = n > 0 ? (size_t)n : 0;
	if (name[0] && (n = snprintf(raw + at, sizeof raw - at, "@%s", name)) > 0)
		at += (size_t)n;
	if (ssh && ssh[0] && at < sizeof raw)
		snprintf(raw + at, sizeof raw - at, " from %.*s",
			 (int)strnlen(ssh, strcspn(ssh, " ") < 64 ? strcspn(ssh, " ") : 64), ssh);
	text_sanitise(dst, size, raw, strlen(raw));
}
