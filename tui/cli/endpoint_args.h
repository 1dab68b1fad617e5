/* SPDX-License-Identifier: MIT
 *
 * endpoint_args.h - the options that describe a server, for source and target alike.
 */
#ifndef MAILVAN_CLI_ENDPOINT_ARGS_H
#define MAILVAN_CLI_ENDPOINT_ARGS_H

#include "tui/cli/cli.h"

/* For option tables; SIDE is "", "source-" or "target-", SERVERS what it may be. A command may leave some out. */
#define CLI_SOURCE_SERVERS "HOST, HOST:PORT, imaps://, imap://, pop3s:// or pop3://"
#define CLI_TARGET_SERVERS "HOST, HOST:PORT, imaps:// or imap://"
#define CLI_ENDPOINT_OPTIONS(SIDE, SERVERS) \
	{ 0, SIDE "server", "URL", SERVERS }, \
		{ 0, SIDE "ca", "FILE", "trust the certificates in FILE (PEM) instead of the system's" }, \
		{ 0, SIDE "insecure", NULL, "do not check the certificate (shown in red)" }, \
		{ 0, SIDE "pin", "HEX", "accept only the public key with this SHA-256 (64 hex digits)" }

#define CLI_ENDPOINT_TENANT_OPTION(SIDE) \
	{ 0, SIDE "tenant", "NAME", "open mailboxes with the token of this tenant (see 'mailvan help tenant')" }

/* Fill ep (already endpoint_init'ed) from --SIDEserver, -ca, -insecure, -pin, -protocol, -security,
 * -login, as far as they are given. The CA file's path is made absolute, because a worker runs in another directory. */
bool endpoint_args_read(const struct cli *c, const char *side, struct endpoint *ep, struct err *e);
/* The tenant that --SIDEtenant names; *out is NULL without it. */
bool endpoint_args_tenant(const struct cli *c, const char *side, const struct tenant_list *tenants,
			  const struct tenant **out, struct err *e);

#endif
