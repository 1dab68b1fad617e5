/* SPDX-License-Identifier: MIT
 *
 * tenant_certificate.c - `mailvan tenant certificate FILE`: a key pair for the app, and what to do with it.
 */
#include <string.h>
#include <time.h>

#include "tui/cli/rows.h"
#include "tui/cli/tenant_args.h"

#define DAYS 365

/* app.pem and app.cer; app and app.cer. */
static bool upload_path(char *dst, size_t size, const char *path, struct err *e) {
	size_t n = strlen(path);
	if (n > 4 && strcmp(path + n - 4, ".cer") == 0)
		return err_set(e, ERR_INPUT,
			       "The .cer is made beside it: name the file of the private key, such as app.pem");
	if (n > 4 && strcmp(path + n - 4, ".pem") == 0)
		n -= 4;
	return (size_t)snprintf(dst, size, "%.*s.cer", (int)n, path) < size ||
	       err_set(e, ERR_INPUT, "The path of the certificate is too long");
}

int tenant_certificate(struct cli *c) {
	const char *path = c->args[0], *name = cli_value(c, "name");
	char upload[4096], thumbprint[OAUTH_THUMBPRINT_MAX], until[32];
	uint64_t days;
	struct err e;
	err_clear(&e);
	if (!cli_number(c, "days", 1, OAUTH_CERTIFICATE_DAYS_MAX, DAYS, &days, &e) ||
	    !upload_path(upload, sizeof upload, path, &e) ||
	    !oauth_certificate_make(path, upload, name ? name : "mailvan", (unsigned)days, thumbprint, &e))
		return cli_fail(c, &e);
	time_text(until, sizeof until, wall_ms() + (wall_ms_t)days * 86400000);
	if (c->json)
		return cli_print_json(c,
				      json_pack("{s:o, s:o, s:s, s:s}", "certificate", json_text(path), "upload",
						json_text(upload), "thumbprint", thumbprint, "expires", until),
				      CLI_OK);
	fprintf(c->out,
		"%s  private key and certificate, valid until %.10s: keep it where only you can read it\n"
		"%s  the certificate alone, thumbprint %s\n\n"
		"1. Entra admin center > App registrations > the app > Certificates & secrets > Certificates >\n"
		"   Upload certificate: %s. The thumbprint shown there must be the one above.\n"
		"2. mailvan tenant add NAME --client-id GUID --certificate %s\n"
		"   (a tenant that is there: mailvan tenant change NAME --certificate %s)\n"
		"3. The vault has its own copy of the key then; delete the file, or keep it as a spare.\n",
		path, until, upload, thumbprint, upload, path, path);
	return cli_written(c, CLI_OK);
}
