/* SPDX-License-Identifier: MIT
 *
 * text.h - foreign text made safe, and numbers read with care.
 *
 * Nothing that a server, a message or a file says reaches a terminal, a log, an
 * error or a report except through text_sanitise (CWE-150).
 */
#ifndef MAILVAN_BASE_TEXT_H
#define MAILVAN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copy n bytes of src to dst (size bytes, always NUL-terminated, never cut inside
 * a UTF-8 sequence). C0, DEL, C1 (U+0080-9F), bidi controls (U+200B-F, U+202A-E,
 * U+2066-9), U+FEFF and invalid UTF-8 become visible: control bytes as \xNN, the
 * rest as U+FFFD. Returns the length written. */
size_t text_sanitise(char *dst, size_t size, const char *src, size_t n);

/* Copy a C string; false (and dst truncated) when it did not fit. */
bool text_copy(char *dst, size_t size, const char *src);

/* Whole-string decimal number within [min, max]; false otherwise (empty, sign, blank, overflow). */
bool text_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out);

/* ASCII only, locale independent. */
void text_lower(char *s);
bool text_ieq(const char *a, const char *b);

/* A size as people write it: "2500M", "20 MB", "500k", "1G", "4096"; k, M, G and T are powers of 1000. False when it is
 * not one, is 0 or does not fit. */
bool text_parse_bytes(const char *s, uint64_t *out);

/* "1.2 MB", "8,112", for people. */
void text_bytes(char *dst, size_t size, uint64_t bytes);
/* The same in powers of 1024, under the same names: 107,374,182,400 bytes are "100.0 GB". */
void text_bytes_binary(char *dst, size_t size, uint64_t bytes);
void text_count(char *dst, size_t size, uint64_t n);
/* The time of day of ms since 1970 (wall_ms) in this machine's zone: "14:05:09", which takes 9 bytes; "?" in less. */
void text_time_of_day(char *dst, size_t size, int64_t ms);

#endif
