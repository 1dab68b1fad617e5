/* SPDX-License-Identifier: MIT
 *
 * test_vault.c - seals open only where they belong, and no file of a project shows a secret.
 */
#include "tests/unit/store/fixture.h"

#include <dirent.h>

#include "core/store/commands.h"

static char dir[64];

static int setup(void **state) {
	(void)state;
	dir_make(dir);
	return 0;
}

static int teardown(void **state) {
	(void)state;
	dir_remove(dir);
	return 0;
}

static void test_seal_and_unseal(void **state) {
	struct err e;
	struct vault v, other;
	struct secret plain = { 0 }, back = { 0 };
	unsigned char *blob, *again;
	size_t n, m;
	char elsewhere[64];
	(void)state;
	MUST(vault_open(&v, dir, true, &e));
	assert_true(secret_set(&plain, "p\xc3\xa4ss word ", 11));
	MUST(vault_seal(&v, VAULT_SOURCE_PASSWORD, 7, &plain, &blob, &n, &e));
	assert_int_equal(n, 11 + VAULT_OVERHEAD);
	MUST(vault_seal(&v, VAULT_SOURCE_PASSWORD, 7, &plain, &again, &m, &e));
	assert_memory_not_equal(blob, again, n); /* a nonce each */
	MUST(vault_unseal(&v, VAULT_SOURCE_PASSWORD, 7, blob, n, &back, &e));
	assert_int_equal(back.len, 11);
	assert_memory_equal(back.data, plain.data, 11);
	assert_true(vault_holds(&v, VAULT_SOURCE_PASSWORD, 7, blob, n, &plain));
	/* Not in another row, not for another purpose, not when touched, not with another key. */
	REFUSED(vault_unseal(&v, VAULT_SOURCE_PASSWORD, 8, blob, n, &back, &e), ERR_VAULT_LOCKED);
	REFUSED(vault_unseal(&v, VAULT_TARGET_PASSWORD, 7, blob, n, &back, &e), ERR_VAULT_LOCKED);
	assert_false(vault_holds(&v, VAULT_TARGET_PASSWORD, 7, blob, n, &plain));
	for (size_t i = 0; i < n; i++) {
		blob[i] ^= 1;
		REFUSED(vault_unseal(&v, VAULT_SOURCE_PASSWORD, 7, blob, n, &back, &e), ERR_VAULT_LOCKED);
		blob[i] ^= 1;
	}
	for (size_t cut = 0; cut < n; cut++)
		REFUSED(vault_unseal(&v, VAULT_SOURCE_PASSWORD, 7, blob, cut, &back, &e), ERR_VAULT_LOCKED);
	dir_make(elsewhere);
	MUST(vault_open(&other, elsewhere, true, &e));
	REFUSED(vault_unseal(&other, VAULT_SOURCE_PASSWORD, 7, blob, n, &back, &e), ERR_VAULT_LOCKED);
	vault_close(&other);
	dir_remove(elsewhere);
	MUST(vault_open(&other, dir, false, &e)); /* the same key again */
	MUST(vault_unseal(&other, VAULT_SOURCE_PASSWORD, 7, blob, n, &back, &e));
	vault_close(&other);
	vault_close(&v);
	REFUSED(vault_seal(&v, VAULT_SOURCE_PASSWORD, 7, &plain, &again, &m, &e), ERR_VAULT_LOCKED);
	secret_clear(&plain);
	secret_clear(&back);
	free(blob);
	free(again);
}

static void add_with_password(struct store *s, const char *password) {
	struct err e;
	struct add_result r;
	struct mailbox_spec *m = calloc(1, sizeof *m);
	assert_non_null(m);
	fill_spec(m, 1);
	assert_true(secret_set(&m->source.password, password, strlen(password)));
	assert_true(secret_set(&m->target.password, password, strlen(password)));
	MUST(mailboxes_add(s, m, 1, &r, &e));
	secret_clear(&m->source.password);
	secret_clear(&m->target.password);
	free(m);
}

/* Is the text in any file of the project? The project is closed: reading its files would end SQLite's locks. */
static bool in_files(const char *text) {
	bool found = false;
	char path[512];
	DIR *d = opendir(dir);
	assert_non_null(d);
	for (struct dirent *entry; (entry = readdir(d));) {
		snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
		FILE *f = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
		if (!f)
			continue;
		struct stat st;
		assert_int_equal(fstat(fileno(f), &st), 0);
		char *all = malloc((size_t)st.st_size + 1);
		assert_non_null(all);
		size_t n = fread(all, 1, (size_t)st.st_size, f);
		found = found || memmem(all, n, text, strlen(text));
		free(all);
		fclose(f);
	}
	closedir(d);
	return found;
}

static void test_no_file_shows_a_secret(void **state) {
	struct err e;
	struct command_result r;
	static const char first[] = "Tr0ub4dor&3-first", second[] = "Tr0ub4dor&3-second";
	(void)state;
	/* A child that dies without closing leaves the write-ahead log as it is. */
	pid_t pid = fork();
	if (pid == 0) {
		struct store *s = store_open(dir, STORE_CREATE, NULL, &e);
		if (!s)
			_exit(1);
		add_with_password(s, first);
		add_with_password(s, second);
		_exit(0);
	}
	int status;
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(in_files("user00001@old.example")); /* the search works */
	assert_false(in_files(first));
	assert_false(in_files(second));
	struct store *s = open_store(dir, STORE_MUST_EXIST);
	struct endpoint src, dst;
	MUST(mailbox_endpoints(s, 1, &src, &dst, &e));
	assert_string_equal(src.password.data, second);
	assert_string_equal(dst.password.data, second);
	endpoint_clear(&src);
	endpoint_clear(&dst);
	store_close(s); /* everything is in the database file now */
	assert_true(in_files("user00001@old.example"));
	assert_false(in_files(first));
	assert_false(in_files(second));
	assert_int_equal(query_int(dir, "SELECT count(*) FROM secret"), 2);
	s = open_store(dir, STORE_MUST_EXIST);
	MUST(command_issue(s, CMD_REMOVE, NULL, "test", &r, &e));
	store_close(s);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM secret"), 0);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM mailbox"), 0);
	assert_int_equal(query_int(dir, "SELECT count(*) FROM endpoint"), 0);
	assert_false(in_files("user00001@old.example")); /* secure_delete */
}

static void test_lost_key_locks(void **state) {
	struct err e;
	struct endpoint src, dst;
	char path[128];
	(void)state;
	struct store *s = open_store(dir, STORE_CREATE);
	add_with_password(s, "something");
	store_close(s);
	snprintf(path, sizeof path, "%s/" VAULT_FILE, dir);
	assert_int_equal(unlink(path), 0);
	s = open_store(dir, STORE_CREATE); /* no new key behind the operator's back */
	assert_int_not_equal(access(path, F_OK), 0);
	REFUSED(mailbox_endpoints(s, 1, &src, &dst, &e), ERR_VAULT_LOCKED);
	assert_false(secret_present(&src.password));
	store_close(s);
}

/* Sealed blobs exchanged between two rows of the database do not open. */
static void test_swapped_rows(void **state) {
	struct err e;
	struct endpoint src, dst;
	struct db db;
	(void)state;
	struct store *s = open_store(dir, STORE_CREATE);
	add_with_password(s, "something");
	store_close(s);
	MUST(db_open(&db, dir, DB_WRITE, &e));
	MUST(db_exec(&db, "UPDATE secret SET sealed = (SELECT sealed FROM secret WHERE purpose = 2) WHERE purpose = 1",
		     &e));
	db_close(&db);
	s = open_store(dir, STORE_MUST_EXIST);
	REFUSED(mailbox_endpoints(s, 1, &src, &dst, &e), ERR_VAULT_LOCKED);
	store_close(s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_seal_and_unseal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_file_shows_a_secret, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost_key_locks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_swapped_rows, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
