/* SPDX-License-Identifier: MIT
 *
 * test_mutations.c - 10,000 damaged lists: nothing crashes (run it under ASan), and what comes out
 * always holds together.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "import/import.h"

#define FILES 10000
#define BYTES_MAX 4096

static uint64_t next(uint64_t *seed) {
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static const struct {
	const char *bytes;
	size_t len;
} originals[] = {
#define LIST(text) { text, sizeof text - 1 }
	LIST("SourceIdentity,SourceServer,SourceLoginID,SourcePassword,TargetIdentity\n"
	     "a@x.org,imap.x.org,a,p w,a@y.org\nb@x.org,imaps://h:993,b,\"p,\"\"w\",b@y.org\n\n"
	     "c@x.org,pop3://[::1]:110,c,\"p\nw\",c@y.org\r\n"),
	LIST("\xEF\xBB\xBF"
	     "EmailAddress;UserName;Password;UserRoot;SourceServer;SourcePort;SourceSecurity;Batch\r\n"
	     "j\xC3\xB6rg@x.org;x/admin/j;p\xE2\x82\xACw ;/pub;h;993;tls;one\r\n"
	     "b@x.org;b;\"p;w\";;h;143;starttls;\r\nb@x.org;b;p;;h;143;none;two\r\n"),
	LIST("\xFF\xFEP\0a\0s\0s\0w\0o\0r\0d\0\t\0U\0s\0e\0r\0N\0a\0m\0e\0\t\0E\0m\0a\0i\0l\0A\0d\0d\0r\0e\0s\0s\0\r\0"
	     "\n\0"
	     "p\0\xAC\x20\t\0a\0\t\0a\0@\0x\0\r\0\n\0=\xD8\x00\xDE\t\0b\0\t\0b\0@\0x\0\n\0"),
	LIST("Password\tTargetIdentity\tSourceServer\tSourceLoginID\tSourceIdentity\tTargetServer\n"
	     "p\xE9\t\xFC@x.org\th\tj\xF6rg\tj@y\timaps://t\np\tk@x\th\tk\tk@y\tt:1\n"),
#undef LIST
};

static size_t mutate(unsigned char *to, uint64_t *seed) {
	static const unsigned char special[] = "\"\"\",;\t\r\n\0\x80\xC3\xE2\xFF\xFE@: \x1b";
	size_t pick = next(seed) % (sizeof originals / sizeof *originals), n = originals[pick].len;
	memcpy(to, originals[pick].bytes, n);
	/* In most lists the header stays, so that there are rows behind it; with UTF-16 a NUL follows its LF. */
	const unsigned char *lf = memchr(to, '\n', n);
	size_t keep = lf && next(seed) % 4 ? (size_t)(lf - to) + 2 : 0;
	for (size_t changes = 1 + next(seed) % 6; changes; changes--) {
		size_t at = n > keep ? keep + next(seed) % (n - keep) : n, len = 1 + next(seed) % 30;
		switch (next(seed) % 6) {
		case 0:
			if (at < n)
				to[at] = (unsigned char)next(seed);
			break;
		case 1:
			if (at < n)
				to[at] = special[next(seed) % (sizeof special - 1)];
			break;
		case 2: /* insert */
			memmove(to + at + 1, to + at, n - at);
			to[at] = special[next(seed) % (sizeof special - 1)];
			n++;
			break;
		case 3: /* cut out */
			len = len < n - at ? len : n - at;
			memmove(to + at, to + at + len, n - at - len);
			n -= len;
			break;
		case 4: /* say twice */
			len = len < n - at ? len : n - at;
			memmove(to + at + len, to + at, n - at);
			n += len;
			break;
		default: /* cut off */
			if (next(seed) % 8 == 0)
				n = at;
		}
	}
	return n;
}

static void import_it(const unsigned char *bytes, size_t n, uint64_t *seed, struct import_result *r) {
	struct import_options o = { .target_known = next(seed) % 2, .target_admin = next(seed) % 2 };
	struct err e = { 0 };
	endpoint_init(&o.source);
	endpoint_init(&o.target);
	if (next(seed) % 2)
		assert_true(endpoint_parse_server(&o.source, "imaps://old.example", &e));
	int fd = memfd_create("list", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	if (!import_csv_fd(fd, "list", &o, r, &e))
		fail_msg("import failed: %s", e.text);
	close(fd);
}

static void check_problems(const struct import_result *r, size_t lines) {
	size_t notes = 0, errors = 0;
	for (size_t i = 0; i < r->problem_count; i++) {
		const struct import_problem *p = &r->problems[i];
		notes += p->level == PROBLEM_NOTE;
		errors += p->level != PROBLEM_NOTE;
		assert_true(p->text[0] != '\0');
		assert_true(p->line <= lines);
		assert_true(i == 0 || r->problems[i - 1].line <= p->line);
		assert_true(p->level != PROBLEM_FATAL || r->spec_count == 0);
		for (const char *s = p->text; *s; s++)
			assert_true((unsigned char)*s >= 0x20);
		for (const char *s = p->column; *s; s++)
			assert_true((unsigned char)*s >= 0x20);
	}
	assert_int_equal(notes, r->notes);
	assert_int_equal(errors, r->errors);
}

static void check_rows(const struct import_result *r) {
	unsigned last = 0;
	assert_true(r->spec_count + r->duplicates <= r->rows);
	/* a row is good, a duplicate, or has an error */
	assert_true(r->errors || r->spec_count + r->duplicates == r->rows);
	for (size_t i = 0; i < r->spec_count; i++) {
		struct mailbox_spec s;
		struct err e;
		unsigned line;
		assert_true(import_spec(r, i, &s, &line, &e));
		assert_true(line > last);
		last = line;
		assert_true(s.source_identity[0] && s.target_identity[0] && s.source.host[0] && s.source.login[0]);
		assert_true(secret_present(&s.source.password) && s.source.password.len > 0);
		assert_null(strpbrk(s.source_identity, "\r\n"));
		assert_null(strpbrk(s.source.login, "\r\n"));
		assert_null(strpbrk(s.source.password.data, "\r\n"));
		assert_int_equal(s.target.proto, PROTO_IMAP);
		import_spec_clear(&s);
	}
}

static void damaged_lists_hold_together(void **state) {
	(void)state;
	uint64_t seed = 0x9E3779B97F4A7C15ULL;
	size_t good = 0, bad = 0;
	static unsigned char bytes[BYTES_MAX];
	for (size_t i = 0; i < FILES; i++) {
		struct import_result r;
		size_t n = mutate(bytes, &seed), lines = 2;
		for (size_t k = 0; k < n; k++)
			lines += bytes[k] == '\n' || bytes[k] == '\r';
		import_it(bytes, n, &seed, &r);
		check_problems(&r, lines);
		check_rows(&r);
		good += r.spec_count;
		bad += r.errors;
		import_free(&r);
	}
	print_message("%d lists: %zu good rows, %zu errors\n", FILES, good, bad);
	assert_true(good > FILES / 4); /* the damage is not so heavy that nothing behind the header is reached */
	assert_true(bad > FILES / 4);
}

int main(void) {
	const struct CMUnitTest tests[] = { cmocka_unit_test(damaged_lists_hold_together) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
