/* SPDX-License-Identifier: MIT
 *
 * logins.c - the list behind logins.h.
 */
#include "core/work/logins.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/base/text.h"

#define REMEMBER_MS 300000
#define FIRST_TRY_MS 35000 /* a connection that gets no answer takes 30 s */
#define LOOK_MS 100
#define LOGINS_MAX 4096 /* beyond that a login is not remembered */
#define REFUSALS_OWN 1
#define REFUSALS_OTHERS 2

struct login {
	struct login *next;
	char host[HOST_MAX];
	uint16_t port;
	struct secret_tag password;
	unsigned refusals;
	bool trying;  /* the first try is on its way */
	bool settled; /* it is over, and was not refused */
	bool good;    /* it was let in */
	bool others;  /* it opens other people's mailboxes */
	mono_ms_t at; /* of the last news */
	time_t refused_at;
	char refused[160]; /* whose login it was then */
	char name[];
};

struct logins {
	pthread_mutex_t mu;
	pthread_cond_t news;
	mono_ms_t (*clock)(void);
	struct secret_key key;
	struct login *first;
	unsigned count;
};

struct logins *logins_new(mono_ms_t (*clock)(void), struct err *e) {
	struct logins *l = calloc(1, sizeof *l);
	if (!l) {
		err_nomem(e);
		return NULL;
	}
	l->clock = clock ? clock : mono_ms;
	secret_key_new(&l->key);
	pthread_mutex_init(&l->mu, NULL);
	pthread_cond_init(&l->news, NULL);
	return l;
}

void logins_free(struct logins *l) {
	if (!l)
		return;
	for (struct login *at = l->first, *next; at; at = next) {
		next = at->next;
		free(at);
	}
	pthread_cond_destroy(&l->news);
	pthread_mutex_destroy(&l->mu);
	free(l);
}

static void forget_old(struct logins *l) {
	mono_ms_t now = l->clock();
	for (struct login **at = &l->first; *at;) {
		struct login *old = *at;
		if (old->trying || (old->good && old->others) || now - old->at < REMEMBER_MS) {
			at = &old->next;
			continue;
		}
		*at = old->next;
		free(old);
		l->count--;
	}
}

/* NULL: not known, and there is no room or memory for more. */
static struct login *find(struct logins *l, const struct endpoint *ep, bool make) {
	const char *name = ep->admin ? "" : ep->login;
	struct secret_tag tag;
	secret_tag_of(&tag, &l->key, &ep->password);
	for (struct login *at = l->first; at; at = at->next)
		if (at->port == ep->port && strcasecmp(at->host, ep->host) == 0 && strcmp(at->name, name) == 0 &&
		    memcmp(&at->password, &tag, sizeof tag) == 0)
			return at;
	if (!make || l->count >= LOGINS_MAX)
		return NULL;
	struct login *fresh = calloc(1, sizeof *fresh + strlen(name) + 1);
	if (!fresh)
		return NULL;
	memcpy(fresh->name, name, strlen(name) + 1);
	text_copy(fresh->host, sizeof fresh->host, ep->host);
	fresh->port = ep->port;
	fresh->password = tag;
	fresh->others = ep->admin || ep->authzid[0];
	fresh->at = l->clock();
	fresh->next = l->first;
	l->first = fresh;
	l->count++;
	return fresh;
}

static bool was_refused(const struct login *at, struct err *e) {
	char when[16] = "";
	struct tm tm;
	strftime(when, sizeof when, "%H:%M", localtime_r(&at->refused_at, &tm));
	return err_set(e, ERR_AUTH_BAD,
		       "Not tried: the login %s was refused by %s at %s; correct it, or wait for five "
		       "minutes",
		       at->refused, at->host, when);
}

static void wait_for_news(struct logins *l) {
	struct timespec until = clock_in_ms(LOOK_MS);
	pthread_cond_timedwait(&l->news, &l->mu, &until);
}

/* The lock is held. */
static bool may(struct logins *l, const struct endpoint *ep, const struct stop *stop, struct err *e) {
	mono_ms_t began = mono_ms();
	forget_old(l);
	for (;;) {
		struct login *at = find(l, ep, true);
		if (!at || at->good)
			return true;
		if (at->refusals >= (at->others ? REFUSALS_OTHERS : REFUSALS_OWN))
			return was_refused(at, e);
		if (!at->trying || at->settled || mono_ms() - began > FIRST_TRY_MS) {
			at->trying = true;
			return true;
		}
		if (stop_requested(stop))
			return err_set(e, ERR_CANCELLED, "Stopped while the same login was tried by another mailbox");
		wait_for_news(l);
	}
}

bool logins_may(struct logins *l, const struct endpoint *ep, const struct stop *stop, struct err *e) {
	if (!l || !secret_present(&ep->password))
		return true;
	pthread_mutex_lock(&l->mu);
	bool ok = may(l, ep, stop, e);
	pthread_mutex_unlock(&l->mu);
	return ok;
}

void logins_tell(struct logins *l, const struct endpoint *ep, const struct err *refused) {
	if (!l || !secret_present(&ep->password))
		return;
	pthread_mutex_lock(&l->mu);
	struct login *at = find(l, ep, false);
	if (at) {
		at->trying = false;
		at->at = l->clock();
		at->settled = !refused || refused->cat != ERR_AUTH_BAD;
		at->good = !refused || (at->good && (at->others || at->settled));
		if (!refused)
			at->refusals = 0;
		if (!at->settled) {
			at->refusals++;
			at->refused_at = time(NULL);
			text_sanitise(at->refused, sizeof at->refused, ep->login, strlen(ep->login));
		}
	}
	pthread_cond_broadcast(&l->news);
	pthread_mutex_unlock(&l->mu);
}
