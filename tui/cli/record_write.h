/* SPDX-License-Identifier: MIT
 *
 * record_write.h - one record as JSON or CSV, the same for `mailvan ... list` and for the console's export.
 */
#ifndef MAILVAN_CLI_RECORD_WRITE_H
#define MAILVAN_CLI_RECORD_WRITE_H

#include <jansson.h>
#include <stdio.h>

#include "core/mailvan.h"

/* New reference, NULL without memory. Every column is a member of its name; times as ISO 8601, empty cells as null. */
json_t *record_json(const struct record_list *l, const struct record *r);
/* The same as one line of text; false: no memory. */
bool record_write_json(FILE *to, const struct record_list *l, const struct record *r);
void record_write_csv_header(FILE *to, const struct record_list *l);
void record_write_csv(FILE *to, const struct record_list *l, const struct record *r);

#endif
