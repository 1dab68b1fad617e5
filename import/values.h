/* SPDX-License-Identifier: MIT
 *
 * values.h - what a single value looks like, whatever its column means.
 */
#ifndef MAILVAN_IMPORT_VALUES_H
#define MAILVAN_IMPORT_VALUES_H

#include "import/columns.h"

/* Reports what is odd about the value: NULs, line breaks, control characters, lost characters, blanks
 * at its ends, length. False when the row cannot be used because of it. */
bool value_check(struct problems *p, unsigned line, const struct column_info *c, const struct field *f);
/* Empty, or nothing but blanks of any kind. */
bool value_blank(const struct field *f);
/* "local@domain" that could be a mailbox; a text without '@' is not. */
bool value_is_address(const char *s);
/* Without '@', but otherwise as an address's local part: what a server may call its users. */
bool value_is_plain_name(const char *s);

#endif
