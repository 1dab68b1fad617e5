/* SPDX-License-Identifier: MIT
 *
 * permission_csv.h - rows of the permission grid as the CSV that `permission import` reads.
 */
#ifndef MAILVAN_CLI_PERMISSION_CSV_H
#define MAILVAN_CLI_PERMISSION_CSV_H

#include <stdio.h>

#include "core/mailvan.h"

/* r of record_permissions: 1 << right for what is granted on the mailbox itself, by the index of permission_rights. */
unsigned permission_granted(const struct record *r);
void permission_csv_header(FILE *to);
/* False: nothing is granted there, and nothing was written. */
bool permission_csv_row(FILE *to, const struct record *r);

#endif
