/* SPDX-License-Identifier: MIT
 *
 * import_problems.c - see import_problems.h.
 */
#include "tui/cli/import_problems.h"

#include <string.h>

#include "tui/cli/rows.h"

#define KINDS 32       /* of problems that are counted */
#define ALIKE_SHOWN 10 /* of a kind: a wrong column is one mistake, not 50,000 */

struct kind {
	const struct import_problem *first;
	size_t count;
};

static struct kind *kind_of(struct kind *kinds, size_t *n, const struct import_problem *p) {
	for (size_t i = 0; i < *n; i++)
		if (kinds[i].first->level == p->level && strcmp(kinds[i].first->column, p->column) == 0 &&
		    strcmp(kinds[i].first->text, p->text) == 0)
			return &kinds[i];
	if (*n == KINDS)
		return NULL;
	kinds[*n] = (struct kind){ .first = p };
	return &kinds[(*n)++];
}

void import_problems_print(struct cli *c, const struct import_problem *p, size_t n) {
	struct kind kinds[KINDS];
	size_t kind_count = 0;
	char line[1024], more[24];
	for (size_t i = 0; i < n; i++) {
		struct kind *k = kind_of(kinds, &kind_count, &p[i]);
		if (k && ++k->count > ALIKE_SHOWN)
			continue;
		import_problem_line(line, sizeof line, &p[i]);
		fprintf(c->err, "%s\n", line);
	}
	for (size_t i = 0; i < kind_count; i++) {
		if (kinds[i].count <= ALIKE_SHOWN)
			continue;
		text_count(more, sizeof more, kinds[i].count - ALIKE_SHOWN);
		fprintf(c->err, "%s more like line %u%s%s: %s (--json lists them).\n", more, kinds[i].first->line,
			kinds[i].first->column[0] ? ", " : "", kinds[i].first->column, kinds[i].first->text);
	}
}

json_t *import_problems_json(const struct import_problem *p, size_t n) {
	static const char *const levels[] = { "note", "error", "fatal" };
	json_t *list = json_array();
	for (size_t i = 0; list && i < n; i++) {
		json_t *one = json_pack("{s:s, s:I, s:o, s:o, s:o}", "level", levels[p[i].level], "line",
					(json_int_t)p[i].line, "column", json_text_or_null(p[i].column), "text",
					json_text(p[i].text), "fix", json_text_or_null(p[i].fix));
		if (json_array_append_new(list, one) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

int import_refused(struct cli *c, const struct import_table_result *t) {
	if (c->json)
		return cli_print_json(c,
				      json_pack("{s:n, s:I, s:I, s:o}", "task", "rows", (json_int_t)t->seen, "errors",
						(json_int_t)t->errors, "problems",
						import_problems_json(t->problems, t->problem_count)),
				      CLI_USAGE);
	import_problems_print(c, t->problems, t->problem_count);
	cli_note(c, "%zu mistake%s: nothing was changed.", t->errors, t->errors == 1 ? "" : "s");
	return CLI_USAGE;
}
