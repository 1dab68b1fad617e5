/* SPDX-License-Identifier: MIT
 *
 * test_import.c - lists as operators have them: what becomes of each row, and every problem with its line.
 *
 * Passwords in these lists hold SECRET, and no problem may.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "import/import.h"

#define SECRET "s3cr"
#define CLASSIC "SourceIdentity,SourceServer,SourceLoginID,SourcePassword,TargetIdentity\n"
#define ROW(n) n "@x.org,imap.x.org," n ",s3cr" n "," n "@y.org\n"

enum options { KNOWN = 0, UNKNOWN = 1, SERVER = 2, TARGET = 4, NO_ADMIN = 8, CA = 16, BATCHED = 32, POP_SERVER = 64 };

struct expected {
	char level; /* N, E or F; 0 ends the list */
	unsigned line;
	const char *column, *text; /* text: part of it */
};

struct example {
	const char *name;
	const char *bytes;
	size_t len; /* 0 = strlen */
	unsigned options;
	struct expected problems[12]; /* all of them, in order */
	const char *rows[6];	      /* all good rows as show() writes them */
	const char *charset;	      /* bytes are converted to this first (iconv), NULL = as they are */
	const char *bom;
};

/* line|source identity url login password root|target identity url login password|batch ca */
static void show(char *dst, size_t size, const struct mailbox_spec *s, unsigned line) {
	char source[400], target[400] = "-";
	endpoint_url(source, sizeof source, &s->source);
	if (s->target.host[0])
		endpoint_url(target, sizeof target, &s->target);
	int n = snprintf(dst, size, "%u|%s %s %s [%s] %s %s|%s %s %s %s [%s]", line, s->source_identity, source,
			 s->source.login, s->source.password.data ? s->source.password.data : "",
			 endpoint_security_name(&s->source), s->source_root, s->target_identity, target,
			 endpoint_security_name(&s->target), s->target.login,
			 s->target.password.data ? s->target.password.data : "");
	snprintf(dst + n, size - (size_t)n, "|%s %s %s", s->batch, s->source.ca_file, s->target.ca_file);
}

static void set_options(struct import_options *o, unsigned flags) {
	struct err e;
	*o = (struct import_options){ .target_known = !(flags & UNKNOWN), .target_admin = !(flags & NO_ADMIN) };
	endpoint_init(&o->source);
	endpoint_init(&o->target);
	if (flags & SERVER)
		assert_true(endpoint_parse_server(&o->source, "imap://old.example:1143", &e));
	if (flags & POP_SERVER)
		assert_true(endpoint_parse_server(&o->source, "pop3s://old.example", &e));
	if (flags & TARGET)
		assert_true(endpoint_parse_server(&o->target, "imaps://new.example:1993", &e));
	if (flags & CA) {
		text_copy(o->source.ca_file, sizeof o->source.ca_file, "/s.pem");
		text_copy(o->target.ca_file, sizeof o->target.ca_file, "/t.pem");
	}
	if (flags & BATCHED)
		text_copy(o->batch, sizeof o->batch, "wave 1");
}

static void import_bytes(const char *bytes, size_t len, const struct import_options *o, struct import_result *r) {
	struct err e = { 0 };
	int fd = memfd_create("list", MFD_CLOEXEC);
	assert_true(fd >= 0);
	for (size_t at = 0; at < len;) {
		ssize_t n = write(fd, bytes + at, len - at);
		assert_true(n > 0);
		at += (size_t)n;
	}
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	if (!import_csv_fd(fd, "list", o, r, &e))
		fail_msg("import failed: %s", e.text);
	close(fd);
}

static void print_all(const char *name, const struct import_result *r) {
	char line[700];
	print_error("%s: %zu rows, %zu good, %s, '%c'\n", name, r->rows, r->spec_count, r->encoding, r->delimiter);
	for (size_t i = 0; i < r->problem_count; i++) {
		import_problem_line(line, sizeof line, &r->problems[i]);
		print_error("  %s\n", line);
	}
	for (size_t i = 0; i < r->spec_count; i++) {
		struct mailbox_spec s;
		struct err e;
		unsigned at;
		assert_true(import_spec(r, i, &s, &at, &e));
		show(line, sizeof line, &s, at);
		print_error("  = %s\n", line);
		import_spec_clear(&s);
	}
}

static bool problems_match(const struct example *x, const struct import_result *r) {
	size_t n = 0, notes = 0, errors = 0;
	for (; x->problems[n].level; n++) {
		const struct expected *want = &x->problems[n];
		if (n >= r->problem_count)
			return false;
		const struct import_problem *p = &r->problems[n];
		if ("NEF"[p->level] != want->level || p->line != want->line || strcmp(p->column, want->column) != 0 ||
		    !strstr(p->text, want->text))
			return false;
		if (strstr(p->text, SECRET) || strstr(p->fix, SECRET) || strstr(p->column, SECRET))
			return false;
		notes += p->level == PROBLEM_NOTE;
		errors += p->level != PROBLEM_NOTE;
		if (p->level != PROBLEM_NOTE && !p->fix[0])
			return false;
	}
	return n == r->problem_count && notes == r->notes && errors == r->errors;
}

static bool rows_match(const struct example *x, const struct import_result *r) {
	size_t n = 0;
	for (; n < sizeof x->rows / sizeof *x->rows && x->rows[n]; n++) {
		struct mailbox_spec s;
		struct err e;
		char line[700];
		unsigned at;
		if (n >= r->spec_count)
			return false;
		assert_true(import_spec(r, n, &s, &at, &e));
		show(line, sizeof line, &s, at);
		import_spec_clear(&s);
		if (strcmp(line, x->rows[n]) != 0)
			return false;
	}
	return n == r->spec_count;
}

/* What a classic row becomes */
#define GOOD(line, n) line "|" n "@x.org imaps://imap.x.org:993 " n " [s3cr" n "] tls |" n "@y.org - tls  []|  "

static const struct example examples[] = {
#include "examples.inc"
};

/* The example's bytes in its charset; free it. */
static char *encoded(const struct example *x, size_t *len) {
	size_t n = x->len ? x->len : strlen(x->bytes), left = n * 4 + 8, bom = x->bom ? strlen(x->bom) : 0;
	char *out = malloc(left + bom), *to = out;
	assert_non_null(out);
	if (bom)
		memcpy(to, x->bom, bom);
	to += bom;
	if (!x->charset) {
		memcpy(to, x->bytes, n);
		*len = n + bom;
		return out;
	}
	char *copy = malloc(n), *from = copy;
	assert_non_null(copy);
	memcpy(copy, x->bytes, n);
	iconv_t cd = iconv_open(x->charset, "UTF-8");
	assert_true(cd != (iconv_t)-1);
	assert_int_equal(iconv(cd, &from, &n, &to, &left), 0);
	iconv_close(cd);
	free(copy);
	*len = (size_t)(to - out);
	return out;
}

static void each_example(void **state) {
	(void)state;
	size_t wrong = 0;
	for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
		const struct example *x = &examples[i];
		struct import_options o;
		struct import_result r;
		size_t len;
		char *bytes = encoded(x, &len);
		set_options(&o, x->options);
		import_bytes(bytes, len, &o, &r);
		free(bytes);
		if (!problems_match(x, &r) || !rows_match(x, &r)) {
			print_all(x->name, &r);
			wrong++;
		}
		import_free(&r);
	}
	print_message("%zu lists\n", sizeof examples / sizeof *examples);
	assert_int_equal(wrong, 0);
}

static void encodings_and_delimiters_are_told(void **state) {
	(void)state;
	static const struct {
		const char *bytes;
		size_t len;
		const char *encoding;
		char delimiter;
	} files[] = {
		{ "a,b\n", 4, "UTF-8", 0 },
		{ CLASSIC, sizeof CLASSIC - 1, "UTF-8", ',' },
		{ "\xEF\xBB\xBF" "EmailAddress;UserName;Password\n", 34, "UTF-8 with BOM", ';' },
		{ "EmailAddress\tUserName\tPassword\n", 31, "UTF-8", '\t' },
		{ "Password;UserName;EmailAddress\n\xE9;b;c\n", 38, "Windows-1252", ';' },
		{ "\xFF\xFEP\0a\0,\0", 8, "UTF-16LE", 0 },
		{ "\0P\0a\0s\0s", 8, "UTF-16BE", 0 },
		{ "\xFF\xFE\0\0P\0\0\0", 8, "UTF-32", 0 },
	};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct import_options o;
		struct import_result r;
		set_options(&o, KNOWN);
		import_bytes(files[i].bytes, files[i].len, &o, &r);
		assert_string_equal(r.encoding, files[i].encoding);
		assert_int_equal(r.delimiter, files[i].delimiter);
		import_free(&r);
	}
}

static void unreadable_files_are_errors(void **state) {
	(void)state;
	struct import_options o;
	struct import_result r;
	struct err e = { 0 };
	set_options(&o, KNOWN);
	assert_false(import_csv("/nonexistent/users.csv", &o, &r, &e));
	assert_string_equal(e.text, "Cannot open /nonexistent/users.csv: No such file or directory");
	import_free(&r);
	assert_false(import_csv("/", &o, &r, &e));
	assert_non_null(strstr(e.text, "Is a directory"));
	import_free(&r);
}

static void a_file_above_the_limit_is_refused(void **state) {
	(void)state;
	struct import_options o;
	struct import_result r;
	struct err e = { 0 };
	set_options(&o, KNOWN);
	int fd = memfd_create("large", MFD_CLOEXEC);
	assert_int_equal(ftruncate(fd, (off_t)IMPORT_FILE_MAX + 1), 0);
	assert_false(import_csv_fd(fd, "large", &o, &r, &e));
	assert_string_equal(e.text, "large is larger than 200 MB; split the list");
	import_free(&r);
	close(fd);
}

static char *repeat(const char *head, const char *unit, size_t times, const char *tail, size_t *len) {
	size_t h = strlen(head), u = strlen(unit), t = strlen(tail);
	char *p = malloc(h + u * times + t + 1), *to = p;
	assert_non_null(p);
	memcpy(to, head, h);
	to += h;
	for (size_t i = 0; i < times; i++, to += u)
		memcpy(to, unit, u);
	memcpy(to, tail, t + 1);
	*len = h + u * times + t;
	return p;
}

static void sizes_have_limits(void **state) {
	(void)state;
	static const struct {
		const char *head, *unit;
		size_t times;
		const char *tail;
		struct expected want;
		size_t good;
	} files[] = {
		/* one value above 1 MiB, quoted and over many lines; the next row is read */
		{ CLASSIC "a@x.org,imap.x.org,a,\"", "0123456789\n", 100000, "\"\n",
		  { 'E', 2, "SourcePassword", "too large" }, 0 },
		{ CLASSIC "a@x.org,imap.x.org,a,", "0123456789", 110000, ",a@y.org\n" ROW("b"),
		  { 'E', 2, "SourcePassword", "too large" }, 1 },
		/* within the file's limit, above the column's */
		{ CLASSIC "a@x.org,imap.x.org,a,", "s3cr567890", 7000, ",a@y.org\n" ROW("b"),
		  { 'E', 2, "SourcePassword", "70000 bytes long, at most 65536" }, 1 },
		{ CLASSIC, ",", 3000000, "\n" ROW("b"), { 'E', 2, "", "3000001 values" }, 1 },
	};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct import_options o;
		struct import_result r;
		size_t len;
		char *bytes = repeat(files[i].head, files[i].unit, files[i].times, files[i].tail, &len);
		set_options(&o, KNOWN);
		import_bytes(bytes, len, &o, &r);
		assert_true(r.problem_count > 0);
		assert_int_equal("NEF"[r.problems[0].level], files[i].want.level);
		assert_int_equal(r.problems[0].line, files[i].want.line);
		assert_string_equal(r.problems[0].column, files[i].want.column);
		assert_non_null(strstr(r.problems[0].text, files[i].want.text));
		assert_int_equal(r.spec_count, files[i].good);
		import_free(&r);
		free(bytes);
	}
}

static void problems_beyond_the_list_are_counted(void **state) {
	(void)state;
	struct import_options o;
	struct import_result r;
	size_t len, wrong = IMPORT_PROBLEMS_MAX + 1234;
	char *bytes = repeat(CLASSIC, "only,three,values\n", wrong, ROW("z"), &len);
	set_options(&o, KNOWN);
	import_bytes(bytes, len, &o, &r);
	assert_int_equal(r.errors, wrong);
	assert_int_equal(r.rows, wrong + 1);
	assert_int_equal(r.spec_count, 1);
	assert_int_equal(r.problem_count, IMPORT_PROBLEMS_MAX + 1);
	assert_non_null(strstr(r.problems[r.problem_count - 1].text, "1234 more problems"));
	import_free(&r);
	free(bytes);
}

static void a_problem_is_one_line_of_text(void **state) {
	(void)state;
	char line[700];
	struct import_problem p = {
		.level = PROBLEM_ERROR, .line = 7, .column = "SourcePort", .text = "Bad", .fix = "Mend it"
	};
	import_problem_line(line, sizeof line, &p);
	assert_string_equal(line, "line 7, SourcePort: error: Bad. Mend it.");
	p = (struct import_problem){ .level = PROBLEM_NOTE, .text = "Hm" };
	import_problem_line(line, sizeof line, &p);
	assert_string_equal(line, "file: note: Hm.");
}

/* Foreign header names are shown, so they must come out harmless. */
static void header_names_are_sanitised(void **state) {
	(void)state;
	static const char list[] = "EmailAddress,UserName,Password,\x1b[31mred\xE2\x80\xAE\n" "a@x.org,a,s3cr,\n";
	struct import_options o;
	struct import_result r;
	set_options(&o, SERVER);
	import_bytes(list, sizeof list - 1, &o, &r);
	assert_int_equal(r.problem_count, 1);
	assert_string_equal(r.problems[0].column, "\\x1b[31mred\xEF\xBF\xBD");
	import_free(&r);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_example),
		cmocka_unit_test(encodings_and_delimiters_are_told),
		cmocka_unit_test(unreadable_files_are_errors),
		cmocka_unit_test(a_file_above_the_limit_is_refused),
		cmocka_unit_test(sizes_have_limits),
		cmocka_unit_test(problems_beyond_the_list_are_counted),
		cmocka_unit_test(a_problem_is_one_line_of_text),
		cmocka_unit_test(header_names_are_sanitised),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
