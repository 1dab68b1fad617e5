/* SPDX-License-Identifier: MIT
 *
 * columns.h - the columns that a list may have, and which of a file's columns is which.
 */
#ifndef MAILVAN_IMPORT_COLUMNS_H
#define MAILVAN_IMPORT_COLUMNS_H

#include "import/problems.h"
#include "import/rows.h"

/* COLUMN(symbol, "Name", longest value, keep). keep: blanks and odd characters may be
 * meant, so they are shown and kept; elsewhere they are errors. */
#define COLUMNS(COLUMN) \
	COLUMN(SOURCE_IDENTITY, "SourceIdentity", IDENTITY_MAX - 1, false) \
	COLUMN(SOURCE_SERVER, "SourceServer", HOST_MAX + 20, false) \
	COLUMN(SOURCE_PROTOCOL, "SourceProtocol", 16, false) \
	COLUMN(SOURCE_PORT, "SourcePort", 16, false) \
	COLUMN(SOURCE_SECURITY, "SourceSecurity", 16, false) \
	COLUMN(SOURCE_LOGIN, "SourceLoginID", LOGIN_MAX - 1, true) \
	COLUMN(SOURCE_PASSWORD, "SourcePassword", SECRET_MAX, true) \
	COLUMN(SOURCE_TENANT, "SourceTenant", TENANT_NAME_MAX - 1, false) \
	COLUMN(TARGET_IDENTITY, "TargetIdentity", IDENTITY_MAX - 1, false) \
	COLUMN(TARGET_SERVER, "TargetServer", HOST_MAX + 20, false) \
	COLUMN(TARGET_PORT, "TargetPort", 16, false) \
	COLUMN(TARGET_SECURITY, "TargetSecurity", 16, false) \
	COLUMN(TARGET_LOGIN, "TargetLoginID", LOGIN_MAX - 1, true) \
	COLUMN(TARGET_PASSWORD, "TargetPassword", SECRET_MAX, true) \
	COLUMN(TARGET_TENANT, "TargetTenant", TENANT_NAME_MAX - 1, false) \
	COLUMN(BATCH, "Batch", BATCH_NAME_MAX - 1, false) \
	/* Microsoft's IMAP migration list: EmailAddress is both identities, the others the source's */ \
	COLUMN(EMAIL, "EmailAddress", IDENTITY_MAX - 1, false) \
	COLUMN(USER_NAME, "UserName", LOGIN_MAX - 1, true) \
	COLUMN(PASSWORD, "Password", SECRET_MAX, true) \
	COLUMN(USER_ROOT, "UserRoot", 511, true)

enum column {
#define COLUMN(sym, name, max, keep) COL_##sym,
	COLUMNS(COLUMN)
#undef COLUMN
	COL_COUNT
};

struct column_info {
	const char *name;
	size_t max;
	bool keep;
};
extern const struct column_info column_table[COL_COUNT];

struct column_map {
	int at[COL_COUNT]; /* index of the field, -1 = the file has no such column */
	size_t fields;	   /* of the header */
	size_t named;	   /* without nameless ones at its end, which a row may have or not */
	unsigned line;
};

/* Which of the header's fields is which; returns how many were recognised. Case, blanks, '_', '-'
 * and '.' in names make no difference. */
size_t columns_match(const struct field *fields, size_t n, struct column_map *map);
/* What the header lacks or has too much; FATAL problems mean that the file cannot be used. */
bool columns_check(const struct column_map *map, const struct field *fields, size_t n, size_t total,
		   const struct import_options *o, struct problems *p);

#endif
