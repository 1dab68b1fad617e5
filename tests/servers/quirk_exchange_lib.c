/* SPDX-License-Identifier: MIT
 *
 * quirk_exchange_lib.c - what a quirk server does as Exchange Online: reference/exchange-wire.md B.1, whose texts these
 * are.
 */
#include <string.h>
#include <strings.h>

#include "tests/servers/quirk_imap_priv.h"

/* A line that is longer is refused (B.1: about 10,239 to 10,500 octets). */
#define LINE_MAX_OCTETS 10239

const struct quirks quirk_exchange_online = {
	.greeting = "* OK The Microsoft Exchange IMAP4 service is ready. [UQBVAEkAUgBLAA==]",
	.caps = "IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+ "
		"MOVE",
	.permanent_flags = "\\Seen \\Answered \\Flagged \\Deleted \\Draft $MDNSent",
	.errors_max = 10,
	.exchange = true,
	.size_max = 64 * 1024, /* MaxReceiveSize, of 35 to 150 MB there */
};

static const struct quirk_rule bad_argument = { .text = "BAD Command Argument Error. 11" },
			       too_large = { .text = "NO Maximum size of appendable message has been exceeded." },
			       bad_content = { .text = "NO APPEND failed." };

/* System flags only: also of what PERMANENTFLAGS says ($MDNSent) nothing is kept. */
static bool flags_known(const char *flags) {
	static const char *const known[] = { "\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "$MDNSent" };
	for (size_t n; *flags; flags += n + (flags[n] == ' ')) {
		bool found = false;
		n = strcspn(flags, " ");
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			found |= strlen(known[i]) == n && strncasecmp(known[i], flags, n) == 0;
		if (n && !found)
			return false;
	}
	return true;
}

static size_t occurrences(const char *text, const char *what) {
	size_t n = 0;
	for (const char *at = text; (at = strcasestr(at, what)) != NULL; at += strlen(what))
		n++;
	return n;
}

/* The octets of a header field with its folded lines. */
static size_t field_size(const char *text, const char *name) {
	const char *at = strcasestr(text, name), *end = at;
	while (end && (end = strstr(end, "\r\n")) != NULL && (end[2] == ' ' || end[2] == '\t'))
		end += 2;
	return end ? (size_t)(end - at) : 0;
}

/* reference/correctness.md section 2: what Exchange cannot put together again. Roughly: such messages only come from
 * tests. */
static bool mime_taken(const char *text) {
	return occurrences(text, "Content-Disposition: attachment") <= 250 &&
	       occurrences(text, "Content-Type: multipart/") <= 30 && field_size(text, "\nReferences:") <= 40000 &&
	       !occurrences(text, "multipart/appledouble");
}

static bool content_taken(const char *text, size_t size) {
	size_t line = 0;
	if (!mime_taken(text))
		return false;
	for (size_t i = 0; i < size; i++) {
		if (!text[i] || (text[i] == '\n' && (!i || text[i - 1] != '\r')) || ++line > LINE_MAX_OCTETS)
			return false;
		if (text[i] == '\n')
			line = 0;
	}
	return true;
}

const struct quirk_rule *exchange_append(const struct quirks *q, const struct box_message *m, size_t n) {
	for (size_t i = 0; i < n; i++) {
		if (!flags_known(m[i].flags))
			return &bad_argument;
		if (q->size_max && m[i].size > q->size_max)
			return &too_large;
		if (!content_taken(m[i].text, m[i].size))
			return &bad_content;
	}
	return NULL;
}

void exchange_store(struct box_message *m) {
	char *at = strcasestr(m->flags, "\\Flagged");
	size_t n = strlen("\\Flagged");
	if (!at)
		return;
	if (at[n] == ' ')
		n++;
	else if (at > m->flags)
		at--, n++;
	memmove(at, at + n, strlen(at + n) + 1);
}

const char *exchange_create(struct quirk_server *s, const char *name) {
	if (strcasecmp(name, "Files") == 0)
		return "NO Folder name is reserved.";
	return box_find(s, name) ? "NO Mailbox already exists." : NULL;
}
