/* SPDX-License-Identifier: MIT
 *
 * oauth_int.h - what the oauth*.c files share; nobody else includes it.
 */
#ifndef MAILVAN_NET_OAUTH_INT_H
#define MAILVAN_NET_OAUTH_INT_H

#include <jansson.h>

#include "core/net/oauth.h"

/* A.2: the signed assertion that takes the place of a secret; audience is the URL it is sent to. */
bool oauth_assertion(const struct oauth_app *app, const char *audience, struct secret *out, struct err *e);

/* An answer that is no success, in words. Always false. */
bool oauth_refused(const struct http_response *r, const json_t *answer, const struct oauth_app *app, struct err *e);

#endif
