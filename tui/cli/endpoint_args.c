/* SPDX-License-Identifier: MIT
 *
 * endpoint_args.c - options to a struct endpoint, checked one by one.
 */
#include "tui/cli/endpoint_args.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *value(const struct cli *c, const char *side, const char *name) {
	char option[64];
	snprintf(option, sizeof option, "%s%s", side, name);
	return cli_value(c, option);
}

static bool read_ca(const char *path, struct endpoint *ep, struct err *e) {
	char *real = realpath(path, NULL);
	if (!real || access(real, R_OK) != 0) {
		free(real);
		return err_errno(e, ERR_INPUT, "Cannot read the CA file %s", path);
	}
	bool ok = text_copy(ep->ca_file, sizeof ep->ca_file, real);
	free(real);
	return ok || err_set(e, ERR_INPUT, "The path of the CA file is too long");
}

static bool read_pin(const char *hex, struct endpoint *ep, struct err *e) {
	if (strlen(hex) != PIN_HEX || strspn(hex, "0123456789abcdefABCDEF") != PIN_HEX)
		return err_set(e, ERR_INPUT, "A pin is the SHA-256 of the public key: %d hex digits", PIN_HEX);
	text_copy(ep->pin, sizeof ep->pin, hex);
	text_lower(ep->pin);
	return true;
}

static bool read_protocol(const char *text, struct endpoint *ep, struct err *e) {
	if (!text_ieq(text, "imap") && !text_ieq(text, "pop3"))
		return err_set(e, ERR_INPUT, "'%s' is not a protocol; imap and pop3 are", text);
	ep->proto = text_ieq(text, "imap") ? PROTO_IMAP : PROTO_POP3;
	return true;
}

bool endpoint_args_read(const struct cli *c, const char *side, struct endpoint *ep, struct err *e) {
	const char *text;
	if ((text = value(c, side, "protocol")) && !read_protocol(text, ep, e))
		return false;
	/* A scheme in the URL is more exact than --protocol; --security is the last word ("imap://" alone means
	 * STARTTLS). */
	if ((text = value(c, side, "server")) && !endpoint_parse_server(ep, text, e))
		return false;
	if ((text = value(c, side, "security")) && !endpoint_parse_security(ep, text, e))
		return false;
	if ((text = value(c, side, "ca")) && !read_ca(text, ep, e))
		return false;
	if ((text = value(c, side, "pin")) && !read_pin(text, ep, e))
		return false;
	if (value(c, side, "insecure"))
		ep->insecure = true;
	text = value(c, side, "login");
	if (text && (!*text || !text_copy(ep->login, sizeof ep->login, text)))
		return err_set(e, ERR_INPUT, "The login after --%slogin is empty or too long", side);
	return true;
}

bool endpoint_args_tenant(const struct cli *c, const char *side, const struct tenant_list *tenants,
			  const struct tenant **out, struct err *e) {
	const char *name = value(c, side, "tenant");
	*out = name ? tenant_list_find(tenants, name, e) : NULL;
	return !name || *out;
}
