/* SPDX-License-Identifier: MIT
 *
 * quirk_pop3_lib.c - the INBOX of a quirk server by POP3 (RFC 1939, 2449): for sources only, well-behaved.
 *
 * A session sees the maildrop as it was when it logged in. UIDLs are made of the UIDs.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/servers/quirk_imap_priv.h"

struct drop {
	struct {
		char *text;
		size_t size;
		uint32_t uid;
		bool deadly;
	} *at;
	size_t count;
};

static void look(struct quirk_server *s, struct drop *d) {
	pthread_mutex_lock(&s->lock);
	const struct box_folder *f = &s->folders[0];
	d->at = quirk_alloc(NULL, f->count * sizeof *d->at);
	d->count = f->count;
	for (size_t i = 0; i < f->count; i++) {
		d->at[i].size = f->at[i].size;
		d->at[i].uid = f->at[i].uid;
		d->at[i].deadly = f->at[i].body == BODY_DEADLY;
		d->at[i].text = memcpy(quirk_alloc(NULL, f->at[i].size + 1), f->at[i].text, f->at[i].size + 1);
	}
	pthread_mutex_unlock(&s->lock);
}

static void drop_free(struct drop *d) {
	for (size_t i = 0; i < d->count; i++)
		free(d->at[i].text);
	free(d->at);
	*d = (struct drop){ 0 };
}

/* Lines with their dots stuffed, up to `lines` of the body. */
static bool send_message(struct session *c, const char *text, size_t lines) {
	struct buf b;
	bool body = false;
	buf_init(&b, QUIRK_LITERAL_MAX);
	buf_puts(&b, "+OK here it is\r\n");
	for (const char *at = text, *end; *at && (!body || lines); at = end) {
		const char *lf = strchr(at, '\n');
		end = lf ? lf + 1 : at + strlen(at);
		if (*at == '.')
			buf_putc(&b, '.');
		buf_put(&b, at, (size_t)(end - at));
		if (!lf)
			buf_puts(&b, "\r\n");
		lines -= body;
		body = body || at[0] == '\r';
	}
	buf_puts(&b, ".\r\n");
	bool ok = session_send(c, b.data, b.len);
	buf_free(&b);
	return ok;
}

static bool send_list(struct session *c, const struct drop *d, bool uidl) {
	bool ok = session_say(c, "+OK\r\n");
	for (size_t i = 0; ok && i < d->count; i++)
		ok = uidl ? session_say(c, "%zu uid-%u\r\n", i + 1, d->at[i].uid)
			  : session_say(c, "%zu %zu\r\n", i + 1, d->at[i].size);
	return ok && session_say(c, ".\r\n");
}

static bool send_stat(struct session *c, const struct drop *d) {
	size_t octets = 0;
	for (size_t i = 0; i < d->count; i++)
		octets += d->at[i].size;
	return session_say(c, "+OK %zu %zu\r\n", d->count, octets);
}

static bool answer(struct session *c, struct drop *d, const char *verb, const char *args) {
	char *rest;
	size_t number = strtoul(args, &rest, 10);
	if (strcasecmp(verb, "CAPA") == 0)
		return session_say(c, "+OK\r\nTOP\r\nUIDL\r\nUSER\r\nPIPELINING\r\n.\r\n");
	if (strcasecmp(verb, "USER") == 0 || strcasecmp(verb, "NOOP") == 0)
		return session_say(c, "+OK\r\n");
	if (strcasecmp(verb, "PASS") == 0) {
		drop_free(d);
		look(c->server, d);
		return session_say(c, "+OK logged in\r\n");
	}
	if (strcasecmp(verb, "STAT") == 0)
		return send_stat(c, d);
	bool uidl = strcasecmp(verb, "UIDL") == 0;
	if ((uidl || strcasecmp(verb, "LIST") == 0) && number >= 1 && number <= d->count)
		return uidl ? session_say(c, "+OK %zu uid-%u\r\n", number, d->at[number - 1].uid)
			    : session_say(c, "+OK %zu %zu\r\n", number, d->at[number - 1].size);
	if ((uidl || strcasecmp(verb, "LIST") == 0) && !number)
		return send_list(c, d, uidl);
	if (strcasecmp(verb, "QUIT") == 0)
		return session_say(c, "+OK bye\r\n") && false;
	bool top = strcasecmp(verb, "TOP") == 0;
	if (!top && strcasecmp(verb, "RETR") != 0)
		return session_say(c, "-ERR unknown command\r\n");
	if (number < 1 || number > d->count)
		return session_say(c, "-ERR no such message\r\n");
	if (d->at[number - 1].deadly && !top)
		return false;
	return send_message(c, d->at[number - 1].text, top ? strtoul(rest, NULL, 10) : SIZE_MAX);
}

void quirk_pop3(struct session *c) {
	struct drop d = { 0 };
	char *line = NULL, verb[16];
	size_t n;
	bool ok = session_say(c, "+OK ready\r\n");
	while (ok && (ok = session_read_line(c, &line, &n))) {
		const char *p = line;
		if (!quirk_word(&p, verb, sizeof verb))
			verb[0] = '\0';
		quirk_log(c, verb, strcasecmp(verb, "PASS") == 0 ? "" : p);
		ok = answer(c, &d, verb, p);
	}
	free(line);
	drop_free(&d);
}
