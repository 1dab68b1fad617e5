/* SPDX-License-Identifier: MIT
 *
 * test_cves.c - what went wrong in programs of this kind, each as a test of ours with its number.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/dovecot.h"
#include "tests/servers/mail_drive_lib.h"
#include "tests/servers/quirk_world_lib.h"
#include "tests/servers/script_server_lib.h"
#include "tests/servers/transcript_lib.h"

const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "max_allocation_size_mb=64:quarantine_size_mb=16"; }

static const struct quirks good = { 0 };

/* Opens a source at the script, which must end as written. *got is what the client had said. */
static struct err refused(const struct script_step *steps, const struct script_tls *tls, struct endpoint *ep,
			  char **got) {
	struct err e = { 0 };
	struct net *net = net_new(NULL, &e);
	assert_non_null(net);
	struct script_server *s = script_start(steps, tls);
	assert_non_null(s);
	struct mail_context ctx = { .net = net, .timeouts = { .connect_ms = 5000, .idle_ms = 5000 } };
	snprintf(ep->host, sizeof ep->host, "127.0.0.1");
	snprintf(ep->login, sizeof ep->login, "anna");
	ep->port = script_port(s);
	assert_true(secret_set(&ep->password, "geheim", 6));
	struct source *source = source_open(&ctx, ep, &e);
	assert_null(source);
	*got = script_received(s, NULL);
	script_abort(s);
	endpoint_clear(ep);
	net_free(net);
	return e;
}

static void nothing_was_said(char *got) {
	assert_non_null(got);
	assert_null(strstr(got, "AUTH"));
	assert_null(strstr(got, "LOGIN"));
	assert_null(strstr(got, "PASS"));
	free(got);
}

/* isync did not compare the name in the certificate with that of the server: anyone's valid certificate would do.
 * We leave that to libcurl (VERIFYHOST 2), and this test holds it. */
static void cve_2013_0289_the_certificate_names_another_host(void **state) {
	static const struct script_step steps[] = { S_TLS, S_SEND("* OK ready\r\n"), S_HANGUP, S_END };
	struct test_dovecot certs = { 0 };
	struct endpoint ep;
	char cert[160], key[160], command[256], *got;
	(void)state;
	snprintf(certs.dir, sizeof certs.dir, "/tmp/mailvan-cve.XXXXXX");
	assert_non_null(mkdtemp(certs.dir));
	snprintf(certs.certs, sizeof certs.certs, "%s/certs", certs.dir);
	snprintf(command, sizeof command, "tests/servers/certs.sh %s", certs.certs);
	assert_int_equal(system(command), 0);
	test_cert_path(cert, sizeof cert, &certs, "wrong-host");
	snprintf(key, sizeof key, "%s/wrong-host.key", certs.certs);
	endpoint_init(&ep);
	ep.security = SEC_TLS;
	snprintf(ep.ca_file, sizeof ep.ca_file, "%s/ca.pem", certs.certs);
	struct script_tls tls = { .cert = cert, .key = key };
	struct err e = refused(steps, &tls, &ep, &got);
	snprintf(command, sizeof command, "rm -rf %s", certs.dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(e.cat, ERR_TLS);
	assert_int_equal(e.retry, ERR_RETRY_NEVER);
	nothing_was_said(got);
}

static size_t files_in(const char *dir, const char *but) {
	DIR *d = opendir(dir);
	struct dirent *entry;
	size_t n = 0;
	assert_non_null(d);
	while ((entry = readdir(d)) != NULL)
		n += !strstr(entry->d_name, but);
	closedir(d);
	return n;
}

/* isync made paths of the names that LIST gave it, ".." and all, and so a server could reach other folders. Names are
 * rows of a table here: the project's directory holds what it held, and there is nothing beside it. */
static void cve_2021_20247_names_are_no_paths(void **state) {
	static const char *const names[] = { "..", "../../escaped", "/tmp/escaped", "a/../../escaped",
					     ".",  "store.db",	    "~root" };
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, &good);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		quirk_folder(w->source, names[i], NULL);
		quirk_fill(w->source, names[i], (unsigned)i * 10 + 1, (unsigned)i * 10 + 2);
	}
	size_t held = files_in(w->dir, "-wal");
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, 2 * sizeof names / sizeof *names);
	assert_int_equal(files_in(w->dir, "-wal"), held);
	assert_int_not_equal(access("/tmp/escaped", F_OK), 0);
	world_assert_same(w, QUIRK_SAME_FLAGS | QUIRK_SAME_DATE);
}

/* isync believed that only an APPEND is answered with APPENDUID, and took whatever command was running for one. A code
 * means something to us only in the tagged answer to an APPEND of ours, and only when it names each message once. */
static void cve_2021_3578_appenduid_where_none_belongs(void **state) {
	static const char *const codes[] = { "APPENDUID 1 1",  "APPENDUID",		 "APPENDUID 1",
					     "APPENDUID 1 1:*", "APPENDUID 0 0",	 "APPENDUID 4294967296 1",
					     "APPENDUID (1) 1", "APPENDUID 1 1:4294967295", "COPYUID 1 1 1",
					     "APPENDUID 1 \"1\"", "CAPABILITY (",	 "UIDNEXT" };
	struct quirk_world *w = *state;
	struct quirk_rule rules[QUIRK_RULES_MAX] = { 0 };
	char text[sizeof codes / sizeof *codes][80];
	const struct quirks q = { .rules = rules };
	static const char *const verbs[] = {
		"SELECT", "CREATE", "LIST", "ID", "NAMESPACE", "AUTHENTICATE", "CAPABILITY"
	};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		int64_t id;
		memset(rules, 0, sizeof rules);
		snprintf(text[i], sizeof text[i], "OK [%s] done", codes[i]);
		for (size_t k = 0; k < sizeof verbs / sizeof *verbs; k++)
			rules[k] = (struct quirk_rule){ .verb = verbs[k], .text = text[i], .times = 1 };
		world_servers(w, &good, &q);
		quirk_fill(w->source, "INBOX", 1, 3);
		struct mailbox_row row = world_move(w, &id);
		/* Some of these answers are useless without what goes before them; then it says so. */
		assert_true(row.state == MBOX_SYNCED || row.error[0] || row.counts.pending);
		quirk_become(w->target, &good);
		assert_int_equal(world_migrate(w, id).state, MBOX_SYNCED);
		/* A SELECT without FLAGS says that the folder keeps none. */
		world_assert_same(w, QUIRK_SAME_FOLDER | QUIRK_SAME_DATE);
		quirk_stop(w->source);
		quirk_stop(w->target);
		w->source = w->target = NULL;
	}
}

/* isync counted literals in an int, and from 2 GiB on wrote behind its buffers. What is announced is never allocated
 * here; bodies stream, and where a name belongs 64 KiB are kept. */
static void cve_2021_3657_literals_beyond_two_gibibytes(void **state) {
	static const char *const sizes[] = { "2147483647", "2147483648", "4294967295", "4294967296",
					     "9223372036854775807" };
	static const char *const where[] = { "LIST () \"/\"", "1 FETCH (UID 1 BODY[]", "OK [UIDNEXT", "X", "STATUS" };
	struct err e;
	(void)state;
	struct net *net = net_new(NULL, &e);
	struct mail_context ctx = { .net = net, .timeouts = { .connect_ms = 2000, .idle_ms = 300 } };
	struct transcript recorded;
	assert_true(transcript_load(&recorded, "tests/fuzz/transcripts/dovecot-source.txt"));
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes * (sizeof where / sizeof *where); i++) {
		struct transcript t = { 0 };
		struct drive_result r;
		struct endpoint ep;
		char text[100];
		unsigned tags = 0;
		snprintf(text, sizeof text, "* %s {%s}\r\nabc", where[i % 5], sizes[i / 5]);
		/* In front of the answer to the n-th command, whichever that is. */
		for (size_t k = 0; k < recorded.count; k++) {
			const struct transcript_entry *x = &recorded.entries[k];
			if (x->tag && ++tags == 5 + i % 6)
				transcript_add(&t, SAYS_SERVER, 0, text, strlen(text));
			transcript_add(&t, x->kind, x->tag, x->bytes, x->n);
		}
		struct transcript_player *player = transcript_play(&t, 25);
		endpoint_init(&ep);
		snprintf(ep.host, sizeof ep.host, "127.0.0.1");
		ep.port = transcript_port(player);
		ep.security = SEC_NONE;
		assert_true(secret_set(&ep.password, "geheim", 6));
		drive_source(&ctx, &ep, &r);
		assert_string_equal(r.broken, "");
		assert_false(r.done);
		transcript_stop(player);
		transcript_free(&t);
		endpoint_clear(&ep);
	}
	transcript_free(&recorded);
	net_free(net);
}

/* isync looked for the end of a header that was not there, and wrote beyond the message. These have none, or end in
 * the middle of it: each arrives byte for byte. */
static void cve_2021_44143_messages_without_a_header(void **state) {
	static const char *const texts[] = { "x",
					     "no header at all\r\n",
					     "\r\n",
					     "\r\n\r\n",
					     ":\r\n",
					     "Subject",
					     "Subject:",
					     "Subject: x\r",
					     "\n",
					     "From anna Fri\r\n",
					     "\r\nonly a body\r\n",
					     "Subject: x\r\n y",
					     " folded\r\n\r\n" };
	struct quirk_world *w = *state;
	int64_t id;
	world_servers(w, &good, w->profile);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		quirk_add(w->source, "INBOX", &(struct quirk_message){ .text = texts[i], .flags = "\\Seen" });
	struct mailbox_row row = world_move(w, &id);
	assert_int_equal(row.state, MBOX_SYNCED);
	assert_int_equal(row.counts.copied, sizeof texts / sizeof *texts);
	world_assert_done(w, id, QUIRK_SAME_ALL);
}

/* curl kept what came behind the plain-text answer to STARTTLS and read it as if it had come encrypted (CVE-2011-0411
 * and its many siblings): whoever sits on the line could answer the commands. Here it ends the connection. */
static void cve_2021_22947_answers_behind_starttls(void **state) {
	static const struct script_step imap[] = {
		S_SEND("* OK ready\r\n"), S_EXPECT("^([^ ]+) CAPABILITY$"),
		S_SEND("* CAPABILITY IMAP4rev1 STARTTLS\r\n$1 OK done\r\n"), S_EXPECT("^([^ ]+) STARTTLS$"),
		S_SEND("$1 OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n$1 OK done\r\n"), S_HANGUP, S_END
	};
	static const struct script_step pop3[] = { S_SEND("+OK ready\r\n"), S_EXPECT("^CAPA$"),
						   S_SEND("+OK\r\nSTLS\r\n.\r\n"), S_EXPECT("^STLS$"),
						   S_SEND("+OK go\r\n+OK\r\nUSER\r\n.\r\n+OK\r\n"), S_HANGUP, S_END };
	(void)state;
	for (int proto = 0; proto < 2; proto++) {
		struct endpoint ep;
		char *got;
		endpoint_init(&ep);
		ep.proto = proto ? PROTO_POP3 : PROTO_IMAP;
		ep.security = SEC_STARTTLS;
		struct err e = refused(proto ? pop3 : imap, NULL, &ep, &got);
		assert_int_equal(e.cat, ERR_TLS);
		assert_int_equal(e.retry, ERR_RETRY_NEVER);
		nothing_was_said(got);
	}
}

/* Mutt skipped STARTTLS after a PREAUTH greeting, which leaves a session in the clear that looks logged in. We neither
 * go on without the TLS that was asked for nor into a mailbox that nobody has named. */
static void cve_2020_14093_preauth_is_no_way_around_tls(void **state) {
	static const struct script_step steps[] = {
		S_SEND("* PREAUTH [CAPABILITY IMAP4rev1] welcome\r\n"), S_EXPECT("^([^ ]+) CAPABILITY$"),
		S_SEND("* CAPABILITY IMAP4rev1 STARTTLS\r\n$1 OK done\r\n"), S_HANGUP, S_END
	};
	(void)state;
	for (int clear = 0; clear < 2; clear++) {
		struct endpoint ep;
		char *got;
		endpoint_init(&ep);
		ep.security = clear ? SEC_NONE : SEC_STARTTLS;
		struct err e = refused(steps, NULL, &ep, &got);
		assert_int_equal(e.cat, clear ? ERR_AUTH_POLICY : ERR_TLS);
		assert_int_equal(e.retry, ERR_RETRY_NEVER);
		assert_non_null(strstr(e.text, "PREAUTH"));
		assert_null(strstr(got, "LIST"));
		nothing_was_said(got);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(cve_2013_0289_the_certificate_names_another_host),
	WORLD_TEST(cve_2021_20247_names_are_no_paths),
	WORLD_TEST(cve_2021_3578_appenduid_where_none_belongs),
	cmocka_unit_test(cve_2021_3657_literals_beyond_two_gibibytes),
	WORLD_TEST_AS("cve_2021_44143_messages_without_a_header", cve_2021_44143_messages_without_a_header,
		      .caps = NULL),
	WORLD_TEST_AS("cve_2021_44143_messages_without_a_header: no extensions",
		      cve_2021_44143_messages_without_a_header, .caps = "IMAP4rev1"),
	cmocka_unit_test(cve_2021_22947_answers_behind_starttls),
	cmocka_unit_test(cve_2020_14093_preauth_is_no_way_around_tls),
};

int main(void) {
	cmocka_set_test_filter(getenv("MAILVAN_TEST_ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
