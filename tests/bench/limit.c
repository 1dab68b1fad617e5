/* SPDX-License-Identifier: MIT
 *
 * limit.c - how fast two servers are when the client costs nothing: a reader asks for everything at once and throws
 * it away while a writer sends the same messages from memory, pipelined. No ledger, no hashes, no checks, no dates.
 *
 *   limit [--tls] [--single] [--pop3 PORT] [--jobs N] SOURCE-PORT TARGET-PORT {SOURCE-USER TARGET-USER}...
 *
 * --single sends each message as an APPEND of its own instead of MULTIAPPEND groups; --pop3 reads there instead.
 * Everything is on 127.0.0.1 and every password is "pass"; TLS is not verified, because that costs nothing per byte.
 * It prints: WALL READING WRITING, in seconds; with several users the two latter are those of the slowest job.
 * What must be known before (folders, messages) is fetched before the clock starts; logins are inside.
 */
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/wire.h"

#define GROUP_MESSAGES 64
#define GROUP_BYTES (1024u * 1024)
#define FOLDERS_MAX 64
#define MESSAGES_MAX 1000000u
#define JOBS_MAX 64

struct message {
	char *data;
	size_t size;
};

struct folder {
	char name[256]; /* as LIST gave it: an atom or a quoted string */
	struct message *messages;
	size_t count, cap;
};

struct account {
	const char *source, *target;
	struct folder folders[FOLDERS_MAX];
	size_t folder_count;
	size_t messages;
};

struct bench {
	SSL_CTX *tls;
	int source_port, target_port, pop3_port;
	bool single;
	struct account *accounts;
	size_t account_count;
	atomic_size_t next;
};

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool literal_of(const char *line, size_t *n) {
	const char *brace = strrchr(line, '{');
	char *end;
	if (!brace)
		return false;
	*n = strtoul(brace + 1, &end, 10);
	return strcmp(end, "}") == 0;
}

/* Reads until every command is answered; literals are thrown away, or kept as messages of a folder. */
static void settle(struct wire *w, struct folder *keep) {
	wire_flush(w);
	while (w->answered < w->commands) {
		char *line = wire_line(w);
		size_t n;
		if (!literal_of(line, &n)) {
			if (line[0] != ')') /* the end of a FETCH */
				wire_count(w, line);
			continue;
		}
		struct message m = { .size = n };
		if (keep) {
			m.data = grown(NULL, n + 1);
			if (keep->count == keep->cap)
				keep->messages = grown(keep->messages, (keep->cap = keep->cap * 2 + 64) * sizeof m);
		}
		wire_take(w, m.data, n);
		if (keep && keep->count < MESSAGES_MAX)
			keep->messages[keep->count++] = m;
	}
}

static struct wire *log_in(const struct bench *b, int port, const char *user) {
	struct wire *w = wire_dial(b->tls, port);
	wire_line(w);
	COMMAND(w, "LOGIN \"%s\" pass\r\n", user);
	settle(w, NULL);
	return w;
}

/* * LIST (\HasNoChildren) "." name */
static void list_folders(struct wire *w, struct account *a) {
	COMMAND(w, "LIST \"\" *\r\n");
	wire_flush(w);
	while (w->answered < w->commands) {
		const char *line = wire_line(w), *name = strncmp(line, "* LIST ", 7) == 0 ? strstr(line, ") ") : NULL;
		if (!name) {
			wire_count(w, line);
			continue;
		}
		name = strchr(name + 2, ' ');
		if (!name || a->folder_count == FOLDERS_MAX || strlen(name) > sizeof a->folders[0].name)
			die("a folder list that this program cannot take", line);
		snprintf(a->folders[a->folder_count++].name, sizeof a->folders[0].name, "%s", name + 1);
	}
}

/* Not measured: what the account holds, and its folders at the target. */
static void prepare(const struct bench *b, struct account *a) {
	struct wire *w = log_in(b, b->source_port, a->source);
	list_folders(w, a);
	for (size_t i = 0; i < a->folder_count; i++) {
		COMMAND(w, "EXAMINE %s\r\n", a->folders[i].name);
		COMMAND(w, "UID FETCH 1:* BODY.PEEK[]\r\n");
		settle(w, &a->folders[i]);
		a->messages += a->folders[i].count;
	}
	wire_close(w);
	w = log_in(b, b->target_port, a->target);
	for (size_t i = 0; i < a->folder_count; i++)
		if (strcasecmp(a->folders[i].name, "INBOX") != 0)
			COMMAND(w, "CREATE %s\r\n", a->folders[i].name);
	settle(w, NULL);
	wire_close(w);
}

static void read_imap(const struct bench *b, const struct account *a) {
	struct wire *w = log_in(b, b->source_port, a->source);
	for (size_t i = 0; i < a->folder_count; i++) {
		COMMAND(w, "EXAMINE %s\r\n", a->folders[i].name);
		COMMAND(w, "UID FETCH 1:* BODY.PEEK[]\r\n");
	}
	settle(w, NULL);
	wire_close(w);
}

static void read_pop3(const struct bench *b, const struct account *a) {
	struct wire *w = wire_dial(b->tls, b->pop3_port);
	wire_say(w, "USER %s\r\nPASS pass\r\n", a->source);
	for (size_t i = 1; i <= a->messages; i++)
		wire_say(w, "RETR %zu\r\n", i);
	wire_flush(w);
	for (unsigned i = 0; i < 3; i++) /* greeting, USER, PASS */
		if (strncmp(wire_line(w), "+OK", 3) != 0)
			die("POP3 login refused", "");
	for (size_t i = 0; i < a->messages; i++) {
		if (strncmp(wire_line(w), "+OK", 3) != 0)
			die("RETR refused", "");
		while (strcmp(wire_line(w), ".") != 0) {}
	}
	wire_close(w);
}

static void write_folder(struct wire *w, const struct bench *b, const struct folder *f) {
	unsigned in_group = 0;
	size_t group_bytes = 0;
	COMMAND(w, "SELECT %s\r\n", f->name);
	for (size_t i = 0; i < f->count; i++) {
		const struct message *m = &f->messages[i];
		if (!in_group)
			COMMAND(w, "APPEND %s", f->name);
		wire_say(w, " () {%zu+}\r\n", m->size);
		wire_put(w, m->data, m->size);
		group_bytes += m->size;
		if (b->single || ++in_group == GROUP_MESSAGES || group_bytes >= GROUP_BYTES || i + 1 == f->count) {
			wire_put(w, "\r\n", 2);
			in_group = 0;
			group_bytes = 0;
		}
	}
}

static void write_account(const struct bench *b, const struct account *a) {
	struct wire *w = log_in(b, b->target_port, a->target);
	for (size_t i = 0; i < a->folder_count; i++)
		write_folder(w, b, &a->folders[i]);
	settle(w, NULL);
	wire_close(w);
}

struct job {
	pthread_t thread;
	struct bench *bench;
	const struct account *account;
	double reading, writing;
};

static void *read_thread(void *arg) {
	struct job *j = arg;
	double begin = now();
	if (j->bench->pop3_port)
		read_pop3(j->bench, j->account);
	else
		read_imap(j->bench, j->account);
	j->reading += now() - begin;
	return NULL;
}

static void *job_thread(void *arg) {
	struct job *j = arg;
	for (size_t i; (i = atomic_fetch_add(&j->bench->next, 1)) < j->bench->account_count;) {
		pthread_t reader;
		j->account = &j->bench->accounts[i];
		double begin = now();
		if (pthread_create(&reader, NULL, read_thread, j) != 0)
			die("no thread", "");
		write_account(j->bench, j->account);
		j->writing += now() - begin;
		pthread_join(reader, NULL);
	}
	return NULL;
}

static void measure(struct bench *b, unsigned jobs) {
	struct job job[JOBS_MAX] = { 0 };
	double begin = now(), reading = 0, writing = 0;
	for (unsigned i = 0; i < jobs; i++) {
		job[i].bench = b;
		if (pthread_create(&job[i].thread, NULL, job_thread, &job[i]) != 0)
			die("no thread", "");
	}
	for (unsigned i = 0; i < jobs; i++) {
		pthread_join(job[i].thread, NULL);
		reading = job[i].reading > reading ? job[i].reading : reading;
		writing = job[i].writing > writing ? job[i].writing : writing;
	}
	printf("%.3f %.3f %.3f\n", now() - begin, reading, writing);
}

static int number(const char *s, int max) {
	char *end;
	long n = strtol(s, &end, 10);
	if (*end || n < 1 || n > max)
		die("not a usable number", s);
	return (int)n;
}

static SSL_CTX *tls_context(void) {
	SSL_CTX *c = SSL_CTX_new(TLS_client_method());
	if (!c)
		die("no TLS", "");
	SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(c, 1);
	return c;
}

int main(int argc, char **argv) {
	static const struct option options[] = {
		{ "tls", no_argument, NULL, 't' },	  { "single", no_argument, NULL, 's' },
		{ "pop3", required_argument, NULL, 'p' }, { "jobs", required_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	static struct bench b;
	unsigned jobs = 1;
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (c) {
		case 't': b.tls = tls_context(); break;
		case 's': b.single = true; break;
		case 'p': b.pop3_port = number(optarg, 65535); break;
		case 'j': jobs = (unsigned)number(optarg, JOBS_MAX); break;
		default: return 2;
		}
	}
	if (argc - optind < 4 || (argc - optind) % 2)
		die("usage", "limit [--tls] [--single] [--pop3 PORT] [--jobs N] SOURCE-PORT TARGET-PORT {FROM TO}...");
	signal(SIGPIPE, SIG_IGN);
	b.source_port = number(argv[optind], 65535);
	b.target_port = number(argv[optind + 1], 65535);
	b.account_count = (size_t)(argc - optind - 2) / 2;
	b.accounts = calloc(b.account_count, sizeof *b.accounts);
	if (!b.accounts)
		die("no memory", "");
	for (size_t i = 0; i < b.account_count; i++) {
		b.accounts[i].source = argv[optind + 2 + 2 * i];
		b.accounts[i].target = argv[optind + 3 + 2 * i];
		prepare(&b, &b.accounts[i]);
	}
	measure(&b, jobs);
	return 0;
}
