/* SPDX-License-Identifier: MIT
 *
 * seed.c - the users and subscriptions that a tenant starts with, the same for the same seed.
 *
 * user00001 ... by number: every 10th + 3 synced and waiting (disabled, no licence, no location), + 6 synced and at
 * work; every 15th + 4 disabled; every 7th + 5 without a licence; every 50th + 9 a guest; every 11th + 2 never signed
 * in.
 * --waiting N adds sync00001 ...: synced, disabled, without a licence.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/tenant/tenant.h"

#define SPE_E3 "05e9a617-0261-4cee-bb44-138d3ef5d965"
#define EXCHANGESTANDARD "4b9405b0-7788-4568-add1-99614e613b69"
#define ENTERPRISEPACK "6fd2c87f-b296-42f0-b197-1e91e994b900"
#define FLOW_FREE "f30db892-07e9-47e9-837c-80727f46fd3d"

unsigned seed_next(uint64_t *state, unsigned below) {
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(*state >> 33) % below;
}

static const char *const GIVEN[] = { "Anna",
				     "J\xC3\xB6rg",
				     "Zo\xC3\xAB",
				     "S\xC3\xB8ren",
				     "\xC5\x81ukasz",
				     "Mei",
				     "Fran\xC3\xA7oise",
				     "Bj\xC3\xB6rk",
				     "Omar",
				     "In\xC3\xAAs",
				     "Ian",
				     "\xD0\x9E\xD0\xBB\xD1\x8C\xD0\xB3\xD0\xB0" };
static const char *const FAMILY[] = { "M\xC3\xBCller",
				      "Stra\xC3\x9F"
				      "er",
				      "O'Neill",
				      "Garc\xC3\xAD"
				      "a L\xC3\xB3pez",
				      "van der Berg",
				      "Wagner-Hohenl\xC3\xB6"
				      "be-Langenburg von und zu Oberschwappach",
				      "Smith",
				      "\xC3\x9Elafsson",
				      "Nguy\xE1\xBB\x85n",
				      "Baker, Jr.",
				      "Li",
				      "Brown" };
static const char *const DEPARTMENTS[] = { "Sales", "Research", "Einkauf", "IT" };

static void plan(json_t *plans, const char *id, const char *name) {
	json_array_append_new(plans, json_pack("{s:s, s:s, s:s, s:s}", "servicePlanId", id, "servicePlanName", name,
					       "provisioningStatus", "Success", "appliesTo", "User"));
}

static void sku(struct world *w, const char *guid, const char *part, const char *status, int64_t enabled,
		int64_t warning, int64_t mailbox, json_t *plans) {
	db_do(w, "INSERT INTO sku VALUES(?, ?, ?, ?, ?, 0, ?, ?, ?)", "sssiiiij", guid, part, status, enabled, warning,
	      mailbox, mailbox ? (int64_t)107374182400 : (int64_t)0, plans);
	json_decref(plans);
}

static void seed_skus(struct world *w, long users) {
	json_t *standard = json_array(), *e3 = json_array(), *flow = json_array(), *pack = json_array();
	plan(standard, "9aaf7827-d63c-4b61-89c3-182f06f82e5c", "EXCHANGE_S_STANDARD");
	plan(e3, "efb87545-963c-4e0d-99df-69c6916d9eb0", "EXCHANGE_S_ENTERPRISE");
	plan(e3, "57ff2da0-773e-42df-b2af-ffb7a2317929", "TEAMS1");
	plan(flow, "113feb6c-3fe4-4440-bddc-54d774bf0318", "EXCHANGE_S_FOUNDATION");
	plan(flow, "50e68c76-46c6-4674-81f9-75456511b170", "FLOW_P2_VIRAL");
	plan(pack, "efb87545-963c-4e0d-99df-69c6916d9eb0", "EXCHANGE_S_ENTERPRISE");
	sku(w, EXCHANGESTANDARD, "EXCHANGESTANDARD", "Enabled", 25, 0, 1, standard);
	sku(w, SPE_E3, "SPE_E3", "Enabled", 500 + users, 0, 1, e3);
	sku(w, FLOW_FREE, "FLOW_FREE", "Enabled", 10000, 0, 0, flow);
	sku(w, ENTERPRISEPACK, "ENTERPRISEPACK", "Warning", 0, 10, 1, pack);
}

static void insert_user(struct world *w, const char *guid, const char *upn, const char *sku_guid, json_t *doc) {
	if (sku_guid) {
		json_array_append_new(json_object_get(doc, "assignedLicenses"),
				      json_pack("{s:s, s:[]}", "skuId", sku_guid, "disabledPlans"));
		db_do(w, "UPDATE sku SET consumed = consumed + 1 WHERE guid = ?", "s", sku_guid);
	}
	db_do(w, "INSERT INTO user(guid, upn, doc) VALUES(?, ?, ?)", "ssj", guid, upn, doc);
	json_decref(doc);
}

static void seed_user(struct world *w, uint64_t *state, long i) {
	char upn[100], nick[60], name[200], guid[37], address[120], mail[100];
	const char *given = GIVEN[seed_next(state, 12)], *family = FAMILY[seed_next(state, 12)];
	bool guest = i % 50 == 9, waiting = i % 10 == 3, synced = waiting || i % 10 == 6;
	bool licensed = !guest && !waiting && i % 7 != 5, enabled = !waiting && i % 15 != 4;
	snprintf(nick, sizeof nick, guest ? "guest%05ld_partner.example#EXT#" : "user%05ld", i);
	snprintf(upn, sizeof upn, "%s@" TENANT_DOMAIN, nick);
	snprintf(mail, sizeof mail, guest ? "guest%05ld@partner.example" : "user%05ld@" TENANT_DOMAIN, i);
	snprintf(address, sizeof address, "SMTP:%s", mail);
	snprintf(name, sizeof name, "%s %s", given, family);
	snprintf(guid, sizeof guid, "%08x-%04x-4%03x-a%03x-%04x%08x", (unsigned)i, seed_next(state, 65536),
		 seed_next(state, 4096), seed_next(state, 4096), seed_next(state, 65536), (unsigned)i);
	json_t *doc = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:[], s:[], s:[s], s:s, s:s, s:s}", "id",
				guid, "userPrincipalName", upn, "displayName", name, "givenName", given, "surname",
				family, "mailNickname", nick, "accountEnabled", enabled, "userType",
				guest ? "Guest" : "Member", "assignedLicenses", "businessPhones", "proxyAddresses",
				address, "companyName", i % 13 == 1 ? "Contoso AG" : "Contoso GmbH", "department",
				DEPARTMENTS[seed_next(state, 4)], "createdDateTime", "2024-01-05T09:00:00Z");
	json_object_set_new(doc, "mail", licensed || guest ? json_string(mail) : json_null());
	json_object_set_new(doc, "usageLocation",
			    waiting || guest || (!licensed && i % 2) ? json_null() : json_string(i % 4 ? "DE" : "AT"));
	json_object_set_new(doc, "onPremisesSyncEnabled", synced ? json_true() : json_null());
	json_object_set_new(doc, "signInActivity",
			    i % 11 == 2 || waiting ? json_null()
						   : json_pack("{s:s}", "lastSignInDateTime", "2026-11-18T07:12:00Z"));
	insert_user(w, guid, upn, !licensed ? NULL : i % 100 == 1 && i <= 2000 ? EXCHANGESTANDARD : SPE_E3, doc);
}

static void seed_waiting(struct world *w, uint64_t *state, long i) {
	char upn[100], nick[60], name[200], guid[37];
	snprintf(nick, sizeof nick, "sync%05ld", i);
	snprintf(upn, sizeof upn, "%s@" TENANT_DOMAIN, nick);
	snprintf(name, sizeof name, "%s %s", GIVEN[seed_next(state, 12)], FAMILY[seed_next(state, 12)]);
	snprintf(guid, sizeof guid, "%08x-%04x-4000-b000-%012x", (unsigned)i, seed_next(state, 65536), (unsigned)i);
	insert_user(w, guid, upn, NULL,
		    json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:[], s:[], s:[], s:n, s:n, s:b, s:s}", "id", guid,
			      "userPrincipalName", upn, "displayName", name, "mailNickname", nick, "accountEnabled", 0,
			      "userType", "Member", "assignedLicenses", "businessPhones", "proxyAddresses", "mail",
			      "usageLocation", "onPremisesSyncEnabled", 1, "createdDateTime", "2026-11-20T09:00:00Z"));
}

void seed(struct world *w, long users, long waiting, unsigned number) {
	uint64_t state = number;
	db_do(w, "BEGIN IMMEDIATE", "");
	seed_skus(w, users + waiting);
	insert_user(w, "99999999-0000-4000-a000-000000000001", TENANT_ADMIN, SPE_E3,
		    json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:[], s:[], s:[], s:s, s:s, s:n}", "id",
			      "99999999-0000-4000-a000-000000000001", "userPrincipalName", TENANT_ADMIN, "displayName",
			      "Admin", "mailNickname", "admin", "accountEnabled", 1, "userType", "Member",
			      "assignedLicenses", "businessPhones", "proxyAddresses", "mail", TENANT_ADMIN,
			      "usageLocation", "DE", "onPremisesSyncEnabled"));
	for (long i = 1; i <= users; i++)
		seed_user(w, &state, i);
	for (long i = 1; i <= waiting; i++)
		seed_waiting(w, &state, i);
	seed_mailboxes(w, number);
	seed_devices(w, number);
	seed_service(w);
	db_do(w, "COMMIT", "");
}
