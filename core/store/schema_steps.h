/* SPDX-License-Identifier: MIT
 *
 * schema_steps.h - the steps of schema.c that have files of their own.
 */
#ifndef MAILVAN_STORE_SCHEMA_STEPS_H
#define MAILVAN_STORE_SCHEMA_STEPS_H

extern const char schema_tenants[], schema_users[], schema_permissions[], schema_memberships[], schema_users_names[],
	schema_devices[], schema_service[], schema_late_flags[], schema_verify_runs[], schema_waits[], schema_undo[],
	schema_audit[], schema_rate[], schema_again[], schema_subscribed[];

#endif
