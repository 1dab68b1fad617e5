/* SPDX-License-Identifier: MIT
 *
 * flags_scan.c - UID and FLAGS of a whole folder, or of what has changed in it (RFC 7162 3.1.4).
 *
 * Unlike scan.c this takes unsolicited FETCHes for what they are: news of the same kind.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/mail/imap/fetch_item.h"
#include "core/mail/imap/folder.h"

#define WINDOW_UIDS 20000 /* a short line per message */
#define WINDOWS_MAX 256	  /* sparse UIDs must not mean millions of commands */
#define IN_FLIGHT 4
#define ANSWERS_MAX 8000000u

struct flags_scan {
	struct imap_session *s;
	scan_fn *fn;
	void *arg;
	uint32_t highest;
	uint64_t said; /* answers: a server that never stops */
	bool refused;
};

static bool on_untagged(void *arg, const struct line *l, struct err *e) {
	struct flags_scan *fs = arg;
	struct fetch_item f;
	struct scan_item item;
	session_track(fs->s, l);
	if (!is_fetch(l) || l->overflow || fs->s->failed)
		return true;
	fetch_item_read(&f, l);
	if (!f.uid || !f.has_flags)
		return true;
	if (++fs->said > ANSWERS_MAX)
		return err_set(e, ERR_SERVER_BUG, "%s: the server lists more messages than it was asked for",
			       fs->s->conn.label);
	if (f.uid > fs->highest)
		fs->highest = f.uid;
	fetch_item_as_scan(&f, &item);
	struct err why = { 0 };
	if (fs->fn(fs->arg, &item, &why))
		return true;
	if (why.cat == ERR_NONE)
		err_set(&why, ERR_CANCELLED, "Stopped");
	session_note(fs->s, &why);
	return true;
}

static bool on_tagged(void *arg, uint32_t seq, const struct line *l, struct err *e) {
	struct flags_scan *fs = arg;
	(void)seq;
	if (l->status == STATUS_OK)
		return true;
	conn_refused(&fs->s->conn, l, ERR_SERVER_BUG, ERR_SCOPE_FOLDER, "the flags cannot be listed", e);
	fs->refused = e->scope <= ERR_SCOPE_FOLDER;
	session_note(fs->s, e);
	return true;
}

/* last 0: to the end, whatever it is. */
static bool ask(struct flags_scan *fs, uint32_t first, uint32_t last, uint64_t since, struct err *e) {
	struct imap_conn *c = &fs->s->conn;
	char args[96], to[16] = "*", changed[48] = "";
	uint32_t seq;
	if (last)
		snprintf(to, sizeof to, "%u", last);
	if (since)
		snprintf(changed, sizeof changed, " (CHANGEDSINCE %" PRIu64 ")", since);
	snprintf(args, sizeof args, " %u:%s (UID FLAGS)%s", first, to, changed);
	return session_run(fs->s, IN_FLIGHT - 1, e) && conn_command(c, "UID FETCH", &seq, e) &&
	       outq_arg(&c->out, args, e) && conn_end(c, e);
}

static bool ask_all(struct flags_scan *fs, uint64_t since, struct err *e) {
	uint32_t next = fs->s->uidnext;
	if (since || !next)
		return ask(fs, 1, 0, since, e);
	uint32_t size = next / WINDOWS_MAX + 1;
	if (size < WINDOW_UIDS)
		size = WINDOW_UIDS;
	for (uint32_t from = 1; from < next && !fs->s->failed;) {
		uint32_t to = next - from > size ? from + size - 1 : next - 1;
		if (!ask(fs, from, to, 0, e))
			return false;
		from = to + 1;
	}
	/* UIDNEXT is no upper bound (seznam.cz), and a message may have come meanwhile. The last one is
	 * always part of n:*, which does no harm. */
	return session_run(fs->s, 0, e) && ask(fs, fs->highest < UINT32_MAX ? fs->highest + 1 : UINT32_MAX, 0, 0, e);
}

bool imap_flags(struct imap_session *s, uint64_t since, scan_fn *fn, void *arg, struct err *e) {
	struct flags_scan fs = { .s = s, .fn = fn, .arg = arg };
	if (!session_begin(s, e))
		return false;
	if (!s->exists)
		return true;
	s->conn.hooks = (struct imap_hooks){ .arg = &fs, .untagged = on_untagged, .tagged = on_tagged };
	bool ok = ask_all(&fs, since, e) && session_run(s, 0, e);
	/* Yahoo announces CONDSTORE and answers BAD to it: not asked again in this session. */
	if (!ok && fs.refused && since) {
		log_line(s->conn.ctx->log, LOG_INFO, s->conn.label, "CHANGEDSINCE was refused; listing all flags");
		s->conn.caps.bits &= ~(uint32_t)IMAP_CONDSTORE;
		ok = ask_all(&fs, 0, e) && session_run(s, 0, e);
	}
	s->conn.hooks = (struct imap_hooks){ 0 };
	return ok;
}
