/* SPDX-License-Identifier: MIT
 *
 * parts.h - where the parts of a message lie and what is in them (RFC 2045, 2046), found in one pass.
 *
 * For those who must change a message without harm: what is signed or encrypted is marked, and whatever is too deep,
 * too many or too strange to be understood makes the map incomplete. Then nothing inside bodies may be touched.
 */
#ifndef MAILVAN_MAIL_MIME_PARTS_H
#define MAILVAN_MAIL_MIME_PARTS_H

#include "core/mail/mime/message_text.h"

#define PARTS_MAX 512
#define PARTS_DEPTH_MAX 16
#define PART_HEADER_MAX (256u * 1024)
#define PART_LINE_MAX 998 /* RFC 5322 2.1.1 */

enum part_kind { PART_LEAF, PART_MULTIPART, PART_MESSAGE };
/* NONE: 7bit, 8bit, or nothing is said. */
enum part_coding { CODING_NONE, CODING_BINARY, CODING_QP, CODING_BASE64, CODING_OTHER };

struct part {
	/* Offsets: of its header, of its body behind the empty line, and of what follows (the line end before a
	 * boundary belongs to the boundary). A header without an empty line ends where the part ends. */
	uint64_t header, body, end;
	enum part_kind kind;
	enum part_coding coding;
	unsigned depth;	   /* how many multiparts it is in */
	bool text;	   /* text/anything, also because nothing else is said */
	bool sealed;	   /* it is, or is inside, multipart/signed or multipart/encrypted */
	bool understood;   /* its header was read whole, and a body of it may be encoded */
	uint64_t nuls, eight_bit, longest; /* in the body of a leaf; longest: line, without its end */
};

struct parts {
	struct part *at; /* in the order in which they begin; the message itself first */
	size_t count;
	bool complete;
	uint64_t lines;		 /* that end in LF */
	uint64_t bare_cr, bare_lf; /* outside of binary leaves that are no text */
	uint64_t nuls, eight_bit, longest; /* of the whole message, headers too */
	bool ends_open; /* the last line has no end */
};

bool parts_map(const struct message_text *m, struct parts *out, struct err *e);
void parts_free(struct parts *p);
/* A leaf whose body is data, in which CR and LF have no meaning. */
bool part_is_data(const struct part *p);

#endif
