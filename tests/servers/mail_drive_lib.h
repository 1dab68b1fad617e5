/* SPDX-License-Identifier: MIT
 *
 * mail_drive_lib.h - does everything that the engine does with a source or a target, and looks at whether
 * they keep their contracts: for servers that say anything.
 */
#ifndef MAILVAN_TESTS_MAIL_DRIVE_LIB_H
#define MAILVAN_TESTS_MAIL_DRIVE_LIB_H

#include "core/mail/source.h"

struct drive_result {
	bool done;	  /* to the end, without an error that ends the connection */
	struct err error; /* else */
	unsigned folders, listed, bodies, missing, stored, refused;
	char broken[200]; /* a contract that was not kept, "" = none */
};

/* List, and of up to eight folders: select, scan, headers, every body. */
void drive_source(const struct mail_context *ctx, const struct endpoint *ep, struct drive_result *r);
/* List, make a folder, look at what is in it, and store six messages, two of them in a group. */
void drive_target(const struct mail_context *ctx, const struct endpoint *ep, struct drive_result *r);

#endif
