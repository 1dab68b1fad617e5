/* SPDX-License-Identifier: MIT
 *
 * mail_drive_lib.c - see mail_drive_lib.h.
 */
#include "tests/servers/mail_drive_lib.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mail/target.h"

#define FOLDERS_MAX 8
#define UIDS_MAX 1000
#define MESSAGES 6
#define DRIVE_FOLDER "Neu"

struct drive {
	struct drive_result *r;
	char folder[FOLDERS_MAX][FOLDER_NAME_MAX];
	uint32_t uid[UIDS_MAX], last;
	bool answered[UIDS_MAX];
	size_t uids, settled, cookies;
	uint64_t announced, got;
	bool open;
	bool cookie[MESSAGES];
};

static bool broken(struct drive *d, const char *what) {
	if (!d->r->broken[0])
		snprintf(d->r->broken, sizeof d->r->broken, "%s", what);
	return true;
}

static void check_error(struct drive *d, const struct err *e) {
	if (e->cat <= ERR_NONE || e->cat >= ERR_CAT_COUNT)
		broken(d, "an error without a category");
	size_t n = strnlen(e->text, sizeof e->text);
	if (n == 0 || n == sizeof e->text)
		broken(d, "an error without a sentence");
	for (size_t i = 0; i < n && n < sizeof e->text; i++)
		if ((unsigned char)e->text[i] < ' ' || e->text[i] == 0x7F)
			broken(d, "an error with control bytes");
	if (strstr(e->text, "geheim"))
		broken(d, "an error with the password");
}

/* After a refusal the connection goes on, unless it concerns more than a folder. */
static bool ended(struct drive *d, bool ok, const struct err *e) {
	if (ok)
		return false;
	check_error(d, e);
	if (e->scope < ERR_SCOPE_MAILBOX)
		return false;
	d->r->error = *e;
	return true;
}

static bool on_folder(void *arg, const struct folder_info *f, struct err *e) {
	struct drive *d = arg;
	(void)e;
	if (strnlen(f->wire, sizeof f->wire) == sizeof f->wire)
		return broken(d, "a folder name without an end");
	for (const char *p = f->display; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7F)
			broken(d, "a folder name shown with control bytes");
	if (!(f->attrs & ATTR_NOSELECT) && d->r->folders < FOLDERS_MAX)
		memcpy(d->folder[d->r->folders++], f->wire, sizeof f->wire);
	return true;
}

static bool on_item(void *arg, const struct scan_item *item, struct err *e) {
	struct drive *d = arg;
	uint32_t id = item->uidl ? item->number : item->uid;
	(void)e;
	d->r->listed++;
	if (!id || (!item->uidl && id <= d->last))
		broken(d, "a scan that does not ascend");
	for (size_t i = 0; item->uidl && i < d->uids; i++)
		if (d->uid[i] == id)
			broken(d, "a scan that names a message twice");
	if (!item->keywords)
		broken(d, "a scan item without keywords");
	d->last = id;
	if (d->uids < UIDS_MAX)
		d->uid[d->uids++] = id;
	return true;
}

static bool on_header(void *arg, const struct scan_item *item, const char *header, size_t n, struct err *e) {
	(void)arg, (void)item, (void)e;
	for (size_t i = 0; i < n; i++) /* ASan looks at it */
		if (header[i] == '\0')
			break;
	return true;
}

static bool on_begin(void *arg, uint32_t uid, uint64_t size, struct err *e) {
	struct drive *d = arg;
	(void)uid, (void)e;
	if (d->open)
		broken(d, "a body inside a body");
	d->open = true;
	d->announced = size;
	d->got = 0;
	return true;
}

static bool on_data(void *arg, const char *p, size_t n, struct err *e) {
	struct drive *d = arg;
	(void)p, (void)e;
	if (!d->open)
		broken(d, "bytes of no body");
	d->got += n;
	return true;
}

static void settle(struct drive *d, uint32_t uid) {
	for (size_t i = 0; i < d->uids; i++) {
		if (d->uid[i] != uid)
			continue;
		if (d->answered[i])
			broken(d, "a message that ended twice");
		d->answered[i] = true;
		d->settled++;
		return;
	}
	broken(d, "a message that nobody asked for");
}

static bool on_end(void *arg, uint32_t uid, struct err *e) {
	struct drive *d = arg;
	(void)e;
	if (!d->open || (d->announced != UINT64_MAX && d->got != d->announced))
		broken(d, "a body that is not as long as it said");
	d->open = false;
	d->r->bodies++;
	settle(d, uid);
	return true;
}

static bool on_missing(void *arg, uint32_t uid, const struct err *why, struct err *e) {
	struct drive *d = arg;
	(void)e;
	check_error(d, why);
	d->r->missing++;
	settle(d, uid);
	return true;
}

static void wait_for(int fd, short events) {
	struct pollfd p = { fd, events, 0 };
	poll(&p, 1, 20);
}

static int ascending(const void *a, const void *b) {
	const uint32_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static bool drive_bodies(struct drive *d, struct source *s, struct err *e) {
	const struct source_sink sink = { d, on_begin, on_data, on_end, on_missing };
	qsort(d->uid, d->uids, sizeof *d->uid, ascending);
	memset(d->answered, 0, sizeof d->answered);
	d->settled = 0;
	d->open = false;
	if (!s->ops->fetch(s, d->uid, d->uids, e))
		return false;
	while (s->ops->in_flight(s)) {
		bool moved = false;
		if (!s->ops->step(s, &sink, &moved, e))
			return false;
		if (!moved && s->ops->in_flight(s))
			wait_for(s->ops->fd(s), s->ops->events(s));
	}
	if (d->settled != d->uids)
		broken(d, "a message that was neither brought nor missing");
	return true;
}

static bool drive_folder(struct drive *d, struct source *s, const char *wire) {
	struct folder_status st;
	struct err e = { 0 };
	d->uids = 0;
	d->last = 0;
	if (!s->ops->select(s, wire, &st, &e))
		return !ended(d, false, &e);
	bool all = s->ops->scan(s, 1, on_item, d, &e);
	if (ended(d, all, &e))
		return false;
	size_t few = d->uids < 3 ? d->uids : 3;
	if (ended(d, s->ops->headers(s, d->uid, few, on_header, d, &e), &e) ||
	    ended(d, s->ops->headers(s, NULL, 1, on_header, d, &e), &e))
		return false;
	return !ended(d, drive_bodies(d, s, &e), &e);
}

void drive_source(const struct mail_context *ctx, const struct endpoint *ep, struct drive_result *r) {
	struct drive d = { .r = r };
	*r = (struct drive_result){ 0 };
	struct err e = { 0 };
	struct source *s = source_open(ctx, ep, &e);
	if (!s) {
		check_error(&d, &e);
		r->error = e;
		return;
	}
	bool ok = !ended(&d, s->ops->list(s, true, on_folder, &d, &e), &e);
	for (unsigned i = 0; ok && i < r->folders; i++)
		ok = drive_folder(&d, s, d.folder[i]);
	s->ops->close(s, ok);
	r->done = ok;
}

static bool answer(struct drive *d, uint64_t cookie) {
	if (cookie >= MESSAGES || d->cookie[cookie])
		broken(d, "an answer for no message, or two for one");
	else
		d->cookie[cookie] = true;
	return true;
}

static bool on_appended(void *arg, uint64_t cookie, uint32_t uidvalidity, uint32_t uid, struct err *e) {
	struct drive *d = arg;
	(void)e;
	if (!uidvalidity != !uid)
		broken(d, "half an APPENDUID");
	d->r->stored++;
	return answer(d, cookie);
}

static bool on_refused(void *arg, uint64_t cookie, const struct err *why, bool grouped, struct err *e) {
	struct drive *d = arg;
	(void)grouped, (void)e;
	check_error(d, why);
	d->r->refused++;
	return answer(d, cookie);
}

static bool drive_step(struct drive *d, struct target *t, struct err *e) {
	const struct target_sink sink = { d, on_appended, on_refused };
	bool moved = false;
	if (!t->ops->step(t, &sink, &moved, e))
		return false;
	if (!moved && t->ops->append_unacked(t))
		wait_for(t->ops->fd(t), t->ops->events(t));
	return true;
}

static bool drive_appends(struct drive *d, struct target *t, struct err *e) {
	static const char text[] = "Message-ID: <drive@x>\r\nSubject: drive\r\n\r\nA1 CREATE pwned\r\n.\r\n";
	for (unsigned i = 0; i < MESSAGES; i++) {
		struct append_message m = { .cookie = i,
					    .flags = FLAG_SEEN,
					    .keywords = i % 2 ? "$Label" : "",
					    .date = { 1700000000, 60, true },
					    .size = sizeof text - 1,
					    .synchronise = i == 5 };
		while (t->ops->append_room(t) < sizeof text || (m.synchronise && t->ops->append_unacked(t)))
			if (!drive_step(d, t, e))
				return false;
		if (!t->ops->append_begin(t, &m, e) || !t->ops->append_data(t, text, 20, e) || !drive_step(d, t, e) ||
		    !t->ops->append_data(t, text + 20, sizeof text - 21, e) || !t->ops->append_end(t, i == 2, e))
			return false;
	}
	while (t->ops->append_unacked(t))
		if (!drive_step(d, t, e))
			return false;
	for (unsigned i = 0; i < MESSAGES; i++)
		if (!d->cookie[i])
			broken(d, "a message without an answer");
	return true;
}

static bool drive_all(struct drive *d, struct target *t) {
	struct folder_status st;
	struct err e = { 0 };
	if (ended(d, t->ops->list(t, true, on_folder, d, &e), &e) ||
	    ended(d, t->ops->create(t, DRIVE_FOLDER, &e), &e) ||
	    ended(d, t->ops->subscribe(t, DRIVE_FOLDER, true, &e), &e))
		return false;
	if (!t->ops->select(t, DRIVE_FOLDER, &st, &e) && (ended(d, false, &e) || !t->ops->select(t, "INBOX", &st, &e)))
		return !ended(d, false, &e);
	d->uids = 0;
	d->last = 0;
	if (ended(d, t->ops->scan(t, 1, on_item, d, &e), &e) ||
	    ended(d, t->ops->headers(t, NULL, 1, on_header, d, &e), &e))
		return false;
	return !ended(d, drive_appends(d, t, &e), &e);
}

void drive_target(const struct mail_context *ctx, const struct endpoint *ep, struct drive_result *r) {
	struct drive d = { .r = r };
	*r = (struct drive_result){ 0 };
	struct err e = { 0 };
	struct target *t = target_open(ctx, ep, &e);
	if (!t) {
		check_error(&d, &e);
		r->error = e;
		return;
	}
	r->done = drive_all(&d, t);
	t->ops->close(t, r->done);
}
