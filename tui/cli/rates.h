/* SPDX-License-Identifier: MIT
 *
 * rates.h - jobs and rate as an operator writes them, checked, into the project's settings.
 */
#ifndef MAILVAN_CLI_RATES_H
#define MAILVAN_CLI_RATES_H

#include "core/mailvan.h"

/* Slower than this and servers would hang up on us between two reads. */
#define RATE_MIN 10000

/* "20M", or "off", "0" and "" for no cap (0). */
bool rates_parse(const char *text, uint64_t *rate, struct err *e);
bool rates_set_jobs(struct store *s, const char *text, struct err *e);
bool rates_set_rate(struct store *s, const char *text, struct err *e);

#endif
