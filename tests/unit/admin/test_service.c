/* SPDX-License-Identifier: MIT
 *
 * test_service.c - HTML becomes text, feeds become entries, incidents become an estimate; arguments of changes.
 */
#include "core/admin/change.h"
#include "core/admin/feed_parse.h"
#include "core/admin/html_text.h"
#include "core/admin/sla.h"
#include "core/store/records.h"
#include "tests/unit/store/open_project.h"

static void expect_text(const char *html, const char *text) {
	struct buf b;
	buf_init(&b, 65536);
	assert_true(html_to_text(html, strlen(html), &b));
	assert_string_equal(b.data ? b.data : "", text);
	buf_free(&b);
}

static void html_becomes_lines(void **state) {
	(void)state;
	expect_text("", "");
	expect_text("plain\nlines stay", "plain\nlines stay");
	expect_text("<p>One  two\n three</p><p>Next</p>", "One two three\n\nNext");
	expect_text("a<br>b<br/>c", "a\nb\nc");
	expect_text("<ul><li>first</li><li>second</li></ul>after", "- first\n- second\n\nafter");
	expect_text("<script>alert(1)</script><style>p{}</style><p>seen</p>", "seen");
	expect_text("<a href=\"https://x.test/y\">read on</a>", "read on (https://x.test/y)");
	expect_text("<a href=\"https://x.test\">https://x.test</a>", "https://x.test");
	expect_text("<a href=\"javascript:alert(1)\">no</a>", "no");
	expect_text("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a | b\nc");
	expect_text("caf&eacute; &amp; &lt;b&gt; &#8364;", "caf\xC3\xA9 & <b> \xE2\x82\xAC");
	expect_text("<p>broken <b>and <i>never closed", "broken and never closed");
	expect_text("x&nbsp;&nbsp;y", "x y");
}

static void html_is_bounded(void **state) {
	struct buf b, html;
	(void)state;
	buf_init(&html, 4U << 20);
	for (int i = 0; i < 100000; i++)
		buf_puts(&html, "<div>");
	buf_puts(&html, "deep");
	buf_init(&b, 1000);
	html_to_text(html.data, html.len, &b); /* may say either; must not crash or grow */
	assert_true(b.len <= 1000);
	buf_reset(&html);
	for (int i = 0; i < 10000; i++)
		buf_puts(&html, "<p>word word word</p>");
	assert_false(html_to_text(html.data, html.len, &b));
	assert_true(b.len <= 1000);
	buf_free(&b);
	buf_free(&html);
}

static const char rss[] = "<?xml version='1.0'?><rss version='2.0'><channel><title>News &amp; more</title>"
			  "<item><title>One</title><link>https://x.test/1</link><guid>g1</guid><pubDate>Mon, 23 Nov "
			  "2026 02:25:48 GMT</pubDate>"
			  "<description>&lt;p&gt;Hello &lt;b&gt;you&lt;/b&gt;&lt;/p&gt;</description></item>"
			  "<item><title>Two</title><link>https://x.test/2</link></item></channel></rss>";
static const char atom[] =
	"<feed xmlns='http://www.w3.org/2005/Atom'><title>A</title><entry><id>urn:1</id><title type='html'>T</title>"
	"<link rel='self' href='https://x.test/self'/><link "
	"href='https://x.test/a'/><updated>2026-11-23T02:25:48Z</updated>"
	"<summary>short</summary></entry></feed>";

static void feeds_become_entries(void **state) {
	struct feed_document d;
	struct err e;
	(void)state;
	MUST(feed_parse(rss, sizeof rss - 1, &d, &e));
	assert_string_equal(d.title, "News & more");
	assert_int_equal(d.n, 2);
	assert_string_equal(d.entries[0].guid, "g1");
	assert_string_equal(d.entries[0].body, "Hello you");
	assert_int_equal(d.entries[0].published, 1795400748000);
	assert_string_equal(d.entries[1].guid, "https://x.test/2");
	feed_document_free(&d);
	MUST(feed_parse(atom, sizeof atom - 1, &d, &e));
	assert_int_equal(d.n, 1);
	assert_string_equal(d.entries[0].link, "https://x.test/a");
	assert_string_equal(d.entries[0].body, "short");
	assert_int_equal(d.entries[0].published, 1795400748000);
	feed_document_free(&d);
}

static void what_is_no_feed_is_refused(void **state) {
	static const char entity[] = "<?xml version='1.0'?><!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>"
				     "<!ENTITY a '0123456789'><!ENTITY b '&a;&a;&a;&a;'>]>"
				     "<rss><channel><title>&x;&b;</title></channel></rss>";
	static const char plain[] =
		"<!DOCTYPE rss PUBLIC '-//Netscape Communications//DTD RSS 0.91//EN' 'http://x.test/d'>"
		"<rss><channel><title>a &amp; b</title></channel></rss>";
	struct feed_document d;
	struct err e;
	(void)state;
	REFUSED(feed_parse("not xml", 7, &d, &e), ERR_SERVER_BUG);
	REFUSED(feed_parse("<html/>", 7, &d, &e), ERR_SERVER_BUG);
	REFUSED(feed_parse("", 0, &d, &e), ERR_SERVER_BUG);
	REFUSED(feed_parse(entity, sizeof entity - 1, &d, &e), ERR_SERVER_BUG);
	MUST(feed_parse(plain, sizeof plain - 1, &d, &e));
	assert_string_equal(d.title, "a & b");
	feed_document_free(&d);
}

/* One long entity, named many times, is no depth that libxml2 would refuse: 50 KB that stand for 100 MB. */
static void entities_are_not_multiplied(void **state) {
	struct feed_document d;
	struct buf xml;
	struct err e;
	(void)state;
	buf_init(&xml, 1U << 20);
	buf_puts(&xml, "<!DOCTYPE r [<!ENTITY a '");
	for (int i = 0; i < 20000; i++)
		buf_putc(&xml, 'x');
	buf_puts(&xml, "'>]><rss><channel><title>");
	for (int i = 0; i < 5000; i++)
		buf_puts(&xml, "&a;");
	buf_puts(&xml, "</title></channel></rss>");
	REFUSED(feed_parse(xml.data, xml.len, &d, &e), ERR_SERVER_BUG);
	buf_free(&xml);
}

#define HOUR ((wall_ms_t)3600 * 1000)
#define NOV ((wall_ms_t)1793491200 * 1000) /* 2026-11-01T00:00Z */

static void incidents_are_added_up_once(void **state) {
	(void)state;
	struct issue_row rows[] = {
		{ .code = "EX1",
		  .service = "Exchange Online",
		  .classification = "incident",
		  .started = NOV - HOUR,
		  .ended = NOV + HOUR,
		  .resolved = true },
		{ .code = "EX2",
		  .service = "Exchange Online",
		  .classification = "Incident",
		  .started = NOV + HOUR / 2,
		  .ended = NOV + 2 * HOUR,
		  .resolved = true },
		{ .code = "EX3",
		  .service = "Exchange Online",
		  .classification = "advisory",
		  .started = NOV + 5 * HOUR,
		  .ended = NOV + 9 * HOUR },
		{ .code = "SP1",
		  .service = "SharePoint Online",
		  .classification = "incident",
		  .started = NOV,
		  .ended = NOV + 9 * HOUR },
		{ .code = "EX4",
		  .service = "Exchange Online",
		  .classification = "incident",
		  .started = NOV + 10 * HOUR },
	};
	struct sla x;
	struct err e;
	for (size_t i = 0; i < 5; i++) {
		rows[i].title = rows[i].status = rows[i].feature = rows[i].body = "";
	}
	REFUSED(sla_month(s, 1, "Exchange Online", 2026, 11, &x, &e), ERR_INPUT); /* never read: nothing is known */
	assert_non_null(strstr(e.text, "never read"));
	MUST(issues_save(s, 1, rows, 5, NULL, 0, &e));
	MUST(list_state_set(s, 1, record_health.refresh, &(struct list_state){ .refreshed = NOV + 11 * HOUR }, &e));
	MUST(sla_month(s, 1, "Exchange Online", 2026, 11, &x, &e));
	assert_int_equal(x.incidents, 3);
	assert_int_equal(x.down, 180); /* 2 hours covered by two, 1 of what goes on */
	assert_int_equal(x.minutes, 30 * 24 * 60);
	assert_int_equal(x.credit, 25);
	assert_false(x.over);
	MUST(sla_month(s, 1, "Exchange Online", 2026, 10, &x, &e));
	assert_int_equal(x.down, 60);
	assert_true(x.over);
	MUST(sla_month(s, 1, "SharePoint Online", 2026, 10, &x, &e));
	assert_int_equal(x.credit, 0);
	assert_true(x.uptime == 100.0);
	REFUSED(sla_month(s, 1, "Exchange Online", 2026, 9, &x, &e), ERR_INPUT); /* before the oldest entry */
	assert_non_null(strstr(e.text, "reaches back to 2026-10"));
	REFUSED(sla_month(s, 1, "Exchange Online", 2026, 12, &x, &e), ERR_INPUT); /* not begun when it was read */
	REFUSED(sla_month(s, 1, "Exchange Online", 2026, 13, &x, &e), ERR_INPUT);
}

static void months_are_read_strictly(void **state) {
	int y, m;
	(void)state;
	assert_true(sla_parse_month("2026-11", &y, &m) && y == 2026 && m == 11);
	assert_true(sla_parse_month("2026-01", &y, &m) && m == 1);
	assert_false(sla_parse_month("2026-13", &y, &m));
	assert_false(sla_parse_month("2026-1", &y, &m));
	assert_false(sla_parse_month("26-11-1", &y, &m));
	assert_false(sla_parse_month("", &y, &m));
}

static void what_was_read_stays_read_until_it_changes(void **state) {
	(void)state;
	struct announcement_row row = { "MC1", "t", "c", "s", "Exchange Online", "body", false, 0, 0, 0, 1000 };
	struct err e;
	int64_t id;
	MUST(announcements_save(s, 1, &row, 1, &e));
	MUST(record_find(s, &record_announcements, 1, "mc1", &id, &e));
	MUST(records_seen(s, &record_announcements, &id, 1, true, &e));
	MUST(announcements_save(s, 1, &row, 1, &e));
	assert_int_equal(query_int(dir, "SELECT seen FROM announcement"), 1);
	row.modified = 2000;
	MUST(announcements_save(s, 1, &row, 1, &e));
	assert_int_equal(query_int(dir, "SELECT seen FROM announcement"), 0);
	MUST(announcements_save(s, 1, NULL, 0, &e));
	assert_int_equal(query_int(dir, "SELECT count(*) FROM announcement"), 0);
}

static void feeds_are_kept_and_bounded(void **state) {
	(void)state;
	struct feed_entry *many = calloc(700, sizeof *many);
	char(*guids)[16] = calloc(700, sizeof *guids);
	struct err e;
	assert_non_null(many);
	MUST(feed_add(s, "https://x.test/feed", "", &e));
	REFUSED(feed_add(s, "https://x.test/feed", "", &e), ERR_INPUT);
	for (int i = 0; i < 700; i++) {
		snprintf(guids[i], sizeof guids[i], "g%d", i);
		many[i] = (struct feed_entry){ guids[i], "t", "", "", i };
	}
	MUST(feed_save(s, 1, "Title", many, 700, "", &e));
	assert_int_equal(query_int(dir, "SELECT count(*) FROM feed_item"), FEED_KEPT);
	assert_int_equal(query_int(dir, "SELECT min(published) FROM feed_item"), 700 - FEED_KEPT);
	MUST(feed_save(s, 1, "", NULL, 0, "it is down", &e));
	assert_int_equal(query_int(dir, "SELECT count(*) FROM feed_item"), FEED_KEPT);
	MUST(feed_remove(s, "https://x.test/feed", &e));
	assert_int_equal(query_int(dir, "SELECT count(*) FROM feed_item"), 0);
	REFUSED(feed_remove(s, "https://x.test/feed", &e), ERR_INPUT);
	free(guids);
	free(many);
}

static bool checks(enum change_verb v, const char *args, struct err *e) {
	json_t *j = json_loads(args, 0, NULL);
	bool ok = change_check(v, j, e);
	json_decref(j);
	return ok;
}

static void arguments_of_changes_are_checked(void **state) {
	struct err e;
	(void)state;
	for (unsigned v = 0; v < CHANGE_COUNT; v++)
		assert_int_equal(change_parse(change_name((enum change_verb)v)), v);
	assert_int_equal(change_parse("nonsense"), CHANGE_COUNT);
	MUST(checks(CHANGE_USER_DISABLE, "{}", &e));
	MUST(checks(CHANGE_FULL_ACCESS_GRANT, "{\"trustee\":\"b@x.test\",\"autoMapping\":false}", &e));
	REFUSED(checks(CHANGE_FULL_ACCESS_GRANT, "{\"trustee\":\"b@x.test\"}", &e), ERR_INPUT);
	REFUSED(checks(CHANGE_FULL_ACCESS_GRANT, "{\"trustee\":1,\"autoMapping\":false}", &e), ERR_INPUT);
	REFUSED(checks(CHANGE_FULL_ACCESS_GRANT, "{\"trustee\":\"b\",\"autoMapping\":false,\"x\":1}", &e), ERR_INPUT);
	REFUSED(checks(CHANGE_USER_LICENSE, "{\"add\":[1],\"remove\":[]}", &e), ERR_INPUT);
	MUST(checks(CHANGE_USER_LICENSE, "{\"add\":[\"E3\"],\"remove\":[],\"usageLocation\":\"DE\"}", &e));
	REFUSED(checks(CHANGE_USER_LICENSE, "[]", &e), ERR_INPUT);
	REFUSED(checks(CHANGE_COUNT, "{}", &e), ERR_INPUT);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_becomes_lines),
		cmocka_unit_test(html_is_bounded),
		cmocka_unit_test(feeds_become_entries),
		cmocka_unit_test(what_is_no_feed_is_refused),
		cmocka_unit_test(entities_are_not_multiplied),
		IN_PROJECT(incidents_are_added_up_once),
		cmocka_unit_test(months_are_read_strictly),
		IN_PROJECT(what_was_read_stays_read_until_it_changes),
		IN_PROJECT(feeds_are_kept_and_bounded),
		cmocka_unit_test(arguments_of_changes_are_checked),
	};
	return cmocka_run_group_tests_name("admin/service", tests, NULL, NULL);
}
