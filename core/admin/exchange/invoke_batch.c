/* SPDX-License-Identifier: MIT
 *
 * invoke_batch.c - ten cmdlets in one request (exchange-wire.md E.1 $batch): each has its own answer, those that are
 * throttled are sent again by themselves, and a list that has more pages is read to its end.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admin/exchange/invoke_int.h"
#include "core/base/text.h"

#define WAIT_STEP_MS 3000 /* where no Retry-After says more: 3, 6, 9 ... s */

struct batch {
	struct invoke *v;
	struct invoke_part *parts;
	size_t n;
	json_t *bodies[INVOKE_BATCH_MAX];
	bool open[INVOKE_BATCH_MAX];   /* still to be answered */
	bool repeat[INVOKE_BATCH_MAX]; /* throttled: once more */
	unsigned wait_ms;
};

static json_t *request_of(const struct batch *b, size_t i) {
	char id[8], url[sizeof b->v->base + 32];
	snprintf(id, sizeof id, "%u", (unsigned)i + 1);
	snprintf(url, sizeof url, "%s/InvokeCommand", b->v->base);
	return json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:s, s:s}, s:O}", "id", id, "method", "POST", "url", url,
			 "headers", "Content-Type", "application/json; charset=utf-8", "X-AnchorMailbox",
			 b->v->anchor + strlen("X-AnchorMailbox: "), "X-CmdletName", b->parts[i].cmdlet, "Prefer",
			 "odata.maxpagesize=1000", "body", b->bodies[i]);
}

static json_t *document_of(const struct batch *b) {
	json_t *list = json_array();
	for (size_t i = 0; i < b->n; i++)
		if (b->open[i] && json_array_append_new(list, request_of(b, i)) != 0) {
			json_decref(list);
			return NULL;
		}
	return json_pack("{s:o}", "requests", list);
}

/* Seconds of a part's Retry-After; header names in any case. */
static unsigned retry_after_ms(const json_t *headers) {
	const char *name;
	json_t *value;
	uint64_t s = 0;
	json_object_foreach((json_t *)(uintptr_t)headers, name, value) {
		if (!text_ieq(name, "retry-after"))
			continue;
		if (json_is_integer(value) && json_integer_value(value) > 0)
			s = (uint64_t)json_integer_value(value);
		else if (json_is_string(value) && !text_u64(json_string_value(value), 0, 86400, &s))
			s = 0;
	}
	return s > 86400 ? 86400000U : (unsigned)s * 1000;
}

static const char *header_of(const json_t *headers, const char *wanted) {
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)headers, name,
			    value) if (text_ieq(name, wanted) && json_is_string(value)) return json_string_value(value);
	return "";
}

static bool append_row(void *arg, const json_t *row, struct err *e) {
	/* Rows are borrowed constants; an array wants to own them. */
	return json_array_append_new(arg, json_deep_copy(row)) == 0 || err_nomem(e);
}

/* What a part has answered, and the pages that follow. False: nothing more can be asked. */
static bool take_value(struct batch *b, size_t i, json_t *doc, struct err *e) {
	struct invoke_part *p = &b->parts[i];
	const char *next = json_str(doc, "@odata.nextLink");
	struct err why;
	p->value = json_incref(json_object_get(doc, "value"));
	invoke_warnings(doc, p->warning, sizeof p->warning);
	if (!p->value || !*next || invoke_pages(b->v, next, p->cmdlet, b->bodies[i], append_row, p->value, &why))
		return true;
	if (why.scope == ERR_SCOPE_PROGRAM || why.cat == ERR_CANCELLED) {
		*e = why;
		return false;
	}
	p->status = 0;
	p->e = why;
	return true;
}

/* A cmdlet that failed names its exception; a 5xx without one, or with one of the network's, says nothing of what was
 * done before it (exchange-wire.md E.1). */
static void refuse_part(struct invoke_part *p, const struct invoke_answer *a) {
	invoke_refused(p->cmdlet, a, p->type, sizeof p->type, &p->e);
	p->unsure = a->status >= 500 && (!p->type[0] || p->e.cat == ERR_NET);
}

static bool fill(struct batch *b, size_t i, const json_t *response, struct err *e) {
	struct invoke_part *p = &b->parts[i];
	const json_t *headers = json_object_get(response, "headers");
	json_t *doc = json_object_get(response, "body");
	const char *id = header_of(headers, "request-id");
	bool unsure = p->unsure; /* by an earlier attempt */
	p->status = (int)json_int(response, "status", 0);
	p->unsure = false;
	text_sanitise(p->request_id, sizeof p->request_id, id, strlen(id));
	b->open[i] = false;
	if (p->status >= 200 && p->status < 300)
		return take_value(b, i, doc, e);
	struct invoke_answer a = { p->status, json_is_object(doc) ? doc : NULL, header_of(headers, "x-exceptiontype"),
				   p->request_id };
	refuse_part(p, &a);
	if (invoke_is_throttle(&a)) {
		unsigned wait = retry_after_ms(headers);
		bool perhaps = a.status == 504 || (a.status == 503 && wait == 0); /* http.h says why */
		p->unsure = unsure | perhaps;
		b->repeat[i] = !perhaps || invoke_repeatable(p->cmdlet);
		b->wait_ms = wait > b->wait_ms ? wait : b->wait_ms;
	}
	return true;
}

static bool read_responses(struct batch *b, const json_t *doc, struct err *e) {
	const json_t *list = json_object_get(doc, "responses");
	if (!json_is_array(list))
		return err_set(e, ERR_SERVER_BUG, "Exchange Online: the answer to a $batch has no responses");
	for (size_t k = 0; k < json_array_size(list); k++) {
		const json_t *r = json_array_get(list, k), *id = json_object_get(r, "id");
		uint64_t n = 0;
		if (json_is_integer(id))
			n = (uint64_t)json_integer_value(id);
		else if (!json_is_string(id) || !text_u64(json_string_value(id), 1, INVOKE_BATCH_MAX, &n))
			continue;
		if (n < 1 || n > b->n || !b->open[n - 1])
			continue;
		if (!fill(b, (size_t)n - 1, r, e))
			return false;
	}
	for (size_t i = 0; i < b->n; i++)
		if (b->open[i]) {
			b->open[i] = false;
			b->parts[i].unsure = true;
			err_set(&b->parts[i].e, ERR_NET, "%s: the answer to a $batch lacks this part",
				b->parts[i].cmdlet);
		}
	return true;
}

/* After a failure: was it carried out all the same, perhaps? A 2xx came and could not be read. */
static bool came_to_nothing(const struct http_response *r) {
	return r->uncertain || (r->status >= 200 && r->status < 300);
}

/* One cmdlet needs no $batch around it. What is busy has been waited for by then. */
static bool run_alone(struct batch *b, size_t i, struct err *e) {
	struct invoke_part *p = &b->parts[i];
	struct http_response r = { 0 };
	json_t *doc = NULL;
	char url[sizeof b->v->base + 32], exception[200] = "";
	snprintf(url, sizeof url, "%s/InvokeCommand", b->v->base);
	bool ok = invoke_post(b->v, url, p->cmdlet, b->bodies[i], invoke_repeatable(p->cmdlet), &r, &doc, e);
	b->open[i] = false;
	p->unsure = !ok && (p->unsure || came_to_nothing(&r));
	if (ok) {
		p->status = (int)r.status;
		text_copy(p->request_id, sizeof p->request_id, r.request_id);
		http_header(&r, "x-exceptiontype", exception, sizeof exception);
		struct invoke_answer a = { p->status, doc, exception, p->request_id };
		if (p->status < 200 || p->status >= 300)
			refuse_part(p, &a);
		else
			ok = take_value(b, i, doc, e);
	}
	json_decref(doc);
	http_response_clear(&r);
	return ok;
}

static bool one_round(struct batch *b, struct err *e) {
	struct http_response r = { 0 };
	size_t count = 0, last = 0;
	for (size_t i = 0; i < b->n; i++)
		if (b->open[i]) {
			count++;
			last = i;
		}
	if (count == 1)
		return run_alone(b, last, e);
	json_t *request = document_of(b), *doc = NULL;
	char url[sizeof b->v->base + 16];
	bool repeatable = true;
	if (!request)
		return err_nomem(e);
	for (size_t i = 0; i < b->n; i++)
		repeatable = repeatable && (!b->open[i] || invoke_repeatable(b->parts[i].cmdlet));
	snprintf(url, sizeof url, "%s/$batch", b->v->base);
	bool ok = invoke_post(b->v, url, "", request, repeatable, &r, &doc, e);
	bool listed = json_is_array(json_object_get(doc, "responses"));
	bool perhaps = ok ? r.status >= 500 || (r.status < 300 && !listed) : came_to_nothing(&r);
	for (size_t i = 0; i < b->n; i++)
		b->parts[i].unsure |= b->open[i] && perhaps;
	if (ok && (r.status < 200 || r.status >= 300)) {
		struct invoke_answer a = { (int)r.status, doc, "", r.request_id };
		invoke_refused("$batch", &a, NULL, 0, e);
		if (e->scope < ERR_SCOPE_SERVER) /* it is about nobody in it alone */
			e->scope = ERR_SCOPE_SERVER;
		ok = false;
	}
	ok = ok && read_responses(b, doc, e);
	json_decref(doc);
	json_decref(request);
	http_response_clear(&r);
	return ok;
}

/* Until the service wants to hear of us again; false: stopped. */
static bool wait_for(struct batch *b, unsigned attempt, struct err *e) {
	unsigned ms = b->wait_ms ? b->wait_ms : WAIT_STEP_MS * attempt;
	wall_ms_t until = wall_ms() + ms;
	struct pollfd fd = { .fd = stop_fd(b->v->ctx.stop), .events = POLLIN };
	for (int64_t left; (left = until - wall_ms()) > 0;) {
		bool go = !b->v->ctx.progress || b->v->ctx.progress(b->v->ctx.progress_arg, 0, 0, until);
		if (!go || stop_requested(b->v->ctx.stop))
			return err_set(e, ERR_CANCELLED, "Stopped while Exchange Online was busy");
		poll(&fd, 1, (int)(left < 1000 ? left : 1000));
	}
	return true;
}

/* Opens the throttled parts again; false: there are none, or it has been tried often enough. */
static bool again(struct batch *b, unsigned attempt) {
	bool any = false;
	for (size_t i = 0; i < b->n; i++) {
		if (!b->repeat[i])
			continue;
		b->parts[i].e.wait_ms = b->wait_ms;
		if (attempt == HTTP_ATTEMPTS || b->wait_ms > HTTP_WAIT_MAX_MS)
			continue;
		any = b->open[i] = true;
		b->repeat[i] = false;
		b->parts[i].status = 0;
		err_clear(&b->parts[i].e);
	}
	return any;
}

bool invoke_batch(struct invoke *v, struct invoke_part *parts, size_t n, struct err *e) {
	struct batch b = { .v = v, .parts = parts, .n = n };
	bool ok = n <= INVOKE_BATCH_MAX ||
		  err_set(e, ERR_INPUT, "At most %d cmdlets go into one request", INVOKE_BATCH_MAX);
	for (size_t i = 0; ok && i < n; i++) {
		b.open[i] = true;
		b.bodies[i] = invoke_body(parts[i].cmdlet, parts[i].parameters);
		parts[i].parameters = NULL;
		ok = b.bodies[i] || err_nomem(e);
	}
	for (unsigned attempt = 1; ok; attempt++) {
		b.wait_ms = 0;
		ok = one_round(&b, e);
		if (!ok || !again(&b, attempt))
			break;
		ok = wait_for(&b, attempt, e);
	}
	for (size_t i = 0; i < n && i < INVOKE_BATCH_MAX; i++)
		json_decref(b.bodies[i]);
	return ok;
}

void invoke_parts_clear(struct invoke_part *parts, size_t n) {
	for (size_t i = 0; i < n; i++) {
		json_decref(parts[i].parameters);
		json_decref(parts[i].value);
		parts[i] = (struct invoke_part){ 0 };
	}
}
