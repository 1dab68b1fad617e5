/* SPDX-License-Identifier: MIT
 *
 * quirk_log_lib.c - which rule fires, what was received, and what a test asks about it.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <time.h>

#include "tests/servers/quirk_imap_priv.h"

void quirk_log(struct session *c, const char *verb, const char *args) {
	struct quirk_server *s = c->server;
	size_t n = strlen(verb) + strlen(args) + 2;
	char *line = quirk_alloc(NULL, n);
	snprintf(line, n, "%s %s", verb, args);
	pthread_mutex_lock(&s->lock);
	if (s->log_count == s->log_cap) {
		s->log_cap = s->log_cap ? s->log_cap * 2 : 256;
		s->log = quirk_alloc(s->log, s->log_cap * sizeof *s->log);
	}
	s->log[s->log_count].session = c->number;
	s->log[s->log_count++].line = line;
	pthread_cond_broadcast(&s->logged);
	pthread_mutex_unlock(&s->lock);
}

static bool any_holds(const struct box_message *m, size_t n, const char *in) {
	for (size_t i = 0; i < n; i++)
		if (strstr(m[i].text, in))
			return true;
	return false;
}

static bool any_defect(const struct box_message *m, size_t n, unsigned defects) {
	for (size_t i = 0; i < n; i++)
		if (quirk_defects(m[i].text, m[i].size) & defects)
			return true;
	return false;
}

const struct quirk_rule *quirk_rule(struct quirk_server *s, const char *verb, const char *line, bool announced,
				    bool unsynchronised, const struct box_message *m, size_t n) {
	const struct quirk_rule *found = NULL;
	pthread_mutex_lock(&s->lock);
	const struct quirk_rule *r = s->quirks->rules;
	for (size_t i = 0; r && r->verb && i < QUIRK_RULES_MAX && !found; i++, r++) {
		if (strcasecmp(r->verb, verb) != 0 || r->announced != announced ||
		    (r->after && s->stored + n <= r->after) || (r->unsynchronised && !unsynchronised) ||
		    (r->times && s->fired[i] >= r->times) ||
		    (r->in && !strstr(line, r->in) && !any_holds(m, n, r->in)) ||
		    (r->defects && !any_defect(m, n, r->defects)))
			continue;
		s->fired[i]++;
		found = r;
	}
	pthread_mutex_unlock(&s->lock);
	return found;
}

void quirk_become(struct quirk_server *s, const struct quirks *q) {
	pthread_mutex_lock(&s->lock);
	s->quirks = q;
	memset(s->fired, 0, sizeof s->fired);
	s->stored = 0;
	pthread_mutex_unlock(&s->lock);
}

unsigned quirk_fired(struct quirk_server *s, size_t n) {
	pthread_mutex_lock(&s->lock);
	unsigned fired = n < QUIRK_RULES_MAX ? s->fired[n] : 0;
	pthread_mutex_unlock(&s->lock);
	return fired;
}

/* Under the lock. */
static size_t count(const struct quirk_server *s, const char *verb, const char *in) {
	size_t sum = 0, n = verb ? strlen(verb) : 0;
	for (size_t i = 0; i < s->log_count; i++) {
		const char *line = s->log[i].line;
		sum += (!verb || (strncasecmp(line, verb, n) == 0 && line[n] == ' ')) && (!in || strstr(line, in));
	}
	return sum;
}

size_t quirk_count(struct quirk_server *s, const char *verb, const char *in) {
	pthread_mutex_lock(&s->lock);
	size_t n = count(s, verb, in);
	pthread_mutex_unlock(&s->lock);
	return n;
}

static struct timespec in_ms(unsigned ms) {
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	return until;
}

/* Under the lock. What a client has sent is read when its session waits and nothing is there to be read. */
static bool idle(const struct quirk_server *s) {
	for (const struct session *c = s->sessions; c; c = c->next) {
		int unread = 0;
		if (c->doing == SESSION_OVER)
			continue;
		if (c->doing != SESSION_WAITS || c->fd < 0 || ioctl(c->fd, FIONREAD, &unread) != 0 || unread)
			return false;
	}
	return true;
}

bool quirk_idle(struct quirk_server *s, unsigned ms) {
	struct timespec until = in_ms(ms);
	bool done;
	pthread_mutex_lock(&s->lock);
	while (!(done = idle(s)) && pthread_cond_timedwait(&s->logged, &s->lock, &until) == 0)
		;
	pthread_mutex_unlock(&s->lock);
	return done;
}

bool quirk_wait(struct quirk_server *s, const char *verb, const char *in, size_t times, unsigned ms) {
	struct timespec until = in_ms(ms);
	bool found;
	pthread_mutex_lock(&s->lock);
	while (!(found = count(s, verb, in) >= times) && pthread_cond_timedwait(&s->logged, &s->lock, &until) == 0)
		;
	pthread_mutex_unlock(&s->lock);
	return found;
}

void quirk_forget(struct quirk_server *s) {
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->log_count; i++)
		free(s->log[i].line);
	s->log_count = 0;
	pthread_mutex_unlock(&s->lock);
}

void quirk_print_log(struct quirk_server *s, FILE *to) {
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->log_count; i++)
		fprintf(to, "%u: %.200s\n", s->log[i].session, s->log[i].line);
	pthread_mutex_unlock(&s->lock);
}

unsigned quirk_overlaps(struct quirk_server *s) {
	pthread_mutex_lock(&s->lock);
	unsigned n = s->overlaps;
	pthread_mutex_unlock(&s->lock);
	return n;
}

unsigned quirk_connected(struct quirk_server *s) {
	unsigned n = 0;
	pthread_mutex_lock(&s->lock);
	for (const struct session *c = s->sessions; c; c = c->next)
		n += c->fd >= 0;
	pthread_mutex_unlock(&s->lock);
	return n;
}
