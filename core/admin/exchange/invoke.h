/* SPDX-License-Identifier: MIT
 *
 * invoke.h - cmdlets of Exchange Online over HTTPS: InvokeCommand, undocumented (reference/exchange-wire.md E.1).
 *
 * invoke.c is the only file that knows this transport, so that it can be replaced when the documented Admin API grows.
 */
#ifndef MAILVAN_ADMIN_INVOKE_H
#define MAILVAN_ADMIN_INVOKE_H

#include "core/admin/directory.h"
#include "core/admin/json_read.h"

struct invoke;
struct invoke *invoke_open(const struct directory_context *ctx, const struct tenant *t, struct err *e);
void invoke_close(struct invoke *v);

/* fn per object of "value", over all pages (nextLink by POST of the same body); false from fn is an error in e. select:
 * "Identity,User" or NULL. parameters is stolen. warnings (may be NULL): joined, sanitised. type of a failure (may be
 * NULL): "ManagementObjectNotFoundException" or "". */
typedef bool invoke_row_fn(void *arg, const json_t *row, struct err *e);
bool invoke_run(struct invoke *v, const char *cmdlet, json_t *parameters, const char *select, invoke_row_fn *fn,
		void *arg, char *warnings, size_t warnings_size, char *type, size_t type_size, char request_id[80],
		struct err *e);

#define INVOKE_BATCH_MAX 10
struct invoke_part {
	const char *cmdlet;
	json_t *parameters; /* stolen */
	/* filled: */
	int status;
	json_t *value; /* array; new reference or NULL */
	char warning[200], type[120], request_id[80];
	struct err e; /* for anything but 2xx */
	/* No 2xx, and it may have been carried out: its answer was lost, came from a gateway, or was a 5xx that names
	 * no exception of the cmdlet's. Means nothing for Get-*. */
	bool unsure;
};
/* False (e): nothing more can be asked. Parts that had been answered by then have their status, the others 0. */
bool invoke_batch(struct invoke *v, struct invoke_part *parts, size_t n, struct err *e);
void invoke_parts_clear(struct invoke_part *parts, size_t n);

/* The same as a line of PowerShell: "Add-MailboxPermission -Identity 'a@b' -AutoMapping:$false\n". Quotes are doubled.
 */
bool invoke_powershell(const char *cmdlet, const json_t *parameters, struct buf *out);

#endif
