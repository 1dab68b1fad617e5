/* SPDX-License-Identifier: MIT
 *
 * faults_world.c - two servers, a project, and whether what one server had is at the other once.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/store/settings.h"
#include "tests/faults/faults.h"

#define LARGE (1200 * 1024) /* beyond what the pump holds in memory */

enum verdict world_wrong(struct world *w, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(w->why, sizeof w->why, fmt, ap);
	va_end(ap);
	return WRONG;
}

void world_end(struct world *w) {
	quirk_stop(w->source);
	quirk_stop(w->target);
	w->source = w->target = NULL;
	remove_tree(w->paths.root);
}

bool world_begin(struct world *w, const struct quirks *source, const struct quirks *target) {
	world_end(w);
	w->why[0] = '\0';
	w->pop3 = source && source->pop3;
	if (mkdir(w->paths.root, 0700) != 0) {
		world_wrong(w, "cannot make %s", w->paths.root);
		return false;
	}
	w->source = source ? quirk_start(source) : NULL;
	w->target = target ? quirk_start(target) : NULL;
	if ((source && !w->source) || (target && !w->target)) {
		world_wrong(w, "a server cannot listen");
		return false;
	}
	return true;
}

static void add_large(struct quirk_server *s, const char *folder) {
	char *text = malloc(LARGE + 1);
	if (!text)
		return;
	int head = snprintf(text, LARGE, "Message-ID: <large@quirk.example>\r\nSubject: large\r\n\r\n");
	for (int i = head; i < LARGE; i++)
		text[i] = "0123456789abcde\r\n"[(i - head) % 17];
	memcpy(text + LARGE - 2, "\r\n", 3); /* POP3 ends every message so */
	quirk_add(s, folder, &(struct quirk_message){ .text = text });
	free(text);
}

static void fill_source(struct world *w) {
	quirk_fill(w->source, "INBOX", 1, 20);
	add_large(w->source, "INBOX");
	if (w->pop3)
		return;
	quirk_folder(w->source, "Archive/2019", NULL);
	quirk_fill(w->source, "Archive/2019", 21, 30);
	quirk_folder(w->source, "Drafts", "\\Drafts");
	for (unsigned i = 0; i < 5; i++) {
		char text[128];
		snprintf(text, sizeof text, "From: me@x.example\r\nSubject: draft\r\n\r\ntext %u\r\n", i % 4);
		quirk_add(w->source, "Drafts", &(struct quirk_message){ .text = text, .flags = "\\Draft" });
	}
}

static bool set_endpoint(struct endpoint *ep, const struct quirk_server *s, enum proto proto) {
	endpoint_init(ep);
	ep->proto = proto;
	ep->security = SEC_NONE;
	ep->port = quirk_port(s);
	snprintf(ep->host, sizeof ep->host, "127.0.0.1");
	snprintf(ep->login, sizeof ep->login, "anna");
	return secret_set(&ep->password, "secret", 6);
}

static bool take_id(void *arg, const struct mailbox_row *row) {
	*(int64_t *)arg = row->id;
	return true;
}

static bool fill_project(struct world *w, struct store *s, struct mailbox_spec *spec, struct err *e) {
	struct mailbox_query q = { .sort = SORT_ID, .limit = 1 };
	struct add_result result;
	enum proto proto = w->pop3 ? PROTO_POP3 : PROTO_IMAP;
	snprintf(spec->source_identity, sizeof spec->source_identity, "anna@old.example");
	snprintf(spec->target_identity, sizeof spec->target_identity, "anna@new.example");
	return set_endpoint(&spec->source, w->source, proto) && set_endpoint(&spec->target, w->target, PROTO_IMAP) &&
	       mailboxes_add(s, spec, 1, &result, e) && setting_set(s, "settle_ms", "50", e) &&
	       mailboxes_list(s, &q, take_id, &w->mailbox, e);
}

bool world_project(struct world *w) {
	struct err e;
	err_clear(&e);
	fill_source(w);
	struct mailbox_spec *spec = calloc(1, sizeof *spec);
	struct store *s = spec ? store_open(w->paths.project, STORE_CREATE, NULL, &e) : NULL;
	bool ok = s && fill_project(w, s, spec, &e);
	if (!ok)
		world_wrong(w, "no project: %s", e.text);
	store_close(s);
	if (spec) {
		endpoint_clear(&spec->source);
		endpoint_clear(&spec->target);
	}
	free(spec);
	return ok;
}

static enum verdict counts_verdict(struct world *w, unsigned refused) {
	struct mailbox_row row;
	struct err e;
	struct store *s = store_open(w->paths.project, STORE_MUST_EXIST, NULL, &e);
	if (!s)
		return world_wrong(w, "the project does not open: %s", e.text);
	bool ok = mailbox_get(s, w->mailbox, &row, &e);
	store_close(s);
	if (!ok)
		return world_wrong(w, "%s", e.text);
	if (!counts_hold(&row.counts) || row.state != (refused ? MBOX_SYNCED_WITH_GAPS : MBOX_SYNCED) ||
	    row.counts.pending || row.counts.failed != refused)
		return world_wrong(w, "all is there, but the counts say: %s, %llu pending, %llu failed: %s",
				   mailbox_state_name(row.state), (unsigned long long)row.counts.pending,
				   (unsigned long long)row.counts.failed, row.error);
	return FINE;
}

enum verdict world_check(struct world *w, unsigned refused) {
	/* POP3 knows neither flags nor the date of arrival. */
	quirk_idle(w->target, RUN_LIMIT_MS);
	quirk_compare(w->source, w->target, w->pop3 ? QUIRK_SAME_FOLDER : QUIRK_SAME_ALL, &w->lost, &w->more, w->why,
		      sizeof w->why);
	if (w->lost || w->more)
		return w->lost ? LOST : DUPLICATED;
	return counts_verdict(w, refused);
}

struct intents {
	struct store *s;
	int open;
};

static bool add_intents(void *arg, const struct folder_row *row) {
	struct intents *in = arg;
	uint64_t rows = 0;
	uint32_t uidnext, uidvalidity;
	struct err e;
	if (!ledger_open_intents(in->s, row->id, &rows, &uidnext, &uidvalidity, &e))
		return false;
	in->open += (int)rows;
	return true;
}

int world_open_intents(struct world *w) {
	struct err e;
	struct intents in = { .s = store_open(w->paths.project, STORE_MUST_EXIST, NULL, &e) };
	if (!in.s || !mailbox_folders(in.s, w->mailbox, add_intents, &in, &e)) {
		world_wrong(w, "%s", e.text);
		in.open = -1;
	}
	store_close(in.s);
	return in.open;
}
