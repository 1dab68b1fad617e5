/* SPDX-License-Identifier: MIT
 *
 * test_dialogs.c - adding lists, the target form and exporting, with real files and a real store.
 */
#include <fcntl.h>
#include <jansson.h>

#include "tui/view/edit.h"
#include "tests/unit/tui/open_console.h"

static char csv[128];

static void write_csv(const char *text) {
	FILE *f = fopen(csv, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static int setup(void **state) {
	project_setup(state);
	snprintf(csv, sizeof csv, "%s/users.csv", dir);
	c = console_on(s, 100, 30);
	return 0;
}

static uint64_t mailboxes(void) {
	struct err e;
	uint64_t n;
	MUST(mailboxes_count(s, &(struct mailbox_filter){ 0 }, &n, &e));
	return n;
}

static void add_file(void) {
	press(c, "a");
	type(c, csv);
	press(c, "F2");
	finish_job(c);
}

#define HEADER "SourceIdentity,SourceServer,SourceLoginID,SourcePassword,TargetIdentity"

static void a_clean_list_with_targets_is_stored(void **state) {
	(void)state;
	write_csv(HEADER ",TargetServer\nanna@a.example,old.example,anna,Secr3tPw,anna@b.example,new.example\n");
	add_file();
	assert_true(on_screen(c, "Store 1 good row"));
	assert_false(on_screen(c, "Secr3tPw"));
	assert_int_equal(mailboxes(), 0); /* nothing before the operator accepts */
	press(c, "Enter");
	finish_job(c);
	assert_int_equal(mailboxes(), 1);
	assert_true(on_screen(c, "1 mailboxes added, 0 updated, 0 were there already"));
	add_file();
	press(c, "Enter");
	finish_job(c);
	assert_int_equal(mailboxes(), 1);
	assert_true(on_screen(c, "0 mailboxes added, 0 updated, 1 were there already"));
}

/* A list whose wrong target was corrected: the first row is still in the project, and would go on. */
static void a_corrected_target_is_a_second_mailbox(void **state) {
	(void)state;
	write_csv(HEADER ",TargetServer\nanna@a.example,old.example,anna,Secr3tPw,wrong@b.example,new.example\n");
	add_file();
	press(c, "Enter");
	finish_job(c);
	assert_false(on_screen(c, "Is this what you meant?"));
	write_csv(HEADER ",TargetServer\nanna@a.example,old.example,anna,Secr3tPw,anna@b.example,new.example\n");
	add_file();
	press(c, "Enter");
	finish_job(c);
	assert_int_equal(mailboxes(), 2);
	assert_true(on_screen(c, "Is this what you meant?"));
	assert_true(on_screen(c, "wrong@b.example"));
	assert_true(on_screen(c, "mailvan remove 1"));
	press(c, "Enter");
	assert_false(on_screen(c, "Is this what you meant?"));
}

static void problems_are_shown_and_nothing_is_stored(void **state) {
	(void)state;
	write_csv(HEADER ",TargetServer\n"
			 "anna@a.example,old.example,anna,Secr3tPw,anna@b.example,new.example\n"
			 "bob@a.example,old.example,,Secr3tPw,bob@b.example,new.example\n"
			 "carla@a.example,old.example:99999,carla,Secr3tPw,carla@b.example,new.example\n");
	add_file();
	assert_true(on_screen(c, "2 errors"));
	assert_true(on_screen(c, "line 3, SourceLoginID"));
	assert_true(on_screen(c, "line 4, SourceServer"));
	press(c, "Enter"); /* with errors, Enter means Cancel */
	assert_int_equal(mailboxes(), 0);
	assert_true(on_screen(c, "Nothing was stored"));
	add_file();
	press(c, "Tab");
	press(c, "Enter");
	finish_job(c);
	assert_int_equal(mailboxes(), 1);
}

static void without_a_target_the_form_asks_for_one(void **state) {
	struct err e;
	struct target_settings t;
	(void)state;
	write_csv(HEADER "\nanna@a.example,old.example,anna,Secr3tPw,anna@b.example\n");
	add_file();
	assert_true(on_screen(c, "Target server"));
	press(c, "F2");
	assert_true(on_screen(c, "Name the server that the mail goes to")); /* the form stays */
	type(c, "pop3s://new.example");
	press(c, "F2");
	assert_true(on_screen(c, "must be an IMAP server"));
	press(c, "Ctrl+U");
	type(c, "imap://new.example");
	press(c, "Down");
	press(c, "Down");
	press(c, "Down");
	press(c, "Right"); /* one admin login */
	press(c, "Down");
	type(c, "root");
	press(c, "Down");
	type(c, "Hidd3nPw");
	assert_false(on_screen(c, "Hidd3nPw"));
	assert_true(on_screen(c, "●●●●●●●●"));
	press(c, "F2");
	finish_job(c);
	MUST(target_settings_get(s, &t, &e));
	assert_string_equal(t.server.host, "new.example");
	assert_int_equal(t.server.security, SEC_STARTTLS);
	assert_int_equal(t.admin, ADMIN_AUTHZID);
	assert_string_equal(t.server.login, "root");
	endpoint_clear(&t.server);
	assert_true(on_screen(c, "Store 1 good row")); /* the file was read again */
	press(c, "Enter");
	finish_job(c);
	assert_int_equal(mailboxes(), 1);
	struct endpoint source, target;
	MUST(mailbox_endpoints(s, 1, &source, &target, &e));
	assert_string_equal(target.password.data, "Hidd3nPw");
	assert_string_equal(target.authzid, "anna@b.example");
	endpoint_clear(&source);
	endpoint_clear(&target);
}

/* A source that is its own target would be copied into itself. It names a server: none is asked for. */
static void a_mailbox_that_is_its_own_target_is_refused(void **state) {
	(void)state;
	write_csv(HEADER ",TargetServer\nanna@a.example,imaps://old.example,anna@a.example,Secr3tPw,anna@a.example,"
			 "OLD.example:993\n");
	add_file();
	assert_true(on_screen(c, "1 error"));
	assert_true(on_screen(c, "line 2, TargetServer"));
	assert_true(on_screen(c, "Source and target are the same mailbox"));
	press(c, "Enter");
	assert_true(on_screen(c, "Nothing was stored"));
	assert_int_equal(mailboxes(), 0);
}

/* The list was good as long as nobody had named the server that the mail goes to. */
static void the_source_as_target_is_refused(void **state) {
	(void)state;
	write_csv(HEADER ",TargetServer\nanna@a.example,imaps://old.example,anna@a.example,Secr3tPw,anna@a.example,\n"
			 "bob@a.example,imaps://old.example,bob@a.example,Secr3tPw,bob@b.example,\n");
	add_file();
	assert_true(on_screen(c, "Target server"));
	type(c, "imaps://old.example");
	press(c, "F2");
	finish_job(c);
	assert_true(on_screen(c, "line 2, SourceServer"));
	assert_true(on_screen(c, "Source and target are the same mailbox"));
	press(c, "Enter");
	assert_true(on_screen(c, "Nothing was stored"));
	assert_int_equal(mailboxes(), 0);
}

/* A connected tenant is one of the ways to log in: neither a server nor a password is asked for. */
static void a_tenant_is_a_target(void **state) {
	struct err e;
	struct target_settings t;
	struct secret secret = { 0 };
	struct tenant tenant = { .sign_in = SIGN_IN_SECRET,
				 .name = "contoso.test",
				 .imap = "imap.contoso.test:1993",
				 .client_id = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee" };
	(void)state;
	assert_true(secret_set(&secret, "s3cret", 6));
	MUST(tenant_save(s, &tenant, &secret, NULL, &e));
	secret_clear(&secret);
	write_csv(HEADER "\nanna@a.example,old.example,anna,Secr3tPw,anna@contoso.test\n");
	add_file();
	assert_true(on_screen(c, "Target server"));
	press(c, "Down");
	press(c, "Down");
	press(c, "Down");
	press(c, "Left"); /* the last choice */
	assert_true(on_screen(c, "token of contoso.test, no password"));
	press(c, "F2");
	finish_job(c);
	MUST(target_settings_get(s, &t, &e));
	assert_int_equal(t.server.tenant, tenant.id);
	assert_string_equal(t.server.host, "imap.contoso.test");
	assert_int_equal(t.admin, ADMIN_NONE);
	endpoint_clear(&t.server);
	assert_true(on_screen(c, "Store 1 good row"));
	press(c, "Enter");
	finish_job(c);
	struct endpoint source, target;
	MUST(mailbox_endpoints(s, 1, &source, &target, &e));
	assert_int_equal(target.tenant, tenant.id);
	assert_string_equal(target.login, "anna@contoso.test");
	assert_false(secret_present(&target.password));
	endpoint_clear(&source);
	endpoint_clear(&target);
}

static void cancelling_the_target_stores_nothing(void **state) {
	(void)state;
	write_csv(HEADER "\nanna@a.example,old.example,anna,Secr3tPw,anna@b.example\n");
	add_file();
	press(c, "Esc");
	assert_null(c->dialogs);
	assert_int_equal(mailboxes(), 0);
}

static void a_file_that_is_not_there_is_said(void **state) {
	(void)state;
	add_file();
	assert_null(c->dialogs);
	assert_true(c->note_bad);
	assert_true(on_screen(c, "users.csv"));
}

static void leaving_while_a_job_runs_is_clean(void **state) {
	(void)state;
	write_csv(HEADER "\nanna@a.example,old.example,anna,Secr3tPw,anna@b.example\n");
	press(c, "a");
	type(c, csv);
	press(c, "F2");
	press(c, "Ctrl+D");
	assert_true(c->leave); /* teardown frees the console with the job still there */
}

static char *whole_file(const char *path, char *dst, size_t size) {
	FILE *f = fopen(path, "r");
	if (!f)
		fail_msg("%s was not written", path);
	size_t n = fread(dst, 1, size - 1, f);
	dst[n] = '\0';
	fclose(f);
	return dst;
}

static void the_list_is_exported_as_filtered(void **state) {
	char path[160], text[16384], command[200];
	struct stat st;
	(void)state;
	seed_project(s);
	console_refresh(c);
	type(c, "/an");
	press(c, "Enter"); /* anna, frank, hans */
	snprintf(path, sizeof path, "%s/list.csv", dir);
	snprintf(command, sizeof command, ":export csv %s", path);
	type(c, command);
	press(c, "Enter");
	finish_job(c);
	whole_file(path, text, sizeof text);
	assert_non_null(strstr(text, "\"anna@contoso.com\",\"anna@fabrikam.com\",\"wave-1\""));
	assert_non_null(strstr(text, "\"hans@contoso.com\""));
	assert_null(strstr(text, "carla"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	type(c, command); /* an existing file stays */
	press(c, "Enter");
	assert_true(c->note_bad && on_screen(c, "is there already"));
	press(c, "x");
	press(c, "Right"); /* JSON */
	press(c, "Down");
	press(c, "Ctrl+U");
	snprintf(path, sizeof path, "%s/list.json", dir);
	type(c, path);
	press(c, "F2");
	finish_job(c);
	json_t *doc = json_loads(whole_file(path, text, sizeof text), 0, NULL);
	assert_non_null(doc);
	assert_int_equal(json_array_size(json_object_get(doc, "mailboxes")), 3);
	json_decref(doc);
}

static void paths_are_completed(void **state) {
	struct edit edit = { 0 };
	char path[200];
	(void)state;
	snprintf(path, sizeof path, "%s/users-one.csv", dir);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	snprintf(path, sizeof path, "%s/users-two.csv", dir);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	snprintf(path, sizeof path, "%s/us", dir);
	edit_set(&edit, path);
	assert_true(edit_complete_path(&edit));
	snprintf(path, sizeof path, "%s/users-", dir);
	assert_string_equal(edit.text, path);
	edit_key(&edit, &(struct key){ .code = 't' });
	assert_true(edit_complete_path(&edit));
	snprintf(path, sizeof path, "%s/users-two.csv", dir);
	assert_string_equal(edit.text, path);
	edit_set(&edit, "/nowhere/at/all");
	assert_false(edit_complete_path(&edit));
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	const struct CMUnitTest tests[] = {
		TEST(a_clean_list_with_targets_is_stored),
		TEST(a_corrected_target_is_a_second_mailbox),
		TEST(problems_are_shown_and_nothing_is_stored),
		TEST(a_mailbox_that_is_its_own_target_is_refused),
		TEST(the_source_as_target_is_refused),
		TEST(a_tenant_is_a_target),
		TEST(without_a_target_the_form_asks_for_one),
		TEST(cancelling_the_target_stores_nothing),
		TEST(a_file_that_is_not_there_is_said),
		TEST(leaving_while_a_job_runs_is_clean),
		TEST(the_list_is_exported_as_filtered),
		TEST(paths_are_completed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
