/* SPDX-License-Identifier: MIT
 *
 * protocols.h - the switches of a mailbox: which protocols may open it (Set-CASMailbox, exchange-wire.md F.1).
 */
#ifndef MAILVAN_ADMIN_PROTOCOLS_H
#define MAILVAN_ADMIN_PROTOCOLS_H

#include <stdbool.h>
#include <stddef.h>

struct protocol_switch {
	const char *name;   /* as operators write it: "imap" */
	const char *member; /* as Exchange calls it: "ImapEnabled" */
	const char *title;
	bool inverted; /* true in Exchange means off */
};
extern const struct protocol_switch protocol_switches[]; /* ends with name NULL */
/* By either name, ASCII case ignored; NULL when there is none. */
const struct protocol_switch *protocol_find(const char *name);

#endif
