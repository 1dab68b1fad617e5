/* SPDX-License-Identifier: MIT
 *
 * limits.h - what is known of how much a server takes: the operator's rules, what the governor learned, and how many
 * bytes each account has moved.
 *
 * A host is "name:port", an account "name:port/user", both in lower case (mailboxes.h, target_account_key).
 */
#ifndef MAILVAN_STORE_LIMITS_H
#define MAILVAN_STORE_LIMITS_H

#include "core/store/mailboxes.h"

#define PLACE_MAX 1400
#define HOST_KEY_MAX 300

enum traffic { TRAFFIC_DOWN, TRAFFIC_UP }; /* read from a source account, written to a target account */

/* What the operator said of a host, given by name for all its ports, or as "name:port". */
#define RULE_NOT_SAID 0
#define RULE_NO_LIMIT INT64_MAX
struct host_rule {
	char host[HOST_KEY_MAX];
	unsigned at_once; /* mailboxes; 0 = not said */
	int64_t down, up; /* bytes in 24 hours for each account, RULE_NOT_SAID, or RULE_NO_LIMIT */
};
/* The host's text is lowered and checked. A rule that says nothing goes away. Mailboxes that are Queued
 * because a day is used up are looked at again. FULL. */
bool host_rule_set(struct store *s, const struct host_rule *rule, struct err *e);
/* The rule for "name:port": its own, else the name's; where nothing was said all is 0. */
bool host_rule_get(struct store *s, const char *host, struct host_rule *out, struct err *e);
/* The rule of exactly this text, to change it. */
bool host_rule_named(struct store *s, const char *text, struct host_rule *out, struct err *e);
typedef bool host_rule_fn(void *arg, const struct host_rule *rule);
bool host_rules_list(struct store *s, host_rule_fn *fn, void *arg, struct err *e);

/* A host or account that takes fewer mailboxes at once than it should, or none until a time. */
struct place_limit {
	char place[PLACE_MAX];
	unsigned at_once, wish;
	wall_ms_t changed, held_until; /* held_until 0 = not */
	enum err_cat cat;	       /* of why */
	char why[ERR_TEXT_MAX];
};
/* NORMAL; at_once == wish without held_until forgets the place. */
bool place_limit_save(struct store *s, const struct place_limit *p, struct err *e);
typedef bool place_limit_fn(void *arg, const struct place_limit *p);
bool place_limits_list(struct store *s, place_limit_fn *fn, void *arg, struct err *e);

/* Queued mailboxes that could start but for the host (as source or target), and those on it in a worker's hands. */
bool host_load(struct store *s, const char *host, uint64_t *queued, uint64_t *running, struct err *e);

/* Lazy: within WRITE_LAZY_MS. What lies more than two days back is forgotten. */
bool traffic_add(struct store *s, const char *account, enum traffic direction, uint64_t bytes, wall_ms_t now,
		 struct err *e);
/* The last 24 hours; frees: when the oldest of these bytes no longer count (0 when there are none). */
struct traffic_day {
	uint64_t bytes;
	wall_ms_t frees;
};
bool traffic_read(struct store *s, const char *account, enum traffic direction, wall_ms_t now, struct traffic_day *out,
		  struct err *e);
typedef bool traffic_fn(void *arg, const char *account, enum traffic direction, const struct traffic_day *day);
/* Accounts with bytes in the last 24 hours, largest first, at most limit of them. */
bool traffic_list(struct store *s, wall_ms_t now, unsigned limit, traffic_fn *fn, void *arg, struct err *e);

#endif
