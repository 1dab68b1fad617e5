/* SPDX-License-Identifier: MIT
 *
 * test_enrolment.c - each check of a row finds what it is there for, and nothing else; passwords expire; secrets stay
 * in the vault.
 */
#include "core/admin/enrolment.h"
#include "core/store/records.h"
#include "core/store/users_cache.h"
#include "tests/unit/store/open_project.h"

#define NOW ((wall_ms_t)1800000000000)

/* A row that nothing is wrong with. */
static void good(struct enrolment *b, struct enrolment_row *r) {
	*b = (struct enrolment){ .id = 1, .tenant = 1, .name = "first", .has_key = true };
	snprintf(b->text[ENROLMENT_SERVER], sizeof b->text[0], "bes1.example");
	snprintf(b->text[ENROLMENT_COMPANY], sizeof b->text[0], "Contoso");
	snprintf(b->text[ENROLMENT_CAL_IDS], sizeof b->text[0], "BESCAL-1 BES35X-2");
	*r = (struct enrolment_row){ .mail = "ann@contoso.test",
				     .upn = "ann@contoso.test",
				     .user = "Ann",
				     .text = { [ENROLMENT_SERVER] = "bes1.example",
					       [ENROLMENT_COMPANY] = "contoso",
					       [ENROLMENT_CONTACT] = "Bo Boss",
					       [ENROLMENT_CONTACT_MAIL] = "bo@contoso.test",
					       [ENROLMENT_REQUESTOR] = "Al Admin",
					       [ENROLMENT_REQUEST_NUMBER] = "4711",
					       [ENROLMENT_POLICY] = ENROLMENT_POLICY_ON },
				     .expires = NOW + 1,
				     .data_plan = true,
				     .removed = true,
				     .listed = true,
				     .enabled = true,
				     .licensed = true,
				     .mailbox = true,
				     .listed_company = "Contoso",
				     .kind = "user" };
}

/* Exactly this finding, saying this. */
static void finds_in(const struct enrolment *b, const struct enrolment_row *r, bool read, const char *name, bool note,
		     const char *text) {
	struct enrolment_finding f[ENROLMENT_FINDINGS_MAX];
	struct enrolment_facts facts = { b, "Contoso", read, NOW };
	size_t n = enrolment_check_row(&facts, r, f);
	if (!name) {
		if (n)
			fail_msg("%s: %s", f[0].name, f[0].text);
		return;
	}
	assert_int_equal(n, 1);
	assert_string_equal(f[0].name, name);
	assert_int_equal(f[0].note, note);
	if (!strstr(f[0].text, text))
		fail_msg("\"%s\" does not say \"%s\"", f[0].text, text);
}

#define ROW(change, name, text)                                                                                        \
	do {                                                                                                           \
		good(&b, &r);                                                                                          \
		change;                                                                                                \
		finds_in(&b, &r, true, name, false, text);                                                             \
	} while (0)
#define NOTED(change, name, text)                                                                                      \
	do {                                                                                                           \
		good(&b, &r);                                                                                          \
		change;                                                                                                \
		finds_in(&b, &r, true, name, true, text);                                                              \
	} while (0)
#define SET(field, value) snprintf(field, sizeof(field), "%s", value)

static void each_check_finds_its_own(void **state) {
	static struct enrolment b;
	struct enrolment_row r;
	(void)state;
	ROW((void)0, NULL, "");
	ROW(SET(r.mail, "ann"), "address", "not an address");
	ROW(SET(r.mail, "a b@c.test"), "address", "not an address");
	ROW(r.listed = false, "listed", "no user of the tenant");
	good(&b, &r);
	finds_in(&b, &r, false, "listed", false, "never read");
	ROW(r.mailbox = false, "mailbox", "no mailbox");
	ROW(r.licensed = false, "licence", "no licence");
	ROW(r.enabled = false, "reachable", "blocked");
	ROW(SET(r.kind, "guest"), "reachable", "guest");
	ROW(SET(r.unreached, "no such mailbox"), "reachable", "no such mailbox");
	ROW((SET(r.other_mail, "ann2@contoso.test"), SET(r.other_batch, "first")), "duplicate", "ann2@contoso.test");
	ROW((SET(r.other_mail, r.mail), SET(r.other_batch, "second"), SET(r.other_server, "bes2.example")),
	    "one-server", "bes2.example has it by the batch second");
	ROW((SET(r.other_mail, r.mail), SET(r.other_batch, "second"), SET(r.other_server, "BES1.example")),
	    "one-server", "in the batch second already");
	ROW(SET(r.text[ENROLMENT_COMPANY], ""), "company", "missing");
	ROW(SET(b.text[ENROLMENT_COMPANY], "Fabrikam"), "company", "the contract's is \"Fabrikam\"");
	ROW(SET(r.text[ENROLMENT_CONTACT], ""), "contact", "business contact is missing");
	ROW(SET(r.text[ENROLMENT_CONTACT_MAIL], ""), "contact-email", "missing");
	ROW(SET(r.text[ENROLMENT_CONTACT_MAIL], "bo"), "contact-email", "not an address");
	ROW(SET(r.user, ""), "user", "name is missing");
	ROW(SET(r.text[ENROLMENT_REQUESTOR], ""), "requestor", "missing");
	ROW(SET(r.text[ENROLMENT_REQUEST_NUMBER], ""), "request-number", "missing");
	ROW(SET(r.text[ENROLMENT_POLICY], ""), "policy", "missing");
	ROW(SET(r.text[ENROLMENT_POLICY], "some other"), "policy", "no IT policy \"some other\"");
	ROW(SET(b.text[ENROLMENT_CAL_IDS], ""), "license-id", "neither here nor in the contract");
	ROW(r.data_plan = false, "data-plan", "enterprise data plan");
	ROW(r.removed = false, "removed", "removed from any other server");
	ROW(r.expires = 0, "password", "no activation password");
	ROW(r.expires = NOW, "password", "expired");
	/* What a user or a server was called cannot reach a terminal as it is. */
	ROW(SET(r.unreached, "\033[2Jgone"), "reachable", "\\x1b[2Jgone");
}

static void notes_stop_nothing(void **state) {
	static struct enrolment b;
	struct enrolment_row r;
	(void)state;
	NOTED(SET(r.license, "XYZ-9"), "license-prefix", "XYZ-9");
	NOTED(SET(b.text[ENROLMENT_CAL_IDS], "BESCAL-1 ABC"), "license-prefix", "ABC");
	NOTED(SET(r.listed_company, "Fabrikam"), "tenant-company", "Fabrikam");
	ROW(SET(r.license, "bescal7"), NULL, "");
	assert_non_null(enrolment_license_kind("BES35X0001"));
	assert_null(enrolment_license_kind("BES3"));
}

static void addresses_are_told_from_other_texts(void **state) {
	static const char *const bad[] = { "",	   "a",	     "@b.c",	"a@",	   "a@b",     "a@b..c",
					   "a@.b", "a@b.c.", "a@b@c.d", "a b@c.d", "a,b@c.d", "<a@b.c>" };
	(void)state;
	assert_true(enrolment_address("a.b+c@sub.example"));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (enrolment_address(bad[i]))
			fail_msg("\"%s\" was taken", bad[i]);
}

static const struct enrolment_key *key(const char *name) {
	const struct enrolment_key *k = enrolment_keys;
	while (k->key && strcmp(k->key, name) != 0)
		k++;
	assert_non_null(k->key);
	return k;
}

static void contract_values_are_checked(void **state) {
	char value[100] = "BESCAL1; BES35X-2,,BES3 ";
	struct err e;
	(void)state;
	MUST(enrolment_value(key("cal-ids"), value, sizeof value, &e));
	assert_string_equal(value, "BESCAL1 BES35X-2 BES3");
	SET(value, "BES<CAL");
	REFUSED(enrolment_value(key("cal-ids"), value, sizeof value, &e), ERR_INPUT);
	SET(value, "No Device PASSWORD");
	MUST(enrolment_value(key("policy"), value, sizeof value, &e));
	assert_string_equal(value, ENROLMENT_POLICY_OFF);
	SET(value, "whatever");
	REFUSED(enrolment_value(key("policy"), value, sizeof value, &e), ERR_INPUT);
	REFUSED(enrolment_value(key("contact-email"), value, sizeof value, &e), ERR_INPUT);
}

static void states_follow_each_other(void **state) {
	(void)state;
	assert_true(enrolment_may_mark(ENROLMENT_READY, ENROLMENT_SENT));
	assert_false(enrolment_may_mark(ENROLMENT_PROBLEM, ENROLMENT_SENT));
	assert_false(enrolment_may_mark(ENROLMENT_NEW, ENROLMENT_SENT));
	assert_false(enrolment_may_mark(ENROLMENT_READY, ENROLMENT_ACTIVE));
	assert_true(enrolment_may_mark(ENROLMENT_SENT, ENROLMENT_ACTIVE));
	assert_true(enrolment_may_mark(ENROLMENT_FAILED, ENROLMENT_NEW));
	assert_false(enrolment_may_mark(ENROLMENT_ACTIVE, ENROLMENT_NEW));
	for (unsigned from = 0; from < ENROLMENT_STATE_COUNT; from++)
		assert_false(enrolment_may_mark((enum enrolment_state)from, ENROLMENT_PROBLEM) ||
			     enrolment_may_mark((enum enrolment_state)from, ENROLMENT_READY));
}

static void policies_say_where_they_are_from(void **state) {
	(void)state;
	for (const struct enrolment_policy_rule *r = enrolment_policy_rules; r->rule; r++)
		assert_true(r->off[0] && r->on[0] && r->source[0]);
	assert_string_equal(enrolment_policy_rules[0].off, "No");
	assert_string_equal(enrolment_policy_rules[0].on, "Yes");
}

/* ---- with a store ---- */

static struct tenant t;
static struct enrolment b;

static int setup(void **state) {
	struct err e;
	struct user_row users[] = {
		{ .guid = "1",
		  .upn = "ann@contoso.test",
		  .name = "Ann",
		  .mail = "ann@contoso.test",
		  .kind = "user",
		  .licenses = "SPE_E3",
		  .company = "Contoso",
		  .enabled = 1 },
		{ .guid = "2",
		  .upn = "ben@contoso.test",
		  .name = "Ben",
		  .mail = "ben.b@contoso.test",
		  .kind = "user",
		  .licenses = "FLOW",
		  .company = "",
		  .enabled = 1 },
		{ .guid = "3",
		  .upn = "cy@contoso.test",
		  .name = "Cy",
		  .mail = "cy@contoso.test",
		  .kind = "user",
		  .licenses = "",
		  .company = "",
		  .enabled = 1 },
	};
	struct subscription_row skus[] = {
		{ .sku = "a", .part = "SPE_E3", .status = "Enabled", .plans = "", .enabled = 5, .mailbox = true },
		{ .sku = "b", .part = "FLOW", .status = "Enabled", .plans = "", .enabled = 5 }
	};
	struct users_update u = { .full = true,
				  .users = users,
				  .user_count = 3,
				  .subscriptions = skus,
				  .subscription_count = 2,
				  .delta = "" };
	struct secret secret = { 0 };
	project_setup(state);
	t = (struct tenant){ .name = "contoso.test", .sign_in = SIGN_IN_SECRET, .company = "Contoso" };
	SET(t.client_id, "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee");
	assert_true(secret_set(&secret, "hush", 4));
	MUST(tenant_save(s, &t, &secret, NULL, &e));
	secret_clear(&secret);
	MUST(users_cache_save(s, t.id, &u, &e));
	int64_t id;
	MUST(enrolment_add(s, t.id, "First", "bes1.example", "Contoso", "op", &id, &e));
	MUST(enrolment_find(s, t.id, "first", &b, &e));
	assert_int_equal(b.id, id);
	return 0;
}

static int64_t query(const char *sql) {
	char path[100];
	sqlite3 *h;
	sqlite3_stmt *st;
	struct err e;
	assert_true(store_flush(s, &e));
	snprintf(path, sizeof path, "%s/" DB_FILE, dir);
	assert_int_equal(sqlite3_open_v2(path, &h, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(h, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	int64_t value = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(h);
	return value;
}

struct found {
	const char *mail;
	struct enrolment_row row;
};
static bool pick(void *arg, const struct enrolment_row *r) {
	struct found *f = arg;
	if (strcmp(f->mail, r->mail) == 0)
		f->row = *r;
	return true;
}
static struct enrolment_row row_of(const char *mail) {
	struct found f = { .mail = mail };
	struct err e;
	MUST(enrolment_rows(s, &b, pick, &f, &e));
	assert_true(f.row.id > 0);
	return f.row;
}

static bool count_ann(void *arg, const struct enrolment_user *u) {
	unsigned *n = arg;
	++*n;
	assert_string_equal(u->upn, "ann@contoso.test");
	return true;
}

static void only_licensed_users_with_a_mailbox_are_taken(void **state) {
	unsigned n = 0;
	struct err e;
	(void)state;
	MUST(enrolment_users(s, t.id, NULL, count_ann, &n, &e));
	assert_int_equal(n, 1);
	MUST(enrolment_users(s, t.id, "nobody@contoso.test", count_ann, &n, &e));
	assert_int_equal(n, 1);
}

static void fill(void) {
	struct err e;
	struct enrolment_put rows[] = { { .mail = "ann@contoso.test", .upn = "ann@contoso.test", .user = "Ann" },
					{ .mail = "ben.b@contoso.test", .user = "Ben" },
					{ .mail = "cy@contoso.test", .user = "Cy" } };
	MUST(enrolment_put(s, &b, rows, 3, "op", "by hand", &e));
}

/* The whole way of a row: New, Problem with everything that is missing, Ready. */
static void rows_become_ready(void **state) {
	struct err e;
	(void)state;
	fill();
	assert_int_equal(row_of("ann@contoso.test").state, ENROLMENT_NEW);
	MUST(enrolment_check(s, &t, &b, false, &e)); /* what is New stays so */
	assert_int_equal(row_of("ann@contoso.test").state, ENROLMENT_NEW);
	MUST(enrolment_check(s, &t, &b, true, &e));
	struct enrolment_row r = row_of("ann@contoso.test");
	assert_int_equal(r.state, ENROLMENT_PROBLEM);
	assert_non_null(strstr(r.problem, "activation password"));
	assert_non_null(strstr(r.problem, "data plan"));
	assert_non_null(strstr(row_of("ben.b@contoso.test").problem, "no mailbox"));
	assert_non_null(strstr(row_of("cy@contoso.test").problem, "no licence"));
	static const struct {
		enum enrolment_field field;
		const char *value;
	} contract[] = { { ENROLMENT_CONTACT, "Bo" },	   { ENROLMENT_CONTACT_MAIL, "bo@contoso.test" },
			 { ENROLMENT_REQUESTOR, "Al" },	   { ENROLMENT_REQUEST_NUMBER, "4711" },
			 { ENROLMENT_CAL_IDS, "BESCAL1" }, { ENROLMENT_POLICY, ENROLMENT_POLICY_OFF } };
	for (size_t i = 0; i < sizeof contract / sizeof *contract; i++)
		MUST(enrolment_set(s, &b, contract[i].field, contract[i].value, "op", &e));
	MUST(enrolment_find(s, t.id, "First", &b, &e));
	struct enrolment_change c = ENROLMENT_CHANGE_EMPTY;
	c.row = r.id;
	c.data_plan = c.removed = 1;
	MUST(enrolment_change(s, &b, &c, 1, "op", "enrolment-confirm", "ann@contoso.test", &e));
	MUST(enrolment_passwords(s, &b, &r.id, 1, "op", &e));
	MUST(enrolment_check(s, &t, &b, false, &e));
	r = row_of("ann@contoso.test");
	if (r.state != ENROLMENT_READY)
		fail_msg("%s", r.problem);
	assert_string_equal(r.text[ENROLMENT_POLICY], ENROLMENT_POLICY_OFF);
	/* Seven days, and not longer. */
	assert_true(r.expires > wall_ms() + ENROLMENT_PASSWORD_MS - 60000 &&
		    r.expires <= wall_ms() + ENROLMENT_PASSWORD_MS);
	struct enrolment_finding f[ENROLMENT_FINDINGS_MAX];
	struct enrolment_facts later = { &b, "Contoso", true, r.expires };
	assert_int_equal(enrolment_check_row(&later, &r, f), 1);
	assert_string_equal(f[0].name, "password");
	/* Every change is a line of the audit list; a check is none. */
	assert_int_equal(query("SELECT count(*) FROM tenant_audit WHERE action LIKE 'enrolment-%' AND who = 'op'"),
			 1 + 1 + 6 + 1 + 1);
}

static void one_user_has_one_server(void **state) {
	static struct enrolment second;
	struct enrolment_put ann = { .mail = "ann@contoso.test", .upn = "ann@contoso.test", .user = "Ann" };
	struct err e;
	int64_t id;
	(void)state;
	fill();
	MUST(enrolment_add(s, t.id, "Second", "bes2.example", "Contoso", "op", &id, &e));
	REFUSED(enrolment_add(s, t.id, "second", "bes2.example", "Contoso", "op", &id, &e), ERR_INPUT);
	MUST(enrolment_find(s, t.id, "Second", &second, &e));
	MUST(enrolment_put(s, &second, &ann, 1, "op", "", &e));
	struct enrolment_row r = row_of("ann@contoso.test");
	assert_string_equal(r.other_batch, "Second");
	assert_string_equal(r.other_server, "bes2.example");
	MUST(enrolment_remove(s, &second, "op", &e));
	assert_string_equal(row_of("ann@contoso.test").other_batch, "");
	REFUSED(enrolment_find(s, t.id, "Second", &second, &e), ERR_INPUT);
}

static bool project_holds(const char *text) {
	char command[300];
	struct err e;
	assert_true(store_flush(s, &e));
	snprintf(command, sizeof command, "grep -rqF -- '%s' %s", text, dir);
	return system(command) == 0; /* NOLINT(cert-env33-c): a test's own words */
}

static void secrets_are_sealed_and_go_with_their_rows(void **state) {
	struct secret key = { 0 }, password = { 0 };
	struct err e;
	(void)state;
	struct enrolment_put put = { .mail = "ann@contoso.test", .user = "Ann", .password = "Typed4711xyz" };
	MUST(enrolment_put(s, &b, &put, 1, "op", "", &e));
	assert_true(secret_set(&key, "b4a1-5ecret-authentication", 26));
	MUST(enrolment_set_key(s, &b, &key, "op", &e));
	MUST(enrolment_find(s, t.id, "First", &b, &e));
	assert_true(b.has_key);
	int64_t row = row_of("ann@contoso.test").id;
	MUST(enrolment_password(s, row, &password, &e));
	assert_string_equal(password.data, "Typed4711xyz");
	MUST(enrolment_passwords(s, &b, &row, 1, "op", &e));
	secret_clear(&password);
	MUST(enrolment_password(s, row, &password, &e));
	assert_string_not_equal(password.data, "Typed4711xyz");
	assert_true(password.len >= 8);
	assert_null(strpbrk(password.data, "0Oo1lI\"', "));
	assert_true(project_holds("bes1.example")); /* the search finds what is there */
	assert_false(project_holds("Typed4711xyz"));
	assert_false(project_holds(password.data));
	assert_false(project_holds("b4a1-5ecret-authentication"));
	MUST(enrolment_rows_remove(s, &b, &row, 1, "op", "ann", &e));
	assert_int_equal(query("SELECT count(*) FROM secret WHERE purpose = 11"), 0);
	MUST(enrolment_put(s, &b, &put, 1, "op", "", &e));
	MUST(tenant_remove(s, t.id, &e));
	assert_int_equal(query("SELECT count(*) FROM secret WHERE purpose IN (11, 12)"), 0);
	assert_int_equal(query("SELECT (SELECT count(*) FROM enrolment) + (SELECT count(*) FROM enrolment_row)"), 0);
	secret_clear(&key);
	secret_clear(&password);
}

static void many_passwords_are_made(void **state) {
	enum { MANY = 450 };
	static struct enrolment_put rows[MANY];
	static char mails[MANY][40];
	int64_t ids[MANY];
	struct err e;
	(void)state;
	for (int i = 0; i < MANY; i++) {
		snprintf(mails[i], sizeof mails[i], "u%d@contoso.test", i);
		rows[i] = (struct enrolment_put){ .mail = mails[i], .user = "U" };
	}
	MUST(enrolment_put(s, &b, rows, MANY, "op", "", &e));
	for (int i = 0; i < MANY; i++)
		ids[i] = i + 1;
	MUST(enrolment_passwords(s, &b, ids, MANY, "op", &e));
	assert_int_equal(query("SELECT count(*) FROM secret WHERE purpose = 11"), MANY);
	assert_int_equal(query("SELECT count(DISTINCT sealed) FROM secret WHERE purpose = 11"), MANY);
	assert_int_equal(query("SELECT count(*) FROM enrolment_row WHERE expires > 0"), MANY);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, project_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_check_finds_its_own),
		cmocka_unit_test(notes_stop_nothing),
		cmocka_unit_test(addresses_are_told_from_other_texts),
		cmocka_unit_test(contract_values_are_checked),
		cmocka_unit_test(states_follow_each_other),
		cmocka_unit_test(policies_say_where_they_are_from),
		T(only_licensed_users_with_a_mailbox_are_taken),
		T(rows_become_ready),
		T(one_user_has_one_server),
		T(secrets_are_sealed_and_go_with_their_rows),
		T(many_passwords_are_made),
	};
	return cmocka_run_group_tests_name("admin/enrolment", tests, NULL, NULL);
}
