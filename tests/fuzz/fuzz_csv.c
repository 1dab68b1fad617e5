/* SPDX-License-Identifier: MIT
 *
 * fuzz_csv.c - a list of mailboxes, as bytes of any encoding: the counts agree, a row with an error is
 * never among the good ones, every good row can be stored, and no problem quotes control bytes.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "import/import.h"
#include "tests/fuzz/fuzz.h"

static void check_problems(const struct import_result *r) {
	size_t notes = 0, errors = 0;
	for (size_t i = 0; i < r->problem_count; i++) {
		const struct import_problem *p = &r->problems[i];
		char line[1024];
		fuzz_is_clean(p->text, sizeof p->text);
		fuzz_is_clean(p->fix, sizeof p->fix);
		fuzz_is_clean(p->column, sizeof p->column);
		FUZZ_HOLDS(p->text[0] && (!i || p[-1].line <= p->line || !p->line));
		import_problem_line(line, sizeof line, p);
		fuzz_is_clean(line, sizeof line);
		*(p->level == PROBLEM_NOTE ? &notes : &errors) += 1;
	}
	FUZZ_HOLDS(notes <= r->notes && errors <= r->errors);
}

static bool has_error(const struct import_result *r, unsigned line) {
	for (size_t i = 0; i < r->problem_count; i++)
		if (r->problems[i].line == line && r->problems[i].level != PROBLEM_NOTE)
			return true;
	return false;
}

static void check_specs(const struct import_result *r) {
	FUZZ_HOLDS(r->spec_count + r->duplicates <= r->rows);
	struct mailbox_spec *spec = calloc(1, sizeof *spec);
	FUZZ_HOLDS(spec);
	for (size_t i = 0; i < r->spec_count && i < 50; i++) {
		struct err e = { 0 };
		unsigned line = 0;
		FUZZ_HOLDS(import_spec(r, i, spec, &line, &e));
		FUZZ_HOLDS(line > 1 && !has_error(r, line));
		FUZZ_HOLDS(spec->source_identity[0] && spec->target_identity[0] && spec->source.host[0]);
		fuzz_is_clean(spec->source_identity, sizeof spec->source_identity);
		fuzz_is_clean(spec->target_identity, sizeof spec->target_identity);
		fuzz_is_clean(spec->source.host, sizeof spec->source.host);
		fuzz_is_clean(spec->target.host, sizeof spec->target.host);
		import_spec_clear(spec);
	}
	free(spec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct import_options o = { .target_known = true };
	struct import_result r;
	struct err e = { 0 };
	unsigned choice = fuzz_choice(&data, &size);
	o.target_admin = choice & 1;
	o.target_known = choice & 2;
	endpoint_init(&o.source);
	endpoint_init(&o.target);
	int fd = memfd_create("list", MFD_CLOEXEC);
	FUZZ_HOLDS(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	if (import_csv_fd(fd, "list.csv", &o, &r, &e)) {
		check_problems(&r);
		check_specs(&r);
	} else {
		fuzz_is_error(&e);
	}
	import_free(&r);
	close(fd);
	return 0;
}
