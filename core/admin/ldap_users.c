/* SPDX-License-Identifier: MIT
 *
 * ldap_users.c - see ldap_users.h. The only file that knows the OpenLDAP library.
 */
#include "core/admin/ldap_users.h"

#include <ldap.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "core/base/text.h"

#define PAGE 500
#define ENTRY_SECONDS 120 /* without an entry the server is taken for dead */
#define LOOK_MS 250
#define DEFAULT_FILTER "(&(objectClass=person)(|(userPrincipalName=*)(uid=*)(mail=*)))"
#define ACCOUNT_DISABLED 2U /* ADS_UF_ACCOUNTDISABLE in userAccountControl */

struct search {
	const struct ldap_source *s;
	LDAP *ld;
	ldap_user_fn *fn;
	void *arg;
	size_t seen, unusable;
	bool enough; /* fn wants no more */
};

static const struct {
	int code;
	enum err_cat cat;
	const char *say;
} refusals[] = {
	{ LDAP_INVALID_CREDENTIALS, ERR_AUTH_BAD, "the name or the password for --bind is wrong" },
	{ LDAP_INAPPROPRIATE_AUTH, ERR_AUTH_POLICY, "this way to sign in is not allowed" },
	{ LDAP_STRONG_AUTH_REQUIRED, ERR_AUTH_POLICY, "it wants TLS: use ldaps:// or --starttls" },
	{ LDAP_CONFIDENTIALITY_REQUIRED, ERR_AUTH_POLICY, "it wants TLS: use ldaps:// or --starttls" },
	{ LDAP_INSUFFICIENT_ACCESS, ERR_NO_PERMISSION, "the sign-in may not search there" },
	{ LDAP_OPERATIONS_ERROR, ERR_NO_PERMISSION, "it wants a sign-in before a search: give --bind" },
	{ LDAP_NO_SUCH_OBJECT, ERR_INPUT, "there is nothing at that base: correct --base" },
	{ LDAP_INVALID_DN_SYNTAX, ERR_INPUT, "a DN is not written as it should: correct --base or --bind" },
	{ LDAP_FILTER_ERROR, ERR_INPUT, "the filter is not written as it should: correct --filter (RFC 4515)" },
	{ LDAP_SIZELIMIT_EXCEEDED, ERR_INPUT, "it gives only some of the users: narrow --base or --filter" },
	{ LDAP_TIMELIMIT_EXCEEDED, ERR_NET, "the search took too long: narrow --base or --filter" },
	{ LDAP_REFERRAL, ERR_INPUT, "that base lives on another server: name that one" },
	{ LDAP_CONNECT_ERROR, ERR_TLS, "no secure connection" },
	{ LDAP_SERVER_DOWN, ERR_NET, "no connection" },
	{ LDAP_TIMEOUT, ERR_NET, "no answer" },
};

static bool over_tls(const struct ldap_source *s) {
	return s->starttls || strncasecmp(s->url, "ldaps:", 6) == 0;
}

static bool refused(struct search *q, int code, struct err *e) {
	char *detail = NULL, clean[200] = "", host[120];
	const char *say = ldap_err2string(code);
	enum err_cat cat = ERR_SERVER_BUG;
	ldap_get_option(q->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &detail);
	if (detail)
		text_sanitise(clean, sizeof clean, detail, strlen(detail));
	ldap_memfree(detail);
	text_sanitise(host, sizeof host, q->s->url, strlen(q->s->url));
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
		if (refusals[i].code == code) {
			cat = refusals[i].cat;
			say = refusals[i].say;
		}
	/* A handshake that fails looks like a lost connection, and GnuTLS gives the library no words for it. */
	if ((code == LDAP_SERVER_DOWN || code == LDAP_CONNECT_ERROR) && over_tls(q->s))
		return err_set(e, ERR_TLS,
			       "%s: no secure connection: nobody answers there, or the certificate is not for this "
			       "name, or nobody whom --ca (or the system) trusts has signed it",
			       host);
	return err_set(e, cat, "%s: %s%s%s", host, say, clean[0] ? "; it says: " : "", clean);
}

static bool option(struct search *q, int name, const void *value, struct err *e) {
	int rc = ldap_set_option(q->ld, name, value);
	return rc == LDAP_OPT_SUCCESS || refused(q, rc, e);
}

static bool local(const char *url) {
	const char *host = strstr(url, "://");
	host = host ? host + 3 : url;
	size_t n = strcspn(host, ":/");
	return (n == 9 && (strncasecmp(host, "localhost", 9) == 0 || strncmp(host, "127.0.0.1", 9) == 0)) ||
	       strncmp(host, "[::1]", 5) == 0;
}

/* Everything is set on this connection: what ldap.conf or the environment say about TLS must not weaken it. */
static bool set_up(struct search *q, struct err *e) {
	const struct ldap_source *s = q->s;
	int version = LDAP_VERSION3, demand = LDAP_OPT_X_TLS_DEMAND, client = 0;
	struct timeval patience = { .tv_sec = 30 };
	if (!option(q, LDAP_OPT_PROTOCOL_VERSION, &version, e) || !option(q, LDAP_OPT_REFERRALS, LDAP_OPT_OFF, e) ||
	    !option(q, LDAP_OPT_NETWORK_TIMEOUT, &patience, e) || !option(q, LDAP_OPT_TIMEOUT, &patience, e))
		return false;
	if (!over_tls(s))
		return true;
	return (!s->ca_file || !s->ca_file[0] || option(q, LDAP_OPT_X_TLS_CACERTFILE, s->ca_file, e)) &&
	       option(q, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand, e) && option(q, LDAP_OPT_X_TLS_NEWCTX, &client, e);
}

static bool sign_in(struct search *q, struct err *e) {
	const struct ldap_source *s = q->s;
	int rc = s->starttls ? ldap_start_tls_s(q->ld, NULL, NULL) : LDAP_SUCCESS;
	if (rc != LDAP_SUCCESS)
		return refused(q, rc, e);
	if (!s->bind)
		return true;
	if (!s->password || !s->password->len)
		return err_set(e, ERR_INPUT, "--bind needs a password: an empty one would sign in anonymously");
	struct berval cred = { .bv_len = s->password->len, .bv_val = s->password->data };
	rc = ldap_sasl_bind_s(q->ld, s->bind, LDAP_SASL_SIMPLE, &cred, NULL, NULL, NULL);
	return rc == LDAP_SUCCESS || refused(q, rc, e);
}

/* The first value; false: it is too long, or no text. A missing one is "". */
static bool value(struct search *q, LDAPMessage *entry, const char *name, char *dst, size_t size) {
	struct berval **v = ldap_get_values_len(q->ld, entry, name);
	bool ok = true;
	dst[0] = '\0';
	if (v && v[0]) {
		ok = v[0]->bv_len < size && !memchr(v[0]->bv_val, 0, v[0]->bv_len);
		if (ok) {
			memcpy(dst, v[0]->bv_val, v[0]->bv_len);
			dst[v[0]->bv_len] = '\0';
		}
	}
	ldap_value_free_len(v);
	return ok;
}

static bool sign_in_name(struct search *q, LDAPMessage *entry, struct ldap_user *u) {
	char uid[128];
	if (!value(q, entry, "userPrincipalName", u->upn, sizeof u->upn))
		return false;
	if (u->upn[0])
		return true;
	if (q->s->domain && value(q, entry, "uid", uid, sizeof uid) && uid[0])
		return snprintf(u->upn, sizeof u->upn, "%s@%s", uid, q->s->domain) < (int)sizeof u->upn;
	return value(q, entry, "mail", u->upn, sizeof u->upn) && u->upn[0];
}

static bool full_name(struct search *q, LDAPMessage *entry, struct ldap_user *u) {
	return value(q, entry, "displayName", u->name, sizeof u->name) &&
	       (u->name[0] || value(q, entry, "cn", u->name, sizeof u->name)) && u->name[0];
}

static bool read_user(struct search *q, LDAPMessage *entry, struct ldap_user *u) {
	char control[24];
	uint64_t bits;
	*u = (struct ldap_user){ 0 };
	bool ok = sign_in_name(q, entry, u) && full_name(q, entry, u) &&
		  value(q, entry, "givenName", u->given, sizeof u->given) &&
		  value(q, entry, "sn", u->surname, sizeof u->surname) &&
		  value(q, entry, "department", u->department, sizeof u->department) &&
		  value(q, entry, "title", u->job, sizeof u->job) &&
		  value(q, entry, "company", u->company, sizeof u->company) &&
		  value(q, entry, "userAccountControl", control, sizeof control);
	if (ok && !u->company[0])
		ok = value(q, entry, "o", u->company, sizeof u->company);
	if (ok && !u->department[0])
		ok = value(q, entry, "departmentNumber", u->department, sizeof u->department);
	/* A country that is no two letters is not one. */
	if (!value(q, entry, "c", u->country, sizeof u->country) || strlen(u->country) != 2)
		u->country[0] = '\0';
	u->disabled = ok && text_u64(control, 0, UINT32_MAX, &bits) && (bits & ACCOUNT_DISABLED);
	return ok;
}

static bool take_entry(struct search *q, LDAPMessage *entry, struct err *e) {
	struct ldap_user u;
	if (++q->seen > LDAP_USERS_MAX)
		return err_set(e, ERR_INPUT, "More than %u entries fit: narrow --base or --filter", LDAP_USERS_MAX);
	if (!read_user(q, entry, &u))
		q->unusable++;
	else
		q->enough = !q->fn(q->arg, &u);
	return true;
}

/* The end of a page: the cookie of the next one; bv_len 0 = that was the last, or the server knows no pages. */
static bool take_end(struct search *q, LDAPMessage *result, struct berval *cookie, struct err *e) {
	LDAPControl **controls = NULL, *page;
	int code = LDAP_SUCCESS;
	ber_int_t total;
	ber_memfree(cookie->bv_val);
	*cookie = (struct berval){ 0 };
	int rc = ldap_parse_result(q->ld, result, &code, NULL, NULL, NULL, &controls, 0);
	rc = rc == LDAP_SUCCESS ? code : rc;
	page = controls ? ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL) : NULL;
	if (rc == LDAP_SUCCESS && page)
		rc = ldap_parse_pageresponse_control(q->ld, page, &total, cookie);
	ldap_controls_free(controls);
	return rc == LDAP_SUCCESS || refused(q, rc, e);
}

/* Entries as they come, so that a stop is seen between them. */
static bool read_page(struct search *q, int id, struct berval *cookie, struct err *e) {
	int silent = 0;
	bool ok = true, end = false;
	while (ok && !end && !q->enough) {
		struct timeval wait = { .tv_usec = LOOK_MS * 1000 };
		LDAPMessage *m = NULL;
		if (stop_requested(q->s->stop))
			return err_set(e, ERR_CANCELLED, "Stopped while reading from the LDAP server");
		int type = ldap_result(q->ld, id, LDAP_MSG_ONE, &wait, &m);
		if (type < 0) {
			int code = LDAP_SERVER_DOWN;
			ldap_get_option(q->ld, LDAP_OPT_RESULT_CODE, &code);
			ok = refused(q, code, e);
		} else if (type == 0) {
			silent += LOOK_MS;
			if (silent > ENTRY_SECONDS * 1000)
				ok = refused(q, LDAP_TIMEOUT, e);
		} else if (type == LDAP_RES_SEARCH_ENTRY) {
			silent = 0;
			ok = take_entry(q, m, e);
		} else if (type == LDAP_RES_SEARCH_RESULT) {
			end = true;
			ok = take_end(q, m, cookie, e);
		}
		ldap_msgfree(m);
	}
	return ok;
}

static bool search(struct search *q, struct err *e) {
	static const char *const attributes[] = { "userPrincipalName",
						  "uid",
						  "mail",
						  "displayName",
						  "cn",
						  "givenName",
						  "sn",
						  "department",
						  "title",
						  "company",
						  "o",
						  "departmentNumber",
						  "c",
						  "userAccountControl",
						  NULL };
	struct berval cookie = { 0 };
	const char *filter = q->s->filter ? q->s->filter : DEFAULT_FILTER;
	char *names[sizeof attributes / sizeof *attributes];
	bool ok = true;
	/* The library writes to none of them. */
	for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
		names[i] = (char *)(uintptr_t)attributes[i];
	do {
		LDAPControl *page = NULL, *controls[2] = { NULL, NULL };
		int id = 0, rc = ldap_create_page_control(q->ld, PAGE, cookie.bv_len ? &cookie : NULL, 0, &page);
		controls[0] = page;
		if (rc == LDAP_SUCCESS)
			rc = ldap_search_ext(q->ld, q->s->base, LDAP_SCOPE_SUBTREE, filter, names, 0, controls, NULL,
					     NULL, LDAP_NO_LIMIT, &id);
		ok = rc == LDAP_SUCCESS ? read_page(q, id, &cookie, e) : refused(q, rc, e);
		if (q->enough || !ok)
			ldap_abandon_ext(q->ld, id, NULL, NULL);
		ldap_control_free(page);
	} while (ok && !q->enough && cookie.bv_len);
	ber_memfree(cookie.bv_val);
	return ok;
}

bool ldap_users(const struct ldap_source *s, ldap_user_fn *fn, void *arg, size_t *unusable, struct err *e) {
	struct search q = { .s = s, .fn = fn, .arg = arg };
	bool clear = strncasecmp(s->url, "ldap://", 7) == 0;
	*unusable = 0;
	if (!clear && strncasecmp(s->url, "ldaps://", 8) != 0)
		return err_set(e, ERR_INPUT, "--server wants ldaps://host or ldap://host");
	if (clear && !s->starttls && s->bind && !local(s->url))
		return err_set(e, ERR_INPUT,
			       "The password for --bind would go unencrypted: use ldaps:// or --starttls");
	int rc = ldap_initialize(&q.ld, s->url);
	if (rc != LDAP_SUCCESS || !q.ld)
		return err_set(e, ERR_INPUT, "--server cannot be read as an address: %s", ldap_err2string(rc));
	bool ok = set_up(&q, e) && sign_in(&q, e) && search(&q, e);
	ldap_unbind_ext(q.ld, NULL, NULL);
	*unusable = q.unusable;
	return ok;
}
