/* SPDX-License-Identifier: MIT
 *
 * test_imap_dovecot.c - mail moves between real Dovecots: every byte, flag and date.
 */
#include "tests/unit/mail/test_imap_servers.h"

#include <sys/resource.h>

#define BIG_SIZE (20u * 1024 * 1024)

/* From the selected folder to the selected folder. group: how many messages per MULTIAPPEND. */
static void copy_folder(struct source *s, struct target *t, struct copy *c, size_t group, bool synchronise) {
	struct source_sink in = { c, on_begin, on_data, on_end, on_missing };
	struct target_sink out = { c, on_appended, on_refused };
	struct err e = { 0 };
	size_t next = 0;
	mono_ms_t deadline = mono_ms() + DEADLINE_MS;
	if (!s->ops->scan(s, 1, take_item, c, &e))
		fail_msg("%s", e.text);
	uint32_t *uids = calloc(c->count + 1, sizeof *uids);
	assert_non_null(uids);
	for (size_t i = 0; i < c->count; i++)
		uids[i] = c->m[i].item.uid;
	assert_true(s->ops->fetch(s, uids, c->count, &e));
	free(uids);
	while (next < c->count || t->ops->append_unacked(t)) {
		bool moved = false, moved2 = false;
		assert_true(mono_ms() < deadline);
		if (s->ops->in_flight(s) && !s->ops->step(s, &in, &moved, &e))
			fail_msg("%s", e.text);
		while (next < c->count && c->m[next].ready && t->ops->append_room(t) > c->m[next].body.len) {
			struct append_message m = announce(&c->m[next], next);
			m.synchronise = synchronise;
			if (!t->ops->append_begin(t, &m, &e) ||
			    !t->ops->append_data(t, c->m[next].body.data, c->m[next].body.len, &e) ||
			    !t->ops->append_end(t, (next + 1) % group != 0 && next + 1 < c->count, &e))
				fail_msg("%s", e.text);
			next++;
		}
		if (!t->ops->step(t, &out, &moved2, &e))
			fail_msg("%s", e.text);
		if (!moved && !moved2)
			wait_for(s->ops->fd(s), s->ops->in_flight(s) ? s->ops->events(s) : 0, t->ops->fd(t),
				 t->ops->events(t));
	}
	for (size_t i = 0; i < c->count; i++)
		assert_int_equal(c->m[i].answers, 1);
	assert_int_equal(c->refused, 0);
}

static void check_copy(const struct test_dovecot *to, const char *user, size_t group, bool synchronise, unsigned caps) {
	struct source *s = open_source(&src_server, "anna");
	struct target *t = open_target(to, user);
	struct copy c = { 0 };
	struct folder_status from, at;
	struct err e = { 0 };
	assert_int_equal(t->ops->caps(t), caps);
	assert_true(s->ops->select(s, "INBOX", &from, &e));
	assert_int_equal(from.exists, MESSAGES);
	assert_true(from.read_only);
	assert_true(t->ops->create(t, "Kopie", &e));
	assert_true(t->ops->create(t, "Kopie", &e)); /* again is fine */
	assert_true(t->ops->select(t, "Kopie", &at, &e));
	assert_int_equal(at.exists, 0);
	assert_true(at.keywords_any);
	copy_folder(s, t, &c, group, synchronise);
	assert_int_equal(c.count, MESSAGES);
	for (size_t i = 0; i < c.count; i++)
		assert_int_equal(c.m[i].uid, at.uidnext + i);
	copy_free(&c);
	s->ops->close(s, true);
	t->ops->close(t, true);
	char *a = dump(&src_server, "anna"), *b = dump(to, user);
	assert_int_equal(count_lines(a), MESSAGES);
	assert_string_equal(a, b);
	free(a);
	free(b);
}

#define ALL_CAPS (TARGET_UIDPLUS | TARGET_LITERAL_PLUS | TARGET_MULTIAPPEND | TARGET_MOVE)

static void copies_with_literal_plus(void **state) {
	(void)state;
	check_copy(&dst_server, "one", 1, false, ALL_CAPS);
}

static void copies_with_multiappend(void **state) {
	(void)state;
	check_copy(&dst_server, "many", 50, false, ALL_CAPS);
}

static void copies_with_synchronizing_literals(void **state) {
	(void)state;
	check_copy(&plain_server, "sync", 1, false, TARGET_UIDPLUS);
	check_copy(&dst_server, "forced", 1, true, ALL_CAPS);
}

struct through {
	struct target *t;
	uint64_t got;
	bool ended, stored;
	size_t most; /* bytes held in the target's queue */
};

static bool through_begin(void *arg, uint32_t uid, uint64_t size, struct err *e) {
	struct through *x = arg;
	(void)uid;
	struct append_message m = { .cookie = 1, .keywords = "", .size = size };
	return x->t->ops->append_begin(x->t, &m, e);
}

static bool through_data(void *arg, const char *p, size_t n, struct err *e) {
	struct through *x = arg;
	x->got += n;
	return x->t->ops->append_data(x->t, p, n, e);
}

static bool through_end(void *arg, uint32_t uid, struct err *e) {
	struct through *x = arg;
	(void)uid;
	x->ended = true;
	return x->t->ops->append_end(x->t, false, e);
}

static bool through_appended(void *arg, uint64_t cookie, uint32_t uidvalidity, uint32_t uid, struct err *e) {
	struct through *x = arg;
	(void)uidvalidity, (void)uid, (void)e;
	assert_int_equal(cookie, 1);
	return x->stored = true;
}

static long max_rss_kib(void) {
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static void big_message_in_bounded_memory(void **state) {
	(void)state;
	char path[160], args[256];
	snprintf(path, sizeof path, "%s/big.eml", src_server.dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs("Subject: big\n\n", f);
	for (unsigned i = 0; i < BIG_SIZE / 64; i++)
		fprintf(f, "%062u\n", i * 2654435761u);
	assert_int_equal(fclose(f), 0);
	snprintf(args, sizeof args, "big INBOX %s", path);
	assert_true(test_dovecot_run(&src_server, "load", args));
	const struct test_dovecot *to[] = { &dst_server, &plain_server };
	for (int i = 0; i < 2; i++) {
		struct source *s = open_source(&src_server, "big");
		struct through x = { .t = open_target(to[i], "big") };
		struct source_sink in = { &x, through_begin, through_data, through_end, on_missing };
		struct target_sink out = { &x, through_appended, on_refused };
		struct folder_status st;
		struct err e = { 0 };
		uint32_t one = 1;
		assert_true(s->ops->select(s, "INBOX", &st, &e) && x.t->ops->select(x.t, "INBOX", &st, &e));
		long before = max_rss_kib();
		assert_true(s->ops->fetch(s, &one, 1, &e));
		mono_ms_t deadline = mono_ms() + DEADLINE_MS;
		while (!x.stored) {
			bool moved = false, moved2 = false;
			bool room = x.t->ops->append_room(x.t) >= 512 * 1024;
			assert_true(mono_ms() < deadline);
			if (room && !x.ended && !s->ops->step(s, &in, &moved, &e))
				fail_msg("%s", e.text);
			if (!x.t->ops->step(x.t, &out, &moved2, &e))
				fail_msg("%s", e.text);
			if (!moved && !moved2)
				wait_for(s->ops->fd(s), room ? s->ops->events(s) : 0, x.t->ops->fd(x.t),
					 x.t->ops->events(x.t));
		}
		assert_true(x.got >= BIG_SIZE);
#if !defined(__SANITIZE_ADDRESS__)
		assert_true(max_rss_kib() - before < 8 * 1024);
#else
		(void)before;
#endif
		s->ops->close(s, true);
		x.t->ops->close(x.t, true);
		char *a = dump(&src_server, "big"), *b = dump(to[i], "big");
		/* only the dates differ: none was given */
		assert_string_equal(strrchr(a, '\t'), strrchr(b, '\t'));
		free(a);
		free(b);
	}
}

/* Every message holds commands; had one run, its folder would be there. */
static void message_text_never_runs(void **state) {
	(void)state;
	const struct test_dovecot *servers[] = { &dst_server, &plain_server };
	const char *users[] = { "one", "sync" };
	for (int i = 0; i < 2; i++) {
		struct names n = { 0 };
		struct err e = { 0 };
		struct target *t = open_target(servers[i], users[i]);
		assert_true(t->ops->list(t, false, on_folder, &n, &e));
		assert_true(n.count >= 2);
		for (size_t k = 0; k < n.count; k++)
			assert_null(strstr(n.wire[k], "pwned"));
		t->ops->close(t, true);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_with_literal_plus),
		cmocka_unit_test(copies_with_multiappend),
		cmocka_unit_test(copies_with_synchronizing_literals),
		cmocka_unit_test(message_text_never_runs),
		cmocka_unit_test(big_message_in_bounded_memory),
	};
	return cmocka_run_group_tests(tests, start, finish);
}
