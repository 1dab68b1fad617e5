/* SPDX-License-Identifier: MIT
 *
 * devices.h - a CSV of mobile devices: which of them may connect.
 *
 * Columns: Mailbox, DeviceId, Access (allow, block, or default: the organisation's rules decide).
 */
#ifndef MAILVAN_IMPORT_DEVICES_H
#define MAILVAN_IMPORT_DEVICES_H

#include "import/table.h"

enum device_wish { DEVICE_WISH_ALLOW, DEVICE_WISH_BLOCK, DEVICE_WISH_DEFAULT };
struct device_wishes {
	const char *mailbox, *device_id; /* borrowed from the result */
	enum device_wish access;
};

/* As import_table: false only when the file cannot be read at all. Free with import_table_free, always. */
bool import_devices(const char *path, struct import_table_result *out, struct err *e);
/* Row i < out->count; false for a bad one. */
bool import_device(const struct import_table_result *r, size_t i, struct device_wishes *out);

#endif
