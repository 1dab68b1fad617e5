/* SPDX-License-Identifier: MIT
 *
 * tenant_print.c - tenants for people and as JSON: where they are, who is signed in, for how long and with which roles.
 */
#include <string.h>

#include "tui/cli/rows.h"
#include "tui/cli/tenant_args.h"

#define RESOURCES 2
static const struct {
	enum token_resource resource;
	const char *name, *json;
} resources[RESOURCES] = { { TOKEN_GRAPH, "Microsoft Graph", "graph" },
			   { TOKEN_EXCHANGE, "Exchange Online", "exchange" } };

struct badge {
	struct token_row token;
	bool found;
};

static bool read_badges(struct store *s, const struct tenant *t, struct badge b[RESOURCES], struct err *e) {
	for (size_t i = 0; i < RESOURCES; i++)
		if (!token_get(s, t->id, resources[i].resource, false, &b[i].token, &b[i].found, e))
			return false;
	return true;
}

const char *tenant_sign_in_name(enum tenant_sign_in how) {
	static const char *const names[] = { [SIGN_IN_SECRET] = "secret",
					     [SIGN_IN_CERTIFICATE] = "certificate",
					     [SIGN_IN_DEVICE_CODE] = "device code" };
	return names[how];
}

static int64_t minutes_left(const struct token_row *t) {
	int64_t left = (t->expires - wall_ms()) / 60000;
	return left > 0 ? left : 0;
}

/* ---- JSON ---- */

static json_t *roles_json(const char *roles) {
	json_t *array = json_array();
	char one[256];
	for (const char *p = roles; array && *p; p += *p == ' ') {
		size_t n = strcspn(p, " ");
		if (n && n < sizeof one) {
			memcpy(one, p, n);
			one[n] = '\0';
			json_array_append_new(array, json_text(one));
		}
		p += n;
	}
	return array;
}

static json_t *badges_json(const struct badge b[RESOURCES]) {
	json_t *array = json_array();
	for (size_t i = 0; array && i < RESOURCES; i++)
		if (b[i].found)
			json_array_append_new(array,
					      json_pack("{s:s, s:o, s:o, s:o, s:o, s:I}", "resource", resources[i].json,
							"who", json_text_or_null(b[i].token.who), "roles",
							roles_json(b[i].token.roles), "obtained",
							json_time(b[i].token.obtained), "expires",
							json_time(b[i].token.expires), "minutes_left",
							(json_int_t)minutes_left(&b[i].token)));
	return array;
}

static json_t *tenant_json(const struct tenant *t, const struct badge b[RESOURCES]) {
	json_t *o = json_pack("{s:o, s:o, s:o, s:s, s:o, s:o}", "name", json_text(t->name), "guid",
			      json_text_or_null(t->guid), "company", json_text_or_null(t->company), "sign_in",
			      tenant_sign_in_name(t->sign_in), "client_id", json_text(t->client_id), "thumbprint",
			      json_text_or_null(t->thumbprint));
	json_t *more =
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "authority", json_text(t->authority),
			  "graph", json_text(t->graph), "exchange", json_text(t->exchange), "imap", json_text(t->imap),
			  "ca", json_text_or_null(t->ca_file), "proxy", json_text_or_null(t->proxy), "who",
			  json_text_or_null(t->who), "added", json_time(t->added), "tokens", badges_json(b));
	if (o && more)
		json_object_update(o, more);
	json_decref(more);
	return o;
}

/* ---- for people ---- */

static void line(struct cli *c, const char *label, const char *value) {
	char clean[1300];
	if (!*value)
		return;
	text_sanitise(clean, sizeof clean, value, strlen(value));
	fprintf(c->out, "%-12s %s\n", label, clean);
}

static void print_badge(struct cli *c, const char *name, const struct badge *b) {
	char text[1300];
	if (!b->found)
		return;
	int64_t left = minutes_left(&b->token);
	if (left)
		snprintf(text, sizeof text, "%s, %lld minutes left; %s", b->token.who[0] ? b->token.who : "an app",
			 (long long)left, b->token.roles[0] ? b->token.roles : "roles unknown");
	else
		snprintf(text, sizeof text, "%s, renewed when it is needed; %s",
			 b->token.who[0] ? b->token.who : "an app",
			 b->token.roles[0] ? b->token.roles : "roles unknown");
	line(c, name, text);
}

int tenant_print(struct cli *c, struct store *s, const struct tenant *t) {
	struct badge b[RESOURCES];
	char how[128];
	struct err e;
	if (!read_badges(s, t, b, &e))
		return cli_fail(c, &e);
	if (c->json)
		return cli_print_json(c, tenant_json(t, b), CLI_OK);
	line(c, "Tenant", t->name);
	line(c, "Company", t->company);
	line(c, "GUID", t->guid);
	snprintf(how, sizeof how, "%s%s%s", tenant_sign_in_name(t->sign_in), t->thumbprint[0] ? " " : "",
		 t->thumbprint);
	line(c, "Sign-in", how);
	line(c, "Client id", t->client_id);
	line(c, "Authority", t->authority);
	line(c, "Graph", t->graph);
	line(c, "Exchange", t->exchange);
	line(c, "IMAP", t->imap);
	line(c, "CA", t->ca_file);
	line(c, "Proxy", t->proxy);
	for (size_t i = 0; i < RESOURCES; i++)
		print_badge(c, i == 0 ? "Graph token" : "EXO token", &b[i]);
	return CLI_OK;
}

struct listing {
	struct store *s;
	struct table *table;
	json_t *array;
	struct err e;
	bool failed;
};

static bool list_one(void *arg, const struct tenant *t) {
	struct listing *l = arg;
	struct badge b[RESOURCES];
	char token[64] = "none yet";
	if (!read_badges(l->s, t, b, &l->e)) {
		l->failed = true;
		return false;
	}
	if (l->array)
		return json_array_append_new(l->array, tenant_json(t, b)) == 0;
	if (b[0].found)
		snprintf(token, sizeof token, "%lld min", (long long)minutes_left(&b[0].token));
	if (table_add(l->table, (struct table_cell[]){ { t->name, TONE_PLAIN },
						       { t->company, TONE_PLAIN },
						       { tenant_sign_in_name(t->sign_in), TONE_PLAIN },
						       { t->who, TONE_PLAIN },
						       { token, TONE_PLAIN } }))
		return true;
	l->failed = !err_nomem(&l->e);
	return false;
}

int tenant_print_list(struct cli *c, struct store *s) {
	static const struct table_column columns[] = { { "TENANT", false },  { "COMPANY", false },
						       { "SIGN-IN", false }, { "SIGNED IN AS", false },
						       { "TOKEN", true },    { NULL, false } };
	struct listing l = { .s = s };
	if (c->json)
		l.array = json_array();
	else
		l.table = table_new(columns);
	bool ok = (l.array || l.table) && tenants_each(s, list_one, &l, &l.e) && !l.failed;
	if (!l.array && !l.table)
		err_nomem(&l.e);
	if (ok && c->json)
		return cli_print_json(c, l.array, CLI_OK);
	if (ok)
		table_print(l.table, c->out, colour_wanted(c, c->out));
	table_free(l.table);
	json_decref(l.array);
	return ok ? CLI_OK : cli_fail(c, &l.e);
}
