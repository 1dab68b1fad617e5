/* SPDX-License-Identifier: MIT
 *
 * results.h - internal to core/admin/exchange: from the answer to a cmdlet to the result of a change.
 */
#ifndef MAILVAN_ADMIN_EXCHANGE_RESULTS_H
#define MAILVAN_ADMIN_EXCHANGE_RESULTS_H

#include "core/admin/exchange_online.h"

#define EXISTS "Exists" /* ManagementObjectAlreadyExists-, ProxyAddressExistsException, ... */
#define NOT_FOUND "ManagementObjectNotFoundException"

/* One cmdlet that carries a change out. parameters: owned by whoever asked; NULL when memory ran out. */
struct cmdlet {
	const char *name;
	json_t *parameters;
};
/* Which cmdlet does it? The whole of what a change means on the wire, for apply and for PowerShell alike. */
typedef struct cmdlet cmdlet_fn(const struct change *c);

/* The row functions of changes that are one cmdlet each. */
bool change_powershell(cmdlet_fn *of, const struct change *c, struct buf *out, struct err *e);

/* Asked before sending: true = r is filled (ALREADY: what is there is what is wanted; FAILED: it must not be) and
 * nothing is sent. there: what a look has found, or NULL. */
typedef bool settled_fn(const struct change *c, const json_t *there, struct change_result *r);
/* Told what was carried out, to bring the cached lists up to date. r->after may be set. */
typedef bool done_fn(struct exo *x, const struct change *c, struct change_result *r, struct err *e);
/* Carries out up to INVOKE_BATCH_MAX changes; no two of one mailbox at the same time, because Exchange would let one of
 * them overwrite the other. */
struct batch_rules {
	cmdlet_fn *cmdlet;
	settled_fn *settled; /* may be NULL */
	done_fn *done;	     /* may be NULL */
	/* A failure whose type contains this means that it was so already: NOT_FOUND of a removal. NULL =
	 * nothing. only_again: only when the change may have been carried out before, as with what was to be made. */
	const char *already_type;
	bool only_again;
	/* Exchange does not find something of what the change names: says in e what. NULL: as Exchange has it. */
	void (*missing)(const struct change *c, struct err *e);
};
bool changes_apply(struct exo *x, const struct batch_rules *rules, const struct change *c, size_t n,
		   struct change_result *r, struct err *e);

/* {"@odata.type":"#Exchange.GenericHashTable","Add":["value"]} */
json_t *hashtable(const char *verb, const char *value);
/* The single object of a cmdlet's answer; NULL with e (NO_MAILBOX when the list is empty). */
json_t *ask_one(struct exo *x, const char *cmdlet, json_t *parameters, const char *select, struct err *e);

#endif
