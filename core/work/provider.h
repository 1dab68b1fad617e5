/* SPDX-License-Identifier: MIT
 *
 * provider.h - what is certain of the large providers: names for people, connections and bytes that one account may
 * use.
 */
#ifndef MAILVAN_WORK_PROVIDER_H
#define MAILVAN_WORK_PROVIDER_H

#include <stdint.h>

struct provider {
	const char *host; /* without port */
	const char *name; /* for people: "Gmail" */
	unsigned per_account; /* mailboxes at once from one source account; 0 = nothing is known */
	int64_t down, up;     /* bytes in 24 hours for one account; 0 = nothing is known */
};

/* By "name" or "name:port", ASCII case ignored; NULL when it is not one of them. */
const struct provider *provider_of(const char *host);

#endif
