/* SPDX-License-Identifier: MIT
 *
 * ldap_list.c - see ldap_list.h.
 */
#include "tui/cli/ldap_list.h"

#include <sys/mman.h>
#include <unistd.h>

#include "tui/cli/csv.h"

const char *const ldap_list_header[] = { "UserPrincipalName", "DisplayName", "FirstName", "LastName", "UsageLocation",
					 "Department",	      "JobTitle",    "Company",	  NULL };

struct taking {
	struct ldap_list *to;
	FILE *copy;
};

static void put_exact(FILE *to, const char *text, bool first) {
	fputs(first ? "\"" : ",\"", to);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', to);
		fputc(*text, to);
	}
	fputc('"', to);
}

static bool on_person(void *arg, const struct ldap_user *u) {
	struct taking *t = arg;
	const char *const values[] = { u->upn,	   u->name,	  u->given, u->surname,
				       u->country, u->department, u->job,   u->company };
	if (u->disabled) {
		t->to->disabled++;
		return true;
	}
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		put_exact(t->to->list, values[i], i == 0);
		if (!t->copy)
			continue;
		if (i)
			csv_comma(t->copy);
		csv_text(t->copy, values[i]);
	}
	fputs("\r\n", t->to->list);
	if (t->copy)
		csv_end(t->copy);
	t->to->n++;
	return true;
}

static bool list_open(struct ldap_list *l, struct err *e) {
	int fd = memfd_create("ldap", MFD_CLOEXEC);
	*l = (struct ldap_list){ .list = fd < 0 ? NULL : fdopen(fd, "w+") };
	if (!l->list) {
		if (fd >= 0)
			close(fd);
		return err_errno(e, ERR_MEMORY, "Cannot keep the list");
	}
	for (size_t i = 0; ldap_list_header[i]; i++)
		put_exact(l->list, ldap_list_header[i], i == 0);
	fputs("\r\n", l->list);
	return true;
}

bool ldap_list_read(const struct ldap_source *from, FILE *copy, struct ldap_list *out, struct err *e) {
	struct taking t = { out, copy };
	if (!list_open(out, e) || !ldap_users(from, on_person, &t, &out->unusable, e))
		return false;
	if (ferror(out->list) || fflush(out->list) != 0 || lseek(fileno(out->list), 0, SEEK_SET) != 0)
		return err_errno(e, ERR_MEMORY, "Cannot keep the list");
	return true;
}

void ldap_list_free(struct ldap_list *l) {
	if (l->list)
		fclose(l->list);
	l->list = NULL;
}
