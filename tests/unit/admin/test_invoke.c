/* SPDX-License-Identifier: MIT
 *
 * test_invoke.c - cmdlets on the wire: each change is the request of its golden file; pages, refusals, $batch,
 * PowerShell.
 */
#include "tests/unit/store/fixture.h"

#include "core/admin/exchange/policy_settings.h"
#include "core/admin/exchange_online.h"
#include "core/net/channel.h"
#include "tests/servers/http_script_lib.h"

#define GUID "11111111-2222-3333-4444-555555555555"
#define ANSWER(status, headers, body)                                                                                  \
	{ H_CLOSE, "HTTP/1.1 " status "\r\nConnection: close\r\n" headers "\r\n" body, 0 }
#define OK_EMPTY ANSWER("200 OK", "", "{\"value\":[]}")
#define PATH "/adminapi/beta/" GUID

struct place {
	char dir[64];
	struct store *s;
	struct net *net;
	struct log *log;
	struct http_script *server;
	struct exo x;
};

static void place_begin(struct place *p, const struct http_answer *answers) {
	struct err e;
	char path[128];
	struct secret secret = { 0 };
	struct token_row token = { .obtained = wall_ms(), .expires = wall_ms() + 3600000 };
	*p = (struct place){ 0 };
	dir_make(p->dir);
	p->s = open_store(p->dir, STORE_CREATE);
	snprintf(path, sizeof path, "%s/test.log", p->dir);
	p->log = log_open(path, LOG_DEBUG, &e);
	p->net = net_new(p->log, &e);
	p->server = http_script_start(answers);
	struct tenant t = { .sign_in = SIGN_IN_SECRET };
	text_copy(t.name, sizeof t.name, "contoso.test");
	text_copy(t.guid, sizeof t.guid, GUID);
	text_copy(t.client_id, sizeof t.client_id, "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee");
	snprintf(t.exchange, sizeof t.exchange, "http://127.0.0.1:%u", http_script_port(p->server));
	assert_true(secret_set(&secret, "s", 1) && secret_set(&token.access, "the-token", 9));
	MUST(tenant_save(p->s, &t, &secret, NULL, &e));
	MUST(token_put(p->s, t.id, TOKEN_EXCHANGE, &token, &e));
	secret_clear(&secret);
	secret_clear(&token.access);
	p->x.base.ctx = (struct directory_context){ .store = p->s, .net = p->net };
	p->x.base.tenant = t;
}

static void place_end(struct place *p) {
	invoke_close(p->x.invoke);
	http_script_free(p->server);
	net_free(p->net);
	log_close(p->log);
	store_close(p->s);
	dir_remove(p->dir);
}

static json_t *body_of(struct place *p, unsigned i) {
	const char *request = http_script_request(p->server, i), *body = strstr(request, "\r\n\r\n");
	json_t *doc = body ? json_loads(body + 4, 0, NULL) : NULL;
	if (!doc)
		fail_msg("request %u has no JSON:\n%s", i, request);
	return doc;
}

static void expect_sent(struct place *p, unsigned i, const char *needle) {
	if (!strcasestr(http_script_request(p->server, i), needle))
		fail_msg("request %u has no \"%s\":\n%s", i, needle, http_script_request(p->server, i));
}

/* ---- golden requests ---- */

#define PAIR "{\"trustee\":\"user00002@contoso.test\"}"
#define BOX "info@contoso.test"
#define DEVICE                                                                                                         \
	"user00001\\ExchangeActiveSyncDevices\\iPhone\xC2\xA7"                                                         \
	"DEV1"
#define DEVICE_ARGS "{\"mailbox\":\"user00001@contoso.test\",\"deviceId\":\"DEV1\"}"

static const struct golden {
	const char *name;
	enum change_verb verb;
	const char *target, *args;
} goldens[] = {
	{ "full-access-grant", CHANGE_FULL_ACCESS_GRANT, BOX,
	  "{\"trustee\":\"user00002@contoso.test\",\"autoMapping\":false}" },
	{ "full-access-revoke", CHANGE_FULL_ACCESS_REVOKE, BOX, PAIR },
	{ "send-as-grant", CHANGE_SEND_AS_GRANT, BOX, PAIR },
	{ "send-as-revoke", CHANGE_SEND_AS_REVOKE, BOX, PAIR },
	{ "send-on-behalf-grant", CHANGE_SEND_ON_BEHALF_GRANT, BOX, PAIR },
	{ "send-on-behalf-revoke", CHANGE_SEND_ON_BEHALF_REVOKE, BOX, PAIR },
	{ "full-access-undeny", CHANGE_FULL_ACCESS_UNDENY, BOX, PAIR },
	{ "full-access-deny", CHANGE_FULL_ACCESS_DENY, BOX, PAIR },
	{ "send-as-undeny", CHANGE_SEND_AS_UNDENY, BOX, PAIR },
	{ "mailbox-type", CHANGE_MAILBOX_TYPE, BOX, "{\"kind\":\"room\"}" },
	{ "mailbox-create-room", CHANGE_MAILBOX_CREATE, "room1@contoso.test",
	  "{\"kind\":\"room\",\"name\":\"Room 1\"}" },
	{ "device-allow", CHANGE_DEVICE_ALLOW, DEVICE, DEVICE_ARGS },
	{ "device-block", CHANGE_DEVICE_BLOCK, DEVICE, DEVICE_ARGS },
	{ "device-wipe-account", CHANGE_DEVICE_WIPE, DEVICE, "{\"mode\":\"account\"}" },
	{ "device-wipe-full", CHANGE_DEVICE_WIPE, DEVICE, "{\"mode\":\"full\",\"notify\":[\"admin@contoso.test\"]}" },
	{ "device-cancel-wipe", CHANGE_DEVICE_CANCEL_WIPE, DEVICE, "{}" },
	{ "device-remove", CHANGE_DEVICE_REMOVE, DEVICE, "{}" },
	{ "policy-set", CHANGE_POLICY_SET, "Default",
	  "{\"settings\":{\"PasswordEnabled\":true,\"MinPasswordLength\":6,\"MaxInactivityTimeLock\":\"00:15:00\"}}" },
	{ "policy-create", CHANGE_POLICY_CREATE, "Strict",
	  "{\"settings\":{\"PasswordEnabled\":true,\"MaxPasswordFailedAttempts\":\"8\"}}" },
	{ "policy-assign", CHANGE_POLICY_ASSIGN, "user00001@contoso.test", "{\"policy\":\"Strict\"}" },
	{ "protocols-set", CHANGE_PROTOCOLS_SET, "user00001@contoso.test",
	  "{\"settings\":{\"ImapEnabled\":false,\"PopEnabled\":false}}" },
};

static const struct change_row *row_of(enum change_verb v) {
	static const struct change_row *const tables[] = { permission_changes, mailbox_changes, device_changes };
	for (size_t t = 0; t < 3; t++)
		for (const struct change_row *r = tables[t]; r->group; r++)
			if (r->verb == v)
				return r;
	fail_msg("%s has no row", change_name(v));
	return NULL;
}

static void each_change_is_its_golden_request(void **state) {
	static const struct http_answer ok[] = { OK_EMPTY, { H_END, NULL, 0 } };
	(void)state;
	for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
		const struct golden *g = &goldens[i];
		struct place p;
		struct err e;
		struct change_result r = { 0 };
		char path[200];
		snprintf(path, sizeof path, "tests/golden/requests/exchange-%s.json", g->name);
		json_t *want = json_load_file(path, 0, NULL), *args = json_loads(g->args, 0, NULL);
		if (!want)
			fail_msg("there is no %s", path);
		struct change c = { .verb = g->verb, .target = g->target, .args = args };
		place_begin(&p, ok);
		MUST(change_check(g->verb, args, &e));
		MUST(row_of(g->verb)->apply(&p.x, &c, 1, &r, &e));
		if (r.state != CHANGED)
			fail_msg("%s: %s", g->name, r.e.text);
		json_t *sent = body_of(&p, 0);
		if (!json_equal(sent, json_object_get(want, "body")))
			fail_msg("%s: sent %s", g->name, json_dumps(sent, 0));
		expect_sent(&p, 0, "POST " PATH "/InvokeCommand HTTP");
		expect_sent(&p, 0, "\r\nContent-Type: application/json; charset=utf-8\r\n");
		expect_sent(&p, 0,
			    "\r\nX-AnchorMailbox: APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@" GUID
			    "\r\n");
		expect_sent(&p, 0, "\r\nAuthorization: Bearer the-token\r\n");
		json_decref(sent);
		json_decref(want);
		change_result_clear(&r);
		json_decref(args);
		place_end(&p);
	}
}

/* ---- pages ---- */

static bool count_row(void *arg, const json_t *row, struct err *e) {
	(void)row;
	(void)e;
	++*(unsigned *)arg;
	return true;
}

static bool run(struct place *p, const char *cmdlet, unsigned *rows, char type[120], struct err *e) {
	struct invoke *v = exo_invoke(&p->x, e);
	*rows = 0;
	return v && invoke_run(v, cmdlet, json_pack("{s:s}", "ResultSize", "Unlimited"), "Identity,User", count_row,
			       rows, NULL, 0, type, 120, NULL, e);
}

static void pages_are_posted_again(void **state) {
	static const struct http_answer two[] = {
		ANSWER("200 OK", "",
		       "{\"value\":[{\"a\":1},{\"a\":2}],\"@odata.nextLink\":\"http://127.0.0.1:{port}" PATH
		       "/InvokeCommand?$skiptoken=x\"}"),
		ANSWER("200 OK", "", "{\"value\":[{\"a\":3}]}"),
		{ H_END, NULL, 0 }
	};
	struct place p;
	struct err e;
	unsigned rows;
	char type[120];
	(void)state;
	place_begin(&p, two);
	MUST(run(&p, "Get-Mailbox", &rows, type, &e));
	assert_int_equal(rows, 3);
	expect_sent(&p, 0, "POST " PATH "/InvokeCommand?$select=Identity,User HTTP");
	expect_sent(&p, 1, "POST " PATH "/InvokeCommand?$skiptoken=x HTTP");
	json_t *first = body_of(&p, 0), *second = body_of(&p, 1);
	assert_true(json_equal(first, second));
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(json_object_get(first, "CmdletInput"), "Parameters"),
						  "ResultSize")),
		"Unlimited");
	json_decref(first);
	json_decref(second);
	place_end(&p);
}

static void a_page_elsewhere_is_refused(void **state) {
	static const struct http_answer other[] = {
		ANSWER("200 OK", "", "{\"value\":[],\"@odata.nextLink\":\"http://127.0.0.2:1" PATH "/InvokeCommand\"}"),
		{ H_END, NULL, 0 }
	};
	static const struct http_answer itself[] = {
		ANSWER("200 OK", "", "{\"value\":[],\"@odata.nextLink\":\"http://127.0.0.1:{port}/x\"}"),
		ANSWER("200 OK", "", "{\"value\":[],\"@odata.nextLink\":\"http://127.0.0.1:{port}/x\"}"),
		{ H_END, NULL, 0 }
	};
	struct place p;
	struct err e;
	unsigned rows;
	char type[120];
	(void)state;
	place_begin(&p, other);
	REFUSED(run(&p, "Get-Mailbox", &rows, type, &e), ERR_SERVER_BUG);
	assert_int_equal(http_script_count(p.server), 1);
	place_end(&p);
	place_begin(&p, itself);
	REFUSED(run(&p, "Get-Mailbox", &rows, type, &e), ERR_SERVER_BUG);
	place_end(&p);
}

/* ---- refusals ---- */

#define DETAIL(text)                                                                                                   \
	"{\"error\":{\"code\":\"NotFound\",\"message\":\"Error executing cmdlet\",\"details\":[{\"message\":\"" text   \
	"\"}]}}"

static void refusals_are_said(void **state) {
	static const struct {
		struct http_answer answers[2];
		enum err_cat cat;
		const char *text, *type;
	} cases[] = {
		{ { ANSWER("404 Not Found", "",
			   DETAIL("Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|"
				  "It isn't there.")) },
		  ERR_NO_MAILBOX,
		  "Get-Mailbox: It isn't there.",
		  "ManagementObjectNotFoundException" },
		{ { ANSWER("400 Bad Request", "X-ExceptionType: Microsoft.X.RecipientTaskException\r\n",
			   DETAIL("No pipe here")) },
		  ERR_INPUT,
		  "Get-Mailbox: No pipe here",
		  "RecipientTaskException" },
		{ { ANSWER("500 Error", "", DETAIL("Ex1|A.B.TransientException|Try \\u001b[31m again")) },
		  ERR_NET,
		  "\\x1b",
		  "TransientException" },
		{ { { H_CLOSE,
		      "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: "
		      "16\r\n\r\n",
		      16 } },
		  ERR_NO_PERMISSION,
		  "Exchange Administrator",
		  "" },
		{ { ANSWER("200 OK", "", "<html>") }, ERR_SERVER_BUG, "not JSON", "" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct http_answer answers[] = { cases[i].answers[0], { H_END, NULL, 0 } };
		struct place p;
		struct err e;
		unsigned rows;
		char type[120] = "";
		place_begin(&p, answers);
		REFUSED(run(&p, "Get-Mailbox", &rows, type, &e), cases[i].cat);
		if (!strstr(e.text, cases[i].text))
			fail_msg("case %zu: %s", i, e.text);
		assert_string_equal(type, cases[i].type);
		assert_null(strstr(e.text, "the-token"));
		place_end(&p);
	}
}

static void a_redirect_is_posted_again(void **state) {
	static const struct http_answer moved[] = { ANSWER("302 Found",
							   "Location: http://127.0.0.1:{port}/regional\r\n", ""),
						    ANSWER("200 OK", "", "{\"value\":[{\"a\":1}]}"),
						    { H_END, NULL, 0 } };
	struct place p;
	struct err e;
	unsigned rows;
	char type[120];
	(void)state;
	place_begin(&p, moved);
	MUST(run(&p, "Get-Mailbox", &rows, type, &e));
	assert_int_equal(rows, 1);
	expect_sent(&p, 1, "POST /regional HTTP");
	json_t *first = body_of(&p, 0), *second = body_of(&p, 1);
	assert_true(json_equal(first, second));
	json_decref(first);
	json_decref(second);
	place_end(&p);
}

/* ---- $batch ---- */

static void parts_are_on_their_own(void **state) {
	static const struct http_answer answers[] = {
		ANSWER("200 OK", "",
		       "{\"responses\":[{\"id\":\"3\",\"status\":404,\"body\":" DETAIL(
			       "E|N.ManagementObjectNotFoundException|gone") "},"
									     "{\"id\":\"1\",\"status\":200,\"headers\":"
									     "{\"request-id\":\"r1\"},\"body\":{"
									     "\"value\":[{\"x\":1}],\"@adminapi."
									     "warnings\":[\"already there\"],"
									     "\"@odata.nextLink\":\"http://"
									     "127.0.0.1:{port}" PATH
									     "/InvokeCommand?page=2\"}},"
									     "{\"id\":2,\"status\":429,\"headers\":{"
									     "\"Retry-After\":\"1\"}}]}"),
		ANSWER("200 OK", "", "{\"value\":[{\"x\":2}]}"),
		ANSWER("200 OK", "", "{\"value\":[]}"),
		{ H_END, NULL, 0 }
	};
	struct invoke_part parts[4] = { { .cmdlet = "Get-A", .parameters = json_pack("{s:i}", "n", 1) },
					{ .cmdlet = "Get-B", .parameters = json_pack("{s:i}", "n", 2) },
					{ .cmdlet = "Get-C", .parameters = json_pack("{s:i}", "n", 3) },
					{ .cmdlet = "Get-D", .parameters = json_pack("{s:i}", "n", 4) } };
	struct place p;
	struct err e;
	(void)state;
	place_begin(&p, answers);
	MUST(exo_invoke(&p.x, &e) && invoke_batch(p.x.invoke, parts, 4, &e));
	expect_sent(&p, 0, "POST " PATH "/$batch HTTP");
	expect_sent(&p, 1, "POST " PATH "/InvokeCommand?page=2 HTTP");
	expect_sent(&p, 2, "\"Get-B\""); /* alone, after the second it was told to wait */
	assert_int_equal(http_script_count(p.server), 3);
	assert_int_equal(json_array_size(parts[0].value), 2);
	assert_string_equal(parts[0].warning, "already there");
	assert_string_equal(parts[0].request_id, "r1");
	assert_int_equal(parts[1].status, 200);
	assert_int_equal(parts[1].e.cat, ERR_NONE);
	assert_int_equal(parts[2].e.cat, ERR_NO_MAILBOX);
	assert_string_equal(parts[2].type, "ManagementObjectNotFoundException");
	assert_int_equal(parts[3].e.cat, ERR_NET); /* not answered: what became of it is not known */
	invoke_parts_clear(parts, 4);
	place_end(&p);
}

/* A part that was answered counts, whatever becomes of the others afterwards: it must not be sent a second time. */
static void what_was_answered_before_a_loss_is_done(void **state) {
	static const struct http_answer answers[] = {
		ANSWER("200 OK", "",
		       "{\"responses\":[{\"id\":\"1\",\"status\":200,\"body\":{\"value\":[]}},"
		       "{\"id\":\"2\",\"status\":429,\"headers\":{\"Retry-After\":\"1\"}}]}"),
		{ H_CLOSE, "", 0 },
		{ H_END, NULL, 0 }
	};
	json_t *args = json_pack("{s:s, s:s}", "kind", "room", "name", "Room");
	struct change c[] = { { .verb = CHANGE_MAILBOX_CREATE, .target = "a@contoso.test", .args = args },
			      { .verb = CHANGE_MAILBOX_CREATE, .target = "b@contoso.test", .args = args } };
	struct change_result r[2] = { 0 };
	struct place p;
	struct err e;
	(void)state;
	place_begin(&p, answers);
	MUST(row_of(CHANGE_MAILBOX_CREATE)->apply(&p.x, c, 2, r, &e));
	assert_int_equal(http_script_count(p.server), 2);
	assert_int_equal(r[0].state, CHANGED);
	assert_int_equal(r[1].state, CHANGE_LATER);
	assert_int_equal(r[1].e.cat, ERR_NET); /* not known */
	change_result_clear(&r[0]);
	change_result_clear(&r[1]);
	json_decref(args);
	place_end(&p);
}

static void a_batch_is_the_golden_one(void **state) {
	static const struct http_answer answers[] = {
		ANSWER("200 OK", "",
		       "{\"responses\":[{\"id\":\"1\",\"status\":200,\"body\":{\"value\":[]}},{\"id\":\"2\",\"status\":"
		       "200,\"body\":{\"value\":[]}}]}"),
		{ H_END, NULL, 0 }
	};
	static const char *const cmdlets[] = { "Get-MailboxPermission", "Get-RecipientPermission" };
	struct invoke_part parts[2] = { 0 };
	struct place p;
	struct err e;
	(void)state;
	place_begin(&p, answers);
	for (size_t i = 0; i < 2; i++) {
		parts[i].cmdlet = cmdlets[i];
		parts[i].parameters = json_pack("{s:s, s:s}", "Identity", BOX, "ResultSize", "Unlimited");
	}
	MUST(exo_invoke(&p.x, &e) && invoke_batch(p.x.invoke, parts, 2, &e));
	json_t *want = json_load_file("tests/golden/requests/exchange-batch.json", 0, NULL), *sent = body_of(&p, 0);
	size_t i;
	json_t *part;
	assert_non_null(want);
	json_array_foreach(json_object_get(json_object_get(want, "body"), "requests"), i, part) {
		json_object_set_new(part, "url", json_sprintf("%s" PATH "/InvokeCommand", p.x.base.tenant.exchange));
		json_object_set_new(json_object_get(part, "headers"), "X-AnchorMailbox",
				    json_string("APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@" GUID));
	}
	if (!json_equal(sent, json_object_get(want, "body")))
		fail_msg("sent %s", json_dumps(sent, 0));
	json_decref(want);
	json_decref(sent);
	invoke_parts_clear(parts, 2);
	place_end(&p);
}

/* ---- words ---- */

static void powershell_is_quoted(void **state) {
	json_t *p = json_pack("{s:s, s:b, s:[s,s], s:{s:s,s:[s]}, s:i, s:n}", "Identity", "o'neil\xE2\x80\x99\n$(x)",
			      "Flag", 0, "List", "a", "b", "Table", "@odata.type", "#x", "Add", "c", "Number", 3,
			      "Nothing");
	struct buf b;
	(void)state;
	buf_init(&b, 4096);
	assert_true(invoke_powershell("Set-X", p, &b));
	assert_string_equal(b.data,
			    "Set-X -Identity 'o''neil\xE2\x80\x99\xE2\x80\x99\\x0a$(x)' -Flag:$false -List 'a','b' "
			    "-Table @{Add='c'} -Number 3 -Nothing $null\n");
	buf_free(&b);
	json_decref(p);
}

static void policy_values_are_read(void **state) {
	static const struct {
		const char *name, *typed, *json; /* NULL: refused */
	} cases[] = {
		{ "PasswordEnabled", "yes", "true" },
		{ "PasswordEnabled", "perhaps", NULL },
		{ "MinPasswordLength", "16", "16" },
		{ "MinPasswordLength", "17", NULL },
		{ "MinPasswordLength", "0", NULL },
		{ "MaxPasswordFailedAttempts", "8", "\"8\"" },
		{ "MaxPasswordFailedAttempts", "3", NULL },
		{ "MaxPasswordFailedAttempts", "unlimited", "\"Unlimited\"" },
		{ "MaxInactivityTimeLock", "15m", "\"00:15:00\"" },
		{ "MaxInactivityTimeLock", "00:30:00", "\"00:30:00\"" },
		{ "MaxInactivityTimeLock", "59s", NULL },
		{ "MaxInactivityTimeLock", "61m", NULL },
		{ "PasswordExpiration", "90d", "\"90.00:00:00\"" },
		{ "PasswordExpiration", "1.12:00:00", "\"1.12:00:00\"" },
		{ "PasswordExpiration", "1.25:00:00", NULL },
		{ "PasswordExpiration", "d", NULL },
		{ "AllowBluetooth", "handsfreeonly", "\"HandsfreeOnly\"" },
		{ "AllowBluetooth", "Hands", NULL },
		{ "MaxAttachmentSize", "10M", "\"10000000\"" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err e;
		json_t *v = policy_setting_parse(policy_setting_find(cases[i].name), cases[i].typed, &e);
		char *text = v ? json_dumps(v, JSON_ENCODE_ANY) : NULL;
		if ((text == NULL) != (cases[i].json == NULL) || (text && strcmp(text, cases[i].json) != 0))
			fail_msg("%s=%s became %s", cases[i].name, cases[i].typed, text ? text : "nothing");
		if (v) { /* what can be typed can be sent */
			json_t *all = json_pack("{s:O}", cases[i].name, v);
			MUST(policy_settings_check(all, &e));
			json_decref(all);
		}
		free(text);
		json_decref(v);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_change_is_its_golden_request),
		cmocka_unit_test(pages_are_posted_again),
		cmocka_unit_test(a_page_elsewhere_is_refused),
		cmocka_unit_test(refusals_are_said),
		cmocka_unit_test(a_redirect_is_posted_again),
		cmocka_unit_test(parts_are_on_their_own),
		cmocka_unit_test(what_was_answered_before_a_loss_is_done),
		cmocka_unit_test(a_batch_is_the_golden_one),
		cmocka_unit_test(powershell_is_quoted),
		cmocka_unit_test(policy_values_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
