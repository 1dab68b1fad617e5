/* SPDX-License-Identifier: MIT
 *
 * quirk_imap_lib.h - a small IMAP server with state, in threads on 127.0.0.1, that misbehaves as it is told.
 *
 * It keeps one account: folders and messages in memory. What it does wrong is data: a struct quirks
 * with a table of rules, one row per misbehaviour. It logs every command line, so that a test can say
 * "no body was fetched" or "nothing was appended". Clear text only; any login and password will do.
 *
 *	static const struct quirk_rule rules[] = {
 *		{ .verb = "APPEND", .in = "poison", .act = QUIRK_CLOSE },
 *		{ 0 },
 *	};
 *	struct quirk_server *s = quirk_start(&(struct quirks){ .rules = rules });
 *
 * Functions may be called from any thread while clients are connected.
 */
#ifndef MAILVAN_TESTS_QUIRK_IMAP_LIB_H
#define MAILVAN_TESTS_QUIRK_IMAP_LIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define QUIRK_CAPS_PLAIN "IMAP4rev1 SASL-IR AUTH=PLAIN NAMESPACE ID UNSELECT"
#define QUIRK_CAPS                                                                                                     \
	QUIRK_CAPS_PLAIN " LITERAL+ UIDPLUS MULTIAPPEND LIST-EXTENDED LIST-STATUS SPECIAL-USE"
#define QUIRK_RULES_MAX 16

enum quirk_act {
	QUIRK_ANSWER,	/* answer with the text; the command is not carried out */
	QUIRK_BYE,	/* say the text as a line of its own, and hang up so that it is heard */
	QUIRK_BYE_FLOOD, /* say it again and again until the client has gone (Yandex) */
	QUIRK_BYE_CUT,	/* the same late_ms later, with a reset: what the client had sent is not read */
	QUIRK_CLOSE,	/* hang up without a word; the command is not carried out */
	QUIRK_RENUMBER, /* the same, and every folder has another UIDVALIDITY and other UIDs when the client is back */
	QUIRK_DO_CLOSE, /* carry it out, then hang up without a word */
	QUIRK_CLOSE_DO, /* hang up, and carry it out late_ms later (APPEND only) */
	QUIRK_SWALLOW,	/* OK, and UIDs that nothing will ever have, but what holds "in" is not stored (APPEND only) */
};

/* What a strict server refuses. HEADER: a line that is no field, or no empty line. */
enum quirk_defect {
	DEFECT_BARE_LINE = 1, DEFECT_NUL = 2, DEFECT_8BIT_HEADER = 4, DEFECT_HEADER = 8, DEFECT_NO_DATE = 16,
	DEFECT_NO_FROM = 32, DEFECT_LONG_LINE = 64, DEFECT_8BIT_BODY = 128, DEFECT_ANY = 255,
};
unsigned quirk_defects(const char *text, size_t size);

struct quirk_rule {
	const char *verb; /* "APPEND", "UID FETCH", ..., or "GREETING"; NULL ends the table */
	const char *in;	  /* in the command line or, for APPEND, in one of its messages; NULL = any */
	enum quirk_act act;
	const char *text;    /* "NO [CANNOT] ..." without the tag, or "* BYE ..." */
	unsigned times;	     /* fires so often; 0 = always */
	unsigned after;	     /* APPEND: only what would go beyond so many messages stored by APPEND */
	unsigned late_ms;
	bool unsynchronised; /* APPEND: only when a literal was sent without waiting for "+" */
	unsigned defects;    /* APPEND: only when one of its messages has one of these */
	bool announced;	     /* APPEND: at the announcement, in place of "+": "in" is looked for in the line only */
};

enum quirk_appenduid {
	APPENDUID_RIGHT,
	APPENDUID_NONE,
	APPENDUID_FREE,	     /* UIDs that no message has */
	APPENDUID_NEIGHBOUR, /* the UID of another message that exists */
	APPENDUID_REVERSED,  /* "9:5" for a group */
	APPENDUID_DUPLICATE, /* always the first UID of the folder */
	APPENDUID_HUGE,	     /* "1:4294967295" */
	APPENDUID_SWAPPED,   /* UID and UIDVALIDITY the wrong way round (DavMail) */
};

/* The zero struct is a well-behaved server. */
struct quirks {
	const char *greeting;	     /* NULL = "* OK ready" */
	const char *caps;	     /* NULL = QUIRK_CAPS */
	const char *caps_before;     /* what is announced before the login; NULL = caps */
	const char *permanent_flags; /* NULL = the system flags and \* */
	enum quirk_appenduid appenduid;
	enum { UIDNEXT_RIGHT, UIDNEXT_ZERO, UIDNEXT_MISSING, UIDNEXT_STALE /* always 1 (seznam.cz) */,
	       UIDNEXT_HIGH /* 1000 too high */ } uidnext;
	bool read_only; /* SELECT answers [READ-ONLY] */
	bool unordered; /* FETCH answers from the last message to the first */
	bool twice;	/* FETCH says every message two times */
	bool rewrites;	/* APPEND puts a header field in front of the message */
	bool uid_last;	/* FETCH names the UID behind the body */
	unsigned append_ms; /* how long an APPEND takes */
	unsigned listing_ms; /* how long a FETCH takes that wants no bodies and no headers */
	bool not_sticky; /* SELECT says [UIDNOTSTICKY] */
	unsigned exists_more; /* SELECT counts so many messages that nothing ever shows */
	unsigned status_more; /* the same for STATUS */
	bool pop3;	/* the INBOX, by POP3; nothing else of this applies then */
	bool noise;	/* unsolicited FETCH, EXISTS and unknown untagged data between everything */
	bool literal_names;  /* LIST says folder names as literals, so that anything can be in them */
	bool partial_groups; /* a refused MULTIAPPEND leaves what came before the message that was refused */
	bool flips;	     /* another UIDVALIDITY at each SELECT and EXAMINE, the UIDs stay */
	unsigned errors_max; /* "* BYE" after so many refusals in one session (Exchange, Dovecot) */
	unsigned sessions_max; /* NO to a login beside so many others */
	unsigned appenders_max; /* BYE to a session that appends beside so many others that have */
	bool stale; /* a session knows what was there when it selected the folder, or appended last: not what others did
		     */
	unsigned drip_ms;    /* one byte at a time, and so much time between them */
	enum { STORES_SAME, STORES_LF /* CRLF becomes LF */, STORES_MORE /* two bytes longer (hMailServer) */,
	       STORES_REORDERED /* the first header field moves behind the second (Domino) */,
	       STORES_MUNGED /* 8-bit bytes of the header become X (Cyrus, munge8bit) */,
	       STORES_SHORT_IDS /* Message-IDs lose what follows the @ (Domino) */ } stores;
	bool clamps_dates;     /* a date of next year or later becomes now (Dovecot) */
	bool merges;	       /* a message that is there already is not stored again; its UID comes back (Gmail) */
	unsigned keywords_max; /* different ones in a folder, then no \* and NO (Cyrus) */
	size_t quota;	       /* bytes in all folders, told by GETQUOTAROOT; beyond them a bare NO (Zimbra) */
	unsigned quota_messages; /* the same in messages */
	char delimiter;	       /* 0 = '/' */
	bool quote_lost;       /* LIST leaves out the opening quote of a name (Exchange) */
	bool status_blank;     /* STATUS ends with blanks (Exchange) */
	bool bare_codes;       /* SELECT leaves out "OK" before its codes (Exchange) */
	bool wrong_numbers;    /* message numbers of FETCH are not those of the messages (Yahoo) */
	bool strict_sets;      /* BAD to a set that does not ascend (QQ) */
	bool wants_end;	       /* BAD to a message that does not end with CRLF (Yahoo) */
	bool id_required;      /* NO to everything after the login until ID was sent (NetEase) */
	bool other_headers;    /* HEADER.FIELDS: '?' for 8-bit, no blanks at line ends (Zimbra) */
	unsigned header_max;   /* HEADER.FIELDS is cut after so many bytes (Oracle) */
	/* Exchange: a \Flagged of APPEND is not kept, keywords are BAD, names have no case, "Files" is reserved, long
	 * lines, bare LF and NUL are refused, and what has more MIME than it takes. */
	bool exchange;
	size_t size_max; /* Exchange: of a message; 0 = any */
	const struct quirk_rule *rules;
};

/* All of reference/exchange-wire.md B.1, without rules. */
extern const struct quirks quirk_exchange_online;

enum quirk_body {
	BODY_RIGHT,
	BODY_GONE,   /* listed, but every later FETCH leaves it out */
	BODY_HIDDEN, /* listed, with headers, but a FETCH of the body leaves it out */
	BODY_REFUSED, /* left out, and the FETCH that asked for it ends with NO */
	BODY_SHORT, /* the literal says ten bytes fewer than come */
	BODY_LONG, /* the literal says twenty more, which are those of the next response */
	BODY_NIL,
	BODY_EMPTY,
	BODY_DEADLY, /* the server hangs up when it comes to it (POP3 too) */
};

struct quirk_message {
	const char *text;     /* whole message, lines end with CRLF */
	size_t size;	      /* of text; 0 = up to its NUL */
	const char *repaired; /* what quirk_same expects at the target; NULL = text */
	const char *served;   /* what FETCH gives in place of it; NULL = text */
	const char *flags;    /* "\\Seen $Label", NULL = none */
	const char *date;     /* INTERNALDATE, NULL = the same for all */
	uint64_t gm_msgid;
	uint32_t claimed_size; /* RFC822.SIZE; 0 = the right one */
	enum quirk_body body;
	bool stays; /* quirk_same does not expect it at the target */
};

struct quirk_server;

/* q and what it points to outlive the server. NULL when it cannot listen. */
struct quirk_server *quirk_start(const struct quirks *q);
void quirk_stop(struct quirk_server *s);
uint16_t quirk_port(const struct quirk_server *s);
bool quirk_speaks_pop3(const struct quirk_server *s);
/* Another behaviour from the next command on; rules count from 0 again. */
void quirk_become(struct quirk_server *s, const struct quirks *q);

#define QUIRK_UNLISTED "\\Unlisted" /* LIST keeps quiet about the folder */
/* INBOX is there from the start. attrs: "\\Sent", NULL = none. Delimiter is "/". */
void quirk_folder(struct quirk_server *s, const char *name, const char *attrs);
void quirk_set_attrs(struct quirk_server *s, const char *folder, const char *attrs);
uint32_t quirk_add(struct quirk_server *s, const char *folder, const struct quirk_message *m);
/* Ordinary messages number from..to; their bodies hold a line that is an IMAP command. */
void quirk_fill(struct quirk_server *s, const char *folder, unsigned from, unsigned to);
/* The UID of the next message. */
void quirk_set_uidnext(struct quirk_server *s, const char *folder, uint32_t uidnext);
void quirk_set_uidvalidity(struct quirk_server *s, const char *folder, uint32_t uidvalidity);
/* Messages that hold the text, without a word to anyone. */
void quirk_expunge(struct quirk_server *s, const char *folder, const char *in);
/* What the owner does with messages that hold the text (NULL = all): flags as they are from now on, without a word to
 * anyone. */
void quirk_set_flags(struct quirk_server *s, const char *folder, const char *in, const char *flags);
/* The server keeps quiet about them, whatever it is asked; or shows them again, under the same UIDs. */
void quirk_hide(struct quirk_server *s, const char *folder, const char *in, bool hidden);
/* How many messages hold the text? folder, in: NULL = any. */
size_t quirk_messages(struct quirk_server *s, const char *folder, const char *in);
size_t quirk_flagged(struct quirk_server *s, const char *folder, const char *flag);
/* Exactly these flags (any order), on every message that holds the text; false also when there is none. */
bool quirk_is_flagged(struct quirk_server *s, const char *folder, const char *in, const char *flags);
/* The text of the n-th such message, to be freed; NULL when there are fewer. */
char *quirk_text(struct quirk_server *s, const char *folder, const char *in, size_t n, size_t *size);
bool quirk_has_folder(struct quirk_server *s, const char *folder);
/* Its owner subscribes it, or no longer does. */
void quirk_subscribe(struct quirk_server *s, const char *folder, bool on);
bool quirk_is_subscribed(struct quirk_server *s, const char *folder);

/* What is compared beyond the contents of the messages, as multisets. */
enum { QUIRK_SAME_CONTENT = 0, QUIRK_SAME_FOLDER = 1, QUIRK_SAME_FLAGS = 2, QUIRK_SAME_DATE = 4, QUIRK_SAME_ALL = 7 };
/* False: the first difference is in why. Messages marked "stays" must not be at the target. */
bool quirk_same(struct quirk_server *source, struct quirk_server *target, unsigned what, char *why, size_t size);

/* The same in figures: messages of the source that the target lacks, and messages of the target beyond the source's. */
void quirk_compare(struct quirk_server *source, struct quirk_server *target, unsigned what, size_t *lost, size_t *more,
		   char *why, size_t size);
/* The folder has another name, its UIDVALIDITY and UIDs stay. */
void quirk_rename(struct quirk_server *s, const char *folder, const char *to);
/* A folder and all that it holds is gone. */
void quirk_remove(struct quirk_server *s, const char *folder);
/* Waits until the server has read and done all that clients have sent (true), or for ms (false). */
bool quirk_idle(struct quirk_server *s, unsigned ms);

/* Commands logged since the start or quirk_forget, by verb ("UID FETCH"; NULL = any) and text of the line (NULL = any).
 */
size_t quirk_count(struct quirk_server *s, const char *verb, const char *in);
/* How often has the n-th rule fired? */
unsigned quirk_fired(struct quirk_server *s, size_t n);
void quirk_forget(struct quirk_server *s);
void quirk_print_log(struct quirk_server *s, FILE *to);
/* Times that a session appended while another one that had appended was still connected. */
unsigned quirk_overlaps(struct quirk_server *s);
unsigned quirk_connected(struct quirk_server *s);
/* Blocks until a command like this was logged (true), or for ms (false). */
bool quirk_wait(struct quirk_server *s, const char *verb, const char *in, size_t times, unsigned ms);

#endif
