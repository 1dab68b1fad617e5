/* SPDX-License-Identifier: MIT
 *
 * trust.h - the certificates that are trusted: one X509_STORE per CA file for the whole process.
 *
 * Parsing the system's bundle costs about 1 MiB and 28 ms of CPU; with hundreds of
 * connections it is done once. Thread-safe. A CA file is read once: a change on
 * disk is seen by the next process.
 */
#ifndef MAILVAN_NET_TRUST_H
#define MAILVAN_NET_TRUST_H

#include <openssl/x509_vfy.h>
#include <pthread.h>

#include "core/base/err.h"

struct trust_entry;

struct trust {
	pthread_mutex_t lock;
	struct trust_entry *entries;
	unsigned count;
};

#define TRUST_FILES_MAX 1000

void trust_init(struct trust *t);
void trust_free(struct trust *t);
/* The store for ca_file ("" = the system's). Owned by t; whoever keeps it beyond t's life takes a
 * reference (SSL_CTX_set1_cert_store does). NULL with e (Input) when the file has no certificate. */
X509_STORE *trust_store(struct trust *t, const char *ca_file, struct err *e);

#endif
