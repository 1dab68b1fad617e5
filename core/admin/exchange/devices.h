/* SPDX-License-Identifier: MIT
 *
 * devices.h - internal to core/admin/exchange: a device as Get-MobileDeviceStatistics says it.
 */
#ifndef MAILVAN_ADMIN_EXCHANGE_DEVICES_H
#define MAILVAN_ADMIN_EXCHANGE_DEVICES_H

#include "core/admin/exchange_online.h"

/* "account-only wipe requested 2026-11-23 02:25 UTC, acknowledged ..."; "" when there is none. */
void device_wipe_words(const json_t *row, char *dst, size_t size);
/* The latest request of either kind; 0 = never. */
wall_ms_t device_wipe_requested(const json_t *row);
/* Asked for and not yet acknowledged by the device. */
bool device_wipe_pending(const json_t *row);
/* Of that kind; dst: "pending since 2026-11-23 02:25 UTC", or "pending" when Exchange does not say since when. */
bool device_wipe_waits(const json_t *row, bool full, char *dst, size_t size);

#endif
