/* SPDX-License-Identifier: MIT
 *
 * test_cli_output.c - JSON shape with the identity, CSV that is no formula, tables, verdicts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cli/csv.h"
#include "tui/cli/follow.h"
#include "tui/cli/report.h"
#include "tui/cli/rows.h"
#include "tui/cli/status.h"

static struct mailbox_row sample(void) {
	struct mailbox_row row;
	memset(&row, 0, sizeof row);
	row.id = 7;
	text_copy(row.source, sizeof row.source, "anna@old.example");
	text_copy(row.target, sizeof row.target, "anna@new.example");
	row.state = MBOX_SYNCED_WITH_GAPS;
	row.counts = (struct counts){ .source = 20, .copied = 10, .adopted = 4, .merged = 1, .skipped = 2, .failed = 1,
				      .vanished = 1, .pending = 1 };
	row.bytes_source = 5000;
	row.bytes_copied = 4000;
	row.eta_s = -1;
	return row;
}

static json_int_t number(const json_t *o, const char *key) {
	const json_t *n = json_object_get(o, key);
	assert_true(json_is_integer(n));
	return json_integer_value(n);
}

/* What is written, read back. */
static json_t *mailbox_read_back(const struct mailbox_row *row) {
	struct json_out o = JSON_OUT_INIT;
	json_out_open(&o, NULL, '{');
	mailbox_members(&o, row);
	json_out_close(&o, '}');
	assert_false(o.text.failed);
	json_t *read = json_loadb(o.text.data, o.text.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(read);
	json_out_free(&o);
	return read;
}

static void mailbox_json_has_the_shape(void **state) {
	(void)state;
	struct mailbox_row row = sample();
	json_t *o = mailbox_read_back(&row);
	assert_non_null(o);
	assert_string_equal(json_string_value(json_object_get(o, "source")), "anna@old.example");
	assert_string_equal(json_string_value(json_object_get(o, "target")), "anna@new.example");
	assert_string_equal(json_string_value(json_object_get(o, "state")), "SyncedWithGaps");
	assert_true(json_is_null(json_object_get(o, "error")));
	assert_true(json_is_null(json_object_get(o, "error_category")));
	assert_true(json_is_null(json_object_get(o, "eta_seconds")));
	assert_true(json_is_null(json_object_get(o, "throttled_until")));
	const json_t *m = json_object_get(o, "messages");
	static const char *const parts[] = {
		"copied", "adopted", "merged", "skipped", "failed", "vanished", "pending"
	};
	json_int_t sum = 0;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		sum += number(m, parts[i]);
	assert_int_equal(sum, number(m, "source"));
	assert_int_equal(json_object_size(m), 8);
	assert_true(json_is_true(json_object_get(o, "identity_holds")));
	assert_int_equal(number(json_object_get(o, "bytes"), "source"), 5000);
	assert_int_equal(number(json_object_get(o, "bytes"), "copied"), 4000);
	json_decref(o);
}

static void a_broken_identity_is_told(void **state) {
	(void)state;
	struct mailbox_row row = sample();
	row.counts.pending++;
	json_t *o = mailbox_read_back(&row);
	assert_true(json_is_false(json_object_get(o, "identity_holds")));
	json_decref(o);
}

static void json_times_and_errors(void **state) {
	(void)state;
	struct mailbox_row row = sample();
	row.throttled_until = 1700000000000;
	row.error_cat = ERR_AUTH_BAD;
	text_copy(row.error, sizeof row.error, "The \"password\" was refused");
	row.test = TEST_BAD;
	text_copy(row.test_text, sizeof row.test_text, "no");
	json_t *o = mailbox_read_back(&row);
	assert_string_equal(json_string_value(json_object_get(o, "throttled_until")), "2023-11-14T22:13:20Z");
	assert_string_equal(json_string_value(json_object_get(o, "error")), "The \"password\" was refused");
	assert_string_equal(json_string_value(json_object_get(o, "error_category")), "AuthBad");
	assert_string_equal(json_string_value(json_object_get(json_object_get(o, "test"), "result")), "failed");
	json_decref(o);
}

/* Whatever stands in a row comes back as jansson itself would have written it. */
static void json_text_is_escaped_like_janssons(void **state) {
	(void)state;
	static const char *const texts[] = {
		"plain", "", "a \"quoted\" \\ word", "\\\"", "tab\there", "line\nend", "\x1b[31mred", "Z\xc3\xbcrich",
		"bad \xff\xfe bytes", "\xe2\x80\xaegnp.exe", "del\x7f", "\xf0\x9f\x93\xac mail", "/slash/",
	};
	char huge[10000];
	struct json_out o = JSON_OUT_INIT;
	memset(huge, '"', sizeof huge - 1);
	huge[sizeof huge - 1] = '\0';
	json_out_open(&o, NULL, '[');
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		json_out_text(&o, NULL, texts[i]);
	json_out_text(&o, NULL, huge);
	json_out_close(&o, ']');
	json_t *read = json_loadb(o.text.data, o.text.len, 0, NULL);
	assert_int_equal(json_array_size(read), sizeof texts / sizeof *texts + 1);
	for (size_t i = 0; i < json_array_size(read); i++) {
		json_t *wanted = json_text(i < sizeof texts / sizeof *texts ? texts[i] : huge);
		assert_true(json_equal(json_array_get(read, i), wanted));
		json_decref(wanted);
	}
	json_decref(read);
	json_out_free(&o);
}

static void json_numbers_and_nesting(void **state) {
	(void)state;
	struct json_out o = JSON_OUT_INIT;
	json_out_open(&o, NULL, '{');
	json_out_open(&o, "n", '[');
	json_out_number(&o, NULL, 0);
	json_out_number(&o, NULL, -1);
	json_out_number(&o, NULL, INT64_MAX);
	json_out_number(&o, NULL, INT64_MIN);
	json_out_close(&o, ']');
	json_out_open(&o, "empty", '{');
	json_out_close(&o, '}');
	json_out_text_or_null(&o, "t", "");
	json_out_time(&o, "never", 0);
	json_out_time(&o, "then", 1700000000000);
	json_out_bool(&o, "yes", true);
	json_out_value(&o, "v", json_pack("[s, b]", "x", false));
	json_out_close(&o, '}');
	assert_string_equal(o.text.data,
			    "{\"n\":[0,-1,9223372036854775807,-9223372036854775808],\"empty\":{},\"t\":null,"
			    "\"never\":null,\"then\":\"2023-11-14T22:13:20Z\",\"yes\":true,"
			    "\"v\":[\"x\",false]}");
	/* Memory that runs out is told, and nothing is written then. */
	json_out_value(&o, "v", NULL);
	assert_false(json_out_write(&o, stdout));
	json_out_free(&o);
}

static void totals_json_sums_and_states(void **state) {
	(void)state;
	struct mailbox_totals t;
	memset(&t, 0, sizeof t);
	t.mailboxes = 3;
	t.by_state[MBOX_SYNCED] = 2;
	t.by_state[MBOX_FAILED] = 1;
	t.counts = sample().counts;
	t.eta_s = 90;
	json_t *o = json_totals(&t);
	assert_int_equal(number(o, "mailboxes"), 3);
	assert_int_equal(number(json_object_get(o, "states"), "Synced"), 2);
	assert_int_equal(number(json_object_get(o, "states"), "Failed"), 1);
	assert_int_equal(json_object_size(json_object_get(o, "states")), MBOX_STATE_COUNT);
	assert_int_equal(number(json_object_get(o, "messages"), "source"), 20);
	assert_int_equal(number(o, "eta_seconds"), 90);
	json_decref(o);
}

static void exit_codes(void **state) {
	(void)state;
	static const struct {
		enum mailbox_state state;
		int code;
	} rows[] = { { MBOX_SYNCED, 0 }, { MBOX_SYNCED_WITH_GAPS, 1 }, { MBOX_FAILED, 1 }, { MBOX_STOPPED, 3 },
		     { MBOX_PAUSED, 3 }, { MBOX_QUEUED, 3 },	       { MBOX_COPYING, 3 } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mailbox_totals t;
		memset(&t, 0, sizeof t);
		t.by_state[MBOX_SYNCED] = 5;
		t.by_state[rows[i].state]++;
		assert_int_equal(status_exit_code(&t), rows[i].code);
	}
}

static char *stream_text;
static size_t stream_size;
static FILE *stream(void) {
	FILE *f = open_memstream(&stream_text, &stream_size);
	assert_non_null(f);
	return f;
}

static void csv_fields_are_no_formulas(void **state) {
	(void)state;
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "plain", "\"plain\"" },
		{ "a \"b\", c", "\"a \"\"b\"\", c\"" },
		{ "=1+1", "\"'=1+1\"" },
		{ "+1", "\"'+1\"" },
		{ "-1", "\"'-1\"" },
		{ "@SUM(A1)", "\"'@SUM(A1)\"" },
		{ "  =1", "\"'  =1\"" },
		{ "\xef\xbb\xbf=1", "\"'" },
		{ "\xef\xbc\x9d""1", "\"'" },
		{ "\t=1", "\"'\\x09=1\"" },
		{ "\r1", "\"'\\x0D1\"" },
		{ "a\nb", "\"a\\x0Ab\"" },
		{ "\033[2J", "\"\\x1B[2J\"" },
		{ "", "\"\"" },
		{ "a=b", "\"a=b\"" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		FILE *f = stream();
		csv_text(f, rows[i].in);
		fclose(f);
		if (strncasecmp(stream_text, rows[i].out, strlen(rows[i].out)) != 0)
			fail_msg("%zu: %s, not %s", i, stream_text, rows[i].out);
		free(stream_text);
	}
}

static void verdicts(void **state) {
	(void)state;
	static const struct {
		struct counts counts;
		const char *text;
		uint64_t unfinished, removed;
	} rows[] = {
		{ { .source = 60, .copied = 55, .vanished = 5 },
		  "55 of 60 messages are at the target. 1 is not there: 1 vanished from the source. 4 were copied, "
		  "and their copies removed on request (--sync-deletes).",
		  0, 4 },
		{ { .source = 6, .copied = 5, .vanished = 1 },
		  "5 of 6 messages are at the target. 1 was copied, and its copy removed on request (--sync-deletes).",
		  0, 1 },
		{ { .source = 48214, .copied = 48000, .adopted = 211, .failed = 2, .vanished = 1 },
		  "48,211 of 48,214 messages are at the target. 3 are not there: 2 failed, 1 vanished from the "
		  "source.",
		  0, 0 },
		{ { .source = 5, .copied = 4, .pending = 1 },
		  "4 of 5 messages are at the target. 1 is not there: 1 not tried yet.",
		  0, 0 },
		{ { .source = 5, .copied = 4, .skipped = 1 },
		  "4 of 5 messages are at the target. 1 is not there: 1 left out on purpose.",
		  0, 0 },
		{ { .source = 5, .merged = 5 }, "All 5 messages are at the target.", 0, 0 },
		{ { 0 }, "No messages are known yet.", 0, 0 },
		/* A mailbox that never got in: its messages are nobody's "all". */
		{ { .source = 5, .copied = 5 },
		  "The 5 messages known so far are at the target. 1 mailbox has not finished: there may be more in it.",
		  1, 0 },
		{ { .source = 5, .copied = 4, .pending = 1 },
		  "4 of 5 messages known so far are at the target. 1 is not there: 1 not tried yet. 2 mailboxes have "
		  "not finished: there may be more in them.",
		  2, 0 },
		{ { 0 }, "No messages are known yet. 1 mailbox has not finished: there may be more in it.", 1, 0 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[400];
		report_verdict(text, sizeof text, &rows[i].counts, 0, rows[i].removed, rows[i].unfinished);
		assert_string_equal(text, rows[i].text);
		assert_null(strstr(text, "verified"));
	}
}

static void percent_never_rounds_up(void **state) {
	(void)state;
	struct counts c = { .source = 26089, .copied = 26081, .pending = 8 };
	char text[16];
	percent_text(text, sizeof text, &c);
	assert_string_equal(text, "99.9 %");
	c = (struct counts){ .source = 1000000, .copied = 999999, .pending = 1 };
	percent_text(text, sizeof text, &c);
	assert_string_equal(text, "99.9 %");
	/* What was refused is not done, or a target that refuses everything would be through at once. */
	c = (struct counts){ .source = 2, .copied = 1, .failed = 1 };
	percent_text(text, sizeof text, &c);
	assert_string_equal(text, "50.0 %");
	c = (struct counts){ .source = 2, .copied = 1, .vanished = 1 };
	percent_text(text, sizeof text, &c);
	assert_string_equal(text, "100.0 %");
}

static void tables_align_wide_text_and_disarm_it(void **state) {
	(void)state;
	static const struct table_column columns[] = {
		{ "Name", false }, { "N", true }, { "Rest", false }, { NULL, false }
	};
	struct table *t = table_new(columns);
	assert_non_null(t);
	assert_true(
		table_add(t, (struct table_cell[]){ { "日本", TONE_PLAIN }, { "1", TONE_PLAIN }, { "x", TONE_BAD } }));
	assert_true(
		table_add(t, (struct table_cell[]){ { "a\033[31m", TONE_PLAIN }, { "22", TONE_PLAIN }, { "y", 0 } }));
	FILE *f = stream();
	table_print(t, f, false);
	fclose(f);
	table_free(t);
	assert_null(strchr(stream_text, 033));
	char *second = strchr(stream_text, '\n') + 1, *third = strchr(second, '\n') + 1;
	*strchr(second, '\n') = 0;
	*strchr(third, '\n') = 0;
	assert_int_equal(text_columns(second), text_columns(third));
	assert_int_equal(text_columns("日本"), 4);
	free(stream_text);
}

/* One long name of a folder would make all lines as long. */
static void tables_cut_long_names(void **state) {
	(void)state;
	static const struct table_column columns[] = { { "Name", false }, { "Rest", false }, { NULL, false } };
	static const struct {
		const char *name, *shown;
	} rows[] = {
		{ "abcdefghijkl", "abcdefghijkl" }, /* twelve fit */
		{ "abcdefghijklm", "abcde...jklm" },
		{ "日本日本日本日本", "日本...日本" }, /* half a character does not stay */
		{ "aäöüaäöüaäöüaäöü", "aäöüa...aäöü" },
	};
	struct table *t = table_new(columns);
	table_cut(t, 12);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_true(table_add(t, (struct table_cell[]){ { rows[i].name, 0 }, { rows[0].shown, 0 } }));
	assert_true(table_add(t, (struct table_cell[]){ { "x", 0 }, { "the last column is left whole", 0 } }));
	FILE *f = stream();
	table_print(t, f, false);
	fclose(f);
	table_free(t);
	char *line = strchr(stream_text, '\n') + 1;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++, line = strchr(line, '\n') + 1) {
		size_t n = strlen(rows[i].shown);
		assert_memory_equal(line, rows[i].shown, n);
		assert_int_equal(line[n], ' ');
	}
	assert_non_null(strstr(line, "the last column is left whole\n"));
	free(stream_text);
}

static void progress_line(void **state) {
	(void)state;
	struct mailbox_totals t;
	char line[512];
	memset(&t, 0, sizeof t);
	t.by_state[MBOX_COPYING] = 2;
	t.by_state[MBOX_CONNECTING] = 1;
	t.by_state[MBOX_SYNCED] = 10;
	t.by_state[MBOX_SYNCED_WITH_GAPS] = 2;
	t.by_state[MBOX_FAILED] = 1;
	t.by_state[MBOX_QUEUED] = 4;
	t.counts = (struct counts){ .source = 2000, .copied = 1716, .pending = 284 };
	t.eta_s = 310;
	follow_line(line, sizeof line, &t);
	assert_non_null(strstr(line, "3 running, 12 done, 1 failed, 4 waiting"));
	assert_non_null(strstr(line, "1,716/2,000 messages 85.8 %"));
	assert_non_null(strstr(line, "ETA 5m 10s"));
}

static void notes_of_a_row(void **state) {
	(void)state;
	struct mailbox_row row = sample();
	char note[ERR_TEXT_MAX + 64];
	row.state = MBOX_STOPPED;
	row_note(note, sizeof note, &row);
	assert_string_equal(note, "not started yet");
	row.ever_run = true;
	row_note(note, sizeof note, &row);
	assert_string_equal(note, "");
	row.state = MBOX_FAILED;
	row.error_cat = ERR_AUTH_BAD;
	text_copy(row.error, sizeof row.error, "refused");
	row_note(note, sizeof note, &row);
	assert_string_equal(note, "AuthBad: refused");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mailbox_json_has_the_shape),
		cmocka_unit_test(a_broken_identity_is_told),
		cmocka_unit_test(json_times_and_errors),
		cmocka_unit_test(json_text_is_escaped_like_janssons),
		cmocka_unit_test(json_numbers_and_nesting),
		cmocka_unit_test(totals_json_sums_and_states),
		cmocka_unit_test(exit_codes),
		cmocka_unit_test(csv_fields_are_no_formulas),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(percent_never_rounds_up),
		cmocka_unit_test(tables_align_wide_text_and_disarm_it),
		cmocka_unit_test(tables_cut_long_names),
		cmocka_unit_test(progress_line),
		cmocka_unit_test(notes_of_a_row),
	};
	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
