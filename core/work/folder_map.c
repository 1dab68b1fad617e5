/* SPDX-License-Identifier: MIT
 *
 * folder_map.c - the plan of target folders, in three passes: INBOX, special use, the rest
 * from the top of the tree downwards, so that children follow wherever their parent went.
 */
#include "core/work/folder_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/hash.h"
#include "core/base/text.h"
#include "core/work/folder_name.h"

#define SUFFIX_TRIES 100
#define SHORT_LEVEL 100 /* bytes of a level that are kept when the whole name does not fit */

static const struct {
	uint32_t attr;
	const char *name;
} special_uses[] = {
	{ ATTR_SENT, "\\Sent" }, { ATTR_DRAFTS, "\\Drafts" },	{ ATTR_TRASH, "\\Trash" }, { ATTR_JUNK, "\\Junk" },
	{ ATTR_ARCHIVE, "\\Archive" }, { ATTR_ALL, "\\All" }, { ATTR_FLAGGED, "\\Flagged" },
	{ ATTR_IMPORTANT, "\\Important" },
};

static const struct {
	unsigned change;
	const char *note;
} change_notes[] = {
	{ LEVEL_OPAQUE, "the source's name is not valid modified UTF-7" },
	{ LEVEL_DELIMITER, "the name holds the target's hierarchy separator" },
	{ LEVEL_CONTROL, "the name holds control characters" },
	{ LEVEL_BLANKS, "the name begins or ends with blanks" },
	{ LEVEL_DOTS, "\".\" and \"..\" are no folder names" },
	{ LEVEL_EMPTY, "a level of the name is empty" },
};

struct plan {
	const struct folder_map_input *in;
	struct folder_mapping *out;
	uint32_t *by_depth; /* source indices, parents before children */
	uint32_t *by_wire;  /* source indices sorted by wire name, then by position */
	unsigned *depth;
	bool *placed;	  /* out[i] is decided (also for containers, until the end) */
	uint64_t *claims; /* folded names that are taken */
	size_t claim_count;
};

static bool is_container(const struct folder_info *f) { return f->attrs & (ATTR_NOSELECT | ATTR_NONEXISTENT); }

static bool is_inbox(const char *wire) { return strcasecmp(wire, "INBOX") == 0; }

static void set_renamed(struct folder_mapping *m, const char *note) {
	m->renamed = true;
	if (!m->note[0])
		text_copy(m->note, sizeof m->note, note);
}

/* The source name behind the namespace prefix. "INBOX" in a prefix has no case. */
static const char *behind_prefix(const struct plan *p, const char *wire) {
	const char *prefix = p->in->source_prefix ? p->in->source_prefix : "";
	size_t n = strlen(prefix), inbox = strncasecmp(prefix, "INBOX", 5) == 0 ? 5 : 0;
	bool below = n >= inbox && strncasecmp(wire, prefix, inbox) == 0 &&
		     strncmp(wire + inbox, prefix + inbox, n - inbox) == 0;
	return below && wire[n] ? wire + n : wire;
}

static size_t level_length(const char *p, char delimiter) {
	const char *stop = delimiter ? strchr(p, delimiter) : NULL;
	return stop ? (size_t)(stop - p) : strlen(p);
}

static unsigned count_levels(const struct plan *p, const struct folder_info *f) {
	unsigned n = 1;
	for (const char *s = behind_prefix(p, f->wire); *s; s++)
		n += f->delimiter && *s == f->delimiter;
	return n;
}

static bool claimed(const struct plan *p, uint64_t name) {
	for (size_t i = 0; i < p->claim_count; i++)
		if (p->claims[i] == name)
			return true;
	return false;
}

static int compare_wire(const void *a, const void *b, void *arg) {
	const struct plan *p = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int d = strcmp(p->in->source[x].wire, p->in->source[y].wire);
	return d ? d : (x > y) - (x < y);
}

static int compare_depth(const void *a, const void *b, void *arg) {
	const struct plan *p = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	if (p->depth[x] != p->depth[y])
		return p->depth[x] < p->depth[y] ? -1 : 1;
	return (x > y) - (x < y);
}

/* The first source folder whose wire name is these n bytes; -1 when there is none. */
static ptrdiff_t find_source(const struct plan *p, const char *wire, size_t n) {
	size_t low = 0, high = p->in->source_count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const char *name = p->in->source[p->by_wire[mid]].wire;
		int d = strncmp(name, wire, n);
		if (d < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == p->in->source_count)
		return -1;
	const char *name = p->in->source[p->by_wire[low]].wire;
	return strncmp(name, wire, n) == 0 && name[n] == '\0' ? (ptrdiff_t)p->by_wire[low] : -1;
}

/* Where a name hangs: the wire name of the parent at the target ("" = at the top) and the levels left. */
struct place {
	const struct folder_mapping *parent;
	const char *base;
	const char *rest;
};

static struct place find_place(const struct plan *p, const struct folder_info *f, bool follow_parents) {
	const char *name = behind_prefix(p, f->wire);
	struct place at = { .base = "", .rest = name };
	if (!f->delimiter)
		return at;
	size_t first = level_length(name, f->delimiter);
	if (first == 5 && name[first] && strncasecmp(name, "INBOX", 5) == 0)
		at = (struct place){ .base = "INBOX", .rest = name + first + 1 };
	if (!follow_parents)
		return at;
	for (const char *s = name + strlen(name); s > at.rest; s--) {
		if (s[-1] != f->delimiter)
			continue;
		ptrdiff_t j = find_source(p, f->wire, (size_t)(s - 1 - f->wire));
		if (j >= 0 && p->placed[j] && p->out[j].wire[0])
			return (struct place){ .parent = &p->out[j], .base = p->out[j].wire, .rest = s };
	}
	return at;
}

static bool put_top(const struct plan *p, struct buf *wire, const char *base) {
	if (!base[0])
		return buf_puts(wire, p->in->target_prefix ? p->in->target_prefix : "");
	return buf_puts(wire, base) && buf_putc(wire, p->in->target_delimiter ? p->in->target_delimiter : '_');
}

/* Cut to max bytes, not inside a UTF-8 sequence. */
static size_t cut_utf8(const char *p, size_t n, size_t max) {
	if (n <= max)
		return n;
	while (max && ((unsigned char)p[max] & 0xC0) == 0x80)
		max--;
	return max;
}

static uint32_t short_hash(const char *text) {
	struct hasher h;
	struct hash hash;
	hash_begin(&h);
	hash_add(&h, text, strlen(text));
	hash_end(&h, &hash);
	return (uint32_t)hash_u64(&hash);
}

/* For a name that does not fit: below its parent, or at the top, the last level cut and made unique. */
static bool place_short(const struct plan *p, const struct folder_info *f, const struct place *at,
			struct folder_mapping *m) {
	const char *last = at->rest, *stop = f->delimiter ? strrchr(at->rest, f->delimiter) : NULL;
	struct buf level, wire;
	unsigned changes = 0;
	bool ok = false;
	if (stop)
		last = stop + 1;
	buf_init(&level, 4 * FOLDER_NAME_MAX);
	buf_init(&wire, FOLDER_NAME_MAX - 1);
	if (folder_level_clean(&level, last, strlen(last), p->in->target_delimiter, &changes)) {
		level.len = cut_utf8(level.data, level.len, SHORT_LEVEL);
		buf_printf(&level, " (%08x)", short_hash(f->wire));
		ok = put_top(p, &wire, at->base) && folder_level_encode(&wire, level.data, level.len);
		if (!ok) {
			buf_reset(&wire);
			ok = put_top(p, &wire, "") && folder_level_encode(&wire, level.data, level.len);
		}
	}
	if (ok) {
		text_copy(m->wire, sizeof m->wire, wire.data);
		set_renamed(m, "the name is too long for the target");
	}
	buf_free(&level);
	buf_free(&wire);
	return ok;
}

/* The name that a folder has by the rules of levels alone: no collisions, no special use. */
static bool place_plain(const struct plan *p, const struct folder_info *f, const struct place *at,
			struct folder_mapping *m, struct err *e) {
	struct buf level, wire;
	unsigned changes = 0, levels = at->base[0] ? 1 : 0;
	char separator = p->in->target_delimiter ? p->in->target_delimiter : '_';
	buf_init(&level, 4 * FOLDER_NAME_MAX);
	buf_init(&wire, FOLDER_NAME_MAX - 1);
	bool ok = put_top(p, &wire, at->base);
	for (const char *s = at->rest; ok; s++) {
		size_t n = level_length(s, f->delimiter);
		buf_reset(&level);
		ok = (s == at->rest || buf_putc(&wire, separator)) &&
		     folder_level_clean(&level, s, n, p->in->target_delimiter, &changes) &&
		     folder_level_encode(&wire, level.data, level.len);
		levels++;
		s += n;
		if (!*s)
			break;
	}
	for (size_t i = 0; i < sizeof change_notes / sizeof change_notes[0]; i++)
		if (changes & change_notes[i].change)
			set_renamed(m, change_notes[i].note);
	if (levels > 1 && !p->in->target_delimiter)
		set_renamed(m, "the target has no folders inside folders");
	if (at->parent && at->parent->renamed)
		set_renamed(m, "the folder above it is renamed");
	if (ok)
		text_copy(m->wire, sizeof m->wire, wire.data);
	else
		ok = place_short(p, f, at, m);
	buf_free(&level);
	buf_free(&wire);
	if (!ok)
		return err_set(e, ERR_FOLDER_NAME,
			       "The namespace prefix of the target leaves no room for folder names");
	folder_display(m->display, m->wire, p->in->target_delimiter);
	return true;
}

/* Takes a name that no other source folder has: " (2)", " (3)" until one is free. */
static bool claim_free_name(struct plan *p, const struct folder_info *f, struct folder_mapping *m, struct err *e) {
	struct folder_mapping plain = *m;
	uint64_t name = folder_fold(m->display);
	for (unsigned n = 2; claimed(p, name); n++) {
		char suffix[24];
		if (n <= SUFFIX_TRIES)
			snprintf(suffix, sizeof suffix, " (%u)", n);
		else
			snprintf(suffix, sizeof suffix, " (%08x-%u)", short_hash(f->wire), n);
		size_t len = strlen(plain.wire);
		if (len + strlen(suffix) >= sizeof m->wire) {
			/* Only a name of nearly FOLDER_NAME_MAX: make room by the short form, which is unique. */
			struct place at = { .base = "", .rest = behind_prefix(p, f->wire) };
			if (!place_short(p, f, &at, m))
				return err_set(e, ERR_FOLDER_NAME, "No free name for folder %s at the target",
					       f->display);
			plain = *m;
		} else {
			snprintf(m->wire, sizeof m->wire, "%.*s%s", (int)len, plain.wire, suffix);
		}
		folder_display(m->display, m->wire, p->in->target_delimiter);
		set_renamed(m, "another folder has this name already (letter case does not count)");
		name = folder_fold(m->display);
		if (n > 2 * SUFFIX_TRIES)
			return err_set(e, ERR_FOLDER_NAME, "No free name for folder %s at the target", f->display);
	}
	p->claims[p->claim_count++] = name;
	return true;
}

/* The target's folder for this use that no other source folder has taken yet. */
static const struct folder_info *special_target(const struct plan *p, uint32_t attr) {
	for (size_t i = 0; i < p->in->target_count; i++) {
		const struct folder_info *t = &p->in->target[i];
		if ((t->attrs & attr) && !is_container(t) && !is_inbox(t->wire) && !claimed(p, folder_fold(t->display)))
			return t;
	}
	return NULL;
}

static bool place_special(struct plan *p, size_t i, struct err *e) {
	const struct folder_info *f = &p->in->source[i];
	struct folder_mapping *m = &p->out[i];
	for (size_t k = 0; k < sizeof special_uses / sizeof special_uses[0]; k++) {
		if (!(f->attrs & special_uses[k].attr))
			continue;
		const struct folder_info *t = special_target(p, special_uses[k].attr);
		if (!t)
			continue;
		struct place at = find_place(p, f, false);
		if (!place_plain(p, f, &at, m, e))
			return false;
		bool same = strcmp(m->wire, t->wire) == 0;
		m->renamed = false;
		m->note[0] = '\0';
		text_copy(m->wire, sizeof m->wire, t->wire);
		text_copy(m->display, sizeof m->display, t->display);
		if (!same) {
			char note[sizeof m->note];
			snprintf(note, sizeof note, "the target's folder for %s", special_uses[k].name);
			set_renamed(m, note);
		}
		p->claims[p->claim_count++] = folder_fold(t->display);
		p->placed[i] = true;
		return true;
	}
	return true;
}

static void leave_out(struct plan *p, size_t i) {
	p->placed[i] = true;
	text_copy(p->out[i].note, sizeof p->out[i].note, "the source listed it twice");
}

static void place_inbox(struct plan *p, size_t i) {
	struct folder_mapping *m = &p->out[i];
	if (p->claim_count) {
		leave_out(p, i);
		return;
	}
	p->placed[i] = true;
	text_copy(m->wire, sizeof m->wire, "INBOX");
	text_copy(m->display, sizeof m->display, "INBOX");
	p->claims[p->claim_count++] = folder_fold("INBOX");
}

static bool place_rest(struct plan *p, size_t i, struct err *e) {
	const struct folder_info *f = &p->in->source[i];
	struct folder_mapping *m = &p->out[i];
	p->placed[i] = true;
	struct place at = find_place(p, f, true);
	if (!place_plain(p, f, &at, m, e))
		return false;
	return is_container(f) || claim_free_name(p, f, m, e);
}

static bool plan_folders(struct plan *p, struct err *e) {
	size_t count = p->in->source_count;
	for (size_t i = 0; i < count; i++) {
		p->by_depth[i] = p->by_wire[i] = (uint32_t)i;
		p->depth[i] = count_levels(p, &p->in->source[i]);
		p->out[i] = (struct folder_mapping){ 0 };
	}
	qsort_r(p->by_depth, count, sizeof *p->by_depth, compare_depth, p);
	qsort_r(p->by_wire, count, sizeof *p->by_wire, compare_wire, p);
	for (size_t i = 0; i < count; i++) {
		const char *wire = p->in->source[i].wire;
		if (is_inbox(wire))
			place_inbox(p, i);
		else if ((size_t)find_source(p, wire, strlen(wire)) != i)
			leave_out(p, i);
	}
	for (size_t i = 0; i < count; i++)
		if (!p->placed[i] && !is_container(&p->in->source[i]) && !place_special(p, i, e))
			return false;
	for (size_t k = 0; k < count; k++)
		if (!p->placed[p->by_depth[k]] && !place_rest(p, p->by_depth[k], e))
			return false;
	return true;
}

static int compare_names(const void *a, const void *b) {
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Containers lend their name to their children only; what is there already is marked. */
static bool finish(const struct plan *p, struct err *e) {
	const char **there = calloc(p->in->target_count + 1, sizeof *there);
	size_t count = 0;
	if (!there)
		return err_nomem(e);
	for (size_t i = 0; i < p->in->target_count; i++)
		if (!is_container(&p->in->target[i]))
			there[count++] = p->in->target[i].wire;
	qsort(there, count, sizeof *there, compare_names);
	for (size_t i = 0; i < p->in->source_count; i++) {
		struct folder_mapping *m = &p->out[i];
		const char *name = m->wire;
		if (is_container(&p->in->source[i]) && !is_inbox(p->in->source[i].wire))
			*m = (struct folder_mapping){ 0 };
		m->exists = is_inbox(name) || (name[0] && bsearch(&name, there, count, sizeof *there, compare_names));
	}
	free(there);
	return true;
}

bool folder_map(const struct folder_map_input *in, struct folder_mapping *out, struct err *e) {
	struct plan p = { .in = in, .out = out };
	size_t n = in->source_count ? in->source_count : 1;
	if (n > UINT32_MAX)
		return err_set(e, ERR_INPUT, "Too many folders");
	p.by_depth = calloc(n, sizeof *p.by_depth);
	p.by_wire = calloc(n, sizeof *p.by_wire);
	p.depth = calloc(n, sizeof *p.depth);
	p.placed = calloc(n, sizeof *p.placed);
	p.claims = calloc(n, sizeof *p.claims);
	bool ok = p.by_depth && p.by_wire && p.depth && p.placed && p.claims;
	if (!ok)
		err_nomem(e);
	ok = ok && plan_folders(&p, e);
	ok = ok && finish(&p, e);
	free(p.by_depth);
	free(p.by_wire);
	free(p.depth);
	free(p.placed);
	free(p.claims);
	return ok;
}
