/* SPDX-License-Identifier: MIT
 *
 * props.c - reading a mailbox with its folders and named failures.
 */
#include "tui/view/props.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cli/report_survey.h"

/* Room for one more; false and *cut when there are enough or memory is out. */
static bool more(void **array, size_t *cap, size_t count, size_t max, size_t each, bool *cut) {
	if (count < *cap)
		return true;
	size_t want = *cap ? *cap * 2 : 16;
	want = want > max ? max : want;
	void *bigger = count >= max ? NULL : realloc(*array, want * each);
	if (!bigger) {
		*cut = true;
		return false;
	}
	*array = bigger;
	*cap = want;
	return true;
}

static bool take_folder(void *arg, const struct folder_row *row) {
	struct props *p = arg;
	void *array = p->folders;
	bool ok = more(&array, &p->folder_cap, p->folder_count, PROPS_FOLDERS_MAX, sizeof *row, &p->folders_cut);
	p->folders = array;
	if (ok)
		p->folders[p->folder_count++] = *row;
	return ok;
}

static bool take_failure(void *arg, const struct failure_row *row) {
	struct props *p = arg;
	void *array = p->failures;
	bool ok = more(&array, &p->failure_cap, p->failure_count, PROPS_FAILURES_MAX, sizeof *row, &p->failures_cut);
	p->failures = array;
	if (ok)
		p->failures[p->failure_count++] = *row;
	return ok;
}

static bool take_difference(void *arg, const struct difference_row *row) {
	struct props *p = arg;
	void *array = p->differences;
	bool cut = false; /* the store keeps no more than the maximum */
	bool ok = more(&array, &p->difference_cap, p->difference_count, DIFFERENCES_KEPT, sizeof *row, &cut);
	p->differences = array;
	if (ok)
		p->differences[p->difference_count++] = *row;
	return ok;
}

static bool take_warning(void *arg, const struct alarm_row *row) {
	struct props *p = arg;
	char *to = p->warnings[p->warning_count++];
	snprintf(to, sizeof p->warnings[0], "%.60s%s%s", row->folder, *row->folder ? ": " : "", row->text);
	return p->warning_count < PROPS_WARNINGS_MAX;
}

static bool read_differences(struct props *p, struct store *s, struct err *e) {
	if (!verification_get(s, p->id, &p->look, &p->looked, e))
		return false;
	p->stands = p->looked && verification_stands(&p->row, &p->look);
	return verification_differences(s, p->id, take_difference, p, e);
}

bool props_read(struct props *p, struct store *s, struct err *e) {
	p->folder_count = p->failure_count = p->difference_count = 0;
	p->warning_count = 0;
	p->folders_cut = p->failures_cut = false;
	return mailbox_get(s, p->id, &p->row, e) && mailbox_folders(s, p->id, take_folder, p, e) &&
	       mailbox_failures(s, p->id, take_failure, p, e) && mailbox_alarms(s, p->id, take_warning, p, e) &&
	       read_differences(p, s, e);
}

void props_free(struct props *p) {
	free(p->folders);
	free(p->failures);
	free(p->differences);
	memset(p, 0, sizeof *p);
}
