/* SPDX-License-Identifier: MIT
 *
 * enrolment_data.c - tables of enrolment.h: contract data, licence ids, IT policies.
 */
#include <stdio.h>
#include <string.h>

#include "core/admin/enrolment.h"
#include "core/base/text.h"

/* SRP id, authentication key, CAL id and support contract are what an administrator had to have before the order:
 * bposrocks.com, "Connecting BlackBerry to BPOS (2/3)", 2009-08. The rest are columns of the work sheet. */
const struct enrolment_key enrolment_keys[] = {
	{ "srp-id", "SRP id", ENROLMENT_SRP_ID, true },
	{ "authentication-key", "Authentication key", -1, true },
	{ "cal-ids", "Licence (CAL) ids", ENROLMENT_CAL_IDS, true },
	{ "support-contract-id", "Support contract id", ENROLMENT_SUPPORT_CONTRACT, true },
	{ "contact", "Business contact", ENROLMENT_CONTACT, true },
	{ "contact-email", "Business contact e-mail", ENROLMENT_CONTACT_MAIL, false },
	{ "company", "Company", ENROLMENT_COMPANY, false },
	{ "server", "Device server", ENROLMENT_SERVER, false },
	{ "requestor", "Activation requestor", ENROLMENT_REQUESTOR, false },
	{ "request-number", "Service request number", ENROLMENT_REQUEST_NUMBER, false },
	{ "policy", "IT policy", ENROLMENT_POLICY, false },
	{ 0 },
};

bool enrolment_key_filled(const struct enrolment_key *k, const struct enrolment *b) {
	return k->field < 0 ? b->has_key : b->text[k->field][0] != '\0';
}

/* The same article: "BES35X or BESCAL". */
static const struct {
	const char *prefix, *kind;
} licenses[] = {
	{ "BESCAL", "client access licence" },
	{ "BES35X", "client access licence" },
};

const char *enrolment_license_kind(const char *id) {
	for (size_t i = 0; i < sizeof licenses / sizeof *licenses; i++)
		if (strncasecmp(id, licenses[i].prefix, strlen(licenses[i].prefix)) == 0)
			return licenses[i].kind;
	return NULL;
}

/* Names: what the hosted service called its two. The values are those of the vendor's own preconfigured policies, which
 * differ in the same way: "Default" and "Basic Password Security" (BlackBerry Professional Software, Administration
 * Guide, "Preconfigured IT policies"). The hosted service's own list was not at hand: the source is said beside each.
 */
#define PRECONFIGURED "vendor's policies \"Default\" / \"Basic Password Security\""
const struct enrolment_policy_rule enrolment_policy_rules[] = {
	{ "Password Required", "No", "Yes", PRECONFIGURED },
	{ "User Can Disable Password", "Yes", "No", PRECONFIGURED },
	{ "Maximum Security Timeout", "not set", "30 minutes", PRECONFIGURED },
	{ "Maximum Password Age", "not set", "60 days", PRECONFIGURED },
	{ "Password Pattern Checks", "no restriction", "no restriction", PRECONFIGURED },
	/* docs.blackberry.com, Policy Reference Guide, Device-Only items: null by default, 4 to 14 allowed. */
	{ "Minimum Password Length", "not set", "not set (4 to 14 possible)", "vendor's policy reference" },
	{ 0 },
};

bool enrolment_address(const char *s) {
	const char *at = strchr(s, '@'), *domain = at ? at + 1 : NULL;
	if (!at || at == s || strchr(domain, '@') || !strchr(domain, '.') || strstr(domain, "..") || strlen(s) > 254)
		return false;
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || strchr("<>()[],;:\"\\", *p))
			return false;
	return domain[0] != '.' && domain[strlen(domain) - 1] != '.';
}

/* "A; B,C" -> "A B C", in place: what joins only ever takes the room of a separator. */
static bool license_list(char *value, struct err *e) {
	char *to = value, clean[80];
	for (const char *p = value; *p;) {
		size_t n = strcspn(p, " ,;|\t");
		text_sanitise(clean, sizeof clean, p, n);
		if (n && strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") < n)
			return err_set(e, ERR_INPUT, "\"%s\" is no licence id: letters, digits and hyphens", clean);
		if (n && to != value)
			*to++ = ' ';
		memmove(to, p, n);
		to += n;
		p += n;
		p += *p != '\0';
	}
	*to = '\0';
	return true;
}

bool enrolment_value(const struct enrolment_key *k, char *value, size_t size, struct err *e) {
	if (k->field == ENROLMENT_CONTACT_MAIL && *value && !enrolment_address(value))
		return err_set(e, ERR_INPUT, "The contact's e-mail is not an address; write name@domain");
	if (k->field == ENROLMENT_POLICY && *value) {
		const char *name = enrolment_policy(value);
		if (!name)
			return err_set(e, ERR_INPUT,
				       "The IT policies are \"" ENROLMENT_POLICY_OFF "\" and \"" ENROLMENT_POLICY_ON
				       "\"");
		return text_copy(value, size, name);
	}
	return k->field != ENROLMENT_CAL_IDS || license_list(value, e);
}
