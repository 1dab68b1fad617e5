/* SPDX-License-Identifier: MIT
 *
 * seqset.h - UID sets in commands (RFC 9051 sequence-set): ascending, neighbours as ranges.
 */
#ifndef MAILVAN_MAIL_IMAP_SEQSET_H
#define MAILVAN_MAIL_IMAP_SEQSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Long enough for any set that stays within the 8,000 octets a server must take (Gmail, Courier: 16 KiB). */
#define SEQSET_MAX 7000

/* Write as many of the n ascending uids as fit; returns how many. dst is terminated. */
size_t seqset_write(char *dst, size_t size, const uint32_t *uids, size_t n);
/* A set that must name exactly `count` uids in strictly ascending order (APPENDUID): fills
 * uids, or returns false. Never expands more than count. */
bool seqset_read(const char *s, size_t n, uint32_t *uids, size_t count);

#endif
