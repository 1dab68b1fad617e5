/* SPDX-License-Identifier: MIT
 *
 * curl_run.c - see curl_run.h.
 */
#include "core/net/curl_run.h"

/* An upper bound on one sleep: the stop flag of a parent has no descriptor here. */
#define POLL_SLICE_MS 200

static bool finished(CURLM *multi, CURLcode *rc) {
	int left;
	for (CURLMsg *m; (m = curl_multi_info_read(multi, &left));) {
		if (m->msg == CURLMSG_DONE) {
			*rc = m->data.result;
			return true;
		}
	}
	return false;
}

enum curl_end curl_run(CURLM *multi, const struct stop *stop, mono_ms_t deadline, CURLcode *rc) {
	struct curl_waitfd wake = { .fd = stop_fd(stop), .events = CURL_WAIT_POLLIN };
	int running;
	for (;;) {
		if (stop_requested(stop))
			return CURL_STOPPED;
		if (curl_multi_perform(multi, &running) != CURLM_OK)
			return CURL_BROKEN;
		if (finished(multi, rc))
			return CURL_ENDED;
		mono_ms_t left = deadline - mono_ms();
		if (left <= 0)
			return CURL_TIMED_OUT;
		curl_multi_poll(multi, &wake, wake.fd >= 0, left < POLL_SLICE_MS ? (int)left : POLL_SLICE_MS, NULL);
	}
}
