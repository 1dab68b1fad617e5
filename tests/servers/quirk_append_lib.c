/* SPDX-License-Identifier: MIT
 *
 * quirk_append_lib.c - APPEND with all kinds of literals, MULTIAPPEND, and the ways it can end badly.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/servers/quirk_imap_priv.h"

#define GROUP_MAX 4096

struct group {
	char folder[QUIRK_NAME_MAX];
	struct box_message *at;
	size_t count;
	bool unsynchronised;
};

static void group_free(struct group *g) {
	for (size_t i = 0; i < g->count; i++)
		free(g->at[i].text);
	free(g->at);
}

/* Its thread may not have seen the end yet. */
static bool still_there(int fd) {
	char byte;
	ssize_t n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return n > 0 || (n < 0 && errno == EAGAIN);
}

/* Two writers in one account is what leases are there to prevent: the other one must have gone. */
static bool watch_writers(struct session *c) {
	struct quirk_server *s = c->server;
	unsigned others = 0;
	pthread_mutex_lock(&s->lock);
	for (const struct session *o = s->sessions; o; o = o->next)
		others += o != c && o->appended && o->fd >= 0 && still_there(o->fd);
	bool ok = !s->quirks->appenders_max || others < s->quirks->appenders_max || c->appended;
	c->appended |= ok;
	s->overlaps += others;
	pthread_mutex_unlock(&s->lock);
	return ok;
}

/* [(flags)] ["date"] {n[+]} */
static bool parse_announcement(const char *p, struct box_message *m, bool *sync) {
	char *end;
	p += strspn(p, " ");
	snprintf(m->date, sizeof m->date, "now");
	if (*p == '(') {
		size_t n = strcspn(++p, ")");
		if (n >= sizeof m->flags || p[n] != ')')
			return false;
		memcpy(m->flags, p, n);
		box_normalise_flags(m->flags);
		p += n + 1;
		p += strspn(p, " ");
	}
	if (*p == '"' && !quirk_word(&p, m->date, sizeof m->date))
		return false;
	if (*p != '{')
		return false;
	m->size = strtoul(p + 1, &end, 10);
	*sync = *end != '+';
	end += !*sync;
	return m->size > 0 && m->size <= QUIRK_LITERAL_MAX && strcmp(end, "}") == 0;
}

static bool read_message(struct session *c, struct group *g, struct box_message *m, bool sync) {
	if (sync && !session_say(c, "+ go on\r\n"))
		return false;
	g->unsynchronised |= !sync;
	m->text = quirk_alloc(NULL, m->size + 1);
	m->text[m->size] = '\0';
	g->at = quirk_alloc(g->at, (g->count + 1) * sizeof *g->at);
	g->at[g->count++] = *m;
	return session_read_bytes(c, m->text, m->size);
}

/* The whole command into g. *answered: it was refused before its end; true then too, if the session goes on. */
static bool read_group(struct session *c, const char *tag, const char *args, struct group *g, bool *answered) {
	char *line = NULL;
	size_t n = strlen(args);
	bool ok = true, sync;
	while (ok && n && !*answered) {
		struct box_message m = { 0 };
		const struct quirk_rule *r = quirk_rule(c->server, "APPEND", args, true, false, NULL, 0);
		if (r || g->count == GROUP_MAX || !parse_announcement(args, &m, &sync)) {
			*answered = true;
			ok = r ? session_obey(c, tag, r) : session_say(c, "%s BAD no such APPEND\r\n", tag);
			break;
		}
		ok = read_message(c, g, &m, sync) && session_read_line(c, &line, &n);
		args = line;
	}
	free(line);
	return ok;
}

static void rewrite(struct box_message *m) {
	static const char field[] = "X-Rewritten: by the server\r\n";
	m->text = quirk_alloc(m->text, m->size + sizeof field);
	memmove(m->text + sizeof field - 1, m->text, m->size + 1);
	memcpy(m->text, field, sizeof field - 1);
	m->size += sizeof field - 1;
}

/* What servers do to the text, whatever it says. */
static void store_as(struct box_message *m, const struct quirks *q) {
	char *second = strstr(m->text, "\r\n"), *third = second ? strstr(second + 2, "\r\n") : NULL;
	if (q->rewrites)
		rewrite(m);
	if (q->stores == STORES_LF) {
		char *to = m->text;
		for (const char *p = m->text; p < m->text + m->size; p++)
			if (*p != '\r')
				*to++ = *p;
		*to = '\0';
		m->size = (size_t)(to - m->text);
	} else if (q->stores == STORES_MORE) {
		m->text = quirk_alloc(m->text, m->size + 3);
		memcpy(m->text + m->size, "\r\n", 3);
		m->size += 2;
	} else if (q->stores == STORES_REORDERED && third) {
		size_t one = (size_t)(second + 2 - m->text), two = (size_t)(third + 2 - m->text) - one;
		char *first = quirk_alloc(NULL, one);
		memcpy(first, m->text, one);
		memmove(m->text, m->text + one, two);
		memcpy(m->text + two, first, one);
		free(first);
	}
}

/* The messages belong to the folder then. unless: those that hold it are thrown away; "" = all, NULL = none. */
static bool commit(struct quirk_server *s, struct group *g, const char *unless, uint32_t *first, uint32_t *validity,
		   uint32_t *lowest) {
	pthread_mutex_lock(&s->lock);
	struct box_folder *f = box_find(s, g->folder);
	if (f) {
		*first = f->uidnext;
		*validity = f->uidvalidity;
		*lowest = f->count ? f->at[0].uid : f->uidnext;
		for (size_t i = 0; i < g->count; i++) {
			const struct box_message *same = provider_merges(s->quirks, f, &g->at[i]);
			if (same) {
				*first = same->uid;
				free(g->at[i].text);
				continue;
			}
			if (unless && strstr(g->at[i].text, unless)) {
				free(g->at[i].text);
				f->uidnext++;
				continue;
			}
			store_as(&g->at[i], s->quirks);
			provider_store(&g->at[i], s->quirks);
			if (s->quirks->exchange)
				exchange_store(&g->at[i]);
			box_store(f, &g->at[i]);
			s->stored++;
		}
		g->count = 0;
	}
	pthread_mutex_unlock(&s->lock);
	return f != NULL;
}

static void appenduid(char *out, size_t size, enum quirk_appenduid kind, uint32_t validity, uint32_t first,
		      uint32_t lowest, size_t n) {
	uint32_t last = first + (uint32_t)n - 1;
	switch (kind) {
	case APPENDUID_NONE:
		snprintf(out, size, "OK done");
		return;
	case APPENDUID_FREE:
		first += 100000;
		last += 100000;
		break;
	case APPENDUID_NEIGHBOUR:
		first -= first > lowest;
		last = first + (uint32_t)n - 1;
		break;
	case APPENDUID_REVERSED:
		snprintf(out, size, "OK [APPENDUID %u %u:%u] done", validity, last, first);
		return;
	case APPENDUID_DUPLICATE:
		first = lowest;
		last = lowest + (uint32_t)n - 1;
		break;
	case APPENDUID_HUGE:
		snprintf(out, size, "OK [APPENDUID %u 1:4294967295] done", validity);
		return;
	case APPENDUID_SWAPPED:
		snprintf(out, size, "OK [APPENDUID %u %u] done", first, validity);
		return;
	case APPENDUID_RIGHT:
		break;
	}
	if (n == 1)
		snprintf(out, size, "OK [APPENDUID %u %u] done", validity, first);
	else
		snprintf(out, size, "OK [APPENDUID %u %u:%u] done", validity, first, last);
}

static bool carry_out(struct session *c, const char *tag, struct group *g, const struct quirk_rule *r) {
	uint32_t first = 0, validity = 0, lowest = 0;
	size_t n = g->count;
	char text[128];
	if (r && r->act == QUIRK_CLOSE_DO) {
		session_hang_up(c);
		if (!session_pause(c, r->late_ms))
			return false;
	}
	pthread_mutex_lock(&c->server->lock);
	unsigned takes = c->server->quirks->append_ms;
	bool noise = c->server->quirks->noise;
	pthread_mutex_unlock(&c->server->lock);
	if (takes && !session_pause(c, takes))
		return false;
	bool swallow = r && r->act == QUIRK_SWALLOW;
	const char *unless = !swallow ? NULL : r->in ? r->in : "";
	bool found = commit(c->server, g, unless, &first, &validity, &lowest);
	c->seen = first + (uint32_t)n;
	if (r && !swallow)
		return false;
	if (!found)
		return session_say(c, "%s NO [TRYCREATE] no such folder\r\n", tag);
	pthread_mutex_lock(&c->server->lock);
	enum quirk_appenduid kind = quirk_has_cap(c->server->quirks, "UIDPLUS") ? c->server->quirks->appenduid
										: APPENDUID_NONE;
	pthread_mutex_unlock(&c->server->lock);
	if (noise && !session_say(c, "%s", QUIRK_NOISE))
		return false;
	appenduid(text, sizeof text, kind, validity, first, lowest, n);
	return session_say(c, "%s %s\r\n", tag, text);
}

/* The messages in front of the one that is refused are stored: a MULTIAPPEND that is not atomic. */
static void store_part(struct session *c, struct group *g, const struct quirk_rule *r) {
	uint32_t unused;
	struct group part = *g, rest = *g;
	part.count = 0;
	while (part.count < g->count && r->in && !strstr(g->at[part.count].text, r->in))
		part.count++;
	rest.at += part.count;
	rest.count -= part.count;
	commit(c->server, &part, NULL, &unused, &unused, &unused);
	for (size_t i = 0; i < rest.count; i++)
		free(rest.at[i].text);
	g->count = 0;
}

bool answer_append(struct session *c, const char *tag, const char *args) {
	static const struct quirk_rule no_room = { .text = "NO APPEND failed" },
				       thrown_out = { .act = QUIRK_BYE,
						      .text = "* BYE Too many simultaneous connections" };
	const char *announcement = args;
	struct group g = { 0 };
	bool answered = false;
	if (!watch_writers(c))
		return session_obey(c, tag, &thrown_out);
	if (!quirk_word(&announcement, g.folder, sizeof g.folder))
		return session_say(c, "%s BAD no name\r\n", tag);
	bool ok = read_group(c, tag, announcement, &g, &answered);
	if (ok && !answered) {
		const struct quirk_rule *r =
			quirk_rule(c->server, "APPEND", args, false, g.unsynchronised, g.at, g.count);
		pthread_mutex_lock(&c->server->lock);
		if (!r && c->server->quirks->exchange)
			r = exchange_append(c->server->quirks, g.at, g.count);
		if (!r)
			r = provider_append(c->server->quirks, box_find(c->server, g.folder), g.at, g.count);
		if (!r && provider_is_full(c->server, g.at, g.count))
			r = &no_room;
		bool partial = r && r->act == QUIRK_ANSWER && c->server->quirks->partial_groups;
		pthread_mutex_unlock(&c->server->lock);
		if (partial)
			store_part(c, &g, r);
		ok = r && !quirk_rule_does(r) ? session_obey(c, tag, r) : carry_out(c, tag, &g, r);
	}
	group_free(&g);
	return ok;
}
