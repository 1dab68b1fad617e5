/* SPDX-License-Identifier: MIT
 *
 * test_imap_servers.h - real Dovecots with mail, and a small pump, for the IMAP tests.
 */
#ifndef MAILVAN_TESTS_IMAP_SERVERS_H
#define MAILVAN_TESTS_IMAP_SERVERS_H

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/mail/imap/imap.h"
#include "tests/lib/dovecot.h"

#define MESSAGES 200
#define DEADLINE_MS 30000

static struct test_dovecot src_server, dst_server, plain_server, prefix_server;
static struct net *net;
static struct stop stop;

static inline void endpoint(struct endpoint *ep, const struct test_dovecot *d, const char *user) {
	endpoint_init(ep);
	ep->proto = PROTO_IMAP;
	ep->security = SEC_TLS;
	ep->port = d->imaps;
	text_copy(ep->host, sizeof ep->host, "127.0.0.1");
	text_copy(ep->ca_file, sizeof ep->ca_file, d->ca);
	text_copy(ep->login, sizeof ep->login, user);
	text_copy(ep->user, sizeof ep->user, user);
	assert_true(secret_set(&ep->password, "pass", 4));
}

static inline struct mail_context context(void) { return (struct mail_context){ .net = net, .stop = &stop }; }

static inline struct source *open_source(const struct test_dovecot *d, const char *user) {
	static struct mail_context ctx;
	struct endpoint ep;
	struct err e = { 0 };
	ctx = context();
	endpoint(&ep, d, user);
	struct source *s = source_open(&ctx, &ep, &e);
	if (!s)
		fail_msg("%s", e.text);
	endpoint_clear(&ep);
	return s;
}

static inline struct target *open_target(const struct test_dovecot *d, const char *user) {
	static struct mail_context ctx;
	struct endpoint ep;
	struct err e = { 0 };
	ctx = context();
	endpoint(&ep, d, user);
	struct target *t = target_open(&ctx, &ep, &e);
	if (!t)
		fail_msg("%s", e.text);
	endpoint_clear(&ep);
	return t;
}

struct message {
	struct scan_item item;
	char keywords[256];
	struct buf body;
	bool ready, missing;
	uint32_t uid; /* at the target */
	int answers;
};

struct copy {
	struct message *m;
	size_t count, cap, current, refused, ended;
};

static inline bool take_item(void *arg, const struct scan_item *item, struct err *e) {
	struct copy *c = arg;
	(void)e;
	if (c->count)
		assert_true(c->m[c->count - 1].item.uid < item->uid);
	if (c->count == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 256;
		c->m = realloc(c->m, c->cap * sizeof *c->m);
		assert_non_null(c->m);
	}
	struct message *m = &c->m[c->count++];
	*m = (struct message){ .item = *item };
	text_copy(m->keywords, sizeof m->keywords, item->keywords);
	buf_init(&m->body, 64 << 20);
	return true;
}

static inline struct message *by_uid(struct copy *c, uint32_t uid) {
	for (size_t i = 0; i < c->count; i++)
		if (c->m[i].item.uid == uid)
			return &c->m[i];
	fail_msg("uid %u was never asked for", uid);
	return NULL;
}

static inline bool on_begin(void *arg, uint32_t uid, uint64_t size, struct err *e) {
	struct copy *c = arg;
	(void)size, (void)e;
	c->current = (size_t)(by_uid(c, uid) - c->m);
	return true;
}

static inline bool on_data(void *arg, const char *p, size_t n, struct err *e) {
	struct copy *c = arg;
	(void)e;
	return buf_put(&c->m[c->current].body, p, n);
}

static inline bool on_end(void *arg, uint32_t uid, struct err *e) {
	struct copy *c = arg;
	(void)e;
	assert_int_equal(c->m[c->current].item.uid, uid);
	assert_false(c->m[c->current].ready);
	c->m[c->current].ready = true;
	c->ended++;
	return true;
}

static inline bool on_missing(void *arg, uint32_t uid, const struct err *why, struct err *e) {
	struct copy *c = arg;
	(void)e, (void)why;
	by_uid(c, uid)->missing = true;
	return true;
}

static inline bool on_appended(void *arg, uint64_t cookie, uint32_t uidvalidity, uint32_t uid, struct err *e) {
	struct copy *c = arg;
	(void)e, (void)uidvalidity;
	c->m[cookie].uid = uid;
	c->m[cookie].answers++;
	return true;
}

static inline bool on_refused(void *arg, uint64_t cookie, const struct err *why, bool grouped, struct err *e) {
	struct copy *c = arg;
	(void)e, (void)grouped, (void)why;
	c->m[cookie].answers++;
	c->refused++;
	return true;
}

static inline void wait_for(int fd1, short ev1, int fd2, short ev2) {
	struct pollfd p[2] = { { fd1, ev1, 0 }, { fd2, ev2, 0 } };
	if (poll(p, 2, 100) < 0)
		fail_msg("poll");
}

static inline struct append_message announce(const struct message *m, uint64_t cookie) {
	return (struct append_message){ .cookie = cookie,
					.flags = m->item.flags,
					.keywords = m->keywords,
					.date = m->item.date,
					.size = m->body.len };
}

static inline void drain_target(struct target *t, struct copy *c) {
	struct target_sink sink = { c, on_appended, on_refused };
	struct err e = { 0 };
	bool moved;
	mono_ms_t deadline = mono_ms() + DEADLINE_MS;
	while (t->ops->append_unacked(t)) {
		assert_true(mono_ms() < deadline);
		if (!t->ops->step(t, &sink, &moved, &e))
			fail_msg("%s", e.text);
		if (!moved)
			wait_for(t->ops->fd(t), t->ops->events(t), -1, 0);
	}
}

static inline void copy_free(struct copy *c) {
	for (size_t i = 0; i < c->count; i++)
		buf_free(&c->m[i].body);
	free(c->m);
	*c = (struct copy){ 0 };
}

static inline const char *root(void) {
	const char *dir = getenv("MAILVAN_ROOT");
	return dir ? dir : ".";
}

/* What another program says is there: flags, date and SHA-256 of every message, sorted. */
static inline char *dump(const struct test_dovecot *d, const char *user) {
	char command[640];
	snprintf(command, sizeof command,
		 "%s/tests/servers/dovecot.sh dump %s %s | grep -v '\t-\t' | cut -f3- | LC_ALL=C sort", root(), d->dir,
		 user); /* "-" stands where a folder is empty */
	FILE *f = popen(command, "r");
	assert_non_null(f);
	struct buf b;
	buf_init(&b, 4 << 20);
	char line[1024];
	while (fgets(line, sizeof line, f))
		assert_true(buf_puts(&b, line));
	assert_int_equal(pclose(f), 0);
	assert_true(b.len > 0);
	return b.data;
}

static inline size_t count_lines(const char *s) {
	size_t n = 0;
	for (; *s; s++)
		n += *s == '\n';
	return n;
}

static inline bool write_messages(const struct test_dovecot *d) {
	char path[160];
	for (int i = 0; i < MESSAGES; i++) {
		snprintf(path, sizeof path, "%s/m%03d.eml", d->dir, i);
		FILE *f = fopen(path, "w");
		if (!f)
			return false;
		fprintf(f, "Message-ID: <%d@test>\nSubject: number %d\nFrom: Anna <anna@example.org>\n\n", i, i);
		for (int k = 0; k < i * 7 % 113; k++)
			fputs(k % 5   ? "A99 CREATE pwned\n"
			      : k % 3 ? ")\r\n* BYE pwned\n"
				      : "caf\xc3\xa9 \xe9 {5}\n",
			      f);
		fprintf(f, "A1 LOGOUT\n%d APPEND pwned {3}\nxyz%s", i, i % 2 ? "" : "\n");
		if (fclose(f) != 0)
			return false;
	}
	return true;
}

static inline bool load(const struct test_dovecot *d, const char *options, const char *pattern) {
	char args[512];
	snprintf(args, sizeof args, "anna INBOX %s %s/%s", options, d->dir, pattern);
	return test_dovecot_run(d, "load", args);
}

static inline int start(void **state) {
	(void)state;
	struct err e;
	net = net_new(NULL, &e);
	if (!net || !stop_init(&stop, NULL))
		return -1;
	if (!test_dovecot_start(&src_server, "--special-use 'Sent=Sent,Papierkorb=Trash'") ||
	    !test_dovecot_start(&dst_server, "--role target") ||
	    !test_dovecot_start(&plain_server, "--role target --capability 'IMAP4rev1 SASL-IR UIDPLUS ID'") ||
	    !test_dovecot_start(&prefix_server, "--prefix INBOX."))
		return -1;
	if (!write_messages(&src_server))
		return -1;
	bool ok = load(&src_server, "-f S -d '2019-03-04 05:06:07 +0000'", "m00*.eml") &&
		  load(&src_server, "-f FR -k '$Forwarded,Wichtig' -d '2001-01-01 00:00:00 +0000'", "m01*.eml") &&
		  load(&src_server, "-f D", "m0[2-9]*.eml") && load(&src_server, "", "m1*.eml");
	return ok ? 0 : -1;
}

static inline int finish(void **state) {
	(void)state;
	test_dovecot_stop(&src_server);
	test_dovecot_stop(&dst_server);
	test_dovecot_stop(&plain_server);
	test_dovecot_stop(&prefix_server);
	stop_free(&stop);
	net_free(net);
	return 0;
}

struct names {
	char wire[40][64], display[40][64];
	uint32_t attrs[40], messages[40];
	char delimiter;
	size_t count, status;
};

static inline bool on_folder(void *arg, const struct folder_info *f, struct err *e) {
	struct names *n = arg;
	(void)e;
	assert_true(n->count < 40);
	text_copy(n->wire[n->count], sizeof n->wire[0], f->wire);
	text_copy(n->display[n->count], sizeof n->display[0], f->display);
	n->attrs[n->count] = f->attrs;
	n->messages[n->count++] = f->messages;
	n->delimiter = f->delimiter;
	n->status += f->status_known;
	return true;
}

static inline size_t find_name(const struct names *n, const char *wire) {
	for (size_t i = 0; i < n->count; i++)
		if (strcmp(n->wire[i], wire) == 0)
			return i;
	fail_msg("%s is not listed", wire);
	return 0;
}

static inline void list_into(struct source *s, struct names *n) {
	struct err e = { 0 };
	memset(n, 0, sizeof *n);
	if (!s->ops->list(s, true, on_folder, n, &e))
		fail_msg("%s", e.text);
}

#endif
