/* SPDX-License-Identifier: MIT
 *
 * vault.c - the key file, seal and unseal.
 */
#include "core/store/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sodium.h>

#include "core/store/project_dir.h"

#define KEY_BYTES crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
#define FORMAT 1

_Static_assert(VAULT_OVERHEAD == 1 + NONCE_BYTES + TAG_BYTES, "the overhead is what libsodium needs");

/* Written beside and linked into place: of two processes that make a project at once, both end up with one key. */
static bool make_key(const char *dir, const char *path, struct err *e) {
	char tmp[PATH_MAX];
	unsigned char key[KEY_BYTES];
	snprintf(tmp, sizeof tmp, "%s/vault.key.%ld.%d", dir, (long)getpid(), (int)randombytes_uniform(1 << 30));
	int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(e, ERR_LOCAL_DISK, "Cannot make the vault key %s", tmp);
	randombytes_buf(key, sizeof key);
	bool ok = write(fd, key, sizeof key) == (ssize_t)sizeof key && fsync(fd) == 0;
	sodium_memzero(key, sizeof key);
	if (!ok)
		err_errno(e, ERR_LOCAL_DISK, "Cannot write the vault key %s", tmp);
	close(fd);
	if (ok && link(tmp, path) != 0 && errno != EEXIST)
		ok = err_errno(e, ERR_LOCAL_DISK, "Cannot make the vault key %s", path);
	unlink(tmp);
	return ok;
}

static bool read_key(struct vault *v, const char *path, struct err *e) {
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_errno(e, ERR_INPUT, "Cannot read the vault key %s", path);
	v->key = sodium_malloc(KEY_BYTES);
	bool ok = v->key && fstat(fd, &st) == 0 && st.st_size == KEY_BYTES && read(fd, v->key, KEY_BYTES) == KEY_BYTES;
	close(fd);
	if (ok)
		return sodium_mprotect_readonly(v->key) == 0 || err_nomem(e);
	bool nomem = !v->key;
	vault_close(v);
	return nomem ? err_nomem(e)
		     : err_set(e, ERR_INPUT, "%s is not a vault key of %d bytes; restore it from a copy", path,
			       (int)KEY_BYTES);
}

bool vault_open(struct vault *v, const char *dir, bool make, struct err *e) {
	char path[PATH_MAX];
	bool there;
	v->key = NULL;
	if (sodium_init() < 0)
		return err_set(e, ERR_MEMORY, "libsodium cannot start");
	snprintf(path, sizeof path, "%s/" VAULT_FILE, dir);
	if (!private_file_check(path, &there, e))
		return false;
	if (!there && !make)
		return true;
	if (!there && !make_key(dir, path, e))
		return false;
	/* Nothing is sealed yet. From here on something may be, so the key must not go with the power; also one that
	 * somebody made who did not come as far as this. */
	return (!make || directory_sync(dir, e)) && read_key(v, path, e);
}

void vault_close(struct vault *v) {
	sodium_free(v->key);
	v->key = NULL;
}

struct aad {
	unsigned char bytes[16];
};

static struct aad aad_of(enum vault_purpose purpose, int64_t row) {
	struct aad a = { "mailvan" };
	a.bytes[7] = (unsigned char)purpose;
	for (unsigned i = 0; i < 8; i++)
		a.bytes[8 + i] = (unsigned char)((uint64_t)row >> (8 * i));
	return a;
}

static bool locked(struct err *e) {
	return err_set(e, ERR_VAULT_LOCKED,
		       "The vault is locked: " VAULT_FILE " of the project is missing; restore it from a "
		       "copy, or give the passwords again");
}

bool vault_seal(const struct vault *v, enum vault_purpose purpose, int64_t row, const struct secret *plain,
		unsigned char **out, size_t *out_len, struct err *e) {
	struct aad a = aad_of(purpose, row);
	unsigned long long n;
	if (!v->key)
		return locked(e);
	unsigned char *p = plain->len <= SECRET_MAX ? malloc(plain->len + VAULT_OVERHEAD) : NULL;
	if (!p)
		return err_nomem(e);
	p[0] = FORMAT;
	randombytes_buf(p + 1, NONCE_BYTES);
	crypto_aead_xchacha20poly1305_ietf_encrypt(p + 1 + NONCE_BYTES, &n, (const unsigned char *)plain->data,
						   plain->len, a.bytes, sizeof a.bytes, NULL, p + 1, v->key);
	*out = p;
	*out_len = 1 + NONCE_BYTES + (size_t)n;
	return true;
}

/* The clear text in malloc'ed memory of *len + 1 bytes, for as short as possible; free with wipe(). */
static unsigned char *opened(const struct vault *v, enum vault_purpose purpose, int64_t row, const void *sealed,
			     size_t n, size_t *len, struct err *e) {
	struct aad a = aad_of(purpose, row);
	const unsigned char *p = sealed;
	unsigned long long clear_len = 0;
	*len = 0;
	if (!v->key) {
		locked(e);
		return NULL;
	}
	if (n < VAULT_OVERHEAD || n > SECRET_MAX + VAULT_OVERHEAD || p[0] != FORMAT) {
		err_set(e, ERR_VAULT_LOCKED, "A stored password is damaged; give it again");
		return NULL;
	}
	unsigned char *clear = malloc(n - VAULT_OVERHEAD + 1);
	if (!clear) {
		err_nomem(e);
		return NULL;
	}
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(clear, &clear_len, NULL, p + 1 + NONCE_BYTES,
						       n - 1 - NONCE_BYTES, a.bytes, sizeof a.bytes, p + 1,
						       v->key) != 0) {
		free(clear);
		err_set(e, ERR_VAULT_LOCKED,
			"A stored password does not open with this " VAULT_FILE
			"; restore the key that belongs to the project, or give the password again");
		return NULL;
	}
	*len = (size_t)clear_len;
	return clear;
}

static void wipe(unsigned char *clear, size_t len) {
	if (clear)
		sodium_memzero(clear, len);
	free(clear);
}

bool vault_unseal(const struct vault *v, enum vault_purpose purpose, int64_t row, const void *sealed, size_t n,
		  struct secret *plain, struct err *e) {
	size_t len;
	unsigned char *clear = opened(v, purpose, row, sealed, n, &len, e);
	bool ok = clear && (secret_set(plain, (const char *)clear, len) || err_nomem(e));
	wipe(clear, len);
	return ok;
}

bool vault_holds(const struct vault *v, enum vault_purpose purpose, int64_t row, const void *sealed, size_t n,
		 const struct secret *plain) {
	struct err ignored;
	size_t len;
	unsigned char *clear = opened(v, purpose, row, sealed, n, &len, &ignored);
	bool same = clear && len == plain->len && (len == 0 || sodium_memcmp(clear, plain->data, len) == 0);
	wipe(clear, len);
	return same;
}
