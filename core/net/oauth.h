/* SPDX-License-Identifier: MIT
 *
 * oauth.h - access tokens of the Microsoft identity platform (reference/exchange-wire.md section A): client credentials
 * with a secret or a certificate, device code, refresh token. Requests and answers only: where tokens are kept and
 * when they are renewed is core/admin/tokens.h.
 */
#ifndef MAILVAN_NET_OAUTH_H
#define MAILVAN_NET_OAUTH_H

#include "core/base/clock.h"
#include "core/net/http.h"

#define TOKEN_MAX 16384 /* bytes of an access or refresh token; longer ones are refused */

struct oauth_app {
	const char *authority; /* "https://login.microsoftonline.com" */
	const char *tenant;    /* GUID or domain */
	const char *client_id;
	const struct secret *secret;	  /* client secret, or NULL */
	const struct secret *certificate; /* PEM: private key and certificate together, or NULL */
};

struct oauth_token {
	struct secret access, refresh; /* refresh absent for client credentials */
	wall_ms_t expires;
};
void oauth_token_clear(struct oauth_token *t);

/* A.1, A.2 (PS256, x5t#S256). scope: one resource + "/.default". */
bool oauth_client_credentials(struct http *h, const struct oauth_app *app, const char *scope, struct oauth_token *out,
			      struct err *e);
/* A.4. */
struct oauth_device {
	struct secret device_code;
	char user_code[64], verification_uri[512], message[512]; /* sanitised */
	unsigned interval_s;
	wall_ms_t expires;
};
void oauth_device_clear(struct oauth_device *d);
bool oauth_device_begin(struct http *h, const struct oauth_app *app, const char *scope, struct oauth_device *out,
			struct err *e);
/* One look: 1 = out is filled; 0 = not yet (d->interval_s may have grown); -1 = e (declined, expired, ...). */
int oauth_device_poll(struct http *h, const struct oauth_app *app, struct oauth_device *d, struct oauth_token *out,
		      struct err *e);
bool oauth_refresh(struct http *h, const struct oauth_app *app, const struct secret *refresh, const char *scope,
		   struct oauth_token *out, struct err *e);

/* What a token says of itself, for a badge and for diagnostics only: never verified, never relied on. */
struct oauth_claims {
	char tid[64], upn[256], app[128], aud[256];
	char oid[64]; /* of the user, or of the app's enterprise application */
	char roles[1024]; /* roles or scp, blank separated */
	wall_ms_t expires;
};
/* false: it is opaque. */
bool oauth_claims_read(const struct secret *access, struct oauth_claims *out);

/* A private key with its certificate in one file, PEM or PKCS#12 (.pfx, .p12), checked: out is both as PEM without a
 * password. password may be NULL. False with *locked: the file has a password, and it is not this one. */
bool oauth_certificate_read(const char *path, const struct secret *password, struct secret *out, char *thumbprint,
			    size_t size, bool *locked, struct err *e);

#define OAUTH_THUMBPRINT_MAX 64 /* bytes of a SHA-1 in hex and more */
#define OAUTH_CERTIFICATE_DAYS_MAX 730 /* Entra takes longer ones, and administrators forget them */
/* A new RSA key with its self-signed certificate: both into path (PEM, 0600), the certificate alone into upload, which
 * is what the app registration is given. Neither file may be there. name: the subject's common name. */
bool oauth_certificate_make(const char *path, const char *upload, const char *name, unsigned days,
			    char thumbprint[OAUTH_THUMBPRINT_MAX], struct err *e);

#endif
