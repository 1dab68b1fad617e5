/* SPDX-License-Identifier: MIT
 *
 * tenant_args.c - options to a struct tenant, checked one by one; tenants.h checks the rest when it is stored.
 */
#include "tui/cli/tenant_args.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool copy(char *dst, size_t size, const struct cli *c, const char *option, struct err *e) {
	const char *value = cli_value(c, option);
	return !value || text_copy(dst, size, value) || err_set(e, ERR_INPUT, "--%s is too long", option);
}

static bool read_ca(const struct cli *c, struct tenant *t, struct err *e) {
	const char *path = cli_value(c, "ca");
	char *real = path ? realpath(path, NULL) : NULL;
	if (!path)
		return true;
	if (!real || access(real, R_OK) != 0) {
		free(real);
		return err_errno(e, ERR_INPUT, "Cannot read the CA file %s", path);
	}
	bool ok = text_copy(t->ca_file, sizeof t->ca_file, real);
	free(real);
	return ok || err_set(e, ERR_INPUT, "The path of the CA file is too long");
}

/* A tenant that is there keeps its way to sign in unless another is named. */
static bool how(const struct cli *c, struct tenant *t, bool *needs, struct err *e) {
	bool secret = cli_flag(c, "secret-stdin") || cli_value(c, "secret-file"),
	     certificate = cli_value(c, "certificate") != NULL, code = cli_flag(c, "device-code");
	if (secret + certificate + code > 1 || (cli_flag(c, "secret-stdin") && cli_value(c, "secret-file")))
		return err_set(e, ERR_INPUT, "Give one way to sign in: a secret, a certificate or a device code");
	*needs = secret || certificate || (!t->id && !code);
	if (secret || (!t->id && *needs))
		t->sign_in = SIGN_IN_SECRET;
	if (certificate)
		t->sign_in = SIGN_IN_CERTIFICATE;
	if (code)
		t->sign_in = SIGN_IN_DEVICE_CODE;
	return true;
}

/* A file without a password is opened at once; for one with it the password is asked for. */
static bool read_certificate(const struct cli *c, struct tenant *t, struct secret *out, struct err *e) {
	const char *path = cli_value(c, "certificate"), *file = cli_value(c, "password-file"),
		   *fd = cli_value(c, "password-fd");
	char whose[300];
	bool locked = false, given = file || fd;
	struct secret password = { 0 };
	if (!given && oauth_certificate_read(path, NULL, out, t->thumbprint, sizeof t->thumbprint, &locked, e))
		return true;
	if (!given && !locked)
		return false;
	snprintf(whose, sizeof whose, "the certificate %.250s", path);
	bool ok = password_read_unless(c->stop, file, fd, whose, &password, e) &&
		  oauth_certificate_read(path, &password, out, t->thumbprint, sizeof t->thumbprint, &locked, e);
	secret_clear(&password);
	return ok;
}

bool tenant_args_read(const struct cli *c, struct tenant *t, struct secret *secret, struct secret *certificate,
		      struct err *e) {
	bool needs;
	char whose[TENANT_NAME_MAX + 40];
	if (!copy(t->client_id, sizeof t->client_id, c, "client-id", e) ||
	    !copy(t->authority, sizeof t->authority, c, "authority", e) ||
	    !copy(t->graph, sizeof t->graph, c, "graph", e) ||
	    !copy(t->exchange, sizeof t->exchange, c, "exchange", e) || !copy(t->imap, sizeof t->imap, c, "imap", e) ||
	    !copy(t->proxy, sizeof t->proxy, c, "proxy", e) || !read_ca(c, t, e) || !how(c, t, &needs, e))
		return false;
	if (!t->client_id[0])
		return err_set(e, ERR_INPUT,
			       "An app registration of the tenant is needed: give its --client-id (Entra, App "
			       "registrations)");
	if (needs && t->sign_in == SIGN_IN_CERTIFICATE)
		return read_certificate(c, t, certificate, e);
	if (t->sign_in != SIGN_IN_CERTIFICATE)
		t->thumbprint[0] = '\0';
	if (!needs)
		return true;
	snprintf(whose, sizeof whose, "the app of %s (client secret)", t->name);
	return password_read_unless(c->stop, cli_value(c, "secret-file"), cli_flag(c, "secret-stdin") ? "0" : NULL,
				    whose, secret, e);
}
