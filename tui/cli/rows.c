/* SPDX-License-Identifier: MIT
 *
 * rows.c - the one place that knows how a mailbox looks as JSON.
 */
#include "tui/cli/rows.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

json_t *json_text(const char *s) {
	char clean[4096];
	text_sanitise(clean, sizeof clean, s, strlen(s));
	return json_string(clean);
}

json_t *json_text_or_null(const char *s) { return *s ? json_text(s) : json_null(); }

json_t *json_time(wall_ms_t t) {
	char text[32];
	return time_text(text, sizeof text, t) ? json_string(text) : json_null();
}

const char *const counts_names[] = { "source", "copied",   "adopted", "merged", "skipped",
				     "failed", "vanished", "pending", NULL };

uint64_t counts_member(const struct counts *c, size_t index) {
	const uint64_t members[] = { c->source,	 c->copied, c->adopted,	 c->merged,
				     c->skipped, c->failed, c->vanished, c->pending };
	return members[index];
}

json_t *json_counts(const struct counts *c) {
	json_t *o = json_object();
	for (size_t i = 0; counts_names[i]; i++)
		if (json_object_set_new(o, counts_names[i], json_integer((json_int_t)counts_member(c, i))) != 0) {
			json_decref(o);
			return NULL;
		}
	return o;
}

static json_t *json_bytes(uint64_t source, uint64_t copied) {
	return json_pack("{s:I, s:I}", "source", (json_int_t)source, "copied", (json_int_t)copied);
}

static json_t *json_eta(int64_t seconds) { return seconds < 0 ? json_null() : json_integer(seconds); }

static void put_test(struct json_out *o, const struct mailbox_row *row) {
	static const char *const names[] = { NULL, "wanted", "running", "ok", "failed" };
	if (row->test == TEST_NONE) {
		json_out_null(o, "test");
		return;
	}
	json_out_open(o, "test", '{');
	json_out_text(o, "result", names[row->test]);
	json_out_text_or_null(o, "text", row->test_text);
	json_out_time(o, "at", row->tested);
	json_out_close(o, '}');
}

static void put_counts(struct json_out *o, const struct mailbox_row *row) {
	json_out_open(o, "messages", '{');
	for (size_t i = 0; counts_names[i]; i++)
		json_out_number(o, counts_names[i], (int64_t)counts_member(&row->counts, i));
	json_out_close(o, '}');
	json_out_bool(o, "identity_holds", counts_hold(&row->counts));
	json_out_open(o, "bytes", '{');
	json_out_number(o, "source", (int64_t)row->bytes_source);
	json_out_number(o, "copied", (int64_t)row->bytes_copied);
	json_out_close(o, '}');
}

static void put_rates(struct json_out *o, const struct mailbox_row *row) {
	json_out_number(o, "rate", (int64_t)row->rate_bytes);
	json_out_number(o, "rate_messages", (int64_t)row->rate_messages);
	if (row->eta_s < 0)
		json_out_null(o, "eta_seconds");
	else
		json_out_number(o, "eta_seconds", row->eta_s);
	json_out_time(o, "throttled_until", row->throttled_until);
}

void mailbox_members(struct json_out *o, const struct mailbox_row *row) {
	json_out_number(o, "id", row->id);
	json_out_text(o, "source", row->source);
	json_out_text(o, "target", row->target);
	json_out_text_or_null(o, "batch", row->batch);
	json_out_text(o, "state", mailbox_state_name(row->state));
	put_counts(o, row);
	json_out_text_or_null(o, "error", *row_doing(row) ? "" : row->error);
	json_out_text_or_null(o, "doing", row_doing(row));
	json_out_text_or_null(o, "error_category", row->error_cat == ERR_NONE ? "" : err_cat_name(row->error_cat));
	put_rates(o, row);
	json_out_text(o, "protocol", proto_name(row->proto));
	json_out_text_or_null(o, "source_server", row->source_server);
	json_out_text_or_null(o, "target_server", row->target_server);
	json_out_bool(o, "weak", row->weak);
	json_out_bool(o, "ever_run", row->ever_run);
	json_out_time(o, "started", row->started);
	json_out_time(o, "finished", row->finished);
	put_test(o, row);
	json_out_number(o, "dropped_keywords", (int64_t)row->dropped_keywords);
	json_out_number(o, "renamed_folders", (int64_t)row->renamed_folders);
}

json_t *json_totals(const struct mailbox_totals *t) {
	json_t *states = json_object();
	for (int i = 0; i < MBOX_STATE_COUNT; i++)
		json_object_set_new(states, mailbox_state_name((enum mailbox_state)i),
				    json_integer((json_int_t)t->by_state[i]));
	return json_pack("{s:I, s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "mailboxes", (json_int_t)t->mailboxes, "states",
			 states, "messages", json_counts(&t->counts), "identity_holds", counts_hold(&t->counts),
			 "bytes", json_bytes(t->bytes_source, t->bytes_copied), "rate",
			 json_integer((json_int_t)t->rate_bytes), "rate_messages",
			 json_integer((json_int_t)t->rate_messages), "eta_seconds", json_eta(t->eta_s));
}

json_t *json_folder(const struct folder_row *row) {
	return json_pack("{s:o, s:o, s:b, s:b, s:o, s:b, s:o, s:o}", "source", json_text(row->source), "target",
			 json_text_or_null(row->target), "renamed", row->renamed, "skipped", row->skipped, "messages",
			 json_counts(&row->counts), "identity_holds", counts_hold(&row->counts), "bytes",
			 json_bytes(row->bytes_source, row->bytes_copied), "note", json_text_or_null(row->note));
}

json_t *json_failure(const struct failure_row *row) {
	static const char *const names[MSG_STATE_COUNT] = { "pending", "in doubt", "copied",  "copied",	 "adopted",
							    "merged",  "skipped",  "failed", "vanished" };
	return json_pack("{s:o, s:I, s:o, s:s, s:s, s:o, s:o, s:o, s:I, s:o, s:o}", "folder",
			 json_text(row->folder), "uid",
			 (json_int_t)row->uid, "uidl", json_text_or_null(row->uidl), "state",
			 (unsigned)row->state < MSG_STATE_COUNT ? names[row->state] : "unknown", "category",
			 err_cat_name(row->cat), "subject", json_text_or_null(row->subject), "from",
			 json_text_or_null(row->from), "date", json_text_or_null(row->date), "size",
			 (json_int_t)row->size, "text", json_text(row->text), "kept", json_text_or_null(row->kept));
}

enum tone state_tone(enum mailbox_state state) {
	switch (state) {
	case MBOX_SYNCED:
		return TONE_GOOD;
	case MBOX_FAILED:
		return TONE_BAD;
	case MBOX_SYNCED_WITH_GAPS:
	case MBOX_THROTTLED:
		return TONE_WARN;
	case MBOX_CONNECTING:
	case MBOX_COPYING:
		return TONE_BUSY;
	default:
		return TONE_PLAIN;
	}
}

void percent_text(char *dst, size_t size, const struct counts *c) {
	unsigned permille = counts_permille(c);
	if (c->source == 0)
		text_copy(dst, size, "");
	else
		snprintf(dst, size, "%u.%u %%", permille / 10, permille % 10);
}

void eta_text(char *dst, size_t size, int64_t seconds) {
	if (seconds < 0)
		text_copy(dst, size, "");
	else if (seconds < 60)
		snprintf(dst, size, "%" PRId64 "s", seconds);
	else if (seconds < 3600)
		snprintf(dst, size, "%" PRId64 "m %02" PRId64 "s", seconds / 60, seconds % 60);
	else
		snprintf(dst, size, "%" PRId64 "h %02" PRId64 "m", seconds / 3600, seconds / 60 % 60);
}

void clock_text(char *dst, size_t size, wall_ms_t t) {
	struct tm tm, today;
	time_t seconds = (time_t)(t / 1000), now = time(NULL);
	bool same = localtime_r(&seconds, &tm) && localtime_r(&now, &today) && tm.tm_yday == today.tm_yday &&
		    tm.tm_year == today.tm_year;
	if (same)
		text_time_of_day(dst, size, t);
	else if (!localtime_r(&seconds, &tm) || !strftime(dst, size, "%Y-%m-%d %H:%M", &tm))
		text_copy(dst, size, "?");
}

const char *row_doing(const struct mailbox_row *row) {
	return mailbox_state_active(row->state) && row->error_cat == ERR_NONE ? row->error : "";
}

void row_error(char *dst, size_t size, const struct mailbox_row *row) {
	bool named = row->error_cat != ERR_NONE;
	snprintf(dst, size, "%s%s%s", named ? err_cat_name(row->error_cat) : "", named ? ": " : "", row->error);
}

void row_note(char *dst, size_t size, const struct mailbox_row *row) {
	char until[32];
	text_copy(dst, size, "");
	if ((row->state == MBOX_THROTTLED || row->state == MBOX_QUEUED) && row->throttled_until) {
		clock_text(until, sizeof until, row->throttled_until);
		snprintf(dst, size, "%s until %s%s%s", row->state == MBOX_QUEUED ? "Waits" : "Throttled", until,
			 *row->error ? ", " : "", row->error);
	} else if (*row->error) {
		row_error(dst, size, row);
	} else if (row->state == MBOX_STOPPED && !row->ever_run) {
		text_copy(dst, size, "not started yet");
	}
}

bool mailbox_through(enum mailbox_state s) { return s == MBOX_SYNCED || s == MBOX_SYNCED_WITH_GAPS; }

uint64_t totals_unfinished(const struct mailbox_totals *t) {
	uint64_t n = t->mailboxes;
	for (int i = 0; i < MBOX_STATE_COUNT; i++)
		n -= mailbox_through((enum mailbox_state)i) ? t->by_state[i] : 0;
	return n;
}

uint64_t counts_at_target(const struct counts *c) { return c->copied + c->adopted + c->merged; }
