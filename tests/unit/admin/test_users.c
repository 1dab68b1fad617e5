/* SPDX-License-Identifier: MIT
 *
 * test_users.c - changes of users: what they mean on the wire (held against the golden requests), what takes them back,
 * what they are in PowerShell; the usage report; a user's row; refusals in words. Nothing is sent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admin/graph/usage_report.h"
#include "core/admin/graph/user_steps.h"

#define E3 "05e9a617-0261-4cee-bb44-138d3ef5d965"
#define FLOW "f30db892-07e9-47e9-837c-80727f46fd3d"

static json_t *parse(const char *text) {
	json_t *j = json_loads(text, 0, NULL);
	assert_non_null(j);
	return j;
}

static struct graph world(void) {
	return (struct graph){ .skus = parse("[{\"skuId\":\"" E3 "\",\"skuPartNumber\":\"SPE_E3\"},{\"skuId\":\"" FLOW
					     "\",\"skuPartNumber\":\"FLOW_FREE\"}]") };
}

/* {any} and {guid} of the golden files. */
static bool text_fits(const char *want, const char *found) {
	char pattern[400] = "";
	for (size_t n = 0; *want && n + 2 < sizeof pattern;) {
		bool any = strncmp(want, "{any}", 5) == 0, guid = strncmp(want, "{guid}", 6) == 0;
		pattern[n++] = any || guid ? '*' : *want;
		want += any ? 5 : guid ? 6 : 1;
	}
	return fnmatch(pattern, found, 0) == 0;
}

static bool fits(const json_t *want, const json_t *found) {
	const char *key;
	json_t *v;
	if (json_is_string(want) && json_is_string(found))
		return text_fits(json_string_value(want), json_string_value(found));
	if (json_is_array(want) && json_is_array(found)) {
		for (size_t i = 0; i < json_array_size(want); i++)
			if (!fits(json_array_get(want, i), json_array_get(found, i)))
				return false;
		return json_array_size(want) == json_array_size(found);
	}
	if (!json_is_object(want) || !json_is_object(found))
		return json_equal(want, found);
	json_object_foreach((json_t *)(uintptr_t)want, key, v) if (!fits(v, json_object_get(found, key))) return false;
	return json_object_size(want) == json_object_size(found);
}

static void same_as_golden(const char *name, const struct user_step *step) {
	char path[200], sent[400];
	snprintf(path, sizeof path, "tests/golden/requests/%s.json", name);
	json_t *golden = json_load_file(path, 0, NULL);
	assert_non_null(golden);
	snprintf(sent, sizeof sent, "/v1.0%s", step->path);
	if (!text_fits(json_str(golden, "path"), sent) || strcmp(json_str(golden, "method"), step->method) != 0)
		fail_msg("%s: %s %s", name, step->method, sent);
	const json_t *body = json_object_get(golden, "body");
	char *found = json_dumps(step->body, JSON_COMPACT);
	if (body ? !fits(body, step->body) : step->body != NULL)
		fail_msg("%s: the body is %s", name, found);
	free(found);
	json_decref(golden);
}

#define BLOCKED                                                                                                        \
	"{\"exists\":true,\"id\":\"1\",\"displayName\":\"A\",\"accountEnabled\":false,\"usageLocation\":\"\","         \
	"\"licenses\":[],\"synced\":true}"
#define ACTIVE                                                                                                         \
	"{\"exists\":true,\"id\":\"1\",\"displayName\":\"A\",\"accountEnabled\":true,\"usageLocation\":\"DE\","        \
	"\"licenses\":[\"SPE_E3\"],\"synced\":false}"
#define ABSENT "{\"exists\":false}"
#define CREATE                                                                                                         \
	"{\"displayName\":\"A\",\"mailNickname\":\"a\",\"usageLocation\":\"DE\",\"forceChange\":true,\"licenses\":["   \
	"\"spe_e3\"]}"

/* golden: names of the steps in order, blank separated. */
static const struct plan_case {
	enum change_verb verb;
	const char *args, *now, *golden;
	bool ours;
	const char *refused; /* part of the error */
} plan_cases[] = {
	{ CHANGE_USER_CREATE, CREATE, ABSENT, "user-create user-license-add", false, NULL },
	{ CHANGE_USER_CREATE, CREATE, ACTIVE, "", true, NULL },
	{ CHANGE_USER_CREATE, CREATE, BLOCKED, "user-license-add", true, NULL },
	{ CHANGE_USER_CREATE, CREATE, ACTIVE, "", false, "exists already" },
	{ CHANGE_USER_CREATE,
	  "{\"displayName\":\"B\",\"mailNickname\":\"a\",\"usageLocation\":\"\",\"forceChange\":true}", ACTIVE, "",
	  true, "exists already" },
	{ CHANGE_USER_CREATE,
	  "{\"displayName\":\"B\",\"mailNickname\":\"a\",\"usageLocation\":\"\",\"forceChange\":true,\"licenses\":["
	  "\"NIX\"]}",
	  ABSENT, "", false, "no licence \"NIX\"" },
	{ CHANGE_USER_ENABLE, "{}", BLOCKED, "user-enable", false, NULL },
	{ CHANGE_USER_ENABLE, "{}", ACTIVE, "", false, NULL },
	{ CHANGE_USER_ENABLE, "{\"usageLocation\":\"AT\",\"licenses\":[\"SPE_E3\",\"FLOW_FREE\"]}", ACTIVE,
	  "user-location user-license-add", false, NULL },
	{ CHANGE_USER_ENABLE, "{}", ABSENT, "", false, "no such user" },
	{ CHANGE_USER_DISABLE, "{}", ACTIVE, "user-disable user-revoke-sessions", false, NULL },
	{ CHANGE_USER_DISABLE, "{\"removeLicenses\":[\"SPE_E3\"]}", ACTIVE,
	  "user-disable user-license-remove user-revoke-sessions", false, NULL },
	{ CHANGE_USER_DISABLE, "{}", BLOCKED, "", false, NULL },
	{ CHANGE_USER_LICENSE, "{\"add\":[\"SPE_E3\"],\"remove\":[\"FLOW_FREE\"]}", ACTIVE, "", false, NULL },
	{ CHANGE_USER_LICENSE, "{\"add\":[],\"remove\":[\"SPE_E3\"]}", ACTIVE, "user-license-remove", false, NULL },
	{ CHANGE_USER_PASSWORD, "{\"forceChange\":true}", ACTIVE, "user-password", false, NULL },
};

static void plans(void **state) {
	struct graph g = world();
	struct secret password = { (char[]){ "S3cret-one" }, 10 };
	(void)state;
	for (size_t i = 0; i < sizeof plan_cases / sizeof *plan_cases; i++) {
		const struct plan_case *t = &plan_cases[i];
		json_t *args = parse(t->args), *now = parse(t->now);
		struct change c = { .verb = t->verb, .target = "a@contoso.test", .args = args, .secret = &password };
		struct user_steps s;
		struct err e = { 0 };
		char name[60];
		size_t n = 0;
		assert_true(change_check(t->verb, args, &e));
		bool ok = user_steps_plan(&g, &c, now, t->ours, &s, &e);
		if (ok == (t->refused != NULL) || (t->refused && !strstr(e.text, t->refused)))
			fail_msg("case %zu: %d, %s", i, ok, e.text);
		for (const char *p = t->golden; ok && *p; p += strcspn(p, " "), p += *p == ' ', n++) {
			snprintf(name, sizeof name, "%.*s", (int)strcspn(p, " "), p);
			assert_true(n < s.n);
			same_as_golden(name, &s.step[n]);
		}
		if (ok && n != s.n)
			fail_msg("case %zu: %zu steps, not %zu", i, s.n, n);
		user_steps_free(&s);
		json_decref(args);
		json_decref(now);
	}
	json_decref(g.skus);
}

static void after_is_what_will_be(void **state) {
	struct graph g = world();
	json_t *args = parse("{\"usageLocation\":\"AT\",\"licenses\":[\"FLOW_FREE\"]}"), *now = parse(BLOCKED);
	struct change c = { .verb = CHANGE_USER_ENABLE, .target = "ä@x.org", .args = args };
	struct user_steps s;
	struct err e;
	(void)state;
	assert_true(user_steps_plan(&g, &c, now, false, &s, &e));
	assert_string_equal(s.step[0].path, "/users/%C3%A4%40x.org");
	assert_true(json_yes(s.after, "accountEnabled"));
	assert_string_equal(json_str(s.after, "usageLocation"), "AT");
	assert_true(user_holds(json_object_get(s.after, "licenses"), "flow_free"));
	user_steps_free(&s);
	json_decref(args);
	json_decref(now);
	json_decref(g.skus);
}

static const struct {
	enum change_verb verb;
	const char *args, *before;
	int answer;
	enum change_verb back;
	const char *back_args;
} inverse_cases[] = {
	{ CHANGE_USER_ENABLE, "{\"licenses\":[\"SPE_E3\"]}", BLOCKED, 1, CHANGE_USER_DISABLE,
	  "{\"removeLicenses\":[\"SPE_E3\"]}" },
	{ CHANGE_USER_ENABLE, "{\"licenses\":[\"SPE_E3\",\"FLOW_FREE\"]}", ACTIVE, 1, CHANGE_USER_LICENSE,
	  "{\"add\":[],\"remove\":[\"FLOW_FREE\"]}" },
	{ CHANGE_USER_ENABLE, "{}", ACTIVE, 0, 0, NULL },
	{ CHANGE_USER_DISABLE, "{\"removeLicenses\":[\"SPE_E3\",\"FLOW_FREE\"]}", ACTIVE, 1, CHANGE_USER_ENABLE,
	  "{\"licenses\":[\"SPE_E3\"]}" },
	{ CHANGE_USER_DISABLE, "{}", BLOCKED, 0, 0, NULL },
	{ CHANGE_USER_LICENSE, "{\"add\":[\"SPE_E3\",\"FLOW_FREE\"],\"remove\":[]}", ACTIVE, 1, CHANGE_USER_LICENSE,
	  "{\"add\":[],\"remove\":[\"FLOW_FREE\"]}" },
	{ CHANGE_USER_LICENSE, "{\"add\":[],\"remove\":[\"SPE_E3\"]}", ACTIVE, 1, CHANGE_USER_LICENSE,
	  "{\"add\":[\"SPE_E3\"],\"remove\":[]}" },
	{ CHANGE_USER_LICENSE, "{\"add\":[\"SPE_E3\"],\"remove\":[]}", ACTIVE, 0, 0, NULL },
	{ CHANGE_USER_CREATE, CREATE, ABSENT, -1, 0, NULL },
	{ CHANGE_USER_ENABLE, "{}", "null", -1, 0, NULL },
};

static void inverses(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof inverse_cases / sizeof *inverse_cases; i++) {
		json_t *args = parse(inverse_cases[i].args),
		       *before = json_loads(inverse_cases[i].before, JSON_DECODE_ANY, NULL);
		struct change c = { .verb = inverse_cases[i].verb, .target = "a@x", .args = args };
		struct change_inverse back = { 0 };
		struct err e = { 0 };
		int answer = user_inverse(&c, before, &back, &e);
		if (answer != inverse_cases[i].answer)
			fail_msg("case %zu: %d (%s)", i, answer, e.text);
		if (answer == 1) {
			json_t *want = parse(inverse_cases[i].back_args);
			assert_int_equal(back.verb, inverse_cases[i].back);
			assert_true(json_equal(want, back.args));
			assert_true(change_check(back.verb, back.args, &e));
			json_decref(want);
		}
		json_decref(back.args);
		json_decref(args);
		json_decref(before);
	}
}

static void report(void **state) {
	char text[] =
		"\xEF\xBB\xBFReport Refresh Date,User Principal Name,Display Name,Is Deleted,Item Count,Storage Used "
		"(Byte),Prohibit Send/Receive Quota (Byte),Recipient Type\r\n"
		"2026-11-20,a@x.org,\"A, \"\"B\"\"\r\nC\",False,12,345,53687091200,User\r\n"
		"2026-11-20,gone@x.org,Gone,True,1,1,1,User\r\n\r\n"
		"2026-11-20,info@x.org,,False,,,99,Shared\n"
		"2026-11-20,short@x.org";
	char hidden[] = "User Principal Name,Item Count,Storage Used (Byte),Prohibit Send/Receive Quota (Byte)\n"
			"0F3A,1,2,3\n";
	char other[] = "User Principal Name,Item Count\na@x.org,1\n";
	struct usage_report r;
	struct err e = { 0 };
	(void)state;
	assert_true(usage_report_read(text, sizeof text - 1, &r, &e));
	assert_int_equal(r.n, 3);
	assert_string_equal(r.rows[0].upn, "a@x.org");
	assert_int_equal(r.rows[0].messages, 12);
	assert_int_equal(r.rows[0].bytes, 345);
	assert_true(r.rows[0].quota == 53687091200);
	assert_null(r.rows[0].kind);
	assert_int_equal(r.rows[1].messages, USER_SIZE_SAME);
	assert_int_equal(r.rows[1].quota, 99);
	assert_string_equal(r.rows[1].kind, "shared");
	assert_string_equal(r.rows[2].upn, "short@x.org");
	assert_int_equal(r.rows[2].quota, USER_SIZE_SAME);
	assert_true(r.measured == 1795132800000);
	assert_false(r.concealed);
	usage_report_free(&r);
	assert_true(usage_report_read(hidden, sizeof hidden - 1, &r, &e));
	assert_true(r.concealed);
	usage_report_free(&r);
	assert_false(usage_report_read(other, sizeof other - 1, &r, &e));
	assert_int_equal(e.cat, ERR_SERVER_BUG);
	usage_report_free(&r);
	assert_false(usage_report_read(NULL, 0, &r, &e));
}

static void rows(void **state) {
	struct subscription_row sku = { .sku = E3, .part = "SPE_E3" };
	struct subscriptions subscriptions = { &sku, 1, true };
	struct user_rows r = { .subscriptions = &subscriptions };
	struct err e;
	static const char *const users[] = {
		"{\"id\":\"1\",\"userPrincipalName\":\"a@x\",\"displayName\":\"A\",\"mail\":null,\"userType\":null,"
		"\"accountEnabled\":true,\"usageLocation\":\"DE\",\"assignedLicenses\":[{\"skuId\":\"" E3
		"\"},{\"skuId\":\"zz\"}],\"proxyAddresses\":[\"SMTP:a@x\",\"smtp:b@x\"],\"onPremisesSyncEnabled\":null,"
		"\"createdDateTime\":\"2024-01-02T03:04:05Z\"}",
		"{\"id\":\"2\",\"accountEnabled\":false}",
		"{\"id\":\"3\",\"@removed\":{\"reason\":\"deleted\"}}",
		"{\"displayName\":\"nobody\"}",
		"{\"id\":7}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
		json_t *user = parse(users[i]);
		assert_true(user_rows_add(&r, user, &e));
		json_decref(user);
	}
	assert_int_equal(r.n, 3);
	assert_string_equal(r.list[0].licenses, "SPE_E3 zz");
	assert_string_equal(r.list[0].addresses, "SMTP:a@x smtp:b@x");
	assert_string_equal(r.list[0].mail, "");
	assert_string_equal(r.list[0].kind, "user");
	assert_null(r.list[0].company);
	assert_int_equal(r.list[0].synced, 0);
	assert_true(r.list[0].created == 1704164645000);
	assert_int_equal(r.list[1].enabled, 0);
	assert_null(r.list[1].licenses);
	assert_int_equal(r.list[1].synced, -1);
	assert_true(r.list[2].removed);
	user_rows_free(&r);
}

static void refusals(void **state) {
	static const struct {
		const char *method, *path, *code, *message;
		int status;
		enum err_cat cat;
		const char *says;
	} cases[] = {
		{ "POST", "/users", "Authorization_RequestDenied", "Insufficient privileges", 403, ERR_NO_PERMISSION,
		  "User.ReadWrite.All" },
		{ "POST", "/users/a/assignLicense", "Authorization_RequestDenied", "", 403, ERR_NO_PERMISSION,
		  "LicenseAssignment.ReadWrite.All" },
		{ "GET", "/users?$select=id,signInActivity", "x", "", 403, ERR_NO_PERMISSION, "AuditLog.Read.All" },
		{ "GET", "/reports/getMailboxUsageDetail(period='D7')", "x", "", 403, ERR_NO_PERMISSION,
		  "Reports.Read.All" },
		{ "POST", "/users/a/assignLicense", "Request_BadRequest",
		  "License assignment cannot be done for user with invalid usage location.", 400, ERR_INPUT,
		  "--location" },
		{ "POST", "/users/a/assignLicense", "Request_BadRequest",
		  "Subscription with SKU x does not have any available licenses.", 400, ERR_INPUT, "buy more" },
		{ "POST", "/users", "Request_BadRequest",
		  "Another object with the same value for property userPrincipalName already exists.", 400, ERR_INPUT,
		  "exists already" },
		{ "GET", "/users/a", "Request_ResourceNotFound", "", 404, ERR_NO_MAILBOX, "not there" },
		{ "GET", "/users", "TooManyRequests", "", 429, ERR_THROTTLED, "busy" },
		{ "GET", "/users", "InvalidAuthenticationToken", "", 401, ERR_TOKEN_EXPIRED, "token" },
		{ "GET", "/users", "odd", "what\x1b[31m now", 400, ERR_INPUT, "what\\x1b[31m now (odd, 400" },
		{ "GET", "/users", "", "", 500, ERR_SERVER_BUG, "nothing (500" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		json_t *doc = json_pack("{s:{s:s, s:s}}", "error", "code", cases[i].code, "message", cases[i].message);
		struct err e = { 0 };
		assert_false(graph_refused(cases[i].method, cases[i].path, cases[i].status, doc, "rid", &e));
		if (e.cat != cases[i].cat || !strstr(e.text, cases[i].says))
			fail_msg("case %zu: %s %s", i, err_cat_name(e.cat), e.text);
		json_decref(doc);
	}
}

static void powershell(void **state) {
	json_t *args =
		parse("{\"displayName\":\"O'Neill\",\"mailNickname\":\"o\",\"usageLocation\":\"DE\",\"forceChange\":"
		      "true,\"licenses\":[\"SPE_E3\",\"x'; rm\"]}");
	struct secret password = { (char[]){ "S3cret-one" }, 10 };
	struct change c = { .verb = CHANGE_USER_CREATE, .target = "o@x.org", .args = args, .secret = &password };
	struct buf out;
	struct err e;
	(void)state;
	buf_init(&out, 65536);
	assert_true(user_powershell(&c, &out, &e));
	assert_non_null(strstr(out.data, "New-MgUser -UserPrincipalName 'o@x.org' -DisplayName 'O''Neill'"));
	assert_non_null(strstr(out.data, "-In 'SPE_E3','xrm' |"));
	assert_non_null(
		strstr(out.data, "Set-MgUserLicense -UserId 'o@x.org' -AddLicenses $add -RemoveLicenses $remove\n"));
	assert_null(strstr(out.data, "S3cret"));
	buf_free(&out);
	json_decref(args);
}

int main(void) {
	const struct CMUnitTest tests[] = { cmocka_unit_test(plans),	 cmocka_unit_test(after_is_what_will_be),
					    cmocka_unit_test(inverses),	 cmocka_unit_test(report),
					    cmocka_unit_test(rows),	 cmocka_unit_test(refusals),
					    cmocka_unit_test(powershell) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
