/* SPDX-License-Identifier: MIT
 *
 * options_lib.c - see options_lib.h.
 */
#include "tests/crash/options_lib.h"

#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/text.h"

static void take(const char *program, const struct option_row *row, const char *value) {
	uint64_t n;
	if (row->text) {
		*row->text = value;
	} else if (text_u64(value, 0, UINT32_MAX, &n)) {
		*row->number = (unsigned)n;
	} else {
		fprintf(stderr, "%s: not a usable number: %s\n", program, value);
		exit(2);
	}
}

void options_read(int argc, char **argv, const struct option_row *rows) {
	struct option names[OPTIONS_MAX + 1] = { 0 };
	int chosen;
	for (int i = 0; i < OPTIONS_MAX && rows[i].name; i++)
		names[i] = (struct option){ .name = rows[i].name, .has_arg = required_argument, .val = i };
	while ((chosen = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (chosen == '?')
			exit(2);
		take(argv[0], &rows[chosen], optarg);
	}
}
