/* SPDX-License-Identifier: MIT
 *
 * quirk_provider_lib.c - what providers do to messages, headers and sets beyond the protocol: reference/correctness.md
 * section 2. Each is one field of struct quirks.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "tests/servers/quirk_imap_priv.h"

#define KEYWORDS_TRACKED 512

static void munge(struct box_message *m) {
	const char *end = strstr(m->text, "\r\n\r\n");
	for (char *p = m->text; *p && p != end; p++)
		if ((unsigned char)*p >= 0x80)
			*p = 'X';
}

/* "<name@domain>" becomes "<name>". */
static void shorten_id(struct box_message *m) {
	char *id = strcasestr(m->text, "Message-ID: <"), *at = id ? strchr(id, '@') : NULL;
	char *end = at ? strchr(at, '>') : NULL;
	if (!end || memchr(id, '\n', (size_t)(end - id)))
		return;
	memmove(at, end, m->size - (size_t)(end - m->text) + 1);
	m->size -= (size_t)(end - at);
}

static void clamp_date(struct box_message *m) {
	time_t now = time(NULL);
	struct tm tm;
	gmtime_r(&now, &tm);
	const char *year = strlen(m->date) > 11 ? m->date + 7 : "0"; /* "12-Mar-2020 10:00:00 +0000" */
	if (strtol(year, NULL, 10) > tm.tm_year + 1900)
		snprintf(m->date, sizeof m->date, "now");
}

void provider_store(struct box_message *m, const struct quirks *q) {
	if (q->stores == STORES_MUNGED)
		munge(m);
	if (q->stores == STORES_SHORT_IDS)
		shorten_id(m);
	if (q->clamps_dates)
		clamp_date(m);
}

/* Adds the keywords in flags to those that are known; the number of them. */
static size_t add_keywords(char known[][64], size_t count, const char *flags) {
	for (size_t n; *flags; flags += n + (flags[n] == ' ')) {
		bool found = false;
		n = strcspn(flags, " ");
		if (!n || *flags == '\\' || n >= sizeof *known)
			continue;
		for (size_t i = 0; i < count && !found; i++)
			found = strlen(known[i]) == n && strncasecmp(known[i], flags, n) == 0;
		if (!found && count < KEYWORDS_TRACKED)
			snprintf(known[count++], sizeof *known, "%.*s", (int)n, flags);
	}
	return count;
}

/* Those of the folder and of more messages. */
static size_t keywords_of(const struct box_folder *f, const struct box_message *m, size_t n, struct buf *names) {
	char(*known)[64] = quirk_alloc(NULL, KEYWORDS_TRACKED * sizeof *known);
	size_t count = 0;
	for (size_t i = 0; i < f->count; i++)
		count = add_keywords(known, count, f->at[i].flags);
	for (size_t i = 0; i < n; i++)
		count = add_keywords(known, count, m[i].flags);
	for (size_t i = 0; names && i < count; i++)
		buf_printf(names, " %s", known[i]);
	free(known);
	return count;
}

const struct quirk_rule *provider_append(const struct quirks *q, const struct box_folder *f,
					 const struct box_message *m, size_t n) {
	static const struct quirk_rule too_many = { .text = "NO Too many user flags in mailbox" },
				       no_end = { .text = "BAD [CLIENTBUG] APPEND Additional arguments found" };
	for (size_t i = 0; q->wants_end && i < n; i++)
		if (m[i].size < 2 || memcmp(m[i].text + m[i].size - 2, "\r\n", 2) != 0)
			return &no_end;
	if (!q->keywords_max || !f)
		return NULL;
	size_t with = keywords_of(f, m, n, NULL);
	return with > q->keywords_max && with > keywords_of(f, NULL, 0, NULL) ? &too_many : NULL;
}

size_t provider_keywords(const struct box_folder *f, struct buf *b) { return keywords_of(f, NULL, 0, b); }

static void add_up(const struct box_message *m, size_t n, size_t *bytes, size_t *messages) {
	for (size_t i = 0; i < n; i++)
		*bytes += m[i].size;
	*messages += n;
}

static void used(const struct quirk_server *s, size_t *bytes, size_t *messages) {
	*bytes = *messages = 0;
	for (size_t i = 0; i < s->folder_count; i++)
		add_up(s->folders[i].at, s->folders[i].count, bytes, messages);
}

bool provider_is_full(const struct quirk_server *s, const struct box_message *m, size_t n) {
	size_t bytes, messages;
	used(s, &bytes, &messages);
	add_up(m, n, &bytes, &messages);
	return (s->quirks->quota && bytes > s->quirks->quota) ||
	       (s->quirks->quota_messages && messages > s->quirks->quota_messages);
}

/* The limits of a root above it, which is further away, come last. */
bool answer_quota_root(struct session *c, const char *tag, const char *args) {
	size_t bytes, messages;
	char name[QUIRK_NAME_MAX];
	if (!quirk_word(&args, name, sizeof name))
		return session_say(c, "%s BAD no name\r\n", tag);
	pthread_mutex_lock(&c->server->lock);
	const struct quirks q = *c->server->quirks;
	used(c->server, &bytes, &messages);
	pthread_mutex_unlock(&c->server->lock);
	if (!quirk_has_cap(&q, "QUOTA"))
		return session_say(c, "%s BAD unknown command\r\n", tag);
	char storage[64] = "", number[64] = "";
	if (q.quota)
		snprintf(storage, sizeof storage, "STORAGE %zu %zu ", bytes / 1024, q.quota / 1024);
	if (q.quota_messages)
		snprintf(number, sizeof number, "MESSAGE %zu %u ", messages, q.quota_messages);
	return session_say(c,
			   "* QUOTAROOT %s \"\" \"all\"\r\n* QUOTA \"\" (X-ANNOTATION 1 1 %s%sMAILBOX 1 1)\r\n"
			   "* QUOTA all (STORAGE 1 4294967295)\r\n%s OK done\r\n",
			   name, storage, number, tag);
}

const struct box_message *provider_merges(const struct quirks *q, const struct box_folder *f,
					  const struct box_message *m) {
	for (size_t i = 0; q->merges && i < f->count; i++)
		if (f->at[i].size == m->size && memcmp(f->at[i].text, m->text, m->size) == 0)
			return &f->at[i];
	return NULL;
}

static void zimbra_headers(struct buf *fields) {
	size_t kept = 0;
	for (size_t i = 0; i < fields->len; i++) {
		char c = fields->data[i];
		while (c == '\r' && kept && strchr(" \t", fields->data[kept - 1]))
			kept--;
		fields->data[kept++] = (unsigned char)c >= 0x80 ? '?' : c;
	}
	fields->len = kept;
}

void provider_headers(const struct quirks *q, struct buf *fields) {
	if (q->other_headers)
		zimbra_headers(fields);
	if (q->header_max && fields->len > q->header_max)
		fields->len = q->header_max;
}

bool provider_takes_set(const struct quirks *q, const char *set) {
	unsigned long before = 0;
	while (q->strict_sets && *set && *set != ' ') {
		char *end;
		unsigned long n = *set == '*' ? UINT32_MAX : strtoul(set, &end, 10);
		if (n < before)
			return false;
		before = n;
		set = *set == '*' ? set + 1 : end;
		set += *set == ':' || *set == ',';
	}
	return true;
}
