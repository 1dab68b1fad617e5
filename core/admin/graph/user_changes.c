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
#define GROUP_MAX 20U
#define CHAINS 10U /* changes of up to two requests fill a batch */

struct work {
	const struct change *c;
	struct change_result *r;
	json_t *before; /* what was there when it was first sent; NULL = not known */
	struct user_steps steps;
	size_t first; /* of its parts in the batch */
	bool settled, unsure;
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

/* What has to be sent for it; nothing when it settles by itself. */
static void prepare(struct graph *g, struct work *w) {
	struct err why = { 0 };
	bool again = w->c->again || w->unsure;
	/* Not there before, there now, and called as we would call it: the answer to our request was lost. */
	bool ours = again && (!w->before || !json_yes(w->before, "exists"));
	json_t *now = again ? user_look(g, w->c->target, &why) : json_incref(w->before);
	user_steps_free(&w->steps);
	if ((again && !now) || !user_steps_plan(g, w->c, now, ours, &w->steps, &why))
		fail_with(w, &why);
	else if (w->steps.n == 0)
		settle(w, again ? CHANGED : CHANGE_ALREADY);
	json_decref(now);
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

/* What was on its way when a line broke may have been carried out: it is looked at before the next try. */
static bool may_be_done(const struct err *e) {
	return e->cat == ERR_NET || e->cat == ERR_SERVER_BUG;
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
	if (p[i].status == 0 && !may_be_done(&p[i].e)) {
		settle(w, CHANGE_LATER); /* throttled for too long, or stopped */
		return;
	}
	if (p[i].status == 0 || p[i].status >= 500 || was_there || too_early) {
		w->unsure = true;
		return;
	}
	fail_with(w, &p[i].e);
	name_step(w, i);
}

/* False: there is no point in sending more now. */
static bool send_pack(struct graph *g, struct work *const *pack, size_t count, struct graph_part *parts, size_t n,
		      struct err *e) {
	bool ok = graph_batch(g, parts, n, e);
	for (size_t i = 0; i < count; i++) {
		struct work *w = pack[i];
		if (ok) {
			read_answers(w, parts);
		} else if (may_be_done(e)) {
			w->unsure = true;
			w->r->e = *e;
		} else {
			w->r->e = *e;
			settle(w, CHANGE_LATER);
		}
	}
	graph_parts_clear(parts, n);
	return ok || may_be_done(e);
}

static bool send_all(struct graph *g, struct work *work, size_t n, struct err *e) {
	struct graph_part parts[GRAPH_BATCH_MAX];
	struct work *pack[GRAPH_BATCH_MAX];
	size_t count = 0, used = 0;
	bool go = true;
	for (size_t i = 0; i < n; i++) {
		if (work[i].settled)
			continue;
		if (used + work[i].steps.n > GRAPH_BATCH_MAX) {
			go = send_pack(g, pack, count, parts, used, e);
			count = used = 0;
		}
		if (!go)
			return false;
		put_parts(&work[i], parts, &used);
		pack[count++] = &work[i];
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

static bool apply_users(struct exo *x, const struct change *c, size_t n, struct change_result *r, struct err *e) {
	struct graph *g = exo_graph(x, e);
	struct work *work = calloc(n ? n : 1, sizeof *work);
	bool go = work != NULL;
	if (!g || !work) {
		free(work);
		return g ? err_nomem(e) : false;
	}
	for (size_t i = 0; i < n; i++) {
		work[i] = (struct work){ .c = &c[i], .r = &r[i] };
		work[i].before = c[i].before ? json_loads(c[i].before, 0, NULL) : NULL;
	}
	for (unsigned round = 0; go && round < ROUNDS && !all_settled(work, n); round++) {
		/* What is unsure was lost, or is too young to be known everywhere. */
		go = round == 0 || graph_wait(g, (round - 1) * 1000, e);
		for (size_t i = 0; go && i < n; i++)
			if (!work[i].settled)
				prepare(g, &work[i]);
		go = go && send_all(g, work, n, e);
	}
	for (size_t i = 0; i < n; i++) {
		if (!work[i].settled) {
			struct err why = r[i].e.cat == ERR_NONE ? *e : r[i].e;
			/* One user whom the service cannot manage must not hold up the rest of the task. */
			if (go && work[i].answered && why.cat == ERR_SERVER_BUG)
				settle(&work[i], CHANGE_FAILED);
			else
				fail_with(&work[i], &why);
		}
		if (r[i].state == CHANGED)
			r[i].after = json_incref(work[i].steps.after);
		else if (work[i].in_part)
			r[i].after = json_pack("{s:b}", "inPart", 1); /* for undo */
	}
	show_in_list(x, work, n);
	for (size_t i = 0; i < n; i++) {
		user_steps_free(&work[i].steps);
		json_decref(work[i].before);
	}
	free(work);
	err_clear(e);
	return true;
}

static json_t *look_user(struct exo *x, const struct change *c, struct err *e) {
	struct graph *g = exo_graph(x, e);
	return g ? user_look(g, c->target, e) : NULL;
}

const struct change_row user_changes[] = {
	{ CHANGE_USER_CREATE, CHAINS, look_user, apply_users, user_powershell, user_inverse },
	{ CHANGE_USER_ENABLE, CHAINS, look_user, apply_users, user_powershell, user_inverse },
	{ CHANGE_USER_DISABLE, CHAINS, look_user, apply_users, user_powershell, user_inverse },
	{ CHANGE_USER_LICENSE, CHAINS, look_user, apply_users, user_powershell, user_inverse },
	{ CHANGE_USER_PASSWORD, GROUP_MAX, look_user, apply_users, user_powershell, user_inverse },
	{ .group = 0 },
};
