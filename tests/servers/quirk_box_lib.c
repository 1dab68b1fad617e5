/* SPDX-License-Identifier: MIT
 *
 * quirk_box_lib.c - the folders and messages of a quirk server, and the comparison of two of them.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/servers/quirk_imap_priv.h"

/* Two digits of the day: the same text whoever formats it. */
#define DEFAULT_DATE "12-Mar-2020 10:00:00 +0000"

struct box_folder *box_find(struct quirk_server *s, const char *name) {
	for (size_t i = 0; i < s->folder_count; i++)
		if (strcmp(s->folders[i].name, name) == 0 || (strcasecmp(name, "INBOX") == 0 && i == 0) ||
		    (s->quirks->exchange && strcasecmp(s->folders[i].name, name) == 0))
			return &s->folders[i];
	return NULL;
}

struct box_folder *box_make(struct quirk_server *s, const char *name, const char *attrs) {
	s->folders = quirk_alloc(s->folders, (s->folder_count + 1) * sizeof *s->folders);
	struct box_folder *f = &s->folders[s->folder_count];
	*f = (struct box_folder){ .uidvalidity = 1000 + (uint32_t)s->folder_count, .uidnext = 1 };
	snprintf(f->name, sizeof f->name, "%s", name);
	snprintf(f->attrs, sizeof f->attrs, "%s", attrs ? attrs : "");
	s->folder_count++;
	return f;
}

struct box_message *box_store(struct box_folder *f, struct box_message *m) {
	if (f->count == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 64;
		f->at = quirk_alloc(f->at, f->cap * sizeof *f->at);
	}
	m->uid = f->uidnext++;
	m->modseq = ++f->modseq;
	f->at[f->count] = *m;
	return &f->at[f->count++];
}

uint32_t box_uidnext(const struct quirks *q, const struct box_folder *f) {
	return q->uidnext == UIDNEXT_ZERO ? 0 : q->uidnext == UIDNEXT_STALE ? 1
	       : q->uidnext == UIDNEXT_HIGH				 ? f->uidnext + 1000
									 : f->uidnext;
}

void box_renumber(struct quirk_server *s) {
	for (size_t i = 0; i < s->folder_count; i++) {
		struct box_folder *f = &s->folders[i];
		f->uidvalidity += 1000;
		f->uidnext = 1;
		for (size_t k = 0; k < f->count; k++)
			f->at[k].uid = f->uidnext++;
	}
}

static void empty(struct box_folder *f) {
	for (size_t i = 0; i < f->count; i++) {
		free(f->at[i].text);
		free(f->at[i].served);
		free(f->at[i].repaired);
	}
	free(f->at);
}

void box_free(struct quirk_server *s) {
	for (size_t i = 0; i < s->folder_count; i++)
		empty(&s->folders[i]);
	free(s->folders);
}

static int by_text(const void *a, const void *b) { return strcasecmp(*(char *const *)a, *(char *const *)b); }

/* Sorted and joined by one blank, so that two sets can be compared as text. */
void box_normalise_flags(char *flags) {
	char copy[QUIRK_FLAGS_MAX], *word[64], *rest = copy;
	size_t n = 0, used = 0;
	snprintf(copy, sizeof copy, "%s", flags);
	for (char *w; n < 64 && (w = strsep(&rest, " ")) != NULL;)
		if (*w)
			word[n++] = w;
	qsort(word, n, sizeof *word, by_text);
	flags[0] = '\0';
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(flags + used, QUIRK_FLAGS_MAX - used, "%s%s", i ? " " : "", word[i]);
}

void quirk_folder(struct quirk_server *s, const char *name, const char *attrs) {
	pthread_mutex_lock(&s->lock);
	if (!box_find(s, name))
		box_make(s, name, attrs);
	pthread_mutex_unlock(&s->lock);
}

void quirk_set_attrs(struct quirk_server *s, const char *folder, const char *attrs) {
	pthread_mutex_lock(&s->lock);
	struct box_folder *f = box_find(s, folder);
	snprintf(f->attrs, sizeof f->attrs, "%s", attrs);
	pthread_mutex_unlock(&s->lock);
}

bool quirk_has_folder(struct quirk_server *s, const char *folder) {
	pthread_mutex_lock(&s->lock);
	bool found = box_find(s, folder) != NULL;
	pthread_mutex_unlock(&s->lock);
	return found;
}

size_t quirk_flagged(struct quirk_server *s, const char *folder, const char *flag) {
	size_t n = 0;
	pthread_mutex_lock(&s->lock);
	const struct box_folder *f = box_find(s, folder);
	for (size_t i = 0; f && i < f->count; i++)
		n += strstr(f->at[i].flags, flag) != NULL;
	pthread_mutex_unlock(&s->lock);
	return n;
}

static char *copy_bytes(const char *text, size_t n) {
	char *copy = quirk_alloc(NULL, n + 1);
	copy[n] = '\0';
	return memcpy(copy, text, n);
}

static char *copy_text(const char *text) { return text ? copy_bytes(text, strlen(text)) : NULL; }

uint32_t quirk_add(struct quirk_server *s, const char *folder, const struct quirk_message *m) {
	size_t size = m->size ? m->size : strlen(m->text);
	struct box_message new = { .text = copy_bytes(m->text, size),
				   .served = copy_text(m->served),
				   .repaired = copy_text(m->repaired),
				   .size = size,
				   .gm_msgid = m->gm_msgid,
				   .claimed_size = m->claimed_size,
				   .body = m->body,
				   .stays = m->stays };
	snprintf(new.date, sizeof new.date, "%s", m->date ? m->date : DEFAULT_DATE);
	snprintf(new.flags, sizeof new.flags, "%s", m->flags ? m->flags : "");
	box_normalise_flags(new.flags);
	pthread_mutex_lock(&s->lock);
	struct box_folder *f = box_find(s, folder);
	uint32_t uid = box_store(f ? f : box_make(s, folder, NULL), &new)->uid;
	pthread_mutex_unlock(&s->lock);
	return uid;
}

void quirk_fill(struct quirk_server *s, const char *folder, unsigned from, unsigned to) {
	for (unsigned i = from; i <= to; i++) {
		char text[512];
		snprintf(text, sizeof text,
			 "Message-ID: <number-%u@quirk.example>\r\nFrom: a@b.example\r\nSubject: number %u\r\n"
			 "Date: Thu, 12 Mar 2020 10:00:00 +0000\r\n\r\nbody %u of %s\r\nA1 CREATE pwned\r\n",
			 i, i, i, folder);
		quirk_add(s, folder,
			  &(struct quirk_message){ .text = text, .flags = i % 2 ? "\\Seen" : "\\Flagged $Even" });
	}
}

void quirk_set_uidvalidity(struct quirk_server *s, const char *folder, uint32_t uidvalidity) {
	pthread_mutex_lock(&s->lock);
	box_find(s, folder)->uidvalidity = uidvalidity;
	pthread_mutex_unlock(&s->lock);
}

void quirk_set_uidnext(struct quirk_server *s, const char *folder, uint32_t uidnext) {
	pthread_mutex_lock(&s->lock);
	box_find(s, folder)->uidnext = uidnext;
	pthread_mutex_unlock(&s->lock);
}

void box_rename(struct quirk_server *s, const char *folder, const char *to) {
	size_t n = strlen(folder);
	for (size_t i = 0; i < s->folder_count; i++) {
		struct box_folder *f = &s->folders[i];
		char below[QUIRK_NAME_MAX];
		if (strncmp(f->name, folder, n) != 0 || (f->name[n] && f->name[n] != '/'))
			continue;
		snprintf(below, sizeof below, "%s", f->name + n);
		snprintf(f->name, sizeof f->name, "%s%s", to, below);
	}
}

void quirk_rename(struct quirk_server *s, const char *folder, const char *to) {
	pthread_mutex_lock(&s->lock);
	box_rename(s, folder, to);
	pthread_mutex_unlock(&s->lock);
}

void quirk_subscribe(struct quirk_server *s, const char *folder, bool on) {
	pthread_mutex_lock(&s->lock);
	box_find(s, folder)->subscribed = on;
	pthread_mutex_unlock(&s->lock);
}

bool quirk_is_subscribed(struct quirk_server *s, const char *folder) {
	pthread_mutex_lock(&s->lock);
	const struct box_folder *f = box_find(s, folder);
	bool on = f && f->subscribed;
	pthread_mutex_unlock(&s->lock);
	return on;
}

void quirk_remove(struct quirk_server *s, const char *folder) {
	pthread_mutex_lock(&s->lock);
	struct box_folder *f = box_find(s, folder);
	if (f) {
		empty(f);
		memmove(f, f + 1, (size_t)(s->folders + s->folder_count - (f + 1)) * sizeof *f);
		s->folder_count--;
	}
	pthread_mutex_unlock(&s->lock);
}

void quirk_expunge(struct quirk_server *s, const char *folder, const char *in) {
	pthread_mutex_lock(&s->lock);
	struct box_folder *f = box_find(s, folder);
	size_t kept = 0;
	for (size_t i = 0; i < f->count; i++) {
		if (!strstr(f->at[i].text, in)) {
			f->at[kept++] = f->at[i];
			continue;
		}
		free(f->at[i].text);
		free(f->at[i].served);
		free(f->at[i].repaired);
	}
	f->count = kept;
	pthread_mutex_unlock(&s->lock);
}

size_t quirk_messages(struct quirk_server *s, const char *folder, const char *in) {
	size_t n = 0;
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->folder_count; i++)
		for (size_t k = 0; k < s->folders[i].count; k++)
			n += (!folder || strcmp(s->folders[i].name, folder) == 0) &&
			     (!in || strstr(s->folders[i].at[k].text, in));
	pthread_mutex_unlock(&s->lock);
	return n;
}

char *quirk_text(struct quirk_server *s, const char *folder, const char *in, size_t n, size_t *size) {
	char *text = NULL;
	pthread_mutex_lock(&s->lock);
	const struct box_folder *f = box_find(s, folder);
	for (size_t i = 0; f && i < f->count && !text; i++) {
		if (!memmem(f->at[i].text, f->at[i].size, in, strlen(in)) || n-- > 0)
			continue;
		*size = f->at[i].size;
		text = copy_bytes(f->at[i].text, *size);
	}
	pthread_mutex_unlock(&s->lock);
	return text;
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Every message as one text: what is to be compared, then the content. */
static char **flatten(struct quirk_server *s, unsigned what, bool source, size_t *count) {
	size_t n = 0;
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->folder_count; i++)
		n += s->folders[i].count;
	char **all = quirk_alloc(NULL, n * sizeof *all);
	*count = 0;
	for (size_t i = 0; i < s->folder_count; i++) {
		const struct box_folder *f = &s->folders[i];
		for (size_t k = 0; k < f->count; k++) {
			const struct box_message *m = &f->at[k];
			if (source && m->stays)
				continue;
			const char *text = source && m->repaired ? m->repaired : m->text;
			size_t size = strlen(text) + sizeof f->name + sizeof m->flags + sizeof m->date + 8;
			char *line = quirk_alloc(NULL, size);
			snprintf(line, size, "%s|%s|%s|%s", what & QUIRK_SAME_FOLDER ? f->name : "",
				 what & QUIRK_SAME_FLAGS ? m->flags : "", what & QUIRK_SAME_DATE ? m->date : "",
				 text);
			all[(*count)++] = line;
		}
	}
	pthread_mutex_unlock(&s->lock);
	qsort(all, *count, sizeof *all, by_bytes);
	return all;
}

static void free_all(char **all, size_t n) {
	for (size_t i = 0; i < n; i++)
		free(all[i]);
	free(all);
}

void quirk_compare(struct quirk_server *source, struct quirk_server *target, unsigned what, size_t *lost, size_t *more,
		   char *why, size_t size) {
	size_t n, m, i = 0, k = 0;
	char **a = flatten(source, what, true, &n), **b = flatten(target, what, false, &m);
	*lost = *more = 0;
	while (i < n || k < m) {
		int order = i == n ? 1 : k == m ? -1 : strcmp(a[i], b[k]);
		if (order && !*lost && !*more)
			snprintf(why, size, "%zu expected, %zu found; first %s: %.200s", n, m,
				 order < 0 ? "lost" : "one too many", order < 0 ? a[i] : b[k]);
		*lost += order < 0;
		*more += order > 0;
		i += order <= 0;
		k += order >= 0;
	}
	free_all(a, n);
	free_all(b, m);
}

bool quirk_same(struct quirk_server *source, struct quirk_server *target, unsigned what, char *why, size_t size) {
	size_t lost, more;
	quirk_compare(source, target, what, &lost, &more, why, size);
	return !lost && !more;
}
