/* SPDX-License-Identifier: MIT
 *
 * test_repair.h - applies a rung of the repair ladder in every way in which it must give the same.
 */
#ifndef TESTS_UNIT_MAIL_TEST_REPAIR_H
#define TESTS_UNIT_MAIL_TEST_REPAIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))

#include "core/base/buf.h"
#include "core/mail/mime/ident.h"
#include "core/mail/mime/parts.h"
#include "core/mail/mime/repair.h"

UNUSED static const struct mail_date arrived = { 1584007200, 60, true };

UNUSED static bool into_buf(void *arg, const char *p, size_t n, struct err *e) {
	return buf_put(arg, p, n) || err_nomem(e);
}

UNUSED static bool apply(enum repair_rung rung, const struct message_text *in, struct buf *out) {
	struct message_sink sink = { into_buf, out };
	struct err e;
	bool changed;
	buf_init(out, 64u << 20);
	if (!repair_apply(rung, in, &arrived, &sink, &changed, &e))
		fail_msg("%s", e.text);
	assert_true(changed || out->len == 0);
	return changed;
}

/* Times that the rung still changes what it has written, at most `most`. */
UNUSED static unsigned settle(enum repair_rung rung, const struct buf *done, unsigned most) {
	struct message_text in = { .data = done->data, .fd = -1, .size = done->len };
	struct buf again;
	if (most == 0 || !apply(rung, &in, &again))
		return 0;
	unsigned n = 1 + settle(rung, &again, most - 1);
	if (n == most)
		print_message("--- once\n%s\n--- twice\n%s\n", done->data, again.data);
	buf_free(&again);
	return n;
}

/* From memory and from a file the same. */
UNUSED static bool repair_both(enum repair_rung rung, const char *p, size_t n, struct buf *out) {
	struct message_text in = { .data = p, .fd = -1, .size = n };
	struct buf other;
	bool changed = apply(rung, &in, out);
	int fd = memfd_create("message", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), (ssize_t)n);
	struct message_text file = { .fd = fd, .size = n };
	assert_int_equal(apply(rung, &file, &other), changed);
	assert_int_equal(other.len, out->len);
	if (out->len)
		assert_memory_equal(other.data, out->data, out->len);
	buf_free(&other);
	close(fd);
	assert_true(!changed || out->len != n || memcmp(out->data, p, n) != 0);
	return changed;
}

/* And, but for the wrapper, a second time changes nothing. */
UNUSED static bool repair(enum repair_rung rung, const char *p, size_t n, struct buf *out) {
	bool changed = repair_both(rung, p, n, out);
	if (changed && rung != REPAIR_WRAP && settle(rung, out, 1))
		fail_msg("%s is not done after one time", repair_name(rung));
	return changed;
}

UNUSED static void becomes_n(enum repair_rung rung, const char *from, size_t n, const char *to) {
	struct buf out;
	bool changed = repair(rung, from, n, &out);
	if (!to && changed)
		fail_msg("%s changed this: %.*s\ninto: %s", repair_name(rung), (int)n, from, out.data);
	if (to && !changed)
		fail_msg("%s left this: %.*s", repair_name(rung), (int)n, from);
	if (to)
		assert_string_equal(out.data, to);
	buf_free(&out);
}

#define becomes(rung, from, to) becomes_n(rung, "" from, sizeof from - 1, to)
#define stays(rung, from) becomes_n(rung, "" from, sizeof from - 1, NULL)
#define HEAD "From: a@b\r\nDate: Thu, 12 Mar 2020 10:00:00 +0000\r\nSubject: x\r\n"

UNUSED static void shown_as(const char *header, size_t n, const char *field, const char *text) {
	char shown[400];
	header_field_text(header, n, field, shown, sizeof shown);
	assert_string_equal(shown, text);
}

UNUSED static size_t longest_line(const struct buf *b) {
	size_t longest = 0, n = 0;
	for (size_t i = 0; i < b->len; i++) {
		n = b->data[i] == '\n' ? 0 : n + 1;
		longest = n > longest ? n : longest;
	}
	return longest;
}

#endif
