/* SPDX-License-Identifier: MIT
 *
 * curl_run.h - one transfer of libcurl to its end, unless somebody wants to stop.
 */
#ifndef MAILVAN_NET_CURL_RUN_H
#define MAILVAN_NET_CURL_RUN_H

#include <curl/curl.h>

#include "core/base/clock.h"
#include "core/base/stop.h"

enum curl_end { CURL_ENDED, CURL_STOPPED, CURL_TIMED_OUT, CURL_BROKEN };

/* The only easy handle of multi. ENDED: *rc is its result. Not curl_easy_perform, because that one looks at a stop
 * flag only once a second. */
enum curl_end curl_run(CURLM *multi, const struct stop *stop, mono_ms_t deadline, CURLcode *rc);

#endif
