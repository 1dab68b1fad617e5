/* SPDX-License-Identifier: MIT
 *
 * columns.c - the header line.
 */
#include "import/columns.h"

#include <stdio.h>
#include <string.h>

#include "import/sheet.h"

const struct column_info column_table[COL_COUNT] = {
#define COLUMN(sym, name, max, keep) [COL_##sym] = { name, max, keep },
	COLUMNS(COLUMN)
#undef COLUMN
};

static int find(const struct field *f) {
	char name[SHEET_NAME_MAX], known[SHEET_NAME_MAX];
	sheet_name(name, f->text);
	for (int c = 0; c < COL_COUNT; c++) {
		sheet_name(known, column_table[c].name);
		if (strlen(f->text) == f->len && strcmp(name, known) == 0)
			return c;
	}
	return -1;
}

size_t columns_match(const struct field *fields, size_t n, struct column_map *map) {
	size_t known = 0;
	for (int c = 0; c < COL_COUNT; c++)
		map->at[c] = -1;
	map->fields = n;
	map->named = 0;
	for (size_t i = 0; i < n; i++) {
		int c = find(&fields[i]);
		if (fields[i].len)
			map->named = i + 1;
		if (c >= 0 && map->at[c] < 0) {
			map->at[c] = (int)i;
			known++;
		}
	}
	return known;
}

/* The known column that a mistyped name most likely means, or NULL. */
static const char *nearest(const char *typed) {
	const char *found = NULL;
	unsigned best = SHEET_FAR;
	for (int c = 0; c < COL_COUNT; c++)
		if (sheet_nearer(typed, column_table[c].name, &best))
			found = column_table[c].name;
	return found;
}

static void note_unknown(const struct column_map *map, const struct field *f, size_t i, struct problems *p) {
	char fix[200] = "";
	int c = find(f);
	if (c >= 0 && map->at[c] == (int)i)
		return;
	if (c >= 0) {
		problem_add(p, PROBLEM_FATAL, map->line, column_table[c].name, "Keep one of them",
			    "The header names this column twice (columns %d and %zu)", map->at[c] + 1, i + 1);
		return;
	}
	if (!f->len) {
		problem_add(p, PROBLEM_NOTE, map->line, NULL, NULL, "Column %zu has no name and is ignored", i + 1);
		return;
	}
	const char *near = nearest(f->text);
	if (near)
		snprintf(fix, sizeof fix, "Did you mean %s? Then correct the header", near);
	problem_add(p, PROBLEM_NOTE, map->line, f->text, fix, "This column is not known and is ignored");
}

/* "SourceIdentity, SourceServer": the recognised columns in the file's order. */
static void list_found(char *dst, size_t size, const struct column_map *map) {
	size_t len = 0;
	dst[0] = '\0';
	for (size_t i = 0; i < map->fields; i++)
		for (int c = 0; c < COL_COUNT; c++)
			if (map->at[c] == (int)i && len < size)
				len += (size_t)snprintf(dst + len, size - len, "%s%s", len ? ", " : "",
							column_table[c].name);
}

static bool has(const struct column_map *map, enum column c) { return map->at[c] >= 0; }

static bool check_missing(const struct column_map *map, const struct import_options *o, struct problems *p) {
	/* Then each row says for itself what it lacks. */
	bool source_tenant = has(map, COL_SOURCE_TENANT) || o->source.tenant;
	const struct {
		bool there;
		const char *name, *fix;
	} needs[] = {
		{ has(map, COL_SOURCE_IDENTITY) || has(map, COL_EMAIL), "SourceIdentity",
		  "Add the column SourceIdentity (or EmailAddress)" },
		{ has(map, COL_SOURCE_SERVER) || o->source.host[0] || source_tenant, "SourceServer",
		  "Add the column SourceServer, or give --source-server" },
		{ has(map, COL_SOURCE_LOGIN) || has(map, COL_USER_NAME) || source_tenant, "SourceLoginID",
		  "Add the column SourceLoginID (or UserName)" },
		{ has(map, COL_SOURCE_PASSWORD) || has(map, COL_PASSWORD) || source_tenant, "SourcePassword",
		  "Add the column SourcePassword (or Password)" },
		{ has(map, COL_TARGET_IDENTITY) || has(map, COL_EMAIL), "TargetIdentity",
		  "Add the column TargetIdentity (or EmailAddress)" },
		{ has(map, COL_TARGET_SERVER) || has(map, COL_TARGET_TENANT) || o->target_known || o->target.host[0] ||
			  o->target.tenant,
		  "TargetServer",
		  "Give --target-server, set one for the project (mailvan target set --server), or add the column" },
	};
	char found[220];
	bool ok = true;
	list_found(found, sizeof found, map);
	for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
		if (needs[i].there)
			continue;
		problem_add(p, PROBLEM_FATAL, map->line, needs[i].name, needs[i].fix,
			    "The column is missing; found: %s", found);
		p->no_target |= strcmp(needs[i].name, "TargetServer") == 0;
		ok = false;
	}
	return ok;
}

/* Two columns that mean the same: which one counts cannot be known. */
static bool check_twins(const struct column_map *map, struct problems *p) {
	static const enum column twins[][2] = {
		{ COL_SOURCE_LOGIN, COL_USER_NAME },
		{ COL_SOURCE_PASSWORD, COL_PASSWORD },
	};
	bool ok = true;
	for (size_t i = 0; i < sizeof twins / sizeof *twins; i++) {
		if (!has(map, twins[i][0]) || !has(map, twins[i][1]))
			continue;
		problem_add(p, PROBLEM_FATAL, map->line, column_table[twins[i][1]].name, "Remove one of them",
			    "This column means the same as %s, and both are there", column_table[twins[i][0]].name);
		ok = false;
	}
	return ok;
}

bool columns_check(const struct column_map *map, const struct field *fields, size_t n, size_t total,
		   const struct import_options *o, struct problems *p) {
	size_t before = p->errors, known = 0;
	for (int c = 0; c < COL_COUNT; c++)
		known += has(map, (enum column)c);
	if (known < 2) {
		/* Nothing of it is shown: without a header this is the first mailbox, with its password. */
		problem_add(p, PROBLEM_FATAL, map->line, NULL,
			    "Start the file with SourceIdentity,SourceServer,SourceLoginID,SourcePassword,"
			    "TargetIdentity or EmailAddress,UserName,Password",
			    "This is not a header: it names %s", known ? "only one known column" : "no known column");
		return false;
	}
	if (total > n)
		problem_add(p, PROBLEM_FATAL, map->line, NULL, "Remove columns",
			    "The header has %zu columns; at most %d can be read", total, ROW_FIELDS_MAX);
	for (size_t i = 0; i < n; i++)
		note_unknown(map, &fields[i], i, p);
	check_missing(map, o, p);
	check_twins(map, p);
	return p->errors == before;
}
