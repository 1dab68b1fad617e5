/* SPDX-License-Identifier: MIT
 *
 * password.h - passwords for people to type: random, of four kinds of characters, none that looks like another.
 */
#ifndef MAILVAN_BASE_PASSWORD_H
#define MAILVAN_BASE_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

/* Of a made one, without the NUL: 16 of 63 characters are 94 bits. */
#define PASSWORD_MADE 16U
/* What Microsoft's directory takes: 8 to 256 characters of at least three kinds (lower and upper case, digits, others);
 * on mobile device servers less. */
#define PASSWORD_RULE_MIN 8U
#define PASSWORD_RULE_MAX 256U

/* Starts with a letter, so that no spreadsheet takes it for a formula, and holds no quote, comma or blank. length at
 * least 4, size above it. false: there is no randomness. */
bool password_make(char *dst, size_t size, size_t length);
/* Does it fit the rule above? ASCII only. */
bool password_fits(const char *s, size_t n);

#endif
