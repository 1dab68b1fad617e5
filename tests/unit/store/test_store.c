/* SPDX-License-Identifier: MIT
 *
 * test_store.c - making, opening and refusing a project.
 */
#include "tests/unit/store/fixture.h"

#include <fcntl.h>

#include "core/store/project_dir.h"
#include "core/store/schema.h"

static char base[64], dir[128];

static int setup(void **state) {
	(void)state;
	dir_make(base);
	snprintf(dir, sizeof dir, "%s/a/project", base);
	return 0;
}

static int teardown(void **state) {
	(void)state;
	dir_remove(base);
	return 0;
}

static void path_in(char dst[256], const char *name) {
	snprintf(dst, 256, "%s/%s", dir, name);
}

static unsigned mode_of(const char *path) {
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

static void sql(const char *text) {
	struct err e;
	struct db db;
	MUST(db_open(&db, dir, DB_WRITE, &e));
	MUST(db_exec(&db, text, &e));
	db_close(&db);
}

static void test_create_and_reopen(void **state) {
	struct err e;
	char path[256];
	(void)state;
	REFUSED(store_open(dir, STORE_MUST_EXIST, NULL, &e), ERR_INPUT);
	umask(0);
	store_close(open_store(dir, STORE_CREATE));
	umask(022);
	assert_int_equal(mode_of(dir), 0700);
	path_in(path, DB_FILE);
	assert_int_equal(mode_of(path), 0600);
	path_in(path, VAULT_FILE);
	assert_int_equal(mode_of(path), 0600);
	struct store *s = open_store(dir, STORE_MUST_EXIST);
	assert_string_equal(store_dir(s), dir);
	MUST(setting_set(s, "jobs", "12", &e));
	store_close(s);
	s = open_store(dir, STORE_CREATE);
	char value[16];
	MUST(setting_get(s, "jobs", value, sizeof value, "8", &e));
	assert_string_equal(value, "12");
	MUST(setting_get(s, "settle_ms", value, sizeof value, "2000", &e));
	assert_string_equal(value, "2000");
	REFUSED(setting_get(s, "jobs", value, 2, "", &e), ERR_INPUT);
	REFUSED(setting_set(s, "target.admin", "authzid", &e), ERR_INPUT);
	store_close(s);
}

static void test_wal_files_are_private(void **state) {
	char path[256];
	(void)state;
	umask(0);
	struct store *s = open_store(dir, STORE_CREATE);
	add_many(s, 3);
	umask(022);
	path_in(path, DB_FILE "-wal");
	assert_int_equal(mode_of(path), 0600);
	path_in(path, DB_FILE "-shm");
	assert_int_equal(mode_of(path), 0600);
	store_close(s);
}

static void test_permissions_refused(void **state) {
	struct err e;
	char path[256];
	(void)state;
	store_close(open_store(dir, STORE_CREATE));
	chmod(dir, 0750);
	REFUSED(store_open(dir, STORE_CREATE, NULL, &e), ERR_INPUT);
	assert_non_null(strstr(e.text, "chmod 700"));
	chmod(dir, 0700);
	path_in(path, VAULT_FILE);
	chmod(path, 0640);
	REFUSED(store_open(dir, STORE_CREATE, NULL, &e), ERR_INPUT);
	assert_non_null(strstr(e.text, "chmod 600"));
	chmod(path, 0600);
	path_in(path, DB_FILE);
	chmod(path, 0644);
	REFUSED(store_open(dir, STORE_CREATE, NULL, &e), ERR_INPUT);
	chmod(path, 0600);
	store_close(open_store(dir, STORE_MUST_EXIST));
}

static void test_damaged_key_refused(void **state) {
	struct err e;
	char path[256];
	(void)state;
	store_close(open_store(dir, STORE_CREATE));
	path_in(path, VAULT_FILE);
	assert_int_equal(truncate(path, 31), 0);
	REFUSED(store_open(dir, STORE_CREATE, NULL, &e), ERR_INPUT);
}

static void test_not_a_directory(void **state) {
	struct err e;
	(void)state;
	snprintf(dir, sizeof dir, "%s/file", base);
	close(open(dir, O_CREAT | O_WRONLY, 0600));
	REFUSED(store_open(dir, STORE_CREATE, NULL, &e), ERR_INPUT);
	REFUSED(store_open(dir, STORE_MUST_EXIST, NULL, &e), ERR_INPUT);
}

static void test_schema_versions(void **state) {
	struct err e;
	char text[64];
	(void)state;
	/* An empty database is version 0 and is brought forward. */
	bool created;
	MUST(project_dir_prepare(dir, STORE_CREATE, &created, &e));
	assert_true(created);
	assert_int_equal(query_int(dir, "PRAGMA user_version"), 0);
	struct store *s = open_store(dir, STORE_MUST_EXIST);
	add_many(s, 1);
	store_close(s);
	assert_int_equal(query_int(dir, "PRAGMA user_version"), schema_version());
	assert_int_equal(query_int(dir, "PRAGMA application_id"), SCHEMA_APPLICATION_ID);
	/* Opening again changes nothing. */
	store_close(open_store(dir, STORE_MUST_EXIST));
	assert_int_equal(query_int(dir, "SELECT count(*) FROM mailbox"), 1);
	snprintf(text, sizeof text, "PRAGMA user_version=%d", schema_version() + 1);
	sql(text);
	REFUSED(store_open(dir, STORE_CREATE, NULL, &e), ERR_INPUT);
	assert_non_null(strstr(e.text, "newer"));
	assert_int_equal(query_int(dir, "PRAGMA user_version"), schema_version() + 1);
	snprintf(text, sizeof text, "PRAGMA user_version=%d; PRAGMA application_id=7", schema_version());
	sql(text);
	REFUSED(store_open(dir, STORE_CREATE, NULL, &e), ERR_INPUT);
}

static void test_not_a_database(void **state) {
	struct err e;
	char path[256];
	(void)state;
	store_close(open_store(dir, STORE_CREATE));
	path_in(path, DB_FILE);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	for (int i = 0; i < 1000; i++)
		fputs("this is no database at all\n", f);
	fclose(f);
	REFUSED(store_open(dir, STORE_CREATE, NULL, &e), ERR_LOCAL_DISK);
}

static void test_network_filesystems(void **state) {
	(void)state;
	assert_string_equal(filesystem_refusal(0x6969, ""), "NFS");
	assert_string_equal(filesystem_refusal(0xff534d42UL, ""), "CIFS");
	assert_string_equal(filesystem_refusal(0xfe534d42UL, ""), "SMB2");
	assert_string_equal(filesystem_refusal(0x65735546, "fuse.sshfs"), "fuse.sshfs");
	assert_string_equal(filesystem_refusal(0x65735546, ""), "FUSE");
	assert_null(filesystem_refusal(0x65735546, "fuseblk"));
	assert_null(filesystem_refusal(0xef53, ""));	 /* ext */
	assert_null(filesystem_refusal(0x58465342, "")); /* xfs */
	assert_null(filesystem_refusal(0x01021994, "")); /* tmpfs */
}

static void test_version_moves_with_any_commit(void **state) {
	struct err e;
	(void)state;
	struct store *a = open_store(dir, STORE_CREATE), *b = open_store(dir, STORE_MUST_EXIST);
	uint64_t va = store_version(a), vb = store_version(b);
	assert_int_equal(store_version(a), va);
	MUST(setting_set(a, "jobs", "3", &e));
	assert_int_not_equal(store_version(a), va);
	assert_int_not_equal(store_version(b), vb);
	va = store_version(a);
	vb = store_version(b);
	assert_int_equal(store_version(b), vb);
	MUST(setting_set(b, "jobs", "4", &e));
	assert_int_not_equal(store_version(a), va);
	store_close(a);
	store_close(b);
}

static void test_spool(void **state) {
	struct err e;
	struct stat st;
	char buf[6] = "";
	(void)state;
	struct store *s = open_store(dir, STORE_CREATE);
	int fd = store_spool(s, &e);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(write(fd, "hello", 5), 5);
	assert_int_equal(pread(fd, buf, 5, 0), 5);
	assert_string_equal(buf, "hello");
	close(fd);
	store_close(s);
}

static void test_default_dir(void **state) {
	struct err e;
	char path[256];
	(void)state;
	setenv("XDG_DATA_HOME", "/data", 1);
	MUST(store_default_dir(path, sizeof path, &e));
	assert_string_equal(path, "/data/mailvan/default");
	setenv("XDG_DATA_HOME", "relative", 1);
	setenv("HOME", "/home/anna", 1);
	MUST(store_default_dir(path, sizeof path, &e));
	assert_string_equal(path, "/home/anna/.local/share/mailvan/default");
	REFUSED(store_default_dir(path, 10, &e), ERR_INPUT);
}

/* Two processes that make a project at once end up with one schema and one key. */
static void test_made_by_two_at_once(void **state) {
	(void)state;
	for (int round = 0; round < 5; round++) {
		pid_t children[4];
		snprintf(dir, sizeof dir, "%s/race%d", base, round);
		for (int i = 0; i < 4; i++) {
			children[i] = fork();
			if (children[i] == 0) {
				struct err e;
				struct store *s = store_open(dir, STORE_CREATE, NULL, &e);
				store_close(s);
				_exit(s ? 0 : 1);
			}
		}
		for (int i = 0; i < 4; i++) {
			int status;
			assert_int_equal(waitpid(children[i], &status, 0), children[i]);
			assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		}
		store_close(open_store(dir, STORE_MUST_EXIST));
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_create_and_reopen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wal_files_are_private, setup, teardown),
		cmocka_unit_test_setup_teardown(test_permissions_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged_key_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_a_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_schema_versions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_a_database, setup, teardown),
		cmocka_unit_test(test_network_filesystems),
		cmocka_unit_test_setup_teardown(test_version_moves_with_any_commit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_spool, setup, teardown),
		cmocka_unit_test_setup_teardown(test_default_dir, setup, teardown),
		cmocka_unit_test_setup_teardown(test_made_by_two_at_once, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
