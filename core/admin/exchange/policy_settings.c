/* SPDX-License-Identifier: MIT
 *
 * policy_settings.c - see policy_settings.h.
 */
#include "core/admin/exchange/policy_settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"

#define MINUTE 60L
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

const struct policy_setting policy_settings[] = {
	{ "PasswordEnabled", "A device password is required", POLICY_YES, 0, 0, NULL },
	{ "AlphanumericPasswordRequired", "It has letters as well as digits", POLICY_YES, 0, 0, NULL },
	{ "AllowSimplePassword", "1234 will do", POLICY_YES, 0, 0, NULL },
	{ "MinPasswordLength", "Shortest password", POLICY_COUNT, 1, 16, NULL },
	{ "MinPasswordComplexCharacters", "Kinds of characters in it", POLICY_COUNT, 1, 4, NULL },
	{ "MaxPasswordFailedAttempts", "Wrong attempts before the device is wiped", POLICY_LIMIT, 4, 16, NULL },
	{ "PasswordExpiration", "It has to be changed after", POLICY_SPAN, DAY, 730 * DAY, NULL },
	{ "PasswordHistory", "Old passwords that are refused", POLICY_COUNT, 0, 50, NULL },
	{ "PasswordRecoveryEnabled", "A recovery password is kept", POLICY_YES, 0, 0, NULL },
	{ "MaxInactivityTimeLock", "Locks itself after", POLICY_SPAN, MINUTE, HOUR, NULL },
	{ "RequireDeviceEncryption", "The device is encrypted", POLICY_YES, 0, 0, NULL },
	{ "RequireStorageCardEncryption", "Its storage card is encrypted", POLICY_YES, 0, 0, NULL },
	{ "DeviceEncryptionEnabled", "Encryption is switched on", POLICY_YES, 0, 0, NULL },
	{ "AllowNonProvisionableDevices", "Devices that ignore policies may connect", POLICY_YES, 0, 0, NULL },
	{ "DevicePolicyRefreshInterval", "The policy is sent again every", POLICY_SPAN, MINUTE, 730 * DAY, NULL },
	{ "AttachmentsEnabled", "Attachments are loaded", POLICY_YES, 0, 0, NULL },
	{ "MaxAttachmentSize", "Largest attachment", POLICY_SIZE, 0, 0, NULL },
	{ "MaxEmailAgeFilter", "Mail is kept for", POLICY_CHOICE, 0, 0,
	  "All|OneDay|ThreeDays|OneWeek|TwoWeeks|OneMonth" },
	{ "MaxCalendarAgeFilter", "Appointments are kept for", POLICY_CHOICE, 0, 0,
	  "All|TwoWeeks|OneMonth|ThreeMonths|SixMonths" },
	{ "AllowCamera", "Camera", POLICY_YES, 0, 0, NULL },
	{ "AllowWiFi", "WiFi", POLICY_YES, 0, 0, NULL },
	{ "AllowBluetooth", "Bluetooth", POLICY_CHOICE, 0, 0, "Allow|HandsfreeOnly|Disable" },
	{ "AllowBrowser", "Browser", POLICY_YES, 0, 0, NULL },
	{ "AllowTextMessaging", "Text messages", POLICY_YES, 0, 0, NULL },
	{ "AllowPOPIMAPEmail", "POP and IMAP accounts", POLICY_YES, 0, 0, NULL },
	{ "AllowStorageCard", "Storage card", POLICY_YES, 0, 0, NULL },
	{ "AllowHTMLEmail", "HTML mail", POLICY_YES, 0, 0, NULL },
	{ "RequireManualSyncWhenRoaming", "No automatic sync while roaming", POLICY_YES, 0, 0, NULL },
	{ 0 },
};

const struct policy_setting *policy_setting_find(const char *name) {
	for (const struct policy_setting *s = policy_settings; s->name; s++)
		if (text_ieq(s->name, name))
			return s;
	return NULL;
}

static void span_text(char *dst, size_t size, long s) {
	if (s >= DAY)
		snprintf(dst, size, "%ld.%02ld:%02ld:%02ld", s / DAY, s % DAY / HOUR, s % HOUR / MINUTE, s % MINUTE);
	else
		snprintf(dst, size, "%02ld:%02ld:%02ld", s / HOUR, s % HOUR / MINUTE, s % MINUTE);
}

/* Two digits of *p within [0, max] and the separator behind them ('\0' at the end); -1 when they are not. */
static long pair(const char **p, long max, char end) {
	const char *s = *p;
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' || s[2] != end)
		return -1;
	long v = 10 * (s[0] - '0') + (s[1] - '0');
	*p += end ? 3 : 2;
	return v <= max ? v : -1;
}

/* "15m", "1h", "90d", "30s", "00:15:00", "90.00:00:00" in seconds; -1 when it is none. */
static long span_parse(const char *typed) {
	char number[16];
	uint64_t n = 0;
	size_t len = strlen(typed), digits = strspn(typed, "0123456789");
	if (digits == 0 || digits > 6 || digits >= len)
		return -1;
	snprintf(number, sizeof number, "%.*s", (int)digits, typed);
	if (!text_u64(number, 0, 999999, &n))
		return -1;
	const char *rest = typed + digits;
	if (rest[1] == '\0')
		switch (rest[0]) {
		case 's':
			return (long)n;
		case 'm':
			return (long)n * MINUTE;
		case 'h':
			return (long)n * HOUR;
		case 'd':
			return (long)n * DAY;
		default:
			return -1;
		}
	const char *p = *rest == '.' ? rest + 1 : typed;
	long days = *rest == '.' ? (long)n : 0, h = pair(&p, 23, ':'), m = h < 0 ? -1 : pair(&p, 59, ':');
	long s = m < 0 ? -1 : pair(&p, 59, '\0');
	return s < 0 ? -1 : days * DAY + h * HOUR + m * MINUTE + s;
}

static json_t *choice(const struct policy_setting *s, const char *typed) {
	char one[40];
	for (const char *p = s->choices; *p; p += p[strcspn(p, "|")] ? strcspn(p, "|") + 1 : strcspn(p, "|")) {
		snprintf(one, sizeof one, "%.*s", (int)strcspn(p, "|"), p);
		if (text_ieq(one, typed))
			return json_string(one);
	}
	return NULL;
}

static json_t *yes(const char *typed) {
	static const char *const words[] = { "no", "yes", "off", "on", "false", "true" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_ieq(typed, words[i]))
			return json_boolean(i % 2);
	return NULL;
}

static json_t *parse(const struct policy_setting *s, const char *typed) {
	char text[40];
	uint64_t n = 0;
	if ((s->type == POLICY_LIMIT || s->type == POLICY_SPAN || s->type == POLICY_SIZE) &&
	    text_ieq(typed, "Unlimited"))
		return json_string("Unlimited");
	switch (s->type) {
	case POLICY_YES:
		return yes(typed);
	case POLICY_COUNT:
		return text_u64(typed, (uint64_t)s->min, (uint64_t)s->max, &n) ? json_integer((json_int_t)n) : NULL;
	case POLICY_LIMIT:
		if (!text_u64(typed, (uint64_t)s->min, (uint64_t)s->max, &n))
			return NULL;
		snprintf(text, sizeof text, "%" PRIu64, n);
		return json_string(text);
	case POLICY_SIZE:
		if (!text_parse_bytes(typed, &n) || n > INT32_MAX)
			return NULL;
		snprintf(text, sizeof text, "%" PRIu64, n);
		return json_string(text);
	case POLICY_SPAN: {
		long span = span_parse(typed);
		if (span < s->min || span > s->max)
			return NULL;
		span_text(text, sizeof text, span);
		return json_string(text);
	}
	default:
		return choice(s, typed);
	}
}

void policy_setting_text(const json_t *value, char *dst, size_t size) {
	if (json_is_boolean(value))
		text_copy(dst, size, json_is_true(value) ? "yes" : "no");
	else if (json_is_integer(value))
		snprintf(dst, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_string(value))
		text_sanitise(dst, size, json_string_value(value), json_string_length(value));
	else
		text_copy(dst, size, "");
}

void policy_setting_range(const struct policy_setting *s, char *dst, size_t size) {
	char a[40], b[40];
	switch (s->type) {
	case POLICY_YES:
		text_copy(dst, size, "yes or no");
		break;
	case POLICY_COUNT:
		snprintf(dst, size, "%ld to %ld", s->min, s->max);
		break;
	case POLICY_LIMIT:
		snprintf(dst, size, "%ld to %ld, or Unlimited", s->min, s->max);
		break;
	case POLICY_SPAN:
		span_text(a, sizeof a, s->min);
		span_text(b, sizeof b, s->max);
		snprintf(dst, size, "a time from %s to %s (15m, 1h, 90d), or Unlimited", a, b);
		break;
	case POLICY_SIZE:
		text_copy(dst, size, "a size (500k, 10M), or Unlimited");
		break;
	default:
		snprintf(dst, size, "one of %s", s->choices);
	}
}

json_t *policy_setting_parse(const struct policy_setting *s, const char *typed, struct err *e) {
	char range[200], clean[100];
	json_t *value = parse(s, typed);
	if (value)
		return value;
	policy_setting_range(s, range, sizeof range);
	text_sanitise(clean, sizeof clean, typed, strlen(typed));
	err_set(e, ERR_INPUT, "%s has to be %s, not \"%s\"", s->name, range, clean);
	return NULL;
}

/* A value that is sent is one that reads back as itself; null takes a setting away, as undo may have to. */
static bool fits(const struct policy_setting *s, const json_t *value) {
	char number[32];
	const char *typed = json_string_value(value);
	if (json_is_null(value))
		return true;
	if (s->type == POLICY_YES)
		return json_is_boolean(value);
	if (json_is_integer(value)) {
		snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		typed = number;
	}
	json_t *again = typed ? parse(s, typed) : NULL;
	json_decref(again);
	return again != NULL;
}

bool policy_settings_check(const json_t *settings, struct err *e) {
	const char *name;
	json_t *value;
	char clean[80], range[200];
	json_object_foreach((json_t *)(uintptr_t)settings, name, value) {
		const struct policy_setting *s = policy_setting_find(name);
		text_sanitise(clean, sizeof clean, name, strlen(name));
		if (!s)
			return err_set(e, ERR_INPUT, "A device policy has no setting \"%s\"", clean);
		policy_setting_range(s, range, sizeof range);
		if (!fits(s, value))
			return err_set(e, ERR_INPUT, "%s has to be %s", clean, range);
	}
	return true;
}
