/* SPDX-License-Identifier: MIT
 *
 * list.c - the folders of the personal namespace: one round trip with LIST-EXTENDED and
 * LIST-STATUS (RFC 5258, 5819, 6154), else LIST, LSUB and a row of STATUS commands.
 *
 * Answers are collected as facts about names, sorted and merged at the end, because servers
 * interleave LIST and STATUS and write one name in different ways.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/text.h"
#include "core/mail/imap/folder.h"
#include "core/mail/imap/mutf7.h"

#define FACTS_MAX 300000u /* 100,000 folders, three facts each */
#define NAMES_MAX (64u * 1024 * 1024)
#define STATUS_IN_FLIGHT 50

enum fact_kind { FACT_LIST, FACT_SUBSCRIBED, FACT_STATUS }; /* in the order they merge */

struct fact {
	uint32_t name; /* offset in names, terminated */
	enum fact_kind kind;
	char delimiter;
	uint32_t attrs;
	uint32_t messages, uidnext, uidvalidity;
	uint64_t highestmodseq;
	bool valid; /* the status has all that is needed */
};

struct listing {
	struct imap_session *s;
	struct fact *facts;
	size_t count, cap;
	struct buf names;
	bool extended, refused;
};

static const struct {
	const char *name;
	uint32_t attr;
} attributes[] = {
	{ "\\Noselect", ATTR_NOSELECT }, { "\\NonExistent", ATTR_NONEXISTENT | ATTR_NOSELECT },
	{ "\\All", ATTR_ALL },		 { "\\AllMail", ATTR_ALL }, /* Gmail, before SPECIAL-USE */
	{ "\\Archive", ATTR_ARCHIVE },	 { "\\Drafts", ATTR_DRAFTS },
	{ "\\Flagged", ATTR_FLAGGED },	 { "\\Starred", ATTR_FLAGGED }, /* Gmail */
	{ "\\Junk", ATTR_JUNK },	 { "\\Spam", ATTR_JUNK },	/* Gmail */
	{ "\\Sent", ATTR_SENT },	 { "\\Trash", ATTR_TRASH },
	{ "\\Important", ATTR_IMPORTANT }, { "\\Subscribed", ATTR_SUBSCRIBED },
};

/* A fact about that name; NULL with *e untouched when the name must be ignored. */
static struct fact *add_fact(struct listing *g, const char *name, size_t len, enum fact_kind kind, bool *ok,
			     struct err *e) {
	*ok = true;
	if (!len || len >= FOLDER_NAME_MAX || memchr(name, '\0', len)) {
		if (len)
			log_line(g->s->conn.ctx->log, LOG_WARN, g->s->conn.label,
				 "a folder name of %zu bytes is ignored: too long, or it holds a NUL", len);
		return NULL;
	}
	*ok = false;
	if (g->count == FACTS_MAX) {
		err_set(e, ERR_SERVER_BUG, "%s: the server lists more than 100,000 folders", g->s->conn.label);
		return NULL;
	}
	if (g->count == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 256;
		struct fact *p = realloc(g->facts, cap * sizeof *p);
		if (!p) {
			err_nomem(e);
			return NULL;
		}
		g->facts = p;
		g->cap = cap;
	}
	struct fact *f = &g->facts[g->count];
	*f = (struct fact){ .name = (uint32_t)g->names.len, .kind = kind };
	/* INBOX alone is the same in any case; it is listed so that STATUS and LIST agree. */
	if (len == 5 && strncasecmp(name, "INBOX", 5) == 0)
		name = "INBOX";
	if (!buf_put(&g->names, name, len) || !buf_putc(&g->names, '\0')) {
		err_nomem(e);
		return NULL;
	}
	*ok = true;
	g->count++;
	return f;
}

/* The name at the end of a LIST line. Exchange leaves out the opening quote at times, as in (\HasNoChildren) "/" Sent
 * Items": no atom holds a quote, so the words up to the one that ends with it are the name. */
static size_t listed_name(const struct line *l, uint32_t at, char *dst, size_t size) {
	const struct token *last = &l->tok[l->count - 1];
	bool unquoted = l->tok[at].kind == TOK_ATOM && last->kind == TOK_ATOM && last->len &&
			token_text(l, last)[last->len - 1] == '"';
	uint32_t end = unquoted ? l->count : at + 1;
	size_t n = 0;
	for (uint32_t i = at; i < end; i++) {
		const struct token *t = &l->tok[i];
		if (n + t->len + 2 > size)
			return size; /* too long: add_fact says so */
		if (i > at)
			dst[n++] = ' ';
		memcpy(dst + n, token_text(l, t), t->len);
		n += t->len;
	}
	return n - unquoted;
}

/* LIST (attributes) "delimiter" name, LSUB the same. */
static bool on_list(struct listing *g, const struct line *l, enum fact_kind kind, struct err *e) {
	uint32_t at = line_skip(l, 1);
	const struct token *delimiter = line_at(l, at), *name = line_at(l, at + 1);
	char plain[FOLDER_NAME_MAX];
	bool ok;
	if (!delimiter || !name || (name->kind != TOK_ATOM && name->kind != TOK_STRING && name->kind != TOK_NIL))
		return true;
	struct fact *f = add_fact(g, plain, listed_name(l, at + 1, plain, sizeof plain), kind, &ok, e);
	if (!f)
		return ok;
	if (delimiter->kind == TOK_STRING && delimiter->len == 1)
		f->delimiter = *token_text(l, delimiter);
	for (uint32_t i = 2; i + 1 < at; i++)
		for (size_t k = 0; k < sizeof attributes / sizeof *attributes; k++)
			if (line_word(l, i, attributes[k].name))
				f->attrs |= attributes[k].attr;
	return true;
}

static bool on_status(struct listing *g, const struct line *l, struct err *e) {
	const struct token *name = line_at(l, 1);
	unsigned known = 0;
	bool ok;
	if (!name || !line_at(l, 2) || l->tok[2].kind != TOK_OPEN)
		return true;
	struct fact *f = add_fact(g, token_text(l, name), name->len, FACT_STATUS, &ok, e);
	if (!f)
		return ok;
	for (uint32_t i = 3; i + 1 < l->count && l->tok[i].kind != TOK_CLOSE; i = line_skip(l, i + 1)) {
		uint64_t n = 0;
		if (!token_number(l, &l->tok[i + 1], INT64_MAX, &n))
			continue; /* "-1", "9.3e+06": not known */
		if (line_word(l, i, "HIGHESTMODSEQ"))
			f->highestmodseq = n;
		else if (n > UINT32_MAX)
			continue;
		else if (line_word(l, i, "MESSAGES"))
			f->messages = (uint32_t)n, known |= 1;
		else if (line_word(l, i, "UIDNEXT"))
			f->uidnext = (uint32_t)n, known |= 2;
		else if (line_word(l, i, "UIDVALIDITY"))
			f->uidvalidity = (uint32_t)n, known |= 4;
	}
	f->valid = known == 7;
	return true;
}

static bool on_untagged(void *arg, const struct line *l, struct err *e) {
	struct listing *g = arg;
	session_track(g->s, l);
	if (l->overflow)
		return true;
	if (line_word(l, 0, "LIST"))
		return on_list(g, l, FACT_LIST, e);
	if (line_word(l, 0, "LSUB"))
		return on_list(g, l, FACT_SUBSCRIBED, e);
	if (line_word(l, 0, "STATUS"))
		return on_status(g, l, e);
	return true;
}

static bool on_tagged(void *arg, uint32_t seq, const struct line *l, struct err *e) {
	struct listing *g = arg;
	(void)seq;
	if (l->status == STATUS_OK)
		return true;
	if (g->extended) {
		g->refused = true;
		return true;
	}
	conn_refused(&g->s->conn, l, ERR_SERVER_BUG, ERR_SCOPE_MAILBOX, "the folders cannot be listed", e);
	session_note(g->s, e);
	return true;
}

/* A STATUS that is refused leaves one folder's status unknown. */
static bool on_status_done(void *arg, uint32_t seq, const struct line *l, struct err *e) {
	(void)arg, (void)seq, (void)l, (void)e;
	return true;
}

static const char *status_items(const struct listing *g) {
	return g->s->conn.caps.bits & IMAP_CONDSTORE ? "(MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)"
						     : "(MESSAGES UIDNEXT UIDVALIDITY)";
}

static bool run_extended(struct listing *g, bool status, struct err *e) {
	struct imap_conn *c = &g->s->conn;
	uint32_t seq;
	g->extended = true;
	return conn_command(c, "LIST", &seq, e) && outq_arg(&c->out, " \"\" \"*\" RETURN (SUBSCRIBED", e) &&
	       (!(c->caps.bits & IMAP_SPECIAL_USE) || outq_arg(&c->out, " SPECIAL-USE", e)) &&
	       (!status || (outq_arg(&c->out, " STATUS ", e) && outq_arg(&c->out, status_items(g), e))) &&
	       outq_arg(&c->out, ")", e) && conn_end(c, e) && session_run(g->s, 0, e);
}

static bool run_plain(struct listing *g, struct err *e) {
	struct imap_conn *c = &g->s->conn;
	uint32_t seq;
	g->extended = false;
	return conn_command(c, "LIST", &seq, e) && outq_arg(&c->out, " \"\" \"*\"", e) && conn_end(c, e) &&
	       conn_command(c, "LSUB", &seq, e) && outq_arg(&c->out, " \"\" \"*\"", e) && conn_end(c, e) &&
	       session_run(g->s, 0, e);
}

static bool run_statuses(struct listing *g, struct err *e) {
	struct imap_conn *c = &g->s->conn;
	uint32_t seq;
	size_t listed = g->count; /* answers are added behind */
	c->hooks.tagged = on_status_done;
	for (size_t i = 0; i < listed; i++) {
		if (!session_run(g->s, STATUS_IN_FLIGHT - 1, e)) /* first: it may move facts and names */
			return false;
		const struct fact *f = &g->facts[i];
		const char *name = g->names.data + f->name;
		if (f->kind != FACT_LIST || f->attrs & ATTR_NOSELECT || session_is_foreign(g->s, name))
			continue;
		if (!conn_command(c, "STATUS", &seq, e) ||
		    !outq_astring(&c->out, name, strlen(name), e) || !outq_arg(&c->out, " ", e) ||
		    !outq_arg(&c->out, status_items(g), e) || !conn_end(c, e))
			return false;
	}
	return session_run(g->s, 0, e);
}

static int by_name(const void *a, const void *b, void *names) {
	const struct fact *x = a, *y = b;
	int d = strcmp((const char *)names + x->name, (const char *)names + y->name);
	return d ? d : (int)x->kind - (int)y->kind;
}

/* UTF-8 with '/' between levels; a '/' inside a level of a server with another delimiter stays
 * a '/' on the screen: the wire name is the identity. A name that is not modified UTF-7 is
 * shown as it is, escaped. */
static void display_name(struct folder_info *f) {
	char plain[FOLDER_NAME_MAX], wire[FOLDER_NAME_MAX];
	size_t n = strlen(f->wire);
	memcpy(wire, f->wire, n + 1);
	/* No server's delimiter is in the alphabet of "&...-", so this does not change what is decoded. */
	for (size_t i = 0; i < n; i++)
		if (f->delimiter && f->delimiter != '&' && wire[i] == f->delimiter)
			wire[i] = '/';
	if (mutf7_decode(plain, sizeof plain, wire, n))
		text_sanitise(f->display, sizeof f->display, plain, strlen(plain));
	else
		text_sanitise(f->display, sizeof f->display, wire, n);
}

/* The facts [i, end) are about one name: tell the caller, if it is a folder of this mailbox. */
static bool tell(struct listing *g, size_t i, size_t end, folder_fn *fn, void *arg, struct err *e) {
	struct folder_info f = { 0 };
	if (g->facts[i].kind != FACT_LIST || !text_copy(f.wire, sizeof f.wire, g->names.data + g->facts[i].name) ||
	    session_is_foreign(g->s, f.wire))
		return true;
	f.delimiter = g->facts[i].delimiter;
	for (; i < end; i++) {
		const struct fact *fact = &g->facts[i];
		f.attrs |= fact->kind == FACT_SUBSCRIBED ? ATTR_SUBSCRIBED : fact->attrs;
		if (fact->kind != FACT_STATUS || !fact->valid)
			continue;
		f.status_known = true;
		f.messages = fact->messages;
		f.uidnext = fact->uidnext;
		f.uidvalidity = fact->uidvalidity;
		f.highestmodseq = fact->highestmodseq;
	}
	display_name(&f);
	err_clear(e);
	if (fn(arg, &f, e))
		return true;
	return e->cat != ERR_NONE ? false : err_set(e, ERR_CANCELLED, "Stopped");
}

static bool tell_all(struct listing *g, folder_fn *fn, void *arg, struct err *e) {
	if (g->count)
		qsort_r(g->facts, g->count, sizeof *g->facts, by_name, g->names.data);
	for (size_t i = 0, end; i < g->count; i = end) {
		const char *name = g->names.data + g->facts[i].name;
		for (end = i + 1; end < g->count && strcmp(name, g->names.data + g->facts[end].name) == 0;)
			end++;
		if (!tell(g, i, end, fn, arg, e))
			return false;
	}
	return true;
}

static bool collect(struct listing *g, bool status, struct err *e) {
	struct imap_conn *c = &g->s->conn;
	bool with_status = status && c->caps.bits & IMAP_LIST_STATUS;
	c->hooks = (struct imap_hooks){ .arg = g, .untagged = on_untagged, .tagged = on_tagged };
	if (c->caps.bits & IMAP_LIST_EXTENDED) {
		if (!run_extended(g, with_status, e))
			return false;
		if (!g->refused)
			return !status || with_status || run_statuses(g, e);
		/* ProtonMail's bridge and Strato announce it and answer BAD: never again in this session. */
		log_line(c->ctx->log, LOG_INFO, c->label, "LIST RETURN was refused; using LIST, LSUB and STATUS");
		c->caps.bits &= ~(uint32_t)(IMAP_LIST_EXTENDED | IMAP_LIST_STATUS);
		g->count = 0;
		buf_reset(&g->names);
	}
	return run_plain(g, e) && (!status || run_statuses(g, e));
}

bool imap_list(struct imap_session *s, bool status, folder_fn *fn, void *arg, struct err *e) {
	struct listing g = { .s = s };
	if (!session_begin(s, e))
		return false;
	buf_init(&g.names, NAMES_MAX);
	bool ok = collect(&g, status, e);
	s->conn.hooks = (struct imap_hooks){ 0 };
	ok = ok && tell_all(&g, fn, arg, e);
	free(g.facts);
	buf_free(&g.names);
	return ok;
}
