/* SPDX-License-Identifier: MIT
 *
 * test_imap_folders.c - folders, enumeration, headers and reading back, on real Dovecots.
 */
#include "tests/unit/mail/test_imap_servers.h"

static void lists_folders(void **state) {
	(void)state;
	struct names n;
	assert_true(test_dovecot_run(&src_server, "folder", "carla 'Entw\xC3\xBCrfe' 'a b.c&d' Sent Papierkorb"));
	assert_true(test_dovecot_run(&src_server, "adm", "mailbox unsubscribe -u carla 'a b.c&d'"));
	struct source *s = open_source(&src_server, "carla");
	assert_int_equal(s->ops->caps(s), SOURCE_FOLDERS | SOURCE_STATUS_CHEAP | SOURCE_CONDSTORE);
	list_into(s, &n);
	assert_int_equal(n.status + 1, n.count); /* "a b" is only a level */
	assert_int_equal(n.delimiter, '.');
	size_t i = find_name(&n, "Entw&APw-rfe");
	assert_string_equal(n.display[i], "Entw\xC3\xBCrfe");
	assert_int_equal(n.attrs[i], ATTR_SUBSCRIBED);
	i = find_name(&n, "a b.c&-d");
	assert_string_equal(n.display[i], "a b/c&d");
	assert_int_equal(n.attrs[i], 0);
	assert_int_equal(n.attrs[find_name(&n, "a b")] & ATTR_NOSELECT, ATTR_NOSELECT);
	assert_int_equal(n.attrs[find_name(&n, "Papierkorb")], ATTR_SUBSCRIBED | ATTR_TRASH);
	assert_int_equal(n.attrs[find_name(&n, "Sent")], ATTR_SUBSCRIBED | ATTR_SENT);
	find_name(&n, "INBOX");
	s->ops->close(s, true);
	s = open_source(&src_server, "anna");
	list_into(s, &n);
	assert_int_equal(n.messages[find_name(&n, "INBOX")], MESSAGES);
	s->ops->close(s, true);
}

static void lists_with_prefix(void **state) {
	(void)state;
	struct names n;
	const char *prefix;
	char delimiter;
	assert_true(test_dovecot_run(&prefix_server, "folder", "dirk INBOX.Sent INBOX.x.y"));
	struct source *s = open_source(&prefix_server, "dirk");
	s->ops->namespace(s, &prefix, &delimiter);
	assert_string_equal(prefix, "INBOX.");
	assert_int_equal(delimiter, '.');
	list_into(s, &n);
	assert_string_equal(n.display[find_name(&n, "INBOX.x.y")], "INBOX/x/y");
	find_name(&n, "INBOX.Sent");
	s->ops->close(s, true);
}

/* Without LIST-EXTENDED: LIST, LSUB, STATUS. And the target's side: create, subscribe, list. */
static void lists_the_old_way(void **state) {
	(void)state;
	struct names n = { 0 };
	struct err e = { 0 };
	const char *prefix;
	char delimiter;
	struct target *t = open_target(&plain_server, "emil");
	t->ops->namespace(t, &prefix, &delimiter);
	assert_string_equal(prefix, "");
	assert_int_equal(delimiter, '/');
	assert_true(t->ops->create(t, "Archiv/2020", &e));
	assert_true(t->ops->create(t, "with \"quote\" \\ and &- x", &e));
	assert_true(t->ops->subscribe(t, "with \"quote\" \\ and &- x", true, &e));
	assert_false(t->ops->create(t, "//", &e));
	assert_int_equal(e.cat, ERR_FOLDER_NAME);
	assert_int_equal(e.scope, ERR_SCOPE_FOLDER);
	assert_true(t->ops->list(t, true, on_folder, &n, &e));
	assert_int_equal(n.attrs[find_name(&n, "Archiv/2020")], 0);
	size_t i = find_name(&n, "with \"quote\" \\ and &- x");
	assert_int_equal(n.attrs[i], ATTR_SUBSCRIBED);
	assert_string_equal(n.display[i], "with \"quote\" \\ and & x");
	assert_true(n.status >= 3);
	/* A folder that is not there is an error of that folder; the connection lives on. */
	struct folder_status st;
	assert_false(t->ops->select(t, "nowhere", &st, &e));
	assert_int_equal(e.scope, ERR_SCOPE_FOLDER);
	assert_true(t->ops->select(t, "Archiv/2020", &st, &e));
	t->ops->close(t, true);
}

struct headers {
	size_t count;
	uint32_t last;
	size_t bytes;
};

static bool on_header(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct headers *h = arg;
	(void)e;
	assert_true(item->uid > h->last);
	h->last = item->uid;
	char text[512];
	assert_true(n < sizeof text);
	memcpy(text, header, n);
	text[n] = '\0';
	assert_non_null(strstr(text, "Message-ID: <"));
	assert_non_null(strstr(text, "From: Anna"));
	assert_true(item->size > n);
	assert_true(item->date.valid);
	h->bytes += n;
	h->count++;
	return true;
}

static bool stop_at_third(void *arg, const struct scan_item *item, struct err *e) {
	size_t *n = arg;
	(void)item;
	return ++*n < 3 || err_set(e, ERR_LOCAL_DISK, "the disk is full");
}

static void reads_headers_and_parts(void **state) {
	(void)state;
	struct source *s = open_source(&src_server, "anna");
	struct folder_status st;
	struct headers h = { 0 };
	struct copy c = { 0 };
	struct err e = { 0 };
	assert_true(s->ops->select(s, "INBOX", &st, &e));
	uint32_t uids[] = { 1, 2, 3, 50, 52, 53, 199, 5000, 4294967295u };
	assert_true(s->ops->headers(s, uids, 9, on_header, &h, &e));
	assert_int_equal(h.count, 7);
	h = (struct headers){ 0 };
	assert_true(s->ops->headers(s, NULL, 191, on_header, &h, &e));
	assert_int_equal(h.count, 10);
	assert_true(s->ops->headers(s, NULL, 201, on_header, &h, &e)); /* n:* would give the last one */
	assert_int_equal(h.count, 10);
	assert_true(s->ops->scan(s, 198, take_item, &c, &e));
	assert_int_equal(c.count, 3);
	assert_true(s->ops->scan(s, 201, take_item, &c, &e));
	assert_int_equal(c.count, 3);
	assert_int_equal(c.m[0].item.flags, 0);
	copy_free(&c);
	/* A callback's own error comes back, and the connection goes on. */
	size_t seen = 0;
	assert_false(s->ops->scan(s, 1, stop_at_third, &seen, &e));
	assert_int_equal(seen, 3);
	assert_int_equal(e.cat, ERR_LOCAL_DISK);
	assert_true(s->ops->scan(s, 1, take_item, &c, &e));
	assert_int_equal(c.count, MESSAGES);
	copy_free(&c);
	s->ops->close(s, true);
}

/* What a target got can be read back from it, and vanished messages are told apart. */
static void reads_back_from_the_target(void **state) {
	(void)state;
	struct target *t = open_target(&dst_server, "back");
	struct folder_status st;
	struct copy c = { 0 };
	struct err e = { 0 };
	static const char body[] = "Message-ID: <x@y>\r\nFrom: Anna\r\n\r\nhello\r\n";
	assert_true(t->ops->select(t, "INBOX", &st, &e));
	take_item(&c, &(struct scan_item){ .uid = 1, .keywords = "" }, &e);
	struct append_message m = { .cookie = 0, .flags = FLAG_SEEN, .keywords = "$Label1 b", .size = sizeof body - 1 };
	for (int i = 0; i < 3; i++)
		assert_true(t->ops->append_begin(t, &m, &e) && t->ops->append_data(t, body, sizeof body - 1, &e) &&
			    t->ops->append_end(t, false, &e));
	drain_target(t, &c);
	assert_int_equal(c.m[0].answers, 3);
	copy_free(&c);
	/* scan looks anew, though the folder was empty when it was selected */
	assert_true(t->ops->scan(t, 1, take_item, &c, &e));
	assert_int_equal(c.count, 3);
	assert_string_equal(c.m[0].keywords, "$Label1 b");
	assert_int_equal(c.m[0].item.flags, FLAG_SEEN);
	struct headers h = { 0 };
	assert_true(t->ops->headers(t, NULL, st.uidnext + 1, on_header, &h, &e));
	assert_int_equal(h.count, 2);
	take_item(&c, &(struct scan_item){ .uid = 900, .keywords = "" }, &e);
	uint32_t uids[] = { c.m[0].item.uid, c.m[1].item.uid, c.m[2].item.uid, 900 };
	assert_true(t->ops->fetch(t, uids, 4, &e));
	struct source_sink in = { &c, on_begin, on_data, on_end, on_missing };
	mono_ms_t deadline = mono_ms() + DEADLINE_MS;
	while (t->ops->fetch_in_flight(t)) {
		bool moved;
		assert_true(mono_ms() < deadline);
		assert_true(t->ops->fetch_step(t, &in, &moved, &e));
		if (!moved)
			wait_for(t->ops->fd(t), t->ops->events(t), -1, 0);
	}
	for (int i = 0; i < 3; i++)
		assert_string_equal(c.m[i].body.data, body);
	assert_true(c.m[3].missing);
	copy_free(&c);
	t->ops->close(t, true);
}

static void refuses_a_wrong_password(void **state) {
	(void)state;
	struct mail_context ctx = context();
	struct endpoint ep;
	struct err e = { 0 };
	endpoint(&ep, &src_server, "anna");
	assert_true(secret_set(&ep.password, "geheimnis", 9));
	assert_null(source_open(&ctx, &ep, &e));
	assert_int_equal(e.cat, ERR_AUTH_BAD);
	assert_int_equal(e.retry, ERR_RETRY_NEVER);
	assert_null(strstr(e.text, "geheimnis"));
	assert_non_null(strstr(e.text, "anna"));
	endpoint_clear(&ep);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_folders),
		cmocka_unit_test(lists_with_prefix),
		cmocka_unit_test(lists_the_old_way),
		cmocka_unit_test(reads_headers_and_parts),
		cmocka_unit_test(reads_back_from_the_target),
		cmocka_unit_test(refuses_a_wrong_password),
	};
	return cmocka_run_group_tests(tests, start, finish);
}
