/* SPDX-License-Identifier: MIT
 *
 * user_changes.c - changes of users carried out: twenty requests per $batch, those of one user one after the other,
 * each answer on its own. What was lost on the way, or was there already, is looked at before it is tried again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admin/graph/user_steps.h"
#include "core/base/text.h"

#define ROUNDS 5U
#define GROUP_MAX GRAPH_BATCH_MAX /* looked at in one batch, changed in up to three */

struct work {
	const struct change *c;
	struct change_result *r;
	struct change_look look; /* before this round's request */
	struct user_steps steps;
	size_t first; /* of its parts in the batch */
	bool settled;
	bool tried;    /* in an earlier round, and what became of it is not known */
	bool answered; /* the last try was refused for this one alone */
	bool in_part;  /* a step of it was carried out */
};

static void settle(struct work *w, enum change_state state) {
	w->r->state = state;
	w->settled = true;
}

static void fail_with(struct work *w, const struct err *why) {
	w->r->e = *why;
	bool its_own = why->cat == ERR_INPUT || why->scope <= ERR_SCOPE_MAILBOX;
	bool for_good = why->retry == ERR_RETRY_NEVER && why->cat != ERR_CANCELLED;
	settle(w, for_good && its_own ? CHANGE_FAILED : CHANGE_LATER);
}

/* Was there nothing to do even before anything was sent? */
static bool was_so_before(struct graph *g, const struct change *c) {
	struct user_steps s;
	struct err why;
	bool so = c->before && user_steps_plan(g, c, c->before, false, &s, &why) && s.n == 0;
	if (c->before)
		user_steps_free(&s);
	return so;
}

/* What has to be sent for it; nothing when it settles by itself. */
static void prepare(struct graph *g, struct work *w) {
	struct err why = w->look.e;
	const struct change *c = w->c;
	bool again = c->again || w->tried;
	/* Not there before, there now, and called as we would call it: the answer to our request was lost. */
	bool ours = again && (!c->before || !json_yes(c->before, "exists"));
	user_steps_free(&w->steps);
	bool seen = why.cat == ERR_NONE, planned = seen && user_steps_plan(g, c, w->look.there, ours, &w->steps, &why);
	if (seen && !planned)
		w->r->unsure = false;
	if (!planned)
		fail_with(w, &why);
	else if (w->steps.n == 0)
		settle(w, again && !was_so_before(g, c) ? CHANGED : CHANGE_ALREADY);
}

/* The first round acts upon what the task has seen; later ones have to look themselves. */
static bool look_again(struct graph *g, struct work *work, size_t n, struct err *e) {
	const char *upns[GROUP_MAX] = { NULL };
	struct change_look looks[GROUP_MAX] = { 0 };
	struct work *whose[GROUP_MAX];
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		if (!work[i].settled) {
			whose[count] = &work[i];
			upns[count++] = work[i].c->target;
		}
	if (!user_look(g, upns, count, looks, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		json_decref(whose[i]->look.there);
		whose[i]->look = looks[i];
	}
	return true;
}

/* Its parts behind those that are there. */
static void put_parts(struct work *w, struct graph_part *parts, size_t *n) {
	w->first = *n;
	for (size_t i = 0; i < w->steps.n; i++) {
		const struct user_step *s = &w->steps.step[i];
		parts[*n] = (struct graph_part){ .method = s->method,
						 .path = s->path,
						 .body = json_incref(s->body),
						 .after = i ? (int)(*n - 1) : -1 };
		(*n)++;
	}
}

static void name_step(struct work *w, size_t step) {
	if (step > 0 && w->steps.created)
		err_prefix(&w->r->e, "The user was created, but has no licence yet");
	else if (step > 0)
		err_prefix(&w->r->e, "Done in part");
}

static void read_answers(struct work *w, const struct graph_part *parts) {
	const struct graph_part *p = &parts[w->first];
	size_t i = 0;
	for (; i < w->steps.n && p[i].status >= 200 && p[i].status < 300; i++)
		if (p[i].request_id[0])
			text_copy(w->r->request_id, sizeof w->r->request_id, p[i].request_id);
	if (w->steps.created && i > 0 && *json_str(p[0].answer, "id"))
		json_object_set_new(w->steps.after, "id", json_string(json_str(p[0].answer, "id")));
	if (i == w->steps.n) {
		settle(w, CHANGED);
		return;
	}
	w->r->e = p[i].e;
	w->in_part |= i > 0;
	w->answered = p[i].status != 0;
	if (p[i].request_id[0])
		text_copy(w->r->request_id, sizeof w->r->request_id, p[i].request_id);
	/* Made by a request whose answer was lost; and a new user is not known everywhere at once. */
	bool was_there = i == 0 && w->steps.created && graph_says_exists(&p[i].e, p[i].status, p[i].answer) &&
			 strcasestr(json_str(json_object_get(p[i].answer, "error"), "message"), "userPrincipalName");
	bool too_early = w->c->verb == CHANGE_USER_CREATE && (i > 0 || !w->steps.created) &&
			 graph_says_missing(p[i].status, p[i].answer);
	w->r->unsure = p[i].unsure;
	if (p[i].status == 0 && !p[i].unsure) {
		settle(w, CHANGE_LATER); /* throttled for too long, or stopped */
		return;
	}
	if (p[i].unsure || was_there || too_early) {
		w->tried = true;
		return;
	}
	fail_with(w, &p[i].e);
	name_step(w, i);
}

/* False: there is no point in sending more now. */
static bool send_pack(struct graph *g, struct work *const *pack, size_t count, struct graph_part *parts, size_t n,
		      struct err *e) {
	bool ok = graph_batch(g, parts, n, e), lost = false;
	for (size_t i = 0; i < count; i++) {
		struct work *w = pack[i];
		if (ok) {
			read_answers(w, parts);
			continue;
		}
		w->r->e = *e;
		for (size_t k = 0; k < w->steps.n; k++)
			w->r->unsure |= parts[w->first + k].unsure;
		lost |= w->r->unsure;
		if (w->r->unsure)
			w->tried = true;
		else
			settle(w, CHANGE_LATER);
	}
	graph_parts_clear(parts, n);
	return ok || lost;
}

/* What is left of the round goes back to the queue: the look at it has grown old. */
static void put_off(struct work *work, size_t n, size_t from) {
	for (size_t i = from; i < n; i++)
		if (!work[i].settled) {
			err_clear(&work[i].r->e);
			settle(&work[i], CHANGE_LATER);
		}
}

static bool send_all(struct graph *g, struct work *work, size_t n, mono_ms_t looked, struct err *e) {
	struct graph_part parts[GRAPH_BATCH_MAX];
	struct work *pack[GRAPH_BATCH_MAX];
	size_t count = 0, used = 0;
	for (size_t i = 0; i < n; i++) {
		if (work[i].settled)
			continue;
		if (used + work[i].steps.n > GRAPH_BATCH_MAX) {
			if (!send_pack(g, pack, count, parts, used, e))
				return false;
			count = used = 0;
			if (mono_ms() - looked > CHANGE_LOOK_MS) {
				put_off(work, n, i);
				return true;
			}
		}
		put_parts(&work[i], parts, &used);
		pack[count++] = &work[i];
		work[i].r->unsure = false;
	}
	return count == 0 || send_pack(g, pack, count, parts, used, e);
}

static bool all_settled(const struct work *work, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (!work[i].settled)
			return false;
	return true;
}

/* Blank separated, as the cached list has them; malloc'ed. */
static char *joined(const json_t *licenses) {
	struct buf b;
	buf_init(&b, 65536);
	buf_puts(&b, "");
	for (size_t i = 0; i < json_array_size(licenses); i++)
		buf_printf(&b, "%s%s", i ? " " : "", json_string_value(json_array_get(licenses, i)));
	char *copy = strdup(b.data ? b.data : "");
	buf_free(&b);
	return copy;
}

static const char *member(const json_t *after, const char *name) {
	return json_string_value(json_object_get(after, name)); /* NULL: as it was */
}

/* The cached list shows what was changed without being read again. */
static void show_in_list(struct exo *x, const struct work *work, size_t n) {
	struct user_row rows[GROUP_MAX];
	char *licenses[GROUP_MAX];
	size_t count = 0;
	struct err ignored;
	for (size_t i = 0; i < n; i++) {
		const json_t *after = work[i].r->after;
		if (!after || !*json_str(after, "id"))
			continue;
		licenses[count] = joined(json_object_get(after, "licenses"));
		rows[count] = (struct user_row){ .guid = json_str(after, "id"),
						 .upn = work[i].c->target,
						 .name = json_str(after, "displayName"),
						 .kind = work[i].steps.created ? "user" : NULL,
						 .location = json_str(after, "usageLocation"),
						 .licenses = licenses[count],
						 .given = member(after, "givenName"),
						 .surname = member(after, "surname"),
						 .department = member(after, "department"),
						 .job = member(after, "jobTitle"),
						 .company = member(after, "company"),
						 .enabled = json_yes(after, "accountEnabled"),
						 .synced = -1,
						 .created = -1 };
		count++;
	}
	if (count)
		users_cache_save(x->base.ctx.store, x->base.tenant.id,
				 &(struct users_update){ .users = rows, .user_count = count }, &ignored);
	for (size_t i = 0; i < count; i++)
		free(licenses[i]);
}

/* What no round has settled. */
static void give_up(struct work *w, const struct err *e, bool go) {
	struct err why = w->r->e.cat == ERR_NONE ? *e : w->r->e;
	w->r->e = why;
	/* One user whom the service cannot manage must not hold up the rest of the task. */
	if (go && w->answered && why.cat == ERR_SERVER_BUG)
		settle(w, CHANGE_FAILED);
	else
		fail_with(w, &why);
}

static void finish(struct work *w) {
	if (w->r->state == CHANGED)
		w->r->after = json_incref(w->steps.after);
	else if (w->in_part)
		w->r->after = json_pack("{s:b}", "inPart", 1); /* for undo */
}

static bool apply_users(struct exo *x, const struct change *c, size_t n, struct change_result *r, struct err *e) {
	struct graph *g = exo_graph(x, e);
	struct work *work = calloc(n ? n : 1, sizeof *work);
	mono_ms_t looked = mono_ms();
	bool go = work != NULL;
	if (!g || !work) {
		free(work);
		return g ? err_nomem(e) : false;
	}
	for (size_t i = 0; i < n; i++)
		work[i] = (struct work){ .c = &c[i],
					 .r = &r[i],
					 .look.there = json_incref((json_t *)(uintptr_t)c[i].now) };
	for (unsigned round = 0; go && round < ROUNDS && !all_settled(work, n); round++) {
		/* What was lost, or is too young to be known everywhere, is looked at once more. */
		if (round > 0) {
			looked = mono_ms();
			go = graph_wait(g, (round - 1) * 1000, e) && look_again(g, work, n, e);
		}
		for (size_t i = 0; go && i < n; i++)
			if (!work[i].settled)
				prepare(g, &work[i]);
		go = go && send_all(g, work, n, looked, e);
	}
	for (size_t i = 0; i < n; i++) {
		if (!work[i].settled)
			give_up(&work[i], e, go);
		finish(&work[i]);
	}
	show_in_list(x, work, n);
	for (size_t i = 0; i < n; i++) {
		user_steps_free(&work[i].steps);
		json_decref(work[i].look.there);
	}
	free(work);
	err_clear(e);
	return true;
}

static bool look_users(struct exo *x, const struct change *c, size_t n, struct change_look *looks, struct err *e) {
	struct graph *g = exo_graph(x, e);
	const char *upns[GROUP_MAX] = { NULL };
	for (size_t i = 0; i < n && i < GROUP_MAX; i++)
		upns[i] = c[i].target;
	return g && user_look(g, upns, n, looks, e);
}

const struct change_row user_changes[] = {
	{ CHANGE_USER_CREATE, GROUP_MAX, look_users, apply_users, user_powershell, user_inverse },
	{ CHANGE_USER_ENABLE, GROUP_MAX, look_users, apply_users, user_powershell, user_inverse },
	{ CHANGE_USER_DISABLE, GROUP_MAX, look_users, apply_users, user_powershell, user_inverse },
	{ CHANGE_USER_LICENSE, GROUP_MAX, look_users, apply_users, user_powershell, user_inverse },
	{ CHANGE_USER_SET, GROUP_MAX, look_users, apply_users, user_powershell, user_inverse },
	{ CHANGE_USER_PASSWORD, GROUP_MAX, look_users, apply_users, user_powershell, user_inverse },
	{ .group = 0 },
};
