/* SPDX-License-Identifier: MIT
 *
 * reasons.h - how the reasons begin by which alarms.c counts messages that a source withheld.
 */
#ifndef MAILVAN_WORK_REASONS_H
#define MAILVAN_WORK_REASONS_H

#define REASON_GONE "Gone from the source, and no copy of it was found at the target"
#define REASON_NOT_DELIVERED "The source lists this message but does not deliver it"
#define REASON_HANGS_UP "The source closes the connection whenever this message is asked for"
#define REASON_EMPTY "The message is empty (0 bytes)"
#define REASON_EMPTY_TEXT "The source delivered an empty text"
#define REASON_PLACEHOLDER "The source delivered its error text"

#endif
