/* SPDX-License-Identifier: MIT
 *
 * test_held_hosts.c - queued rows say which of their hosts they wait for, however many hosts are held.
 */
#include "core/store/held_hosts.h"

#include "tests/unit/store/open_project.h"

#define HOSTS 200

static void hold(const char *host, wall_ms_t until) {
	struct place_limit *l = calloc(1, sizeof *l);
	struct err e;
	assert_non_null(l);
	*l = (struct place_limit){ .at_once = 1, .wish = 1, .held_until = until, .cat = ERR_NET };
	text_copy(l->place, sizeof l->place, host);
	snprintf(l->why, sizeof l->why, "%s cannot be reached", host);
	MUST(place_limit_save(s, l, &e));
	free(l);
}

/* Mailbox i comes from a host of its own. */
static void add_hosts(void) {
	struct add_result r;
	struct err e;
	struct mailbox_spec *specs = calloc(HOSTS, sizeof *specs);
	assert_non_null(specs);
	for (unsigned i = 0; i < HOSTS; i++) {
		fill_spec(&specs[i], i + 1);
		snprintf(specs[i].source.host, sizeof specs[i].source.host, "h%u.example", i + 1);
	}
	MUST(mailboxes_add(s, specs, HOSTS, &r, &e));
	free(specs);
	for (int64_t id = 1; id <= HOSTS; id++)
		set_state(s, id, MBOX_QUEUED);
}

struct seen {
	wall_ms_t until[HOSTS + 1];
	unsigned named;
};

static bool see(void *arg, const struct mailbox_row *row) {
	struct seen *seen = arg;
	char why[ERR_TEXT_MAX];
	seen->until[row->id] = row->throttled_until;
	snprintf(why, sizeof why, "h%d.example:993 cannot be reached", (int)row->id);
	seen->named += row->error_cat == ERR_NET && strcmp(row->error, why) == 0;
	return true;
}

static void every_row_names_its_host(void **state) {
	struct mailbox_query all = { .limit = UINT32_MAX };
	struct seen seen = { .named = 0 };
	char host[64];
	wall_ms_t later = wall_ms() + 600000;
	struct err e;
	(void)state;
	add_hosts();
	for (int i = 1; i <= HOSTS; i++) {
		snprintf(host, sizeof host, "h%d.example:993", i);
		hold(host, later + i);
	}
	MUST(store_flush(s, &e));
	MUST(mailboxes_list(s, &all, see, &seen, &e));
	assert_int_equal(seen.named, HOSTS);
	for (int i = 1; i <= HOSTS; i++)
		assert_int_equal(seen.until[i], later + i);
}

static void the_longer_wait_counts(void **state) {
	struct mailbox_query all = { .limit = UINT32_MAX };
	struct seen seen = { .named = 0 };
	wall_ms_t soon = wall_ms() + 60000, later = soon + 60000;
	struct err e;
	(void)state;
	add_hosts();
	hold("h1.example:993", soon);
	hold("h2.example:993", later + 1);
	hold("h3.example:993", wall_ms() - 1);
	hold("imap.new.example:993", later);
	MUST(store_flush(s, &e));
	MUST(mailboxes_list(s, &all, see, &seen, &e));
	assert_int_equal(seen.until[1], later);
	assert_int_equal(seen.until[2], later + 1);
	assert_int_equal(seen.until[3], later);
	assert_int_equal(seen.named, 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		IN_PROJECT(every_row_names_its_host),
		IN_PROJECT(the_longer_wait_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
