/* SPDX-License-Identifier: MIT
 *
 * actions_tenant.c - connecting a tenant, choosing one, and what changes of it look like as PowerShell.
 */
#include "tui/model/handlers.h"
#include "tui/tables/actions.h"

static const struct action rows[] = {
	{ .id = "powershell",
	  .label = "Next change as PowerShell",
	  .verb = "powershell",
	  .keys = { '$' },
	  .help = "Show the next change as PowerShell instead of doing it.",
	  .where = AT(USERS) | AT(PERMISSIONS) | AT(DEVICES) | AT(POLICIES),
	  .group = GROUP_TENANT,
	  .need = NEED_TENANT,
	  .flags = ACT_PANE,
	  .run = do_powershell },
	{ .id = "connect",
	  .label = "Connect a tenant…",
	  .verb = "connect",
	  .keys = { 'N' },
	  .help = "Say which tenant, as whom, and sign in once.",
	  .where = AT_RECORDS | AT(SERVICE) | AT(PROJECT),
	  .group = GROUP_TENANT,
	  .flags = ACT_PANE,
	  .run = do_connect },
	{ .id = "sign-in",
	  .label = "Sign in again…",
	  .verb = "sign-in",
	  .keys = { 'S' },
	  .help = "A new sign-in: a secret, a certificate or a device code.",
	  .where = AT(SERVICE),
	  .group = GROUP_TENANT,
	  .need = NEED_TENANT,
	  .flags = ACT_PANE,
	  .run = do_sign_in },
	{ .id = "tenant",
	  .label = "Choose tenant…",
	  .verb = "tenant",
	  .keys = { 'C' },
	  .help = "Which of the connected tenants the console shows.",
	  .where = AT_RECORDS | AT(SERVICE) | AT(PROJECT),
	  .group = GROUP_TENANT,
	  .need = NEED_TENANT,
	  .flags = ACT_PANE,
	  .run = do_choose_tenant },
};

const struct action_table actions_tenant = { rows, sizeof rows / sizeof *rows };
