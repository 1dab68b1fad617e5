/* SPDX-License-Identifier: MIT
 *
 * tenant.c - a tenant of Microsoft 365 for tests: HTTPS on loopback by libmicrohttpd, state in DIR/state.db.
 *
 * tenant DIR CERT KEY CSDL [--users N] [--waiting N] [--seed N] [--token-life S] [--port P]; see ../tenant.sh.
 *
 * Refusals come from the CSDL, from reference/exchange-wire.md, or are quoted by programs that met them (the page size
 * of 999, MaximumValueExceeded of a batch, what synced users, unknown licences and missing entries of an ACL are
 * answered). Made up, because nothing says it, or only that it is so:
 * - other wordings than those; the codes of refused filters and of a missing ConsistencyLevel; 400 for a missing
 *   X-AnchorMailbox or Content-Type and for a nextLink posted with another body
 * - InvokeCommand's page size without Prefer (100), one row without ResultSize (two sources disagree: E.1), order of
 * rows
 * - that a synced user's accountEnabled, usageLocation and licences may be changed here, all else not (D.2: "most")
 * - what makes a password weak: under eight characters, under three of four classes, the user's name in it
 * - which roles besides the least ones of D and G open a call; that "organization" needs one of them
 * - 400 for an Authorization header on a report's preauthenticated address (D.5 says only that it must not be there)
 * - that a second Clear-MobileDevice replaces the first, that Remove-MobileDevice works whatever is pending, that a
 * device taken off its mailbox' lists is allowed again Not enforced: limits of requests and concurrency (H; play a 429
 * or a write_limit), delays until licences and permissions take effect, the admin roles of who gets a new password,
 * conflicting service plans, EAS' own refusal of old versions, expiry of refresh tokens, Entra roles behind
 * Exchange.ManageAsApp. $search and $skip of users are refused, $orderby is ignored.
 * GrantSendOnBehalfToWithDisplayNames is not answered: sources disagree on its form.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "tests/servers/tenant/tenant.h"

#define BODY_MAX (16U << 20)

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

struct upload {
	char *bytes;
	size_t n;
};

static enum MHD_Result keep_header(void *arg, enum MHD_ValueKind kind, const char *name, const char *value) {
	char lower[200];
	size_t i;
	(void)kind;
	for (i = 0; name[i] && i + 1 < sizeof lower; i++)
		lower[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
	lower[i] = '\0';
	json_object_set_new(arg, lower, json_string(value ? value : ""));
	return MHD_YES;
}

static enum MHD_Result keep_query(void *arg, enum MHD_ValueKind kind, const char *name, const char *value) {
	(void)kind;
	json_object_set_new(arg, name, json_string(value ? value : ""));
	return MHD_YES;
}

static json_t *parsed(const struct ask *q) {
	const char *type = ask_header(q, "content-type");
	if (!q->raw_len)
		return NULL;
	if (strncasecmp(type, "application/x-www-form-urlencoded", 33) == 0) {
		char *copy = strdup(q->raw);
		json_t *fields = url_fields(copy);
		free(copy);
		return fields;
	}
	if (strncasecmp(type, "application/json", 16) == 0)
		return json_loadb(q->raw, q->raw_len, 0, NULL);
	return NULL;
}

static enum MHD_Result send_answer(struct MHD_Connection *c, struct answer *a) {
	const char *name, *type = a->type ? a->type : "application/json; odata.metadata=minimal; charset=utf-8";
	json_t *v;
	char *text = a->body ? json_dumps(a->body, JSON_COMPACT | JSON_ENCODE_ANY) : a->text;
	size_t n = a->body ? strlen(text) : a->text_len;
	if (!a->body)
		a->text = NULL; /* the response's now */
	struct MHD_Response *r = MHD_create_response_from_buffer(n, text ? text : strdup(""), MHD_RESPMEM_MUST_FREE);
	if (n)
		MHD_add_response_header(r, "Content-Type", type);
	json_object_foreach(a->headers, name, v) {
		MHD_add_response_header(r, name, json_string_value(v));
	}
	enum MHD_Result done = MHD_queue_response(c, (unsigned)a->status, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result answer_connection(struct world *w, struct MHD_Connection *c, const char *url, const char *method,
					 struct upload *u) {
	struct ask q = { .w = w, .method = method, .path = url, .raw = u->bytes ? u->bytes : "", .raw_len = u->n };
	struct answer a = { 0 };
	q.query = json_object();
	q.headers = json_object();
	MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, keep_query, q.query);
	MHD_get_connection_values(c, MHD_HEADER_KIND, keep_header, q.headers);
	q.body = parsed(&q);
	pthread_mutex_lock(&one_at_a_time);
	bool writes = strcmp(method, "GET") != 0;
	if (writes)
		db_do(w, "BEGIN IMMEDIATE", "");
	serve(&q, &a, 0);
	if (writes)
		db_do(w, "COMMIT", "");
	pthread_mutex_unlock(&one_at_a_time);
	if (a.delay_ms) {
		struct timespec t = { a.delay_ms / 1000, (long)(a.delay_ms % 1000) * 1000000 };
		nanosleep(&t, NULL);
	}
	enum MHD_Result done = a.drop == DROP_NO ? send_answer(c, &a) : MHD_NO;
	answer_clear(&a);
	json_decref(q.query);
	json_decref(q.headers);
	json_decref(q.body);
	return done;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url, const char *method,
				  const char *version, const char *data, size_t *n, void **state) {
	struct upload *u = *state;
	(void)version;
	if (!u) {
		*state = calloc(1, sizeof *u);
		return *state ? MHD_YES : MHD_NO;
	}
	if (!*n)
		return answer_connection(arg, c, url, method, u);
	char *bytes = u->n + *n <= BODY_MAX ? realloc(u->bytes, u->n + *n + 1) : NULL;
	if (!bytes)
		return MHD_NO;
	u->bytes = bytes;
	memcpy(bytes + u->n, data, *n);
	u->n += *n;
	bytes[u->n] = '\0';
	*n = 0;
	return MHD_YES;
}

static void on_done(void *arg, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why) {
	struct upload *u = *state;
	(void)arg, (void)c, (void)why;
	if (u)
		free(u->bytes);
	free(u);
	*state = NULL;
}

static char *slurp(const char *file) {
	FILE *f = fopen(file, "r");
	char *text = calloc(1, 65536);
	if (!f || !text || fread(text, 1, 65535, f) == 0) {
		fprintf(stderr, "tenant: cannot read %s\n", file);
		exit(1);
	}
	fclose(f);
	return text;
}

/* The file appears when the server answers. */
static void say_port(const struct world *w, unsigned port) {
	char file[1100], final[1100];
	snprintf(file, sizeof file, "%s/port.new", w->dir);
	snprintf(final, sizeof final, "%s/port", w->dir);
	FILE *f = fopen(file, "w");
	if (!f || fprintf(f, "%u\n", port) < 0 || fclose(f) != 0 || rename(file, final) != 0) {
		perror(file);
		exit(1);
	}
}

static struct MHD_Daemon *listen_at(struct world *w, char *cert, char *key, unsigned port) {
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	struct MHD_Daemon *d =
		MHD_start_daemon(MHD_USE_TLS | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL,
				 NULL, on_request, w, MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_HTTPS_MEM_CERT, cert,
				 MHD_OPTION_HTTPS_MEM_KEY, key, MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL,
				 MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_END);
	const union MHD_DaemonInfo *info = d ? MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT) : NULL;
	if (!info) {
		fprintf(stderr, "tenant: cannot listen\n");
		exit(1);
	}
	snprintf(w->base, sizeof w->base, "https://127.0.0.1:%u", info->port);
	say_port(w, info->port);
	return d;
}

static void free_world(struct world *w) {
	sqlite3_close(w->db);
	EVP_PKEY_free(w->key);
	X509_free(w->app);
	csdl_free(w->csdl);
	close(w->log_fd);
}

int main(int argc, char **argv) {
	struct world w = { .token_life = 3599 };
	long users = 40, waiting = 0, port = 0, seed_value = 1;
	char file[1100];
	bool fresh;
	sigset_t ends;
	if (argc < 5)
		return 2;
	snprintf(w.dir, sizeof w.dir, "%s", argv[1]);
	for (int i = 5; i + 1 < argc; i += 2) {
		long v = strtol(argv[i + 1], NULL, 10);
		if (strcmp(argv[i], "--users") == 0)
			users = v;
		else if (strcmp(argv[i], "--waiting") == 0)
			waiting = v;
		else if (strcmp(argv[i], "--seed") == 0)
			seed_value = v;
		else if (strcmp(argv[i], "--token-life") == 0)
			w.token_life = v;
		else if (strcmp(argv[i], "--port") == 0)
			port = v;
		else
			return 2;
	}
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);
	snprintf(file, sizeof file, "%s/log", w.dir);
	w.log_fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (w.log_fd < 0 || !jwt_load(&w) || !db_open(&w, &fresh)) {
		fprintf(stderr, "tenant: %s lacks the log, keys or state\n", w.dir);
		return 1;
	}
	w.csdl = csdl_load(argv[4]);
	log_note(&w, w.csdl ? "CSDL loaded" : "CSDL not found, unchecked");
	if (fresh)
		seed(&w, users, waiting, (unsigned)seed_value);
	char *cert = slurp(argv[2]), *key = slurp(argv[3]);
	struct MHD_Daemon *d = listen_at(&w, cert, key, (unsigned)port);
	int sig;
	sigwait(&ends, &sig);
	MHD_stop_daemon(d);
	free(cert);
	free(key);
	free_world(&w);
	return 0;
}
