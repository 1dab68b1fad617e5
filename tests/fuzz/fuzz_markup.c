/* SPDX-License-Identifier: MIT
 *
 * fuzz_markup.c - HTML of announcements, feeds, and autodiscover's XML: bounded, and what goes into a path or onto a
 * phone's sheet has no control bytes.
 */
#include "core/admin/autodiscover.h"
#include "core/admin/feed_parse.h"
#include "core/admin/html_text.h"
#include "tests/fuzz/fuzz.h"

#define TEXT_MAX 5000

static void html(const char *text, size_t size) {
	struct buf out;
	buf_init(&out, TEXT_MAX);
	bool whole = html_to_text(text, size, &out);
	FUZZ_HOLDS(out.len <= TEXT_MAX);
	FUZZ_HOLDS(whole || out.failed || size > 0);
	if (whole && !memchr(text, '<', size) && !memchr(text, '&', size))
		FUZZ_HOLDS(out.len == size);
	buf_free(&out);
}

static void feed(const char *text, size_t size) {
	struct feed_document d;
	struct err e = { 0 };
	if (!feed_parse(text, size, &d, &e)) {
		fuzz_is_error(&e);
		return;
	}
	FUZZ_HOLDS(d.n <= FEED_KEPT && d.title);
	for (size_t i = 0; i < d.n; i++)
		FUZZ_HOLDS(d.entries[i].guid && d.entries[i].title && d.entries[i].link && d.entries[i].body);
	feed_document_free(&d);
}

static void pox(const char *text, size_t size) {
	struct pox_answer a;
	pox_parse(text, size, &a);
	fuzz_is_clean(a.url, sizeof a.url);
	fuzz_is_clean(a.redirect, sizeof a.redirect);
	fuzz_is_clean(a.error, sizeof a.error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	unsigned choice = fuzz_choice(&data, &size);
	char *text = fuzz_copy(data, size);
	if (choice % 3 == 0)
		html(text, size);
	else if (choice % 3 == 1)
		feed(text, size);
	else
		pox(text, size);
	free(text);
	return 0;
}
