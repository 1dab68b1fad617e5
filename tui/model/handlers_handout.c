/* SPDX-License-Identifier: MIT
 *
 * handlers_handout.c - sheets for users who set up a phone: a file for each, written in a job's thread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/wiped.h"
#include "tui/cli/handout_sheets.h"
#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/view/dialogs.h"

enum { HANDOUT_DIR, HANDOUT_KIND };
static const char *const kinds[] = { "set up a phone", "sign in to web mail", NULL };
static const struct field fields[] = {
	[HANDOUT_DIR] = { "Directory", "A file for each user, named by the address; one that is there is written anew.",
			  FIELD_PATH, NULL },
	[HANDOUT_KIND] = { "Explains how to", "Left, Right.", FIELD_CHOICE, kinds },
};

/* Owned by the form, then by the job. */
struct handing {
	struct store *store;
	struct tenant tenant;
	const struct record_list *list;
	char intro[IDENTITY_MAX + 200];
	struct form_spec spec;
	int64_t *ids;
	size_t id_count;

	struct arena arena;
	const char **who;
	size_t count;
	bool no_memory;

	char dir[EDIT_MAX * 2], probe[600];
	char said[900]; /* what to look at before the sheets go out, a line each, as far as there is room */
	size_t said_more;
	bool web, ok;
	size_t written, left_out;
	struct stop stop;
	struct err e;
};

static void handing_free(void *data) {
	struct handing *h = data;
	free(h->ids);
	free(h->who);
	arena_free(&h->arena);
	stop_free(&h->stop);
	free(h);
}

static bool take(void *arg, const struct record *r) {
	struct handing *h = arg;
	const char *who = r->label;
	if (h->list == &record_devices)
		who = record_cell(r, &record_devices, "mailbox")->text;
	h->who[h->count] = arena_put(&h->arena, who, strlen(who));
	h->no_memory = !h->who[h->count];
	h->count += !h->no_memory;
	return !h->no_memory;
}

static int by_name(const void *a, const void *b) {
	const char *const *x = a, *const *y = b;
	return strcasecmp(*x, *y);
}

/* A user with several devices gets one sheet. */
static bool find_users(struct handing *h) {
	struct record_query q = { .list = h->list, .ids = h->ids, .id_count = h->id_count };
	size_t n = 0;
	h->who = calloc(h->id_count, sizeof *h->who);
	if (!h->who)
		return err_nomem(&h->e);
	if (!records_each(h->store, &q, take, h, &h->e))
		return false;
	if (h->no_memory)
		return err_nomem(&h->e);
	qsort(h->who, h->count, sizeof *h->who, by_name);
	for (size_t i = 0; i < h->count; i++)
		if (n == 0 || strcasecmp(h->who[n - 1], h->who[i]) != 0)
			h->who[n++] = h->who[i];
	h->count = n;
	return n > 0 || err_set(&h->e, ERR_INPUT, "The rows that were chosen are gone");
}

static void on_said(void *arg, const char *text) {
	struct handing *h = arg;
	size_t used = strlen(h->said), need = strlen(text) + 2;
	if (used + need > sizeof h->said)
		h->said_more++;
	else
		snprintf(h->said + used, sizeof h->said - used, "%s%s", used ? "\n" : "", text);
}

static void on_without(void *arg, const char *user, const char *why) {
	char text[700];
	snprintf(text, sizeof text, "%s: no sheet: %s", user, why);
	on_said(arg, text);
}

/* In the job's thread. */
static void handout_work(void *data) {
	struct handing *h = data;
	char path[4200];
	snprintf(path, sizeof path, "%s/tasks.log", store_dir(h->store));
	struct log *log = log_open(path, LOG_INFO, &h->e);
	struct directory_context ctx = { .store = h->store, .stop = &h->stop };
	ctx.net = log ? net_new(log, &h->e) : NULL;
	struct handout_sheets x = { .ctx = &ctx,
				    .tenant = &h->tenant,
				    .dir = h->dir,
				    .web = h->web,
				    .said = on_said,
				    .without = on_without,
				    .arg = h };
	h->ok = ctx.net && find_users(h) && handout_sheets_write(&x, h->who, h->count, &h->e);
	h->written = x.written;
	h->left_out = x.left_out;
	text_copy(h->probe, sizeof h->probe, x.probe);
	net_free(ctx.net);
	log_close(log);
}

/* A server that was not found by autodiscover, or somebody without a sheet, is for an operator to look at. */
static void tell(struct console *c, const struct handing *h) {
	char text[1600], more[60] = "", less[60] = "";
	if (h->said_more)
		snprintf(more, sizeof more, "\n... and %zu more.", h->said_more);
	if (h->left_out)
		snprintf(less, sizeof less, ", %zu left out", h->left_out);
	snprintf(text, sizeof text, "%zu sheet%s in %.200s%s.\n\n%s%s%s%.300s", h->written, h->written == 1 ? "" : "s",
		 h->dir, less, h->said, more, *h->probe ? "\n\n" : "", h->probe);
	dialog_tell(c, "Look before they go out", text);
}

static void handout_finish(struct console *c, void *data) {
	struct handing *h = data;
	if (c && h->ok) {
		marks_clear(&c->list.marks);
		console_rechoose(c);
		if (*h->said)
			tell(c, h);
		else
			console_note(c, "%zu sheet%s in %.200s. %s", h->written, h->written == 1 ? "" : "s", h->dir,
				     h->probe);
	} else if (c) {
		if (h->written)
			err_prefix(&h->e, "%zu of %zu sheets are in %.100s, then", h->written, h->count, h->dir);
		console_complain(c, &h->e);
	}
	handing_free(h);
}

static bool handout_accept(struct console *c, struct form *f, struct err *e) {
	struct handing *h = form_data(f);
	if (!*form_text(f, HANDOUT_DIR))
		return err_set(e, ERR_INPUT, "Name a directory");
	if (job_label(c))
		return err_set(e, ERR_INPUT, "Wait a moment: %s", job_label(c));
	h->web = form_choice(f, HANDOUT_KIND) == 1;
	edit_path(h->dir, sizeof h->dir, form_text(f, HANDOUT_DIR));
	form_take_data(f);
	if (job_start(c, "Writing hand-outs", handout_work, handout_finish, h))
		job_stoppable(c, &h->stop);
	return true;
}

static struct handing *handing_new(struct console *c, struct err *e) {
	struct record_choice choice;
	console_record_choice(c, &choice);
	struct handing *h = calloc(1, sizeof *h);
	if (!h || !stop_init(&h->stop, NULL)) {
		free(h);
		err_nomem(e);
		return NULL;
	}
	h->ids = calloc(choice.count, sizeof *h->ids);
	if (!h->ids) {
		handing_free(h);
		err_nomem(e);
		return NULL;
	}
	memcpy(h->ids, choice.ids ? choice.ids : &choice.one, choice.count * sizeof *h->ids);
	h->id_count = choice.count;
	h->store = c->store;
	h->tenant = c->tenant.is;
	h->list = c->list.records;
	snprintf(h->intro, sizeof h->intro,
		 "For %s: the server, the sign-in name and what the device policy will ask for.", choice.name);
	return h;
}

void do_handout(struct console *c, const char *arg) {
	struct err e;
	struct handing *h = handing_new(c, &e);
	if (!h) {
		console_complain(c, &e);
		return;
	}
	h->spec = (struct form_spec){ .title = "Phone hand-out",
				      .intro = h->intro,
				      .ok = "Write",
				      .fields = fields,
				      .count = sizeof fields / sizeof *fields,
				      .accept = handout_accept,
				      .release = handing_free };
	struct form *f = dialog_form(c, &h->spec, h);
	if (f)
		form_set(f, HANDOUT_DIR, *arg ? arg : "hand-outs");
}
