/* SPDX-License-Identifier: MIT
 *
 * report_survey.c - one walk over the mailboxes for the top of the report.
 */
#include "tui/cli/report_survey.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "tui/cli/rows.h"
#include "tui/cli/verify_print.h"

bool verification_stands(const struct mailbox_row *row, const struct verification *v) {
	return v->at > row->uncopied;
}

static void add_servers(struct report_survey *v, const struct mailbox_row *row) {
	for (size_t i = 0; i < SURVEY_SERVERS; i++) {
		struct server_pair *p = &v->servers[i];
		if (p->mailboxes == 0) {
			text_copy(p->source, sizeof p->source, row->source_server);
			text_copy(p->target, sizeof p->target, row->target_server);
		}
		if (strcmp(p->source, row->source_server) == 0 && strcmp(p->target, row->target_server) == 0) {
			p->mailboxes++;
			return;
		}
	}
	v->other_servers++;
}

static bool add_failure(void *arg, const struct failure_row *row) {
	struct report_survey *v = arg;
	if (row->state == MSG_FAILED && (unsigned)row->cat < ERR_CAT_COUNT)
		v->failed_by_category[row->cat]++;
	return true;
}

static void add_row(struct report_survey *v, const struct mailbox_row *row) {
	v->weak += row->weak;
	v->renamed_folders += row->renamed_folders;
	v->dropped_keywords += row->dropped_keywords;
	v->run_ms += row->run_ms;
	v->throttled_ms += row->throttled_ms;
	if (row->first_started && (!v->first || row->first_started < v->first))
		v->first = row->first_started;
	if (row->finished > v->last)
		v->last = row->finished;
	if (row->state == MBOX_FAILED && (unsigned)row->error_cat < ERR_CAT_COUNT)
		v->mailboxes_by_category[row->error_cat]++;
	add_servers(v, row);
}

static void add_look(struct report_survey *v, const struct mailbox_row *row, const struct verification *look,
		     bool found) {
	uint64_t at_target = counts_at_target(&row->counts);
	if (!found) {
		v->never_looked++;
		return;
	}
	if (!verification_stands(row, look)) {
		v->stale++;
		return;
	}
	v->looked[look->level < 0 || look->level > VERIFY_LEVEL_MAX ? 0 : look->level]++;
	v->differences += look->gaps - look->not_copied;
	v->missing += look->missing < at_target ? look->missing : at_target;
	v->duplicates += look->duplicates;
	if (look->at > v->looked_last)
		v->looked_last = look->at;
	if (look->level >= VERIFY_HEADERS) {
		v->read_back += look->checked < at_target ? look->checked : at_target;
		v->bodies += look->bodies;
	}
}

struct walk {
	struct store *s;
	struct report_survey *v;
	struct err *e;
	bool ok;
};

static bool each_mailbox(void *arg, const struct mailbox_row *row) {
	struct walk *w = arg;
	struct verification look;
	bool found;
	add_row(w->v, row);
	w->ok = verification_get(w->s, row->id, &look, &found, w->e) &&
		(!row->counts.failed || mailbox_failures(w->s, row->id, add_failure, w->v, w->e));
	if (w->ok)
		add_look(w->v, row, &look, found);
	return w->ok;
}

bool survey_take(struct store *s, const struct selection *sel, struct report_survey *out, struct err *e) {
	struct mailbox_query q = { .filter = sel->filter, .limit = UINT32_MAX };
	struct walk w = { s, out, e, true };
	*out = (struct report_survey){ .totals.eta_s = -1 };
	if (!sel->filter.id_count)
		return true;
	return mailboxes_totals(s, &sel->filter, &out->totals, e) &&
	       removals_total(s, &sel->filter, &out->removed, e) && mailboxes_list(s, &q, each_mailbox, &w, e) && w.ok;
}

enum report_grade survey_grade(const struct report_survey *v) {
	const struct counts *c = &v->totals.counts;
	if (v->totals.mailboxes == 0 || (c->source == 0 && totals_unfinished(&v->totals)))
		return GRADE_NOTHING;
	if (c->failed || v->missing || v->duplicates || v->totals.by_state[MBOX_SYNCED_WITH_GAPS] ||
	    v->totals.by_state[MBOX_FAILED] || v->differences)
		return GRADE_GAPS;
	if (totals_unfinished(&v->totals) || c->pending)
		return GRADE_UNFINISHED;
	bool all = v->read_back == counts_at_target(c) && !v->stale && !v->never_looked && !v->looked[VERIFY_COUNTS] &&
		   !v->looked[VERIFY_EXISTS];
	return all ? GRADE_VERIFIED : GRADE_COMPLETE;
}

const char *grade_text(enum report_grade g) {
	static const char *const texts[] = { [GRADE_NOTHING] = "Nothing migrated yet",
					     [GRADE_UNFINISHED] = "Not finished",
					     [GRADE_GAPS] = "Needs attention",
					     [GRADE_COMPLETE] = "Complete, not verified",
					     [GRADE_VERIFIED] = "Complete and verified" };
	return texts[g];
}

static void counted(struct buf *to, const char *before, uint64_t n, const char *one, const char *more) {
	char text[24];
	text_count(text, sizeof text, n);
	buf_printf(to, "%s%s %s", before, text, n == 1 ? one : more);
}

void survey_verified(char *dst, size_t size, const struct report_survey *v) {
	char read[24], all[24];
	struct buf text;
	uint64_t deep = v->looked[VERIFY_HEADERS] + v->looked[VERIFY_SAMPLE] + v->looked[VERIFY_BODIES];
	uint64_t shallow = v->looked[VERIFY_COUNTS] + v->looked[VERIFY_EXISTS];
	buf_init(&text, size - 1);
	text_count(read, sizeof read, v->read_back);
	text_count(all, sizeof all, counts_at_target(&v->totals.counts));
	if (deep) {
		buf_printf(&text, "Verified by reading back: %s of %s copies (header, date, flags)", read, all);
		counted(&text, " and ", v->bodies, "body", "bodies");
		counted(&text, "; ", v->differences, "difference", "differences");
		counted(&text, ", ", v->missing, "missing copy", "missing copies");
		counted(&text, ", ", v->duplicates, "duplicate", "duplicates");
		buf_puts(&text, ".");
	} else {
		buf_puts(&text, "Not verified: no copy has been read back.");
	}
	if (shallow) {
		counted(&text, " ", shallow, "mailbox was", "mailboxes were");
		buf_puts(&text, " only counted or listed.");
		if (!deep)
			counted(&text, " ", v->differences, "difference was found.", "differences were found.");
	}
	if (v->stale) {
		counted(&text, " ", v->stale, "mailbox was", "mailboxes were");
		buf_puts(&text, " copied anew in part after the last look, which no longer counts.");
	}
	if (deep && v->never_looked) {
		counted(&text, " ", v->never_looked, "mailbox has", "mailboxes have");
		buf_puts(&text, " not been looked at.");
	}
	text_copy(dst, size, text.data ? text.data : "");
	buf_free(&text);
}

void at_target_percent(char *dst, size_t size, const struct counts *c, uint64_t missing, uint64_t removed) {
	uint64_t at = counts_at_target(c), all = c->source - (removed < c->vanished ? removed : c->vanished);
	at -= missing < at ? missing : at;
	text_copy(dst, size, "");
	if (all == 0)
		return;
	/* Rounded down: 100.0 is all of them. */
	unsigned permille = at == all ? 1000 : (unsigned)((double)at * 1000 / (double)all);
	if (permille == 1000 && at != all)
		permille = 999;
	snprintf(dst, size, "%u.%u %%", permille / 10, permille % 10);
}

void survey_throughput(char *dst, size_t size, const struct report_survey *v) {
	char bytes[24], rate[24], time[32], throttled[32] = "";
	text_copy(dst, size, "");
	if (v->run_ms < 1000)
		return;
	text_bytes(bytes, sizeof bytes, v->totals.bytes_copied);
	text_bytes(rate, sizeof rate, v->totals.bytes_copied * 1000 / v->run_ms);
	eta_text(time, sizeof time, (int64_t)(v->run_ms / 1000));
	if (v->throttled_ms >= 1000)
		eta_text(throttled, sizeof throttled, (int64_t)(v->throttled_ms / 1000));
	snprintf(dst, size, "%s copied in %s of work on single mailboxes (%s/s each)%s%s%s", bytes, time, rate,
		 *throttled ? ", " : "", throttled, *throttled ? " of it held back by throttling" : "");
}

void moment_text(char *dst, size_t size, wall_ms_t t) {
	struct tm tm;
	time_t seconds = (time_t)(t / 1000);
	if (t <= 0 || !localtime_r(&seconds, &tm) || !strftime(dst, size, "%Y-%m-%d %H:%M %Z", &tm))
		text_copy(dst, size, "");
}

void mailbox_verified(char *dst, size_t size, const struct mailbox_row *row, const struct verification *v, bool found) {
	char when[64], words[120], gaps[24], checked[24];
	if (!found) {
		text_copy(dst, size, "not verified");
		return;
	}
	moment_text(when, sizeof when, v->at);
	verify_words(words, sizeof words, v);
	text_count(gaps, sizeof gaps, v->gaps);
	text_count(checked, sizeof checked, v->checked);
	if (!verification_stands(row, v))
		snprintf(dst, size, "not verified since copies were made anew (looked at %s, level %d)", when,
			 v->level);
	else if (v->level < VERIFY_HEADERS)
		snprintf(dst, size, "not verified; %s, level %d, %s: %s gap%s", words, v->level, when, gaps,
			 v->gaps == 1 ? "" : "s");
	else
		snprintf(dst, size, "level %d, %s: %s; %s messages, %s gap%s", v->level, when, words, checked, gaps,
			 v->gaps == 1 ? "" : "s");
}
