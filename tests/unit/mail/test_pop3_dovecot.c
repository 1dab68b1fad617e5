/* SPDX-License-Identifier: MIT
 *
 * test_pop3_dovecot.c - the POP3 source against a real Dovecot: every byte as IMAP gives it.
 */
#include <openssl/evp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/text.h"
#include "core/mail/mime/ident.h"
#include "core/mail/pop3/pop3.h"
#include "tests/lib/dovecot.h"

#define MESSAGES 100
#define DEADLINE_MS 30000
#define HEX 64

static struct test_dovecot dovecot;

/* Bodies whose lines start with dots, hold commands, terminators of other kinds, and 8-bit bytes. */
static void write_message(FILE *f, int i) {
	static const char *const lines[] = { ".",	  "..",	  "...",     ".hidden", "",    "DELE 1",
					     "text",	  "+OK",  "-ERR no", ". ",	"\t.", "caf\xc3\xa9 \xe9",
					     "From here", "a.b.c" };
	int count = i == 50 ? 200000 : i * 13 % 97;
	fprintf(f,
		"Received: from a by b; Mon, %d Jan 2024 10:00:00 +0000\nMessage-ID: <%d@test>\nDate: Mon, 1 Jan 2024 "
		"10:00:%02d +0000\nFrom: Anna <anna@example.org>\nSubject: number\n %d\n\n",
		1 + i % 28, i, i % 60, i);
	for (int k = 0; k < count; k++)
		fprintf(f, "%s\n",
			lines[((unsigned)i * 7 + (unsigned)k * (unsigned)k + (unsigned)k) %
			      (sizeof lines / sizeof lines[0])]);
	fputs(i % 3 ? ".\n" : "\n.\n\n", f);
}

static int start(void **state) {
	(void)state;
	char path[128], args[256];
	if (!test_dovecot_start(&dovecot, "--master admin --mechs 'plain login cram-md5'"))
		return -1;
	for (int i = 0; i < MESSAGES; i++) {
		snprintf(path, sizeof path, "%s/m%03d.eml", dovecot.dir, i);
		FILE *f = fopen(path, "w");
		if (!f)
			return -1;
		write_message(f, i);
		if (fclose(f) != 0)
			return -1;
	}
	snprintf(args, sizeof args, "anna INBOX %s/m*.eml", dovecot.dir);
	if (!test_dovecot_run(&dovecot, "load", args))
		return -1;
	/* and one without an end of its last line */
	snprintf(path, sizeof path, "%s/open.eml", dovecot.dir);
	FILE *f = fopen(path, "w");
	if (!f || fputs("Subject: open end\n\nno newline", f) < 0 || fclose(f) != 0)
		return -1;
	snprintf(args, sizeof args, "bob INBOX %s", path);
	return test_dovecot_run(&dovecot, "load", args) ? 0 : -1;
}

static int stop(void **state) {
	(void)state;
	test_dovecot_stop(&dovecot);
	return 0;
}

/* SHA-256 of anna's messages by IMAP, in UID order, which is the order of POP3 numbers. */
static size_t read_truth(char hex[MESSAGES][HEX + 1]) {
	char command[256], line[512];
	unsigned long uid_before = 0;
	size_t count = 0;
	const char *root = getenv("MAILVAN_ROOT");
	snprintf(command, sizeof command, "%s/tests/servers/dovecot.sh dump %s anna | sort -t '\t' -k2n",
		 root ? root : ".", dovecot.dir);
	FILE *f = popen(command, "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		char *tab = strrchr(line, '\t'), *uid = strchr(line, '\t');
		assert_true(uid && tab && strlen(tab + 1) >= HEX && count < MESSAGES);
		assert_true(strtoul(uid, NULL, 10) > uid_before);
		uid_before = strtoul(uid, NULL, 10);
		memcpy(hex[count], tab + 1, HEX);
		hex[count++][HEX] = '\0';
	}
	pclose(f);
	return count;
}

struct message {
	char uidl[UIDL_MAX + 1];
	uint64_t size, got, ident_by_top, ident_by_retr;
	char hex[HEX + 1];
};

struct drop {
	struct message messages[MESSAGES];
	size_t count, ended, headers;
	EVP_MD_CTX *sha;
	char head[HEADER_KEEP_MAX];
	size_t head_len;
	char last[2];
};

static bool on_scan(void *arg, const struct scan_item *item, struct err *e) {
	struct drop *d = arg;
	(void)e;
	assert_int_equal(item->number, d->count + 1);
	assert_true(d->count < MESSAGES);
	assert_true(text_copy(d->messages[d->count].uidl, sizeof d->messages[0].uidl, item->uidl));
	d->messages[d->count++].size = item->size;
	return true;
}

static bool on_header(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	struct drop *d = arg;
	struct header_ident id;
	struct message *m = &d->messages[item->number - 1];
	(void)e;
	assert_string_equal(m->uidl, item->uidl);
	assert_true(m->size == item->size);
	ident_header(header, n, &id);
	assert_true(id.has_message_id);
	m->ident_by_top = id.hash;
	d->headers++;
	return true;
}

static bool on_begin(void *arg, uint32_t uid, uint64_t size, struct err *e) {
	struct drop *d = arg;
	(void)size, (void)e;
	d->head_len = 0;
	d->messages[uid - 1].got = 0;
	return EVP_DigestInit_ex(d->sha, EVP_sha256(), NULL) == 1;
}

static bool on_data(void *arg, const char *p, size_t n, struct err *e) {
	struct drop *d = arg;
	(void)e;
	size_t keep = sizeof d->head - d->head_len < n ? sizeof d->head - d->head_len : n;
	memcpy(d->head + d->head_len, p, keep);
	d->head_len += keep;
	d->messages[d->ended].got += n;
	return EVP_DigestUpdate(d->sha, p, n) == 1;
}

static bool on_end(void *arg, uint32_t uid, struct err *e) {
	struct drop *d = arg;
	struct header_ident id;
	struct message *m = &d->messages[uid - 1];
	unsigned char sum[32];
	(void)e;
	assert_int_equal(uid, d->ended + 1);
	assert_int_equal(EVP_DigestFinal_ex(d->sha, sum, NULL), 1);
	for (size_t i = 0; i < sizeof sum; i++)
		snprintf(m->hex + 2 * i, 3, "%02x", sum[i]);
	ident_header(d->head, d->head_len, &id);
	m->ident_by_retr = id.hash;
	d->ended++;
	return true;
}

static bool on_missing(void *arg, uint32_t uid, const struct err *why, struct err *e) {
	(void)arg, (void)e;
	fail_msg("message %u is missing: %s", uid, why->text);
	return false;
}

struct session {
	struct net *net;
	struct mail_context ctx;
	struct endpoint ep;
	struct source *source;
	struct err e;
};

static void set_up(struct session *s, const char *login, const char *password, enum security security) {
	*s = (struct session){ 0 };
	s->net = net_new(NULL, &s->e);
	assert_non_null(s->net);
	s->ctx.net = s->net;
	endpoint_init(&s->ep);
	s->ep.proto = PROTO_POP3;
	s->ep.security = security;
	s->ep.port = security == SEC_TLS ? dovecot.pop3s : dovecot.pop3;
	text_copy(s->ep.host, sizeof s->ep.host, "127.0.0.1");
	text_copy(s->ep.login, sizeof s->ep.login, login);
	text_copy(s->ep.ca_file, sizeof s->ep.ca_file, dovecot.ca);
	assert_true(secret_set(&s->ep.password, password, strlen(password)));
}

static void open_session(struct session *s, const char *user, enum security security) {
	set_up(s, user, "pass", security);
	s->source = pop3_source_open(&s->ctx, &s->ep, &s->e);
	if (!s->source)
		fail_msg("%s", s->e.text);
}

static void close_session(struct session *s) {
	s->source->ops->close(s->source, true);
	endpoint_clear(&s->ep);
	net_free(s->net);
}

static void fetch_all(struct session *s, struct drop *d, size_t count) {
	const struct source_ops *ops = s->source->ops;
	const struct source_sink sink = { d, on_begin, on_data, on_end, on_missing };
	mono_ms_t deadline = mono_ms() + DEADLINE_MS;
	uint32_t numbers[MESSAGES];
	for (size_t i = 0; i < count; i++)
		numbers[i] = (uint32_t)i + 1;
	/* in two portions, the second while the first is under way */
	assert_true(ops->fetch(s->source, numbers, count / 2, &s->e));
	for (bool second = false; ops->in_flight(s->source) || !second;) {
		bool progress;
		assert_true(mono_ms() < deadline);
		if (!ops->step(s->source, &sink, &progress, &s->e))
			fail_msg("%s", s->e.text);
		if (!second && d->ended > 0) {
			assert_true(ops->fetch(s->source, numbers + count / 2, count - count / 2, &s->e));
			second = true;
		}
		struct pollfd fd = { .fd = ops->fd(s->source), .events = ops->events(s->source) };
		if (!progress)
			poll(&fd, 1, 1000);
	}
}

static void every_byte(enum security security) {
	static char truth[MESSAGES][HEX + 1];
	struct drop *d = calloc(1, sizeof *d);
	struct session s;
	struct folder_status st;
	assert_non_null(d);
	d->sha = EVP_MD_CTX_new();
	assert_non_null(d->sha);
	assert_int_equal(read_truth(truth), MESSAGES);
	open_session(&s, "anna", security);
	assert_true(s.source->ops->select(s.source, "INBOX", &st, &s.e));
	assert_int_equal(st.exists, MESSAGES);
	assert_true(s.source->ops->scan(s.source, 1, on_scan, d, &s.e));
	assert_int_equal(d->count, MESSAGES);
	assert_true(s.source->ops->headers(s.source, NULL, 1, on_header, d, &s.e));
	assert_int_equal(d->headers, MESSAGES);
	fetch_all(&s, d, MESSAGES);
	assert_int_equal(d->ended, MESSAGES);
	for (size_t i = 0; i < MESSAGES; i++) {
		const struct message *m = &d->messages[i];
		if (strcmp(m->hex, truth[i]) != 0)
			fail_msg("message %zu differs from what IMAP gives", i + 1);
		assert_true(m->got == m->size);
		assert_true(m->ident_by_top == m->ident_by_retr);
		for (size_t k = 0; k < i; k++) {
			assert_true(strcmp(d->messages[k].uidl, m->uidl) != 0);
			assert_true(d->messages[k].ident_by_top != m->ident_by_top);
		}
	}
	/* and again in the same session: nothing was deleted by having been read */
	d->count = 0;
	assert_true(s.source->ops->scan(s.source, 1, on_scan, d, &s.e));
	assert_int_equal(d->count, MESSAGES);
	close_session(&s);
	open_session(&s, "anna", security);
	assert_true(s.source->ops->select(s.source, "INBOX", &st, &s.e));
	assert_int_equal(st.exists, MESSAGES); /* nor by QUIT */
	close_session(&s);
	EVP_MD_CTX_free(d->sha);
	free(d);
}

static void by_tls(void **state) {
	(void)state;
	every_byte(SEC_TLS);
}

static void by_stls(void **state) {
	(void)state;
	every_byte(SEC_STARTTLS);
}

static void without_tls(void **state) {
	(void)state;
	every_byte(SEC_NONE);
}

static bool on_tail(void *arg, const char *p, size_t n, struct err *e) {
	struct drop *d = arg;
	if (n >= 2)
		memcpy(d->last, p + n - 2, 2);
	return on_data(arg, p, n, e);
}

/* POP3 cannot say that a message ends without a line end: the protocol puts one there. */
static void open_end(void **state) {
	(void)state;
	struct drop *d = calloc(1, sizeof *d);
	const struct source_sink sink = { d, on_begin, on_tail, on_end, on_missing };
	struct session s;
	uint32_t one = 1;
	assert_non_null(d);
	d->sha = EVP_MD_CTX_new();
	open_session(&s, "bob", SEC_TLS);
	assert_true(s.source->ops->fetch(s.source, &one, 1, &s.e));
	for (mono_ms_t deadline = mono_ms() + DEADLINE_MS; s.source->ops->in_flight(s.source);) {
		bool progress;
		assert_true(mono_ms() < deadline);
		assert_true(s.source->ops->step(s.source, &sink, &progress, &s.e));
	}
	assert_int_equal(d->messages[0].got, strlen("Subject: open end\r\n\r\nno newline\r\n"));
	assert_memory_equal(d->last, "\r\n", 2);
	close_session(&s);
	EVP_MD_CTX_free(d->sha);
	free(d);
}

static void wrong_password(void **state) {
	(void)state;
	struct session s;
	set_up(&s, "anna", "not it at all", SEC_TLS);
	assert_null(pop3_source_open(&s.ctx, &s.ep, &s.e));
	assert_int_equal(s.e.cat, ERR_AUTH_BAD);
	assert_int_equal(s.e.retry, ERR_RETRY_NEVER);
	assert_non_null(strstr(s.e.text, "anna"));
	assert_null(strstr(s.e.text, "not it at all"));
	endpoint_clear(&s.ep);
	net_free(s.net);
}

/* The server offers CRAM-MD5 too; what opens is the mailbox that was named, not the admin's. */
static void admin_opens_the_named_mailbox(void **state) {
	(void)state;
	static const struct {
		const char *user;
		uint32_t exists;
	} users[] = { { "anna", MESSAGES }, { "bob", 1 }, { "nobody-yet", 0 } };
	for (size_t i = 0; i < sizeof users / sizeof users[0]; i++) {
		struct session s;
		struct folder_status st;
		set_up(&s, "admin", "masterpass", SEC_STARTTLS);
		text_copy(s.ep.authzid, sizeof s.ep.authzid, users[i].user);
		s.source = pop3_source_open(&s.ctx, &s.ep, &s.e);
		if (!s.source)
			fail_msg("%s", s.e.text);
		assert_true(s.source->ops->select(s.source, "INBOX", &st, &s.e));
		assert_int_equal(st.exists, users[i].exists);
		close_session(&s);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_tls),   cmocka_unit_test(by_stls),	      cmocka_unit_test(without_tls),
		cmocka_unit_test(open_end), cmocka_unit_test(wrong_password),
		cmocka_unit_test(admin_opens_the_named_mailbox),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
