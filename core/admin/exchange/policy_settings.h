/* SPDX-License-Identifier: MIT
 *
 * policy_settings.h - the settings of a mobile device mailbox policy: one row each (exchange-wire.md F.1).
 */
#ifndef MAILVAN_ADMIN_POLICY_SETTINGS_H
#define MAILVAN_ADMIN_POLICY_SETTINGS_H

#include <jansson.h>

#include "core/base/err.h"

enum policy_type {
	POLICY_YES,   /* true or false */
	POLICY_COUNT, /* number within min..max */
	POLICY_LIMIT, /* the same, or "Unlimited" */
	POLICY_SPAN,  /* "d.hh:mm:ss" of min..max seconds, or "Unlimited" */
	POLICY_SIZE,  /* bytes, or "Unlimited" */
	POLICY_CHOICE /* one of choices */
};
struct policy_setting {
	const char *name;  /* as Exchange calls it */
	const char *title; /* for people */
	enum policy_type type;
	long min, max;
	const char *choices; /* '|' between */
};
extern const struct policy_setting policy_settings[]; /* ends with name NULL */
/* ASCII case ignored; NULL when there is none. */
const struct policy_setting *policy_setting_find(const char *name);
/* What an operator typed, as the value that is sent: "yes", "6", "15m", "90d", "00:15:00", "Unlimited". New reference;
 * NULL with e (INPUT says what would be right). */
json_t *policy_setting_parse(const struct policy_setting *s, const char *typed, struct err *e);
/* A value as an operator would type it: "yes", "6", "00:15:00"; "" for NULL and null. Sanitised. */
void policy_setting_text(const json_t *value, char *dst, size_t size);
/* What a setting may be: "1 to 16", "yes or no". */
void policy_setting_range(const struct policy_setting *s, char *dst, size_t size);
/* Settings of a change: every name known, every value one that policy_setting_parse could have made. */
bool policy_settings_check(const json_t *settings, struct err *e);

#endif
