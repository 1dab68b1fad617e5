/* SPDX-License-Identifier: MIT
 *
 * verify_print.c - the findings of a mailbox as text and as JSON.
 */
#include "tui/cli/verify_print.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

bool finding_open(struct finding *f, struct store *s, bool json, bool colour) {
	int fd = store_spool(s, &f->e);
	f->json = json;
	f->colour = colour;
	f->lines = fd >= 0 ? fdopen(fd, "w+") : NULL;
	if (fd >= 0 && !f->lines)
		close(fd);
	if (fd >= 0 && !f->lines)
		return err_nomem(&f->e);
	f->folders = json_array();
	return f->lines && (f->folders || err_nomem(&f->e));
}

void finding_close(struct finding *f) {
	if (f->lines)
		fclose(f->lines);
	json_decref(f->folders);
}

static void difference_json(struct finding *f, const struct verify_difference *d) {
	json_t *o = json_pack("{s:s, s:b, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "kind",
			      verify_kind_name(d->kind), "gap", verify_kind_is_gap(d->kind), "folder",
			      json_text(d->folder), "uid", (json_int_t)d->uid, "target_uid", (json_int_t)d->dst_uid,
			      "date", json_text_or_null(d->date), "from", json_text_or_null(d->from), "subject",
			      json_text_or_null(d->subject), "message_id", json_text_or_null(d->message_id), "size",
			      d->size == UINT64_MAX ? json_null() : json_integer((json_int_t)d->size), "text",
			      json_text(d->text), "remedy", verify_kind_remedy(d->kind));
	if (f->named > 1)
		fputs(",\n", f->lines);
	f->trouble |= !o || json_dumpf(o, f->lines, JSON_COMPACT) != 0;
	json_decref(o);
}

/* ", TEXT" with what belongs around it, when there is one. */
static void part(FILE *to, const char *before, const char *text, const char *after) {
	char clean[2048];
	if (!*text)
		return;
	text_sanitise(clean, sizeof clean, text, strlen(text));
	fprintf(to, "%s%s%s", before, clean, after);
}

static void difference_text(struct finding *f, const struct verify_difference *d) {
	enum tone tone = verify_kind_is_gap(d->kind) ? TONE_BAD : TONE_DIM;
	FILE *to = f->lines;
	fprintf(to, "  %s%s%s", tone_on(tone, f->colour), verify_kind_name(d->kind), tone_off(tone, f->colour));
	part(to, "  ", d->folder, "");
	if (d->uid)
		fprintf(to, " UID %" PRIu32, d->uid);
	if (d->dst_uid && d->dst_uid != d->uid)
		fprintf(to, " (target UID %" PRIu32 ")", d->dst_uid);
	part(to, ", ", d->date, "");
	part(to, ", from ", d->from, "");
	part(to, ", \"", d->subject, "\"");
	part(to, ", ", d->message_id, "");
	if (d->size != UINT64_MAX) {
		char bytes[24];
		text_bytes(bytes, sizeof bytes, d->size);
		fprintf(to, ", %s", bytes);
	}
	part(to, ": ", d->text, "\n");
}

/* What stands at each message once the mailbox is in use, and is no gap: one line for a folder where people read. */
static const char *const alike_text[VERIFY_KIND_COUNT] = {
	[VERIFY_SOURCE_GONE] = "copied, and no longer at the source",
	[VERIFY_LEFT_OUT] = "left out on purpose, or gone before the copy, or removed on request",
	[VERIFY_FLAGS_CHANGED] = "with flags that are not those that were stored",
	[VERIFY_MOVED] = "in another folder of the target by now",
};

static bool is_alike(const struct verify_difference *d) {
	return d->uid && (unsigned)d->kind < VERIFY_KIND_COUNT && alike_text[d->kind];
}

static void tell_alike(struct finding *f, const char *folder) {
	char n[24];
	for (int k = 0; k < VERIFY_KIND_COUNT; k++) {
		if (!f->alike[k])
			continue;
		text_count(n, sizeof n, f->alike[k]);
		fprintf(f->lines, "  %s%s%s", tone_on(TONE_DIM, f->colour), verify_kind_name((enum verify_kind)k),
			tone_off(TONE_DIM, f->colour));
		part(f->lines, "  ", folder, "");
		fprintf(f->lines, ": %s message%s %s; --json names each\n", n, f->alike[k] == 1 ? "" : "s",
			alike_text[k]);
		f->alike[k] = 0;
	}
}

void finding_difference(void *arg, const struct verify_difference *d) {
	struct finding *f = arg;
	f->named++;
	f->kinds |= 1u << d->kind;
	if (f->json)
		difference_json(f, d);
	else if (is_alike(d))
		f->alike[d->kind]++;
	else
		difference_text(f, d);
}

void finding_folder(void *arg, const struct verify_folder *v) {
	struct finding *f = arg;
	json_t *o = json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "source",
			      json_text(v->source), "target", json_text_or_null(v->target), "source_messages",
			      (json_int_t)v->source_messages, "copied", (json_int_t)v->ledger_copied,
			      "target_messages", (json_int_t)v->target_messages, "source_bytes",
			      (json_int_t)v->source_bytes, "target_bytes", (json_int_t)v->target_bytes, "checked",
			      (json_int_t)v->checked, "bodies", (json_int_t)v->bodies, "others",
			      (json_int_t)v->others, "gaps", (json_int_t)v->gaps);
	f->trouble |= json_array_append_new(f->folders, o) != 0;
	tell_alike(f, v->source);
}

static const char *text_of(const json_t *o, const char *key) {
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

static uint64_t number_of(const json_t *o, const char *key) {
	return (uint64_t)json_integer_value(json_object_get(o, key));
}

static const struct table_column folder_columns[] = {
	{ "  Folder", false }, { "Target folder", false }, { "Source", true },
	{ "Copied", true },    { "At target", true },	   { "Checked", true },
	{ "Bodies", true },    { "Others", true },	   { "Gaps", true },
	{ NULL, false },
};

static void print_folders(FILE *to, const json_t *folders, bool colour) {
	static const char *const numbers[] = { "source_messages", "copied", "target_messages", "checked", "bodies",
					       "others", "gaps" };
	enum { COUNT = sizeof numbers / sizeof *numbers };
	struct table *t = table_new(folder_columns);
	json_t *folder;
	size_t i;
	if (!t || !json_array_size(folders)) {
		table_free(t);
		return;
	}
	table_cut(t, TABLE_NAME_MAX);
	json_array_foreach(folders, i, folder) {
		char name[1100], n[COUNT][24];
		struct table_cell cells[2 + COUNT] = { { name, TONE_PLAIN },
						       { text_of(folder, "target"), TONE_PLAIN } };
		snprintf(name, sizeof name, "  %s", text_of(folder, "source"));
		for (size_t k = 0; k < COUNT; k++) {
			text_count(n[k], sizeof n[k], number_of(folder, numbers[k]));
			cells[2 + k] = (struct table_cell){ n[k], TONE_PLAIN };
		}
		if (number_of(folder, "gaps"))
			cells[1 + COUNT].tone = TONE_BAD;
		if (!table_add(t, cells))
			break;
	}
	table_print(t, to, colour);
	table_free(t);
}

static void copy_lines(FILE *to, struct finding *f) {
	char chunk[16384];
	size_t n;
	f->trouble |= fflush(f->lines) != 0 || ferror(f->lines);
	rewind(f->lines);
	while ((n = fread(chunk, 1, sizeof chunk, f->lines)) > 0)
		fwrite(chunk, 1, n, to);
	f->trouble |= ferror(f->lines) != 0;
}

void verify_words(char *dst, size_t size, const struct verification *v) {
	char n[24];
	text_count(n, sizeof n, v->bodies);
	if (v->level == VERIFY_SAMPLE)
		snprintf(dst, size, "header, date and flags of every copy read back, and %s bod%s", n,
			 v->bodies == 1 ? "y" : "ies");
	else
		text_copy(dst, size, verify_level_text(v->level));
}

static void print_head(FILE *to, const struct finding *f) {
	char checked[24], gaps[24], words[120];
	bool colour = f->colour;
	text_count(checked, sizeof checked, f->result.checked);
	text_count(gaps, sizeof gaps, f->result.gaps);
	verify_words(words, sizeof words, &f->result);
	if (!f->ok)
		fprintf(to, "%snot verified%s: %s", tone_on(TONE_BAD, colour), tone_off(TONE_BAD, colour), f->e.text);
	if (!f->ok && (f->result.checked || f->named))
		fprintf(to, ". Until then: %s gap%s, %s messages checked", gaps, f->result.gaps == 1 ? "" : "s",
			checked);
	if (f->ok && f->result.gaps)
		fprintf(to, "%s%s gap%s%s, %s messages checked (%s)", tone_on(TONE_BAD, colour), gaps,
			f->result.gaps == 1 ? "" : "s", tone_off(TONE_BAD, colour), checked, words);
	if (f->ok && !f->result.gaps)
		fprintf(to, "%sno gaps%s, %s messages checked (%s)", tone_on(TONE_GOOD, colour),
			tone_off(TONE_GOOD, colour), checked, words);
	fputc('\n', to);
}

void finding_print(FILE *to, const struct mailbox_row *row, struct finding *f) {
	char refilled[24];
	part(to, "", row->source, "");
	part(to, " -> ", row->target, ": ");
	print_head(to, f);
	print_folders(to, f->folders, f->colour);
	copy_lines(to, f);
	for (int k = 0; k < VERIFY_KIND_COUNT; k++)
		if ((f->kinds >> k & 1) && *verify_kind_remedy((enum verify_kind)k))
			fprintf(to, "  %s: %s\n", verify_kind_name((enum verify_kind)k),
				verify_kind_remedy((enum verify_kind)k));
	if (f->refilled) {
		text_count(refilled, sizeof refilled, f->refilled);
		fprintf(to, "  %s missing cop%s will be looked for once more, and copied again where gone, by the next "
			"'mailvan migrate'.\n",
			refilled, f->refilled == 1 ? "y" : "ies");
	}
	fflush(to);
}

bool finding_print_json(FILE *to, const struct mailbox_row *row, struct finding *f) {
	const struct verification *v = &f->result;
	json_t *o = json_pack("{s:I, s:o, s:o, s:b, s:i, s:b, s:o, s:o}", "id", (json_int_t)row->id, "source",
			      json_text(row->source), "target", json_text(row->target), "complete", f->ok, "level",
			      v->level, "verified", f->ok && v->gaps == 0 && v->level >= VERIFY_HEADERS, "error",
			      f->ok ? json_null() : json_text(f->e.text), "error_category",
			      f->ok ? json_null() : json_string(err_cat_name(f->e.cat)));
	json_t *more = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:O}", "checked", (json_int_t)v->checked,
				 "bodies", (json_int_t)v->bodies, "gaps", (json_int_t)v->gaps, "missing",
				 (json_int_t)v->missing, "duplicates", (json_int_t)v->duplicates, "others",
				 (json_int_t)v->others, "notes", (json_int_t)v->notes, "refilled",
				 (json_int_t)f->refilled, "folders", f->folders);
	bool ok = o && more && json_object_update(o, more) == 0;
	fputc('{', to);
	ok = ok && json_dumpf(o, to, JSON_EMBED | JSON_COMPACT) == 0;
	fputs(ok ? ",\"differences\":[" : "\"differences\":[", to);
	copy_lines(to, f);
	fputs("]}", to);
	json_decref(o);
	json_decref(more);
	return ok && !f->trouble;
}
