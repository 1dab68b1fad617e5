/* SPDX-License-Identifier: MIT
 *
 * user_plan.c - a list of users held against the tenant's, as it is cached: who is new, who differs, and whether the
 * licences suffice.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/duplicates.h"
#include "import/users.h"

#define NAME_MAX_KEPT 256

const char *user_outcome_name(enum user_outcome o) {
	static const char *const names[] = { [USER_NEW] = "new",
					     [USER_SAME] = "same",
					     [USER_CHANGE] = "change",
					     [USER_LEFT] = "left",
					     [USER_BAD] = "error" };
	return names[o];
}

struct comparison {
	struct user_list *l;
	struct user_plan *plan;
	struct duplicates names; /* of the list: where each is in it; the tenant's others are n */
	const struct user_plan_options *o;
	bool no_memory;
	int enabled, licenses, location, synced, field[PERSON_FIELDS];
};

static int column(const struct record_list *l, const char *name) {
	const struct record_column *c = record_column_find(l, name);
	return c ? (int)(c - l->columns) : -1;
}

bool user_holds_license(const char *licenses, const char *name, size_t n) {
	for (const char *p = licenses; *p; p += strcspn(p, " "), p += *p == ' ')
		if (strcspn(p, " ") == n && strncasecmp(p, name, n) == 0)
			return true;
	return false;
}

const struct person_field person_fields[PERSON_FIELDS] = {
	{ "name", "displayName", "displayName", offsetof(struct user_record, name) },
	{ "first name", "givenName", "givenName", offsetof(struct user_record, given) },
	{ "last name", "surname", "surname", offsetof(struct user_record, surname) },
	{ "department", "department", "department", offsetof(struct user_record, department) },
	{ "job title", "jobTitle", "jobTitle", offsetof(struct user_record, job) },
	{ "company", "company", "company", offsetof(struct user_record, company) },
};

const char *person_field_value(const struct user_record *r, size_t field) {
	return *(const char *const *)((const char *)r + person_fields[field].at);
}

/* Behind what differs already; what does not fit is cut. */
static void differ(struct user_plan_row *row, const char *what, const char *value) {
	char clean[200];
	size_t used = strlen(row->differs);
	text_sanitise(clean, sizeof clean, value, strlen(value));
	snprintf(row->differs + used, sizeof row->differs - used, "%s%s%.130s", used ? "; " : "", what, clean);
}

/* "name: Anna -> Anna Berg" */
static void differ_field(struct user_plan_row *row, size_t f, const char *old, const char *new) {
	char was[200], text[300];
	text_sanitise(was, sizeof was, old, strlen(old));
	snprintf(text, sizeof text, "%s: %.120s -> ", person_fields[f].title, *was ? was : "(none)");
	differ(row, text, new);
	row->set |= 1U << f;
}

static void find_missing(struct user_plan_row *row, const char *wanted, const char *held) {
	size_t len = 0;
	for (const char *p = wanted; *p; p += strcspn(p, " "), p += *p == ' ') {
		size_t n = strcspn(p, " ");
		if (!user_holds_license(held, p, n) && len + n + 2 < sizeof row->missing)
			len += (size_t)snprintf(row->missing + len, sizeof row->missing - len, "%s%.*s", len ? " " : "",
						(int)n, p);
	}
}

static void compare(struct comparison *c, size_t i, const struct record *tenant) {
	const struct user_record *r = &c->l->list[i];
	struct user_plan_row *row = &c->plan->rows[i];
	const struct cell *cells = tenant->cells;
	const char *location = cells[c->location].text;
	row->set = 0;
	row->missing[0] = row->differs[0] = '\0';
	find_missing(row, r->licenses, cells[c->licenses].text);
	bool blocked = !cells[c->enabled].number;
	row->enable = blocked && c->o->enable;
	row->place = *r->location && !text_ieq(location, r->location);
	if (blocked)
		differ(row, row->enable ? "sign-in is blocked" : "sign-in is blocked and stays so", "");
	if (row->missing[0])
		differ(row, "lacks ", row->missing);
	if (row->place)
		differ(row, *location ? "usage location is " : "has no usage location", location);
	for (size_t f = 0; f < PERSON_FIELDS; f++) {
		const char *old = cells[c->field[f]].text, *new = person_field_value(r, f);
		if (*new &&strcmp(old, new) != 0)
			differ_field(row, f, old, new);
	}
	bool differs = row->set != 0 || blocked;
	/* The service refuses it: such a user is changed where it comes from. */
	row->stays = blocked && !row->enable;
	if (row->set && cells[c->synced].number) {
		row->set = 0;
		row->stays = true;
		differ(row, "which Active Directory decides", "");
	}
	bool lacks = row->enable || row->missing[0] || row->place || row->set;
	row->outcome = lacks && c->o->update ? USER_CHANGE : lacks || differs ? USER_LEFT : USER_SAME;
}

static bool lookup(struct comparison *c, const char *name, size_t value, size_t *at) {
	char key[RECORD_LABEL_MAX];
	text_copy(key, sizeof key, name);
	text_lower(key);
	c->no_memory = !duplicates_first(&c->names, key, strlen(key), value, at);
	return !c->no_memory;
}

static bool on_user(void *arg, const struct record *tenant) {
	struct comparison *c = arg;
	size_t at;
	if (!lookup(c, tenant->label, c->l->n, &at))
		return false;
	if (at < c->l->n)
		compare(c, at, tenant);
	return true;
}

static struct user_plan_license *license(struct user_plan *p, const char *name, size_t n) {
	for (size_t i = 0; i < p->license_count; i++)
		if (strlen(p->licenses[i].name) == n && strncasecmp(p->licenses[i].name, name, n) == 0)
			return &p->licenses[i];
	struct user_plan_license *more = realloc(p->licenses, (p->license_count + 1) * sizeof *more);
	if (!more)
		return NULL;
	p->licenses = more;
	more += p->license_count++;
	*more = (struct user_plan_license){ .free = -1 };
	snprintf(more->name, sizeof more->name, "%.*s", (int)n, name);
	return more;
}

struct seats {
	struct user_plan_license *list;
	size_t n;
	int column;
};

static bool on_subscription(void *arg, const struct record *r) {
	struct seats *seats = arg;
	for (size_t i = 0; i < seats->n; i++)
		if (text_ieq(seats->list[i].name, r->label))
			seats->list[i].free = r->cells[seats->column].number;
	return true;
}

bool user_licenses_free(struct store *s, int64_t tenant, struct user_plan_license *l, size_t n, struct err *e) {
	struct seats seats = { l, n, column(&record_subscriptions, "free") };
	struct record_query q = { .list = &record_subscriptions, .tenant = tenant };
	for (size_t i = 0; i < n; i++)
		l[i].free = -1;
	return records_each(s, &q, on_subscription, &seats, e);
}

/* Who gets a licence: new users, and those that are changed. */
static bool count_needs(struct user_plan *p) {
	for (size_t i = 0; i < p->n; i++) {
		const struct user_plan_row *row = &p->rows[i];
		if (row->outcome != USER_NEW && row->outcome != USER_CHANGE)
			continue;
		for (const char *w = row->missing; *w; w += strcspn(w, " "), w += *w == ' ') {
			struct user_plan_license *l = license(p, w, strcspn(w, " "));
			if (!l)
				return false;
			l->needs++;
		}
	}
	return true;
}

/* New users whose name has a domain that the tenant does not. */
static void check_domains(struct user_list *l, const struct user_plan *p, const struct user_plan_options *o) {
	for (size_t i = 0; i < p->n && o->domain_count; i++) {
		const char *domain = strchr(l->list[i].upn, '@');
		size_t k = 0;
		while (domain && k < o->domain_count && !text_ieq(domain + 1, o->domains[k]))
			k++;
		if (p->rows[i].outcome == USER_NEW && domain && k == o->domain_count)
			import_table_problem(&l->table, l->list[i].row, PROBLEM_ERROR, TABLE_ROW,
					     "Add and verify it in the Microsoft 365 admin center, or correct it",
					     "The domain %.100s is not verified in this tenant", domain + 1);
	}
}

/* Rows with a licence that there is not, and then the licences without them. */
static void set_aside(struct user_list *l, struct user_plan *p) {
	size_t kept = 0;
	for (size_t i = 0; i < p->n; i++) {
		for (size_t k = 0; k < p->license_count; k++) {
			if (p->licenses[k].free >= 0 ||
			    !user_holds_license(p->rows[i].missing, p->licenses[k].name, strlen(p->licenses[k].name)))
				continue;
			import_table_problem(&l->table, l->list[i].row, PROBLEM_ERROR, TABLE_ROW,
					     "`mailvan user licenses` lists those that it has",
					     "The tenant has no licence \"%.100s\"", p->licenses[k].name);
		}
	}
	for (size_t k = 0; k < p->license_count; k++) {
		p->licenses[k].needs = 0;
		if (p->licenses[k].free >= 0)
			p->licenses[kept++] = p->licenses[k];
	}
	p->license_count = kept;
}

/* Each row of the file has one outcome; of those with too many or too few cells only the number is known. */
static void count_outcomes(const struct user_list *l, struct user_plan *p) {
	p->counts[USER_BAD] = l->table.seen - p->n;
	for (size_t i = 0; i < p->n; i++) {
		if (import_table_bad(&l->table, l->list[i].row))
			p->rows[i].outcome = USER_BAD;
		p->counts[p->rows[i].outcome]++;
	}
}

/* Who has a mistake gets nothing: a licence that nobody else is to have need not be counted. */
static void drop_unneeded(struct user_plan *p) {
	size_t kept = 0;
	for (size_t k = 0; k < p->license_count; k++)
		if (p->licenses[k].needs)
			p->licenses[kept++] = p->licenses[k];
	p->license_count = kept;
}

bool user_plan_make(struct store *s, int64_t tenant, struct user_list *l, const struct user_plan_options *o,
		    struct user_plan *out, struct err *e) {
	struct comparison c = { .l = l, .plan = out, .o = o };
	struct record_query users = { .list = &record_users, .tenant = tenant };
	size_t at;
	*out = (struct user_plan){ .n = l->n };
	out->rows = calloc(l->n ? l->n : 1, sizeof *out->rows);
	if (!out->rows)
		return err_nomem(e);
	for (size_t f = 0; f < PERSON_FIELDS; f++)
		c.field[f] = column(&record_users, person_fields[f].column);
	c.synced = column(&record_users, "synced");
	c.enabled = column(&record_users, "accountEnabled");
	c.licenses = column(&record_users, "licenses");
	c.location = column(&record_users, "usageLocation");
	for (size_t i = 0; i < l->n && !c.no_memory; i++) {
		text_copy(out->rows[i].missing, sizeof out->rows[i].missing, l->list[i].licenses);
		if (*l->list[i].upn)
			lookup(&c, l->list[i].upn, i, &at);
	}
	bool ok = (!c.no_memory || err_nomem(e)) && records_each(s, &users, on_user, &c, e) &&
		  ((!c.no_memory && count_needs(out)) || err_nomem(e)) &&
		  user_licenses_free(s, tenant, out->licenses, out->license_count, e);
	duplicates_free(&c.names);
	if (!ok)
		return false;
	set_aside(l, out);
	check_domains(l, out, o);
	import_table_sort(&l->table);
	count_outcomes(l, out);
	if (!count_needs(out))
		return err_nomem(e);
	drop_unneeded(out);
	return true;
}

void user_plan_free(struct user_plan *p) {
	free(p->rows);
	free(p->licenses);
	*p = (struct user_plan){ 0 };
}
