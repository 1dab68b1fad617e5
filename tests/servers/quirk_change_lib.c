/* SPDX-License-Identifier: MIT
 *
 * quirk_change_lib.c - UID STORE, UID EXPUNGE and UID MOVE, and what a test does in the owner's place.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/servers/quirk_imap_priv.h"

size_t box_visible(const struct box_folder *f) {
	size_t n = 0;
	for (size_t i = 0; i < f->count; i++)
		n += !f->at[i].hidden;
	return n;
}

static bool holds_flag(const char *flags, const char *word, size_t n) {
	for (const char *w = flags; *w;) {
		size_t k = strcspn(w, " ");
		if (k == n && strncasecmp(w, word, n) == 0)
			return true;
		w += k + (w[k] == ' ');
	}
	return false;
}

/* flags with or without the words. */
static void change_flags(char *flags, const char *words, bool add) {
	char out[QUIRK_FLAGS_MAX] = "";
	size_t used = 0;
	for (const char *w = flags; *w;) {
		size_t n = strcspn(w, " ");
		if (n && !holds_flag(words, w, n))
			used += (size_t)snprintf(out + used, sizeof out - used, "%s%.*s", used ? " " : "", (int)n, w);
		w += n + (w[n] == ' ');
	}
	if (add)
		snprintf(out + used, sizeof out - used, "%s%s", used ? " " : "", words);
	snprintf(flags, QUIRK_FLAGS_MAX, "%s", out);
	box_normalise_flags(flags);
}

static struct box_folder *selected(struct session *c) {
	return c->selected[0] ? box_find(c->server, c->selected) : NULL;
}

static uint32_t last_uid(const struct box_folder *f) {
	return f->count ? f->at[f->count - 1].uid : 0;
}

/* 1,2:5 +FLAGS.SILENT (\Seen word) */
bool answer_store(struct session *c, const char *tag, const char *args) {
	const char *what = strchr(args, ' '), *list = strchr(args, '(');
	char words[QUIRK_FLAGS_MAX] = "";
	if (!what || !list || (what[1] != '+' && what[1] != '-'))
		return session_say(c, "%s BAD no such STORE\r\n", tag);
	snprintf(words, sizeof words, "%.*s", (int)strcspn(list + 1, ")"), list + 1);
	pthread_mutex_lock(&c->server->lock);
	struct box_folder *f = selected(c);
	for (size_t i = 0; f && i < f->count; i++)
		if (box_in_set(args, f->at[i].uid, last_uid(f)) &&
		    !(c->server->quirks->stale && f->at[i].uid >= c->seen)) {
			change_flags(f->at[i].flags, words, what[1] == '+');
			f->at[i].modseq = ++f->modseq;
		}
	pthread_mutex_unlock(&c->server->lock);
	return session_say(c, "%s %s\r\n", tag, f ? "OK done" : "NO nothing selected");
}

/* Takes those out that are in the set (and \Deleted, if asked): into `to`, or away. */
static size_t take_out(struct box_folder *f, const char *set, bool deleted_only, struct box_folder *to) {
	size_t kept = 0, n = f->count;
	uint32_t last = last_uid(f);
	for (size_t i = 0; i < n; i++) {
		struct box_message *m = &f->at[i];
		if (!box_in_set(set, m->uid, last) ||
		    (deleted_only && !holds_flag(m->flags, "\\Deleted", strlen("\\Deleted")))) {
			f->at[kept++] = *m;
			continue;
		}
		if (to) {
			struct box_message copy = *m;
			box_store(to, &copy);
		} else {
			free(m->text);
			free(m->served);
		}
	}
	f->count = kept;
	return n - kept;
}

bool answer_expunge(struct session *c, const char *tag, const char *args) {
	if (!quirk_has_cap(c->server->quirks, "UIDPLUS"))
		return session_say(c, "%s BAD no UIDPLUS\r\n", tag);
	pthread_mutex_lock(&c->server->lock);
	struct box_folder *f = selected(c);
	size_t n = f ? take_out(f, args, true, NULL) : 0;
	pthread_mutex_unlock(&c->server->lock);
	for (size_t i = 0; i < n; i++)
		if (!session_say(c, "* 1 EXPUNGE\r\n"))
			return false;
	return session_say(c, "%s OK done\r\n", tag);
}

bool answer_move(struct session *c, const char *tag, const char *args) {
	char name[QUIRK_NAME_MAX];
	const char *p = strchr(args, ' ');
	if (!quirk_has_cap(c->server->quirks, "MOVE") || !p)
		return session_say(c, "%s BAD no MOVE\r\n", tag);
	p++;
	if (!quirk_word(&p, name, sizeof name))
		return session_say(c, "%s BAD no name\r\n", tag);
	pthread_mutex_lock(&c->server->lock);
	struct box_folder *f = selected(c), *to = box_find(c->server, name);
	if (f && to && f != to)
		take_out(f, args, false, to);
	pthread_mutex_unlock(&c->server->lock);
	return session_say(c, "%s %s\r\n", tag, to ? "OK done" : "NO [TRYCREATE] no such folder");
}

void quirk_set_flags(struct quirk_server *s, const char *folder, const char *in, const char *flags) {
	pthread_mutex_lock(&s->lock);
	struct box_folder *f = box_find(s, folder);
	for (size_t i = 0; i < f->count; i++) {
		if (in && !strstr(f->at[i].text, in))
			continue;
		snprintf(f->at[i].flags, sizeof f->at[i].flags, "%s", flags);
		box_normalise_flags(f->at[i].flags);
		f->at[i].modseq = ++f->modseq;
	}
	pthread_mutex_unlock(&s->lock);
}

void quirk_hide(struct quirk_server *s, const char *folder, const char *in, bool hidden) {
	pthread_mutex_lock(&s->lock);
	struct box_folder *f = box_find(s, folder);
	for (size_t i = 0; i < f->count; i++)
		if (!in || strstr(f->at[i].text, in))
			f->at[i].hidden = hidden;
	pthread_mutex_unlock(&s->lock);
}

bool quirk_is_flagged(struct quirk_server *s, const char *folder, const char *in, const char *flags) {
	char wanted[QUIRK_FLAGS_MAX];
	size_t found = 0, right = 0;
	snprintf(wanted, sizeof wanted, "%s", flags);
	box_normalise_flags(wanted);
	pthread_mutex_lock(&s->lock);
	const struct box_folder *f = box_find(s, folder);
	for (size_t i = 0; f && i < f->count; i++) {
		if (!strstr(f->at[i].text, in))
			continue;
		found++;
		right += strcasecmp(f->at[i].flags, wanted) == 0;
	}
	pthread_mutex_unlock(&s->lock);
	return found && found == right;
}
