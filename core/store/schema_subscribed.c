/* SPDX-License-Identifier: MIT
 *
 * schema_subscribed.c - the schema's step for subscriptions that change later. subscribed: as the source showed it when
 * the target was told last; NULL = not since this column is there.
 */
#include "core/store/schema_steps.h"

const char schema_subscribed[] = "ALTER TABLE folder ADD COLUMN subscribed INTEGER;";
