/* SPDX-License-Identifier: MIT
 *
 * json_read.h - foreign JSON read with care: bounded, and never a surprise of type.
 */
#ifndef MAILVAN_ADMIN_JSON_READ_H
#define MAILVAN_ADMIN_JSON_READ_H

#include <jansson.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"

#define JSON_DEPTH_MAX 64

/* The document, or NULL with e (ServerBug: "what: not JSON ..."). Deeper than JSON_DEPTH_MAX is refused. */
json_t *json_read(const struct buf *body, const char *what, struct err *e);
/* The text of a member, "" when it is not there or not a text. Borrowed. */
const char *json_str(const json_t *object, const char *member);
/* Follows "error/innerError/request-id"; NULL when something on the way is missing. Borrowed. */
const json_t *json_at(const json_t *object, const char *path);
int64_t json_int(const json_t *object, const char *member, int64_t fallback);
bool json_yes(const json_t *object, const char *member);
/* ISO 8601 with up to 7 fraction digits and Z or an offset -> wall_ms_t; 0 when it is none. */
wall_ms_t json_instant(const char *text);
/* "99 GB (106,300,440,576 bytes)" -> 106300440576; "Unlimited" and "" -> -1. */
int64_t json_quota(const char *text);

#endif
