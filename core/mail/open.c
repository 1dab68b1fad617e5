/* SPDX-License-Identifier: MIT
 *
 * open.c - which implementation serves an endpoint.
 */
#include "core/mail/imap/imap.h"
#include "core/mail/pop3/pop3.h"

static struct source *open_source(const struct mail_context *ctx, const struct endpoint *ep, struct err *e) {
	switch (ep->proto) {
	case PROTO_IMAP:
		return imap_source_open(ctx, ep, e);
	case PROTO_POP3:
		return pop3_source_open(ctx, ep, e);
	}
	err_set(e, ERR_INPUT, "No such protocol");
	return NULL;
}

static struct target *open_target(const struct mail_context *ctx, const struct endpoint *ep, struct err *e) {
	if (ep->proto == PROTO_IMAP)
		return imap_target_open(ctx, ep, e);
	err_set(e, ERR_INPUT, "%s: mail cannot be written by %s; the target must be an IMAP server", ep->host,
		proto_name(ep->proto));
	return NULL;
}

/* Greetings and logins are refused below the two sides' code: who it was is known here. */
struct source *source_open(const struct mail_context *ctx, const struct endpoint *ep, struct err *e) {
	struct source *s = open_source(ctx, ep, e);
	if (!s)
		e->side = ERR_SIDE_SOURCE;
	return s;
}

struct target *target_open(const struct mail_context *ctx, const struct endpoint *ep, struct err *e) {
	struct target *t = open_target(ctx, ep, e);
	if (!t)
		e->side = ERR_SIDE_TARGET;
	return t;
}
