/* SPDX-License-Identifier: MIT
 *
 * dead_letters_list.c - which dead letters there are, and what their .txt files say.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/store/dead_letters_int.h"

#define FACTS_FILE_MAX 65536
#define IDS_MAX 1000000

#define FIELD(label, member) \
	{ label, offsetof(struct dead_letter_facts, member), sizeof(((struct dead_letter_facts *)0)->member) }
const struct dead_letter_field dead_letter_fields[] = {
	FIELD("Mailbox", source),   FIELD("Target", target),   FIELD("Folder", folder),
	FIELD("UID", uid),	    FIELD("Date", date),       FIELD("From", from),
	FIELD("Subject", subject),  FIELD("Message-ID", message_id), FIELD("Arrived", arrived),
	FIELD("Flags", flags),	    FIELD("Reason", reason),   { NULL, 0, 0 },
};

struct ids {
	struct dead_letter_id *at;
	size_t count, cap;
};

static int by_number(const void *va, const void *vb) {
	const struct dead_letter_id *a = va, *b = vb;
	if (a->mailbox != b->mailbox)
		return a->mailbox < b->mailbox ? -1 : 1;
	if (a->folder != b->folder)
		return a->folder < b->folder ? -1 : 1;
	if (a->uidvalidity != b->uidvalidity)
		return a->uidvalidity < b->uidvalidity ? -1 : 1;
	return a->uid < b->uid ? -1 : a->uid > b->uid;
}

static bool add_id(struct ids *l, const struct dead_letter_id *id, struct err *e) {
	if (l->count == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 64;
		struct dead_letter_id *p = cap > IDS_MAX ? NULL : realloc(l->at, cap * sizeof *p);
		if (!p)
			return err_nomem(e);
		l->at = p;
		l->cap = cap;
	}
	l->at[l->count++] = *id;
	return true;
}

/* Closes fd. take: reads a name into an id, false for what is none. */
static bool read_names(int fd, bool (*take)(const char *name, struct dead_letter_id *id), int64_t mailbox,
		       struct ids *l, struct err *e) {
	DIR *d = fdopendir(fd);
	bool ok = true;
	if (!d) {
		close(fd);
		return err_errno(e, ERR_LOCAL_DISK, "Cannot read the directory of refused messages");
	}
	for (const struct dirent *entry; ok && (entry = readdir(d)) != NULL;) {
		struct dead_letter_id id = { .mailbox = mailbox };
		if (take(entry->d_name, &id))
			ok = add_id(l, &id, e);
	}
	closedir(d);
	if (l->count)
		qsort(l->at, l->count, sizeof *l->at, by_number);
	return ok;
}

bool dead_letters_each(int dir, int64_t mailbox, dead_letter_id_fn *fn, void *arg, struct err *e) {
	struct ids l = { 0 };
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (copy < 0)
		return err_errno(e, ERR_LOCAL_DISK, "Cannot read the directory of refused messages");
	bool ok = read_names(copy, dead_letter_parse, mailbox, &l, e);
	for (size_t i = 0; ok && i < l.count && fn(arg, &l.at[i]); i++)
		;
	free(l.at);
	return ok;
}

static void take_line(struct dead_letter_facts *f, char *line) {
	char *colon = strstr(line, ": ");
	if (!colon)
		return;
	*colon = '\0';
	for (size_t i = 0; dead_letter_fields[i].label; i++)
		if (strcmp(line, dead_letter_fields[i].label) == 0)
			text_sanitise((char *)f + dead_letter_fields[i].offset, dead_letter_fields[i].size, colon + 2,
				      strlen(colon + 2));
}

/* Somebody may have taken the file away, or written into it: what can be read is shown. */
static void read_facts(int dir, const char *file, struct dead_letter_facts *f) {
	char name[DEAD_LETTER_NAME_MAX + 16];
	*f = (struct dead_letter_facts){ 0 };
	snprintf(name, sizeof name, "%s.txt", file);
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	char *text = malloc(FACTS_FILE_MAX + 1), *rest = text;
	ssize_t n = text ? read(fd, text, FACTS_FILE_MAX) : -1;
	close(fd);
	if (n > 0) {
		text[n] = '\0';
		for (char *line; (line = strsep(&rest, "\n")) != NULL;)
			take_line(f, line);
	}
	free(text);
}

struct listing {
	struct store *s;
	int dir;
	dead_letter_fn *fn;
	void *arg;
	bool stopped;
};

static bool list_one(void *arg, const struct dead_letter_id *id) {
	struct listing *l = arg;
	char file[DEAD_LETTER_NAME_MAX], name[DEAD_LETTER_NAME_MAX];
	struct stat st;
	struct dead_letter_row *row = malloc(sizeof *row);
	if (!row)
		return false;
	*row = (struct dead_letter_row){ .id = *id };
	dead_letter_file(file, id);
	dead_letter_name(name, id);
	snprintf(row->path, sizeof row->path, "%s/%s", store_dir(l->s), name);
	if (stat(row->path, &st) == 0) {
		row->size = (uint64_t)st.st_size;
		row->kept = (wall_ms_t)st.st_mtime * 1000;
	}
	read_facts(l->dir, file, &row->facts);
	l->stopped = !l->fn(l->arg, row);
	free(row);
	return !l->stopped;
}

static bool list_mailbox(struct listing *l, int64_t mailbox, struct err *e) {
	err_clear(e);
	l->dir = dead_letters_open(l->s, mailbox, false, e);
	if (l->dir < 0)
		return e->cat == ERR_NONE;
	bool ok = dead_letters_each(l->dir, mailbox, list_one, l, e);
	close(l->dir);
	return ok;
}

static bool take_mailbox(const char *name, struct dead_letter_id *id) {
	uint64_t n;
	if (!text_u64(name, 1, INT64_MAX, &n))
		return false;
	id->mailbox = (int64_t)n;
	return true;
}

bool dead_letters_list(struct store *s, int64_t mailbox, dead_letter_fn *fn, void *arg, struct err *e) {
	struct listing l = { .s = s, .fn = fn, .arg = arg };
	struct ids mailboxes = { 0 };
	if (mailbox)
		return list_mailbox(&l, mailbox, e);
	err_clear(e);
	int all = dead_letters_open(s, 0, false, e);
	if (all < 0)
		return e->cat == ERR_NONE;
	bool ok = read_names(all, take_mailbox, 0, &mailboxes, e);
	for (size_t i = 0; ok && i < mailboxes.count && !l.stopped; i++)
		ok = list_mailbox(&l, mailboxes.at[i].mailbox, e);
	free(mailboxes.at);
	return ok;
}

bool dead_letters_any(struct store *s, int64_t mailbox) {
	struct err e;
	int dir = dead_letters_open(s, mailbox, false, &e);
	if (dir < 0)
		return false;
	close(dir);
	return true;
}

bool dead_letter_there(struct store *s, const struct dead_letter_id *id) {
	char name[DEAD_LETTER_NAME_MAX], path[4096];
	dead_letter_name(name, id);
	int n = snprintf(path, sizeof path, "%s/%s", store_dir(s), name);
	return n > 0 && (size_t)n < sizeof path && access(path, F_OK) == 0;
}
