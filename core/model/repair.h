/* SPDX-License-Identifier: MIT
 *
 * repair.h - the rungs of the repair ladder: what may be done to a message that the target refuses for its content.
 *
 * The names are stable: they are stored, printed and exported. The numbers are not: store the name.
 */
#ifndef MAILVAN_MODEL_REPAIR_H
#define MAILVAN_MODEL_REPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order in which they are climbed; each but the last stands on those before it. */
enum repair_rung {
	REPAIR_NONE,	/* verbatim */
	REPAIR_LINES,	/* bare CR and LF become CRLF */
	REPAIR_NUL,	/* parts with NUL are encoded, NUL elsewhere is dropped */
	REPAIR_HEADERS, /* what is no header field, raw 8-bit, endless lines */
	REPAIR_FIELDS,	/* a Date and a From where there is none that can be read */
	REPAIR_BODY,	/* 8-bit, binary and endless lines to quoted-printable or base64 */
	REPAIR_WRAP,	/* the original whole, attached to a message that says so */
	REPAIR_RUNG_COUNT,
};

/* The project's setting "repair". SAFE: repairs after which a reader shows what it showed before. ALL: also WRAP. */
enum repair_mode { REPAIR_OFF, REPAIR_SAFE, REPAIR_ALL };
#define REPAIR_MODE_DEFAULT "safe"

const char *repair_name(enum repair_rung r);  /* "line-endings" */
const char *repair_label(enum repair_rung r); /* "line endings", for people */
/* REPAIR_NONE when the name is unknown. */
enum repair_rung repair_parse(const char *name);
bool repair_mode_parse(const char *name, enum repair_mode *out);
bool repair_allowed(enum repair_mode mode, enum repair_rung r);

struct repair_totals {
	uint64_t by_rung[REPAIR_RUNG_COUNT], all;
};
/* "3 messages arrived repaired: line endings 2, wrapped 1"; "" when there are none. */
void repair_totals_text(char *dst, size_t size, const struct repair_totals *t);

#endif
