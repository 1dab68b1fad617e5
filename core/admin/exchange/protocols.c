/* SPDX-License-Identifier: MIT
 *
 * protocols.c - see protocols.h.
 */
#include "core/admin/exchange/protocols.h"

#include "core/base/text.h"

const struct protocol_switch protocol_switches[] = {
	{ "activesync", "ActiveSyncEnabled", "Exchange ActiveSync", false },
	{ "outlook-mobile", "OutlookMobileEnabled", "Outlook for iOS and Android", false },
	{ "owa", "OWAEnabled", "Outlook on the web", false },
	{ "owa-devices", "OWAforDevicesEnabled", "Outlook on the web for devices", false },
	{ "imap", "ImapEnabled", "IMAP", false },
	{ "pop", "PopEnabled", "POP3", false },
	{ "ews", "EwsEnabled", "Exchange Web Services", false },
	{ "mapi", "MAPIEnabled", "Outlook (MAPI)", false },
	{ "smtp-auth", "SmtpClientAuthenticationDisabled", "SMTP with sign-in", true },
	{ 0 },
};

const struct protocol_switch *protocol_find(const char *name) {
	for (const struct protocol_switch *p = protocol_switches; p->name; p++)
		if (text_ieq(name, p->name) || text_ieq(name, p->member))
			return p;
	return NULL;
}
