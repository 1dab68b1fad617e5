/* SPDX-License-Identifier: MIT
 *
 * test_tenant_columns.c - SourceTenant and TargetTenant: which rows need no password, no login and no server for them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "import/import.h"

static struct tenant tenants[] = {
	{ .id = 5, .name = "contoso.test", .imap = "outlook.office365.com:993", .ca_file = "/c.pem" },
	{ .id = 9, .name = "fabrikam.test", .imap = "imap.fabrikam.test:1993" },
};
static const struct tenant_list all = { tenants, 2 };

static struct import_options options(void) {
	struct import_options o = { .tenants = &all };
	endpoint_init(&o.source);
	endpoint_init(&o.target);
	return o;
}

static void import(const char *text, const struct import_options *o, struct import_result *r) {
	struct err e;
	int fd = memfd_create("list", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	if (!import_csv_fd(fd, "list", o, r, &e))
		fail_msg("%s", e.text);
	close(fd);
}

/* "SOURCE-URL login tenant ca|TARGET-URL login tenant", '-' for no server. */
static void row_is(const struct import_result *r, size_t i, const char *want) {
	struct mailbox_spec m;
	struct err e;
	char source[300], target[300] = "-", got[4096];
	assert_true(i < r->spec_count);
	assert_true(import_spec(r, i, &m, NULL, &e));
	endpoint_url(source, sizeof source, &m.source);
	if (m.target.host[0])
		endpoint_url(target, sizeof target, &m.target);
	snprintf(got, sizeof got, "%s %s %d %s|%s %s %d", source, m.source.login, (int)m.source.tenant,
		 m.source.ca_file, target, m.target.login, (int)m.target.tenant);
	assert_string_equal(got, want);
	import_spec_clear(&m);
}

static size_t errors_of(const struct import_result *r, const char *column) {
	size_t n = 0;
	for (size_t i = 0; i < r->problem_count; i++)
		n += r->problems[i].level != PROBLEM_NOTE && strcmp(r->problems[i].column, column) == 0;
	return n;
}

static void a_tenants_rows_need_nothing_else(void **state) {
	struct import_options o = options();
	struct import_result r;
	(void)state;
	import("SourceIdentity,SourceTenant,SourceProtocol,TargetIdentity,TargetTenant\n"
	       "a@c.test,contoso.test,,a@f.test,fabrikam.test\n"
	       "b@c.test,CONTOSO.TEST,pop3,b@f.test,fabrikam.test\n",
	       &o, &r);
	assert_int_equal(r.errors, 0);
	assert_int_equal(r.notes, 0);
	row_is(&r, 0, "imaps://outlook.office365.com:993 a@c.test 5 /c.pem|imaps://imap.fabrikam.test:1993  9");
	row_is(&r, 1, "pop3s://outlook.office365.com:995 b@c.test 5 /c.pem|imaps://imap.fabrikam.test:1993  9");
	import_free(&r);
}

static void a_server_of_its_own_and_a_login_count_more(void **state) {
	struct import_options o = options();
	struct import_result r;
	(void)state;
	import("SourceIdentity,SourceServer,SourceLoginID,SourceTenant,TargetIdentity,TargetServer,TargetLoginID,"
	       "TargetTenant\n"
	       "a@c.test,pop3s://p.test:9995,shared@c.test,contoso.test,a@f.test,t.test,box@f.test,fabrikam.test\n",
	       &o, &r);
	assert_int_equal(r.errors, 0);
	row_is(&r, 0, "pop3s://p.test:9995 shared@c.test 5 /c.pem|imaps://t.test:993 box@f.test 9");
	import_free(&r);
}

/* Rows with and without a tenant in one list: each says for itself what it lacks. */
static void mixed_rows(void **state) {
	struct import_options o = options();
	struct import_result r;
	(void)state;
	o.target_known = o.target_admin = true;
	import("SourceIdentity,SourceServer,SourceLoginID,SourcePassword,SourceTenant,TargetIdentity\n"
	       "a@c.test,,,,contoso.test,a@f.test\n"
	       "b@o.test,old.test,b,secret,,b@f.test\n"
	       "c@o.test,old.test,,,,c@f.test\n"
	       "d@o.test,,d,secret,contoso.test,d@f.test\n"
	       "e@o.test,,,,nobody.test,e@f.test\n",
	       &o, &r);
	assert_int_equal(r.spec_count, 2);
	row_is(&r, 0, "imaps://outlook.office365.com:993 a@c.test 5 /c.pem|-  0");
	row_is(&r, 1, "imaps://old.test:993 b 0 |-  0");
	assert_int_equal(errors_of(&r, "SourceLoginID"), 1);
	assert_int_equal(errors_of(&r, "SourcePassword"), 1);
	assert_int_equal(errors_of(&r, "SourceTenant"), 2); /* with a password too; unknown */
	assert_int_equal(errors_of(&r, "SourceServer"), 0);
	import_free(&r);
	/* The columns that the tenants make up for are not there at all. */
	import("SourceIdentity,SourceTenant,TargetIdentity\na@c.test,contoso.test,a@f.test\nb@o.test,,b@f.test\n", &o,
	       &r);
	assert_int_equal(r.spec_count, 1);
	assert_int_equal(errors_of(&r, "SourceLoginID"), 1);
	assert_int_equal(errors_of(&r, "SourcePassword"), 1);
	assert_int_equal(errors_of(&r, "SourceServer"), 1);
	import_free(&r);
}

static void the_options_tenant_is_for_rows_without_a_password(void **state) {
	struct import_options o = options();
	struct import_result r;
	(void)state;
	o.target_known = o.target_admin = true;
	o.source.tenant = 9;
	import("SourceIdentity,SourceServer,SourceLoginID,SourcePassword,TargetIdentity\n"
	       "a@f.test,,,,a@c.test\n"
	       "b@o.test,old.test,b,secret,b@c.test\n",
	       &o, &r);
	assert_int_equal(r.errors, 0);
	row_is(&r, 0, "imaps://imap.fabrikam.test:1993 a@f.test 9 |-  0");
	row_is(&r, 1, "imaps://old.test:993 b 0 |-  0");
	import_free(&r);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tenants_rows_need_nothing_else),
		cmocka_unit_test(a_server_of_its_own_and_a_login_count_more),
		cmocka_unit_test(mixed_rows),
		cmocka_unit_test(the_options_tenant_is_for_rows_without_a_password),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
