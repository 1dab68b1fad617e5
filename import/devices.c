/* SPDX-License-Identifier: MIT
 *
 * devices.c - see devices.h.
 */
#include "import/devices.h"

#include <stdio.h>
#include <string.h>

#include "import/values.h"

enum { MAILBOX, DEVICE_ID, ACCESS, COLUMN_COUNT };

static bool check_address(char *value, size_t size, char text[300], char fix[200]) {
	(void)size;
	if (value_is_address(value))
		return true;
	snprintf(text, 300, "this is not the address of a mailbox");
	snprintf(fix, 200, "Write it as name@domain");
	return false;
}

/* Device ids are letters and digits; anything else is a shifted column. */
static bool check_device(char *value, size_t size, char text[300], char fix[200]) {
	(void)size;
	if (value[strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_{}")] == '\0')
		return true;
	snprintf(text, 300, "this is not a device id");
	snprintf(fix, 200, "Take it from the column deviceId of 'mailvan device list --csv'");
	return false;
}

static bool check_access(char *value, size_t size, char text[300], char fix[200]) {
	static const char *const words[] = { "allow", "block", "default" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_ieq(value, words[i]))
			return text_copy(value, size, words[i]);
	snprintf(text, 300, "this is neither allow, block nor default");
	snprintf(fix, 200, "Write one of the three");
	return false;
}

static const struct table_rule rules[COLUMN_COUNT] = {
	[MAILBOX] = { "Mailbox", "User|Identity", 320, true, false, false, check_address },
	[DEVICE_ID] = { "DeviceId", "Device", 128, true, false, false, check_device },
	[ACCESS] = { "Access", "State|AccessState", 16, true, false, false, check_access },
};

bool import_device(const struct import_table_result *r, size_t i, struct device_wishes *out) {
	const char *access = import_table_cell(r, i, ACCESS);
	*out = (struct device_wishes){ .mailbox = import_table_cell(r, i, MAILBOX),
				       .device_id = import_table_cell(r, i, DEVICE_ID),
				       .access = *access == 'a'	  ? DEVICE_WISH_ALLOW
						 : *access == 'b' ? DEVICE_WISH_BLOCK
								  : DEVICE_WISH_DEFAULT };
	return !import_table_bad(r, i);
}

bool import_devices(const char *path, struct import_table_result *out, struct err *e) {
	return import_table(path, rules, COLUMN_COUNT, out, e);
}
