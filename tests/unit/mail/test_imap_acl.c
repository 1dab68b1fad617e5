/* SPDX-License-Identifier: MIT
 *
 * test_imap_acl.c - RFC 4314 on the wire: what servers answer to GETACL, and what is sent to change a folder's rights.
 */
#include "tests/unit/mail/test_imap_script.h"

#include "core/mail/imap/acl.h"

struct seen {
	char text[1024];
	bool refuse;
};

static bool note(void *arg, const char *identifier, const char *rights, struct err *e) {
	struct seen *s = arg;
	size_t n = strlen(s->text);
	snprintf(s->text + n, sizeof s->text - n, "%s=%s;", identifier, rights);
	return !s->refuse || err_set(e, ERR_CANCELLED, "enough");
}

static void open_it(struct imap_test *t, struct imap_session *s, const struct script_step *steps) {
	play(t, steps);
	if (!session_open(s, &t->ctx, &t->ep, false, &t->e))
		fail_msg("%s", t->e.text);
}

static void close_it(struct imap_test *t, struct imap_session *s) {
	session_close(s, true);
	played(t);
}

static void rights_are_read(void **state) {
	static const struct script_step steps[] = {
		LOGGED_IN("IMAP4rev1 ACL RIGHTS=texk"), S_EXPECT("^([^ ]+) GETACL \"?Work/2024\"?$"),
		S_SEND("* 3 EXISTS\r\n* ACL \"Work/2024\" anna lrswipkxtea \"two words\" lr -eve lrs\r\n$1 OK "
		       "done\r\n"),
		/* A name as a literal, an entry without rights, one that is far too long, and a list that ends in the
		   middle. */
		S_EXPECT("^([^ ]+) GETACL \"?INBOX\"?$"),
		S_SEND("* ACL INBOX {5}\r\nb\xC3\xB6"
		       "rn l nobody \"\" x "
		       "lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll "
		       "cut\r\n$1 OK done\r\n"),
		S_EXPECT("^([^ ]+) GETACL \"?Secret\"?$"), S_SEND("$1 NO [NOPERM] not yours\r\n"),
		S_EXPECT("^([^ ]+) GETACL \"?Silent\"?$"), S_SEND("$1 OK done\r\n"), FAREWELL
	};
	struct imap_test t;
	struct imap_session s;
	struct seen seen = { 0 };
	(void)state;
	open_it(&t, &s, steps);
	assert_true(imap_acl_there(&s, &t.e));
	assert_true(imap_acl_get(&s, "Work/2024", note, &seen, &t.e));
	assert_string_equal(seen.text, "anna=lrswipkxtea;two words=lr;-eve=lrs;");
	seen.text[0] = '\0';
	assert_true(imap_acl_get(&s, "INBOX", note, &seen, &t.e));
	assert_string_equal(seen.text, "b\xC3\xB6rn=l;nobody=;");
	/* A refusal is about the folder, and the connection goes on. */
	assert_false(imap_acl_get(&s, "Secret", note, &seen, &t.e));
	assert_int_equal(t.e.cat, ERR_NO_PERMISSION);
	assert_int_equal(t.e.scope, ERR_SCOPE_FOLDER);
	assert_false(imap_acl_get(&s, "Silent", note, &seen, &t.e));
	assert_int_equal(t.e.cat, ERR_SERVER_BUG);
	close_it(&t, &s);
}

static void rights_are_set(void **state) {
	static const struct script_step steps[] = {
		LOGGED_IN("IMAP4rev1 ACL"), S_EXPECT("^([^ ]+) SETACL \"?INBOX\"? \"?bob\"? \"?lrswipkxte\"?$"),
		S_SEND("$1 OK done\r\n"), S_EXPECT("^([^ ]+) DELETEACL \"?INBOX\"? \"?bob\"?$"),
		S_SEND("$1 OK done\r\n"),
		/* Nothing of a name becomes a command. */
		S_EXPECT("^([^ ]+) SETACL \"?INBOX\"? \\{19\\}$"), S_SEND("+ go\r\n"), S_READ(19),
		S_EXPECT("^ \"?lr\"?$"), S_SEND("$1 NO no such user\r\n"), FAREWELL
	};
	struct imap_test t;
	struct imap_session s;
	(void)state;
	open_it(&t, &s, steps);
	assert_true(imap_acl_set(&s, "INBOX", "bob", "lrswipkxte", &t.e));
	assert_true(imap_acl_set(&s, "INBOX", "bob", "", &t.e));
	assert_false(imap_acl_set(&s, "INBOX", "bob\r\nx DELETE INBOX", "lr", &t.e));
	close_it(&t, &s);
}

static void a_server_without_it_says_so(void **state) {
	static const struct script_step steps[] = { LOGGED_IN("IMAP4rev1 RIGHTS=texk"), FAREWELL };
	struct imap_test t;
	struct imap_session s;
	(void)state;
	open_it(&t, &s, steps);
	assert_false(imap_acl_there(&s, &t.e));
	assert_int_equal(t.e.cat, ERR_INPUT);
	assert_non_null(strstr(t.e.text, "RFC 4314"));
	close_it(&t, &s);
}

int main(void) {
	const struct CMUnitTest tests[] = { cmocka_unit_test(rights_are_read), cmocka_unit_test(rights_are_set),
					    cmocka_unit_test(a_server_without_it_says_so) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
