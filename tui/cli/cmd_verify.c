/* SPDX-License-Identifier: MIT
 *
 * cmd_verify.c - `mailvan verify`: what was copied is read back and compared.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/commands.h"
#include "tui/cli/pool.h"
#include "tui/cli/signals.h"
#include "tui/cli/verify_print.h"
#include "tui/cli/verify_watch.h"

#define REDRAW_MS 500
#define SUMMARY_MS 30000 /* not on a terminal */

struct verifying {
	struct cli *c;
	struct store *store;
	struct verify_run run; /* as it was when this process took it */
	struct verify_options how;
	bool colour, trouble, terminal;
	struct err unkept; /* a result that could not be written down */
	uint64_t checked, bodies, gaps, refilled, mailboxes, clean, unread, printed;
	/* Progress, from all threads. */
	atomic_uint_fast64_t rows;
	atomic_int_fast64_t shown;
	pthread_mutex_t lock; /* around what is written */
};

/* One mailbox in its thread. */
struct job {
	struct finding f; /* first: the sink's argument */
	struct verifying *v;
};

static void clear_line(struct verifying *v) {
	if (v->terminal)
		fputs("\r\033[K", v->c->err);
}

static void draw(struct verifying *v) {
	char done[24], all[24], mailboxes[24], of[24];
	text_count(done, sizeof done, atomic_load(&v->rows));
	text_count(all, sizeof all, v->run.rows);
	text_count(mailboxes, sizeof mailboxes, v->run.done + v->mailboxes);
	text_count(of, sizeof of, v->run.mailboxes);
	clear_line(v);
	fprintf(v->c->err, "%s of %s mailboxes, %s of %s messages looked at%s", mailboxes, of, done, all,
		v->terminal ? "" : "\n");
	fflush(v->c->err);
}

/* Whoever comes by when it is time draws for all. */
static void on_progress(void *arg, uint64_t n) {
	struct verifying *v = ((struct job *)arg)->v;
	mono_ms_t now = mono_ms();
	int_fast64_t last = atomic_load(&v->shown);
	atomic_fetch_add(&v->rows, n);
	if (now - last < (v->terminal ? REDRAW_MS : SUMMARY_MS) ||
	    !atomic_compare_exchange_strong(&v->shown, &last, now))
		return;
	pthread_mutex_lock(&v->lock);
	draw(v);
	pthread_mutex_unlock(&v->lock);
}

static void on_wait(void *arg, const char *sentence) {
	struct verifying *v = arg;
	pthread_mutex_lock(&v->lock);
	clear_line(v);
	fprintf(v->c->err, "%s\n", sentence);
	pthread_mutex_unlock(&v->lock);
}

static void *verify_one(void *arg, const struct pool_item *item) {
	struct verifying *v = arg;
	struct job *j = calloc(1, sizeof *j);
	struct verify_sink sink = {
		.arg = j, .difference = finding_difference, .folder = finding_folder, .progress = on_progress
	};
	if (!j)
		return NULL;
	j->v = v;
	j->f.ok = finding_open(&j->f, item->store, v->c->json, v->colour) &&
		  verify_mailbox(item->store, item->row->id, item->ctx, item->visits, &v->how, &sink, &j->f.result,
				 &j->f.refilled, &j->f.e);
	return j;
}

/* Broken off before anything was found: there is nothing to say of it. */
static bool worth_telling(const struct finding *f) {
	return f->ok || f->e.cat != ERR_CANCELLED || f->named || f->result.checked;
}

static void add_up(struct verifying *v, const struct finding *f) {
	v->mailboxes++;
	v->unread += !f->ok;
	v->clean += f->ok && f->result.gaps == 0;
	v->checked += f->result.checked;
	v->bodies += f->result.bodies;
	v->gaps += f->result.gaps;
	v->refilled += f->refilled;
}

/* One that was broken off stays on the run's list, so that it can go on with it. */
static void keep_outcome(struct verifying *v, int64_t mailbox, const struct finding *f) {
	struct verify_outcome o = {
		.clean = f->ok && f->result.gaps == 0, .unread = !f->ok, .gaps = f->result.gaps, .refilled = f->refilled
	};
	if ((f->ok || f->e.cat != ERR_CANCELLED) && v->unkept.cat == ERR_NONE)
		verify_run_mailbox(v->store, v->run.id, mailbox, &o, &v->unkept);
}

static void verify_done(void *arg, const struct mailbox_row *row, void *outcome) {
	struct verifying *v = arg;
	struct job *j = outcome;
	if (!j) {
		v->trouble = true;
		return;
	}
	pthread_mutex_lock(&v->lock);
	if (!j->f.lines) {
		/* No file for the differences: nothing was looked at. */
		v->trouble = true;
		clear_line(v);
		cli_fail(v->c, &j->f.e);
	} else if (worth_telling(&j->f)) {
		add_up(v, &j->f);
		keep_outcome(v, row->id, &j->f);
		clear_line(v);
		if (!v->c->json) {
			finding_print(v->c->out, row, &j->f);
		} else {
			fputs(v->printed++ ? ",\n" : "\n", v->c->out);
			v->trouble |= !finding_print_json(v->c->out, row, &j->f);
		}
		v->trouble |= j->f.trouble;
	}
	pthread_mutex_unlock(&v->lock);
	finding_close(&j->f);
	free(j);
}

static bool read_options(const struct cli *c, struct verify_options *how, struct err *e) {
	const char *bodies = cli_value(c, "bodies");
	bool all = bodies && strcmp(bodies, "all") == 0;
	uint64_t level, fallback = all ? VERIFY_BODIES : bodies ? VERIFY_SAMPLE : VERIFY_HEADERS;
	*how = (struct verify_options){ .bodies = VERIFY_SAMPLE_DEFAULT, .refill = cli_flag(c, "refill") };
	if (bodies && !all && !text_u64(bodies, 1, 1000000000, &how->bodies))
		return err_set(e, ERR_INPUT, "--bodies takes a number from 1 on, or all");
	if (!cli_number(c, "level", 0, VERIFY_LEVEL_MAX, fallback, &level, e) ||
	    !cli_number(c, "seed", 0, UINT32_MAX, (uint64_t)wall_ms() & UINT32_MAX, &how->seed, e))
		return false;
	if (bodies && level != fallback)
		return err_set(e, ERR_INPUT, "--bodies %s is level %d; leave --level out", all ? "all" : "N",
			       (int)fallback);
	if (how->refill && level < VERIFY_EXISTS)
		return err_set(e, ERR_INPUT, "--refill needs to know which copies are missing: level 1 or more");
	how->level = (int)level;
	return true;
}

static void print_sum(const struct verifying *v) {
	char clean[24], all[24], checked[24], gaps[24];
	struct verification sum = { .level = v->how.level, .bodies = v->bodies };
	char words[120];
	FILE *to = v->c->out;
	text_count(clean, sizeof clean, v->clean);
	text_count(all, sizeof all, v->mailboxes);
	text_count(checked, sizeof checked, v->checked);
	text_count(gaps, sizeof gaps, v->gaps);
	verify_words(words, sizeof words, &sum);
	if (v->how.level >= VERIFY_HEADERS)
		fprintf(to, "%s of %s mailboxes verified: %s messages read back (%s), %s gap%s.\n", clean, all, checked,
			words, gaps, v->gaps == 1 ? "" : "s");
	else
		fprintf(to,
			"%s of %s mailboxes without a gap at level %d (%s), %s gap%s. Nothing is verified by that.\n",
			clean, all, v->how.level, words, gaps, v->gaps == 1 ? "" : "s");
	if (v->how.level == VERIFY_SAMPLE)
		fprintf(to, "Seed %" PRIu64 ": with --seed the same messages are taken again.\n", v->how.seed);
	if (v->unread)
		fprintf(to, "%" PRIu64 " mailbox%s could not be looked through to the end.\n", v->unread,
			v->unread == 1 ? "" : "es");
}

static void print_json_end(const struct verifying *v, const struct err *e) {
	json_t *o = json_pack("{s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "level", v->how.level, "seed",
			      (json_int_t)v->how.seed, "verified",
			      v->how.level >= VERIFY_HEADERS ? (json_int_t)v->clean : (json_int_t)0, "unreadable",
			      (json_int_t)v->unread, "checked", (json_int_t)v->checked, "bodies", (json_int_t)v->bodies,
			      "gaps", (json_int_t)v->gaps, "refilled", (json_int_t)v->refilled, "error",
			      e ? json_string(e->text) : json_null());
	fputs("],\n", v->c->out);
	json_dumpf(o, v->c->out, JSON_EMBED | JSON_COMPACT);
	fputs("}\n", v->c->out);
	json_decref(o);
}

/* A new run of what was chosen, or the rest of the last one (--resume); its mailboxes take the selection's place. */
static bool take_run(struct verifying *v, struct selection *sel, struct err *e) {
	struct cli *c = v->c;
	char who[256];
	int64_t id = 0;
	if (cli_flag(c, "resume") && (c->arg_count || c->given_count > 1 + (unsigned)(cli_value(c, "jobs") != NULL)))
		return err_set(e, ERR_INPUT, "--resume goes on as it was asked for: name nothing else but --jobs");
	if (!cli_flag(c, "resume")) {
		struct verify_run how = {
			.level = v->how.level, .bodies = v->how.bodies, .seed = v->how.seed, .refill = v->how.refill
		};
		command_who(who, sizeof who);
		if (!verify_run_add(v->store, &how, &sel->filter, who, &id, e))
			return false;
	}
	if (!verify_run_claim(v->store, id, &id, e))
		return false;
	if (id == 0)
		return err_set(e, ERR_INPUT, "No verification waits, and none was left before its end");
	if (!verify_run_get(v->store, id, &v->run, e))
		return false;
	selection_free(sel);
	v->how = (struct verify_options){
		.level = v->run.level, .bodies = v->run.bodies, .seed = v->run.seed, .refill = v->run.refill
	};
	atomic_store(&v->rows, v->run.rows_done);
	bool ok = verify_run_left(v->store, id, &sel->ids, &sel->filter.id_count, e);
	sel->filter.ids = sel->ids;
	return ok;
}

static bool run_verification(struct verifying *v, struct selection *sel, unsigned jobs, bool *stopped, struct err *e) {
	struct pool_job job = { .arg = v, .work = verify_one, .done = verify_done, .waits = on_wait };
	struct verify_watch *watch = verify_watch_start(v->store, v->run.id, &v->rows, v->c->stop, e);
	bool ok = watch && pool_run(v->c, v->store, sel, jobs, &job, stopped, e) && (!v->trouble || err_nomem(e));
	verify_watch_end(watch);
	if (ok && v->unkept.cat != ERR_NONE) {
		*e = v->unkept;
		ok = false;
	}
	enum verify_run_state state = !ok ? VERIFY_RUN_FAILED : *stopped ? VERIFY_RUN_STOPPED : VERIFY_RUN_DONE;
	struct err unended;
	if (!verify_run_end(v->store, v->run.id, state, ok ? NULL : e->text, &unended) && ok) {
		*e = unended;
		ok = false;
	}
	return ok;
}

static int verify_all(struct cli *c, struct store *s, struct selection *sel) {
	struct verifying v = {
		.c = c, .store = s, .colour = colour_wanted(c, c->out), .terminal = isatty(fileno(c->err)) == 1
	};
	struct err e;
	uint64_t jobs;
	bool stopped = false;
	err_clear(&e);
	if (!read_options(c, &v.how, &e) || !cli_number(c, "jobs", 1, 256, 0, &jobs, &e) || !take_run(&v, sel, &e))
		return cli_fail(c, &e);
	atomic_store(&v.shown, mono_ms());
	pthread_mutex_init(&v.lock, NULL);
	if (c->json)
		fputs("{\"mailboxes\":[", c->out);
	bool ok = run_verification(&v, sel, (unsigned)jobs, &stopped, &e);
	clear_line(&v);
	pthread_mutex_destroy(&v.lock);
	if (c->json)
		print_json_end(&v, ok ? NULL : &e);
	else if (ok)
		print_sum(&v);
	if (ok && (fflush(c->out) != 0 || ferror(c->out)))
		ok = err_errno(&e, ERR_LOCAL_DISK, "Cannot write the result");
	if (!ok)
		return cli_fail(c, &e);
	return stopped ? CLI_STOPPED : v.gaps || v.unread ? CLI_GAPS : CLI_OK;
}

static int verify_selected(struct cli *c) {
	return with_selection(c, STORE_MUST_EXIST, SELECTION_DEFAULT_ALL, verify_all);
}

static int run_verify(struct cli *c) {
	return with_signals(c, STOP_SHUTDOWN, verify_selected);
}

const struct cli_command cmd_verify = {
	.name = "verify",
	.args = "[MAILBOX...]",
	.summary = "read the copies back and name every difference",
	.details =
		"Compares a fresh look at the source, what is known of the copies, and a fresh look at the target, "
		"folder by folder. Nothing is changed at either side. Levels: 0 counts the messages of each folder; 1 "
		"sees that every copy is there; 2 reads back header, date and flags of every copy; 3 reads the bodies "
		"of N messages of each mailbox, taken at random, from both sides, and beside them the largest of each "
		"folder and every copy that was found rather than made; 4 reads all bodies. Only from level 2 on "
		"anything is called verified. The level that was reached is kept for 'mailvan report'.\n\n"
		"A copy that is not in its folder any more is looked for in all other folders of the target, by its "
		"Message-ID and header: what its owner has filed or thrown away there is told (MovedAtTarget), and is "
		"no "
		"gap. So 'mailvan verify MAILBOX --json' answers a user who misses a message: it is new, failed, "
		"missing, or in that folder now.\n\n"
		"--refill puts copies that are missing at the target in doubt: the next 'mailvan migrate' matches the "
		"folder with the target, and copies again what it does not find there. Also what somebody has deleted "
		"there on purpose.\n\n"
		"--resume goes on with the last verification that was stopped or interrupted: the same depth, and the "
		"mailboxes that are left. The console starts its own so.\n\n"
		"Exit code: 0 without a gap, 1 with gaps or where a mailbox could not be read, 2 for a wrong option, 3 "
		"when stopped (what was found until then is printed).",
	.options = (const struct cli_option[]){ CLI_SELECTION_OPTIONS,
						{ 'l', "level", "N", "how deep to look, 0 to 4 (2)" },
						{ 0, "bodies", "N|all", "compare N bodies of each mailbox, or all" },
						{ 0, "seed", "N", "which messages: the seed of an earlier run" },
						{ 0, "refill", NULL, "let migrate fill the gaps that are found" },
						{ 0, "resume", NULL, "go on with the last one, where it was left" },
						{ 'j', "jobs", "N", "mailboxes at once (project's setting: 8)" },
						CLI_OPTIONS_END },
	.flags = CLI_JSON,
	.max_args = 1000,
	.run = run_verify,
};
