/* SPDX-License-Identifier: MIT
 *
 * schema_rate.c - the schema's step for the bandwidth cap that processes share (rate.h). free_at: microseconds.
 */
#include "core/store/schema_steps.h"

const char schema_rate[] = "CREATE TABLE rate(one INTEGER PRIMARY KEY CHECK (one = 1), free_at INTEGER NOT NULL);";
