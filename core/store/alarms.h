/* SPDX-License-Identifier: MIT
 *
 * alarms.h - warnings of a mailbox that stop nothing: a source that seems to hide mail, a delta option that held
 * back. Each has a name, says what it probably is, and what to do.
 */
#ifndef MAILVAN_STORE_ALARMS_H
#define MAILVAN_STORE_ALARMS_H

#include "core/store/delta.h"

#define ALARM_NAME_MAX 32
#define ALARMS_MAX 1024 /* of one mailbox */

struct alarm_row {
	char name[ALARM_NAME_MAX]; /* stable: "round-count", ... */
	char folder[1024];	   /* display name; "" = the mailbox */
	char text[ERR_TEXT_MAX];
	wall_ms_t at; /* since when */
};
typedef bool alarm_row_fn(void *arg, const struct alarm_row *row); /* false stops quietly */
/* Those of the last run. */
bool mailbox_alarms(struct store *s, int64_t mailbox, alarm_row_fn *fn, void *arg, struct err *e);
/* The mailboxes of the project that have any, in ascending order. */
typedef bool alarmed_fn(void *arg, int64_t mailbox); /* false stops quietly */
bool alarmed_mailboxes(struct store *s, alarmed_fn *fn, void *arg, struct err *e);
/* How many those are. */
bool alarms_count(struct store *s, uint64_t *mailboxes, struct err *e);

/* For the engine: what is to be judged, folder by folder. */
enum { FACT_WITHHELD, FACT_GONE, FACT_EMPTY, FACT_REASONS };
struct folder_facts {
	int64_t id;
	char display[1024];
	bool known; /* the source was listed at all; the rest of the numbers is of then */
	struct delta_listing listing;
	uint64_t source; /* rows */
	uint64_t reasons[FACT_REASONS];
};
typedef bool folder_facts_fn(void *arg, const struct folder_facts *f, struct err *e);
/* Folders that are copied. reasons[i] counts messages whose reason begins with one of begins[i] (NULL ends a list). */
bool mailbox_facts(struct store *s, int64_t mailbox, const char *const *const begins[FACT_REASONS], folder_facts_fn *fn,
		   void *arg, struct err *e);

struct alarm {
	int64_t folder; /* 0 = the mailbox */
	char name[ALARM_NAME_MAX];
	char text[ERR_TEXT_MAX];
};
/* What the mailbox has now; an alarm that stays keeps its time. unseen: alarms of this name stay too, nobody has looked
 * whether they still hold (NULL: none). NORMAL. */
bool alarms_replace(struct store *s, const struct lease *l, const struct alarm *at, size_t n, const char *unseen,
		    struct err *e);

#endif
