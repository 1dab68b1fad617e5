/* SPDX-License-Identifier: MIT
 *
 * edit.c - one line of text being typed, plain or secret.
 */
#include "tui/view/edit.h"

#include <dirent.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/text.h"
#include "tui/term/utf8.h"

#define SECRET_TYPED_MAX 512

void edit_set(struct edit *e, const char *text) {
	text_copy(e->text, sizeof e->text, text);
	e->at = strlen(e->text);
}

void edit_clear(struct edit *e) {
	secret_clear(&e->secret);
	sodium_memzero(e->text, sizeof e->text);
	e->at = 0;
}

/* A secret is only typed at its end and never lies in ordinary memory longer than this call. */
static void type_secret(struct edit *e, const char *bytes, size_t n) {
	char whole[SECRET_TYPED_MAX];
	size_t have = e->secret.data ? e->secret.len : 0;
	if (have + n >= sizeof whole)
		return;
	if (have)
		memcpy(whole, e->secret.data, have);
	memcpy(whole + have, bytes, n);
	secret_clear(&e->secret);
	secret_set(&e->secret, whole, have + n);
	sodium_memzero(whole, sizeof whole);
}

static void erase_secret(struct edit *e) {
	char whole[SECRET_TYPED_MAX];
	size_t have = e->secret.data ? e->secret.len : 0;
	if (have == 0 || have >= sizeof whole)
		return;
	memcpy(whole, e->secret.data, have);
	do
		have--;
	while (have > 0 && ((unsigned char)whole[have] & 0xc0) == 0x80);
	secret_clear(&e->secret);
	if (have)
		secret_set(&e->secret, whole, have);
	sodium_memzero(whole, sizeof whole);
}

static bool hidden_key(struct edit *e, const struct key *k) {
	char bytes[4];
	if (k->code == K_BACKSPACE) {
		erase_secret(e);
	} else if (k->code == K_CTRL('U')) {
		secret_clear(&e->secret);
	} else if (k->code >= K_SPACE && k->code < 0x110000) {
		type_secret(e, bytes, utf8_put(bytes, (uint32_t)k->code));
	} else {
		return false;
	}
	return true;
}

static void insert(struct edit *e, int32_t code) {
	char bytes[4];
	size_t len = strlen(e->text), n = utf8_put(bytes, (uint32_t)code);
	if (len + n >= sizeof e->text || utf8_width((uint32_t)code) < 0)
		return;
	memmove(e->text + e->at + n, e->text + e->at, len - e->at + 1);
	memcpy(e->text + e->at, bytes, n);
	e->at += n;
}

static void erase(struct edit *e, size_t from, size_t to) {
	memmove(e->text + from, e->text + to, strlen(e->text + to) + 1);
	e->at = from;
}

bool edit_key(struct edit *e, const struct key *k) {
	const char *next = e->text + e->at;
	size_t before = (size_t)(utf8_prev(e->text, e->text + e->at) - e->text);
	if (e->hidden)
		return hidden_key(e, k);
	utf8_next(&next);
	switch (k->code) {
	case K_LEFT:
		e->at = before;
		return true;
	case K_RIGHT:
		e->at = (size_t)(next - e->text);
		return true;
	case K_HOME:
	case K_CTRL('A'):
		e->at = 0;
		return true;
	case K_END:
	case K_CTRL('E'):
		e->at = strlen(e->text);
		return true;
	case K_BACKSPACE:
		erase(e, before, e->at);
		return true;
	case K_DELETE:
		erase(e, e->at, (size_t)(next - e->text));
		return true;
	case K_CTRL('U'):
		erase(e, 0, e->at);
		return true;
	case K_CTRL('W'):
		while (before > 0 && e->text[before - 1] != ' ' && e->text[before - 1] != '/')
			before--;
		erase(e, before, e->at);
		return true;
	default:
		if (k->code < K_SPACE || k->code >= 0x110000)
			return false;
		insert(e, k->code);
		return true;
	}
}

/* The longest beginning that all names in dir share with `stem` in front. */
static size_t common_beginning(const char *dir, const char *stem, char *best, size_t size) {
	size_t found = 0, stem_len = strlen(stem);
	DIR *d = opendir(*dir ? dir : ".");
	if (!d)
		return 0;
	for (struct dirent *ent; (ent = readdir(d)) != NULL;) {
		if (strncmp(ent->d_name, stem, stem_len) != 0 || (ent->d_name[0] == '.' && *stem != '.'))
			continue;
		if (found++ == 0) {
			text_copy(best, size, ent->d_name);
			continue;
		}
		size_t same = 0;
		while (best[same] && best[same] == ent->d_name[same])
			same++;
		while (same > 0 && ((unsigned char)best[same] & 0xc0) == 0x80)
			same--;
		best[same] = '\0';
	}
	closedir(d);
	return found;
}

void edit_path(char *dst, size_t size, const char *typed) {
	const char *home = getenv("HOME");
	if (typed[0] == '~' && typed[1] == '/' && home)
		snprintf(dst, size, "%s%s", home, typed + 1);
	else
		text_copy(dst, size, typed);
}

bool edit_complete_path(struct edit *e) {
	char dir[EDIT_MAX], best[EDIT_MAX] = "", path[EDIT_MAX * 2];
	struct stat st;
	edit_path(path, sizeof path, e->text);
	const char *slash = strrchr(path, '/');
	const char *stem = slash ? slash + 1 : path;
	snprintf(dir, sizeof dir, "%.*s", (int)(stem - path), path);
	size_t found = common_beginning(dir, stem, best, sizeof best);
	if (found == 0)
		return false;
	snprintf(path, sizeof path, "%s%s", dir, best);
	if (found == 1 && stat(path, &st) == 0 && S_ISDIR(st.st_mode) && strlen(path) + 2 < sizeof path)
		memcpy(path + strlen(path), "/", 2);
	edit_set(e, path);
	return true;
}

static void draw_hidden(const struct edit *e, struct grid *g, int x, int y, int w, enum style st, bool focus) {
	int dots = 0;
	for (size_t i = 0; e->secret.data && i < e->secret.len && dots < w - 1; i++)
		if (((unsigned char)e->secret.data[i] & 0xc0) != 0x80)
			grid_text(g, x + dots++, y, 1, st, "●");
	if (focus) {
		g->cursor_x = x + dots;
		g->cursor_y = y;
		g->cursor_shown = true;
	}
}

void edit_draw(const struct edit *e, struct grid *g, int x, int y, int w, enum style st, bool focus) {
	char before[EDIT_MAX];
	grid_fill(g, (struct rect){ x, y, w, 1 }, st);
	if (e->hidden) {
		draw_hidden(e, g, x, y, w, st, focus);
		return;
	}
	const char *from = e->text;
	for (;;) {
		snprintf(before, sizeof before, "%.*s", (int)(e->text + e->at - from), from);
		if (utf8_cells(before) < w || from >= e->text + e->at)
			break;
		utf8_next(&from);
	}
	grid_text(g, x, y, w, st, from);
	if (focus) {
		g->cursor_x = x + utf8_cells(before);
		g->cursor_y = y;
		g->cursor_shown = true;
	}
}
