/* SPDX-License-Identifier: MIT
 *
 * devices.c - refresh-devices and refresh-policies (exchange-wire.md F.1).
 *
 * The list of devices comes first and is complete by itself. Then each mailbox that has any is asked when they synced,
 * which policy they have and whether a wipe is pending; that takes long, may be broken off, and goes on from there next
 * time.
 */
#include "core/admin/exchange/devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/admin/exchange/recipients.h"
#include "core/admin/exchange/results.h"
#include "core/base/text.h"
#include "core/store/devices_cache.h"
#include "core/store/records.h"

#define MEASURES "device-statistics" /* the list_state of the second part */
#define MARK "since "
#define MARK_MAX_MS (24LL * 60 * 60 * 1000)
#define CHUNK 200
#define OF_MAILBOX_MAX 1000 /* devices; Exchange allows 100 */
#define POLICIES_MAX 1000

#define DEVICE_COLUMNS                                                                                                 \
	"Identity,Guid,FriendlyName,DeviceId,DeviceImei,DeviceOS,DeviceTelephoneNumber,DeviceType,DeviceModel,"        \
	"FirstSyncTime,UserDisplayName,DeviceAccessState,DeviceAccessStateReason,ClientVersion,ClientType"

static bool stopped(struct err *e) {
	return err_set(e, ERR_CANCELLED, "Stopped");
}

/* ---- the list ---- */

struct listing {
	struct exo *x;
	const struct recipients *recipients;
	const char *mailbox; /* only its devices; NULL = all */
	json_t *rows;	     /* up to CHUNK */
	wall_ms_t round;
	uint64_t seen;
};

/* "anna\ExchangeActiveSyncDevices\iPhone§APPL...": what stands before the first '\' is what Exchange calls the mailbox.
 */
static const char *owner(const struct listing *l, const json_t *row, char *dst, size_t size) {
	const char *identity = json_str(row, "Identity");
	size_t n = strcspn(identity, "\\");
	if (l->mailbox)
		return l->mailbox;
	snprintf(dst, size, "%.*s", (int)(n < size ? n : size - 1), identity);
	const char *address = recipients_address(l->recipients, dst);
	/* Without an address the display name may lead to it. */
	return strchr(address, '@') ? address
	       : strchr(recipients_address(l->recipients, json_str(row, "UserDisplayName")), '@')
		       ? recipients_address(l->recipients, json_str(row, "UserDisplayName"))
		       : address;
}

static const char *or_else(const char *s, const char *otherwise) {
	return *s ? s : otherwise;
}

static bool put_chunk(struct listing *l, struct err *e) {
	struct device_facts facts[CHUNK];
	char owners[CHUNK][256];
	size_t n = json_array_size(l->rows);
	for (size_t i = 0; i < n; i++) {
		const json_t *r = json_array_get(l->rows, i);
		facts[i] = (struct device_facts){
			.identity = or_else(json_str(r, "Identity"), json_str(r, "Guid")),
			.mailbox = owner(l, r, owners[i], sizeof owners[i]),
			.device_id = json_str(r, "DeviceId"),
			.name = or_else(json_str(r, "FriendlyName"), json_str(r, "DeviceModel")),
			.type = json_str(r, "DeviceType"),
			.model = json_str(r, "DeviceModel"),
			.os = json_str(r, "DeviceOS"),
			.client = json_str(r, "ClientType"),
			.version = json_str(r, "ClientVersion"),
			.state = json_str(r, "DeviceAccessState"),
			.reason = json_str(r, "DeviceAccessStateReason"),
			.phone = json_str(r, "DeviceTelephoneNumber"),
			.imei = json_str(r, "DeviceImei"),
			.first_sync = json_instant(json_str(r, "FirstSyncTime")),
		};
	}
	bool ok = devices_put(l->x->base.ctx.store, l->x->base.tenant.id, l->round, facts, n, e);
	json_array_clear(l->rows);
	return ok;
}

static bool add_device(void *arg, const json_t *row, struct err *e) {
	struct listing *l = arg;
	if (!*json_str(row, "Identity") && !*json_str(row, "Guid"))
		return true;
	if (json_array_append_new(l->rows, json_deep_copy(row)) != 0)
		return err_nomem(e);
	l->seen++;
	if (json_array_size(l->rows) < CHUNK)
		return true;
	return put_chunk(l, e) && (exo_progress(l->x, l->seen, 0) || stopped(e));
}

static bool list_devices(struct listing *l, struct err *e) {
	struct invoke *v = exo_invoke(l->x, e);
	json_t *p = l->mailbox ? json_pack("{s:s, s:s}", "Mailbox", l->mailbox, "ResultSize", "Unlimited")
			       : json_pack("{s:s}", "ResultSize", "Unlimited");
	l->rows = json_array();
	l->round = wall_ms();
	if (!v || !p || !l->rows) {
		json_decref(p);
		json_decref(l->rows);
		return v ? err_nomem(e) : false;
	}
	bool ok = invoke_run(v, "Get-MobileDevice", p, DEVICE_COLUMNS, add_device, l, NULL, 0, NULL, 0, NULL, e) &&
		  put_chunk(l, e) && devices_end(l->x->base.ctx.store, l->x->base.tenant.id, l->round, l->mailbox, e);
	json_decref(l->rows);
	return ok;
}

/* ---- statistics ---- */

static const struct {
	const char *words, *request, *sent, *ack, *status;
} wipes[] = {
	{ "account-only wipe", "AccountOnlyDeviceWipeRequestTime", "AccountOnlyDeviceWipeSentTime",
	  "AccountOnlyDeviceWipeAckTime", "AccountOnlyDeviceWipePending" },
	{ "full wipe", "DeviceWipeRequestTime", "DeviceWipeSentTime", "DeviceWipeAckTime", "DeviceWipePending" },
};
#define WIPES (sizeof wipes / sizeof *wipes)

static wall_ms_t time_of(const json_t *row, const char *member) {
	return json_instant(json_str(row, member));
}

wall_ms_t device_wipe_requested(const json_t *row) {
	wall_ms_t last = 0;
	for (size_t i = 0; i < WIPES; i++)
		if (time_of(row, wipes[i].request) > last)
			last = time_of(row, wipes[i].request);
	return last;
}

bool device_wipe_pending(const json_t *row) {
	for (size_t i = 0; i < WIPES; i++)
		if (time_of(row, wipes[i].request) > time_of(row, wipes[i].ack))
			return true;
	return strstr(json_str(row, "Status"), "WipePending") != NULL;
}

static void add_time(char *dst, size_t size, const char *words, wall_ms_t t) {
	time_t s = (time_t)(t / 1000);
	size_t used = strlen(dst);
	struct tm tm;
	if (t <= 0 || !gmtime_r(&s, &tm))
		return;
	snprintf(dst + used, size - used, "%s %04d-%02d-%02d %02d:%02d UTC", words, tm.tm_year + 1900, tm.tm_mon + 1,
		 tm.tm_mday, tm.tm_hour, tm.tm_min);
}

bool device_wipe_waits(const json_t *row, bool full, char *dst, size_t size) {
	const char *request = wipes[full].request, *ack = wipes[full].ack;
	bool pending = time_of(row, request) > time_of(row, ack);
	snprintf(dst, size, "pending");
	if (pending)
		add_time(dst, size, " since", time_of(row, request));
	return pending || strcmp(json_str(row, "Status"), wipes[full].status) == 0;
}

void device_wipe_words(const json_t *row, char *dst, size_t size) {
	*dst = '\0';
	for (size_t i = 0; i < WIPES; i++) {
		wall_ms_t request = time_of(row, wipes[i].request), sent = time_of(row, wipes[i].sent),
			  ack = time_of(row, wipes[i].ack);
		if (!request || request != device_wipe_requested(row))
			continue;
		text_copy(dst, size, wipes[i].words);
		add_time(dst, size, " requested", request);
		if (sent >= request)
			add_time(dst, size, ", sent", sent);
		if (ack >= request)
			add_time(dst, size, ", acknowledged", ack);
		return;
	}
}

static bool put_statistics(struct exo *x, const char *mailbox, const struct invoke_part *p, struct err *e) {
	struct store *s = x->base.ctx.store;
	size_t n = json_array_size(p->value);
	if (p->e.cat != ERR_NONE && (p->e.cat == ERR_THROTTLED || p->e.scope > ERR_SCOPE_MAILBOX)) {
		*e = p->e;
		return false;
	}
	n = n > OF_MAILBOX_MAX ? OF_MAILBOX_MAX : n;
	struct device_statistics *at = calloc(n + 1, sizeof *at);
	if (!at)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++) {
		const json_t *r = json_array_get(p->value, i);
		at[i] = (struct device_statistics){ .identity = json_str(r, "Identity"),
						    .device_id = json_str(r, "DeviceId"),
						    .status = json_str(r, "Status"),
						    .policy = json_str(r, "DevicePolicyApplied"),
						    .policy_status = json_str(r, "DevicePolicyApplicationStatus"),
						    .phone = json_str(r, "DevicePhoneNumber"),
						    .last_sync = time_of(r, "LastSuccessSync"),
						    .last_attempt = time_of(r, "LastSyncAttemptTime") };
		device_wipe_words(r, at[i].wipe, sizeof at[i].wipe);
	}
	/* A mailbox that cannot be asked counts as asked: the next refresh tries it again, this one goes on. */
	bool ok = devices_measured(s, x->base.tenant.id, mailbox, at, n, e);
	free(at);
	return ok;
}

static bool measure_some(struct exo *x, char *const *mailboxes, size_t n, struct err *e) {
	struct invoke_part parts[INVOKE_BATCH_MAX] = { 0 };
	struct invoke *v = exo_invoke(x, e);
	for (size_t i = 0; v && i < n; i++) {
		parts[i].cmdlet = "Get-MobileDeviceStatistics";
		parts[i].parameters = json_pack("{s:s}", "Mailbox", mailboxes[i]);
	}
	bool ok = v && invoke_batch(v, parts, n, e);
	for (size_t i = 0; ok && i < n; i++)
		ok = put_statistics(x, mailboxes[i], &parts[i], e);
	invoke_parts_clear(parts, n);
	return ok;
}

/* Since when devices count as measured: where the part that was broken off began, else now. */
static bool measures_begin(struct exo *x, struct list_state *state, wall_ms_t *since, struct err *e) {
	struct store *s = x->base.ctx.store;
	uint64_t mark = 0;
	*since = wall_ms();
	if (!list_state_get(s, x->base.tenant.id, MEASURES, state, e))
		return false;
	if (strncmp(state->delta, MARK, strlen(MARK)) == 0 &&
	    text_u64(state->delta + strlen(MARK), 1, (uint64_t)*since, &mark) &&
	    *since - (wall_ms_t)mark < MARK_MAX_MS) {
		*since = (wall_ms_t)mark;
		return true;
	}
	snprintf(state->delta, sizeof state->delta, MARK "%lld", (long long)*since);
	return list_state_set(s, x->base.tenant.id, MEASURES, state, e);
}

static bool measure(struct exo *x, struct err *e) {
	struct store *s = x->base.ctx.store;
	struct list_state state;
	wall_ms_t since;
	char **boxes = NULL;
	size_t n = 0;
	bool ok =
		measures_begin(x, &state, &since, e) && devices_unmeasured(s, x->base.tenant.id, since, &boxes, &n, e);
	for (size_t i = 0; ok && i < n; i += INVOKE_BATCH_MAX) {
		size_t some = n - i < INVOKE_BATCH_MAX ? n - i : INVOKE_BATCH_MAX;
		ok = (exo_progress(x, i, n) || stopped(e)) && measure_some(x, boxes + i, some, e);
	}
	for (size_t i = 0; i < n; i++)
		free(boxes[i]);
	free(boxes);
	state = (struct list_state){ .refreshed = wall_ms(), .rows = n };
	return ok && list_state_set(s, x->base.tenant.id, MEASURES, &state, e);
}

static bool refresh_one(struct exo *x, const char *what, struct err *e) {
	json_t *row = ask_one(x, "Get-Recipient", json_pack("{s:s}", "Identity", what), RECIPIENT_COLUMNS, e);
	char mailbox[512];
	text_copy(mailbox, sizeof mailbox, recipient_address(row));
	json_decref(row);
	struct listing l = { .x = x, .mailbox = mailbox };
	char *const one[] = { mailbox };
	return *mailbox && list_devices(&l, e) && measure_some(x, one, 1, e);
}

static bool refresh(struct exo *x, const char *what, struct err *e) {
	if (what)
		return refresh_one(x, what, e);
	struct recipients *r = recipients_read(x, e);
	struct listing l = { .x = x, .recipients = r };
	bool ok = r && list_devices(&l, e);
	recipients_free(r);
	/* measuring counted mailboxes: at the end it is devices again, which is what was read */
	return ok && measure(x, e) && (exo_progress(x, l.seen, l.seen) || stopped(e));
}

/* ---- policies ---- */

struct policies {
	struct policy_facts at[POLICIES_MAX];
	char names[POLICIES_MAX][256];
	size_t n;
};

/* Everything that is a setting and not about the object itself; annotations ("X@data.type") are left out. */
static json_t *settings_of(const json_t *row) {
	static const char *const about[] = { "Identity",
					     "Id",
					     "Guid",
					     "Name",
					     "IsDefault",
					     "DistinguishedName",
					     "ObjectCategory",
					     "ObjectClass",
					     "WhenChanged",
					     "WhenCreated",
					     "WhenChangedUTC",
					     "WhenCreatedUTC",
					     "OrganizationId",
					     "OriginatingServer",
					     "ExchangeVersion",
					     "AdminDisplayName",
					     "ObjectState",
					     "IsValid",
					     "ExchangeObjectId",
					     "OrganizationalUnitRoot",
					     NULL };
	const char *name;
	json_t *value, *out = json_object();
	json_object_foreach((json_t *)(uintptr_t)row, name, value) {
		bool skip = strchr(name, '@') != NULL || json_is_object(value);
		for (size_t i = 0; about[i]; i++)
			skip = skip || strcmp(name, about[i]) == 0;
		if (!skip && out && json_object_set(out, name, value) != 0) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

static bool add_policy(void *arg, const json_t *row, struct err *e) {
	struct policies *p = arg;
	const char *name = or_else(json_str(row, "Name"), json_str(row, "Identity"));
	if (!*name || p->n == POLICIES_MAX)
		return !*name || err_set(e, ERR_SERVER_BUG, "More than %d device policies", POLICIES_MAX);
	json_t *settings = settings_of(row);
	char *text = settings ? json_dumps(settings, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	json_decref(settings);
	if (!text)
		return err_nomem(e);
	text_copy(p->names[p->n], sizeof p->names[p->n], name);
	p->at[p->n] = (struct policy_facts){ p->names[p->n], json_yes(row, "IsDefault"), text };
	p->n++;
	return true;
}

static bool refresh_policies(struct exo *x, const char *what, struct err *e) {
	struct invoke *v = exo_invoke(x, e);
	struct policies *p = calloc(1, sizeof *p);
	(void)what; /* there are few: all of them are read */
	bool ok = v && (p || err_nomem(e)) &&
		  invoke_run(v, "Get-MobileDeviceMailboxPolicy", json_object(), NULL, add_policy, p, NULL, 0, NULL, 0,
			     NULL, e) &&
		  policies_replace(x->base.ctx.store, x->base.tenant.id, p->at, p->n, e) &&
		  (exo_progress(x, p->n, p->n) || stopped(e));
	for (size_t i = 0; p && i < p->n; i++)
		free(p->at[i].settings);
	free(p);
	return ok;
}

const struct refresh_row device_refreshes[] = { { "refresh-devices", refresh },
						{ "refresh-policies", refresh_policies },
						{ NULL, NULL } };
