/* SPDX-License-Identifier: MIT
 *
 * trust.c - see trust.h.
 */
#include "core/net/trust.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct trust_entry {
	struct trust_entry *next;
	X509_STORE *store;
	char ca_file[];
};

void trust_init(struct trust *t) {
	*t = (struct trust){ 0 };
	pthread_mutex_init(&t->lock, NULL);
}

void trust_free(struct trust *t) {
	while (t->entries) {
		struct trust_entry *entry = t->entries;
		t->entries = entry->next;
		X509_STORE_free(entry->store);
		free(entry);
	}
	pthread_mutex_destroy(&t->lock);
}

static bool load(X509_STORE *store, const char *ca_file, struct err *e) {
	if (!*ca_file) {
		if (X509_STORE_set_default_paths(store) == 1)
			return true;
		return err_set(e, ERR_TLS, "Cannot read the system's CA certificates; give a CA file");
	}
	if (access(ca_file, R_OK) != 0)
		return err_errno(e, ERR_INPUT, "Cannot read the CA file %s", ca_file);
	if (X509_STORE_load_file(store, ca_file) != 1)
		return err_set(e, ERR_INPUT, "The CA file %s holds no certificate in PEM form", ca_file);
	return true;
}

static struct trust_entry *entry_new(const char *ca_file, struct err *e) {
	size_t n = strlen(ca_file) + 1;
	struct trust_entry *entry = malloc(sizeof *entry + n);
	X509_STORE *store = X509_STORE_new();
	if (!entry || !store) {
		err_nomem(e);
	} else if (load(store, ca_file, e)) {
		/* An intermediate or a server's own certificate may be the anchor: the operator named it. */
		X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
		memcpy(entry->ca_file, ca_file, n);
		entry->store = store;
		return entry;
	}
	ERR_clear_error();
	X509_STORE_free(store);
	free(entry);
	return NULL;
}

/* Loads under the lock, so that a hundred threads that start together load once. */
X509_STORE *trust_store(struct trust *t, const char *ca_file, struct err *e) {
	pthread_mutex_lock(&t->lock);
	struct trust_entry *entry = t->entries;
	while (entry && strcmp(entry->ca_file, ca_file) != 0)
		entry = entry->next;
	if (!entry && t->count >= TRUST_FILES_MAX) {
		err_set(e, ERR_INPUT, "More than %d different CA files in one run", TRUST_FILES_MAX);
	} else if (!entry && (entry = entry_new(ca_file, e))) {
		entry->next = t->entries;
		t->entries = entry;
		t->count++;
	}
	pthread_mutex_unlock(&t->lock);
	return entry ? entry->store : NULL;
}
