/* SPDX-License-Identifier: MIT
 *
 * tuning.c - see tuning.h.
 */
#include "core/work/tuning.h"

#include <string.h>
#include <sys/resource.h>

#include "core/base/text.h"

#define FILES_OTHERS 64	 /* the store, the log, and what else the process has open */
#define FILES_PER_JOB 10 /* two connections of libcurl's, a spool file and a stop flag */

static void set_jobs(struct tuning *t, unsigned jobs) {
	struct rlimit files;
	unsigned most = JOBS_MAX;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < FILES_OTHERS + FILES_PER_JOB * JOBS_MAX)
		most = files.rlim_cur < FILES_OTHERS + FILES_PER_JOB
			       ? 1
			       : (unsigned)(files.rlim_cur - FILES_OTHERS) / FILES_PER_JOB;
	t->jobs_wished = jobs < JOBS_MAX ? jobs : JOBS_MAX;
	t->jobs = t->jobs_wished < most ? t->jobs_wished : most;
}

static unsigned jobs_of(const char *text) {
	uint64_t n;
	return text_u64(text, 1, JOBS_MAX, &n) ? (unsigned)n : JOBS_DEFAULT;
}

static unsigned lanes_of(const char *text) {
	uint64_t n;
	return text_u64(text, 1, LANES_MAX, &n) ? (unsigned)n : LANES_DEFAULT;
}

static uint64_t rate_of(const char *text) {
	uint64_t n;
	return text_parse_bytes(text, &n) ? n : 0;
}

/* True when the text is another one than before. */
static bool read_again(struct store *s, const char *name, char *said, size_t size) {
	char text[32];
	struct err e;
	if (!setting_get(s, name, text, sizeof text, "", &e) || strcmp(text, said) == 0)
		return false;
	text_copy(said, size, text);
	return true;
}

void tuning_start(struct tuning *t, struct store *s, unsigned jobs, uint64_t rate) {
	*t = (struct tuning){ .lanes = LANES_DEFAULT };
	set_jobs(t, JOBS_DEFAULT);
	tuning_look(t, s);
	if (jobs)
		set_jobs(t, jobs);
	if (rate)
		t->rate = rate;
}

bool tuning_look(struct tuning *t, struct store *s) {
	bool jobs = read_again(s, "jobs", t->jobs_said, sizeof t->jobs_said);
	bool rate = read_again(s, "rate", t->rate_said, sizeof t->rate_said);
	if (jobs)
		set_jobs(t, jobs_of(t->jobs_said));
	if (rate)
		t->rate = rate_of(t->rate_said);
	if (read_again(s, "lanes", t->lanes_said, sizeof t->lanes_said))
		t->lanes = lanes_of(t->lanes_said);
	return jobs || rate;
}
