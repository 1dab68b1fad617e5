/* SPDX-License-Identifier: MIT
 *
 * provider.c - the table of providers. `mailvan set` overrides what it says.
 */
#include "core/work/provider.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define MB 1000000LL

static const struct provider providers[] = {
	/* 15 connections for an account, which its owner's programs need too; 2,500 MB a day down and 500 MB up by
	 * IMAP, 1,250 MB by POP (support.google.com/a/answer/1071518). */
	{ "imap.gmail.com", "Gmail", 6, 2500 * MB, 500 * MB },
	{ "imap.googlemail.com", "Gmail", 6, 2500 * MB, 500 * MB },
	{ "pop.gmail.com", "Gmail", 1, 1250 * MB, 0 },
	{ "pop.googlemail.com", "Gmail", 1, 1250 * MB, 0 },
	/* About 20 for a mailbox, and throttled by mailbox: many mailboxes at once, few connections to each. */
	{ "outlook.office365.com", "Exchange", 3, 0, 0 },
	/* About 5. */
	{ "imap.mail.yahoo.com", "Yahoo", 4, 0, 0 },
};

const struct provider *provider_of(const char *host) {
	const char *colon = strrchr(host, ':');
	size_t n = colon ? (size_t)(colon - host) : strlen(host);
	for (size_t i = 0; i < sizeof providers / sizeof *providers; i++)
		if (strlen(providers[i].host) == n && strncasecmp(providers[i].host, host, n) == 0)
			return &providers[i];
	return NULL;
}
