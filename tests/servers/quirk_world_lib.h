/* SPDX-License-Identifier: MIT
 *
 * quirk_world_lib.h - a project, an engine in this process, and what its callbacks said, for tests with quirk servers.
 *
 * world_open and world_close are cmocka set-up and tear-down; everything else fails the test when it goes wrong.
 */
#ifndef MAILVAN_TESTS_QUIRK_WORLD_LIB_H
#define MAILVAN_TESTS_QUIRK_WORLD_LIB_H

#include <pthread.h>

#include "core/mailvan.h"
#include "tests/servers/quirk_imap_lib.h"

#define WORLD_EVENTS_MAX 512

struct world_message {
	int64_t mailbox;
	char folder[128];
	uint32_t uid;
	enum msg_state state;
	enum err_cat cat;
	char text[ERR_TEXT_MAX];
};

struct world_folder {
	char source[128], target[128];
	bool renamed;
};

struct quirk_world {
	char dir[64];
	struct store *store;
	struct net *net;
	struct log *log;
	struct stop stop;
	struct quirk_server *source, *target;
	const struct quirks *profile; /* the test's initial_state: one test function, many misbehaviours */
	unsigned settle_ms, jobs;
	unsigned share_rows; /* as in engine_config */
	/* Since the last migrate began; mu while the engine runs. */
	pthread_mutex_t mu;
	struct world_message messages[WORLD_EVENTS_MAX];
	struct world_folder folders[WORLD_EVENTS_MAX];
	size_t message_count, folder_count;
	unsigned states; /* bit per enum mailbox_state that was reported */
	bool counts_broken; /* a progress callback whose counts do not add up */
	bool engine_failed;
	struct err engine_error;
};

int world_open(void **state);
int world_close(void **state);
/* Rows of cmocka's table (which the caller has included): a test in a world of its own; under a name of its own with a
 * profile; with one that is written there. */
#define WORLD_TEST(run) cmocka_unit_test_setup_teardown(run, world_open, world_close)
#define WORLD_TEST_WITH(name, run, profile) { name, run, world_open, world_close, profile }
#define WORLD_TEST_AS(name, run, ...) WORLD_TEST_WITH(name, run, (&(struct quirks){ __VA_ARGS__ }))
/* Starts the two servers of a test; world_close stops them. */
void world_servers(struct quirk_world *w, const struct quirks *source, const struct quirks *target);
/* The account on that server; endpoint_clear gives it back. */
void world_endpoint(struct endpoint *ep, const struct quirk_server *s, const char *user);
/* A row from server to server. */
int64_t world_add(struct quirk_world *w, struct quirk_server *from, struct quirk_server *to, const char *user,
		  const char *account);
/* A row from w->source to w->target, added and migrated. */
struct mailbox_row world_move(struct quirk_world *w, int64_t *id);
/* Ask for it and run the engine until nothing is left. id 0 = every mailbox, and no row comes back. */
struct mailbox_row world_migrate(struct quirk_world *w, int64_t id);
struct mailbox_row world_command(struct quirk_world *w, enum command c, int64_t id);
struct mailbox_row world_row(struct quirk_world *w, int64_t id);

/* The two servers hold the same (see quirk_same). */
void world_assert_same(struct quirk_world *w, unsigned what);
/* The whole end of an ordinary scenario: the two sides agree, the counts hold, the source was only read, and another
 * migrate fetches no body, appends nothing and changes no count. */
void world_assert_done(struct quirk_world *w, int64_t id, unsigned what);
/* What failed by a NO without a reason: the next migration tries it again, once, and it fails again. */
void world_assert_tried_again(struct quirk_world *w, int64_t id);
/* The only event of a message, or failure. */
const struct world_message *world_only_message(struct quirk_world *w);

#endif
