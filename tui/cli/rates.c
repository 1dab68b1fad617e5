/* SPDX-License-Identifier: MIT
 *
 * rates.c - see rates.h.
 */
#include "tui/cli/rates.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool rates_parse(const char *text, uint64_t *rate, struct err *e) {
	*rate = 0;
	if (!*text || strcmp(text, "off") == 0 || strcmp(text, "0") == 0 ||
	    (text_parse_bytes(text, rate) && *rate >= RATE_MIN))
		return true;
	return err_set(e, ERR_INPUT, "A rate is bytes per second such as 20M (10k at least), or off; not '%s'", text);
}

bool rates_set_jobs(struct store *s, const char *text, struct err *e) {
	uint64_t n;
	char value[24];
	if (!text_u64(text, 1, JOBS_MAX, &n))
		return err_set(e, ERR_INPUT, "The number of mailboxes at once is 1 to %d, not '%s'", JOBS_MAX, text);
	snprintf(value, sizeof value, "%" PRIu64, n);
	return setting_set(s, "jobs", value, e);
}

bool rates_set_rate(struct store *s, const char *text, struct err *e) {
	uint64_t rate;
	char value[24] = "";
	if (!rates_parse(text, &rate, e))
		return false;
	if (rate)
		snprintf(value, sizeof value, "%" PRIu64, rate);
	return setting_set(s, "rate", value, e);
}
