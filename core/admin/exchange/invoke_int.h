/* SPDX-License-Identifier: MIT
 *
 * invoke_int.h - what the files of the InvokeCommand transport share; nobody else includes it.
 */
#ifndef MAILVAN_ADMIN_INVOKE_INT_H
#define MAILVAN_ADMIN_INVOKE_INT_H

#include "core/admin/exchange/invoke.h"
#include "core/store/tenants.h"

struct invoke {
	struct directory_context ctx;
	struct tenant tenant;
	struct http *http;
	struct secret used;		 /* the token given last, to say which one was refused */
	char anchor[400];		 /* the whole X-AnchorMailbox header */
	char base[TENANT_URL_MAX + 128]; /* ".../adminapi/beta/GUID" */
};

/* An answer as both forms have it: alone, or as a part of a $batch. */
struct invoke_answer {
	int status;
	const json_t *doc;     /* NULL: no JSON (a 403 of NULs, an empty 401) */
	const char *exception; /* X-ExceptionType or "" */
	const char *request_id;
};

json_t *invoke_body(const char *cmdlet, json_t *parameters); /* both stolen and new */
/* POSTs a document; true whenever there was an answer. repeatable as in http.h. *doc may become NULL. */
bool invoke_post(struct invoke *v, const char *url, const char *cmdlet, const json_t *body, bool repeatable,
		 struct http_response *r, json_t **doc, struct err *e);
/* The rest of a list: from this nextLink on. */
bool invoke_pages(struct invoke *v, const char *next, const char *cmdlet, const json_t *body, invoke_row_fn *fn,
		  void *arg, struct err *e);
/* May it be sent again when the answer was lost? Everything but New-* and a wipe: adding or removing what is (not)
 * there is a warning, or an error that the caller knows to read. */
bool invoke_repeatable(const char *cmdlet);

/* invoke_errors.c. Always false; type may be NULL. */
bool invoke_refused(const char *cmdlet, const struct invoke_answer *a, char *type, size_t type_size, struct err *e);
bool invoke_is_throttle(const struct invoke_answer *a);
/* "@adminapi.warnings", joined by a blank and made safe. */
void invoke_warnings(const json_t *doc, char *dst, size_t size);

#endif
