/* SPDX-License-Identifier: MIT
 *
 * report_json.c - the report as one document: status --json plus folders, failures and what verify has found of each
 * mailbox. Each part goes out as soon as it is known.
 */
#include <string.h>

#include "tui/cli/report_formats.h"

/* o is taken. The document's parts stand on lines of their own. */
static void put(struct report *r, const char *before, json_t *o, size_t flags) {
	fputs(before, r->to);
	r->no_memory |= !o || json_dumpf(o, r->to, flags | JSON_COMPACT | JSON_ENCODE_ANY) != 0;
	json_decref(o);
}

static json_t *json_look(const struct report *r) {
	const struct verification *v = &r->look;
	if (!r->looked)
		return json_null();
	return json_pack("{s:i, s:s, s:b, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "level", v->level, "text",
			 verify_level_text(v->level), "stands", verification_stands(&r->row, v), "at", json_time(v->at),
			 "seed", (json_int_t)v->seed, "checked", (json_int_t)v->checked, "bodies",
			 (json_int_t)v->bodies, "gaps", (json_int_t)v->gaps, "missing", (json_int_t)v->missing,
			 "duplicates", (json_int_t)v->duplicates, "others", (json_int_t)v->others);
}

static json_t *json_settings(const struct report *r) {
	json_t *o = json_object();
	for (size_t i = 0; i < r->setting_count; i++)
		json_object_set_new(o, r->settings[i].label, json_text(r->settings[i].text));
	return o;
}

static json_t *json_survey(const struct report_survey *v) {
	json_t *failed = json_object();
	for (int i = 1; i < ERR_CAT_COUNT; i++)
		if (v->failed_by_category[i])
			json_object_set_new(failed, err_cat_name((enum err_cat)i),
					    json_pack("{s:I, s:s}", "messages", (json_int_t)v->failed_by_category[i],
						      "remedy", err_cat_remedy((enum err_cat)i)));
	return json_pack("{s:s, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "grade",
			 grade_text(survey_grade(v)), "first_run", json_time(v->first), "last_run", json_time(v->last),
			 "run_ms", (json_int_t)v->run_ms, "throttled_ms", (json_int_t)v->throttled_ms, "weak",
			 (json_int_t)v->weak, "read_back", (json_int_t)v->read_back, "bodies_read",
			 (json_int_t)v->bodies, "differences", (json_int_t)v->differences, "missing",
			 (json_int_t)v->missing, "duplicates", (json_int_t)v->duplicates, "failed", failed);
}

static void begin(struct report *r) {
	put(r, "{", json_pack("{s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:o}", "verdict", r->verdict, "verification",
			      r->verified, "generated", json_time(r->now), "project", json_text(r->project), "version",
			      MAILVAN_VERSION, "settings", json_settings(r), "summary", json_survey(&r->survey),
			      "totals", json_totals(&r->survey.totals)),
	    JSON_EMBED);
	fputs(",\n\"mailboxes\":[", r->to);
}

static void nothing(struct report *r) { (void)r; }

static void mailbox(struct report *r) {
	struct json_out o = JSON_OUT_INIT;
	buf_puts(&o.text, r->mailboxes ? ",\n" : "\n");
	json_out_open(&o, NULL, '{');
	mailbox_members(&o, &r->row);
	json_out_text_or_null(&o, "source_weakness", r->row.source_weakness);
	json_out_text_or_null(&o, "target_weakness", r->row.target_weakness);
	json_out_number(&o, "run_ms", (int64_t)r->row.run_ms);
	json_out_number(&o, "throttled_ms", (int64_t)r->row.throttled_ms);
	json_out_value(&o, "verification", json_look(r));
	json_out_text_or_null(&o, "remedy", *r->row.error ? err_cat_remedy(r->row.error_cat) : "");
	json_out_open(&o, "folders", '[');
	r->no_memory |= !json_out_write(&o, r->to);
	json_out_free(&o);
}

static void folder(struct report *r, const struct folder_row *row) {
	put(r, r->written ? "," : "", json_folder(row), 0);
}

static void folders_end(struct report *r) { fputs("]", r->to); }

/* The lists of one mailbox follow each other; the first line of each opens it. */
static void item(struct report *r, const char *list, json_t *o) {
	if (r->written == 0)
		fprintf(r->to, ",\"%s\":[", list);
	put(r, r->written ? "," : "", o, 0);
}

static void list_end(struct report *r, const char *list, bool any) {
	if (any)
		fputs("]", r->to);
	else
		fprintf(r->to, ",\"%s\":[]", list);
}

static void failure(struct report *r, const struct failure_row *row) {
	json_t *o = json_failure(row);
	if (o) {
		json_object_set_new(o, "message_id", json_text_or_null(row->message_id));
		json_object_set_new(o, "remedy", json_text_or_null(failure_remedy(row)));
	}
	item(r, "failures", o);
}

static void difference(struct report *r, const struct difference_row *row) {
	item(r, "differences",
	     json_pack("{s:s, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "kind", row->kind, "folder",
		       json_text(row->folder), "uid", (json_int_t)row->uid, "target_uid", (json_int_t)row->dst_uid,
		       "date", json_text_or_null(row->date), "from", json_text_or_null(row->from), "subject",
		       json_text_or_null(row->subject), "message_id", json_text_or_null(row->message_id), "size",
		       row->size == UINT64_MAX ? json_null() : json_integer((json_int_t)row->size), "text",
		       json_text(row->text), "remedy", verify_kind_remedy(verify_kind_parse(row->kind))));
}

static void alarm_item(struct report *r, const struct alarm_row *row) {
	item(r, "warnings",
	     json_pack("{s:s, s:o, s:o, s:o}", "name", row->name, "folder", json_text_or_null(row->folder), "text",
		       json_text(row->text), "since", json_time(row->at)));
}

static void repaired(struct report *r, const struct repaired_row *row) {
	item(r, "repaired",
	     json_pack("{s:o, s:I, s:o, s:s, s:o, s:o, s:o, s:I}", "folder", json_text(row->folder), "uid",
		       (json_int_t)row->uid, "uidl", json_text_or_null(row->uidl), "repair", repair_name(row->rung),
		       "subject", json_text_or_null(row->subject), "from", json_text_or_null(row->from), "date",
		       json_text_or_null(row->date), "size", (json_int_t)row->size));
}

static void mailbox_end(struct report *r) { fputs("}", r->to); }

static void end(struct report *r, bool ok) {
	/* Cut off, it is no JSON: nobody can take it for the whole. */
	if (ok)
		fputs("]}\n", r->to);
}

const struct report_format_ops report_json = {
	.begin = begin, .failure = failure, .difference = difference, .alarm = alarm_item, .repaired = repaired,
	.list_end = list_end, .tables_begin = nothing, .mailbox = mailbox, .folder = folder, .folders_end = folders_end,
	.mailbox_end = mailbox_end, .end = end,
};
