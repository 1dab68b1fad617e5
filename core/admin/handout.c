/* SPDX-License-Identifier: MIT
 *
 * handout.c - see handout.h. Wording of a setting: one row each.
 */
#include "core/admin/handout.h"

#include <stdio.h>
#include <string.h>

#include "core/admin/json_read.h"
#include "core/base/text.h"

/* What a policy demands of the owner of a phone. when: the value that makes it worth a line. One character, or those of
 * one kind, is what every password has: IF_SEVERAL. */
enum when { IF_TRUE, IF_FALSE, IF_LIMITED, IF_SEVERAL };
static const struct demand {
	const char *setting;
	enum when when;
	const char *line; /* one %s: the value */
	bool password;	  /* only where a device password is required */
} demands[] = {
	{ "PasswordEnabled", IF_TRUE, "a PIN or password on the device", false },
	{ "MinPasswordLength", IF_SEVERAL, "it has at least %s characters", true },
	{ "AlphanumericPasswordRequired", IF_TRUE, "it has letters as well as digits", true },
	{ "MinPasswordComplexCharacters", IF_SEVERAL, "it has characters of %s kinds (small, large, digits, signs)",
	  true },
	{ "AllowSimplePassword", IF_FALSE, "it is not as simple as 1234 or 1111", true },
	{ "PasswordExpiration", IF_LIMITED, "it is changed after %s", true },
	{ "MaxInactivityTimeLock", IF_LIMITED, "the device locks itself after %s", true },
	{ "MaxPasswordFailedAttempts", IF_LIMITED, "after %s wrong attempts the device erases itself", true },
	{ "RequireDeviceEncryption", IF_TRUE, "the device is encrypted", false },
	{ "RequireStorageCardEncryption", IF_TRUE, "its storage card is encrypted", false },
	{ "AllowCamera", IF_FALSE, "the camera stays off", false },
	{ "AllowBrowser", IF_FALSE, "the browser stays off", false },
	{ "AttachmentsEnabled", IF_FALSE, "attachments are not loaded", false },
	{ "RequireManualSyncWhenRoaming", IF_TRUE, "abroad, mail is fetched only when you ask for it", false },
};

#define DEMANDED_MAX 4096

/* Web mail by region: the host of Exchange tells which (reference E.2, constants of the national clouds). */
static const struct {
	const char *exchange, *webmail;
} regions[] = {
	{ "outlook.office365.com", "https://outlook.office.com/mail" },
	{ "outlook.office365.us", "https://outlook.office365.us/owa" },
	{ "webmail.apps.mil", "https://webmail.apps.mil/owa" },
	{ "partner.outlook.cn", "https://partner.outlook.cn/owa" },
};

static bool value_of(const json_t *settings, const char *name, char *dst, size_t size) {
	const json_t *v = json_object_get(settings, name);
	dst[0] = '\0';
	if (json_is_boolean(v))
		text_copy(dst, size, json_is_true(v) ? "true" : "false");
	else if (json_is_integer(v))
		snprintf(dst, size, "%lld", (long long)json_integer_value(v));
	else if (json_is_string(v))
		text_sanitise(dst, size, json_string_value(v), strlen(json_string_value(v)));
	return dst[0] != '\0';
}

static bool applies(const struct demand *d, const json_t *settings, char *value, size_t size) {
	if (!value_of(settings, d->setting, value, size))
		return false;
	if (d->when == IF_SEVERAL && strcmp(value, "1") == 0)
		return false;
	if (d->when == IF_LIMITED || d->when == IF_SEVERAL)
		return !text_ieq(value, "Unlimited") && strcmp(value, "0") != 0 && !text_ieq(value, "false");
	return text_ieq(value, d->when == IF_TRUE ? "true" : "false");
}

/* A span of time as .NET writes it, [days.]hours:minutes:seconds, as people say it: "90 days", "15 minutes". Other
 * values stay as they are. */
static void say_span(char *value, size_t size) {
	static const char *const units[] = { "day", "hour", "minute", "second" };
	unsigned n[4] = { 0 };
	int end = 0;
	char text[80] = "";
	bool span = sscanf(value, "%3u.%2u:%2u:%2u%n", &n[0], &n[1], &n[2], &n[3], &end) == 4 && !value[end];
	if (!span) {
		n[0] = 0;
		span = sscanf(value, "%2u:%2u:%2u%n", &n[1], &n[2], &n[3], &end) == 3 && !value[end];
	}
	for (size_t i = 0, used = 0; span && i < 4; i++)
		if (n[i])
			used += (size_t)snprintf(text + used, sizeof text - used, "%s%u %s%s", used ? " " : "", n[i],
						 units[i], n[i] == 1 ? "" : "s");
	if (*text)
		text_copy(value, size, text);
}

static void put_demand(struct buf *out, const char *line, char *value, size_t size) {
	const char *gap = strstr(line, "%s");
	say_span(value, size);
	buf_puts(out, "  - ");
	buf_put(out, line, gap ? (size_t)(gap - line) : strlen(line));
	if (gap)
		buf_printf(out, "%s%s", value, gap + 2);
	buf_putc(out, '\n');
}

static void put_policy(const struct handout *h, struct buf *out) {
	char value[80];
	unsigned n = 0;
	struct buf demanded;
	if (!h->settings) {
		buf_puts(out,
			 "\nThe phone may ask you to accept rules of your organisation. Accept them: without that\n"
			 "no mail arrives.\n");
		return;
	}
	bool password = json_yes(h->settings, "PasswordEnabled");
	buf_init(&demanded, DEMANDED_MAX);
	for (size_t i = 0; i < sizeof demands / sizeof demands[0]; i++) {
		if ((demands[i].password && !password) || !applies(&demands[i], h->settings, value, sizeof value))
			continue;
		put_demand(&demanded, demands[i].line, value, sizeof value);
		n++;
	}
	if (n)
		buf_printf(out, "\nThe phone will ask you to accept rules of your organisation, and will demand:\n%.*s",
			   (int)demanded.len, demanded.data);
	else
		buf_puts(out,
			 "\nThe phone may ask you to accept rules of your organisation. They demand nothing that you\n"
			 "would notice: no password, no encryption.\n");
	out->failed = out->failed || demanded.failed;
	buf_free(&demanded);
	buf_printf(out, "(policy \"%s\")\n", h->policy);
}

static void put_heading(struct buf *out, const char *title, const char *name, const char *mail) {
	char shown[400], address[400];
	text_sanitise(shown, sizeof shown, name, strlen(name));
	text_sanitise(address, sizeof address, mail, strlen(mail));
	buf_printf(out, "%s\n", title);
	for (size_t i = 0; title[i]; i++)
		buf_putc(out, '=');
	buf_printf(out, "\n\nFor: %s%s%s%s\n", shown[0] ? shown : address, shown[0] ? " <" : "",
		   shown[0] ? address : "", shown[0] ? ">" : "");
}

/* "host" or "host:port" of an https address. */
static void put_server(struct buf *out, const char *host) {
	const char *port = strrchr(host, ':');
	bool named = port && port[1] && strspn(port + 1, "0123456789") == strlen(port + 1);
	buf_printf(out, "  Server           %.*s\n", (int)(named ? port - host : (ptrdiff_t)strlen(host)), host);
	buf_printf(out, "  Port             %s\n", named ? port + 1 : "443");
}

static void put_account(const struct handout *h, struct buf *out) {
	buf_printf(out,
		   "\n%s the phone's own mail program: Settings, Mail, Add account, \"Microsoft Exchange\"\n"
		   "(also called Office 365 or Corporate), then:\n\n",
		   h->outlook_app ? "Or with" : "With");
	buf_printf(out, "  E-mail address   %s\n", h->mail);
	put_server(out, h->server->host);
	buf_printf(out, "  User name        %s\n", h->user);
	buf_puts(out, "  Domain           (leave it empty)\n"
		      "  SSL / secure     on\n");
}

bool handout_phone(const struct handout *h, struct buf *out) {
	put_heading(out, "Your mailbox on your phone", h->name, h->mail);
	if (h->outlook_app)
		buf_puts(out,
			 "\nWith the Outlook app: install it, add an account, type your e-mail address, sign in.\n");
	if (h->activesync)
		put_account(h, out);
	else
		buf_puts(out, "\nThe phone's own mail program cannot open this mailbox: use the Outlook app.\n");
	buf_puts(out, "\nYour organisation's sign-in page asks for the password: do not save it in the phone's\n"
		      "account settings. Let mail, contacts and calendar be synchronised.\n");
	put_policy(h, out);
	buf_puts(out, "\nA lost phone: tell your administrator at once. The mail on it can be removed from afar.\n");
	return !out->failed;
}

bool handout_sign_in(const struct handout *h, struct buf *out) {
	const char *webmail = NULL;
	for (size_t i = 0; i < sizeof regions / sizeof regions[0] && !webmail; i++)
		if (strstr(h->exchange, regions[i].exchange))
			webmail = regions[i].webmail;
	put_heading(out, "Your mailbox in an internet mail service", h->name, h->mail);
	buf_puts(out, "\nFor a service or device that reads your mailbox through its web address:\n\n");
	if (webmail)
		buf_printf(out, "  Web mail address   %s\n", webmail);
	else
		buf_printf(out, "  Web mail address   %s/owa\n", h->exchange);
	buf_printf(out, "  E-mail address     %s\n", h->mail);
	buf_printf(out, "  User name          %s\n", h->user);
	buf_puts(out, "\n1. Open the service's page for adding an e-mail account and type your e-mail address.\n"
		      "2. Choose \"Microsoft Exchange\" or \"Outlook Web App\", \"I will enter the settings\".\n"
		      "3. Type the web mail address, e-mail address and user name as they stand above.\n"
		      "4. Sign in when your organisation's page asks for it.\n"
		      "5. Send yourself a message: it should arrive on the device within a few minutes.\n"
		      "\nServices that can sign in only with a stored password are refused: passwords alone are not\n"
		      "accepted any more.\n");
	return !out->failed;
}
