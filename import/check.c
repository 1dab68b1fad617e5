/* SPDX-License-Identifier: MIT
 *
 * check.c - the columns of one row, checked against each other. All that is wrong is said, not only
 * the first thing.
 */
#include "import/check.h"

#include <string.h>

#include "import/values.h"

/* One row on its way. */
struct row {
	struct checker *c;
	unsigned line;
	struct field value[COL_COUNT]; /* absent = empty */
	unsigned remarks;	       /* bit per remark_kind; they count when the row is good */
	bool ok;
};

static const char *text(const struct row *r, enum column col) { return r->value[col].text; }

static bool given(const struct row *r, enum column col) { return r->value[col].len > 0; }

static void bad(struct row *r, enum column col, const char *fix, const char *what) {
	problem_add(r->c->problems, PROBLEM_ERROR, r->line, column_table[col].name, fix, "%s", what);
	r->ok = false;
}

static void remark(struct row *r, enum remark_kind kind) { r->remarks |= 1U << kind; }

static void count_remarks(const struct row *r) {
	for (int k = 0; k < REMARK_KINDS; k++) {
		struct remark *m = &r->c->remarks[k];
		if (r->remarks & 1U << k && !m->rows++)
			m->first = r->line;
	}
}

/* Of two columns that can say it, the one that does; ours first. */
static enum column either(const struct row *r, enum column ours, enum column microsofts) {
	bool there = r->c->map->at[ours] >= 0;
	return given(r, ours) || (there && !given(r, microsofts)) || r->c->map->at[microsofts] < 0 ? ours : microsofts;
}

/* Of a column that the whole file lacks, the header's problem speaks; unless a tenant could have made up for it. */
static void missing(struct row *r, enum column col, const char *fix, const char *what) {
	const struct column_map *map = r->c->map;
	if (map->at[col] >= 0 || map->at[COL_SOURCE_TENANT] >= 0 || map->at[COL_TARGET_TENANT] >= 0 ||
	    r->c->options->source.tenant)
		bad(r, col, fix, what);
	r->ok = false;
}

struct side_columns {
	enum column server, protocol, port, security, tenant;
	bool is_target;
};

static const struct side_columns source_columns = { COL_SOURCE_SERVER,	 COL_SOURCE_PROTOCOL, COL_SOURCE_PORT,
						    COL_SOURCE_SECURITY, COL_SOURCE_TENANT,   false };
static const struct side_columns target_columns = { COL_TARGET_SERVER,	 COL_COUNT,	    COL_TARGET_PORT,
						    COL_TARGET_SECURITY, COL_TARGET_TENANT, true };

/* The tenant of the option holds for rows that bring no password. */
static const struct tenant *take_tenant(struct row *r, const struct side_columns *col, bool password,
					const struct endpoint *option) {
	const struct tenant_list *all = r->c->tenants;
	struct err e;
	if (!given(r, col->tenant)) {
		for (size_t i = 0; option->tenant && !password && i < all->count; i++)
			if (all->at[i].id == option->tenant)
				return &all->at[i];
		return NULL;
	}
	const struct tenant *t = tenant_list_find(all, text(r, col->tenant), &e);
	if (!t)
		bad(r, col->tenant, "Connect it first (mailvan tenant add), or correct the name",
		    "No such tenant is connected");
	else if (password)
		bad(r, col->tenant, "Remove one of them", "A tenant opens the mailbox, and a password is given too");
	return t;
}

/* What the server's text said itself, so that another column cannot say the opposite unnoticed. */
struct said {
	bool scheme, port;
};

static bool take_server(struct row *r, const struct side_columns *col, struct endpoint *ep, struct said *said) {
	struct err e;
	ep->port = 0;
	if (!endpoint_parse_server(ep, text(r, col->server), &e)) {
		bad(r, col->server, "Write host, host:port, imaps://host:port, imap://, pop3s:// or pop3://",
		    "This is not a server");
		return false;
	}
	said->scheme = strstr(text(r, col->server), "://") != NULL;
	said->port = ep->port != 0;
	return true;
}

static void take_protocol(struct row *r, const struct side_columns *col, struct endpoint *ep, const struct said *said) {
	if (col->protocol == COL_COUNT || !given(r, col->protocol))
		return;
	const char *name = text(r, col->protocol);
	if (!text_ieq(name, "imap") && !text_ieq(name, "pop3")) {
		bad(r, col->protocol, "Write imap or pop3; encryption is the column SourceSecurity",
		    "This is not a protocol");
		return;
	}
	enum proto proto = text_ieq(name, "pop3") ? PROTO_POP3 : PROTO_IMAP;
	if (said->scheme && proto != ep->proto)
		bad(r, col->protocol, "Correct one of them", "It contradicts the protocol in SourceServer");
	ep->proto = proto;
}

static void take_port(struct row *r, const struct side_columns *col, struct endpoint *ep, const struct said *said) {
	uint64_t port;
	if (!given(r, col->port))
		return;
	if (!text_u64(text(r, col->port), 1, 65535, &port))
		bad(r, col->port, "Write a number from 1 to 65535, or leave it empty", "This is not a port");
	else if (said->port && port != ep->port)
		bad(r, col->port, "Correct one of them", "It contradicts the port in the server's column");
	else
		ep->port = (uint16_t)port;
}

/* imaps:// is TLS from the start; imap:// is not, but a column may still say how it is to be protected. */
static void take_security(struct row *r, const struct side_columns *col, struct endpoint *ep, const struct said *said) {
	struct endpoint asked = *ep;
	struct err e;
	if (!given(r, col->security))
		return;
	if (!endpoint_parse_security(&asked, text(r, col->security), &e)) {
		bad(r, col->security, "Write tls, starttls, none or tls-legacy (insecure: tls, not verified)",
		    "This is not a security setting");
		return;
	}
	bool url_tls = ep->security == SEC_TLS, tls = asked.security == SEC_TLS || asked.security == SEC_TLS_LEGACY;
	if (said->scheme && !url_tls && asked.insecure)
		asked.security = ep->security;
	else if (said->scheme && url_tls != tls)
		bad(r, col->security, "Correct one of them", "It contradicts the scheme in the server's column");
	ep->security = asked.security;
	ep->insecure |= asked.insecure; /* by option it holds for every row */
}

static void remark_weak(struct row *r, bool is_target, const struct endpoint *ep) {
	int first = is_target ? REMARK_TARGET_NONE : REMARK_SOURCE_NONE;
	if (ep->security == SEC_NONE)
		remark(r, (enum remark_kind)first);
	if (ep->insecure && !ep->pin[0])
		remark(r, (enum remark_kind)(first + 1));
	if (ep->security == SEC_TLS_LEGACY)
		remark(r, (enum remark_kind)(first + 2));
}

/* ep: defaults in, the row's server out. False: nothing is known of a server and nothing need be. */
static bool take_side(struct row *r, const struct side_columns *col, const struct tenant *t, struct endpoint *ep) {
	struct said said = { 0 };
	struct err e;
	if (given(r, col->server)) {
		ep->proto = PROTO_IMAP;
		ep->security = SEC_TLS;
		if (!take_server(r, col, ep, &said))
			return true;
	} else if (!ep->host[0] && t) {
		take_protocol(r, col, ep, &said);
		if (!tenant_endpoint(t, ep, &e))
			bad(r, col->tenant, "Correct its IMAP server: mailvan tenant add",
			    "The tenant's server is not usable");
	} else if (!ep->host[0] && given(r, col->tenant)) {
		return false; /* of the unknown tenant was spoken already */
	} else if (!ep->host[0]) {
		if (!col->is_target)
			missing(r, col->server, "Name the server, or give --source-server", "The server is missing");
		else if (!r->c->options->target_known) {
			r->c->problems->no_target = true;
			missing(r, col->server, "Name the server, give --target-server or use: mailvan target set",
				"The server is missing, and the project has none");
		} else if (given(r, col->port) || given(r, col->security))
			bad(r, col->server, "Name the server too, or leave port and security empty",
			    "Port or security is given without a server");
		return false;
	}
	take_protocol(r, col, ep, &said);
	take_port(r, col, ep, &said);
	take_security(r, col, ep, &said);
	if (col->is_target && ep->proto != PROTO_IMAP)
		bad(r, col->server, "Write imaps:// or imap://", "A target cannot be POP3: it has no folders to fill");
	remark_weak(r, col->is_target, ep);
	return true;
}

/* Keep a value in the arena. */
static char *keep(struct row *r, const struct field *f, bool *memory) {
	char *p = arena_put(r->c->arena, f->text, f->len);
	if (!p)
		*memory = false;
	return p;
}

static bool keep_side(struct row *r, const struct endpoint *ep, bool said, struct checked_side *out) {
	struct field host = { ep->host, strlen(ep->host) };
	bool memory = true;
	out->proto = ep->proto;
	out->security = ep->security;
	out->insecure = ep->insecure;
	out->port = ep->port;
	out->said = said;
	out->host = keep(r, &host, &memory);
	return memory;
}

static void check_source(struct row *r, enum column identity, enum column login, enum column password, bool tenant) {
	if (!given(r, identity))
		missing(r, identity, "Fill it in", "The mailbox's identity at the source is missing");
	if (tenant)
		return;
	if (!given(r, login))
		missing(r, login, "Fill it in", "The login at the source is missing");
	if (!given(r, password))
		missing(r, password, "Fill it in", "The password at the source is missing");
}

static void check_target(struct row *r, enum column identity, bool tenant) {
	const char *id = text(r, identity);
	if (!given(r, identity))
		missing(r, identity, "Fill it in", "The mailbox's identity at the target is missing");
	else if (!value_is_address(id) && !value_is_plain_name(id))
		bad(r, identity, "Write it as name@domain", "This is not a mail address");
	if (tenant)
		return;
	if (given(r, COL_TARGET_LOGIN) && !given(r, COL_TARGET_PASSWORD))
		bad(r, COL_TARGET_PASSWORD, "Fill it in, or remove TargetLoginID",
		    "A login at the target is given, but no password");
	else if (!given(r, COL_TARGET_PASSWORD) && !r->c->options->target_admin)
		remark(r, REMARK_TARGET_PASSWORD);
}

/* Server, port and login: the same login at another port or server may be another mailbox. A target that the project's
 * admin or a tenant opens is known by its identity. */
static void check_not_itself(struct row *r, const struct endpoint *source, enum column source_login,
			     const struct endpoint *target, enum column target_identity) {
	char from[1400], to[1400];
	struct endpoint a = *source, b = *target;
	a.authzid[0] = a.user[0] = b.authzid[0] = b.user[0] = '\0';
	text_copy(a.login, sizeof a.login, text(r, source_login));
	text_copy(b.login, sizeof b.login,
		  text(r, given(r, COL_TARGET_LOGIN) ? COL_TARGET_LOGIN : target_identity));
	target_account_key(from, &a);
	target_account_key(to, &b);
	if (a.host[0] && strcmp(from, to) == 0)
		bad(r, given(r, COL_TARGET_SERVER) ? COL_TARGET_SERVER : COL_SOURCE_SERVER,
		    "Correct SourceServer or TargetServer (without it the project's target), or one of the logins",
		    "Source and target are the same mailbox: one server, port and login");
}

static void take_values(struct row *r, const struct field *fields) {
	for (int c = 0; c < COL_COUNT; c++) {
		int at = r->c->map->at[c];
		r->value[c] = at < 0 ? (struct field){ "", 0 } : fields[at];
		if (!value_check(r->c->problems, r->line, &column_table[c], &r->value[c]))
			r->ok = false;
	}
}

enum check_result check_row(struct checker *c, unsigned line, const struct field *fields, struct checked_row *out) {
	struct row r = { .c = c, .line = line, .ok = true };
	struct endpoint source = c->options->source, target = c->options->target;
	bool memory = true;
	take_values(&r, fields);
	if (!r.ok)
		return CHECK_BAD; /* what is left would only be said about values that are broken anyway */
	enum column source_id = either(&r, COL_SOURCE_IDENTITY, COL_EMAIL);
	enum column target_id = either(&r, COL_TARGET_IDENTITY, COL_EMAIL);
	enum column login = either(&r, COL_SOURCE_LOGIN, COL_USER_NAME);
	enum column password = either(&r, COL_SOURCE_PASSWORD, COL_PASSWORD);
	const struct tenant *from = take_tenant(&r, &source_columns, given(&r, password), &c->options->source);
	const struct tenant *to =
		take_tenant(&r, &target_columns, given(&r, COL_TARGET_PASSWORD), &c->options->target);
	check_source(&r, source_id, login, password, from || given(&r, COL_SOURCE_TENANT));
	check_target(&r, target_id, to || given(&r, COL_TARGET_TENANT));
	bool source_said = take_side(&r, &source_columns, from, &source);
	bool target_said = take_side(&r, &target_columns, to, &target);
	if (given(&r, COL_USER_ROOT) && source.proto == PROTO_POP3)
		problem_add(c->problems, PROBLEM_NOTE, line, column_table[COL_USER_ROOT].name, "Leave it empty",
			    "POP3 has no folders: the value is ignored");
	/* The mailbox that a tenant's token is to open. */
	if (from && !given(&r, login))
		login = source_id;
	if (r.ok)
		check_not_itself(&r, &source, login, target_said ? &target : &c->options->project, target_id);
	if (!r.ok)
		return CHECK_BAD;
	count_remarks(&r);
	*out = (struct checked_row){ .line = line };
	memory &=
		keep_side(&r, &source, source_said, &out->source) && keep_side(&r, &target, target_said, &out->target);
	out->source.identity = keep(&r, &r.value[source_id], &memory);
	out->source.login = keep(&r, &r.value[login], &memory);
	out->source.tenant = from;
	out->target.tenant = to;
	out->source.password = keep(&r, &r.value[password], &memory);
	out->target.identity = keep(&r, &r.value[target_id], &memory);
	out->target.login = keep(&r, &r.value[COL_TARGET_LOGIN], &memory);
	out->target.password = keep(&r, &r.value[COL_TARGET_PASSWORD], &memory);
	out->root = keep(&r, &r.value[COL_USER_ROOT], &memory);
	out->batch = keep(&r, &r.value[COL_BATCH], &memory);
	return memory ? CHECK_GOOD : CHECK_NO_MEMORY;
}

void check_remarks(struct checker *c) {
	static const struct {
		enum column column;
		const char *text, *fix;
	} kinds[REMARK_KINDS] = {
#define NONE "the connection is not encrypted: passwords and mail can be read on the way"
#define INSECURE "the server's certificate is not verified"
#define LEGACY "TLS 1.0 and old ciphers are allowed, which can be broken"
		[REMARK_SOURCE_NONE] = { COL_SOURCE_SECURITY, NONE, "Use tls or starttls where the server can" },
		[REMARK_SOURCE_INSECURE] = { COL_SOURCE_SECURITY, INSECURE,
					     "Give --source-ca or --source-pin instead" },
		[REMARK_SOURCE_LEGACY] = { COL_SOURCE_SECURITY, LEGACY, "Use tls where the server can" },
		[REMARK_TARGET_NONE] = { COL_TARGET_SECURITY, NONE, "Use tls or starttls where the server can" },
		[REMARK_TARGET_INSECURE] = { COL_TARGET_SECURITY, INSECURE,
					     "Give --target-ca or --target-pin instead" },
		[REMARK_TARGET_LEGACY] = { COL_TARGET_SECURITY, LEGACY, "Use tls where the server can" },
		[REMARK_TARGET_PASSWORD] = { COL_TARGET_PASSWORD, "there is no password for the target mailbox",
					     "An admin login that opens them all is set by: mailvan target set "
					     "--admin" },
#undef NONE
#undef INSECURE
#undef LEGACY
	};
	for (int k = 0; k < REMARK_KINDS; k++) {
		const struct remark *m = &c->remarks[k];
		if (m->rows)
			problem_add(c->problems, PROBLEM_NOTE, m->first, column_table[kinds[k].column].name,
				    kinds[k].fix, "In %zu %s %s", m->rows, m->rows == 1 ? "row" : "rows",
				    kinds[k].text);
	}
}
