/* SPDX-License-Identifier: MIT
 *
 * user_choice.h - which users a verb is about: those that are named, or all that --filter and --match leave.
 */
#ifndef MAILVAN_CLI_USER_CHOICE_H
#define MAILVAN_CLI_USER_CHOICE_H

#include "tui/cli/user_verbs.h"

struct user_choice {
	struct chosen_user {
		const char *upn, *licenses; /* licenses: as the list was read last; "" also when he is not in it */
	} * list;
	size_t n, cap, guests;
	struct arena arena;
	const char *spared; /* who is signed in, and is not to be caught by --all; NULL = nobody is spared */
	bool was_spared, no_memory;
};
/* spare: --all leaves out whoever mailvan is signed in as, and says so: it would end its own work. INPUT when nobody is
 * chosen. Free always. */
bool user_choose(struct cli *c, struct store *s, const struct tenant *t, bool spare, struct user_choice *out,
		 struct err *e);
/* With --all: "Block 2,306 users of contoso.test, 12 of them guests?" (`label` is how it begins) is asked, with the
 * warning (a sentence, or "") on the next line. What is only said (--dry-run, --powershell) is not asked for. */
bool user_choice_confirmed(struct cli *c, const struct tenant *t, const struct user_choice *u, const char *label,
			   const char *warning, struct err *e);
void user_choice_free(struct user_choice *u);
/* Do the licences (blank separated) suffice for those who lack them? Says so; *go: yes, or --anyway. */
bool user_choice_licenses(struct cli *c, struct store *s, const struct tenant *t, const struct user_choice *u,
			  const char *licenses, bool *go, struct err *e);

#endif
