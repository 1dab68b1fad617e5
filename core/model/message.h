/* SPDX-License-Identifier: MIT
 *
 * message.h - what is known of a message and of a folder before its bytes are.
 */
#ifndef MAILVAN_MODEL_MESSAGE_H
#define MAILVAN_MODEL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/date.h"

/* The five system flags that can be copied (RFC 9051 2.3.2); \Recent never is. */
enum msg_flag { FLAG_SEEN = 1, FLAG_ANSWERED = 2, FLAG_FLAGGED = 4, FLAG_DELETED = 8, FLAG_DRAFT = 16 };

#define KEYWORDS_MAX 1024 /* all keywords of one message, joined by blanks */
#define UIDL_MAX 255

/* One line of an enumeration. Strings belong to the caller of the callback. */
struct scan_item {
	uint32_t uid;		/* POP3: 0, see uidl */
	uint32_t flags;		/* enum msg_flag bits */
	const char *keywords;	/* atoms joined by one blank, sorted, "" for none; never NULL */
	struct mail_date date;	/* INTERNALDATE; valid = false when unknown (POP3) */
	uint64_t size;		/* a hint, never trusted; UINT64_MAX = unknown */
	uint64_t gm_msgid;	/* X-GM-MSGID, 0 = none */
	const char *uidl;	/* POP3 identity, NULL for IMAP */
	uint32_t number;	/* POP3 message number of this session */
};

/* Folder attributes (RFC 6154, RFC 9051 7.3.1) */
enum folder_attr {
	ATTR_NOSELECT = 1, ATTR_ALL = 2, ATTR_ARCHIVE = 4, ATTR_DRAFTS = 8, ATTR_FLAGGED = 16, ATTR_JUNK = 32,
	ATTR_SENT = 64, ATTR_TRASH = 128, ATTR_IMPORTANT = 256, ATTR_SUBSCRIBED = 512, ATTR_NONEXISTENT = 1024,
};
#define ATTR_SPECIAL_USE \
	(ATTR_ALL | ATTR_ARCHIVE | ATTR_DRAFTS | ATTR_FLAGGED | ATTR_JUNK | ATTR_SENT | ATTR_TRASH | ATTR_IMPORTANT)

#define FOLDER_NAME_MAX 1024

/* One mailbox name as LIST gave it. wire is opaque bytes towards its server and is
 * never re-encoded (design 5.10); display is UTF-8, sanitised, '/' between levels. */
struct folder_info {
	char wire[FOLDER_NAME_MAX]; /* NUL-terminated; a name with NUL is refused by the parser */
	char display[FOLDER_NAME_MAX];
	char delimiter; /* 0 = NIL */
	uint32_t attrs; /* enum folder_attr */
	/* From LIST-STATUS or STATUS; known = false when not asked or refused. */
	bool status_known;
	uint32_t messages, uidnext, uidvalidity;
	uint64_t highestmodseq;
};

/* What SELECT/EXAMINE (or the POP3 maildrop) says. */
struct folder_status {
	uint32_t exists, uidvalidity, uidnext; /* 0 = the server did not say */
	uint64_t highestmodseq;		       /* 0 = none */
	bool read_only;
	uint32_t permanent_flags;      /* enum msg_flag bits that can be stored */
	bool keywords_any;	       /* PERMANENTFLAGS has \* */
	char keywords[KEYWORDS_MAX];   /* the keywords in PERMANENTFLAGS, joined by blanks */
	bool uid_not_sticky;
};

#endif
