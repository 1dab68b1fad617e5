/* SPDX-License-Identifier: MIT
 *
 * usage_report.h - the mailbox usage report of Graph: CSV by RFC 4180, columns known by their names (D.5).
 */
#ifndef MAILVAN_ADMIN_USAGE_REPORT_H
#define MAILVAN_ADMIN_USAGE_REPORT_H

#include "core/base/buf.h"
#include "core/store/users_cache.h"

#define USAGE_FIELDS_MAX 64

struct usage_report {
	struct user_size *rows; /* texts are the text's */
	size_t n;
	wall_ms_t measured; /* 0 = the report does not say */
	bool concealed;	    /* the tenant hides names: rows cannot be told apart */
};
/* text is taken apart in place and must live as long as the result. SERVER_BUG when it is not this report. Free always.
 */
bool usage_report_read(char *text, size_t len, struct usage_report *out, struct err *e);
void usage_report_free(struct usage_report *r);

#endif
