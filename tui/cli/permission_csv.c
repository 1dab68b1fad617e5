/* SPDX-License-Identifier: MIT
 *
 * permission_csv.c - see permission_csv.h.
 */
#include "tui/cli/permission_csv.h"

#include <string.h>

#include "tui/cli/csv.h"
#include "tui/cli/permission_import.h"

unsigned permission_granted(const struct record *r) {
	unsigned bits = 0;
	for (size_t i = 0; i < 3; i++)
		if (strncmp(record_cell(r, &record_permissions, permission_rights[i].column)->text, "Yes", 3) == 0)
			bits |= 1U << i;
	return bits;
}

void permission_csv_header(FILE *to) {
	static const char *const header[] = { "Mailbox",      "Trustee",     "FullAccess", "SendAs",
					      "SendOnBehalf", "AutoMapping", NULL };
	csv_header(to, header);
}

bool permission_csv_row(FILE *to, const struct record *r) {
	unsigned bits = permission_granted(r);
	if (!bits)
		return false;
	csv_text(to, r->cells[0].text);
	csv_comma(to);
	csv_text(to, r->cells[1].text);
	for (size_t i = 0; i < 3; i++) {
		csv_comma(to);
		csv_text(to, bits & (1U << i) ? "yes" : "no");
	}
	csv_comma(to); /* AutoMapping cannot be read back: left empty */
	csv_end(to);
	return true;
}
