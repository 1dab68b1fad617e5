/* SPDX-License-Identifier: MIT
 *
 * quota.c - GETQUOTAROOT (RFC 9208 section 4.1.2, RFC 2087 section 4.3): how full is what a folder counts towards?
 */
#include <string.h>

#include "core/mail/imap/folder.h"

#define STORAGE_UNIT 1024u /* RFC 9208 section 5.1 */

struct asking {
	struct imap_session *s;
	struct folder_quota *quota;
};

/* A folder may count towards several roots: the one with the least room decides. */
static void take(struct quota_use *use, uint64_t used, uint64_t limit) {
	uint64_t room = limit > used ? limit - used : 0;
	if (use->limit == QUOTA_NONE || room < (use->limit > use->used ? use->limit - use->used : 0))
		*use = (struct quota_use){ used, limit };
}

/* QUOTA root (STORAGE 10 512 MESSAGE 3 1000); what is neither of the two is passed over. */
static bool on_untagged(void *arg, const struct line *l, struct err *e) {
	struct asking *a = arg;
	(void)e;
	session_track(a->s, l);
	const struct token *open = line_at(l, 2);
	if (l->overflow || !line_word(l, 0, "QUOTA") || !open || open->kind != TOK_OPEN)
		return true;
	for (uint32_t i = 3; line_at(l, i + 2) && line_at(l, i)->kind != TOK_CLOSE; i += 3) {
		uint64_t used, limit;
		bool storage = line_word(l, i, "STORAGE");
		uint64_t unit = storage ? STORAGE_UNIT : 1;
		if ((!storage && !line_word(l, i, "MESSAGE")) ||
		    !token_number(l, line_at(l, i + 1), UINT64_MAX / STORAGE_UNIT, &used) ||
		    !token_number(l, line_at(l, i + 2), UINT64_MAX / STORAGE_UNIT, &limit))
			continue;
		take(storage ? &a->quota->storage : &a->quota->messages, used * unit, limit * unit);
	}
	return true;
}

/* A server that announces QUOTA and will not tell is one that does not tell. */
static bool on_tagged(void *arg, uint32_t seq, const struct line *l, struct err *e) {
	(void)arg, (void)seq, (void)l, (void)e;
	return true;
}

bool imap_quota(struct imap_session *s, struct folder_quota *quota, struct err *e) {
	struct asking a = { s, quota };
	struct imap_conn *c = &s->conn;
	uint32_t seq;
	*quota = (struct folder_quota){ { 0, QUOTA_NONE }, { 0, QUOTA_NONE } };
	if (!(c->caps.bits & IMAP_QUOTA) || !s->selected[0])
		return true;
	if (!session_begin(s, e))
		return false;
	c->hooks = (struct imap_hooks){ .arg = &a, .untagged = on_untagged, .tagged = on_tagged };
	bool ok = conn_command(c, "GETQUOTAROOT", &seq, e) &&
		  outq_astring(&c->out, s->selected, strlen(s->selected), e) && conn_end(c, e) && session_run(s, 0, e);
	c->hooks = (struct imap_hooks){ 0 };
	return ok;
}
