/* SPDX-License-Identifier: MIT
 *
 * handout_sheets.h - a sheet for each user who sets up a phone, the same for `mailvan device handout` and the console.
 */
#ifndef MAILVAN_CLI_HANDOUT_SHEETS_H
#define MAILVAN_CLI_HANDOUT_SHEETS_H

#include <jansson.h>

#include "core/mailvan.h"

/* Borrowed; valid during the call of handout_sheets.each. */
struct handout_sheet {
	const char *user, *mail; /* sign-in name, address */
	const struct phone_server *server;
	const char *policy; /* whose demands it names; "" = none is known */
	const char *text;
};

struct handout_sheets {
	const struct directory_context *ctx;
	const struct tenant *tenant;
	const char *dir;    /* is made; a sheet that is there is written anew. NULL: `each` takes the sheets */
	const char *policy; /* NULL: the one that the mailbox has */
	bool web;	    /* how to sign in to web mail instead of how to set up a phone */
	/* Each may be NULL. each: false ends the work, with e filled. said: what to look at before a sheet goes out.
	 * without: who gets no sheet because none would be right, and why. */
	bool (*each)(void *arg, const struct handout_sheet *sheet, struct err *e);
	void (*said)(void *arg, const char *text);
	void (*without)(void *arg, const char *user, const char *why);
	void *arg;

	/* out */
	size_t written, left_out;
	char probe[600]; /* whether ActiveSync answers where the last sheet says; one sentence, "" = no sheet */

	/* internal */
	json_t *policies;	 /* {"name": {"default": bool, "settings": {...}}} as they were read last */
	char last[ERR_TEXT_MAX]; /* why switches could not be read: said once, not for each of 300 */
	char probed[512];	 /* url */
	char host[256];
};
/* who: sign-in names or addresses, also of users who are not in the cached list. Asks the service; ctx->stop ends it.
 * Sheets that were written before an error stay. */
bool handout_sheets_write(struct handout_sheets *x, const char *const *who, size_t n, struct err *e);

#endif
