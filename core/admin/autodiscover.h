/* SPDX-License-Identifier: MIT
 *
 * autodiscover.h - which server a phone has to be told, and whether it answers (reference/exchange-wire.md F.2, F.3).
 */
#ifndef MAILVAN_ADMIN_AUTODISCOVER_H
#define MAILVAN_ADMIN_AUTODISCOVER_H

#include "core/admin/directory.h"

/* How the server was found, best first. */
enum discovered_by { BY_AUTODISCOVER_V2, BY_AUTODISCOVER_POX, BY_TABLE };
const char *discovered_words(enum discovered_by by); /* "autodiscover", ... */

struct phone_server {
	char url[512];	/* of ActiveSync */
	char host[256]; /* what is typed into a phone */
	enum discovered_by by;
	char said[200]; /* why an earlier way did not work; "" = it did */
};
/* Asks autodiscover v2 (no sign-in), then POX with the tenant's token, both at the tenant's own Exchange address: a
 * token never goes to a host that a mail domain names. Else the address itself: it is what the region's documentation
 * says. False: stopped, or the address cannot be reached at all. */
bool autodiscover_phone(const struct directory_context *ctx, const struct tenant *t, const char *mail,
			struct phone_server *out, struct err *e);

/* An OPTIONS request without sign-in: does ActiveSync live there, and what does it say of itself. */
struct eas_probe {
	bool alive;
	char text[300]; /* one sentence */
};
bool eas_probe(const struct directory_context *ctx, const struct tenant *t, const char *url, struct eas_probe *out,
	       struct err *e);

/* The mobilesync response (POX). Url "" when it has none; redirect: another address to ask for. */
struct pox_answer {
	char url[512], redirect[320], error[200];
};
bool pox_parse(const char *xml, size_t n, struct pox_answer *out);

#endif
