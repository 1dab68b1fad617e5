/* SPDX-License-Identifier: MIT
 *
 * sasl.c - PLAIN, XOAUTH2 and OAUTHBEARER responses. Buffers are sized once, so that no copy is left behind by growth.
 */
#include "core/mail/sasl.h"

#include <sodium/utils.h>
#include <string.h>

static bool encode(struct buf *response, struct buf *plain) {
	bool ok = !plain->failed;
	size_t size = sodium_base64_encoded_len(plain->len, sodium_base64_VARIANT_ORIGINAL);
	buf_init(response, size);
	char *dst = ok ? buf_room(response, size) : NULL;
	if (dst) {
		sodium_bin2base64(dst, size, (const unsigned char *)plain->data, plain->len,
				  sodium_base64_VARIANT_ORIGINAL);
		buf_added(response, size - 1);
	}
	sasl_wipe(plain);
	return dst != NULL;
}

static bool reserve(struct buf *plain, size_t n) {
	buf_init(plain, n);
	return buf_room(plain, n) != NULL;
}

bool sasl_plain(struct buf *response, const struct endpoint *ep) {
	struct buf plain;
	if (reserve(&plain, strlen(ep->authzid) + strlen(ep->login) + ep->password.len + 2)) {
		buf_puts(&plain, ep->authzid);
		buf_putc(&plain, '\0');
		buf_puts(&plain, ep->login);
		buf_putc(&plain, '\0');
		buf_put(&plain, ep->password.data, ep->password.len);
	}
	return encode(response, &plain);
}

bool sasl_xoauth2(struct buf *response, const struct endpoint *ep) {
	struct buf plain;
	const char *user = ep->authzid[0] ? ep->authzid : ep->login;
	static const char name[] = "user=", token[] = "\1auth=Bearer ", end[] = "\1\1";
	if (reserve(&plain, sizeof name + strlen(user) + sizeof token + ep->bearer.len + sizeof end)) {
		buf_puts(&plain, name);
		buf_puts(&plain, user);
		buf_puts(&plain, token);
		buf_put(&plain, ep->bearer.data, ep->bearer.len);
		buf_puts(&plain, end);
	}
	return encode(response, &plain);
}

/* RFC 5801 saslname: ',' and '=' would end the name. */
static void put_saslname(struct buf *b, const char *s) {
	for (; *s; s++) {
		if (*s == ',')
			buf_puts(b, "=2C");
		else if (*s == '=')
			buf_puts(b, "=3D");
		else
			buf_putc(b, *s);
	}
}

bool sasl_oauthbearer(struct buf *response, const struct endpoint *ep) {
	struct buf plain;
	const char *user = ep->authzid[0] ? ep->authzid : ep->login;
	if (reserve(&plain, 3 * strlen(user) + strlen(ep->host) + ep->bearer.len + 64)) {
		buf_puts(&plain, "n,a=");
		put_saslname(&plain, user);
		buf_puts(&plain, ",\1host=");
		buf_puts(&plain, ep->host);
		buf_printf(&plain, "\1port=%u\1auth=Bearer ", (unsigned)ep->port);
		buf_put(&plain, ep->bearer.data, ep->bearer.len);
		buf_puts(&plain, "\1\1");
	}
	return encode(response, &plain);
}

void sasl_wipe(struct buf *response) {
	if (response->data)
		sodium_memzero(response->data, response->cap);
	buf_free(response);
}
