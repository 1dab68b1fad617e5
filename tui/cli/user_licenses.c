/* SPDX-License-Identifier: MIT
 *
 * user_licenses.c - licences and usage locations as they stand on the command line.
 */
#include <ctype.h>
#include <string.h>

#include "tui/cli/device_verbs.h"
#include "tui/cli/user_verbs.h"

bool user_license_text(struct cli *c, const char *option, char *dst, size_t size, struct err *e) {
	size_t len = 0;
	dst[0] = '\0';
	for (unsigned i = 0; cli_value_at(c, option, i); i++) {
		for (const char *p = cli_value_at(c, option, i); *p;) {
			size_t n = strcspn(p, " ,;");
			for (size_t k = 0; k < n; k++)
				if (!isalnum((unsigned char)p[k]) && !strchr("_-", p[k]))
					return err_set(e, ERR_INPUT,
						       "--%s wants the name of a licence such as SPE_E3; `mailvan user "
						       "licenses` lists them",
						       option);
			if (len + n + 2 > size)
				return err_set(e, ERR_INPUT, "--%s: too many licences at once", option);
			if (n)
				len += (size_t)snprintf(dst + len, size - len, "%s%.*s", len ? " " : "", (int)n, p);
			p += n + (p[n] != '\0');
		}
	}
	return true;
}

json_t *user_word_list(const char *words) {
	json_t *list = json_array();
	for (const char *p = words; *p; p += strcspn(p, " "), p += *p == ' ')
		json_array_append_new(list, json_stringn(p, strcspn(p, " ")));
	return list;
}

json_t *user_license_list(struct cli *c, const char *option, struct err *e) {
	char text[400];
	if (!user_license_text(c, option, text, sizeof text, e))
		return NULL;
	json_t *list = user_word_list(text);
	if (!list)
		err_nomem(e);
	return list;
}

struct mailbox_licenses {
	const char *words;
	bool any;
};

static bool on_subscription(void *arg, const struct record *r) {
	struct mailbox_licenses *l = arg;
	l->any |= record_cell(r, &record_subscriptions, "mailbox")->number &&
		  user_holds_license(l->words, r->label, strlen(r->label));
	return true;
}

bool user_license_warning(struct store *s, int64_t tenant, const char *licenses, char dst[300], struct err *e) {
	struct record_query q = { .list = &record_subscriptions, .tenant = tenant };
	struct mailbox_licenses l = { .words = licenses };
	dst[0] = '\0';
	if (!*licenses)
		return true;
	if (!records_each(s, &q, on_subscription, &l, e))
		return false;
	if (l.any)
		text_copy(dst, 300,
			  "A mailbox that is left without a licence is deleted after about 30 days, with all mail "
			  "in it. Another licence before that, or a shared mailbox, keeps it.");
	return true;
}

bool user_location(struct cli *c, char dst[8], struct err *e) {
	const char *given = cli_value(c, "location");
	char text[300] = "", fix[200] = "";
	dst[0] = '\0';
	if (!given)
		return true;
	if (!text_copy(dst, 8, given) || !usage_location_check(dst, 8, text, fix))
		return err_set(e, ERR_INPUT, "--location wants the country's two letters (ISO 3166), such as DE or US");
	return true;
}

json_t *user_domains(struct cli *c, struct store *s, const struct tenant *t) {
	struct err e;
	err_clear(&e);
	json_t *answer = device_ask(c, s, t, "domains", "", &e);
	json_t *list = json_incref(json_object_get(answer, "domains"));
	json_decref(answer);
	/* The service will say it of each; an app need not have the right to ask before. */
	if (!answer)
		cli_note(c, "Which domains are verified in %s is not known: %s", t->name, e.text);
	return list ? list : json_array();
}

bool user_licenses_suffice(struct cli *c, const struct user_plan_license *l, size_t n) {
	bool enough = true;
	for (size_t i = 0; i < n; i++) {
		if (l[i].free < 0) {
			cli_note(c,
				 "The tenant has no licence %s; `mailvan user licenses --refresh` lists those it has.",
				 l[i].name);
			return false;
		}
		if (l[i].needs <= (uint64_t)l[i].free)
			continue;
		char needs[32], seats[32];
		text_count(needs, sizeof needs, l[i].needs);
		text_count(seats, sizeof seats, (uint64_t)l[i].free);
		cli_note(c, "%s: needs %s, %s free.", l[i].name, needs, seats);
		enough = false;
	}
	if (!enough && !cli_flag(c, "anyway"))
		cli_note(c, "Buy licences or name fewer users; --anyway goes as far as they suffice.");
	return enough || cli_flag(c, "anyway");
}
