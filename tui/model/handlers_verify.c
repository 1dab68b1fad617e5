/* SPDX-License-Identifier: MIT
 *
 * handlers_verify.c - copies read back by a process of its own: begun, stopped, gone on with.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/model/handlers.h"
#include "tui/model/job.h"
#include "tui/model/verify_view.h"
#include "tui/view/dialogs.h"

enum { V_LEVEL, V_BODIES, V_REFILL };
/* In the order of enum verify_level. */
static const char *const levels[] = {
	"0: number of messages of each folder", "1: every copy is there", "2: header, date and flags of each",
	"3: and some bodies of each mailbox",	"4: and every body",	  NULL
};
static const struct field verify_fields[] = {
	[V_LEVEL] = { "How deep", "Nothing is changed at either side. Called verified from level 2 on.", FIELD_CHOICE,
		      levels },
	[V_BODIES] = { "Bodies",
		       "Level 3: so many of each mailbox, at random. No difference among 300: fewer than 1 % "
		       "differ.",
		       FIELD_TEXT, NULL },
	[V_REFILL] = { "Fill gaps", "Copies that are missing: the next Migrate looks for them, and copies them again.",
		       FIELD_CHECK, NULL },
};

enum verify_wish { VERIFY_BEGIN, VERIFY_GO_ON, VERIFY_STOP };

struct verifying {
	struct store *store;
	const char *exe;
	enum verify_wish wish;
	struct kept_choice what;
	struct verify_run run; /* as it is to be; or the one that is meant, by its id */
	char note[ERR_TEXT_MAX];
	bool ok;
	struct err e;
};

static void verifying_free(void *data) {
	struct verifying *v = data;
	if (v)
		kept_choice_free(&v->what);
	free(v);
}

static struct verifying *verifying_new(struct console *c, enum verify_wish wish) {
	struct verifying *v = calloc(1, sizeof *v);
	struct err e;
	if (!v) {
		err_nomem(&e);
		console_complain(c, &e);
		return NULL;
	}
	v->store = c->store;
	v->exe = c->exe;
	v->wish = wish;
	v->run = c->verify;
	return v;
}

/* In the job's thread. */
static void verifying_work(void *data) {
	struct verifying *v = data;
	char who[256];
	struct err lost;
	command_who(who, sizeof who);
	if (v->wish == VERIFY_STOP) {
		v->ok = verify_run_stop(v->store, v->run.id, &v->e);
		return;
	}
	v->ok = v->wish == VERIFY_GO_ON ? verify_run_go_on(v->store, v->run.id, &v->e)
					: verify_run_add(v->store, &v->run, &v->what.filter, who, &v->run.id, &v->e);
	if (!v->ok || verify_start_detached(v->store, v->exe, v->note, sizeof v->note, &v->e))
		return;
	v->ok = false;
	verify_run_end(v->store, v->run.id, VERIFY_RUN_FAILED, v->e.text, &lost);
}

static void verifying_finish(struct console *c, void *data) {
	static const char *const words[] = { [VERIFY_BEGIN] = "is being verified in the background",
					     [VERIFY_GO_ON] = "The verification goes on in the background",
					     [VERIFY_STOP] = "The verification was told to stop" };
	struct verifying *v = data;
	if (c) {
		if (!v->ok)
			console_complain(c, &v->e);
		else if (v->wish == VERIFY_BEGIN)
			console_note(c, "%s: %s%s%s", v->what.name, words[v->wish], *v->note ? ". " : "", v->note);
		else
			console_note(c, "%s", words[v->wish]);
		/* As it was when it was asked for; the refresh, which is last, then sees that it has ended already. */
		if (v->ok && v->wish != VERIFY_STOP)
			c->verify = (struct verify_run){ .id = v->run.id, .state = VERIFY_RUN_QUEUED };
		console_refresh(c);
	}
	verifying_free(v);
}

static void verifying_start(struct console *c, struct verifying *v) {
	if (v)
		job_start(c, "Asking for a verification", verifying_work, verifying_finish, v);
}

/* What the form owns until it is accepted. */
struct verify_form {
	struct form_spec spec;
	char title[IDENTITY_MAX + 48];
	struct verifying *v;
};

static bool verify_accept(struct console *c, struct form *f, struct err *e) {
	struct verify_form *vf = form_data(f);
	struct verify_run *run = &vf->v->run;
	*run = (struct verify_run){ .level = (int)form_choice(f, V_LEVEL),
				    .bodies = VERIFY_SAMPLE_DEFAULT,
				    .seed = (uint64_t)wall_ms() & UINT32_MAX,
				    .refill = form_choice(f, V_REFILL) };
	if (run->level == VERIFY_SAMPLE && !text_u64(form_text(f, V_BODIES), 1, 1000000000, &run->bodies))
		return err_set(e, ERR_INPUT, "Say how many bodies of each mailbox, or choose level 4");
	if (run->refill && run->level < VERIFY_EXISTS)
		return err_set(e, ERR_INPUT, "Level 0 does not know which copies are missing: choose 1 or more");
	verifying_start(c, vf->v);
	vf->v = NULL;
	return true;
}

static void verify_form_free(void *data) {
	struct verify_form *vf = data;
	verifying_free(vf->v);
	free(vf);
}

static void verify_form_open(struct console *c) {
	static const struct form_spec spec = {
		.intro = "Source, what is known of the copies, and the target are looked at afresh and compared. The "
			 "console does not wait; the title says how far it is.",
		.ok = "Verify",
		.fields = verify_fields,
		.count = sizeof verify_fields / sizeof *verify_fields,
		.accept = verify_accept,
		.release = verify_form_free,
	};
	struct choice choice;
	struct err e;
	console_choice(c, &choice);
	struct verify_form *vf = calloc(1, sizeof *vf);
	if (!vf || !(vf->v = verifying_new(c, VERIFY_BEGIN)) || !choice_keep(&choice, &vf->v->what, &e)) {
		if (vf)
			verify_form_free(vf);
		err_nomem(&e);
		console_complain(c, &e);
		return;
	}
	vf->spec = spec;
	vf->spec.title = vf->title;
	snprintf(vf->title, sizeof vf->title, "Verify %s", choice.name);
	struct form *f = dialog_form(c, &vf->spec, vf);
	if (!f)
		return;
	form_choose(f, V_LEVEL, VERIFY_HEADERS);
	form_set(f, V_BODIES, "300");
}

static void stop_accepted(struct console *c, void *data) {
	(void)data;
	verifying_start(c, verifying_new(c, VERIFY_STOP));
}

static void ask_stop(struct console *c) {
	char text[300], count[80];
	verify_title_text(count, sizeof count, &c->verify);
	snprintf(text, sizeof text,
		 "%s is going on.\n\nStop it? What was found stays, and it can go on with the mailboxes that are left.",
		 count);
	dialog_ask(c, &(struct question){ .title = "Stop verifying",
					  .text = text,
					  .yes = "Stop it",
					  .no = "Let it go on",
					  .accept = stop_accepted });
}

static void rest_picked(struct console *c, size_t index) {
	if (index == 0)
		verifying_start(c, verifying_new(c, VERIFY_GO_ON));
	else
		verify_form_open(c);
}

static void ask_rest(struct console *c) {
	char go_on[100], left[24];
	text_count(left, sizeof left, c->verify.mailboxes - c->verify.done);
	snprintf(go_on, sizeof go_on, "Go on with the last one: %s mailbox%s left", left,
		 c->verify.mailboxes - c->verify.done == 1 ? "" : "es");
	const char *const items[] = { go_on, "Begin a new one" };
	dialog_pick(c, &(struct pick){ .title = "Verify", .items = items, .count = 2, .accept = rest_picked });
}

void do_verify(struct console *c, const char *arg) {
	console_refresh(c); /* one that has just ended is not to be stopped */
	if (verify_run_open(&c->verify)) {
		if (strcmp(arg, "stop") == 0)
			stop_accepted(c, NULL);
		else
			ask_stop(c);
	} else if (strcmp(arg, "stop") == 0) {
		console_note(c, "No verification is going on");
	} else if (verify_run_rest(&c->verify) && strcmp(arg, "resume") == 0) {
		rest_picked(c, 0);
	} else if (verify_run_rest(&c->verify) && strcmp(arg, "new") != 0) {
		ask_rest(c);
	} else {
		verify_form_open(c);
	}
}
