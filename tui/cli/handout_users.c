/* SPDX-License-Identifier: MIT
 *
 * handout_users.c - see handout_users.h.
 */
#include "tui/cli/handout_users.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define AT_ONCE 8 /* addresses that autodiscover is asked about */

/* ---- the cached list ---- */

static const char *cell(const struct record *r, const char *name) {
	return record_cell(r, &record_users, name)->text;
}

static bool on_user(void *arg, const struct record *r) {
	struct handout_user *p = arg;
	text_copy(p->name, sizeof p->name, cell(r, "displayName"));
	text_copy(p->user, sizeof p->user, r->label);
	text_copy(p->mail, sizeof p->mail, cell(r, "mail"));
	if (!p->mail[0])
		text_copy(p->mail, sizeof p->mail, r->label);
	return false;
}

static bool find_person(struct store *s, int64_t tenant, const char *who, struct handout_user *p, struct err *e) {
	int64_t id;
	*p = (struct handout_user){ 0 };
	if (!record_find(s, &record_users, tenant, who, &id, e))
		return false;
	struct record_query q = { .list = &record_users, .ids = &id, .id_count = 1 };
	if (id)
		return records_each(s, &q, on_user, p, e);
	if (!strchr(who, '@') || strlen(who) >= sizeof p->mail)
		return err_set(e, ERR_INPUT, "%s is neither in the list of users nor an address", who);
	text_copy(p->mail, sizeof p->mail, who);
	text_copy(p->user, sizeof p->user, who);
	return true;
}

/* ---- the mailbox ---- */

/* A sign-in that may not ask Exchange can still hand out what autodiscover says. */
static bool find_access(const struct directory_context *ctx, const struct tenant *t, struct handout_user *users,
			size_t n, struct err *e) {
	const char *mailboxes[HANDOUT_USERS_MAX];
	struct phone_access access[HANDOUT_USERS_MAX];
	struct directory *d = directory_open(ctx, t->id, e);
	if (!d)
		return false;
	for (size_t i = 0; i < n; i++)
		mailboxes[i] = users[i].mail;
	bool known = d->ops->phones ? d->ops->phones(d, mailboxes, n, access, e)
				    : err_set(e, ERR_INPUT, "%s knows no phones", d->ops->name);
	directory_close(d);
	if (!known && (e->cat == ERR_NET || e->cat == ERR_TLS || e->cat == ERR_THROTTLED || e->cat == ERR_CANCELLED))
		return false;
	for (size_t i = 0; i < n; i++)
		users[i].access = known ? access[i] : (struct phone_access){ .e = *e };
	for (size_t i = 0; i < n; i++)
		if (users[i].access.e.cat != ERR_NONE)
			users[i].access.activesync = users[i].access.outlook_app = users[i].access.web = true;
	return true;
}

/* ---- the server ---- */

struct search {
	const struct directory_context *ctx;
	const struct tenant *tenant;
	struct handout_user *users;
	size_t n;
	atomic_size_t next;
	pthread_mutex_t lock; /* around failed and e */
	bool failed;
	struct err e;
};

static void *search_main(void *arg) {
	struct search *s = arg;
	struct err e;
	for (size_t i; (i = atomic_fetch_add(&s->next, 1)) < s->n;) {
		if (autodiscover_phone(s->ctx, s->tenant, s->users[i].mail, &s->users[i].server, &e))
			continue;
		atomic_store(&s->next, s->n); /* the others would not fare better */
		pthread_mutex_lock(&s->lock);
		if (!s->failed)
			s->e = e;
		s->failed = true;
		pthread_mutex_unlock(&s->lock);
	}
	return NULL;
}

static bool find_servers(struct search *s, struct err *e) {
	pthread_t threads[AT_ONCE];
	size_t started = 0;
	pthread_mutex_init(&s->lock, NULL);
	while (started < AT_ONCE && started + 1 < s->n && pthread_create(&threads[started], NULL, search_main, s) == 0)
		started++;
	search_main(s); /* this thread as well: there is at least one */
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	pthread_mutex_destroy(&s->lock);
	if (s->failed)
		*e = s->e;
	return !s->failed;
}

bool handout_users_find(const struct directory_context *ctx, const struct tenant *t, const char *const *who, size_t n,
			struct handout_user *out, struct err *e) {
	struct search s = { .ctx = ctx, .tenant = t, .users = out, .n = n };
	for (size_t i = 0; i < n; i++)
		if (!find_person(ctx->store, t->id, who[i], &out[i], e))
			return false;
	return find_access(ctx, t, out, n, e) && find_servers(&s, e);
}
