/* SPDX-License-Identifier: MIT
 *
 * check.h - one row of text -> one row that is known to be usable, or its problems.
 */
#ifndef MAILVAN_IMPORT_CHECK_H
#define MAILVAN_IMPORT_CHECK_H

#include "import/columns.h"
#include "import/wiped.h"

/* What a row says of one server. Strings live in the arena, "" = not said. */
struct checked_side {
	const char *identity, *host, *login;
	char *password;
	enum proto proto;
	enum security security;
	bool insecure, said; /* said: host, port, protocol or security are from the row or the options */
	uint16_t port;	     /* 0 = default */
	const struct tenant *tenant; /* whose token opens it, or NULL; as long as the rows */
};

struct checked_row {
	unsigned line;
	struct checked_side source, target;
	const char *root, *batch;
};

/* The same remark about many rows is one note: where it was first, and how often. */
struct remark {
	size_t rows;
	unsigned first;
};

enum remark_kind {
	REMARK_SOURCE_NONE, REMARK_SOURCE_INSECURE, REMARK_SOURCE_LEGACY,
	REMARK_TARGET_NONE, REMARK_TARGET_INSECURE, REMARK_TARGET_LEGACY,
	REMARK_TARGET_PASSWORD,
	REMARK_KINDS
};

struct checker {
	const struct column_map *map;
	const struct import_options *options;
	const struct tenant_list *tenants; /* the rows' */
	struct problems *problems;
	struct arena *arena;
	struct remark remarks[REMARK_KINDS];
};

enum check_result { CHECK_GOOD, CHECK_BAD, CHECK_NO_MEMORY };

/* fields are those of the row, in the header's order; their number has been checked. */
enum check_result check_row(struct checker *c, unsigned line, const struct field *fields, struct checked_row *out);
/* Turn what was collected over all rows into notes. */
void check_remarks(struct checker *c);

#endif
