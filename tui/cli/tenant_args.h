/* SPDX-License-Identifier: MIT
 *
 * tenant_args.h - how a tenant is described on the command line, and how it is shown.
 */
#ifndef MAILVAN_CLI_TENANT_ARGS_H
#define MAILVAN_CLI_TENANT_ARGS_H

#include "tui/cli/cli.h"
#include "tui/cli/password.h"

#define TENANT_OPTION_NAMES                                                                                            \
	"client-id secret-stdin secret-file certificate password-file password-fd device-code authority graph "        \
	"exchange imap ca proxy"
#define TENANT_OPTIONS                                                                                                 \
	{ 0, "client-id", "GUID", "the app registration's \"Application (client) ID\"" },                              \
		{ 0, "secret-stdin", NULL, "read the client secret from standard input instead of asking" },           \
		{ 0, "secret-file", "FILE", "read it from FILE (first line)" },                                        \
		{ 0, "certificate", "FILE", "sign in with this private key and its certificate: PEM, or .pfx" },       \
		CLI_PASSWORD_OPTIONS_OF("of --certificate's file"),                                                    \
		{ 0, "device-code", NULL, "an administrator signs in with a browser and a code" },                     \
		{ 0, "authority", "URL", "sign-in service (" TENANT_AUTHORITY ")" },                                   \
		{ 0, "graph", "URL", "Microsoft Graph (" TENANT_GRAPH ")" },                                           \
		{ 0, "exchange", "URL", "Exchange Online (" TENANT_EXCHANGE ")" },                                     \
		{ 0, "imap", "HOST:PORT", "IMAP of its mailboxes (" TENANT_IMAP ")" },                                 \
		{ 0, "ca", "FILE", "CA certificates that are trusted for all of these" }, {                            \
		0, "proxy", "URL", "ask through this proxy"                                                            \
	}

/* Changes *t by the options given; secret and certificate are filled when the way to sign in is given, or when a new
 * tenant (id 0) needs one: then the secret is asked for. */
bool tenant_args_read(const struct cli *c, struct tenant *t, struct secret *secret, struct secret *certificate,
		      struct err *e);

/* "secret", "certificate", "device code". */
const char *tenant_sign_in_name(enum tenant_sign_in how);
/* Everything but secrets. */
int tenant_print(struct cli *c, struct store *s, const struct tenant *t);
int tenant_print_list(struct cli *c, struct store *s);

/* `certificate FILE`: a new one. */
int tenant_certificate(struct cli *c);
/* `grant-imap MAILBOX...`, inside with_signals. */
int tenant_grant_imap(struct cli *c);

#endif
