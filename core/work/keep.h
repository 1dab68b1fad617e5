/* SPDX-License-Identifier: MIT
 *
 * keep.h - which keywords a target folder can store. Shared by the pump (what is sent) and verify (what must be there).
 */
#ifndef MAILVAN_WORK_KEEP_H
#define MAILVAN_WORK_KEEP_H

#include "core/model/message.h"

#include <stddef.h>

/* Is the word (n bytes, without case) in the blank-separated list? */
bool keyword_listed(const char *list, const char *word, size_t n);
/* The blank-separated list without what PERMANENTFLAGS does not allow. Returns how many were dropped. */
uint32_t keep_keywords(const struct folder_status *st, const char *in, char *out, size_t size);

#endif
