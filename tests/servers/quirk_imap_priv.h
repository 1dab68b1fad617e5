/* SPDX-License-Identifier: MIT
 *
 * quirk_imap_priv.h - what the files of the quirk server share; tests include quirk_imap_lib.h.
 *
 * quirk_imap_lib.c accepts and reads commands, quirk_log_lib.c knows rules and the log, quirk_box_lib.c
 * holds folders and messages, quirk_answer_lib.c answers what reads, quirk_append_lib.c what writes;
 * quirk_exchange_lib.c and quirk_provider_lib.c know what providers do to that; quirk_pop3_lib.c is all of POP3.
 */
#ifndef MAILVAN_TESTS_QUIRK_IMAP_PRIV_H
#define MAILVAN_TESTS_QUIRK_IMAP_PRIV_H

#include <pthread.h>

#include "core/base/buf.h"
#include "tests/servers/quirk_imap_lib.h"

#define QUIRK_NAME_MAX 512
#define QUIRK_FLAGS_MAX 512
#define QUIRK_DATE_MAX 40
#define QUIRK_LITERAL_MAX (64u << 20)
/* What servers say unasked; clients must read past all of it. */
#define QUIRK_NOISE                                                                                                    \
	"* XQUIRK (foo {3}\r\nb)\rNIL) \"bar\"\r\n* OK [XNEW 12 (a)] by the way\r\n* 1 FETCH (FLAGS (\\Seen))\r\n"

struct box_message {
	uint32_t uid;
	char *text, *served; /* served: NULL = text */
	char *repaired;	     /* as in struct quirk_message */
	size_t size;	     /* of text */
	char flags[QUIRK_FLAGS_MAX];
	char date[QUIRK_DATE_MAX];
	uint64_t gm_msgid;
	uint32_t claimed_size;
	enum quirk_body body;
	bool stays, hidden;
	uint64_t modseq;
};

struct box_folder {
	char name[QUIRK_NAME_MAX];
	char attrs[64];
	bool subscribed;
	uint32_t uidvalidity, uidnext;
	uint64_t modseq; /* of the last change */
	struct box_message *at;
	size_t count, cap;
};

struct session {
	struct quirk_server *server;
	struct session *next;
	pthread_t thread;
	int fd; /* -1 once closed; written by its thread under the lock */
	unsigned number;
	struct buf in;
	bool appended;
	bool mute; /* what it says is lost */
	bool logged_in, identified;
	unsigned refusals;
	enum { SESSION_BUSY, SESSION_WAITS, SESSION_OVER } doing; /* waits: for bytes from the client */
	char selected[QUIRK_NAME_MAX];
	uint32_t seen; /* stale: the next UID, when the folder was looked at last */
};

struct quirk_server {
	const struct quirks *quirks;
	unsigned fired[QUIRK_RULES_MAX];
	int listener, wake;
	uint16_t port;
	pthread_t acceptor;
	pthread_mutex_t lock; /* of everything below, of quirks and fired */
	pthread_cond_t logged;
	struct session *sessions;
	unsigned session_count, overlaps;
	struct box_folder *folders;
	size_t folder_count;
	size_t stored; /* by APPEND */
	struct {
		unsigned session;
		char *line;
	} *log;
	size_t log_count, log_cap;
};

/* A server without memory is of no use to a test. */
void *quirk_alloc(void *p, size_t n);

/* quirk_imap_lib.c. False: the session is over. */
bool session_read_line(struct session *c, char **line, size_t *size);
bool session_read_bytes(struct session *c, char *to, size_t n);
bool session_send(struct session *c, const char *data, size_t n);
bool session_say(struct session *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void session_hang_up(struct session *c);
/* False when the server is stopped before that. */
bool session_pause(struct session *c, unsigned ms);

/* quirk_log_lib.c. The rule that fires now, counted, or NULL. line is what follows the verb; text, texts: messages of
 * an APPEND. */
const struct quirk_rule *quirk_rule(struct quirk_server *s, const char *verb, const char *line, bool announced,
				    bool unsynchronised, const struct box_message *m, size_t n);
void quirk_log(struct session *c, const char *verb, const char *args);

/* quirk_imap_lib.c again. For rules that keep the command from being carried out. */
/* Is it carried out all the same, at least for show? Then answer_append does it. */
bool quirk_rule_does(const struct quirk_rule *r);
bool session_obey(struct session *c, const char *tag, const struct quirk_rule *r);
/* An atom or quoted string; *p moves behind it and the blanks that follow. */
bool quirk_word(const char **p, char *out, size_t size);
bool quirk_has_cap(const struct quirks *q, const char *cap);

/* quirk_box_lib.c; the lock is held. */
struct box_folder *box_find(struct quirk_server *s, const char *name);
/* With those below it. */
void box_rename(struct quirk_server *s, const char *folder, const char *to);
struct box_folder *box_make(struct quirk_server *s, const char *name, const char *attrs);
struct box_message *box_store(struct box_folder *f, struct box_message *m); /* takes over the texts */
void box_free(struct quirk_server *s);
void box_normalise_flags(char *flags);
void box_renumber(struct quirk_server *s);
uint32_t box_uidnext(const struct quirks *q, const struct box_folder *f);

/* quirk_answer_lib.c, quirk_append_lib.c: one command each. */
bool answer_list(struct session *c, const char *tag, const char *verb, const char *args);
bool answer_status(struct session *c, const char *tag, const char *args);
bool answer_select(struct session *c, const char *tag, const char *verb, const char *args);
bool answer_fetch(struct session *c, const char *tag, const char *args);
bool answer_rename(struct session *c, const char *tag, const char *args);
bool answer_create(struct session *c, const char *tag, const char *args);
bool answer_subscribe(struct session *c, const char *tag, const char *args);
bool answer_unsubscribe(struct session *c, const char *tag, const char *args);
bool answer_quota_root(struct session *c, const char *tag, const char *args);
bool answer_append(struct session *c, const char *tag, const char *args);

/* quirk_exchange_lib.c. The refusal of an APPEND or NULL; what becomes of the flags of one; a refused CREATE or NULL.
 */
const struct quirk_rule *exchange_append(const struct quirks *q, const struct box_message *m, size_t n);
void exchange_store(struct box_message *m);
const char *exchange_create(struct quirk_server *s, const char *name);

/* quirk_provider_lib.c: what providers do beyond the protocol; the lock is held. */
void provider_store(struct box_message *m, const struct quirks *q);
const struct quirk_rule *provider_append(const struct quirks *q, const struct box_folder *f,
					 const struct box_message *m, size_t n);
/* Does the account hold its quota with these? */
bool provider_is_full(const struct quirk_server *s, const struct box_message *m, size_t n);
/* Keywords of all messages of a folder, blank-separated; the number of them. */
size_t provider_keywords(const struct box_folder *f, struct buf *b);
/* The message of that text that is there already, or NULL. */
const struct box_message *provider_merges(const struct quirks *q, const struct box_folder *f,
					  const struct box_message *m);
/* fields: those that HEADER.FIELDS is to show, with the empty line. */
void provider_headers(const struct quirks *q, struct buf *fields);
bool provider_takes_set(const struct quirks *q, const char *set);

/* quirk_change_lib.c */
bool answer_store(struct session *c, const char *tag, const char *args);
bool answer_expunge(struct session *c, const char *tag, const char *args);
bool answer_move(struct session *c, const char *tag, const char *args);
/* What the server lets see of a folder; the lock is held. */
size_t box_visible(const struct box_folder *f);
/* Is uid in "1:5,7,9:*"? The last message is always part of n:*. */
bool box_in_set(const char *set, uint32_t uid, uint32_t last);

/* quirk_pop3_lib.c: a whole session. */
void quirk_pop3(struct session *c);

#endif
