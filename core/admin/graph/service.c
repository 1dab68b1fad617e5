/* SPDX-License-Identifier: MIT
 *
 * service.c - health and announcements of the service by Graph (reference/exchange-wire.md section G).
 */
#include <stdlib.h>
#include <string.h>

#include "core/admin/exchange_online.h"
#include "core/admin/html_text.h"
#include "core/store/service_cache.h"

#define ROWS_MAX 20000
#define BODY_MAX (256U * 1024)
/* Section G: at most 1,000 a page, 100 by default. */
static const char *const page_size[] = { "Prefer: odata.maxpagesize=500", NULL };

/* The rows of a collection while it is read: the JSON that texts are borrowed from, and texts made of them. */
struct collection {
	struct exo *x;
	json_t *rows; /* array */
	char **bodies;
	bool stopped;
};

static bool collect(void *arg, const json_t *row, struct err *e) {
	struct collection *c = arg;
	if (json_array_size(c->rows) >= ROWS_MAX)
		return err_set(e, ERR_SERVER_BUG, "The service names more than %d announcements", ROWS_MAX);
	/* The array takes a reference of its own; what it refers to stays const for us. */
	if (json_array_append(c->rows, (json_t *)(uintptr_t)row) != 0)
		return err_nomem(e);
	c->stopped = !exo_progress(c->x, json_array_size(c->rows), 0);
	return !c->stopped;
}

static bool read_collection(struct collection *c, struct exo *x, const char *path, struct err *e) {
	struct graph *g = exo_graph(x, e);
	*c = (struct collection){ .x = x, .rows = json_array() };
	if (!c->rows)
		return err_nomem(e);
	if (!g || !graph_pages(g, path, page_size, collect, c, NULL, 0, e))
		return false;
	if (c->stopped)
		return err_set(e, ERR_CANCELLED, "Stopped before the list was read to its end");
	c->bodies = calloc(json_array_size(c->rows) + 1, sizeof *c->bodies);
	return c->bodies != NULL || err_nomem(e);
}

static void collection_free(struct collection *c) {
	size_t n = json_array_size(c->rows);
	for (size_t i = 0; c->bodies && i < n; i++)
		free(c->bodies[i]);
	free(c->bodies);
	json_decref(c->rows);
}

/* "body": { "contentType", "content" }: what does not fit is cut. */
static void add_body(struct buf *to, const json_t *body) {
	const char *text = json_str(body, "content");
	html_to_text(text, strlen(text), to);
}

static char *taken(struct buf *b, struct err *e) {
	char *text = strdup(b->data ? b->data : "");
	if (!text)
		err_nomem(e);
	buf_free(b);
	return text;
}

static void join(char *dst, size_t size, const json_t *list) {
	size_t i, at = 0;
	json_t *item;
	dst[0] = '\0';
	json_array_foreach((json_t *)(uintptr_t)list, i, item) {
		const char *s = json_string_value(item);
		size_t n = s ? strlen(s) : 0;
		if (!s || at + n + 3 > size)
			continue;
		memcpy(dst + at, i ? ", " : "", i ? 2 : 0);
		at += i ? 2 : 0;
		memcpy(dst + at, s, n + 1);
		at += n;
	}
}

static void announcement(const json_t *j, const char *body, const char *services, struct announcement_row *r) {
	*r = (struct announcement_row){ .code = json_str(j, "id"),
					.title = json_str(j, "title"),
					.category = json_str(j, "category"),
					.severity = json_str(j, "severity"),
					.services = services,
					.body = body,
					.major = json_yes(j, "isMajorChange"),
					.act_by = json_instant(json_str(j, "actionRequiredByDateTime")),
					.started = json_instant(json_str(j, "startDateTime")),
					.ended = json_instant(json_str(j, "endDateTime")),
					.modified = json_instant(json_str(j, "lastModifiedDateTime")) };
}

static bool save_announcements(struct exo *x, struct collection *c, struct err *e) {
	size_t n = json_array_size(c->rows);
	struct announcement_row *rows = calloc(n + 1, sizeof *rows);
	char(*services)[300] = calloc(n + 1, sizeof *services);
	bool ok = (rows && services) || err_nomem(e);
	for (size_t i = 0; ok && i < n; i++) {
		const json_t *j = json_array_get(c->rows, i);
		struct buf text;
		buf_init(&text, BODY_MAX);
		add_body(&text, json_object_get(j, "body"));
		c->bodies[i] = taken(&text, e);
		join(services[i], sizeof services[i], json_object_get(j, "services"));
		ok = c->bodies[i] != NULL;
		announcement(j, c->bodies[i], services[i], &rows[i]);
	}
	ok = ok && announcements_save(x->base.ctx.store, x->base.tenant.id, rows, n, e);
	free(services);
	free(rows);
	return ok;
}

static bool refresh_announcements(struct exo *x, const char *what, struct err *e) {
	struct collection c;
	(void)what;
	bool ok = read_collection(&c, x, "/admin/serviceAnnouncement/messages", e) && save_announcements(x, &c, e);
	collection_free(&c);
	return ok;
}

/* What it means for users, then the posts, the newest first. */
static char *issue_body(const json_t *j, struct err *e) {
	struct buf text;
	const json_t *posts = json_object_get(j, "posts");
	buf_init(&text, BODY_MAX);
	buf_puts(&text, json_str(j, "impactDescription"));
	for (size_t i = json_array_size(posts); i-- > 0;) {
		const json_t *post = json_array_get(posts, i);
		buf_printf(&text, "%s%.40s\n", text.len ? "\n\n" : "", json_str(post, "createdDateTime"));
		add_body(&text, json_object_get(post, "description"));
	}
	return taken(&text, e);
}

static bool save_issues(struct exo *x, struct collection *c, const struct collection *overviews, struct err *e) {
	size_t n = json_array_size(c->rows), m = json_array_size(overviews->rows);
	struct issue_row *rows = calloc(n + 1, sizeof *rows);
	struct health_row *health = calloc(m + 1, sizeof *health);
	bool ok = (rows && health) || err_nomem(e);
	for (size_t i = 0; ok && i < n; i++) {
		const json_t *j = json_array_get(c->rows, i);
		c->bodies[i] = issue_body(j, e);
		ok = c->bodies[i] != NULL;
		rows[i] = (struct issue_row){ .code = json_str(j, "id"),
					      .title = json_str(j, "title"),
					      .service = json_str(j, "service"),
					      .status = json_str(j, "status"),
					      .classification = json_str(j, "classification"),
					      .feature = json_str(j, "feature"),
					      .body = c->bodies[i],
					      .resolved = json_yes(j, "isResolved"),
					      .started = json_instant(json_str(j, "startDateTime")),
					      .ended = json_instant(json_str(j, "endDateTime")),
					      .modified = json_instant(json_str(j, "lastModifiedDateTime")) };
	}
	for (size_t i = 0; ok && i < m; i++) {
		const json_t *j = json_array_get(overviews->rows, i);
		health[i] = (struct health_row){ json_str(j, "service"), json_str(j, "status") };
	}
	ok = ok && issues_save(x->base.ctx.store, x->base.tenant.id, rows, n, health, m, e);
	free(health);
	free(rows);
	return ok;
}

static bool refresh_health(struct exo *x, const char *what, struct err *e) {
	struct collection issues = { 0 }, overviews = { 0 };
	(void)what;
	bool ok = read_collection(&overviews, x, "/admin/serviceAnnouncement/healthOverviews", e) &&
		  read_collection(&issues, x, "/admin/serviceAnnouncement/issues", e) &&
		  save_issues(x, &issues, &overviews, e);
	collection_free(&issues);
	collection_free(&overviews);
	return ok;
}

const struct refresh_row service_refreshes[] = {
	{ "refresh-announcements", refresh_announcements },
	{ "refresh-health", refresh_health },
	{ 0 },
};
