/* SPDX-License-Identifier: MIT
 *
 * quirk_answer_lib.c - LIST, STATUS, SELECT, UID FETCH, CREATE and SUBSCRIBE.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/servers/quirk_imap_priv.h"

#define ANSWER_MAX (256u << 20)
#define SYSTEM_FLAGS "\\Answered \\Flagged \\Deleted \\Seen \\Draft"

static bool finish(struct session *c, struct buf *b, const char *tag, const char *text) {
	buf_printf(b, "%s %s\r\n", tag, text);
	bool ok = !b->failed && session_send(c, b->data, b->len);
	buf_free(b);
	return ok;
}

static void put_quoted(struct buf *b, const char *s) {
	buf_putc(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_putc(b, '\\');
		buf_putc(b, *s);
	}
	buf_putc(b, '"');
}

static void put_name(struct buf *b, const struct quirks *q, const char *name) {
	if (q->literal_names)
		buf_printf(b, "{%zu}\r\n%s", strlen(name), name);
	else
		put_quoted(b, name);
}

static void put_status(struct buf *b, const struct quirks *q, const struct box_folder *f) {
	buf_puts(b, "* STATUS ");
	put_name(b, q, f->name);
	buf_printf(b, " (MESSAGES %zu UIDVALIDITY %u", box_visible(f) + q->status_more, f->uidvalidity);
	if (quirk_has_cap(q, "CONDSTORE"))
		buf_printf(b, " HIGHESTMODSEQ %llu", (unsigned long long)f->modseq + 1);
	if (q->uidnext != UIDNEXT_MISSING)
		buf_printf(b, " UIDNEXT %u", box_uidnext(q, f));
	buf_puts(b, q->status_blank ? " ) \r\n" : ")\r\n");
}

/* The delimiter and the name, as LIST says them. */
static void put_listed(struct buf *b, const struct quirks *q, const char *name) {
	const char delimiter[] = { q->delimiter ? q->delimiter : '/', '\0' };
	put_quoted(b, delimiter);
	buf_putc(b, ' ');
	if (q->quote_lost)
		buf_printf(b, "%s\"", name);
	else
		put_name(b, q, name);
}

bool answer_list(struct session *c, const char *tag, const char *verb, const char *args) {
	struct quirk_server *s = c->server;
	bool lsub = strcasecmp(verb, "LSUB") == 0, with_return = strstr(args, "RETURN") != NULL;
	struct buf b;
	buf_init(&b, ANSWER_MAX);
	if (strcmp(args, "\"\" \"\"") == 0) {
		pthread_mutex_lock(&s->lock);
		bool back = s->quirks->delimiter == '\\';
		pthread_mutex_unlock(&s->lock);
		buf_printf(&b, "* LIST (\\Noselect) \"%s\" \"\"\r\n", back ? "\\\\" : "/");
		return finish(c, &b, tag, "OK done");
	}
	pthread_mutex_lock(&s->lock);
	bool extended = quirk_has_cap(s->quirks, "LIST-EXTENDED");
	bool status = strstr(args, "STATUS") && quirk_has_cap(s->quirks, "LIST-STATUS");
	for (size_t i = 0; i < s->folder_count; i++) {
		const struct box_folder *f = &s->folders[i];
		if ((lsub && !f->subscribed) || strcmp(f->attrs, QUIRK_UNLISTED) == 0)
			continue;
		buf_printf(&b, "* %s (%s%s%s) ", lsub ? "LSUB" : "LIST", f->attrs, *f->attrs ? " " : "",
			   with_return && f->subscribed ? "\\Subscribed" : "\\HasNoChildren");
		put_listed(&b, s->quirks, f->name);
		buf_puts(&b, "\r\n");
		if (status)
			put_status(&b, s->quirks, f);
	}
	pthread_mutex_unlock(&s->lock);
	if (with_return && !extended) {
		buf_free(&b);
		return session_say(c, "%s BAD RETURN is not known here\r\n", tag);
	}
	return finish(c, &b, tag, "OK done");
}

bool answer_status(struct session *c, const char *tag, const char *args) {
	char name[QUIRK_NAME_MAX];
	struct buf b;
	buf_init(&b, ANSWER_MAX);
	if (!quirk_word(&args, name, sizeof name))
		return session_say(c, "%s BAD no name\r\n", tag);
	pthread_mutex_lock(&c->server->lock);
	const struct box_folder *f = box_find(c->server, name);
	if (f)
		put_status(&b, c->server->quirks, f);
	pthread_mutex_unlock(&c->server->lock);
	return finish(c, &b, tag, f ? "OK done" : "NO [NONEXISTENT] no such folder");
}

static void put_selected(struct buf *b, const struct quirks *q, const struct box_folder *f) {
	const char *permanent = q->permanent_flags ? q->permanent_flags : SYSTEM_FLAGS " \\*";
	const char *ok = q->bare_codes ? "" : "OK ";
	struct buf known;
	buf_init(&known, ANSWER_MAX);
	if (q->keywords_max) {
		bool full = provider_keywords(f, &known) >= q->keywords_max;
		permanent = full ? SYSTEM_FLAGS : permanent;
	}
	buf_printf(b, "* FLAGS (" SYSTEM_FLAGS ")\r\n* %zu EXISTS\r\n* 0 RECENT\r\n", box_visible(f) + q->exists_more);
	if (quirk_has_cap(q, "CONDSTORE"))
		buf_printf(b, "* %s[HIGHESTMODSEQ %llu] fine\r\n", ok, (unsigned long long)f->modseq + 1);
	buf_printf(b, "* %s[UIDVALIDITY %u] fine\r\n* %s[PERMANENTFLAGS (%s%.*s)] fine\r\n", ok, f->uidvalidity, ok,
		   permanent, (int)known.len, known.len ? known.data : "");
	buf_free(&known);
	if (q->not_sticky)
		buf_puts(b, "* OK [UIDNOTSTICKY] they do not last\r\n");
	if (q->uidnext != UIDNEXT_MISSING)
		buf_printf(b, "* %s[UIDNEXT %u] fine\r\n", ok, box_uidnext(q, f));
	if (q->noise)
		buf_puts(b, QUIRK_NOISE);
}

bool answer_select(struct session *c, const char *tag, const char *verb, const char *args) {
	char name[QUIRK_NAME_MAX];
	struct buf b;
	buf_init(&b, ANSWER_MAX);
	if (!quirk_word(&args, name, sizeof name))
		return session_say(c, "%s BAD no name\r\n", tag);
	pthread_mutex_lock(&c->server->lock);
	const struct quirks *q = c->server->quirks;
	struct box_folder *f = box_find(c->server, name);
	if (f && q->flips)
		f->uidvalidity += 7;
	bool read_only = q->read_only || strcasecmp(verb, "EXAMINE") == 0;
	if (f) {
		put_selected(&b, q, f);
		c->seen = f->uidnext;
	}
	snprintf(c->selected, sizeof c->selected, "%s", f ? f->name : "");
	pthread_mutex_unlock(&c->server->lock);
	return finish(c, &b, tag,
		      !f	  ? "NO [NONEXISTENT] no such folder"
		      : read_only ? "OK [READ-ONLY] done"
				  : "OK [READ-WRITE] done");
}

/* "1:5,7,9:*"; the last message is always part of n:*. */
bool box_in_set(const char *set, uint32_t uid, uint32_t last) {
	while (*set && *set != ' ') {
		uint32_t bound[2] = { 0, 0 };
		for (int i = 0; i < 2; i++) {
			char *end;
			bound[i] = *set == '*' ? last : (uint32_t)strtoul(set, &end, 10);
			set = *set == '*' ? set + 1 : end;
			if (i == 0 && *set != ':') {
				bound[1] = bound[0];
				break;
			}
			set += i == 0;
		}
		uint32_t low = bound[0] < bound[1] ? bound[0] : bound[1],
			 high = bound[0] < bound[1] ? bound[1] : bound[0];
		if (uid >= low && uid <= high)
			return true;
		set += *set == ',';
	}
	return false;
}

/* names: "(MESSAGE-ID DATE)". */
static bool wanted_field(const char *line, const char *names) {
	size_t n = strcspn(line, ":\r\n"), k;
	for (const char *w = names + 1; *w && *w != ')'; w += k + (w[k] == ' ')) {
		k = strcspn(w, " )");
		if (k == n && strncasecmp(w, line, n) == 0)
			return true;
	}
	return false;
}

/* BODY[HEADER.FIELDS (...)]: the named fields with their folded lines, and the empty line. */
static void put_fields(struct buf *b, const struct quirks *q, const char *text, size_t size, const char *names) {
	struct buf found;
	bool take = false;
	buf_init(&found, 1u << 20);
	for (const char *line = text, *end = text + size; line < end && *line != '\r' && *line != '\n';) {
		const char *lf = memchr(line, '\n', (size_t)(end - line));
		size_t n = lf ? (size_t)(lf - line) + 1 : (size_t)(end - line);
		if (*line != ' ' && *line != '\t')
			take = wanted_field(line, names);
		if (take)
			buf_put(&found, line, n);
		line += n;
	}
	buf_puts(&found, "\r\n");
	provider_headers(q, &found);
	buf_printf(b, " BODY[HEADER.FIELDS (x)] {%zu}\r\n", found.len);
	buf_put(b, found.data, found.len);
	buf_free(&found);
}

static void put_body(struct buf *b, const struct box_message *m) {
	const char *text = m->served ? m->served : m->text;
	if (m->body == BODY_NIL)
		buf_puts(b, " BODY[] NIL");
	else if (m->body == BODY_EMPTY)
		buf_puts(b, " BODY[] \"\"");
	else if (m->body == BODY_SHORT || m->body == BODY_LONG)
		buf_printf(b, " BODY[] {%zu}\r\n%s", m->body == BODY_LONG ? strlen(text) + 20 : strlen(text) - 10,
			   text);
	else if (m->served)
		buf_printf(b, " BODY[] {%zu}\r\n%s", strlen(text), text);
	else
		buf_printf(b, " BODY[] {%zu}\r\n", m->size), buf_put(b, m->text, m->size);
}

static void put_fetch(struct buf *b, const struct quirks *q, size_t number, const struct box_message *m,
		      const char *items) {
	const char *fields = strstr(items, "HEADER.FIELDS (");
	buf_printf(b, "* %zu FETCH (XQUIRK (1 \"x\")", q->wrong_numbers ? number / 2 + 3 : number);
	if (!q->uid_last)
		buf_printf(b, " UID %u", m->uid);
	if (strstr(items, "FLAGS"))
		buf_printf(b, " FLAGS (%s)", m->flags);
	if (strstr(items, "INTERNALDATE"))
		buf_printf(b, " INTERNALDATE \"%s\"", m->date);
	if (strstr(items, "RFC822.SIZE"))
		buf_printf(b, " RFC822.SIZE %zu", m->claimed_size ? (size_t)m->claimed_size : m->size);
	if (strstr(items, "X-GM-MSGID"))
		buf_printf(b, " X-GM-MSGID %llu", (unsigned long long)m->gm_msgid);
	if (fields)
		put_fields(b, q, m->text, m->size, strchr(fields, '('));
	if (strstr(items, "BODY.PEEK[]"))
		put_body(b, m);
	if (q->uid_last)
		buf_printf(b, " UID %u", m->uid);
	buf_puts(b, ")\r\n");
}

bool answer_fetch(struct session *c, const char *tag, const char *args) {
	bool refused = false, deadly = false, body = strstr(args, "BODY.PEEK[]"),
	     headers = strstr(args, "HEADER.FIELDS");
	const char *items = strchr(args, ' ');
	struct buf b;
	if (!items || !c->selected[0])
		return session_say(c, "%s BAD nothing selected or asked for\r\n", tag);
	const char *changed = strstr(items, "(CHANGEDSINCE ");
	uint64_t since = changed ? strtoull(changed + strlen("(CHANGEDSINCE "), NULL, 10) : 0;
	since -= since > 0; /* HIGHESTMODSEQ begins with 1 */
	buf_init(&b, ANSWER_MAX);
	pthread_mutex_lock(&c->server->lock);
	const struct quirks *q = c->server->quirks;
	if (!provider_takes_set(q, args)) {
		pthread_mutex_unlock(&c->server->lock);
		return finish(c, &b, tag, "BAD the set is not sorted");
	}
	const struct box_folder *f = box_find(c->server, c->selected);
	uint32_t last = f->count ? f->at[f->count - 1].uid : 0;
	for (size_t k = 0; k < f->count; k++) {
		size_t i = q->unordered ? f->count - 1 - k : k;
		const struct box_message *m = &f->at[i];
		if (m->hidden || m->modseq <= since || !box_in_set(args, m->uid, last) ||
		    (q->stale && m->uid >= c->seen))
			continue;
		refused |= body && m->body == BODY_REFUSED;
		if ((deadly = body && m->body == BODY_DEADLY))
			break;
		if ((m->body == BODY_GONE && (body || headers)) ||
		    (body && (m->body == BODY_HIDDEN || m->body == BODY_REFUSED)))
			continue;
		if (q->noise)
			buf_printf(&b, QUIRK_NOISE "* %zu EXISTS\r\n* %zu FETCH (UID %u FLAGS (\\Draft))\r\n", f->count,
				   i + 1, m->uid);
		put_fetch(&b, q, i + 1, m, items);
		if (q->twice)
			put_fetch(&b, q, i + 1, m, items);
	}
	unsigned takes = body || headers ? 0 : q->listing_ms;
	pthread_mutex_unlock(&c->server->lock);
	if (takes && !session_pause(c, takes)) {
		buf_free(&b);
		return false;
	}
	if (deadly) {
		session_send(c, b.data, b.len);
		buf_free(&b);
		return false;
	}
	return finish(c, &b, tag, refused ? "NO Some messages could not be FETCHed (Failure)" : "OK done");
}

bool answer_create(struct session *c, const char *tag, const char *args) {
	char name[QUIRK_NAME_MAX];
	if (!quirk_word(&args, name, sizeof name))
		return session_say(c, "%s BAD no name\r\n", tag);
	pthread_mutex_lock(&c->server->lock);
	const char *refused = box_find(c->server, name) ? "NO [ALREADYEXISTS] it is there" : NULL;
	if (c->server->quirks->exchange)
		refused = exchange_create(c->server, name);
	if (!refused)
		box_make(c->server, name, NULL);
	pthread_mutex_unlock(&c->server->lock);
	return session_say(c, "%s %s\r\n", tag, refused ? refused : "OK done");
}

bool answer_rename(struct session *c, const char *tag, const char *args) {
	char name[QUIRK_NAME_MAX], to[QUIRK_NAME_MAX];
	if (!quirk_word(&args, name, sizeof name) || !quirk_word(&args, to, sizeof to))
		return session_say(c, "%s BAD two names are needed\r\n", tag);
	pthread_mutex_lock(&c->server->lock);
	const char *refused = !box_find(c->server, name) ? "NO [NONEXISTENT] it is not there"
			      : box_find(c->server, to)	 ? "NO [ALREADYEXISTS] it is there"
							 : NULL;
	if (!refused)
		box_rename(c->server, name, to);
	pthread_mutex_unlock(&c->server->lock);
	return session_say(c, "%s %s\r\n", tag, refused ? refused : "OK done");
}

static bool set_subscribed(struct session *c, const char *tag, const char *args, bool on) {
	char name[QUIRK_NAME_MAX];
	if (!quirk_word(&args, name, sizeof name))
		return session_say(c, "%s BAD no name\r\n", tag);
	pthread_mutex_lock(&c->server->lock);
	struct box_folder *f = box_find(c->server, name);
	if (f)
		f->subscribed = on;
	pthread_mutex_unlock(&c->server->lock);
	return session_say(c, "%s %s\r\n", tag, f ? "OK done" : "NO [NONEXISTENT] no such folder");
}

bool answer_subscribe(struct session *c, const char *tag, const char *args) {
	return set_subscribed(c, tag, args, true);
}

bool answer_unsubscribe(struct session *c, const char *tag, const char *args) {
	return set_subscribed(c, tag, args, false);
}
